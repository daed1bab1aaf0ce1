"""How much groups differ when nothing is wrong: a usual rate and an ordinary spread that bad groups cannot drag along."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ..statistics import Floats

PLACES = 0.4**2
"""Relative variance between ordinary domains, providers or hours that is assumed before the data speak."""

VALUES = 0.25**2
"""The same between values of a user's column."""

TOGETHER = 0.15**2
"""The same of two or more together, beyond what each of them makes."""

EVENT = 2.0
"""What fails more than so many times as often as usual is no longer ordinary."""

PRIOR_DOF = 20.0
_SIGMAS = 3.0
_LEAST_EXPECTED = 2.0
_MEDIAN_OF_SQUARE = 0.4549  # of a standard normal variable
_EFFICIENCY = 0.37  # of a median of squares beside their mean


class Ordinary(NamedTuple):
    """The ordinary relative variance between groups, and the degrees of freedom behind it."""

    variance: float
    dof: float


def usual_rate(failed: Floats, mails: Floats) -> float:
    """Return the failure rate of ordinary groups, however bad the others are: the lower median, refined.

    Causes only make more mail fail, so that of two groups the lower one is the ordinary one. Groups that are too small to have
    a rate of their own are taken together.
    """
    total = mails.sum()
    if not total:
        return 1.0
    order = np.argsort(mails, kind="stable")
    expected = np.cumsum(mails[order]) * max(failed.sum(), 0.5) / total
    lumps = max(expected[-1] // _LEAST_EXPECTED - 1, 0)
    _, lump = np.unique(np.minimum(expected // _LEAST_EXPECTED, lumps), return_inverse=True)
    failed, mails = (np.bincount(lump, counts[order]).astype(float) for counts in (failed, mails))
    rates = np.sort(failed / np.maximum(mails, 1e-9))
    rate = rates[(len(rates) - 1) // 2]
    for _ in range(4):
        ordinary_ones = fair(failed, mails, rate)
        rate = (failed[ordinary_ones].sum() + 1) / (mails[ordinary_ones].sum() + 1)
    return float(rate)


def fair(failed: Floats, mails: Floats, rate: float) -> npt.NDArray[np.bool_]:
    """Tell which groups fail no more than ordinary ones may; others are events."""
    return np.asarray(failed <= EVENT * mails * rate + _SIGMAS * np.sqrt(mails * rate + 1))


def ordinary(
    failed: Floats, expected: Floats, prior: float, *, fitted: int = 1, below: bool = False, steps: bool = False
) -> Ordinary:
    """Return the ordinary relative variance of groups: the median of their squared deviations, less what chance makes.

    Parameters
    ----------
    failed, expected : array
        Failures of each group, and those that the usual rate would make.
    prior : float
        What is assumed before the data speak.
    fitted : int
        How many numbers were fitted to these groups.
    below : bool
        Look only at groups better than usual: those that are worse may be causes.
    steps : bool
        Look at steps from each group to the next, so that a drift is not taken for spread.
    """
    telling = expected >= _LEAST_EXPECTED
    failed, expected = failed[telling], expected[telling]
    noise = 1 / (expected + 0.5)
    weight = prior / (prior + noise)
    deviation = np.log((failed + 0.5) / (expected + 0.5))
    if steps:
        deviation, noise = np.diff(deviation) / np.sqrt(2), (noise[1:] + noise[:-1]) / 2
        weight = np.minimum(weight[1:], weight[:-1])
    elif below:
        better = deviation <= 0
        deviation, noise, weight = deviation[better], noise[better], weight[better]
    dof = max(weight.sum() - fitted, 0.0) * _EFFICIENCY
    if not dof:
        return Ordinary(prior, PRIOR_DOF)
    squares = deviation**2 / _MEDIAN_OF_SQUARE - noise
    order = np.argsort(squares)
    reached = np.cumsum(weight[order])
    raw = max(float(squares[order][np.searchsorted(reached, reached[-1] / 2)]), 0.0)
    return Ordinary((PRIOR_DOF * prior + dof * raw) / (PRIOR_DOF + dof), PRIOR_DOF + dof)
