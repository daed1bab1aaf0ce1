"""How long something takes when some of it has not ended yet: Kaplan and Meier's product-limit estimate."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .statistics import Z_95, Floats


class Percentiles(NamedTuple):
    """By when shares of all have ended, with 95 % bands point by point; missing where that cannot be told yet."""

    estimate: Floats
    low: Floats
    high: Floats


def percentiles(ended: Floats, ongoing: Floats, shares: Floats) -> Percentiles:
    """Return by when these shares have ended, given how long some took and for how long others have been going on.

    Each end leaves 1 − 1 ÷ (those at risk) of what goes on; what is ongoing is at risk for as long as it has been seen. Where
    nothing is ongoing, these are the percentiles of `ended`. The bands are Greenwood's on the scale of log(−log).

    Examples
    --------
    >>> percentiles(np.array([1.0, 2.0, 3.0]), np.array([2.5, 9.0]), np.array([0.25, 0.9])).estimate.tolist()
    [2.0, nan]
    """
    durations = np.concatenate([ended, ongoing])
    is_end = np.repeat([True, False], [len(ended), len(ongoing)])
    # What ends at the moment when something else was last seen to go on ends before it.
    order = np.lexsort((~is_end, durations))
    times = durations[order][is_end[order]]
    if not len(times):
        return Percentiles(*np.full((3, len(shares)), np.nan))
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
    return Percentiles(estimate, np.fmin(earliest, estimate), np.maximum(latest, estimate))


def _first(curve: Floats, times: Floats, shares: Floats) -> Floats:
    """Return the first times at which a curve reaches these shares; missing where it does not."""
    return np.append(times, np.nan)[np.searchsorted(curve, shares)]
