"""One signed call: send, retry, map errors."""

from __future__ import annotations

import email.utils
import http
import http.client
import os
import random
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Sequence
from typing import Literal
from urllib.parse import quote, urlencode, urlsplit

from ..errors import (
    ApiError,
    ConnectionFailed,
    EmailrcdError,
    HTTPStatusError,
    QueryStopped,
    RateLimited,
    RedirectRefused,
    ReplyError,
    TimedOut,
    TimestampExpired,
    TLSError,
    TransportError,
)
from ..wording import quotable
from . import contract
from .credentials import Credentials
from .messages import REPLY_BYTES, TooLarge
from .ratelimit import RateLimiter
from .routing import route, tls_context
from .wire import Connections, Request, Response, TimedOutConnecting

Method = Literal["POST", "GET"]

BACKOFF_SECONDS = 0.5
"""Longest wait before the first retry; doubled for each further one, and drawn at random from half of that up."""

_PATIENT_DOUBLINGS = (4, 6)
_BACKOFF_LIMIT_SECONDS = 30.0
_RETRY_AFTER_LIMIT_SECONDS = 120.0


class Exchange:
    """What came of one call; its repr shows nothing of it, since a reply holds addresses.

    Attributes
    ----------
    result : Reply or EmailrcdError
        The reply, or why there is none.
    raw : bytes
        The reply's body as it came, where a whole one did.
    """

    __slots__ = ("_date", "raw", "result")

    def __init__(self, result: contract.Reply | EmailrcdError, date: str | None = None, raw: bytes = b"") -> None:
        self.result = result
        self.raw = raw
        self._date = date

    @property
    def date(self) -> float | None:
        """Unix time of the ``Date`` header, None where there is none."""
        return _http_date(self._date)


