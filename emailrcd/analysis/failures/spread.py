"""How much groups differ when nothing is wrong: the ordinary spread, estimated from all groups but the one in question."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..statistics import Floats

USUAL = 0.4**2
"""Relative variance between ordinary domains, providers or hours that is assumed before the data speak."""

USUAL_WITHIN = 0.22**2
"""The same between values of a column that are compared at the same provider and time."""

_USUAL_DOF = 10.0
_CAP_RATIO, _CAP_SIGMAS = 3.0, 4.0
_MOST_COUNTED = 0.1


class Ordinary(NamedTuple):
    """What is ordinary: the level relative to expectation, the relative variance between groups, its degrees of freedom."""

    level: Floats
    variance: Floats
    dof: Floats


def usual_rate(failed: Floats, mails: Floats) -> float:
    """Return a failure rate that some bad groups cannot drag up: the median over mails of their group's rate, refined.

    A group counts with a tenth of all mail at most: the largest one may be the bad one.
    """
    total = max(mails.sum(), 1.0)
    counted = np.minimum(mails, _MOST_COUNTED * total)
    rates = failed / np.maximum(mails, 1)
    order = np.argsort(rates)
    reached = np.cumsum(counted[order])
    rate = rates[order][np.searchsorted(reached, reached[-1] / 2)] if len(order) else 0.0
    rate = rate if rate > 0 else failed.sum() / total
    for _ in range(2):
        rate = (_capped(failed, mails * rate) / np.maximum(mails, 1) * counted).sum() / max(counted.sum(), 1.0)
    return float(max(rate, 0.5 / total))


def sums(failed: Floats, expected: Floats, usual: float = USUAL) -> Floats:
    """Return the terms of the moment estimator, one column per group; sums over groups are those of the groups together.

    A group that is far out is an event, not spread: its failures count up to three times the expectation (and four
    standard deviations), so that one cause does not hide another.
    """
    e = np.maximum(expected, 1e-9)
    noise = 1 / e
    weight = (usual / (usual + noise)) ** 2
    excess = _capped(failed, e) / e - 1
    return np.stack([weight, weight**2, weight * excess, weight * excess**2, weight * noise, weight**2 * noise])


def ordinary(summed: Floats, usual: float = USUAL) -> Ordinary:
    """Return what is ordinary among groups, given their `sums`, added up; `usual` counts like ten further groups."""
    w, ww, wr, wrr, wv, wwv = summed
    safe = np.maximum(w, 1e-9)
    mean = wr / safe
    level = np.maximum(1 + mean, 0.05)
    information = w - ww / safe
    noise = (wv - wwv / safe) * level
    raw = np.maximum(wrr - wr * mean - noise, 0) / np.maximum(information, 1e-9) / level**2
    dof = np.maximum(np.where(information > 1e-6, w - 1, 0), 0)
    return Ordinary(level, (_USUAL_DOF * usual + dof * raw) / (_USUAL_DOF + dof), _USUAL_DOF + dof)


def _capped(failed: Floats, expected: Floats) -> Floats:
    return np.minimum(failed, _CAP_RATIO * expected + _CAP_SIGMAS * np.sqrt(expected))
