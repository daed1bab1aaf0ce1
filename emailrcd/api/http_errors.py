"""What can go wrong between this machine and the server, as errors of this package."""

from __future__ import annotations

import email.utils
import http
import http.client
import os
import re
import socket
import ssl
import time
import zlib
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

import requests
import urllib3

from ..errors import (
    ConnectionFailed,
    HTTPStatusError,
    RateLimited,
    RedirectRefused,
    ReplyError,
    TimedOut,
    TLSError,
)
from ..wording import quotable
from .bounded import REPLY_BYTES, TooLarge
from .environment import Proxy

RETRY_AFTER_LIMIT_SECONDS = 120.0
"""The longest pause that a server may ask for; beyond it the query ends with an error that says how long."""

_EXPECTED = (
    requests.RequestException,
    urllib3.exceptions.HTTPError,
    http.client.HTTPException,
    OSError,
    ValueError,
    TooLarge,
)
"""What a call through `requests` may raise; anything else is a defect, or an interrupt."""

_TUNNEL_REFUSED = re.compile(r"Tunnel connection failed: (\d{3})\b")


class Peer(NamedTuple):
    """Whom calls go to, as messages name it."""

    host: str
    proxy: Proxy | None
    timeout: tuple[float, float]


def explained(exc: BaseException, peer: Peer, seconds: float) -> BaseException:
    """Return the error for what ended a call after so many seconds, which carries nothing of that, or a defect as it is."""
    if not isinstance(exc, _EXPECTED):
        return exc
    root = _root(exc)
    refused = _TUNNEL_REFUSED.match(str(root))
    if refused:
        return _refused_by_proxy(peer, int(refused[1]))
    if isinstance(root, urllib3.exceptions.NewConnectionError) and "authentication" in str(root):  # of a SOCKS proxy
        return _refused_by_proxy(peer, http.HTTPStatus.PROXY_AUTHENTICATION_REQUIRED)
    host, proxy = peer.host, peer.proxy
    via = f" through the proxy {proxy}" if proxy else ""
    certified = f"the proxy {proxy}" if isinstance(exc, requests.exceptions.ProxyError) else host
    match root:
        case TooLarge():
            return ReplyError(f"The reply of {host} is larger than {REPLY_BYTES // 1024**2} MiB.")
        case ssl.SSLCertVerificationError():
            return TLSError(
                f"The certificate of {certified} was not accepted: {root.verify_message.rstrip('.')}. Check base_url and this "
                "machine's clock; behind a company proxy, name its certificate by ca_bundle=, or by the first that is set of "
                "REQUESTS_CA_BUNDLE, CURL_CA_BUNDLE, SSL_CERT_FILE."
            )
        case socket.gaierror() | urllib3.exceptions.LocationParseError():
            unknown, setting = (proxy.host, proxy.variable) if proxy else (host, "base_url")
            return ConnectionFailed(f"The host {unknown} is unknown. Check {setting} and the network.")
        case TimeoutError():
            # Before the reply there are steps that urllib3 counts as reading: a tunnel, and the greeting of TLS.
            connecting = isinstance(exc, requests.ConnectTimeout) or seconds < peer.timeout[1]
            what, limit = ("No connection to", 0) if connecting else ("No complete reply from", 1)
            return TimedOut(
                f"{what} {host}{via} within {peer.timeout[limit]:g} seconds. Check the network, or raise timeout=."
            )
        case ssl.SSLError() if not isinstance(root, ssl.SSLEOFError | ssl.SSLZeroReturnError):
            return TLSError(
                f"No TLS with {certified}: it does not speak https as expected. Check base_url and the proxy, if there is one."
            )
    return ConnectionFailed(f"No usable connection to {host}{via}: {_reason(root)}. Check base_url and network.")


