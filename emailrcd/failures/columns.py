"""Looks at the user's own columns: does a campaign, template or sender fail more at the same provider and time?"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

import numpy as np

from ..statistics import Floats
from .looks import Look, chances
from .mails import Codes, Group, Mails, Mask
from .spread import USUAL, USUAL_WITHIN, ordinary, sums

_BLOCKS = (1, 6, 24)
"""Periods that are taken together, the finest first in which a value meets others."""

_LEAST_OVERLAP = 0.5
_BIG_PLACE = 0.01


class _Comparison(NamedTuple):
    """What Mantel and Haenszel make of groups of mail that are compared with others in the same strata, group by group.

    ``overlap`` is the share of a group's mail in strata where there is other mail, too.
    """

    mails: Floats
    failed: Floats
    expected: Floats
    log_variance: Floats
    overlap: Floats

    def where(self, chosen: Mask, other: _Comparison) -> _Comparison:
        """Return this one for the `chosen` groups and `other` for the rest."""
        return _Comparison(*(np.where(chosen, *pair) for pair in zip(self, other, strict=True)))


def column_looks(mails: Mails, least: float) -> list[Look]:
    """Compare the values of each column at the same place and time, as a whole and at each big place."""
    places = _big_places(mails)
    return [
        look for name, column in mails.columns.items() for look in _column_looks(mails, name, column, places, least)
    ]


def _big_places(mails: Mails) -> Group:
    """Return the places with at least a hundredth of the mail; the rest is one."""
    counts = mails.place.count()
    big = np.flatnonzero(counts >= _BIG_PLACE * counts.sum())
    renumbered = np.full(len(counts), len(big))
    renumbered[big] = np.arange(len(big))
    return Group(renumbered[mails.place.codes].astype(np.intp), mails.place.labels[big].append(mails.place.labels[:0]))


def _column_looks(mails: Mails, name: str, column: Group, places: Group, least: float) -> Iterator[Look]:
    known = column.codes >= 0
    values, failed, where = column.codes[known], mails.failed[known], places.codes[known]
    size, width = len(column.labels), len(places.labels) + 1
    strata = [_stratum(mails, known, where, width, block) for block in (_BLOCKS if mails.period else _BLOCKS[:1])]

    fair = _finest([_compared(values, size, failed, stratum) for stratum in strata])
    met = fair.overlap >= _LEAST_OVERLAP
    unfair = _compared(values, size, failed, np.zeros(len(values), np.intp))
    whole = fair.where(met, unfair)
    p = np.where(met, _chances(fair, USUAL_WITHIN), _chances(unfair, USUAL))
    for value in np.flatnonzero(whole.mails >= least):
        about = f"{name} = {column.labels[value]}"
        yield _look(whole, value, p, about, partial(np.equal, column.codes, value), not met[value])

    cells = values * width + where
    at = _finest([_compared(cells, size * width, failed, stratum) for stratum in strata])
    p = _chances(at, USUAL_WITHIN)
    for cell in np.flatnonzero((at.mails >= least) & (at.overlap >= _LEAST_OVERLAP)):
        value, place = divmod(int(cell), width)
        if place < len(places.labels):
            about = f"{name} = {column.labels[value]}, only at {places.labels[place]}"
            members = partial(_both, column.codes, value, places.codes, place)
            yield _look(at, cell, p, about, members, False)


def _stratum(mails: Mails, known: Mask, places: Codes, width: int, block: int) -> Codes:
    if mails.period is None:
        return places
    return (mails.period.codes[known] // block + 1) * width + places


def _both(one: Codes, value: int, other: Codes, place: int) -> Mask:
    return (one == value) & (other == place)


def _compared(groups: Codes, size: int, failed: Mask, strata: Codes) -> _Comparison:
    """Compare each group with the other mail of its strata."""
    _, stratum = np.unique(strata, return_inverse=True)
    _, first, cell = np.unique(stratum * size + groups, return_index=True, return_inverse=True)
    group, total = groups[first], np.bincount(stratum)[stratum[first]].astype(float)
    total_failed = np.bincount(stratum, failed.astype(float))[stratum[first]]
    n, y = np.bincount(cell).astype(float), np.bincount(cell, failed.astype(float))
    other_n, other_y = total - n, total_failed - y
    upper = np.bincount(group, y * other_n / total, minlength=size)
    lower = np.bincount(group, other_y * n / total, minlength=size)
    spread = np.bincount(group, (total_failed * n * other_n - y * other_y * total) / total**2, minlength=size)
    mails, failures = np.bincount(group, n, minlength=size), np.bincount(group, y, minlength=size)
    met = np.bincount(group, n * (other_n > 0), minlength=size)
    return _Comparison(
        mails,
        failures,
        np.maximum(failures * (lower + 0.5) / (upper + 0.5), 0.25),
        # Greenland and Robins
        (spread + 0.25) / ((upper + 0.5) * (lower + 0.5)),
        met / np.maximum(mails, 1),
    )


def _finest(comparisons: list[_Comparison]) -> _Comparison:
    """Return for each group the finest comparison in which it meets others; the coarsest if it never does."""
    chosen = comparisons[-1]
    for finer in reversed(comparisons[:-1]):
        chosen = finer.where(finer.overlap >= _LEAST_OVERLAP, chosen)
    return chosen


def _chances(compared: _Comparison, usual: float) -> Floats:
    summed = sums(compared.failed, compared.expected, usual)
    others = ordinary(summed.sum(axis=1, keepdims=True) - summed, usual)
    baseline = np.maximum(compared.log_variance - 1 / np.maximum(compared.failed, 0.5), 1e-4)
    return chances(compared.failed, compared.expected, others, baseline)


def _look(compared: _Comparison, group: int, p: Floats, about: str, members: partial[Mask], aliased: bool) -> Look:
    return Look(
        kind="column",
        about=about,
        mails=int(compared.mails[group]),
        failed=int(compared.failed[group]),
        expected=float(compared.expected[group]),
        log_variance=float(compared.log_variance[group]),
        p=float(p[group]),
        members=members,
        advice="Compare its content, links, sender and list with those of the others.",
        aliased=aliased,
    )
