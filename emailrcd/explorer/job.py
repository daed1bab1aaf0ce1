"""One query or watch, with what came of it. Free of widgets, so that it is tested without a browser."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import NamedTuple

import pandas as pd

from ..analysis.settling import settling_in_words
from ..errors import QueryStopped
from ..ids import Ids
from ..query.client import Client, Progress
from ..query.watch import Round, updated
from .connection import AnyLedger
from .problems import told


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


def carry_out(
    client: Client,
    task: Task,
    stop: threading.Event,
    on_progress: Callable[[Progress], None],
    on_round: Callable[[pd.DataFrame, Round], None],
) -> Outcome:
    """Query or watch until the end, or until `stop` is set; what was obtained is kept, whatever happens."""
    began = time.monotonic()
    notices: list[str] = []
    records, problem, stopped = None, "", False
    try:
        if task.watch:
            records = _watch(client, task, notices, stop, on_progress, on_round)
        else:
            records = client.query(
                task.ids,
                ledger=task.ledger,
                refresh=task.refresh,
                progress=False,
                on_progress=on_progress,
                on_notice=notices.append,
                stop=stop,
            )
    except QueryStopped as exc:
        records, stopped = exc.records, True
    except Exception as exc:  # noqa: BLE001 - nobody sees an exception of a thread
        records, problem = getattr(exc, "records", None), told(exc)
    if records is not None and task.before is not None:
        records = updated(task.before, records)
    return Outcome(records, notices, problem, stopped, time.monotonic() - began)


def _watch(
    client: Client,
    task: Task,
    notices: list[str],
    stop: threading.Event,
    on_progress: Callable[[Progress], None],
    on_round: Callable[[pd.DataFrame, Round], None],
) -> pd.DataFrame:
    rounds: list[Round] = []
    of_this_round: list[str] = []
    first = records = pd.DataFrame()
    for records in client.watch(
        task.ids,
        ledger=task.ledger,
        on_progress=on_progress,
        on_notice=of_this_round.append,
        on_round=rounds.append,
        stop=stop,
    ):
        # Each round has its own; those of the last one hold.
        notices[:] = of_this_round
        of_this_round.clear()
        first = records if len(rounds) == 1 else first
        on_round(records, rounds[-1])
    if stop.is_set():
        notices.append("The watch was stopped.")
    elif rounds[-1].open or rounds[-1].unanswered:
        notices.append("The watch ended at its deadline of 24 hours; what is still open will hardly settle.")
    if took := settling_in_words(first, records):
        notices.append(took)
    return records
