"""Which cause is the strongest: take it, set its mail aside, and go on; in the end judge all of them beside what is left."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import numpy as np

from ..statistics import Z_95
from .addresses import MALFORMED, MISTYPED
from .dimensions import Mask, Term, Terms
from .evidence import Test, before, chance, met_others, surprising
from .mails import Mails
from .search import Candidate, Counts, Space, candidates, refined
from .spread import PRIOR_DOF, VALUES, Ordinary

LIKELY_Q = 0.01
LIKELY_RATIO = 2.0
LIKELY_SHARE = 0.05
"""What it takes to call a cause likely: q, the lower bound of the rate ratio, the share of all failures in excess."""

MINOR_Q = 0.05
MINOR_SHARE = 0.02
"""What it takes to be told at all."""

_LEAST_ADDRESSES = 5
_MOST_FOUND = 10
_JUDGED = 40
_COMPARABLE = 0.3
_EDGES = 20
_SPENT = (2, 4, 8)
_SAME = 0.9
_MOST_TIMES = 3
_A_DAY = 5.0
_ALIKE = 1.5
_NARROW, _REMAINING, _ALL_OF_IT = 0.8, 0.2, 0.1
_LISTED, _RIVAL, _RIVAL_GAIN = 5, 0.3, 10.0


@dataclass(frozen=True, eq=False)
class Cause:
    """A cause that was found, and the mail it explains.

    Attributes
    ----------
    terms : tuple of Term
        Its conditions.
    q : float or None
        Its adjusted p-value; None where numbers do not matter.
    tries : float
        How many possible causes of its kind there were to choose from.
    windows : tuple of Term
        Further stretches of time in which the same mail failed.
    same : list of Terms
        Other descriptions of the same mails.
    tied : bool
        Whether these could as well be the cause.
    alone : bool
        Whether nothing else was sent where and when this mail was.
    rival : bool
        Whether it is another description of what a stronger cause explains.
    confidence : str
        One of the words of `Findings`.
    members : array of bool
        Its mails, without those that earlier causes took.
    rate_elsewhere : float
        Failure rate of the mail that no cause speaks of.
    ratio_low : float
        Lower 95 % bound of the ratio of the rates.
    """

    terms: Terms
    q: float | None
    tries: float = 1.0
    windows: Terms = ()
    same: list[Terms] = field(default_factory=list)
    tied: bool = False
    alone: bool = False
    rival: bool = False
    confidence: str = "consistent with"
    members: Mask = field(default_factory=lambda: np.zeros(0, bool))
    rate_elsewhere: float = math.nan
    ratio_low: float = math.nan


def ranked(mails: Mails) -> list[Cause]:
    """Return the causes in the order in which they take their mails."""
    sample = mails.sample()
    weights = sample.weights
    least = max(MINOR_SHARE * float(weights[sample.failed & ~sample.earlier].sum()), _LEAST_ADDRESSES)
    causes: list[Cause] = []
    rivals: list[Candidate] = []
    while len(causes) < _MOST_FOUND:
        space = Space(sample, weights, least)
        if space.total.failed < least or space.total.failed == space.total.mails:
            break
        possible, tried = candidates(space)
        if not rivals and possible and space.with_before:
            # One view is what stands out beside the rest, whatever it was before.
            rivals = list(dict.fromkeys([possible[0], max(possible, key=space.beside_the_rest), *possible]))
        passing = _passing(space, possible, tried)
        if not passing:
            break
        chosen, q = _narrowed(space, max(passing, key=lambda each: each[0].score), passing)
        chosen = _widened(space, chosen)
        cause = replace(_described(space, chosen, q, possible), tries=_tries(space, chosen.terms, tried))
        causes.append(_on_its_days(space, cause))
        aside = sample.meeting(causes[-1].terms, causes[-1].windows)
        if aside[sample.earlier].all():
            aside &= ~sample.earlier  # a burst says nothing of the time before
        weights = np.where(aside, 0, weights)
    causes = _judged(mails, _without_the_others(sample, _merged(sample, causes), least))
    # What an address itself tells needs no numbers, however few such addresses there are.
    for number, dimension in enumerate(mails.dimensions):
        if dimension.name in (MALFORMED.about, MISTYPED.about) and all(cause.terms[0][0] != number for cause in causes):
            causes += _anyway(mails, (Term(number, 0, 1),), causes)
    if mails.earlier.any():
        causes += _rivals(mails, causes, rivals)
    return causes


def _passing(
    space: Space, possible: list[Candidate], tried: tuple[float, float, float]
) -> list[tuple[Candidate, float]]:
    """Return those that are no chance, allowing for all that was tried, with their q; the best are looked at first."""
    passing: dict[Terms, tuple[Candidate, float]] = {}
    best = 0.0
    for candidate in possible[:_JUDGED]:
        if candidate.score < _COMPARABLE * best:
            break
        candidate = refined(space, candidate)
        if candidate.terms in passing or candidate.counts.failed < space.least:
            continue
        q = chance(space, candidate) * _tries(space, candidate.terms, tried)
        if q <= MINOR_Q:
            passing[candidate.terms] = candidate, q
            best = max(best, candidate.score)
    return list(passing.values())


def _tries(space: Space, terms: Terms, tried: tuple[float, float, float]) -> float:
    """Return how many there were to choose from, values and edges; fewer conditions are given more of the risk."""
    edges = sum(space.dimensions[term.dimension].ordered for term in terms)
    return _SPENT[len(terms) - 1] * max(tried[len(terms) - 1], 1.0) * float(_EDGES**edges)


def _without_the_others(sample: Mails, causes: list[Cause], least: float) -> list[Cause]:
    """Judge each cause again as if the mail of all others had not been sent: two bad values hide each other."""
    judged = []
    for cause in causes:
        others = [sample.meeting(other.terms, other.windows) for other in causes if other is not cause]
        aside = np.logical_or.reduce(others) if others else np.zeros(len(sample.rows), bool)
        space = Space(sample, np.where(aside & ~sample.earlier, 0, sample.weights), least)
        counts = Counts._make(float(column) for column in space.count([], cause.terms))
        q = chance(space, Candidate(cause.terms, counts, 0.0)) * cause.tries
        judged.append(replace(cause, q=min(q, cause.q or 0.0)))
    return judged


def _narrowed(
    space: Space, widest: tuple[Candidate, float], passing: list[tuple[Candidate, float]]
) -> tuple[Candidate, float]:
    """Return the best of the narrower ones within it, if they do all the failing and the rest of it is fine."""
    wide = widest[0]
    inside = space.inside(wide.terms, space.rows)
    weights = space.weights[space.rows]
    failed = weights * space.mails.failed[space.rows]
    rate = (space.total.failed - wide.counts.failed + 0.5) / (space.total.mails - wide.counts.mails + 1)
    narrower, rest = [], inside.copy()
    for each in passing:
        if each[0].counts.mails < _NARROW * wide.counts.mails:
            members = space.inside(each[0].terms, space.rows)
            if failed[members & inside].sum() >= _NARROW * each[0].counts.failed:
                narrower.append(each)
                rest &= ~members
    remaining = float(weights[rest].sum())
    excess = float(failed[rest].sum()) - remaining * rate
    fine = remaining >= _REMAINING * wide.counts.mails and excess <= _ALL_OF_IT * (
        wide.counts.failed - wide.counts.mails * rate
    )
    return max(narrower, key=lambda each: each[0].score) if narrower and fine else widest


def _widened(space: Space, chosen: Candidate) -> Candidate:
    """Return the same with a condition less, if what that leaves out fails, too: parts of one campaign are one cause."""
    wider = []
    for term in chosen.terms if len(chosen.terms) > 1 else ():
        if space.dimensions[term.dimension].kind == "time":
            continue  # a burst is an event, however the rest of the provider fares
        terms = tuple(other for other in chosen.terms if other != term)
        whole = Counts(*(float(column) for column in space.count([], terms)))
        added, rest = whole.without(chosen.counts), space.total.without(whole)
        tests = [Test(added.mails * (rest.failed + 0.5) / (rest.mails + 1), Ordinary(VALUES, PRIOR_DOF), 0.0)]
        if space.with_before:
            tests.append(before(added, rest))
        if (
            all(added.failed >= _ALIKE * test.expected for test in tests)
            and surprising(added.failed, tests) <= LIKELY_Q
        ):
            wider.append(Candidate(terms, whole, float(space.score(whole, len(terms)))))
    return _widened(space, max(wider, key=lambda each: each.score)) if wider else chosen


def _described(space: Space, chosen: Candidate, q: float, possible: list[Candidate]) -> Cause:
    """Find other names for the same mails: what an address tells comes first, then its domain, its provider, the time."""
    members = space.inside(chosen.terms, space.rows)
    names = [chosen.terms]
    seen = 0
    for other in possible:
        if len(other.terms) == 1 and space.dimensions[other.terms[0].dimension].kind == "time" and seen < _MOST_TIMES:
            other, seen = refined(space, other), seen + 1
        alike = chosen.counts.mails * _SAME <= other.counts.mails <= chosen.counts.mails / _SAME
        if not alike or len(other.terms) > 1:
            continue
        terms = other.terms
        theirs = space.inside(terms, space.rows)
        if terms not in names and (members & theirs).sum() >= _SAME * (members | theirs).sum():
            names.append(terms)
    if len(chosen.terms) == 1:
        names.sort(key=lambda terms: _order(space, terms))
    families = {space.dimensions[terms[0].dimension].kind == "column" for terms in names if len(terms) == 1}
    times = {space.dimensions[terms[0].dimension].kind == "time" for terms in names if len(terms) == 1}
    columns = all(space.dimensions[term.dimension].kind == "column" for term in names[0])
    alone = columns and len(names) == 1 and not met_others(space, names[0])
    tied = len(names) > 1 and len(chosen.terms) == 1 and (len(families) > 1 or len(times) > 1)
    return Cause(names[0], q, same=names[1:], tied=tied or alone, alone=alone)


def _on_its_days(space: Space, cause: Cause) -> Cause:
    """Return hours that fail on some days only as bursts on those days."""
    hour = next((term for term in cause.terms if space.dimensions[term.dimension].name == "hour"), None)
    if hour is None:
        return cause
    number = next(place for place, dimension in enumerate(space.dimensions) if dimension.name == "time")
    time = space.dimensions[number]
    others = tuple(term for term in cause.terms if term != hour)
    starts = np.unique(time.labels.astype("datetime64[D]"))
    edges = [np.searchsorted(time.labels, starts + np.timedelta64(side, "h")) for side in (hour.low, hour.high)]
    windows = [Term(number, int(low), int(high)) for low, high in zip(*edges, strict=True) if low < high <= time.size]
    counts = [space.count([], tuple(sorted((*others, window)))) for window in windows]
    failed, mails = (np.array([float(each[column]) for each in counts]) for column in (0, 1))
    if failed.sum() < _A_DAY * len(windows) or not mails.all():
        return cause  # too few to tell one day from another
    rest = space.total.without(Counts(failed.sum(), mails.sum(), 0.0, 0.0))
    usual = (rest.failed + 0.5) / (rest.mails + 1)
    bad = failed / mails > np.sqrt(usual * (failed / mails).max())
    if bad.all():
        return cause
    first, *more = [window for window, is_bad in zip(windows, bad, strict=True) if is_bad]
    return replace(cause, terms=tuple(sorted((*others, first))), windows=tuple(more), same=[])


def _order(space: Space, terms: Terms) -> tuple[int, int]:
    kinds = ("address", "history", "dns", "remark", "domain", "provider", "time", "column")
    return kinds.index(space.dimensions[terms[0].dimension].kind), terms[0].dimension


def _merged(mails: Mails, causes: list[Cause]) -> list[Cause]:
    """Take bursts of the same mail together: one cause with several windows."""
    merged: dict[tuple[object, ...], Cause] = {}
    for cause in causes:
        times = [term for term in cause.terms if mails.dimensions[term.dimension].name == "time"]
        what = tuple(term for term in cause.terms if term not in times)
        key = (what, len(times)) if len(times) == 1 else (cause.terms,)
        if key in merged:
            first = merged[key]
            merged[key] = replace(
                first, windows=(*first.windows, *times, *cause.windows), q=min(first.q or 0, cause.q or 0)
            )
        else:
            merged[key] = cause
    return list(merged.values())


def _judged(mails: Mails, causes: list[Cause]) -> list[Cause]:
    """Judge each cause beside all mail that no cause speaks of, the largest first; those that do not last are given back."""
    judged = [cause for cause in _beside_the_rest(mails, causes) if cause.confidence != "unexplained"]
    judged.sort(key=lambda cause: -_excess(mails, cause))
    settled = [cause.terms for cause in judged] == [cause.terms for cause in causes]
    return judged if settled else _judged(mails, judged)


def _excess(mails: Mails, cause: Cause) -> float:
    return float(mails.failed[cause.members].sum() - cause.members.sum() * cause.rate_elsewhere)


def _beside_the_rest(mails: Mails, causes: list[Cause]) -> list[Cause]:
    free = ~mails.earlier
    failures = int((mails.failed & free).sum())
    taken = []
    for cause in causes:
        members = mails.meeting(cause.terms, cause.windows) & free
        free &= ~members
        taken.append(members)
    pairs = zip(causes, taken, strict=True)
    return [_confident(mails, replace(cause, members=members), free, failures) for cause, members in pairs]


def _confident(mails: Mails, cause: Cause, free: Mask, failures: int) -> Cause:
    rest = free & mails.failed
    elsewhere = float((rest.sum() + 0.5) / (free.sum() + 1))
    failed, count = int((cause.members & mails.failed).sum()), int(cause.members.sum())
    here, there, base = (
        float(mails.weights[part].sum()) for part in (cause.members & mails.failed, cause.members, rest)
    )
    # Katz, on addresses
    variance = 1 / max(here, 0.5) - 1 / max(there, 1) + 1 / (base + 0.5) - 1 / (float(mails.weights[free].sum()) + 1)
    low = failed / max(count, 1) / elsewhere * math.exp(-Z_95 * math.sqrt(max(variance, 0.0)))
    excess = failed - round(count * elsewhere)
    certain = cause.q is not None and cause.q <= LIKELY_Q
    mark = mails.dimensions[cause.terms[0].dimension].mark
    if excess < max(MINOR_SHARE * failures, 1) or low <= 1:
        confidence = "unexplained"
    elif not certain or low < LIKELY_RATIO or excess < LIKELY_SHARE * failures:
        confidence = "minor"
    elif cause.tied:
        confidence = "cannot be told apart"
    else:
        confidence = "stated" if mark is not None and mark.stated else "likely"
    return replace(cause, confidence=confidence, rate_elsewhere=elsewhere, ratio_low=low)


def _rivals(mails: Mails, causes: list[Cause], possible: list[Candidate]) -> list[Cause]:
    """Return other descriptions of what is new, that come near the best one: the rest and the time before may disagree."""
    free = ~mails.earlier
    for cause in causes:
        free &= ~cause.members
    elsewhere = float(((free & mails.failed).sum() + 0.5) / (free.sum() + 1))
    rivals: list[Cause] = []
    known = [cause.terms for cause in causes]
    for candidate in possible:
        if len(causes) + len(rivals) >= _LISTED:
            break
        if candidate.terms in known or candidate.score < max(_RIVAL * possible[0].score, _RIVAL_GAIN):
            continue
        members = mails.meeting(candidate.terms) & free
        free &= ~members
        rivals.append(Cause(candidate.terms, None, members=members, rate_elsewhere=elsewhere, rival=True))
    return rivals


def _anyway(mails: Mails, terms: Terms, causes: list[Cause]) -> list[Cause]:
    """Return the cause that these mails are, with those that no other one took, if more of them fail than elsewhere."""
    free = ~mails.earlier
    for cause in causes:
        free &= ~cause.members
    members = mails.meeting(terms) & free
    free &= ~members
    elsewhere = float(((free & mails.failed).sum() + 0.5) / (free.sum() + 1))
    excess = int((members & mails.failed).sum()) - round(float(members.sum()) * elsewhere)
    return [Cause(terms, None, members=members, rate_elsewhere=elsewhere)] if excess > 0 else []
