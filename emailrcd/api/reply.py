"""The vendor's reply as code: what it says, or which error it is. Pure, as `contract` is."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Annotated, Any, Literal, NamedTuple

import msgspec

from ..errors import API_ERRORS, ApiError, ReplyError, UnknownCode, WebPage
from ..wording import quotable

MAIL_STATUS: Mapping[str, str] = {"0": "delivered", "-1": "sending", "1": "failed"}
"""Status of one mail (发送成功, 发送中, 发送失败), by the vendor's value."""

UNREADABLE = "\ufffd"
"""Stands where a reply held bytes or escapes that are not characters."""

_BREAKS = "The reply breaks the API's contract"
_INVALID_STATUS = re.compile(r"Invalid enum value .*(?= - at )", re.DOTALL)
_PAGE = re.compile(rb"<(?:!doctype html|html|head|body|title|script|meta)\b", re.IGNORECASE)
_TITLE = re.compile(rb"<title[^>]*>(.*?)</title", re.IGNORECASE | re.DOTALL)


class Mail(msgspec.Struct, rename="camel", gc=False):
    """One entry of a reply's ``array``; a missing time is an empty text."""

    email_id: Annotated[str, msgspec.Meta(min_length=1)]
    to_address: str
    receive_time: str
    status: Literal["0", "-1", "1"]


class _Head(msgspec.Struct):
    status: str
    reason: str = ""


class _Reply(msgspec.Struct):
    status: str
    success: str
    fail: str
    sending: str
    nofound: str
    reason: str = ""
    array: list[Mail] | None = None


class Counts(NamedTuple):
    """The four counts of a reply: delivered, failed, still being sent, not found (or still queued)."""

    success: int
    fail: int
    sending: int
    nofound: int


class Reply(NamedTuple):
    """A successful reply: its counts, a mail for each id that was found, and what was wrong with entries."""

    counts: Counts
    mails: list[Mail]
    broken: Mapping[str, str] = {}
    """The ids whose entry breaks the contract, and how."""
    repaired: int = 0
    """How many entries hold characters that could not be read."""


_decode_reply = msgspec.json.Decoder(_Reply).decode


def decode(raw: bytes, asked: int, redact: Callable[[str], str] = str) -> Reply:
    """Decode the reply to a call about so many ids; raise the error of its code, or of the field that breaks the contract.

    What an error quotes goes through `redact` first: a secret that is cut short is not recognised any more.
    """
    broken: dict[str, str] = {}
    repaired = 0
    try:
        reply = _decode_reply(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        reply = _lenient(raw, broken, redact)
        repaired = sum(UNREADABLE in mail.to_address + mail.receive_time for mail in reply.array or ())
    if reply.status != "0":
        raise api_error(reply.status, reply.reason, redact)
    counts = Counts(*(_count(name, getattr(reply, name)) for name in Counts._fields))
    if reply.array is None and counts.nofound != asked:
        raise ReplyError(f"{_BREAKS}: `array` is missing, but `nofound` covers {counts.nofound} of {asked} ids.")
    return Reply(counts, reply.array or [], broken, repaired)


def code(raw: bytes, redact: Callable[[str], str]) -> str:
    """Return the code of any method's reply, and nothing else of it."""
    try:
        return redact(msgspec.convert(_as_documented(parse(raw, redact)), _Head).status)
    except msgspec.ValidationError as exc:
        problem = str(exc)
    raise ReplyError(f"{_BREAKS}: {problem}.")


def api_error(code: str, reason: str, redact: Callable[[str], str] = str) -> ApiError:
    """Return the typed error for a reply's code; an unknown code is an error too."""
    return API_ERRORS.get(code, UnknownCode)(quotable(redact(code)), quotable(redact(reason)))


def parse(raw: bytes, redact: Callable[[str], str] = str) -> Any:
    """Parse a reply as JSON: one that is not quite UTF-8, too, since a stray byte in one text must not cost all the others."""
    with suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return msgspec.json.decode(raw)
    try:
        return json.loads(raw.decode(json.detect_encoding(raw), errors="replace").lstrip("\ufeff"), strict=False)
    except (ValueError, RecursionError):
        raise _not_json(raw, redact) from None


def _not_json(raw: bytes, redact: Callable[[str], str]) -> ReplyError:
    if not (raw.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") and _PAGE.search(raw)):
        return ReplyError(f"{_BREAKS}: it is not JSON.")
    found = _TITLE.search(raw)
    title = ""
    if found:
        try:
            title = found[1].decode()
        except UnicodeDecodeError:
            title = found[1].decode("gb18030", errors="replace")
    named = f' with the title "{quotable(redact(html.unescape(title)))}"' if title.strip() else ""
    return WebPage(
        f"A web page{named} came in place of the API's reply: a portal (open a browser and log in to this network), a firewall "
        "or a proxy answers, or base_url is that of a web site."
    )


def _lenient(raw: bytes, broken: dict[str, str], redact: Callable[[str], str]) -> _Reply:
    """Decode what does not look as documented: numbers mean the same as texts, entries that break the contract are left out."""
    found = _as_documented(parse(raw, redact))
    with suppress(msgspec.ValidationError):
        head = msgspec.convert(found, _Head)
        if head.status != "0":
            raise api_error(head.status, head.reason, redact)
    if isinstance(found, dict) and isinstance(found.get("array"), list):
        found["array"] = [entry for entry in found["array"] if not _is_broken(entry, broken)]
    try:
        return msgspec.convert(found, _Reply)
    except msgspec.ValidationError as exc:
        raise ReplyError(f"{_BREAKS}: {_problem(exc)}.") from None


def _is_broken(entry: Any, broken: dict[str, str]) -> bool:
    """Tell whether an entry breaks the contract and says whose it is; one that does not is the whole reply's fault."""
    try:
        msgspec.convert(entry, Mail)
    except msgspec.ValidationError as exc:
        email_id = entry.get("emailId") if isinstance(entry, dict) else None
        if isinstance(email_id, str) and email_id:
            broken[email_id] = _problem(exc)
            return True
    return False


def _problem(exc: msgspec.ValidationError) -> str:
    # The value of a status stays out of the message: it may be anything, an address too.
    return _INVALID_STATUS.sub("unknown mail status", str(exc))


def _as_documented(value: Any) -> Any:
    """Return a reply with texts in place of whole numbers and of times that are null, and without half characters."""
    if isinstance(value, dict):
        texts = {key: _as_documented(item) for key, item in value.items()}
        return texts | {"receiveTime": ""} if value.get("receiveTime", "") is None else texts
    if isinstance(value, list):
        return [_as_documented(item) for item in value]
    if isinstance(value, str) and not value.isascii():
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return str(value) if type(value) is int else value


def _count(field: str, text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise ReplyError(f"{_BREAKS}: `$.{field}` is not a count.")
    return int(text[:18])
