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
from collections.abc import Iterator, Sequence
from typing import Literal
from urllib.parse import urlencode, urlsplit

import requests
import urllib3.exceptions
from requests.utils import get_environ_proxies

from . import api
from .credentials import Credentials
from .errors import (
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
from .ratelimit import RateLimiter
from .wire import Adapter, tls_context

Method = Literal["POST", "GET"]

BACKOFF_SECONDS = 0.5
"""Longest wait before the first retry; doubled for each further one, and drawn at random from half of that up."""

_PATIENT_DOUBLINGS = (4, 6)
_BACKOFF_LIMIT_SECONDS = 30.0
_RETRY_AFTER_LIMIT_SECONDS = 120.0
_REPLY_BYTES = 8 * 1024 * 1024
"""A reply about 200 ids is some 25 kB."""


class Exchange:
    """What came of one call; its repr shows nothing of it, since a reply holds addresses.

    Attributes
    ----------
    result : Reply or EmailrcdError
        The reply, or why there is none.
    date : float or None
        Unix time of the ``Date`` header.
    raw : bytes
        The reply's body as it came, where a whole one did.
    """

    __slots__ = ("date", "raw", "result")

    def __init__(self, result: api.Reply | EmailrcdError, date: float | None = None, raw: bytes = b"") -> None:
        self.result = result
        self.date = date
        self.raw = raw


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
        self._url = url
        self._host = urlsplit(url).netloc
        self._timeout = timeout
        self._attempts = attempts
        self._skew = 0.0
        self.proxies = {} if api.is_loopback(urlsplit(url).hostname or "") else get_environ_proxies(url)
        self._session = requests.Session()
        # Neither .netrc nor the environment may change what is sent, where, or whom to trust.
        self._session.trust_env = False
        self.context = tls_context(ca_bundle)
        adapter = Adapter(self.context, connections)
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)
        self._template = requests.Request(
            method, url, headers={"Content-Type": api.CONTENT_TYPE, "Accept": "application/json"}
        ).prepare()
        self._template.headers["Accept-Encoding"] = "gzip, deflate"

    def close(self) -> None:
        """Close all connections."""
        self._session.close()

    def ask(self, ids: Sequence[str], halt: threading.Event, after: EmailrcdError | None = None) -> api.Reply:
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
            if isinstance(result, api.Reply) or not result.retryable:
                break
            if halt.wait(self._delay(result, doublings)):
                raise QueryStopped("The query was stopped while it waited to ask again.")
            result = self.attempt(ids, halt).result
        if isinstance(result, api.Reply):
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
        request = self._signed(ids, method)
        # Errors are handed back and not raised here: an exception of requests carries the signed request.
        try:
            response = self._session.send(
                request, stream=True, timeout=self._timeout, proxies=self.proxies, allow_redirects=False
            )
            date = _http_date(response.headers.get("Date"))
            with response:
                if response.status_code != 200:
                    return Exchange(self._http_error(response), date)
                raw = response.raw.read(_REPLY_BYTES + 1, decode_content=True)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as exc:
            return Exchange(self._network_error(exc))
        if len(raw) > _REPLY_BYTES:
            return Exchange(
                ReplyError(f"The reply of {self._host} is larger than {_REPLY_BYTES // 1024**2} MiB."), date
            )
        try:
            return Exchange(api.decode(raw, asked=len(ids)), date, raw)
        except ApiError as exc:
            return Exchange(type(exc)(exc.code or "", self.credentials.redact(exc.reason)), date, raw)
        except ReplyError as exc:
            return Exchange(exc.with_traceback(None), date, raw)

    def _signed(self, ids: Sequence[str], method: Method | None) -> requests.PreparedRequest:
        credentials = self.credentials
        request = self._template.copy()
        request.method = method or request.method
        if request.method == "GET":
            request.headers.pop("Content-Length", None)
            request.url = f"{self._url}?{urlencode(api.parameters(credentials.app_id, ids), safe=',')}"
        else:
            request.body = api.body(credentials.app_id, ids)
            request.headers["Content-Length"] = str(len(request.body))
        timestamp = int(time.time() + self._skew)
        request.headers.update(api.signed_headers(credentials.api_key, credentials.api_secret, timestamp))
        return request

    def _delay(self, failure: EmailrcdError, doublings: int) -> float:
        """Return the seconds to wait before the next attempt, and pause the client where the server asked for it."""
        if isinstance(failure, HTTPStatusError) and failure.retry_after is not None:
            self.limiter.pause(failure.retry_after)
        seconds = min(_BACKOFF_LIMIT_SECONDS, BACKOFF_SECONDS * 2**doublings)
        return random.uniform(seconds / 2, seconds)  # noqa: S311 - spreads the load, guards nothing

    def _http_error(self, response: requests.Response) -> HTTPStatusError:
        status = response.status_code
        what = f"{self._host} answered HTTP {status} ({_phrase(status)})"
        if 300 <= status < 400:
            target = urlsplit(response.headers.get("Location", "")).netloc or "another address"
            return RedirectRefused(
                f"{what}: a redirect to {api.quotable(target)}. Signed headers never travel to another address: "
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
        chain = list(_causes(exc))
        for cause in chain:
            if isinstance(cause, ssl.SSLCertVerificationError):
                return TLSError(
                    f"The certificate of {self._host} was not accepted: {cause.verify_message}. Check base_url and this "
                    "machine's clock; behind a company proxy, give its certificate as ca_bundle=."
                )
            if isinstance(cause, socket.gaierror):
                return ConnectionFailed(f"The host {self._host} is unknown. Check base_url and the network.")
        if any(_is_timeout(cause) for cause in chain):
            connecting = any(
                isinstance(c, (requests.ConnectTimeout, urllib3.exceptions.ConnectTimeoutError)) for c in chain
            )
            seconds = self._timeout[0 if connecting else 1]
            what = "No connection to" if connecting else "No complete reply from"
            return TimedOut(f"{what} {self._host} within {seconds:g} seconds. Check the network, or raise timeout=.")
        if any(
            isinstance(c, ssl.SSLError) and not isinstance(c, (ssl.SSLEOFError, ssl.SSLZeroReturnError)) for c in chain
        ):
            return TLSError(f"No TLS with {self._host}: it does not speak https as expected. Check base_url and proxy.")
        via = " through the proxy" if self.proxies else ""
        return ConnectionFailed(
            f"No usable connection to {self._host}{via}: {_reason(chain)}. Check base_url and network."
        )


def _causes(exc: BaseException | None) -> Iterator[BaseException]:
    """Walk from `exc` to what lies beneath, through chaining and through what urllib3 wraps."""
    seen: set[int] = set()
    waiting = [exc]
    while waiting:
        current = waiting.pop(0)
        if not isinstance(current, BaseException) or id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        waiting += [current.__cause__, current.__context__, getattr(current, "reason", None), *current.args]


def _is_timeout(cause: BaseException) -> bool:
    # urllib3 derives the error of a refused connection from that of a slow one.
    if isinstance(cause, urllib3.exceptions.NewConnectionError):
        return False
    return isinstance(cause, (TimeoutError, urllib3.exceptions.TimeoutError, requests.Timeout))


def _reason(chain: Sequence[BaseException]) -> str:
    """Say in words why a connection failed; texts of libraries are kept out, they may quote addresses of calls."""
    for cause in chain:
        if isinstance(cause, ConnectionRefusedError):
            return "connection refused"
        if isinstance(cause, http.client.RemoteDisconnected):
            return "it hung up without a reply"
        if isinstance(cause, ConnectionError):
            return "the connection was reset"
        if isinstance(cause, (urllib3.exceptions.IncompleteRead, http.client.IncompleteRead)):
            return "the reply was cut off"
        if isinstance(cause, urllib3.exceptions.DecodeError):
            return "the reply could not be decompressed"
    for cause in chain:
        if isinstance(cause, OSError) and cause.errno:
            return os.strerror(cause.errno).lower()
    return type(chain[-1]).__name__


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


def _retry_after(response: requests.Response) -> float | None:
    """Return the seconds of a ``Retry-After`` header, given as a number or as a date."""
    text = response.headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    date = _http_date(text)
    if date is None:
        return None
    return max(0.0, date - (_http_date(response.headers.get("Date")) or time.time()))
