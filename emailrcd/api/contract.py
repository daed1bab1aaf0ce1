"""The vendor's contract as code: address, signature, request. What comes back is in `reply`.

Everything here is pure. Facts are those of the vendor's page of ``getSendEmailRcd`` unless said otherwise.
"""

from __future__ import annotations

import hashlib
import ipaddress
import re
from collections.abc import Sequence
from typing import NoReturn
from urllib.parse import urlsplit, urlunsplit

import msgspec

from ..errors import EmailrcdError

BASE_URL = "https://api.itniotech.com/email"
"""Where the vendor's page points; the vendor's Java SDK uses ``https://api.onbuka.com/v3/email``."""

VENDOR_HOSTS = frozenset({"api.itniotech.com", "api.onbuka.com"})
METHOD_NAME = "getSendEmailRcd"
MAX_IDS = 200
"""Most ids one call may carry; more are refused with code -28."""

CONTENT_TYPE = "application/json;charset=UTF-8"
EMAIL_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""What we take for an email id. Published ones are 19 digits, but ids are opaque text; a comma cannot be in one."""


def endpoint(base_url: str) -> str:
    """Return the address of the method below a base URL, which may name the method, too; http is for loopback only."""
    try:
        parts = urlsplit(base_url.strip())
        host = parts.hostname
        (host or "").encode("idna")  # fails for what cannot be the name of a host
        port_is_valid = parts.port is None or parts.port > 0
    except ValueError:
        host, port_is_valid = None, False
    if not host or not port_is_valid or parts.scheme not in ("https", "http"):
        refuse_address("The base URL is not an address.")
    if parts.username or parts.query or parts.fragment:
        refuse_address("The base URL carries a user name, a query or a fragment.")
    if parts.scheme == "http" and not is_loopback(host):
        refuse_address(f"Plain http to {host} is refused: signed headers would travel readable by anyone.")
    path = parts.path.rstrip("/").removesuffix(f"/{METHOD_NAME}")
    return urlunsplit((parts.scheme, parts.netloc, f"{path}/{METHOD_NAME}", "", ""))


def account_endpoint(url: str) -> str:
    """Return the address of the account API's ``getBalance`` on the server of an `endpoint`; it knows no app id."""
    parts = urlsplit(url)
    prefix = parts.path.removesuffix(f"/email/{METHOD_NAME}")
    # The vendor's two hosts differ in this.
    path = "/v3/getBalance" if parts.hostname == "api.onbuka.com" else f"{prefix}/sms/getBalance"
    return urlunsplit((parts.scheme, parts.netloc, path, "", ""))


def refuse_address(problem: str) -> NoReturn:
    """Raise the error of a base URL that cannot be used."""
    raise EmailrcdError(f"{problem} Give it like {BASE_URL}, up to /email, as base_url= or EMAILRCD_BASE_URL.")


def is_loopback(host: str) -> bool:
    """Tell whether `host` is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def is_foreign(host: str) -> bool:
    """Tell whether `host` is neither the vendor's nor this machine: whoever sends credentials there should be told."""
    return host not in VENDOR_HOSTS and not is_loopback(host)


def sign(api_key: str, api_secret: str, timestamp: int) -> str:
    """Return the ``Sign`` header: lower-case hex MD5 of key, secret and Unix seconds, nothing between them."""
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
