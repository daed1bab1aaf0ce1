"""Which cause is the strongest: take it, set its mail aside, and go on; in the end judge all of them beside what is left."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from .addresses import MALFORMED, MISTYPED
from .dimensions import Term, Terms
from .evidence import beside_before, chance, fails_more, is_new, met_others
from .judgement import MINOR_Q, MINOR_SHARE, Cause, beyond, explained, judged, without_the_others
from .mails import Mails
from .search import BEAM, Candidate, Counts, Space, candidates, refined

_LEAST_ADDRESSES = 5
_COMPARABLE = 0.3
_SAME = 0.9
_LISTED = 5


def ranked(mails: Mails) -> list[Cause]:
    """Return the causes in the order in which they take their mails."""
    sample = mails.sample()
    weights = sample.weights
    least = max(MINOR_SHARE * float(weights[sample.failed & ~sample.earlier].sum()), _LEAST_ADDRESSES)
    space = Space(sample, weights, least)
    possible = candidates(space)
    rivals = _rivals(space, possible)
    causes: list[Cause] = []
    while passing := _passing(space, possible):
        chosen = _widened(space, _narrowed(space, passing))
        cause = Cause(chosen.terms, chosen.q, _tries(space, chosen.terms))
        causes.append(_bursts_of(space, _described(space, cause, [*passing, *possible])))
        weights = np.where(explained(sample, causes[-1]), 0, weights)
        space = Space(sample, weights, least)
        possible = candidates(space)
    causes = judged(mails, without_the_others(sample, _taken_together(sample, causes), least))
    # What an address itself tells needs no numbers, however few such addresses there are.
    for number, dimension in enumerate(mails.dimensions):
        if dimension.name in (MALFORMED.about, MISTYPED.about) and all(cause.terms[0][0] != number for cause in causes):
            causes += [cause for cause in [beyond(mails, (Term(number, 0, 1),), causes)] if cause.excess > 0]
    for candidate in rivals:
        if len(causes) < _LISTED and candidate.terms not in [cause.terms for cause in causes]:
            causes.append(replace(beyond(mails, candidate.terms, causes), rival=True))
    return causes


def _passing(space: Space, possible: list[Candidate]) -> list[Candidate]:
    """Return those that are not chance, allowing for all that was tried; the best are looked at first."""
    passing: dict[Terms, Candidate] = {}
    best = 0.0
    for candidate in possible[:BEAM]:
        if candidate.score < _COMPARABLE * best:
            break
        candidate = refined(space, candidate)
        if candidate.terms in passing or candidate.counts.failed < space.least:
            continue
        q = chance(space, candidate) * _tries(space, candidate.terms)
        if q <= MINOR_Q:
            passing[candidate.terms] = candidate._replace(q=q)
            best = max(best, candidate.score)
    return sorted(passing.values(), key=lambda each: -each.score)


def _tries(space: Space, terms: Terms) -> float:
    """Return how many causes there were to choose from: the risk is shared between columns, and in each between its values.

    Fewer conditions are given more of it. Values with mail enough to fail are not more than fit into all mail; of the n²
    stretches of n bins, which overlap, some n log n count.
    """
    dimensions = [space.of(term) for term in terms]
    values = math.prod(each.size for each in dimensions if not each.ordered)
    stretches = math.prod(each.size * math.log2(each.size) for each in dimensions if each.ordered)
    columns = math.comb(len({each.family for each in space.dimensions}), len(terms))
    return float(2 ** len(terms) * columns * min(values, space.total.mails / space.least) * stretches)


def _rivals(space: Space, possible: list[Candidate]) -> list[Candidate]:
    """Return the descriptions of what is new that come near the best one: the rest and the time before may disagree."""
    if not space.with_before or not possible:
        return []
    # One view is what stands out beside the rest, whatever it was before.
    beside = max(possible, key=lambda each: space.beside_the_rest(each.counts, len(each.terms)))
    near = [each for each in possible[:BEAM] if each.score >= _COMPARABLE * possible[0].score]
    views = dict.fromkeys([possible[0], beside, *near])
    return [each for each in (refined(space, view) for view in views) if beside_before(space, each) <= MINOR_Q]


def _narrowed(space: Space, passing: list[Candidate]) -> Candidate:
    """Return the best, or the best of those within it if they do all the failing and the rest of it fails as other mail."""
    wide, *others = passing
    members = space.inside(wide.terms, space.rows)
    for candidate in others:
        dimensions = [term.dimension for term in candidate.terms]
        alike = [each for each in others if [term.dimension for term in each.terms] == dimensions]
        inside = [space.inside(each.terms, space.rows) for each in alike]
        part = members & np.logical_or.reduce(inside)
        narrow, rest = _counts(space, part), _counts(space, members & ~part)
        within = all(_counts(space, each & members).failed >= _SAME * _counts(space, each).failed for each in inside)
        if within and fails_more(narrow, rest) and not fails_more(rest, space.total.without(wide.counts)):
            return candidate
    return wide


def _counts(space: Space, where: np.ndarray) -> Counts:
    weights = space.weights[space.rows][where]
    return Counts(float(weights[space.mails.failed[space.rows][where]].sum()), float(weights.sum()), 0.0, 0.0)


def _widened(space: Space, chosen: Candidate) -> Candidate:
    """Return the same with a condition less, if what that leaves out fails, too: parts of one campaign are one cause."""
    wider = []
    for term in chosen.terms if len(chosen.terms) > 1 else ():
        if space.of(term).kind == "time":
            continue  # a burst is an event, however the rest of the provider fares
        terms = tuple(other for other in chosen.terms if other != term)
        whole = space.whole(terms)
        added = whole.without(chosen.counts)
        if fails_more(added, space.total.without(whole)) and is_new(space, Candidate(terms, added)):
            wider.append(Candidate(terms, whole, float(space.score(whole, len(terms))), chosen.q))
    return _widened(space, max(wider, key=lambda each: each.score)) if wider else chosen


def _described(space: Space, cause: Cause, others: list[Candidate]) -> Cause:
    """Find other names for the same mails: what an address tells comes first, then its domain, its provider, the time."""
    members = space.inside(cause.terms, space.rows)
    family = space.of(cause.terms[0]).family
    names = [cause.terms]
    for other in others:
        if len(other.terms) == 1 and other.terms not in names:
            theirs = space.inside(other.terms, space.rows)
            # The largest domain of a provider is not another name of it.
            least = 1 if space.of(other.terms[0]).family == family else _SAME
            if (members & theirs).sum() >= least * (members | theirs).sum():
                names.append(other.terms)
    if len(cause.terms) == 1:
        names.sort(key=lambda terms: _order(space, terms))
    kinds = {space.of(terms[0]).kind for terms in names}
    columns = all(space.of(term).kind == "column" for term in names[0])
    alone = columns and len(names) == 1 and not met_others(space, names[0])
    tied = len(cause.terms) == 1 and len(kinds) > 1 and bool(kinds & {"column", "time"})
    return replace(cause, terms=names[0], same=names[1:], tied=tied or alone, alone=alone)


def _order(space: Space, terms: Terms) -> tuple[int, bool, int]:
    kinds = ("address", "history", "dns", "remark", "domain", "provider", "time", "column")
    dimension = space.of(terms[0])
    return kinds.index(dimension.kind), dimension.ordered, terms[0].dimension  # one value before a stretch of numbers


def _bursts_of(space: Space, cause: Cause) -> Cause:
    """Return hours that fail on some days only as bursts on those days."""
    hour = next((term for term in cause.terms if space.of(term).name == "hour"), None)
    if hour is None:
        return cause
    number = next(place for place, dimension in enumerate(space.dimensions) if dimension.name == "time")
    time = space.dimensions[number]
    if time.day < 24:
        return cause  # over months periods are longer than an hour
    others = tuple(term for term in cause.terms if term != hour)
    starts = np.unique(time.labels.astype("datetime64[D]"))
    edges = [np.searchsorted(time.labels, starts + np.timedelta64(side, "h")) for side in (hour.low, hour.high)]
    pairs = zip(*np.minimum(edges, time.size).tolist(), strict=True)
    windows = [Term(number, low, high) for low, high in pairs if low < high]
    counts = [space.whole(tuple(sorted((*others, window)))) for window in windows]
    failed, mails = np.array([each[:2] for each in counts]).reshape(-1, 2).T
    if failed.sum() < _LEAST_ADDRESSES * len(windows) or not mails.all():
        return cause  # too few to tell one day from another
    rest = space.total.without(Counts(failed.sum(), mails.sum(), 0.0, 0.0))
    usual = (rest.failed + 0.5) / (rest.mails + 1)
    bad = failed / mails > np.sqrt(usual * (failed / mails).max())
    if bad.all():
        return cause
    first, *more = [window for window, is_bad in zip(windows, bad, strict=True) if is_bad]
    return replace(cause, terms=tuple(sorted((*others, first))), windows=tuple(more), same=[])


def _taken_together(mails: Mails, causes: list[Cause]) -> list[Cause]:
    """Take bursts of the same mail together: one cause with several windows."""
    merged: dict[tuple[object, ...], Cause] = {}
    for cause in causes:
        times = tuple(term for term in cause.terms if mails.dimensions[term.dimension].name == "time")
        key = (*(term for term in cause.terms if term not in times), len(times))
        if times and key in merged:
            first = merged[key]
            windows = (*first.windows, *times, *cause.windows)
            merged[key] = replace(first, windows=windows, q=min(first.q or 0, cause.q or 0))
        else:
            merged[key] = cause
    return list(merged.values())