def _reason(exc: BaseException) -> str:
    """Say why there is no usable connection."""
    match exc:
        case ConnectionRefusedError():
            return "connection refused"
        case http.client.RemoteDisconnected():
            return "it hung up without a reply"
        case ConnectionError():
            return "the connection was reset"
        case ssl.SSLError() | http.client.IncompleteRead() | urllib3.exceptions.IncompleteRead():
            return "the reply was cut off"
        case zlib.error() | urllib3.exceptions.DecodeError():
            return "the reply could not be decompressed"
        case urllib3.exceptions.NewConnectionError():
            return "it could not be reached"
        case http.client.HTTPException() | urllib3.exceptions.HTTPError() | ValueError():
            return "what came is not HTTP"
        case OSError(errno=int(number)) if number:
            return os.strerror(number).lower()
    return type(exc).__name__


def _root(exc: BaseException) -> BaseException:
    """Return the exception that others are wrapped around."""
    while inner := exc.__cause__ or next((arg for arg in exc.args if isinstance(arg, BaseException)), None):
        exc = inner
    return exc


def _refused_by_proxy(peer: Peer, status: int) -> HTTPStatusError:
    """Return the error for a proxy that does not let a call pass; what it says besides may be an echo of its login."""
    what = f"The proxy {peer.proxy} refused the way to {peer.host}: HTTP {status} ({_phrase(status)})"
    variable = peer.proxy.variable if peer.proxy else ""
    if status == http.HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
        advice = (
            f"Check user name and password in {variable}: http://name:password@host:port, with # written as %23 and @ as "
            "%40. It was tried only once, since proxies lock accounts."
        )
    elif status >= http.HTTPStatus.INTERNAL_SERVER_ERROR:
        advice = "It usually passes: query the unanswered ids again in a few minutes."
    else:
        advice = f"Ask those who run it to allow {peer.host}, or name another in {variable}."
    return HTTPStatusError(f"{what}. {advice}", status)


def from_status(status: int, headers: Mapping[str, str], host: str) -> HTTPStatusError:
    """Return the error for a reply with an HTTP status other than 200."""
    what = f"{host} answered HTTP {status} ({_phrase(status)})"
    if 300 <= status < 400:
        target = urlsplit(headers.get("Location", "")).netloc or "another address"
        return RedirectRefused(
            f"{what}: a redirect to {quotable(target)}. Signed headers never travel to another address: "
            "correct base_url, or ask who answers in the API's place on this network.",
            status,
        )
    wait = _retry_after(headers) if status in (429, 503) else None
    kind = RateLimited if status == 429 else HTTPStatusError
    if wait is not None and wait > RETRY_AFTER_LIMIT_SECONDS:
        error = kind(
            f"{what} and asks to wait {wait:,.0f} seconds. That is longer than this client waits "
            f"({RETRY_AFTER_LIMIT_SECONDS:.0f}): query the unanswered ids again then, with a lower max_rate.",
            status,
            wait,
        )
        error.retryable, error.fatal = False, True
        return error
    if status == 429:
        advice = "Too many calls: lower max_rate."
    elif status == http.HTTPStatus.NETWORK_AUTHENTICATION_REQUIRED:
        advice = "A portal answers in the API's place: open a browser and log in to this network."
    elif status == 408 or status >= 500:
        advice = "It usually passes: query the unanswered ids again in a few minutes."
    else:
        advice = "Check base_url, and whether a proxy or firewall answers in its place."
    return kind(f"{what}. {advice}", status, wait)


def _phrase(status: int) -> str:
    try:
        return http.HTTPStatus(status).phrase
    except ValueError:
        return "not a standard status"


def http_date(text: str | None) -> float | None:
    """Return the Unix time of an HTTP date, None where there is none."""
    try:
        return email.utils.parsedate_to_datetime(text or "").timestamp()
    except (ValueError, OverflowError):
        return None


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds of a ``Retry-After`` header, given as a number or as a date."""
    text = headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    date = http_date(text)
    if date is None:
        return None
    return max(0.0, date - (http_date(headers.get("Date")) or time.time()))