class Transport:
    """Asks about up to 200 ids in one signed call, again and again while a retry can help.

    Safe to use from many threads at once; they share the connections, the rate and the clock's correction.
    """

    def __init__(
        self,
        credentials: Credentials,
        url: str,
        *,
        method: Method,
        connections: int,
        max_rate: float | None,
        timeout: tuple[float, float],
        attempts: int,
        ca_bundle: str | os.PathLike[str] | None,
    ) -> None:
        self.limiter = RateLimiter(max_rate)
        self.method = method
        self.credentials = credentials
        parts = urlsplit(url)
        self._host = parts.netloc
        self._target = quote(parts.path, safe="/%:@!$&'()*+,;=~")
        self._timeout = timeout
        self._attempts = attempts
        self._skew = 0.0
        self.way = route(url)
        self.context = tls_context(ca_bundle)
        self._connections = Connections(self.way, self.context, connections, timeout)
        self._headers = {
            "Host": f"{self.way.name}:{parts.port}" if parts.port else self.way.name,
            "User-Agent": "emailrcd",
            "Content-Type": contract.CONTENT_TYPE,
            "Accept": "application/json",
            "Accept-Encoding": "gzip",
        }

    def close(self) -> None:
        """Close all connections."""
        self._connections.close()

    def ask(self, ids: Sequence[str], halt: threading.Event, after: EmailrcdError | None = None) -> contract.Reply:
        """Return the reply about `ids`.

        Parameters
        ----------
        ids : sequence of str
            At most 200.
        halt : threading.Event
            Ends waiting (for a turn, between attempts) once it is set.
        after : EmailrcdError, optional
            What calls have met until now; then there are two attempts only, and some 30 seconds are waited before them.

        Raises
        ------
        EmailrcdError
            The last attempt's error; it carries no secret and no request.
        """
        result = after or self.attempt(ids, halt).result
        for doublings in _PATIENT_DOUBLINGS if after else range(self._attempts - 1):
            if isinstance(result, contract.Reply) or not result.retryable:
                break
            if halt.wait(self._delay(result, doublings)):
                raise QueryStopped("The query was stopped while it waited to ask again.")
            result = self.attempt(ids, halt).result
        if isinstance(result, contract.Reply):
            return result
        raise result

    def attempt(self, ids: Sequence[str], halt: threading.Event, method: Method | None = None) -> Exchange:
        """Make one call, by `method` or as the client makes calls; one answered with -6 once more by the server's clock.

        Nothing is raised: errors are part of what is returned.
        """
        exchange = self._call(ids, halt, method)
        if isinstance(exchange.result, TimestampExpired) and exchange.date is not None:
            self._skew = exchange.date - time.time()
            exchange = self._call(ids, halt, method)
            if isinstance(exchange.result, TimestampExpired):
                exchange.result = exchange.result.corrected()
        return exchange

    def _call(self, ids: Sequence[str], halt: threading.Event, method: Method | None) -> Exchange:
        if not self.limiter.acquire(halt):
            return Exchange(QueryStopped("The query was stopped before this call was made."))
        try:
            response = self._connections.send(self._signed(ids, method or self.method))
        except TooLarge:
            return Exchange(ReplyError(f"The reply of {self._host} is larger than {REPLY_BYTES // 1024**2} MiB."))
        except (OSError, http.client.HTTPException, zlib.error, UnicodeError) as exc:
            return Exchange(self._network_error(exc))
        date = response.headers.get("Date")
        if response.status != http.HTTPStatus.OK:
            return Exchange(self._http_error(response), date)
        raw = response.body
        try:
            return Exchange(contract.decode(raw, asked=len(ids)), date, raw)
        except ApiError as exc:
            return Exchange(type(exc)(exc.code or "", self.credentials.redact(exc.reason)), date, raw)
        except ReplyError as exc:
            return Exchange(exc.with_traceback(None), date, raw)

    def _signed(self, ids: Sequence[str], method: Method) -> Request:
        credentials = self.credentials
        timestamp = int(time.time() + self._skew)
        headers = self._headers | contract.signed_headers(credentials.api_key, credentials.api_secret, timestamp)
        if method == "POST":
            return Request(method, self._target, headers, contract.body(credentials.app_id, ids))
        query = urlencode(contract.parameters(credentials.app_id, ids), safe=",")
        return Request(method, f"{self._target}?{query}", headers, b"")

    def _delay(self, failure: EmailrcdError, doublings: int) -> float:
        """Return the seconds to wait before the next attempt, and pause the client where the server asked for it."""
        if isinstance(failure, HTTPStatusError) and failure.retry_after is not None:
            self.limiter.pause(failure.retry_after)
        seconds = min(_BACKOFF_LIMIT_SECONDS, BACKOFF_SECONDS * 2**doublings)
        return random.uniform(seconds / 2, seconds)  # noqa: S311 - spreads the load, guards nothing

    def _http_error(self, response: Response) -> HTTPStatusError:
        status = response.status
        what = f"{self._host} answered HTTP {status} ({_phrase(status)})"
        if 300 <= status < 400:
            target = urlsplit(response.headers.get("Location", "")).netloc or "another address"
            return RedirectRefused(
                f"{what}: a redirect to {quotable(target)}. Signed headers never travel to another address: "
                "correct base_url, or ask who answers in the API's place on this network.",
                status,
            )
        retry_after = _retry_after(response)
        if status in (429, 503) and retry_after is not None and retry_after > _RETRY_AFTER_LIMIT_SECONDS:
            error = RateLimited if status == 429 else HTTPStatusError
            refused = error(
                f"{what} and asks to wait {retry_after:,.0f} seconds. That is longer than this client waits "
                f"({_RETRY_AFTER_LIMIT_SECONDS:.0f}): query the unanswered ids again then, with a lower max_rate.",
                status,
                retry_after,
            )
            refused.retryable, refused.fatal = False, True
            return refused
        if status == 429:
            return RateLimited(f"{what}: too many calls. Lower max_rate.", status, retry_after)
        if status == 408 or status >= 500:
            advice = "It usually passes: query the unanswered ids again in a few minutes."
            return HTTPStatusError(f"{what}. {advice}", status, retry_after if status == 503 else None)
        return HTTPStatusError(f"{what}. Check base_url, and whether a proxy or firewall answers in its place.", status)

    def _network_error(self, exc: Exception) -> TransportError:
        via = f" through the proxy {':'.join(map(str, self.way.first))}" if self.way.proxy_host else ""
        if isinstance(exc, ssl.SSLCertVerificationError):
            return TLSError(
                f"The certificate of {self._host} was not accepted: {exc.verify_message.rstrip('.')}. Check base_url and this "
                "machine's clock; behind a company proxy, give its certificate as ca_bundle=."
            )
        if isinstance(exc, socket.gaierror | UnicodeError):
            return ConnectionFailed(f"The host {self.way.first[0]} is unknown. Check base_url and the network.")
        if isinstance(exc, TimeoutError):
            connecting = isinstance(exc, TimedOutConnecting)
            seconds = self._timeout[0 if connecting else 1]
            what = "No connection to" if connecting else "No complete reply from"
            return TimedOut(
                f"{what} {self._host}{via} within {seconds:g} seconds. Check the network, or raise timeout=."
            )
        if isinstance(exc, ssl.SSLError) and not isinstance(exc, ssl.SSLEOFError | ssl.SSLZeroReturnError):
            return TLSError(f"No TLS with {self._host}: it does not speak https as expected. Check base_url and proxy.")
        return ConnectionFailed(
            f"No usable connection to {self._host}{via}: {_reason(exc)}. Check base_url and network."
        )


def _reason(exc: Exception) -> str:
    """Say in words why a connection failed."""
    if isinstance(exc, ConnectionRefusedError):
        return "connection refused"
    if isinstance(exc, http.client.RemoteDisconnected):
        return "it hung up without a reply"
    if isinstance(exc, ConnectionError):
        return "the connection was reset"
    if isinstance(exc, http.client.IncompleteRead | ssl.SSLError):
        return "the reply was cut off"
    if isinstance(exc, http.client.HTTPException):
        return "what came is no HTTP"
    if isinstance(exc, zlib.error):
        return "the reply could not be decompressed"
    if isinstance(exc, OSError) and exc.errno:
        return os.strerror(exc.errno).lower()
    # "Tunnel connection failed: 407 …" is all that a proxy's refusal is told by.
    return quotable(str(exc)) or type(exc).__name__


def _phrase(status: int) -> str:
    try:
        return http.HTTPStatus(status).phrase
    except ValueError:
        return "not a standard status"


def _http_date(text: str | None) -> float | None:
    """Return the Unix time of an HTTP date, None where there is none."""
    try:
        return email.utils.parsedate_to_datetime(text or "").timestamp()
    except (ValueError, OverflowError):
        return None


def _retry_after(response: Response) -> float | None:
    """Return the seconds of a ``Retry-After`` header, given as a number or as a date."""
    text = response.headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    date = _http_date(text)
    if date is None:
        return None
    return max(0.0, date - (_http_date(response.headers.get("Date")) or time.time()))
