"""The statistics that tables and investigations share; each is checked against scipy or statsmodels in the tests."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]

Z_95 = 1.959963984540054
"""The quantile of the normal distribution that 95 % intervals are made with."""

_GRID = np.geomspace(1e-3, 1e3, 97)
_normal_tail = np.vectorize(lambda z: math.erfc(z / math.sqrt(2)) / 2, otypes=[float])


def wilson(successes: pd.Series[Any], trials: pd.Series[Any]) -> tuple[pd.Series[Any], pd.Series[Any]]:
    """Return the bounds of the 95 % Wilson score interval; missing where there are no trials.

    Examples
    --------
    >>> low, high = wilson(pd.Series([81]), pd.Series([263]))
    >>> round(float(low[0]), 4), round(float(high[0]), 4)
    (0.2553, 0.3662)
    """
    n = trials.where(trials > 0).astype(float)
    rate = successes / n
    centre = (rate + Z_95**2 / (2 * n)) / (1 + Z_95**2 / n)
    half = Z_95 * np.sqrt(rate * (1 - rate) / n + Z_95**2 / (4 * n**2)) / (1 + Z_95**2 / n)
    # Rounding must not push a bound past 0, 1 or the rate itself.
    return np.minimum((centre - half).clip(lower=0), rate), np.maximum((centre + half).clip(upper=1), rate)


def normal_tail(z: npt.ArrayLike) -> Floats:
    """Return the probability that a standard normal variable exceeds `z`.

    Examples
    --------
    >>> normal_tail([0.0, Z_95]).round(4).tolist()
    [0.5, 0.025]
    """
    return np.asarray(_normal_tail(np.asarray(z, float)), float)


def adjusted(p: npt.ArrayLike) -> Floats:
    """Return Benjamini–Hochberg's q-values of one family of p-values.

    Examples
    --------
    >>> adjusted([0.01, 0.04, 0.03, 0.5]).round(4).tolist()
    [0.04, 0.0533, 0.0533, 0.5]
    """
    values = np.asarray(p, float)
    order = np.argsort(values)[::-1]
    ranks = np.arange(len(values), 0, -1)
    q = np.empty(len(values))
    q[order] = np.minimum.accumulate(np.minimum(values[order] * len(values) / ranks, 1))
    return q


def newcombe(
    low_before: Floats, rate_before: Floats, high_before: Floats, low: Floats, rate: Floats, high: Floats
) -> tuple[Floats, Floats]:
    """Return Newcombe's 95 % interval of `rate` − `rate_before` from the Wilson intervals of both."""
    change = rate - rate_before
    return (
        change - np.sqrt((rate - low) ** 2 + (high_before - rate_before) ** 2),
        change + np.sqrt((high - rate) ** 2 + (rate_before - low_before) ** 2),
    )


def mcnemar(one: int, other: int) -> float:
    """Return the exact two-sided p-value of McNemar's test: of `one` + `other` changes, `one` went one way.

    Examples
    --------
    >>> round(mcnemar(2, 9), 4)
    0.0654
    """
    n = one + other
    logs = [math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1) for k in range(min(one, other) + 1)]
    return min(1.0, 2 * math.fsum(math.exp(log - n * math.log(2)) for log in logs))


def deviance(counted: npt.ArrayLike, expected: npt.ArrayLike, spread: npt.ArrayLike) -> Floats:
    """Return how far a count lies above its expectation: the deviance of a negative binomial variable; 0 below it.

    Parameters
    ----------
    counted, expected : array
        Counts, and what they would be on average.
    spread : array
        Relative variance of the expectation itself (0: a Poisson variable).
    """
    y, e = np.asarray(counted, float), np.asarray(expected, float)
    a = 1 / np.maximum(np.asarray(spread, float), 1e-9)
    above = np.maximum(y, e)
    twice = 2 * (above * np.log(above / e) - (above + a) * np.log1p((above - e) / (e + a)))
    return np.asarray(np.maximum(twice, 0), float)


