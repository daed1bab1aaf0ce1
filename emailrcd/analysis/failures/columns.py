"""Looks at the user's own columns: a campaign, template or sender that fails more at the same provider and time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
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
_BIG = 0.01


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
    """Compare the values of each column at the same domain and time, as a whole and at each big provider."""
    domains, places = _big(mails.domain), _big(mails.place)
    return [
        look
        for name, column in mails.columns.items()
        for look in (
            *_whole_looks(mails, name, column, domains, least),
            *_place_looks(mails, name, column, domains, places, least),
        )
    ]


def _big(group: Group) -> Group:
    """Return the values with at least a hundredth of the mail; the rest together is the last one, without a label."""
    counts = group.count()
    big = np.flatnonzero(counts >= _BIG * len(group.codes))
    renumbered = np.full(len(counts) + 1, len(big))
    renumbered[big] = np.arange(len(big))
    return Group(renumbered[group.codes], group.labels[big])


def _whole_looks(mails: Mails, name: str, column: Group, domains: Group, least: float) -> Iterator[Look]:
    known = column.codes >= 0
    values, failed, size = column.codes[known], mails.failed[known], len(column.labels)
    levels = [_compared(values, size, failed, stratum) for stratum in _strata(mails, domains, known)]
    fair = _finest(levels)
    unfair = _compared(values, size, failed, np.zeros(len(values), np.intp))
    met = fair.overlap >= _LEAST_OVERLAP
    whole = fair.where(met, unfair)
    p = np.where(met, _chances(fair, USUAL_WITHIN), _chances(unfair, USUAL))
    for value in np.flatnonzero(whole.mails >= least).tolist():
        about = f"{name} = {column.labels[value]}"
        look = _look(whole, value, p[value], about, partial(np.equal, column.codes, value))
        yield replace(look, aliased=not met[value], alone=levels[0].overlap[value] < _LEAST_OVERLAP)


def _place_looks(mails: Mails, name: str, column: Group, domains: Group, places: Group, least: float) -> Iterator[Look]:
    known = column.codes >= 0
    width = len(places.labels) + 1
    cells, size = column.codes[known] * width + places.codes[known], len(column.labels) * width
    at = _finest([_compared(cells, size, mails.failed[known], stratum) for stratum in _strata(mails, domains, known)])
    p = _chances(at, USUAL_WITHIN)
    for cell in np.flatnonzero((at.mails >= least) & (at.overlap >= _LEAST_OVERLAP)).tolist():
        value, place = divmod(cell, width)
        if place < len(places.labels):
            about = f"{name} = {column.labels[value]}, only at {places.labels[place]}"
            yield _look(at, cell, p[cell], about, partial(_both, column.codes, value, places.codes, place))


def _strata(mails: Mails, domains: Group, known: Mask) -> list[Codes]:
    """Return what is compared with each other: mail to a domain in a period, in several periods, in more."""
    where = domains.codes[known]
    if mails.period is None:
        return [where]
    width = len(domains.labels) + 1
    return [(mails.period.codes[known] // block + 1) * width + where for block in _BLOCKS]


def _both(one: Codes, value: int, other: Codes, place: int) -> Mask:
    both: Mask = (one == value) & (other == place)
    return both


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
    mails, failures = (np.bincount(group, counts, minlength=size).astype(float) for counts in (n, y))
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


def _look(compared: _Comparison, group: int, p: float, about: str, members: partial[Mask]) -> Look:
    return Look(
        kind="column",
        about=about,
        mails=int(compared.mails[group]),
        failed=int(compared.failed[group]),
        expected=float(compared.expected[group]),
        log_variance=float(compared.log_variance[group]),
        p=float(p),
        members=members,
        advice="Compare its content, links, sender and list with those of the others.",
    )
