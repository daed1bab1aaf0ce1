"""Many ids: any number of them in, a records frame with every one of them out."""

from __future__ import annotations

import datetime
import os
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any
from urllib.parse import urlsplit

import pandas as pd

from ..api import contract
from ..api.credentials import SANDBOX, Credentials, find
from ..api.transport import Method, Transport
from ..errors import EmailrcdError, EmailrcdWarning
from ..files.workbooks import Sheet
from ..records.ledger import Ledger
from ..records.ledger import Source as AnsweredBy
from ..records.parts import Parts
from ..records.store import PART_ROWS, Manifest, Store
from .callers import callers_part, tell
from .chunks import Chunks, OneChunk, UnfinishedChunks
from .limits import check_settings, seconds
from .progress import Progress
from .recall import Recall
from .runner import Runner, Source
from .sinks import Sink, ToFrame, ToParts
from .watch import Keep, Round, rounds

__all__ = ["Client", "Progress"]


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
        How often a call that can heal is made before its ids are left ``unanswered``; five take up to half a minute.
    ca_bundle : path, optional
        PEM file of trusted certificates, else ``REQUESTS_CA_BUNDLE``, ``CURL_CA_BUNDLE`` or ``SSL_CERT_FILE``, else those
        of the system and of certifi.

    Attributes
    ----------
    last_records : DataFrame or None
        The records of the last query, also of one that was stopped.
    """

    def __init__(
        self,
        credentials: Credentials,
        *,
        base_url: str = contract.BASE_URL,
        method: Method = "POST",
        connections: int = 8,
        max_rate: float | None = 20,
        timeout: tuple[float, float] = (5, 30),
        attempts: int = 5,
        ca_bundle: str | os.PathLike[str] | None = None,
    ) -> None:
        check_settings(method, connections, max_rate, timeout, attempts)
        url = contract.endpoint(base_url)
        host = urlsplit(url).hostname or ""
        if contract.is_foreign(host):
            warnings.warn(
                f"Credentials will be sent to {host}, which is not the vendor's.", EmailrcdWarning, stacklevel=2
            )
        self.base_url = url.removesuffix(f"/{contract.METHOD_NAME}")
        self.sandbox = contract.is_loopback(host) and credentials.app_id == SANDBOX.app_id
        self.connections = connections
        self.max_rate = max_rate
        self.last_records: pd.DataFrame | None = None
        self._answered_by = AnsweredBy(self.base_url, credentials.app_id)
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
            There are none, or a source holds only a part of them.
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

    def close(self) -> None:
        """Close all connections."""
        self._transport.close()

    def query(
        self,
        ids: object,
        *,
        column: str | None = None,
        sheet: Sheet = None,
        ledger: Ledger | str | os.PathLike[str] | None = None,
        refresh: bool = False,
        fresh_for: float | datetime.timedelta = 0,
        progress: bool = True,
        on_progress: Callable[[Progress], None] | None = None,
        on_notice: Callable[[str], None] | None = None,
        stop: threading.Event | None = None,
    ) -> pd.DataFrame:
        """Ask about `ids` and return the records frame.

        Parameters
        ----------
        ids : str, path, list, Series, DataFrame, or generator
            Text with ids in it, a file, several or a pattern (CSV, Excel, JSON, Parquet, text; also packed), or data that holds
            them, frames of other libraries too. A generator is drawn only a window ahead.
        column : str, optional
            The name of the id column, where it cannot be told by its name or its look.
        sheet : str or list of str, optional
            The sheet of a workbook, or several, where it cannot be told.
        ledger : Ledger or path, optional
            Remembers every answer, moments after it came: a query that ended early, however it did, is finished by making it
            again. Mail that it knows as delivered or failed is not asked again.
        refresh : bool
            Ask also for what `ledger` knows.
        fresh_for : float or timedelta
            Seconds for which `ledger`'s answer is good enough for mail that is not settled.
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
            `submitted_at_estimated`, `domain`, `provider`, `queried_at` (when this answer was obtained), `error`, then your own
            columns. Times are in UTC.

        Raises
        ------
        IdsError
            Something among `ids` is not an email id; nothing was asked.
        LedgerError
            `ledger` cannot be opened, read or written; ``.records`` holds what was obtained.
        EmailrcdError
            An error that no call can survive, trouble that spreads, memory or threads that run out, or `stop`: ``.records``
            holds what was obtained, ids not asked as ``unanswered``.
        QueryInterrupted
            Ctrl-C; a `KeyboardInterrupt` with ``.records``.
        Exception
            An error of your own generator or `on_progress`, as it was raised; `last_records` holds what was obtained.
        """
        source = OneChunk(ids, column, sheet)
        # A traceback that prints local variables finds none that holds an address; frames further down are cut off.
        del ids
        sink = ToFrame(self._keep)
        self._run(
            source,
            sink,
            ledger,
            on_notice,
            refresh=refresh,
            fresh_for=seconds("fresh_for", fresh_for),
            progress=progress,
            on_progress=on_progress,
            stop=stop,
        )
        return sink.records

    def query_to(
        self,
        directory: str | os.PathLike[str],
        ids: object,
        *,
        column: str | None = None,
        sheet: Sheet = None,
        ledger: Ledger | str | os.PathLike[str] | None = None,
        progress: bool = True,
        on_progress: Callable[[Progress], None] | None = None,
        on_notice: Callable[[str], None] | None = None,
        stop: threading.Event | None = None,
    ) -> Parts:
        """Ask about any number of `ids` and write the records to Parquet parts in a folder as they come.

        The same call goes on where an earlier one ended: parts that are there are not asked again, unless ids of theirs stayed
        ``unanswered``. No more than a few parts of 100,000 rows are held in memory.

        Parameters
        ----------
        directory : str or path
            The folder; made, for its owner alone, if there is none. It holds the answers to these ids by this server for this
            application and is refused for any others.
        ids : iterator, path, list, Series or DataFrame
            As for `query`. A list, a Series, and a file of text, CSV, JSON lines or Parquet are gone through twice and never
            held: at first to check and count all of it, so that nothing is asked before all is known to be ids. An iterator,
            such as a generator, is drawn a few calls ahead. Only Excel, other JSON, binary files that are
            open, and DataFrames are taken as a whole.
        column, sheet : str, optional
            As for `query`.
        ledger : Ledger or path, optional
            As for `query`. Without one, a call that ends early has to ask again what it had obtained of unfinished parts.
        progress, on_progress, on_notice, stop
            As for `query`.

        Returns
        -------
        Parts
            The records, part by part; `emailrcd.read_records` reads all of them into one frame. One row for each distinct id in
            order of first appearance, also of a DataFrame. Columns: those of `query`, then your own beside an id's first
            appearance. `submitted_at_estimated` is there for the whole of a part or not at all.

        Raises
        ------
        IdsError
            Something among `ids` is not an email id; nothing was asked. Of an iterator, parts before it may have been written.
        EmailrcdError
            The folder was made from other ids, for another server or application, or cannot be written; an error that no call
            can survive, trouble that spreads, or `stop`. Only whole parts are in the folder; ``.records`` is None.
        QueryInterrupted
            Ctrl-C; likewise.
        Exception
            An error of your own iterator or `on_progress`, as it was raised; likewise.
        """
        try:
            chunks = Chunks(ids, column, PART_ROWS, sheet)
        except EmailrcdError as exc:
            raise exc.with_traceback(None) from None
        finally:
            del ids
        app_id = self._transport.credentials.app_id
        store = Store(directory, Manifest(self.base_url, app_id, self.sandbox, PART_ROWS))
        source = UnfinishedChunks(chunks, store)
        self._run(source, ToParts(store), ledger, on_notice, progress=progress, on_progress=on_progress, stop=stop)
        store.finish(source.count)
        return Parts(directory)

    def watch(
        self,
        ids: object,
        *,
        column: str | None = None,
        sheet: Sheet = None,
        deadline: float | datetime.timedelta = datetime.timedelta(hours=24),
        ledger: Ledger | str | os.PathLike[str] | None = None,
        first_pause: float | datetime.timedelta = 30,
        longest_pause: float | datetime.timedelta = 900,
        progress: bool = False,
        on_progress: Callable[[Progress], None] | None = None,
        on_notice: Callable[[str], None] | None = None,
        on_round: Callable[[Round], None] | None = None,
        stop: threading.Event | None = None,
    ) -> Iterator[pd.DataFrame]:
        """Ask about `ids`, and again for those not settled, until all are; yield the records after each round.

        Parameters
        ----------
        ids : str, path, list, Series, DataFrame, or generator
            As for `query`.
        column, sheet : str, optional
            As for `query`.
        deadline : float or timedelta
            Seconds after which the last round is made: a mistyped id never settles.
        ledger : Ledger or path, optional
            As for `query`.
        first_pause, longest_pause : float or timedelta
            Seconds between the first two rounds, doubled for each further one up to the longest.
        progress, on_progress, on_notice : bool, callable
            As for `query`, for each round.
        on_round : callable, optional
            Receives a `emailrcd.query.watch.Round` before its records are yielded.
        stop : threading.Event, optional
            Set it to end the watch, also in the midst of a pause.

        Yields
        ------
        DataFrame
            All records, with the same rows in the same order each time. `emailrcd.settled_between` tells from the first and
            the last how long mail took to settle.

        Raises
        ------
        EmailrcdError
            What no call can survive; trouble that spreads is waited out, except in the first round. ``.records`` holds all.
        QueryInterrupted
            Ctrl-C in a round or a pause; ``.records`` and `last_records` hold all.
        """
        halt = stop or threading.Event()

        def query(ids: object, keep: Keep) -> None:
            source = OneChunk(ids, column, sheet)
            del ids
            self._run(source, ToFrame(keep), ledger, on_notice, progress=progress, on_progress=on_progress, stop=halt)

        return rounds(
            query,
            self._keep,
            ids,
            deadline=seconds("deadline", deadline),
            first_pause=seconds("first_pause", first_pause),
            longest_pause=seconds("longest_pause", longest_pause),
            stop=halt,
            on_round=on_round,
        )

    def _keep(self, records: pd.DataFrame, notices: list[str]) -> pd.DataFrame:
        records.attrs["emailrcd"] = {"base_url": self.base_url, "sandbox": self.sandbox, "notices": notices}
        self.last_records = records
        return records

    def _run(
        self,
        source: Source,
        sink: Sink,
        ledger: Ledger | str | os.PathLike[str] | None,
        on_notice: Callable[[str], None] | None,
        *,
        refresh: bool = False,
        fresh_for: float = 0,
        **settings: Any,
    ) -> None:
        """Ask about `source`, say what the user should know, and raise what ended it early."""
        with ExitStack() as stack:
            recall = None
            if ledger is not None:
                opened = ledger if isinstance(ledger, Ledger) else stack.enter_context(Ledger(ledger))
                recall = Recall(opened, self._answered_by, refresh=refresh, fresh_for=fresh_for)
            runner = Runner(self._transport, source, sink, recall)
            error = runner.run(**settings)
        tell(runner.notices, on_notice)
        if error is not None:
            raise error.with_traceback(callers_part(error))


def transport_of(client: Client) -> Transport:
    """Return what makes the calls of a client, for the rooms that share it."""
    return client._transport
