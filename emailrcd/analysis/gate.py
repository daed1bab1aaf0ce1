"""May it go on? A failure rate against a limit: judged on its interval and on what open mail can still become."""

from __future__ import annotations

import math
from typing import Literal, NamedTuple

import pandas as pd

from ..errors import EmailrcdError
from .statistics import Z_95, wilson
from .tables import summary

Outcome = Literal["passed", "failed", "cannot tell yet"]


class Verdict(NamedTuple):
    """What a gate decides.

    Attributes
    ----------
    outcome : {"passed", "failed", "cannot tell yet"}
        ``passed``: the 95 % interval of the failure rate ends at or below the limit, even if all mail that is undecided fails;
        ``failed``: it begins above the limit, even if all of that arrives.
    limit : float
        The highest failure rate that passes.
    failed, settled, undecided : int
        Distinct ids; undecided are those open and unanswered, which can still become anything.
    rate, low, high : float
        Failed ÷ settled and its 95 % Wilson interval; NaN while nothing is settled.
    enough : int or None
        Settled mails with which this rate would be on one side of the limit; None if there is no rate, or it is the limit.
    """

    outcome: Outcome
    limit: float
    failed: int
    settled: int
    undecided: int
    rate: float
    low: float
    high: float
    enough: int | None

    def __str__(self) -> str:
        said = f"{self.outcome.upper()}: "
        if self.settled:
            said += (
                f"failure rate {self.rate:.2%} of {self.settled:,} settled mails (95 % interval {self.low:.2%} to "
                f"{self.high:.2%}), limit {self.limit:.2%}"
            )
        else:
            said += f"nothing is settled yet, limit {self.limit:.2%}"
        if self.undecided:
            said += f"; {self.undecided:,} more are open or unanswered"
        if self.outcome != "cannot tell yet":
            return f"{said}."
        return f"{said}. {self._way_out()}"

    def _way_out(self) -> str:
        if not self.settled and not self.undecided:
            return "Nothing can become of refused ids: check the ids and the app id."
        if not self.settled:
            return "Ask again later."
        if self.enough is None:
            return "The rate is at the limit."
        if self.settled >= self.enough:
            return "What is open and unanswered decides: ask again later."
        return f"At this rate {self.enough:,} settled mails would be enough."


def gate(records: pd.DataFrame, max_failure: float) -> Verdict:
    """Hold the failure rate of `records` against a limit.

    Parameters
    ----------
    records : DataFrame
        A records frame.
    max_failure : float
        The highest failure rate that passes, above 0 and below 1.

    Returns
    -------
    Verdict
        The outcome, the numbers behind it, and how many settled mails would be enough.

    Raises
    ------
    EmailrcdError
        The limit is none, or there are no records at all.
    """
    if not 0 < max_failure < 1:
        raise EmailrcdError(f"The highest failure rate must be above 0 and below 1, like 0.03, not {max_failure}.")
    total = summary(records).iloc[0]
    if not total["ids"]:
        raise EmailrcdError("There are no mails to judge. Check the file, and the filters that made it.")
    failed, settled = int(total["failed"]), int(total["settled"])
    undecided = int(total["open"] + total["unanswered"])
    low, high = _interval(failed, settled)
    outcome: Outcome = "cannot tell yet"
    if _interval(failed + undecided, settled + undecided)[1] <= max_failure:
        outcome = "passed"
    elif _interval(failed, settled + undecided)[0] > max_failure:
        outcome = "failed"
    rate = failed / settled if settled else math.nan
    return Verdict(outcome, max_failure, failed, settled, undecided, rate, low, high, _enough(rate, max_failure))


def _interval(failed: int, settled: int) -> tuple[float, float]:
    low, high = wilson(pd.Series([failed]), pd.Series([settled]))
    return float(low[0]), float(high[0])


def _enough(rate: float, limit: float) -> int | None:
    """Return with how many mails a Wilson bound meets the limit: those n for which (rate − limit)² = z² limit (1 − limit) ÷ n.

    Examples
    --------
    >>> _enough(0.02, 0.03)
    1118
    """
    if math.isnan(rate) or rate == limit:
        return None
    return math.ceil(Z_95**2 * limit * (1 - limit) / (rate - limit) ** 2)
