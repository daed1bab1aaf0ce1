"""The search: every value, every two, the best threes – counted by products of tables, ranked by likelihood."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ..statistics import Floats
from .dimensions import Dimension, Mask, Term, Terms, without_time
from .mails import Mails
from .spread import PLACES

Rows = npt.NDArray[np.intp]

FURTHER = 0.9
"""What a further condition costs: the description that has one more must be better by so much."""

BEAM = 40
"""So many of the best are gone into: pairs that are made threes, candidates that are judged."""

_NARROWER = 0.98
_BLOCK = 2**20  # cells, mails times terms, that are multiplied at once


class Counts(NamedTuple):
    """Failures and mails, now and in the time before, as weights of evidence: a number each, or an array."""

    failed: Any
    mails: Any
    failed_before: Any
    mails_before: Any

    def without(self, part: Counts) -> Counts:
        """Return what is left of it without a part."""
        return Counts(*(np.maximum(whole - inside, 0) for whole, inside in zip(self, part, strict=True)))

    def at(self, place: Any) -> Counts:
        """Return what is counted at a place of the arrays."""
        return Counts(*(column[place] for column in self))


class Candidate(NamedTuple):
    """A possible cause: its conditions, what is counted there, how much better they describe the failures, and its q."""

    terms: Terms
    counts: Counts
    score: float = 0.0
    q: float = 1.0


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
    rows : array of int
        The mails in play that are not of the time before.
    parts : tuple of array of int
        Failed mail and all mail, now and in the time before.
    total : Counts
        What is counted in all.
    """

    def __init__(self, mails: Mails, weights: Floats, least: float) -> None:
        self.mails, self.weights, self.least = mails, weights, least
        self.dimensions = mails.dimensions
        in_play = weights > 0
        now, earlier = in_play & ~mails.earlier, in_play & mails.earlier
        self.parts = tuple(np.flatnonzero(part) for part in (now & mails.failed, now, earlier & mails.failed, earlier))
        self.rows = self.parts[1]
        self.with_before = bool(mails.earlier.any())
        self.total = Counts._make(float(weights[rows].sum()) for rows in self.parts)

    def of(self, term: Term) -> Dimension:
        """Return the dimension that a condition is about."""
        return self.dimensions[term.dimension]

    def inside(self, terms: Terms, rows: Rows) -> Mask:
        """Return which of `rows` meet all conditions."""
        chosen = np.ones(len(rows), bool)
        for term in terms:
            chosen &= self.of(term).within(term, rows)
        return chosen

    def meeting(self, terms: Terms) -> list[Rows]:
        """Return the rows of each part that meet all conditions; a period is compared with all of the time before."""
        timeless = without_time(self.dimensions, terms)
        asked = (terms, terms, timeless, timeless)
        return [rows[self.inside(each, rows)] if each else rows for rows, each in zip(self.parts, asked, strict=True)]

    def whole(self, terms: Terms) -> Counts:
        """Count all that meets the conditions."""
        return Counts._make(float(self.weights[rows].sum()) for rows in self.meeting(terms))

    def score(self, counts: Counts, terms: int) -> Floats:
        """Return how much better the failures are described with these cells as causes: bad beside the rest, and new."""
        beside = self.beside_the_rest(counts, terms)
        return np.sqrt(beside * self.beside_the_past(counts, terms)) if self.with_before else beside

    def beside_the_rest(self, counts: Counts, terms: int) -> Floats:
        """Return the same as if there were no time before."""
        rest = self.total.without(counts)
        return gain(counts.failed, counts.mails, rest.failed, rest.mails) * FURTHER ** (terms - 1)

    def beside_the_past(self, counts: Counts, terms: int) -> Floats:
        """Return the same as if there were no other mail; what there was not before is compared with what was usual."""
        usual = (self.total.failed_before + 0.5) / (self.total.mails_before + 1)
        was_sent = counts.mails_before > 0
        failed = np.where(was_sent, counts.failed_before, 1 / PLACES)
        mails = np.where(was_sent, counts.mails_before, 1 / PLACES / usual)
        return gain(counts.failed, counts.mails, failed, mails) * FURTHER ** (terms - 1)


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


def candidates(space: Space) -> list[Candidate]:
    """Return the best possible causes, best first: of one value, of two, and threes that narrow the best twos."""
    terms = _values(space)
    if not terms:
        return []
    pairs = _products(space, terms, np.eye(len(terms), dtype=bool))
    single = Counts(*map(np.diagonal, pairs))
    found = [Candidate((term,), single.at(n), float(space.score(single.at(n), 1))) for n, term in enumerate(terms)]
    family = [space.of(term).family for term in terms]
    crossed = np.array([[one != other and "class" not in (one, other) for other in family] for one in family])
    narrower = pairs.mails < _NARROWER * np.minimum(single.mails, single.mails[:, None])
    one, other = np.nonzero(np.triu(crossed & narrower & (pairs.failed >= space.least)))
    counts = pairs.at((one, other))
    scores = space.score(counts, 2)
    best = np.argsort(-scores, kind="stable")[:BEAM]
    within = np.zeros((len(best), len(terms)), bool)
    for row, n in enumerate(best):
        within[row, [one[n], other[n]]] = True
        pair = tuple(sorted((terms[one[n]], terms[other[n]])))
        found.append(Candidate(pair, counts.at(n), float(scores[n])))
    threes = _products(space, terms, within)
    free = crossed[one[best]] & crossed[other[best]]
    narrower = threes.mails < _NARROWER * counts.mails[best][:, None]
    scores = space.score(threes, 3)
    for row, third in zip(*np.nonzero(free & narrower & (threes.failed >= space.least)), strict=True):
        three = tuple(sorted((*found[len(terms) + row].terms, terms[third])))
        found.append(Candidate(three, threes.at((row, third)), float(scores[row, third])))
    distinct = {each.terms: each for each in found if each.score > 0}
    return sorted(distinct.values(), key=_by_score)


