"""One signed call: sign, send, try again."""

from __future__ import annotations

import os
import random
import threading
import time
from collections.abc import Sequence
from typing import Literal
from urllib.parse import urlencode

import requests

from ..errors import (
    ApiError,
    DuplicateRequest,
    EmailrcdError,
    HTTPStatusError,
    QueryStopped,
    ReplyError,
    TimestampExpired,
    TransportError,
)
from . import contract, http_errors
from .credentials import Credentials
from .environment import proxy_for, tls_context
from .ratelimit import RateLimiter
from .reply import Reply, code, decode
from .session import Session

Method = Literal["POST", "GET"]

BACKOFF_SECONDS = 2.0
"""Longest wait before the first retry; doubled for each further one, and drawn at random from half of that up."""

SIGNATURE_SECONDS = 1.0
"""How long a signature stays the same: it is made from whole seconds."""

_STILL_EXPIRED = (
    "It was so also after correcting it by the server's clock: set this machine's clock (for example with NTP) and try "
    "again."
)
_BACKOFF_LIMIT_SECONDS = 30.0


class Attempt:
    """One call that was made: its reply, or the error in its place; shown without either, since replies hold addresses."""

    __slots__ = ("date", "raw", "result")

    def __init__(self, result: Reply | EmailrcdError, date: float | None = None, raw: bytes = b"") -> None:
        self.result = result
        self.raw = raw
        self.date = date


class Transport:
    """Makes signed calls, from many threads at once: they share the connections, the rate and the clock's correction."""

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
        self.connections = connections
        self.max_rate = max_rate
        self.accepted = False
        """Whether the server has accepted any call; until then, code -5 may mean a wrong app id."""
        self.method = method
        self.credentials = credentials
        self._attempts = attempts
        self._skew = 0.0
        self.session = Session(url, proxy_for(url), tls_context(ca_bundle), connections, timeout)

    def close(self) -> None:
        """Close all connections."""
        self.session.close()

    def send(self, ids: Sequence[str], halt: threading.Event) -> Reply:
        """Return the reply about up to 200 ids, or raise the last attempt's error."""
        result = self.attempt(ids, halt).result
        for doublings in range(self._attempts - 1):
            if isinstance(result, Reply) or not result.retryable:
                break
            if halt.wait(self._delay(result, doublings)):
                raise QueryStopped("The query was stopped while it waited to ask again.")
            result = self.attempt(ids, halt).result
        if isinstance(result, Reply):
            return result
        raise result

    def attempt(self, ids: Sequence[str], halt: threading.Event, method: Method | None = None) -> Attempt:
        """Make one call, and return its error too; once more by the server's clock after -6, or a second later after -2."""
        attempt = self._call(ids, halt, method)
        if isinstance(attempt.result, TimestampExpired) and attempt.date is not None:
            self._skew = attempt.date - time.time()
            attempt = self._call(ids, halt, method)
            if isinstance(attempt.result, TimestampExpired):
                attempt.result = TimestampExpired(attempt.result.code or "", attempt.result.reason, _STILL_EXPIRED)
        if isinstance(attempt.result, DuplicateRequest) and not halt.wait(SIGNATURE_SECONDS):
            attempt = self._call(ids, halt, method)
        return attempt

    def _call(self, ids: Sequence[str], halt: threading.Event, method: Method | None) -> Attempt:
        if not self.limiter.acquire(halt):
            return Attempt(QueryStopped("The query was stopped before this call was made."))
        try:
            response = self.session.send(self._request(ids, method or self.method))
        except TransportError as exc:
            return Attempt(exc.with_traceback(None))
        date = http_errors.http_date(response.headers.get("Date"))
        if response.status != requests.codes.ok:
            return Attempt(http_errors.from_status(response.status, response.headers, self.session.peer.host), date)
        raw = response.body
        try:
            return Attempt(decode(raw, len(ids), self.credentials.redact), date, raw)
        except (ApiError, ReplyError) as exc:
            exc.__context__ = None
            return Attempt(exc.with_traceback(None), date, raw)

    def account_code(self) -> str:
        """Return the code with which the account API answers a signed call; of the balance nothing is looked at."""
        response = self.session.send(self._signed("GET", contract.account_endpoint(self.session.url)))
        if response.status != requests.codes.ok:
            raise http_errors.from_status(response.status, response.headers, self.session.peer.host)
        return code(response.body, self.credentials.redact)

    def _request(self, ids: Sequence[str], method: Method) -> requests.PreparedRequest:
        app_id = self.credentials.app_id
        if method == "POST":
            return self._signed(method, self.session.url, contract.body(app_id, ids))
        return self._signed(method, f"{self.session.url}?{urlencode(contract.parameters(app_id, ids), safe=',')}")

    def _signed(self, method: Method, url: str, body: bytes | None = None) -> requests.PreparedRequest:
        timestamp = int(time.time() + self._skew)
        headers = contract.signed_headers(self.credentials.api_key, self.credentials.api_secret, timestamp)
        return self.session.prepare(method, url, headers, body)

    def _delay(self, failure: EmailrcdError, doublings: int) -> float:
        """Return the seconds to wait before the next attempt, and pause the client where the server asked for it."""
        if isinstance(failure, HTTPStatusError) and failure.retry_after is not None:
            self.limiter.pause(failure.retry_after)
        seconds = min(_BACKOFF_LIMIT_SECONDS, BACKOFF_SECONDS * 2**doublings)
        return random.uniform(seconds / 2, seconds)  # noqa: S311 - spreads the load, guards nothing
