"""Asking again for what is open, until all is settled."""

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
from ..records.builder import empty
from ..records.frame import COLUMNS, OPEN, SETTLED, latest
from ..wording import duration

Keep = Callable[[pd.DataFrame, list[str]], pd.DataFrame]
"""Takes records and notices; returns the records that count from now on."""

_ASKED_AGAIN = [*OPEN, "unanswered"]


class Round(NamedTuple):
    """What is known after one round of a watch.

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

    def __str__(self) -> str:
        said = f"Round {self.number}: {self.settled:,} settled, {self.open:,} open"
        said += f", {self.unanswered:,} unanswered" if self.unanswered else ""
        return said if self.pause is None else f"{said} · next round in {duration(self.pause)}"


def rounds(
    query: Callable[[object, Keep], object],
    keep: Keep,
    ids: object,
    *,
    deadline: float,
    first_pause: float,
    longest_pause: float,
    stop: threading.Event,
    on_round: Callable[[Round], None] | None,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[pd.DataFrame]:
    """Yield all records after each round; an error or interrupt that ends the watch carries them, wherever it comes."""
    known: pd.DataFrame | None = None
    records: pd.DataFrame | None = None
    error: EmailrcdError | QueryInterrupted

    def merge(answers: pd.DataFrame, notices: list[str]) -> pd.DataFrame:
        """Keep all records with the answers of a round in place of theirs; may be called again."""
        nonlocal known
        known = keep(answers if known is None else updated(known, answers), notices)
        return known

    try:
        ends, pause = clock() + deadline, first_pause
        for number in count(1):
            try:
                query(ids, merge)
            except QueryStopped:
                pass
            except TroubleSpreads:
                # What spreads now may have passed by the next round, unless there has never been an answer.
                if number == 1:
                    raise
            records = empty() if known is None else known
            ids = waiting = _not_settled(records)
            left = ends - clock()
            over = not waiting.ids or left <= 0 or stop.is_set()
            if on_round:
                on_round(_round(number, records, None if over else min(pause, left)))
            yield records
            left = ends - clock()
            if over or left <= 0 or stop.wait(min(pause, left, threading.TIMEOUT_MAX)):
                return
            pause = min(2 * pause, longest_pause)
    except KeyboardInterrupt:
        error = QueryInterrupted("Interrupted. What was obtained is in client.last_records.")
    except EmailrcdError as exc:
        error = exc.with_traceback(None)
    # A traceback that prints local variables finds none that holds an address.
    error.records, known, records, ids = known, None, None, None
    raise error


def updated(records: pd.DataFrame, answers: pd.DataFrame) -> pd.DataFrame:
    """Return `records` with newer answers in place of theirs; one that is ``unanswered`` replaces only one that is so, too."""
    width = len(COLUMNS)
    answered = answers["status"] != "unanswered"
    both = pd.concat([records.iloc[:, :width], answers.iloc[:, :width]], ignore_index=True)
    place = pd.Index(answers["email_id"]).get_indexer(pd.Index(records["email_id"]))
    newer = (place >= 0) & (answered.to_numpy()[place] | (records["status"] == "unanswered").to_numpy())
    order = np.where(newer, len(records) + place, np.arange(len(records)))
    result = both.take(order).set_axis(records.index)
    # An estimate for the whole column; the ids asked again alone may not have been enough for it.
    result["submitted_at_estimated"] = records["submitted_at_estimated"]
    result = pd.concat([result, records.iloc[:, width:]], axis=1)
    result.attrs = {**records.attrs, **answers.attrs}
    return result


def _not_settled(records: pd.DataFrame) -> Ids:
    # Not as a list: what was taken for ids once is not to be doubted anew when few of them are left.
    last = latest(records)
    ids = last.loc[last["status"].isin(_ASKED_AGAIN), "email_id"].tolist()
    return Ids(ids, given=len(ids))


def _round(number: int, records: pd.DataFrame, pause: float | None) -> Round:
    counts = latest(records)["status"].value_counts()
    return Round(number, counts[list(SETTLED)].sum(), counts[list(OPEN)].sum(), counts["unanswered"], pause)
