"""How surprising a possible cause is: beside its kind or its parts, at the same places, beside the time before."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from ..statistics import surprise
from .dimensions import Codes, Dimension, Mask, Term, Terms, timeless_parts, without_time
from .search import Candidate, Counts, Space
from .spread import PLACES, PRIOR_DOF, TOGETHER, VALUES, Ordinary, fair, ordinary, usual_rate

CERTAIN = 0.01
"""What is called certain is chance with this probability at most."""

_MOST_GROUPS = 40


class Expectation(NamedTuple):
    """What is expected, the ordinary spread around it, and the relative variance of the expectation itself."""

    expected: float
    usual: Ordinary
    baseline: float


def chance(space: Space, candidate: Candidate) -> float:
    """Return the probability of so many failures where only ordinary spread is at work: the largest of all comparisons."""
    if not is_new(space, candidate):
        return 1.0
    terms, mails = candidate.terms, candidate.counts.mails
    inside = space.inside(terms, space.rows)
    expectations = (
        _beside_its_kind(space, terms[0], inside, mails)
        if len(terms) == 1
        else _beside_its_parts(space, terms, inside, mails)
    )
    kinds = {space.of(term).kind for term in terms}
    if "column" in kinds <= {"column", "time"}:
        expectations += _at_the_same_places(space, terms, inside, mails)
    return surprising(candidate.counts.failed, expectations)


def surprising(failed: float, expectations: list[Expectation]) -> float:
    """Return the largest probability of so many failures in all comparisons; 1 where one expects as many."""
    if any(failed <= expected for expected, _, _ in expectations):
        return 1.0
    return max(surprise(failed, expected, *usual, baseline) for expected, usual, baseline in expectations)


def fails_more(part: Counts, rest: Counts) -> bool:
    """Tell whether some mail fails more than other mail, beyond what values of a column differ by."""
    expected = part.mails * (rest.failed + 0.5) / (rest.mails + 1)
    return (
        surprising(part.failed, [Expectation(expected, Ordinary(VALUES, PRIOR_DOF), 1 / (rest.failed + 0.5))])
        <= CERTAIN
    )


def _beside_its_kind(space: Space, term: Term, inside: Mask, mails: float) -> list[Expectation]:
    """Compare a value with the others of its column, a place with the other places, a stretch of time with others as long."""
    dimension = space.of(term)
    length = term.high - term.low
    least = max(dimension.day // 8, 1)  # three hours
    # What is true of long stretches shows in shorter ones, and there are more of them; their steps tell a drift from spread.
    drifts = dimension.name == "time" and length >= 8 * least
    if drifts or (dimension.ordered and dimension.kind == "column"):
        length = least
    compared = dimension if dimension.kind in ("column", "time") else space.dimensions[0]
    groups = _groups(space, compared, term.low, length)
    others = ~inside & (groups >= 0)
    if not others.any():
        others, groups = ~inside, np.zeros_like(groups)
    failed, counted = _counted(space, groups, others)
    failed, counted = failed[counted > 0], counted[counted > 0]
    rate = usual_rate(failed, counted)
    usual = ordinary(failed, counted * rate, TOGETHER if drifts else _prior(dimension), below=not drifts, steps=drifts)
    return [Expectation(mails * rate, usual, 1 / (failed.sum() + 0.5))]


def _groups(space: Space, dimension: Dimension, low: int, length: int) -> Codes:
    """Return the number of the stretch, as long as one that begins at `low`, of each mail; −1 where it has no value."""
    codes = dimension.codes[space.rows]
    return np.where(codes < 0, -1, (codes - low) // length + -(-low // length))


def _counted(space: Space, groups: Any, where: Mask, size: int = 0) -> tuple[Any, Any]:
    weights = space.weights[space.rows][where]
    failed = weights * space.mails.failed[space.rows][where]
    size = max(size, int(groups.max(initial=-1)) + 1)
    return np.bincount(groups[where], failed, minlength=size), np.bincount(groups[where], weights, minlength=size)


def _prior(dimension: Dimension) -> float:
    return VALUES if dimension.kind == "column" else PLACES


def _beside_its_parts(space: Space, terms: Terms, inside: Mask, mails: float) -> list[Expectation]:
    """Compare what meets all conditions with what meets all but one: with the rest of the campaign, of the provider."""
    failed, counted = _contingency_table(space, terms, inside)
    filled = counted > 0
    rate = usual_rate(failed[filled], counted[filled])
    expected = counted * failed.sum() / max(counted.sum(), 1e-9)
    for axis in range(len(terms)):
        across = tuple(other for other in range(len(terms)) if other != axis)
        there, met = failed.sum(axis=across, keepdims=True), expected.sum(axis=across, keepdims=True)
        expected = expected * (there + 0.5) / (met + 0.5)
    fitted = 1 + sum(size - 1 for size in failed.shape)
    usual = ordinary(failed[filled], expected[filled], TOGETHER, fitted=fitted)
    weights = space.weights[space.rows] * ~inside
    failures = weights * space.mails.failed[space.rows]
    expectations = [Expectation(mails * rate, usual, 1 / (failures.sum() + 0.5))]
    for term in terms:
        part = tuple(other for other in terms if other != term)
        mask = space.inside(part, space.rows)
        # What little is known of a part is filled up with what is usual.
        known = 1 / (TOGETHER if len(part) > 1 else _prior(space.of(part[0])))
        there, met = float(failures[mask].sum()), float(weights[mask].sum())
        if not met:
            return [Expectation(np.inf, usual, 0.0)]
        expectations.append(
            Expectation(mails * rate * (there + known) / (met * rate + known), usual, 1 / (there + known))
        )
    return expectations


def _contingency_table(space: Space, terms: Terms, inside: Mask) -> tuple[Any, Any]:
    """Count the other mail by all that the conditions are about: the group of each condition, and the largest others."""
    cell = np.zeros(len(space.rows), np.intp)
    known = ~inside
    sizes = []
    for term in terms:
        groups = _groups(space, space.of(term), term.low, term.high - term.low)
        counts = np.bincount(groups + 1).astype(float)[1:]
        counts[-(-term.low // (term.high - term.low))] = np.inf
        largest = np.argsort(-counts, kind="stable")[:_MOST_GROUPS]
        renumbered = np.full(len(counts) + 1, -1)
        renumbered[largest] = np.arange(len(largest))
        groups = renumbered[groups]
        known &= groups >= 0
        cell = cell * len(largest) + groups
        sizes.append(len(largest))
    failed, mails = _counted(space, cell, known, math.prod(sizes))
    return failed.reshape(sizes), mails.reshape(sizes)


def _places(space: Space, inside: Mask, others: Mask) -> tuple[Any, Any, Any, Any]:
    """Return failures and mails by domain and day: of the mail inside, and of other mail."""
    place = np.minimum(space.dimensions[0].codes[space.rows], _MOST_GROUPS).astype(np.intp) + 1
    for dimension in space.dimensions:
        if dimension.name == "time":
            place += (_MOST_GROUPS + 2) * (dimension.codes[space.rows] // dimension.day + 1)
    size = int(place.max(initial=0)) + 1
    return *_counted(space, place, inside, size), *_counted(space, place, others, size)


def met_others(space: Space, terms: Terms) -> bool:
    """Tell whether most of the mail was sent where and when other mail was sent, too."""
    inside = space.inside(terms, space.rows)
    _, mails, _, others = _places(space, inside, ~inside)
    return bool(2 * mails[others > 0].sum() >= mails.sum())


def _at_the_same_places(space: Space, terms: Terms, inside: Mask, mails: float) -> list[Expectation]:
    """Compare values of columns with ordinary ones at the same domains on the same days, if most of it met such."""
    ordinary_mail = ~inside
    for term in terms:
        if space.of(term).kind == "column":
            groups = _groups(space, space.of(term), term.low, term.high - term.low) + 1
            failed, counted = _counted(space, groups, ~inside)
            ordinary_mail &= fair(failed, counted, usual_rate(failed[counted > 0], counted[counted > 0]))[groups]
    _, here, others_failed, others = _places(space, inside, ordinary_mail)
    met = others > 0
    if 2 * here[met].sum() < mails:
        return []
    expected = float((here[met] * others_failed[met] / others[met]).sum() * mails / here[met].sum())
    return [Expectation(max(expected, 1e-9), Ordinary(TOGETHER, PRIOR_DOF), 1 / (others_failed.sum() + 0.5))]


def is_new(space: Space, candidate: Candidate) -> bool:
    """Tell whether more fails than in the time before of the same mail, and of all that meets some of its conditions.

    A slice picked from what was bad is not new; a stretch of time is compared with the worst one as long.
    """
    return not space.with_before or beside_before(space, candidate) <= CERTAIN


def beside_before(space: Space, candidate: Candidate) -> float:
    """Return the probability of so many failures if no more failed than in the time before."""
    terms = candidate.terms
    parts = [space.whole(part) for part in timeless_parts(space.dimensions, terms)]
    change = _change(space, terms, space.total.without(parts[0]))
    stretch = next((term for term in terms if space.of(term).name == "time"), None)
    if stretch is not None:
        parts[0] = _worst_stretch(space, without_time(space.dimensions, terms), stretch, parts[0])
    return surprising(
        candidate.counts.failed, [_before(space, candidate.counts.mails * change, part) for part in parts]
    )


def _change(space: Space, terms: Terms, rest: Counts) -> float:
    """Return how much more of the other mail fails than in the time before, at least 1.

    It is the usual rise of the other values: two that became bad are all there is of the rise of the rest.
    """
    rises = [rest.failed / _was(rest, rest)] if rest.mails else []
    for term in terms:
        dimension = space.of(term)
        if not dimension.ordered:
            values = []
            for rows in space.parts:
                others = rows[~space.inside(without_time(space.dimensions, terms), rows)]
                codes = dimension.codes[others] + 1
                values.append(np.bincount(codes, space.weights[others], minlength=dimension.size + 1)[1:])
            there = Counts(*(column[values[1] > 0] for column in values))
            if len(there.failed):
                rises.append(usual_rate(there.failed, _was(there, rest)))
    return max(1.0, min(rises, default=1.0))


def _was(counts: Counts, all_mail: Counts) -> Any:
    """Return how many would have failed in the time before; what little is known is filled up with what is usual."""
    usual = (all_mail.failed_before + 0.5) / (all_mail.mails_before + 1)
    return counts.mails * usual * (counts.failed_before + 1 / PLACES) / (counts.mails_before * usual + 1 / PLACES)


def _worst_stretch(space: Space, terms: Terms, stretch: Term, whole: Counts) -> Counts:
    """Return the worst stretch of the time before that is as long; all of it where its times are not known."""
    dimension, length = space.of(stretch), stretch.high - stretch.low
    rows = space.meeting(terms)[-1]
    weights = space.weights[rows]
    periods = np.maximum(dimension.codes[rows] - dimension.size, -1) + 1
    sums = [np.cumsum(np.bincount(periods, each)) for each in (weights * space.mails.failed[rows], weights)]
    failed, mails = (column[length:] - column[:-length] for column in sums)
    if len(mails) < 2:
        return whole
    usual = mails * whole.failed_before / max(whole.mails_before, 1e-9)
    worst = np.argmax((failed - usual) / np.sqrt(usual + 1))
    return whole._replace(failed_before=float(failed[worst]), mails_before=float(mails[worst]))


def _before(space: Space, mails: float, part: Counts) -> Expectation:
    """Compare with mail of the time before, had it changed as ordinary mail did."""
    rate = (space.total.failed_before + 0.5) / (space.total.mails_before + 1)
    usual = part.mails_before * rate
    # What little is known is filled up with what is usual, but nothing makes a bad time before look better.
    known = 1 / PLACES if part.failed_before <= usual else 0.5
    was = rate * (part.failed_before + known) / (usual + known)
    return Expectation(mails * was, Ordinary(VALUES, PRIOR_DOF), 1 / (part.failed_before + known))
