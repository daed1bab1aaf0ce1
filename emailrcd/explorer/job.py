"""A query or a watch in a thread: started, followed, cancelled. Free of widgets, so that it is tested without a browser."""

from __future__ import annotations

import threading
import time
from typing import NamedTuple, Protocol

import pandas as pd

from ..analysis.settling import settling_in_words
from ..errors import EmailrcdError, QueryStopped
from ..ids import Ids
from ..query.client import Client, Progress
from ..query.watch import Round, updated
from ..wording import duration
from .background import Background
from .connection import AnyLedger
from .problems import told

_PROGRESS_SECONDS = 0.2


class Outcome(NamedTuple):
    """How a query or a watch ended.

    Attributes
    ----------
    records : DataFrame or None
        What was obtained, ids without an answer as ``unanswered``.
    notices : list of str
        What the user should know.
    problem : str
        The message of an error; empty if there was none.
    stopped : bool
        Whether the user stopped it.
    seconds : float
        How long it took.
    """

    records: pd.DataFrame | None
    notices: list[str]
    problem: str
    stopped: bool
    seconds: float


class Follower(Protocol):
    """Is told how a job goes, in the job's thread."""

    def progressed(self, progress: Progress) -> None:
        """Take how far it is, a few times a second."""

    def watched(self, records: pd.DataFrame, found: Round) -> None:
        """Take all records after a round of watching."""

    def ended(self, outcome: Outcome) -> None:
        """Take how it ended."""


class Task(NamedTuple):
    """What to ask, and how.

    Attributes
    ----------
    ids : Ids
        Of what mail.
    ledger : Ledger, path or None
        Where answers are remembered.
    refresh, watch : bool
        Ask also for what the ledger knows; ask again for what is open.
    before : DataFrame or None
        Records of a query that was stopped, of which `ids` are those without an answer.
    """

    ids: Ids
    ledger: AnyLedger | None = None
    refresh: bool = False
    watch: bool = False
    before: pd.DataFrame | None = None


class Job:
    """One query or watch at a time, in the background.

    Parameters
    ----------
    follower : Follower
        Is told how it goes.
    background : Background
        Does it.
    """

    def __init__(self, follower: Follower, background: Background) -> None:
        self._follower = follower
        self._background = background
        self._stop = threading.Event()
        self._last_progress = 0.0

    def start(self, client: Client, task: Task) -> None:
        """Begin; returns at once. Whoever follows knows that the one before has ended."""
        stop = self._stop = threading.Event()
        self._background.run(lambda: self._run(client, task, stop))

    def cancel(self) -> None:
        """Ask it to stop; what was obtained is kept."""
        self._stop.set()

    def _run(self, client: Client, task: Task, stop: threading.Event) -> None:
        began = time.monotonic()
        notices: list[str] = []
        records, problem, stopped = None, "", False
        try:
            if task.watch:
                records = self._watch(client, task, notices, stop)
            else:
                records = client.query(
                    task.ids,
                    ledger=task.ledger,
                    refresh=task.refresh,
                    progress=False,
                    on_progress=self._progressed,
                    on_notice=notices.append,
                    stop=stop,
                )
        except QueryStopped as exc:
            records, stopped = exc.records, True
        except EmailrcdError as exc:
            records, problem = exc.records, told(exc)
        except Exception as exc:  # noqa: BLE001 - nobody sees an exception of a thread
            problem = told(exc)
        if records is not None and task.before is not None:
            records = updated(task.before, records)
        self._follower.ended(Outcome(records, notices, problem, stopped, time.monotonic() - began))

    def _watch(self, client: Client, task: Task, notices: list[str], stop: threading.Event) -> pd.DataFrame:
        rounds: list[Round] = []
        of_this_round: list[str] = []
        first = records = pd.DataFrame()
        for records in client.watch(
            task.ids,
            ledger=task.ledger,
            on_progress=self._progressed,
            on_notice=of_this_round.append,
            on_round=rounds.append,
            stop=stop,
        ):
            # Each round has its own; those of the last one hold.
            notices[:] = of_this_round
            of_this_round.clear()
            first = records if len(rounds) == 1 else first
            self._follower.watched(records, rounds[-1])
        if stop.is_set():
            notices.append("The watch was stopped.")
        elif rounds[-1].open or rounds[-1].unanswered:
            notices.append("The watch ended at its deadline of 24 hours; what is still open will hardly settle.")
        if took := settling_in_words(first, records):
            notices.append(took)
        return records

    def _progressed(self, progress: Progress) -> None:
        now = time.monotonic()
        if now - self._last_progress >= _PROGRESS_SECONDS:
            self._last_progress = now
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
