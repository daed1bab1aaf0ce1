"""Which hypothesis is the strongest: take it, remove its mails, fit the baseline again, and go on."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from ..statistics import adjusted
from .addresses import MALFORMED, MISTYPED
from .bursts import burst_looks
from .classes import class_looks
from .columns import column_looks
from .findings import Finding, finding
from .looks import LEAST_EXCESS, MINOR_SHARE, Look
from .mails import Mails, Mask
from .places import place_looks

_MOST_FINDINGS = 15
_NESTED = 0.8
_COMPARABLE = 0.2
_NARROW = 0.5
_SAME = 0.9
_NOTABLE = 0.05
_ALIASED = 0.8


class _Judged(NamedTuple):
    """A look and its q among all looks of one round."""

    look: Look
    q: float


def ranked(mails: Mails) -> tuple[list[Finding], Mails]:
    """Return what was found, strongest first, and the mails that are left; no mail is in two findings."""
    failures = int(mails.failed.sum())
    found: list[Finding] = []
    rest = mails
    while len(found) < _MOST_FINDINGS and rest.failed.any():
        judged = _judged(rest, failures)
        likely = [each for each in judged if each.look.is_likely(each.q, failures)]
        passing = likely or [each for each in judged if each.look.is_minor(each.q, failures)]
        if not passing:
            break
        look, q = _strongest(passing, rest, failures)
        members = look.members()
        others = [each.look for each in judged if each.look is not look and each.look.p <= _NOTABLE]
        same = [other for other in others if _alike(members, other.members())]
        found.append(finding(look, q, bool(likely), same, rest.rows[members & rest.failed]))
        rest = rest.take(~members)
    # What an address itself tells needs no numbers, however few such addresses there are.
    for mark in (MALFORMED, MISTYPED):
        for look in class_looks(replace(rest, remark=None, marks={mark: rest.marks[mark]}), 1):
            if look.excess > 0:
                members = look.members()
                found.append(finding(look, None, False, [], rest.rows[members & rest.failed]))
                rest = rest.take(~members)
    return sorted(found, key=lambda each: each.order), rest


def _judged(mails: Mails, failures: int) -> list[_Judged]:
    """Take all looks that can matter, as one family."""
    least = max(MINOR_SHARE * failures, LEAST_EXCESS)
    looks = [
        *class_looks(mails, least),
        *place_looks(mails, least),
        *burst_looks(mails, least),
        *column_looks(mails, least),
    ]
    return [_Judged(look, q) for look, q in zip(looks, adjusted([look.p for look in looks]).tolist(), strict=True)]


def _strongest(passing: list[_Judged], mails: Mails, failures: int) -> _Judged:
    """Return the look with most excess, or one within it that says the same more sharply.

    The narrow one is taken if it describes the mails better, or – if it is of another kind – the wide one falls without it. A
    campaign that was sent where and when nothing else was is taken only if no look at place or time says nearly as much.
    """
    widest = max(passing, key=lambda each: each.look.excess)
    within = _within(widest, passing, mails)
    best = max(within, key=_weight)
    narrower = [
        each
        for each in _within(best, within, mails)
        if each.look.kind != best.look.kind and each.look.mails <= _NARROW * best.look.mails
    ]
    if narrower:
        narrow = max(narrower, key=_weight)
        if not _stands_without(best.look.members(), narrow.look.members(), mails, failures):
            best = narrow
    members = best.look.members()
    # Of several names for the same mails the first: what an address tells, then its domain, then its provider.
    return next(
        each for each in within if each.look.aliased == best.look.aliased and _alike(members, each.look.members())
    )


def _weight(judged: _Judged) -> float:
    return judged.look.gain * (_ALIASED if judged.look.aliased else 1)


def _stands_without(wide: Mask, narrow: Mask, mails: Mails, failures: int) -> bool:
    """Tell whether the wide hypothesis is still found among the mails that the narrow one leaves."""
    rest = mails.take(~narrow)
    remaining = wide[~narrow]
    return any(look.is_minor(q, failures) and _alike(remaining, look.members()) for look, q in _judged(rest, failures))


def _within(wide: _Judged, passing: list[_Judged], mails: Mails) -> list[_Judged]:
    """Return those that explain a good part of what the wide one explains, and little else."""
    covered = wide.look.members()
    return [
        each
        for each in passing
        if each.look.excess >= _COMPARABLE * wide.look.excess
        and (each.look.members() & mails.failed & covered).sum() >= _NESTED * each.look.failed
    ]


def _alike(one: Mask, other: Mask) -> bool:
    return bool((one & other).sum() >= _SAME * (one | other).sum())
