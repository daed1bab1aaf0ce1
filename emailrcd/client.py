"""Many ids: any number of them in, a records frame with every one of them out."""

from __future__ import annotations

import math
import os
import threading
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pandas as pd
from tqdm.auto import tqdm

from . import api
from .batches import Acceptance, Asker
from .credentials import SANDBOX, Credentials, find
from .errors import EmailrcdError, EmailrcdWarning, QueryInterrupted
from .ids import Ids, stream, take
from .records import Answers, Builder, beside, empty
from .transport import Method, Transport
from .workers import Workers


class Progress(NamedTuple):
    """How far a query is.

    Attributes
    ----------
    done : int
        Ids answered.
    total : int or None
        Ids to be asked; None where they come from a generator.
    calls : int
        Calls answered.
    elapsed : float
        Seconds since the query began.
    paused : float
        Seconds the server asked to wait from now; 0 while calls are being made.
    """

    done: int
    total: int | None
    calls: int
    elapsed: float
    paused: float

    @property
    def rate(self) -> float:
        """Ids answered per second."""
        return self.done / self.elapsed if self.elapsed else 0.0

    @property
    def seconds_left(self) -> float | None:
        """Seconds until the end at this rate; None while that cannot be told."""
        if self.total is None or not self.rate:
            return None
        return (self.total - self.done) / self.rate + self.paused


