"""Asking again for what is open, until all is settled, and how long mail took to settle."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from itertools import count
from typing import NamedTuple

import numpy as np
import pandas as pd

from ..errors import EmailrcdError, QueryInterrupted, QueryStopped, TroubleSpreads
from ..ids import Ids
from ..records.frame import COLUMNS, OPEN, SETTLED

Ask = Callable[[object], pd.DataFrame]

_ASKED_AGAIN = [*OPEN, "unanswered"]


class Round(NamedTuple):
    """What one round of watching found.

    Attributes
    ----------
    number : int
        Counted from 1.
    settled, open, unanswered : int
        Distinct ids delivered or failed, sending or not found, and without an answer.
    pause : float or None
        Seconds until the next round; None if there is none.
    """

    number: int
    settled: int
    open: int
    unanswered: int
    pause: float | None


def rounds(
    ask: Ask,
    ids: object,
    *,
    deadline: float,
    first_pause: float,
    longest_pause: float,
    stop: threading.Event,
    on_round: Callable[[Round], None] | None,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[pd.DataFrame]:
    """Yield all records after each round of asking what is not settled.

    Parameters
    ----------
    ask : callable
        Takes ids and returns their records.
    ids : object
        Whatever `ask` takes.
    deadline, first_pause, longest_pause : float
        Seconds.
    stop : threading.Event
        Ends a pause at once.
    on_round : callable, optional
        Receives a `Round` before its records are yielded.
    clock : callable
        Returns seconds.

    Raises
    ------
    EmailrcdError
        An error that asking again later cannot heal, or any in the first round; ``.records`` holds all records.
    """
    ends = clock() + deadline
    asked = _Asked(ask, ids)
    del ids
    pause = first_pause
    for number in count(1):
        if asked.error is not None:
            raise asked.error.with_traceback(None)
        left = ends - clock()
        waiting = _not_settled(asked.records)
        over = not waiting.ids or left <= 0 or stop.is_set()
        if on_round:
            on_round(_round(number, asked.records, None if over else min(pause, left)))
        yield asked.records
        left = ends - clock()
        if over or left <= 0 or stop.wait(min(pause, left)):
            return
        pause = min(2 * pause, longest_pause)
        asked = _Asked(ask, waiting, before=asked.records)


class _Asked:
    """The records after a round and the error that ends the watch; its repr shows neither."""

    def __init__(self, ask: Ask, ids: object, before: pd.DataFrame | None = None) -> None:
        self.error: EmailrcdError | QueryInterrupted | None = None
        try:
            self.records = ask(ids)
        except (EmailrcdError, QueryInterrupted) as exc:
            if exc.records is None:
                raise
            self.records = exc.records
            # What spreads now may have passed by the next round, unless there has never been an answer.
            if not isinstance(exc, QueryStopped) and (before is None or not isinstance(exc, TroubleSpreads)):
                self.error = exc
        if before is not None:
            self.records = updated(before, self.records)
        if self.error is not None:
            self.error.records = self.records


def updated(records: pd.DataFrame, answers: pd.DataFrame) -> pd.DataFrame:
    """Return `records` with newer answers in place of theirs; rows, order, index and other columns stay.

    Parameters
    ----------
    records : DataFrame
        A records frame.
    answers : DataFrame
        One row for each of some of its ids. One that is ``unanswered`` replaces no answer.
    """
    width = len(COLUMNS)
    answered = answers["status"] != "unanswered"
    both = pd.concat([records.iloc[:, :width], answers.iloc[:, :width]], ignore_index=True)
    found = pd.Index(answers["email_id"]).get_indexer(pd.Index(records["email_id"]))
    newer = (found >= 0) & (answered.to_numpy()[found] | (records["status"] == "unanswered").to_numpy())
    order = np.where(newer, len(records) + found, np.arange(len(records)))
    result = both.take(order).set_axis(records.index)
    # An estimate for the whole column; the ids asked again alone may not have been enough for it.
    result["submitted_at_estimated"] = records["submitted_at_estimated"]
    result = pd.concat([result, records.iloc[:, width:]], axis=1)
    result.attrs = {**records.attrs, **answers.attrs}
    return result


def _not_settled(records: pd.DataFrame) -> Ids:
    # Not as a list: what was taken for ids once is not to be doubted anew when few of them are left.
    ids = records.loc[records["status"].isin(_ASKED_AGAIN), "email_id"].drop_duplicates().tolist()
    return Ids(ids, given=len(ids))


def _round(number: int, records: pd.DataFrame, pause: float | None) -> Round:
    counts = records.drop_duplicates("email_id")["status"].value_counts()
    return Round(number, counts[list(SETTLED)].sum(), counts[list(OPEN)].sum(), counts["unanswered"], pause)