def negative_binomial_tail(counted: npt.ArrayLike, expected: npt.ArrayLike, spread: npt.ArrayLike) -> Floats:
    """Return the probability of at least such a count, for counts above their expectation.

    By the saddle point (Lugannani and Rice, as modified by Barndorff-Nielsen, with the correction for whole numbers): within
    a few per cent for a spread up to 1, however small the probability is.

    Parameters
    ----------
    counted, expected, spread : array
        As for `deviance`.

    Examples
    --------
    >>> negative_binomial_tail(9, 2.0, 0.16).round(5).tolist()  # scipy.stats.nbinom: 0.00204
    0.00205
    """
    e, c = np.asarray(expected, float), np.maximum(np.asarray(spread, float), 1e-9)
    y = np.maximum(np.asarray(counted, float) - 0.5, e)
    root = np.sqrt(deviance(y, e, c))
    slope = 2 * np.sinh(np.log(y * (1 + e * c) / (e * (1 + y * c))) / 2) * np.sqrt(y + y**2 * c)
    far = root > 0.05
    safe = np.where(far, root, 1.0)
    return normal_tail(np.where(far, root + np.log(np.where(far, slope, 1.0) / safe) / safe, root))


def surprise(counted: float, expected: float, spread: float, dof: float, baseline: float) -> float:
    """Return the probability of at least such a count where groups differ by an ordinary spread that is itself estimated.

    The negative binomial tail, averaged over what `dof` degrees of freedom leave open about the spread, as the t distribution
    does for the normal.

    Parameters
    ----------
    counted, expected : float
        Failures of a group, and those expected there.
    spread, dof : float
        Relative variance between groups, and the degrees of freedom behind it.
    baseline : float
        Relative variance of `expected` because the baseline was estimated.
    """
    # Of the logarithm the largest, at 1, is -1.
    weights = np.exp(dof / 2 * (np.log(_GRID) - _GRID + 1))
    return float(np.average(negative_binomial_tail(counted, expected, spread / _GRID + baseline), weights=weights))


def percentiles(ended: Floats, ongoing: Floats, shares: Floats) -> tuple[Floats, Floats, Floats]:
    """Return by when these shares have ended, and the ends of the 95 % bands; missing where that cannot be told yet.

    It is known how long some took, and for how long others have been going on (Kaplan and Meier's product-limit estimate).

    Each end leaves 1 − 1 ÷ (those at risk) of what goes on; what is ongoing is at risk for as long as it has been seen. Where
    nothing is ongoing, these are the percentiles of `ended`. The bands are Greenwood's on the scale of log(−log).

    Examples
    --------
    >>> percentiles(np.array([1.0, 2.0, 3.0]), np.array([2.5, 9.0]), np.array([0.25, 0.9]))[0].tolist()
    [2.0, nan]
    """
    durations = np.concatenate([ended, ongoing])
    is_end = np.repeat([True, False], [len(ended), len(ongoing)])
    # What ends at the moment when something else was last seen to go on ends before it.
    order = np.lexsort((~is_end, durations))
    times = durations[order][is_end[order]]
    if not len(times):
        nothing = np.full(len(shares), np.nan)
        return nothing, nothing, nothing
    at_risk = np.arange(len(order), 0.0, -1)[is_end[order]]
    left = np.cumprod(1 - 1 / at_risk)
    # The last end of all leaves nothing; the bands there are those before it.
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.sqrt(np.cumsum(1 / (at_risk * (at_risk - 1)))) / np.abs(np.log(left))
        least, most = (np.fmax.accumulate(1 - left ** np.exp(sign * Z_95 * spread)) for sign in (-1, 1))
    # As percentiles are taken between values: the first of n stands at 0, the last at 1.
    places = (len(order) * (1 - left) - 1) / max(len(order) - 1, 1)
    places[-1] = 1.0 if left[-1] == 0 else places[-1]
    estimate = np.where(shares <= places[-1] + 1e-9, np.interp(shares, places, times).round(6), np.nan)
    earliest, latest = (_first(curve, times, shares) for curve in (most, least))
    return estimate, np.fmin(earliest, estimate), np.maximum(latest, estimate)


def _first(curve: Floats, times: Floats, shares: Floats) -> Floats:
    """Return the first times at which a curve reaches these shares; missing where it does not."""
    return np.append(times, np.nan)[np.searchsorted(curve, shares)]
