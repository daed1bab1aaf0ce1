"""Which cause is the strongest: take it, set its mail aside, and go on; in the end judge all of them beside what is left."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .addresses import MALFORMED, MISTYPED
from .dimensions import Term, Terms
from .evidence import Test, before, chance, met_others, surprising
from .judgement import (
    LIKELY_Q,
    MINOR_Q,
    MINOR_SHARE,
    Cause,
    explained,
    judged,
    other_descriptions,
    told_by_addresses,
    without_the_others,
)
from .mails import Mails
from .search import Candidate, Counts, Space, candidates, refined
from .spread import PRIOR_DOF, VALUES, Ordinary

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
        weights = np.where(explained(sample, causes[-1]), 0, weights)
    causes = judged(mails, without_the_others(sample, _merged(sample, causes), least))
    # What an address itself tells needs no numbers, however few such addresses there are.
    for number, dimension in enumerate(mails.dimensions):
        if dimension.name in (MALFORMED.about, MISTYPED.about) and all(cause.terms[0][0] != number for cause in causes):
            causes += told_by_addresses(mails, (Term(number, 0, 1),), causes)
    if mails.earlier.any():
        causes += other_descriptions(mails, causes, rivals)
    return causes


def _passing(
    space: Space, possible: list[Candidate], tried: tuple[float, float, float]
) -> list[tuple[Candidate, float]]:
    """Return those that are not chance, allowing for all that was tried, with their q; the best are looked at first."""
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
        whole = space.whole(terms)
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
