"""How surprising a possible cause is: beside its own kind, beside each part of its description, beside the time before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ..statistics import surprise
from .dimensions import Mask, Term, Terms, timeless_parts
from .search import Candidate, Counts, Space
from .spread import PLACES, PRIOR_DOF, TOGETHER, VALUES, Ordinary, ordinary, usual_rate

WORTH = 1.25
"""Nobody acts on a rate that is less than a quarter above the others."""

_MOST_GROUPS = {2: 60, 3: 20}
_STRETCHES = 12
_LONG = 6
_LEAST_STRETCHES = 8
_LEAST_COMPANY = 0.5

_NEW, _RISEN = 0.01, 0.05
"""What failed in the time before may be as bad by chance with this probability; and so may the same mail at any time."""


class Test(NamedTuple):
    """What is expected, the ordinary spread around it, and the relative variance of the expectation itself."""

    expected: float
    usual: Ordinary
    baseline: float


def chance(space: Space, candidate: Candidate) -> float:
    """Return the probability of so many failures where only ordinary spread is at work: the largest of all comparisons."""
    inside = space.inside(candidate.terms, space.rows)
    failed, mails = candidate.counts.failed, candidate.counts.mails
    if len(candidate.terms) == 1:
        tests = [_among_its_kind(space, candidate.terms[0], inside, mails)]
    else:
        tests = _beside_its_parts(space, candidate.terms, inside, mails)
    kinds = {space.dimensions[term.dimension].kind for term in candidate.terms}
    if "column" in kinds <= {"column", "time"}:
        tests += _at_the_same_places(space, inside, mails)
    if space.with_before:
        parts = [space.whole(part) for part in timeless_parts(space.dimensions, candidate.terms)]
        if not is_new(candidate.counts, parts, space.total.without(parts[0])):
            return 1.0
    return surprising(failed, tests)


def surprising(failed: float, tests: list[Test]) -> float:
    """Return the largest probability of so many failures in all comparisons; 1 where one says that it is not worth a word."""
    expected, usual, baseline = (np.array(column, float) for column in zip(*tests, strict=True))
    if (failed <= WORTH * expected).any():
        return 1.0
    return float(surprise(np.full(len(tests), failed), expected, usual[:, 0], usual[:, 1], baseline).max())


def _among_its_kind(space: Space, term: Term, inside: Mask, mails: float) -> Test:
    """Compare a value with the others of its column, a place with the other places, a stretch of time with others as long."""
    dimension = space.dimensions[term.dimension]
    length = term.high - term.low
    prior = VALUES if dimension.kind == "column" else PLACES
    drifts = False
    if dimension.kind in ("column", "time"):
        if dimension.ordered:
            outside = dimension.size - length
            # What is true of long stretches shows in shorter ones, and there are more of them.
            shorter = min(length, max(outside // _STRETCHES, dimension.floor))
            drifts = (
                dimension.floor > 1
                and _LONG * length >= dimension.size
                and length > dimension.floor
                and outside >= _LEAST_STRETCHES * dimension.floor
            )
            length = shorter
        codes = dimension.codes[space.rows]
        groups = np.where(codes < 0, -1, (codes - term.low) // length + -(-term.low // length))
    else:
        groups = space.dimensions[0].codes[space.rows]
    others = ~inside & (groups >= 0)
    if not others.any():
        others, groups = ~inside, np.zeros_like(groups)
    failed, counted = _counted(space, groups, others)
    rate = usual_rate(failed, counted)
    usual = ordinary(failed, counted * rate, TOGETHER if drifts else prior, below=not drifts, steps=drifts)
    return Test(mails * rate, usual, 1 / (failed.sum() + 0.5))


def _counted(space: Space, groups: Any, where: Mask) -> tuple[Any, Any]:
    weights = space.weights[space.rows][where]
    mails = np.bincount(groups[where], weights)
    failed = np.bincount(groups[where], weights * space.mails.failed[space.rows][where])
    return failed[mails > 0], mails[mails > 0]


def _beside_its_parts(space: Space, terms: Terms, inside: Mask, mails: float) -> list[Test]:
    """Compare what meets all conditions with what meets all but one: with the rest of the campaign, of the provider."""
    failed, counted, fitted = _table(space, terms, inside)
    filled = counted > 0
    rate = usual_rate(failed[filled], counted[filled])
    expected = counted * failed.sum() / max(counted.sum(), 1e-9)
    for axis in range(len(terms)):
        across = tuple(other for other in range(len(terms)) if other != axis)
        part = failed.sum(axis=across, keepdims=True), expected.sum(axis=across, keepdims=True)
        expected = expected * (part[0] + 0.5) / (part[1] + 0.5)
    usual = ordinary(failed[filled], expected[filled], TOGETHER, fitted=fitted)
    weights = space.weights[space.rows] * ~inside
    failures = weights * space.mails.failed[space.rows]
    tests = [Test(mails * rate, usual, 1 / (failures.sum() + 0.5))]
    for term in terms:
        part_terms = tuple(other for other in terms if other != term)
        part_mask = space.inside(part_terms, space.rows)
        # What little is known of a part is filled up with what is usual.
        known = 1 / (TOGETHER if len(part_terms) > 1 else _prior(space, part_terms[0]))
        there, met = float(failures[part_mask].sum()), float(weights[part_mask].sum())
        if not met:
            return [Test(np.inf, usual, 0.0)]
        tests.append(Test(mails * rate * (there + known) / (met * rate + known), usual, 1 / (there + known)))
    return tests


def _prior(space: Space, term: Term) -> float:
    return VALUES if space.dimensions[term.dimension].kind == "column" else PLACES


def _table(space: Space, terms: Terms, inside: Mask) -> tuple[Any, Any, int]:
    """Count the other mail by all that the conditions are about, and how many numbers describe the table by its margins."""
    cell = np.zeros(len(space.rows), np.intp)
    known = ~inside
    sizes = []
    for term in terms:
        codes, length = space.dimensions[term.dimension].codes[space.rows], term.high - term.low
        own = -(-term.low // length)
        groups = np.where(codes < 0, -1, (codes - term.low) // length + own)
        counts = np.bincount(groups[groups >= 0], minlength=own + 1).astype(float)
        counts[own] = np.inf
        largest = np.argsort(-counts, kind="stable")[: _MOST_GROUPS[len(terms)]]
        renumbered = np.full(len(counts) + 1, -1)
        renumbered[largest] = np.arange(len(largest))
        groups = renumbered[groups]
        known &= groups >= 0
        cell = cell * len(largest) + groups
        sizes.append(len(largest))
    weights = space.weights[space.rows][known]
    size = int(np.prod(sizes))
    mails = np.bincount(cell[known], weights, minlength=size).reshape(sizes)
    failed = np.bincount(cell[known], weights * space.mails.failed[space.rows][known], minlength=size).reshape(sizes)
    return failed, mails, 1 + sum(count - 1 for count in sizes)


def met_places(space: Space, inside: Mask) -> tuple[Any, Any, Any, Any]:
    """Return failures and mails by domain and day: of the mail inside, and of all other mail."""
    domain = np.minimum(space.dimensions[0].codes[space.rows], _MOST_GROUPS[2])
    stratum = domain.astype(np.intp) + 1
    time = next((dimension for dimension in space.dimensions if dimension.name == "time"), None)
    if time is not None:
        stratum += (_MOST_GROUPS[2] + 2) * (time.codes[space.rows] // time.scales[-1] + 1)
    weights = space.weights[space.rows]
    size = int(stratum.max()) + 1 if len(stratum) else 1
    failed = space.mails.failed[space.rows]
    inner, outer = (
        [np.bincount(stratum[part], column[part], minlength=size) for column in (weights * failed, weights)]
        for part in (inside, ~inside)
    )
    return inner[0], inner[1], outer[0], outer[1]


def met_others(space: Space, terms: Terms) -> bool:
    """Tell whether a good part of the mail was sent where and when other mail was sent, too."""
    _, mails, _, others = met_places(space, space.inside(terms, space.rows))
    return bool(mails[others > 0].sum() >= _LEAST_COMPANY * mails.sum())


def _at_the_same_places(space: Space, inside: Mask, mails: float) -> list[Test]:
    """Compare values of columns with the other mail to the same domains on the same days, if there is enough of it."""
    _, here, others_failed, others = met_places(space, inside)
    met = others > 0
    share = here[met].sum() / max(mails, 1e-9)
    if share < _LEAST_COMPANY:
        return []
    expected = float((here[met] * others_failed[met] / others[met]).sum() / share)
    return [Test(max(expected, 1e-9), Ordinary(TOGETHER, PRIOR_DOF), 1 / (others_failed.sum() + 0.5))]


def is_new(now: Counts, parts: Sequence[Counts], rest: Counts) -> bool:
    """Tell whether more fails than in the time before, and more of the same at any time, too.

    `parts` are the same at any time, then what meets some of the conditions: a slice picked from what was bad is not new.
    """
    tests = [before(now._replace(failed_before=part[2], mails_before=part[3]), rest) for part in parts]
    return (
        surprising(now.failed, tests) <= _NEW
        and surprising(parts[0].failed, [before(parts[0], rest, TOGETHER)]) <= _RISEN
    )


def before(counts: Counts, rest: Counts, spread: float = VALUES) -> Test:
    """Compare with the same mail of the time before, had it changed as the rest did; what got better excuses nothing."""
    rate = (counts.failed_before + rest.failed_before + 0.5) / (counts.mails_before + rest.mails_before + 1)
    usual = counts.mails_before * rate
    # What little is known is filled up with what is usual, but nothing makes a bad time before look better.
    known = 1 / PLACES if counts.failed_before <= usual else 0.5
    was = rate * (counts.failed_before + known) / (usual + known)
    change = (rest.failed + 0.5) / (rest.mails + 1) / ((rest.failed_before + 0.5) / (rest.mails_before + 1))
    return Test(counts.mails * was * max(change, 1.0), Ordinary(spread, PRIOR_DOF), 1 / (counts.failed_before + known))
