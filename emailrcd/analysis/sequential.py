"""Bounds of a rate that hold at every look, however often records that grow are judged anew."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from .statistics import Floats

LEVEL = 0.025
"""The probability that a bound is ever wrong; two of them make a 95 % interval."""

# Odds 1.75 times the limit's find a doubled rate soonest; others, each step a third as likely, find any rate in the end.
_STEPS = np.arange(-5, 6)
_ODDS = np.asarray(1 + 0.75 * 2.0**_STEPS, float)
_LOG_WEIGHTS = np.log(3.0 ** -np.abs(_STEPS) / (3.0 ** -np.abs(_STEPS)).sum())
_MOST_MAILS = 1 << 40
_HALVINGS = 50


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
