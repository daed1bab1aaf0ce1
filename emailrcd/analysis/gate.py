"""May it go on? A failure rate against a limit, judged by bounds that hold at every look and on what open mail can become."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from numbers import Real
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..errors import EmailrcdError
from ..wording import counted, interval, listed, percent, quoted
from .inputs import Records
from .rows import key_in_words
from .statistics import Floats
from .tables import breakdown, summary

LEVEL = 0.025
"""The probability that a bound is ever wrong; two of them make a 95 % interval."""

# Odds 1.75 times the limit's find a doubled rate soonest; others, each step a third as likely, find any rate in the end.
_STEPS = np.arange(-5, 6)
_ODDS = np.asarray(1 + 0.75 * 2.0**_STEPS, float)
_LOG_WEIGHTS = np.log(3.0 ** -np.abs(_STEPS) / (3.0 ** -np.abs(_STEPS)).sum())
_MOST_MAILS = 1 << 40
_HALVINGS = 50

Outcome = Literal["passed", "failed", "cannot tell yet"]


@dataclass(frozen=True)
class Verdict:
    """What a gate decides.

    Attributes
    ----------
    outcome : {"passed", "failed", "cannot tell yet"}
        ``passed``: the failure rate is at or below the limit, even if all mail that is undecided fails; ``failed``: it is above
        the limit, even if all of that arrives. With groups, one that failed makes the whole fail.
    limit : float
        The highest failure rate that passes.
    failed, settled, undecided : int
        Distinct ids; undecided are those open and unanswered, which can still become anything.
    rate, low, high : float
        Failed ÷ settled and its 95 % interval, which holds at all looks together; NaN while nothing is settled.
    enough : int or None
        Settled mails with which this rate would be on one side of the limit; None if there is no rate, or it is the limit.
    groups : DataFrame or None
        The same for each group, largest first, if groups were asked for: their outcomes and intervals hold for all of them
        together.
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
    groups: pd.DataFrame | None = field(default=None, repr=False, compare=False)

    def __str__(self) -> str:
        words = f"{self.outcome.upper()}: "
        if self.settled:
            words += (
                f"failure rate {percent(self.rate, 2)} of {self.settled:,} settled mails (95 % interval at every look "
                f"{interval(self.low, self.high, 2)}), limit {percent(self.limit, 2)}"
            )
        else:
            words += f"nothing is settled yet, limit {percent(self.limit, 2)}"
        if self.undecided:
            words += f"; {self.undecided:,} more are open or unanswered"
        words += "."
        if self.outcome == "cannot tell yet":
            words += f" {self._way_out()}"
        return words if self.groups is None else f"{words} {_groups_in_words(self.groups)}"

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


def gate(records: Records, max_failure: float, *, by: str | Sequence[str] | None = None) -> Verdict:
    """Hold the failure rate of `records` against a limit, as often as you like.

    However often records that grow are judged anew, a rate that is within the limit is ever called failed with a probability of
    at most 2.5 %. Give all mail of a campaign so far, not each hour's alone.

    Parameters
    ----------
    records : DataFrame, Parts or Dask frame
        A records frame, or records in parts.
    max_failure : float
        The highest failure rate that passes, above 0 and below 1.
    by : str or sequence of str, optional
        One or several of its columns: each of their groups is judged, too. That any group within the limit is ever called
        failed has a probability of at most 2.5 %, however many groups there are.

    Returns
    -------
    Verdict
        The outcome, the numbers behind it, and how many settled mails would be enough; with `by`, those of each group.

    Raises
    ------
    EmailrcdError
        The limit is not between 0 and 1, there are no records at all, or not that column.

    Examples
    --------
    >>> from emailrcd import Sandbox
    >>> with Sandbox() as sandbox:
    ...     records = sandbox.client().query(sandbox.sample_campaign(2_000), progress=False)
    >>> gate(records, 0.5).outcome
    'passed'
    """
    if not isinstance(max_failure, Real) or not 0 < max_failure < 1:
        raise EmailrcdError(f"max_failure must be a number above 0 and below 1, such as 0.03, not {max_failure!r}.")
    groups = None if by is None else _judged(breakdown(records, by), max_failure)
    whole: dict[Any, Any] = _judged(summary(records), max_failure).to_dict("records")[0]
    whole["enough"] = None if pd.isna(whole["enough"]) else whole["enough"]
    if not whole.pop("ids"):
        raise EmailrcdError("There are no mails to judge. Check the file, and the filters that made it.")
    if groups is not None and "failed" in set(groups["outcome"]):
        whole["outcome"] = "failed"
    return Verdict(**whole, limit=max_failure, groups=None if groups is None else groups.drop(columns="ids"))


