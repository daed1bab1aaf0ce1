"""The search: every value, every two, the best threes – counted as small whole numbers, ranked by likelihood."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ..statistics import Floats
from .dimensions import Mask, Term, Terms, without_time
from .mails import Mails
from .spread import PLACES

Rows = npt.NDArray[np.intp]

FURTHER = 0.9
"""What a further condition costs: the description that has one more must be better by so much."""

_ENDING = 0.7
"""What a top-level domain costs: it is a wide name for the domains and providers in it."""

_MOST_VALUES = 60
_MOST_KEPT = 100
_BEAM = 30
_NARROWER = 0.98
_LONGEST = 0.6
_MOST_BINS = 80
_NEAR = 48


class Counts(NamedTuple):
    """Failures and mails, now and in the time before, as weights of evidence: a number each, or an array."""

    failed: Any
    mails: Any
    failed_before: Any
    mails_before: Any

    def without(self, part: Counts) -> Counts:
        """Return what is left of it without a part."""
        return Counts(*(np.maximum(whole - inside, 0) for whole, inside in zip(self, part, strict=True)))


class Candidate(NamedTuple):
    """A possible cause: its conditions, what is counted there, and how much better they describe the failures."""

    terms: Terms
    counts: Counts
    score: float


class Axis(NamedTuple):
    """A dimension at one scale: codes of its values with enough failures; the last code is all else."""

    dimension: int
    scale: int
    codes: npt.NDArray[np.int32]
    values: npt.NDArray[np.intp]

    def term(self, value: int) -> Term:
        """Return the condition that a value is."""
        low = int(self.values[value]) * self.scale
        return Term(self.dimension, low, low + self.scale)


class Space:
    """The mails in play, as weights, and all that is counted about them.

    Attributes
    ----------
    mails : Mails
        All mails of the search.
    weights : array of float
        What each adds to the evidence; zero where a cause has been found already.
    least : float
        Causes with fewer failures are not looked for.
    """

    def __init__(self, mails: Mails, weights: Floats, least: float) -> None:
        self.mails, self.weights, self.least = mails, weights, least
        self.dimensions = mails.dimensions
        self.rows = np.flatnonzero((weights > 0) & ~mails.earlier)
        self.failed_rows = self.rows[mails.failed[self.rows]]
        self.rows_before = np.flatnonzero((weights > 0) & mails.earlier)
        self.failed_rows_before = self.rows_before[mails.failed[self.rows_before]]
        self.with_before = bool(mails.earlier.any())
        rows = (self.failed_rows, self.rows, self.failed_rows_before, self.rows_before)
        self.total = Counts._make(float(weights[part].sum()) for part in rows)

    def inside(self, terms: Terms, rows: Rows) -> Mask:
        """Return which of `rows` meet all conditions."""
        chosen = np.ones(len(rows), bool)
        for term in terms:
            codes = self.dimensions[term.dimension].codes[rows]
            chosen &= (codes >= term.low) & (codes < term.high)
        return chosen

    def count(self, axes: Sequence[Axis], terms: Terms = ()) -> Counts:
        """Count by the values of axes, among mail that meets `terms`; periods are compared with all of the time before."""
        now = [rows[self.inside(terms, rows)] if terms else rows for rows in (self.failed_rows, self.rows)]
        counts = [self._table(axes, rows) for rows in now]
        if not self.with_before:
            nothing = np.zeros_like(counts[0])
            return Counts._make([*counts, nothing, nothing])
        timeless = [axis for axis in axes if self.dimensions[axis.dimension].kind != "time"]
        at = tuple(slice(None) if axis in timeless else None for axis in axes)
        for rows in (self.failed_rows_before, self.rows_before):
            earlier = self._table(timeless, rows[self.inside(without_time(self.dimensions, terms), rows)])
            counts.append(np.broadcast_to(earlier[at], counts[0].shape))
        return Counts._make(counts)

    def whole(self, terms: Terms) -> Counts:
        """Count all that meets the conditions."""
        return Counts._make(float(column) for column in self.count([], terms))

    def _table(self, axes: Sequence[Axis], rows: Rows) -> Floats:
        if not axes:
            return np.asarray(self.weights[rows].sum())
        cell = np.zeros(len(rows), np.intp)
        for axis in axes:
            cell = cell * (len(axis.values) + 1) + axis.codes[rows]
        sizes = [len(axis.values) + 1 for axis in axes]
        table = np.bincount(cell, self.weights[rows], minlength=int(np.prod(sizes))).astype(float).reshape(sizes)
        return table[tuple(slice(-1) for _ in axes)]

    def score(self, counts: Counts, terms: int) -> Floats:
        """Return how much better the failures are described with these cells as causes."""
        score = self._beside_the_rest(counts)
        if self.with_before:
            # Bad beside the rest, and worse than it was: both, or nothing is new.
            # A value that there was not before is compared with what was usual then.
            usual = (self.total.failed_before + 0.5) / (self.total.mails_before + 1)
            was_sent = counts.mails_before > 0
            earlier = (
                np.where(was_sent, counts.failed_before, 1 / PLACES),
                np.where(was_sent, counts.mails_before, 1 / PLACES / usual),
            )
            score = np.sqrt(score * gain(counts.failed, counts.mails, *earlier))
        return score * FURTHER ** (terms - 1)

    def beside_the_rest(self, candidate: Candidate) -> float:
        """Return the score of a candidate as if there were no time before."""
        return float(self._beside_the_rest(candidate.counts)) * FURTHER ** (len(candidate.terms) - 1)

    def _beside_the_rest(self, counts: Counts) -> Floats:
        rest = self.total.without(counts)
        return gain(counts.failed, counts.mails, rest.failed, rest.mails)

    @cached_property
    def axes(self) -> list[Axis]:
        """Every dimension at each of its scales, with the values that have failures enough to be a cause."""
        return [
            axis
            for number, dimension in enumerate(self.dimensions)
            for scale in dimension.scales
            if scale == 1 or 2 * scale <= dimension.size
            if (axis := self._axis(number, scale)) is not None
        ]

    def _axis(self, number: int, scale: int) -> Axis | None:
        codes = self.dimensions[number].codes // scale
        failed = codes[self.failed_rows]
        counts = np.bincount(failed[failed >= 0], self.weights[self.failed_rows][failed >= 0], minlength=1)
        there = codes[self.rows]
        mails = np.bincount(there[there >= 0], self.weights[self.rows][there >= 0], minlength=len(counts))
        # What is true of all mail is not a condition.
        values = np.flatnonzero((counts >= self.least) & (mails[: len(counts)] < _NARROWER * self.total.mails))
        if not len(values):
            return None
        values = np.sort(values[np.argsort(-counts[values], kind="stable")[:_MOST_VALUES]])
        renumbered = np.full(max(len(counts), int(codes.max()) + 1) + 1, len(values), np.int32)
        renumbered[values] = np.arange(len(values))
        return Axis(number, scale, renumbered[codes], values)

    def crossed(self, used: Sequence[int]) -> Iterator[Axis]:
        """Yield the axes that can be combined with dimensions already used."""
        families = {"class", *(self.dimensions[number].family for number in used)}
        return (axis for axis in self.axes if self.dimensions[axis.dimension].family not in families)


def gain(failed: Floats, mails: Floats, rest_failed: Floats, rest_mails: Floats) -> Floats:
    """Return the logarithm of the likelihood ratio of two rates against one; 0 where the first is not the higher one."""
    mails, rest_mails = np.maximum(mails, 1e-9), np.maximum(rest_mails, 1e-9)
    both, all_mails = failed + rest_failed, mails + rest_mails
    ratio = sum(
        sign * (_log_times(y, y / n) + _log_times(n - y, 1 - y / n))
        for sign, y, n in ((1, failed, mails), (1, rest_failed, rest_mails), (-1, both, all_mails))
    )
    return np.where(failed / mails > rest_failed / rest_mails, np.maximum(ratio, 0), 0.0)


def _log_times(count: Floats, share: Floats) -> Floats:
    return np.asarray(np.where(count > 0, count * np.log(np.maximum(share, 1e-300)), 0.0), float)


def candidates(space: Space) -> tuple[list[Candidate], tuple[float, float, float]]:
    """Return the best possible causes, best first, and how many there were to choose from with one, two, three conditions."""
    singles, pairs, threes = [], [], []
    tried = [0.0, 0.0]
    for axis in space.axes:
        singles += _cells(space, [axis])
        tried[0] += len(axis.values)
    for one, other in itertools.combinations(space.crossed([]), 2):
        if space.dimensions[one.dimension].family != space.dimensions[other.dimension].family:
            pairs += _cells(space, [one, other])
            tried[1] += len(one.values) * len(other.values)
    mails = {single.terms[0]: single.counts.mails for single in singles}
    pairs = [
        pair
        for pair in sorted(pairs, key=_by_score)
        if all(pair.counts.mails < _NARROWER * mails.get(term, np.inf) for term in pair.terms)
    ][:_MOST_KEPT]
    for pair in pairs[:_BEAM]:
        for axis in space.crossed([term.dimension for term in pair.terms]):
            threes += [
                three
                for three in _cells(space, [axis], pair.terms)
                if three.counts.mails < _NARROWER * pair.counts.mails
            ]
    distinct = {each.terms: each for each in [*sorted(singles, key=_by_score)[:_MOST_KEPT], *pairs, *threes]}
    return sorted(distinct.values(), key=_by_score), (tried[0], tried[1], tried[0] * tried[1] / 3)


def _by_score(candidate: Candidate) -> tuple[float, bool]:
    """Sort the best first; of a domain and its provider that describe the same mail the provider."""
    return -round(candidate.score, 9), candidate.terms[0].dimension == 0


def _cells(space: Space, axes: Sequence[Axis], within: Terms = ()) -> list[Candidate]:
    """Return the cells of a table with enough failures that fail more than the rest."""
    counts = space.count(axes, within)
    worth = np.nonzero(counts.failed >= space.least)
    if not len(worth[0]):
        return []
    chosen = Counts(*(table[worth] for table in counts))
    scores = space.score(chosen, len(axes) + len(within)) * _cost(space, axes)
    best = np.argsort(-scores, kind="stable")[:_MOST_KEPT]
    return [
        Candidate(
            tuple(sorted((*within, *(axis.term(values[cell]) for axis, values in zip(axes, worth, strict=True))))),
            Counts(*(float(column[cell]) for column in chosen)),
            float(scores[cell]),
        )
        for cell in best.tolist()
        if scores[cell] > 0
    ]


def _cost(space: Space, axes: Sequence[Axis]) -> float:
    endings = any(space.dimensions[axis.dimension].name == "top-level domain" for axis in axes)
    return _ENDING if endings else 1.0


def refined(space: Space, candidate: Candidate) -> Candidate:
    """Move the edges of stretches of time and of numbers to where they describe the failures best."""
    for term in candidate.terms:
        if space.dimensions[term.dimension].ordered:
            candidate = _refined(space, candidate, term)
    return candidate


def _refined(space: Space, candidate: Candidate, term: Term) -> Candidate:
    dimension = space.dimensions[term.dimension]
    others = tuple(other for other in candidate.terms if other != term)
    fine = Axis(
        term.dimension, 1, np.where(dimension.codes < 0, dimension.size, dimension.codes), np.arange(dimension.size)
    )
    edges = np.arange(dimension.size + 1)
    if dimension.size > _MOST_BINS:
        near = (edges >= term.low - _NEAR) & (edges <= term.high + _NEAR)
        edges = np.union1d(edges[near], np.linspace(0, dimension.size, 33).astype(int))
    first, last = (edges[side] for side in np.triu_indices(len(edges), 1))
    counts = space.count([fine], others)
    if dimension.kind == "time":
        sums = [np.append(0, np.cumsum(column)) for column in counts[:2]]
        windows = Counts(*(column[last] - column[first] for column in sums), *(column[:1] for column in counts[2:]))
        allowed = windows.mails <= _LONGEST * space.total.mails
    else:
        sums = [np.append(0, np.cumsum(column)) for column in counts]
        windows = Counts(*(column[last] - column[first] for column in sums))
        allowed = last - first < dimension.size
    # A number has one cut rather than two, if that says nearly as much.
    cuts = FURTHER ** (((first > 0) & (last < dimension.size)) * (dimension.kind != "time"))
    scores = np.where(allowed, space.score(windows, len(candidate.terms)) * cuts, 0)
    best = int(np.argmax(scores))
    if not scores[best]:
        return candidate
    chosen = Counts(*(float(np.broadcast_to(column, scores.shape)[best]) for column in windows))
    terms = tuple(sorted((*others, Term(term.dimension, int(first[best]), int(last[best])))))
    return Candidate(terms, chosen, float(scores[best] / cuts[best]))