class Client:
    """Asks the API about any number of email ids.

    Parameters
    ----------
    credentials : Credentials
        Of the mail application that sent the mail.
    base_url : str
        Up to and including ``/email``. A host that is not the vendor's is named in a warning.
    method : {"POST", "GET"}
        How calls are made; both are published.
    connections : int
        Calls in flight at once, 1 to 64.
    max_rate : float or None
        Calls a second, retries included; None for no limit. The vendor publishes no limit; an account can be locked.
    timeout : (float, float)
        Seconds to connect, and seconds for a whole reply.
    attempts : int
        How often a call that can heal is made before its ids are left ``unanswered``.
    ca_bundle : path, optional
        PEM file of trusted certificates, else ``REQUESTS_CA_BUNDLE``, ``CURL_CA_BUNDLE``, else certifi's.

    Attributes
    ----------
    last_records : DataFrame or None
        The records of the last query, also of one that was stopped.
    """

    def __init__(
        self,
        credentials: Credentials,
        *,
        base_url: str = api.BASE_URL,
        method: Method = "POST",
        connections: int = 8,
        max_rate: float | None = 20,
        timeout: tuple[float, float] = (5, 30),
        attempts: int = 5,
        ca_bundle: str | os.PathLike[str] | None = None,
    ) -> None:
        _check_settings(method, connections, max_rate, timeout, attempts)
        url = api.endpoint(base_url)
        host = urlsplit(url).hostname or ""
        if host not in api.VENDOR_HOSTS and not api.is_loopback(host):
            warnings.warn(
                f"Credentials will be sent to {host}, which is not the vendor's.", EmailrcdWarning, stacklevel=2
            )
        self.base_url = url.removesuffix(f"/{api.METHOD_NAME}")
        self.sandbox = api.is_loopback(host) and credentials.app_id == SANDBOX.app_id
        self.connections = connections
        self.max_rate = max_rate
        self.last_records: pd.DataFrame | None = None
        self._acceptance = Acceptance()
        self._transport = Transport(
            credentials,
            url,
            method=method,
            connections=connections,
            max_rate=max_rate,
            timeout=timeout,
            attempts=attempts,
            ca_bundle=ca_bundle,
        )

    @classmethod
    def from_env(cls, **settings: Any) -> Client:
        """Return a client with credentials (and base URL) from the environment, ``.env`` or the keyring.

        Parameters
        ----------
        **settings
            As for `Client`; they win over what is found.

        Raises
        ------
        MissingCredentials
            None are found, or a source holds only a part of them.
        """
        found = find()
        if found.base_url:
            settings.setdefault("base_url", found.base_url)
        return cls(found.credentials, **settings)

    def __repr__(self) -> str:
        mark = "SANDBOX, " if self.sandbox else ""
        rate = f"{self.max_rate:g} calls/s" if self.max_rate else "no rate limit"
        return f"<emailrcd.Client {mark}{self.base_url}, {self.connections} connections, {rate}>"

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *args: object) -> None:
        self.close()

    @property
    def transport(self) -> Transport:
        """What makes this client's calls."""
        return self._transport

    def close(self) -> None:
        """Close all connections."""
        self._transport.close()

    def query(
        self,
        ids: object,
        *,
        progress: bool = True,
        on_progress: Callable[[Progress], None] | None = None,
        on_notice: Callable[[str], None] | None = None,
        stop: threading.Event | None = None,
    ) -> pd.DataFrame:
        """Ask about `ids` and return the records frame.

        Parameters
        ----------
        ids : str, path, list, Series, DataFrame, or generator
            Text with ids in it, a file (``.txt .csv .tsv .xlsx .json .jsonl .parquet``), or data that holds them. A generator
            is drawn only a window ahead.
        progress : bool
            Show a bar in notebook or terminal when more than one call is needed.
        on_progress : callable, optional
            Receives a `Progress` several times a second, in the calling thread.
        on_notice : callable, optional
            Receives what the user should know; without it that is warned about. Notices are in ``attrs["emailrcd"]`` too.
        stop : threading.Event, optional
            Set it, from another thread, to end the query.

        Returns
        -------
        DataFrame
            One row for each distinct id in order of first appearance, or the rows of your frame; every id in exactly one
            status. Columns: `email_id`, `status`, `to_address`, `received_at` (the vendor's receiveTime),
            `submitted_at_estimated`, `domain`, `provider`, `queried_at`, `error`, then your own columns. Times are in UTC.

        Raises
        ------
        IdsError
            Something among `ids` is no email id; nothing was asked.
        EmailrcdError
            An error that no call can survive, trouble that spreads, or `stop`: ``.records`` holds what was obtained, ids not
            asked as ``unanswered``.
        QueryInterrupted
            Ctrl-C; a `KeyboardInterrupt` with ``.records``.
        """
        outcome = self._query(ids, progress, on_progress, on_notice, stop)
        # A traceback that prints local variables finds none here that holds an address; the others are cut off.
        del ids
        if outcome.error is not None:
            raise outcome.error.with_traceback(None)
        return outcome.records

    def _query(
        self,
        source: object,
        progress: bool,
        on_progress: Callable[[Progress], None] | None,
        on_notice: Callable[[str], None] | None,
        stop: threading.Event | None,
    ) -> _Outcome:
        taken = None
        if isinstance(source, Iterator):
            ids, total = _distinct(source), None
        else:
            try:
                taken = take(source)
                taken.check()
            except EmailrcdError as exc:
                return _Outcome(empty(), exc)
            ids, total = iter(taken.ids), len(taken.ids)

        halt = threading.Event()
        asker = Asker(self._transport, self._acceptance, halt)
        workers = Workers(asker.ask, self.connections, halt)
        builder = Builder()
        began = time.monotonic()
        done = 0
        error: EmailrcdError | QueryInterrupted | None = None

        def receive(index: int, answers: Answers) -> None:
            nonlocal done
            builder.add(index, answers)
            done += len(answers.ids)

        with _bar(total, self.max_rate, progress) as bar:

            def tick() -> None:
                bar.update(done - bar.n)
                if on_progress:
                    paused = self._transport.limiter.paused
                    on_progress(Progress(done, total, asker.calls, time.monotonic() - began, paused))

            try:
                workers.run(_batches(ids, asker), receive, tick, stop)
                tick()
            except EmailrcdError as exc:
                error = exc
            except KeyboardInterrupt:
                error = QueryInterrupted(
                    "Interrupted. What was obtained is in client.last_records, the rest is unanswered."
                )
        if error is not None:
            workers.take_finished(receive)
            _take_unasked(builder, workers, iter(()) if taken is None else ids)
        records, notices = self._finish(builder, asker, taken)
        self.last_records = records
        if error is not None:
            error.records = records
        for notice in notices:
            if on_notice:
                on_notice(notice)
            else:
                warnings.warn(notice, EmailrcdWarning, stacklevel=3)
        return _Outcome(records, error)

    def _finish(self, builder: Builder, asker: Asker, taken: Ids | None) -> tuple[pd.DataFrame, list[str]]:
        records = builder.frame()
        notices = [*(taken.notices if taken else []), *asker.findings.notices(), *builder.notices()]
        unanswered = records["error"][records["status"] == "unanswered"]
        if len(unanswered):
            notices.append(
                f"{len(unanswered):,} ids stay unanswered; query them again. The most frequent reason: {unanswered.mode()[0]}"
            )
        if taken is not None and taken.context is not None:
            records, renamed = beside(records, taken.context, taken.positions)
            notices += renamed
        records.attrs["emailrcd"] = {"base_url": self.base_url, "sandbox": self.sandbox, "notices": notices}
        return records, notices


