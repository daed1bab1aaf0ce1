"""A query or a watch in a thread: started, followed, cancelled. Free of widgets, so that it is tested without a browser."""

from __future__ import annotations

import threading
import time
from typing import Protocol

import pandas as pd

from ..analysis.settling import settling_in_words
from ..errors import EmailrcdError, QueryStopped
from ..ids import Ids
from ..query.client import Client, Progress
from ..query.watch import Round
from ..wording import duration
from .connection import AnyLedger

_TELL_SECONDS = 0.2


class Follower(Protocol):
    """Is told how a job goes, in the job's thread."""

    def progressed(self, progress: Progress) -> None:
        """Take how far it is, a few times a second."""

    def watched(self, records: pd.DataFrame, found: Round) -> None:
        """Take all records after a round of watching."""

    def ended(self, records: pd.DataFrame | None, notices: list[str], problem: str | None) -> None:
        """Take the records obtained, what the user should know, and the message of an error or None."""


class Job:
    """One query or watch at a time, in a thread of its own.

    Parameters
    ----------
    follower : Follower
        Is told how it goes.
    """

    def __init__(self, follower: Follower) -> None:
        self._follower = follower
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._told = 0.0

    @property
    def running(self) -> bool:
        """Whether it is under way."""
        return self._thread is not None and self._thread.is_alive()

    def start(
        self,
        client: Client,
        ids: Ids,
        *,
        ledger: AnyLedger | None = None,
        refresh: bool = False,
        watch: bool = False,
    ) -> None:
        """Begin to query `ids`, and to ask again for what is open if `watch` is set; returns at once."""
        if self.running:
            raise EmailrcdError("A query is running. Wait for its end, or cancel it first.")
        self._stop = threading.Event()
        self._thread = threading.Thread(
            target=self._run, args=(client, ids, ledger, refresh, watch, self._stop), daemon=True
        )
        self._thread.start()

    def cancel(self) -> None:
        """Ask it to stop; what was obtained is kept."""
        self._stop.set()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait for the end; False if it has not come within `seconds`."""
        if self._thread is not None:
            self._thread.join(seconds)
        return not self.running

    def _run(
        self,
        client: Client,
        ids: Ids,
        ledger: AnyLedger | None,
        refresh: bool,
        watch: bool,
        stop: threading.Event,
    ) -> None:
        notices: list[str] = []
        records, problem = None, None
        try:
            if watch:
                records = self._watch(client, ids, ledger, notices, stop)
            else:
                records = client.query(
                    ids,
                    ledger=ledger,
                    refresh=refresh,
                    progress=False,
                    on_progress=self._progressed,
                    on_notice=notices.append,
                    stop=stop,
                )
        except QueryStopped as exc:
            records = exc.records
            notices.append("The query was cancelled: what was obtained until then is shown, the rest is unanswered.")
        except EmailrcdError as exc:
            records, problem = exc.records, str(exc)
        except Exception as exc:  # noqa: BLE001 - nobody sees an exception of a thread
            problem = f"The query ended by a defect of emailrcd: {type(exc).__name__}. Please report it."
        self._follower.ended(records, notices, problem)

    def _watch(
        self, client: Client, ids: Ids, ledger: AnyLedger | None, notices: list[str], stop: threading.Event
    ) -> pd.DataFrame:
        found: list[Round] = []
        told: list[str] = []
        first = records = pd.DataFrame()
        for records in client.watch(
            ids,
            ledger=ledger,
            on_progress=self._progressed,
            on_notice=told.append,
            on_round=found.append,
            stop=stop,
        ):
            # Each round has its own; those of the last one hold.
            notices[:] = told
            told.clear()
            first = records if len(found) == 1 else first
            self._follower.watched(records, found[-1])
        if stop.is_set():
            notices.append("The watch was stopped.")
        elif found[-1].open or found[-1].unanswered:
            notices.append("The watch ended at its deadline of 24 hours; what is still open will hardly settle.")
        if took := settling_in_words(first, records):
            notices.append(took)
        return records

    def _progressed(self, progress: Progress) -> None:
        now = time.monotonic()
        if now - self._told >= _TELL_SECONDS:
            self._told = now
            self._follower.progressed(progress)


def describe(progress: Progress) -> str:
    """Say how far a query is: ids, speed and time left."""
    total = f" of {progress.total:,}" if progress.total is not None else ""
    text = f"{progress.done:,}{total} ids"
    if progress.paused:
        return f"{text} · the server asked to wait: going on in {duration(round(progress.paused))}"
    if progress.done:
        text += f" · {progress.rate:,.0f} ids/s"
    if progress.seconds_left:
        text += f" · about {duration(progress.seconds_left)} left"
    return text
