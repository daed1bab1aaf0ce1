"""The vendor's contract as code: address, signature, request, reply.

Everything here is pure. Facts are those of the vendor's page of ``getSendEmailRcd`` unless said otherwise.
"""

from __future__ import annotations

import hashlib
import ipaddress
import json
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple, NoReturn
from urllib.parse import urlsplit, urlunsplit

import msgspec

from .errors import API_ERRORS, ApiError, EmailrcdError, ReplyError, UnknownCode

BASE_URL = "https://api.itniotech.com/email"
"""Where the vendor's page points; the vendor's Java SDK uses ``https://api.onbuka.com/v3/email``."""

VENDOR_HOSTS = frozenset({"api.itniotech.com", "api.onbuka.com"})
METHOD_NAME = "getSendEmailRcd"
MAX_IDS = 200
"""Most ids one call may carry; more are refused with code -28."""

CONTENT_TYPE = "application/json;charset=UTF-8"
EMAIL_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""What we take for an email id. Published ones are 19 digits, but ids are opaque text; a comma cannot be in one."""

MAIL_STATUS: Mapping[str | int, str] = {
    "0": "delivered",
    "-1": "sending",
    "1": "failed",
    0: "delivered",
    -1: "sending",
    1: "failed",
}
"""Status of one mail (发送成功, 发送中, 发送失败), by the vendor's value as text or as a number."""

_ADDRESS = re.compile(r"\S*[@＠]\S*")
_SIGNATURE = re.compile(r"[0-9a-fA-F]{32}")
_REASON_LENGTH = 200


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
    return json.dumps(parameters(app_id, ids)).encode()


class Mail(msgspec.Struct, rename="camel", gc=False):
    """One entry of a reply's ``array``. Numbers are accepted where the vendor documents strings."""

    email_id: str | int
    to_address: str | int
    receive_time: str | int | None
    status: str | int


class _Head(msgspec.Struct):
    status: str | int
    reason: str | int = ""


class _Reply(msgspec.Struct):
    status: str | int
    success: str | int
    fail: str | int
    sending: str | int
    nofound: str | int
    reason: str | int = ""
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
_decode_head = msgspec.json.Decoder(_Head).decode


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
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as exc:
        problem = _describe(exc)
        error = _error_code(raw)
        raise error or ReplyError(f"The reply breaks the API's contract: {problem}.") from None
    if str(reply.status) != "0":
        raise api_error(str(reply.status), str(reply.reason))
    counts = Counts(
        _count("success", reply.success),
        _count("fail", reply.fail),
        _count("sending", reply.sending),
        _count("nofound", reply.nofound),
    )
    if reply.array is None:
        if counts.nofound != asked:
            raise ReplyError(
                "The reply breaks the API's contract: `array` is missing, "
                f"but `nofound` covers {counts.nofound} of {asked} ids."
            )
        return Reply(counts, [])
    for position, mail in enumerate(reply.array):
        if mail.status not in MAIL_STATUS:
            raise ReplyError(
                f"The reply breaks the API's contract: unknown mail status at `$.array[{position}].status`."
            )
        if mail.email_id == "":
            raise ReplyError(f"The reply breaks the API's contract: empty id at `$.array[{position}].emailId`.")
    return Reply(counts, reply.array)


def api_error(code: str, reason: str) -> ApiError:
    """Return the typed error for a reply's code; an unknown code is an error too."""
    return API_ERRORS.get(code, UnknownCode)(quotable(code), quotable(reason))


def quotable(text: str) -> str:
    """Make a server's text fit for a message: one short line without addresses and signatures."""
    line = " ".join(printable(text).split())
    return _SIGNATURE.sub("•••", line)[:_REASON_LENGTH]


def printable(text: str) -> str:
    """Return `text` without addresses, and with blanks for what cannot be printed.

    Examples
    --------
    >>> printable("Li Wei <li.wei@qq.com>")
    'Li Wei (an address)'
    """
    return _ADDRESS.sub("(an address)", "".join(c if c.isprintable() else " " for c in text))


def _error_code(raw: bytes) -> ApiError | None:
    """Read the code of an error reply whose other fields have an unexpected shape."""
    try:
        head = _decode_head(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return None if str(head.status) == "0" else api_error(str(head.status), str(head.reason))


def _count(field: str, value: str | int) -> int:
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value[:18])
    if isinstance(value, str) or value < 0:
        raise ReplyError(f"The reply breaks the API's contract: `$.{field}` is not a count.")
    return value


def _describe(exc: Exception) -> str:
    if isinstance(exc, msgspec.ValidationError):
        return str(exc)
    return "it is not JSON"
