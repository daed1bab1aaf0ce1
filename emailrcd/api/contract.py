"""The vendor's contract as code: address, signature, request, reply.

Everything here is pure. Facts are those of the vendor's page of ``getSendEmailRcd`` unless said otherwise.
"""

from __future__ import annotations

import hashlib
import ipaddress
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Annotated, Any, Literal, NamedTuple, NoReturn
from urllib.parse import urlsplit, urlunsplit

import msgspec

from ..errors import API_ERRORS, ApiError, EmailrcdError, ReplyError, UnknownCode
from ..wording import quotable

BASE_URL = "https://api.itniotech.com/email"
"""Where the vendor's page points; the vendor's Java SDK uses ``https://api.onbuka.com/v3/email``."""

VENDOR_HOSTS = frozenset({"api.itniotech.com", "api.onbuka.com"})
METHOD_NAME = "getSendEmailRcd"
MAX_IDS = 200
"""Most ids one call may carry; more are refused with code -28."""

CONTENT_TYPE = "application/json;charset=UTF-8"
EMAIL_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""What we take for an email id. Published ones are 19 digits, but ids are opaque text; a comma cannot be in one."""

MAIL_STATUS: Mapping[str, str] = {"0": "delivered", "-1": "sending", "1": "failed"}
"""Status of one mail (发送成功, 发送中, 发送失败), by the vendor's value."""

_INVALID_STATUS = re.compile(r"Invalid enum value .*(?= - at )", re.DOTALL)


def endpoint(base_url: str) -> str:
    """Return the address of the method below `base_url`.

    Parameters
    ----------
    base_url : str
        Up to and including ``/email``; a trailing ``/getSendEmailRcd`` is understood.

    Raises
    ------
    EmailrcdError
        The address is not https (http is for loopback only), or is not an address.

    Examples
    --------
    >>> endpoint("https://api.onbuka.com/v3/email/")
    'https://api.onbuka.com/v3/email/getSendEmailRcd'
    """
    try:
        parts = urlsplit(base_url.strip())
        host = parts.hostname
        (host or "").encode("idna")  # fails for what cannot be the name of a host
        port_is_valid = parts.port is None or parts.port > 0
    except ValueError:
        host, port_is_valid = None, False
    if not host or not port_is_valid or parts.scheme not in ("https", "http"):
        _refuse_address("The base URL is not an address.")
    if parts.username or parts.query or parts.fragment:
        _refuse_address("The base URL carries a user name, a query or a fragment.")
    if parts.scheme == "http" and not is_loopback(host):
        _refuse_address(f"Plain http to {host} is refused: signed headers would travel readable by anyone.")
    path = parts.path.rstrip("/").removesuffix(f"/{METHOD_NAME}")
    return urlunsplit((parts.scheme, parts.netloc, f"{path}/{METHOD_NAME}", "", ""))


def _refuse_address(problem: str) -> NoReturn:
    raise EmailrcdError(f"{problem} Give it like {BASE_URL} (up to /email, without a method name).")


def is_loopback(host: str) -> bool:
    """Tell whether `host` is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def sign(api_key: str, api_secret: str, timestamp: int) -> str:
    """Return the ``Sign`` header: lower-case hex MD5 of key, secret and Unix seconds, nothing between them.

    Examples
    --------
    The known answer on the vendor's page:

    >>> sign("bDqJFiq9", "7bz1lzh9", 1630468800)
    '05d7a50893e22a5c4bb3216ae3396c7c'
    """
    # The vendor asks for MD5; `usedforsecurity` keeps it available on machines in FIPS mode.
    return hashlib.md5(f"{api_key}{api_secret}{timestamp}".encode(), usedforsecurity=False).hexdigest()


def signed_headers(api_key: str, api_secret: str, timestamp: int) -> dict[str, str]:
    """Return the three headers that sign a call made at `timestamp` (Unix time in whole seconds)."""
    return {"Api-Key": api_key, "Timestamp": str(timestamp), "Sign": sign(api_key, api_secret, timestamp)}


def parameters(app_id: str, ids: Sequence[str]) -> dict[str, str]:
    """Return the two parameters of a call: the query string of a GET, the JSON body of a POST."""
    return {"appId": app_id, "emailId": ",".join(ids)}


def body(app_id: str, ids: Sequence[str]) -> bytes:
    """Return the JSON body of a POST."""
    return msgspec.json.encode(parameters(app_id, ids))


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
    """A successful reply: the counts and a mail for each id that was found."""

    counts: Counts
    mails: list[Mail]


_decode_reply = msgspec.json.Decoder(_Reply).decode


def decode(raw: bytes, asked: int) -> Reply:
    """Decode the reply to a call about `asked` ids.

    Raises
    ------
    ApiError
        The reply carries a code other than ``"0"``.
    ReplyError
        The reply breaks the contract; the message names the field.
    """
    try:
        reply = _decode_reply(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        reply = _lenient(raw)
    if reply.status != "0":
        raise api_error(reply.status, reply.reason)
    counts = Counts(
        _count("success", reply.success),
        _count("fail", reply.fail),
        _count("sending", reply.sending),
        _count("nofound", reply.nofound),
    )
    if reply.array is None and counts.nofound != asked:
        raise ReplyError(
            "The reply breaks the API's contract: `array` is missing, "
            f"but `nofound` covers {counts.nofound} of {asked} ids."
        )
    return Reply(counts, reply.array or [])


def api_error(code: str, reason: str) -> ApiError:
    """Return the typed error for a reply's code; an unknown code is an error too."""
    return API_ERRORS.get(code, UnknownCode)(quotable(code), quotable(reason))


def _lenient(raw: bytes) -> _Reply:
    """Decode what does not look as documented: numbers mean the same as texts, and an error reply may have any other fields."""
    try:
        found = _as_documented(msgspec.json.decode(raw))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise ReplyError("The reply breaks the API's contract: it is not JSON.") from None
    with suppress(msgspec.ValidationError):
        head = msgspec.convert(found, _Head)
        if head.status != "0":
            raise api_error(head.status, head.reason)
    try:
        return msgspec.convert(found, _Reply)
    except msgspec.ValidationError as exc:
        # The value of a status stays out of the message: it may be anything, an address too.
        problem = _INVALID_STATUS.sub("unknown mail status", str(exc))
    raise ReplyError(f"The reply breaks the API's contract: {problem}.")


def _as_documented(value: Any) -> Any:
    """Return a reply with texts in place of whole numbers, and an empty text in place of a time that is null."""
    if isinstance(value, dict):
        texts = {key: _as_documented(item) for key, item in value.items()}
        return texts | {"receiveTime": ""} if value.get("receiveTime", "") is None else texts
    if isinstance(value, list):
        return [_as_documented(item) for item in value]
    return str(value) if type(value) is int else value


def _count(field: str, text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise ReplyError(f"The reply breaks the API's contract: `$.{field}` is not a count.")
    return int(text[:18])