def _by_score(candidate: Candidate) -> tuple[float, bool]:
    """Sort the best first; of a domain and its provider that describe the same mail the provider."""
    return -round(candidate.score, 9), candidate.terms[0].dimension == 0


def _values(space: Space) -> list[Term]:
    """Return every value, and every stretch at each scale, with failures enough to be a cause."""
    terms: list[Term] = []
    for number, dimension in enumerate(space.dimensions):
        for scale in dimension.scales:
            codes = dimension.codes[space.rows] // scale + 1
            mails = np.bincount(codes, space.weights[space.rows], minlength=1)[1:]
            failed = np.bincount(codes, space.weights[space.rows] * space.mails.failed[space.rows], minlength=1)[1:]
            # What is true of all mail is not a condition.
            worth = np.flatnonzero((failed >= space.least) & (mails < _NARROWER * space.total.mails)) * scale
            terms += [Term(number, low, min(low + scale, dimension.size)) for low in worth.tolist()]
    return terms


def _products(space: Space, terms: Sequence[Term], within: Mask) -> Counts:
    """Count for each row of `within` the mail that meets all terms marked there and, column by column, each one."""
    tables = []
    for place, rows in enumerate(space.parts):
        table = np.zeros(within.shape)
        for weights, met in _met(space, terms, rows, earlier=place > 1):
            inner = np.empty((len(within), met.shape[1]), np.float32)
            for row, marked in zip(inner, within, strict=True):
                row[:] = np.logical_and.reduce(met[marked]) * weights
            # Not a product of matrices by BLAS: on a busy machine its threads wait for each other, and take ten times as long.
            table += np.einsum("in,jn->ij", inner, met.astype(np.float32))
        tables.append(table)
    return Counts(*tables)


def _met(space: Space, terms: Sequence[Term], rows: Rows, earlier: bool) -> Iterator[tuple[Floats, Mask]]:
    """Yield for blocks of mails their weights, and which of the terms each one meets; earlier mail is in any period."""
    dimension, low, high = np.array(terms, np.int32).reshape(-1, 3).T[..., None]
    timed = np.array([space.of(term).name == "time" for term in terms], bool)
    length = _BLOCK // len(terms)
    for start in range(0, len(rows), length):
        block = rows[start : start + length]
        codes = np.stack([each.codes[block] for each in space.dimensions])[dimension[:, 0]]
        met = (codes >= low) & (codes < high)
        if earlier:
            met[timed] = True
        yield space.weights[block].astype(np.float32), met


def refined(space: Space, candidate: Candidate) -> Candidate:
    """Move the edges of stretches of time and of numbers to where they describe the failures best."""
    for term in candidate.terms:
        if space.of(term).ordered:
            candidate = _refined(space, candidate, term)
    return candidate


def _refined(space: Space, candidate: Candidate, term: Term) -> Candidate:
    """Move one edge after the other until neither gets better."""
    dimension = space.of(term)
    others = tuple(other for other in candidate.terms if other != term)
    parts = space.meeting(others)
    sums = []
    for rows in parts:
        codes = np.minimum(dimension.codes[rows], dimension.size) + 1
        counts = np.bincount(codes, space.weights[rows], minlength=dimension.size + 2)[1:-1]
        sums.append(np.append(0, np.cumsum(counts)))
    edges = np.arange(dimension.size + 1)
    low, high, reached = term.low, term.high, 0.0
    while True:
        first = np.append(edges, np.full_like(edges, low))
        last = np.append(np.full_like(edges, high), edges)
        windows = Counts(*(column[last] - column[first] for column in sums))
        if dimension.name == "time":
            windows = windows._replace(
                failed_before=space.weights[parts[2]].sum(), mails_before=space.weights[parts[3]].sum()
            )
        allowed = windows.mails < _NARROWER * space.weights[parts[1]].sum()
        # A number has one cut rather than two, if that says nearly as much.
        cuts = FURTHER ** ((first > 0) & (last < dimension.size) & (dimension.kind != "time"))
        scores = np.where(allowed & (first < last), space.score(windows, len(candidate.terms)) * cuts, 0)
        best = int(np.argmax(scores))
        if scores[best] <= reached:
            return candidate
        low, high, reached = int(first[best]), int(last[best]), float(scores[best])
        terms = tuple(sorted((*others, Term(term.dimension, low, high))))
        candidate = Candidate(terms, space.whole(terms), reached)