class _Outcome:
    """Records and the error that ended a query; its repr shows neither."""

    __slots__ = ("error", "records")

    def __init__(self, records: pd.DataFrame, error: EmailrcdError | QueryInterrupted | None) -> None:
        self.records = records
        self.error = error


def _check_settings(
    method: str, connections: int, max_rate: float | None, timeout: tuple[float, float], attempts: int
) -> None:
    problem = None
    if method not in ("POST", "GET"):
        problem = f'method must be "POST" or "GET", not {method!r}.'
    elif not 1 <= connections <= 64:
        problem = f"connections must be from 1 to 64, not {connections}."
    elif max_rate is not None and not 0 < max_rate < math.inf:
        problem = f"max_rate must be a number of calls a second above 0, or None for no limit, not {max_rate}."
    elif len(timeout) != 2 or min(timeout) <= 0:
        problem = f"timeout must be two numbers of seconds above 0, to connect and for the whole reply, not {timeout}."
    elif attempts < 1:
        problem = f"attempts must be 1 or more, not {attempts}."
    if problem:
        raise EmailrcdError(problem)


def _distinct(entries: Iterable[object]) -> Iterator[str]:
    seen: set[str] = set()
    for chunk in stream(entries, api.MAX_IDS):
        for email_id in chunk:
            if email_id not in seen:
                seen.add(email_id)
                yield email_id


def _batches(ids: Iterator[str], asker: Asker) -> Iterator[list[str]]:
    """Cut `ids` into batches of the size the server takes, which a query may learn on its way."""
    while batch := list(islice(ids, asker.size)):
        yield batch


def _take_unasked(builder: Builder, workers: Workers, rest: Iterator[str]) -> None:
    """Enter the ids that a query which ended early has not had answered."""
    for index, batch in [*workers.in_flight.items(), (workers.drawn, list(rest))]:
        answers = Answers.undecided(batch)
        answers.close_undecided("Not asked: the query ended before.")
        answers.queried_at = time.time()
        builder.add(index, answers)


def _bar(total: int | None, max_rate: float | None, shown: bool) -> tqdm[Any]:
    calls = math.ceil(total / api.MAX_IDS) if total is not None else None
    if calls is None:
        plan = "asking"
    elif max_rate:
        plan = f"{calls:,} calls, about {_duration(calls / max_rate)}"
    else:
        plan = f"{calls:,} calls"
    return tqdm(total=total, desc=plan, unit=" ids", unit_scale=True, disable=not shown or calls in (0, 1))


def _duration(seconds: float) -> str:
    if seconds < 100:
        return f"{math.ceil(seconds)} s"
    return f"{math.ceil(seconds / 60)} min"
