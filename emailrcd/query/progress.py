"""How far a query is, as numbers and as a bar."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from tqdm.auto import tqdm

from ..api.contract import MAX_IDS
from ..wording import duration


class Progress(NamedTuple):
    """How far a query is.

    Attributes
    ----------
    done : int
        Ids answered.
    total : int or None
        Ids to be asked, without those a ledger knows; None where they come from a generator.
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


def bar(begin: Progress, max_rate: float | None, is_shown: bool) -> tqdm[Any]:
    """Return a bar that says what a query will take; a single call has none."""
    calls = math.ceil(begin.total / MAX_IDS) if begin.total is not None else None
    if calls is None:
        plan = "asking"
    elif max_rate:
        plan = f"{calls:,} calls, about {duration(math.ceil(calls / max_rate))}"
    else:
        plan = f"{calls:,} calls"
    return tqdm(total=begin.total, desc=plan, unit=" ids", unit_scale=True, disable=not is_shown or calls in (0, 1))