def _judged(counts: pd.DataFrame, limit: float) -> pd.DataFrame:
    """Judge each row; all of the judgements hold together."""
    level = LEVEL / max(1, int((counts["settled"] > 0).sum()))
    failed, settled = counts["failed"], counts["settled"]
    undecided = counts["open"] + counts["unanswered"]
    too_high = exceeds(failed, settled + undecided, limit, level)
    passed = falls_below(failed + undecided, settled + undecided, limit, level)
    rate = failed / settled.where(settled > 0)
    low, high = bounds(failed, settled, level)
    return pd.DataFrame(
        {
            "outcome": np.select([too_high, passed], ["failed", "passed"], "cannot tell yet"),
            "ids": counts["ids"],
            "failed": failed,
            "settled": settled,
            "undecided": undecided,
            "rate": rate,
            "low": low,
            "high": high,
            "enough": pd.Series(enough(rate, limit, level), counts.index).astype("Int64"),
        }
    )


def _groups_in_words(groups: pd.DataFrame) -> str:
    """Name the groups that failed, or say that none has."""
    bad = groups[groups["outcome"] == "failed"].sort_values("low", ascending=False)
    name = ", ".join(map(str, groups.index.names))
    if bad.empty:
        return f"None of {counted(len(groups), 'group')} of {name} has failed by itself."
    rates = zip(bad.index, bad["rate"], bad["settled"], strict=True)
    each = listed(
        (f"{quoted(key_in_words(key))} {percent(rate, 2)} of {settled:,}" for key, rate, settled in rates), len(bad)
    )
    return f"{len(bad):,} of {counted(len(groups), 'group')} of {name} failed: {each}."


def exceeds(
    failed: npt.ArrayLike, mails: npt.ArrayLike, limit: npt.ArrayLike, level: float = LEVEL
) -> npt.NDArray[np.bool_]:
    """Tell whether the failure rate is above a limit; ever said of a rate that is not with a probability of at most `level`.

    For each of the odds above the limit's, the likelihood ratio is a supermartingale of mean 1 or less under every rate up to
    the limit; so is their weighted mean, and by Ville's inequality it ever exceeds 1 ÷ `level` with that probability at most.
    """
    return _evidence(failed, mails, limit, _ODDS) >= -math.log(level)


def falls_below(
    failed: npt.ArrayLike, mails: npt.ArrayLike, limit: npt.ArrayLike, level: float = LEVEL
) -> npt.NDArray[np.bool_]:
    """Tell whether the failure rate is below a limit, in the same way."""
    return _evidence(failed, mails, limit, 1 / _ODDS) >= -math.log(level)


def bounds(failed: npt.ArrayLike, mails: npt.ArrayLike, level: float = LEVEL) -> tuple[Floats, Floats]:
    """Return the ends of the interval of those rates that are not ruled out; missing where there are no mails.

    Examples
    --------
    >>> low, high = bounds([28], [1_000])
    >>> low.round(4).tolist(), high.round(4).tolist()
    ([0.0154], [0.0458])
    """
    k, n = np.asarray(failed, float), np.asarray(mails, float)
    rate = np.divide(k, n, out=np.zeros_like(n), where=n > 0)
    low, high = np.zeros_like(rate), np.ones_like(rate)
    inside_low, inside_high = rate.copy(), rate.copy()
    for _ in range(_HALVINGS):
        middle = (low + inside_low) / 2
        out = exceeds(k, n, middle, level)
        low, inside_low = np.where(out, middle, low), np.where(out, inside_low, middle)
        middle = (high + inside_high) / 2
        out = falls_below(k, n, middle, level)
        high, inside_high = np.where(out, middle, high), np.where(out, inside_high, middle)
    return np.where(n > 0, low, np.nan), np.where(n > 0, high, np.nan)


def enough(rate: npt.ArrayLike, limit: float, level: float = LEVEL) -> Floats:
    """Return how many mails of this rate would tell that it is above or below the limit; missing where it is the limit.

    Examples
    --------
    >>> enough([0.06, 0.02, 0.03], 0.03).tolist()
    [357.0, 2287.0, nan]
    """
    rates = np.nan_to_num(np.asarray(rate, float), nan=limit)
    few, many = np.zeros_like(rates), np.full_like(rates, _MOST_MAILS)
    # Evidence that is once enough stays enough as mails of the same rate become more.
    for _ in range(int(math.log2(_MOST_MAILS))):
        middle = np.ceil((few + many) / 2)
        above, below = (tells(rates * middle, middle, limit, level) for tells in (exceeds, falls_below))
        decided = np.where(rates > limit, above, below)
        few, many = np.where(decided, few, middle), np.where(decided, middle, many)
    return np.where(many < _MOST_MAILS, many, np.nan)


def _evidence(failed: npt.ArrayLike, mails: npt.ArrayLike, limit: npt.ArrayLike, odds: Floats) -> Floats:
    """Return the logarithm of the mean likelihood ratio of rates whose odds are so many times the limit's."""
    k, n, p = (np.asarray(each, float)[..., None] for each in (failed, mails, limit))
    terms = k * np.log(odds) - n * np.log1p(p * (odds - 1)) + _LOG_WEIGHTS
    return np.asarray(np.logaddexp.reduce(terms, axis=-1), float)
