"""A cause, and how sure it is: judged beside the mail that no cause speaks of, and beside the time before."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import numpy as np

from ..statistics import Z_95
from .dimensions import Mask, Terms, timeless_parts, without_time
from .evidence import chance, is_new
from .mails import Mails
from .search import Candidate, Counts, Space

LIKELY_Q = 0.01
LIKELY_RATIO = 2.0
LIKELY_SHARE = 0.05
"""What it takes to call a cause likely: q, the lower bound of the rate ratio, the share of all failures in excess."""

MINOR_Q = 0.05
MINOR_SHARE = 0.02
"""What it takes to be told at all."""

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


def explained(mails: Mails, cause: Cause) -> Mask:
    """Return the mail that a cause explains; a period says nothing of the time before."""
    mask = mails.meeting(cause.terms, cause.windows)
    timed = without_time(mails.dimensions, cause.terms) != cause.terms
    return mask & ~mails.earlier if timed else mask


def without_the_others(sample: Mails, causes: list[Cause], least: float) -> list[Cause]:
    """Judge each cause again as if the mail of all others had not been sent: two bad values hide each other."""
    again = []
    for cause in causes:
        others = [explained(sample, other) for other in causes if other is not cause]
        aside = np.logical_or.reduce([*others, np.zeros(len(sample.rows), bool)])
        space = Space(sample, np.where(aside, 0, sample.weights), least)
        counts = space.whole(cause.terms)
        q = chance(space, Candidate(cause.terms, counts, 0.0)) * cause.tries
        again.append(replace(cause, q=min(q, cause.q or 0.0)))
    return again


def judged(mails: Mails, causes: list[Cause]) -> list[Cause]:
    """Judge each cause beside all mail that no cause speaks of, the largest first; those that do not last are given back."""
    lasting = [cause for cause in _beside_the_rest(mails, causes) if cause.confidence != "unexplained"]
    lasting.sort(key=lambda cause: -_excess(mails, cause))
    settled = [cause.terms for cause in lasting] == [cause.terms for cause in causes]
    return lasting if settled else judged(mails, lasting)


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
    elif mails.earlier.any() and not _risen(mails, cause, free):
        confidence = "consistent with"
    elif not certain or low < LIKELY_RATIO or excess < LIKELY_SHARE * failures:
        confidence = "minor"
    elif cause.tied:
        confidence = "cannot be told apart"
    else:
        confidence = "stated" if mark is not None and mark.stated else "likely"
    return replace(cause, confidence=confidence, rate_elsewhere=elsewhere, ratio_low=low)


def _risen(mails: Mails, cause: Cause, free: Mask) -> bool:
    """Tell whether both its mails and the same mail at any time fail more than in the time before."""
    now, earlier = ~mails.earlier, mails.earlier
    masks = [mails.meeting(part) for part in timeless_parts(mails.dimensions, cause.terms)]
    parts = [_counts(mails, mask & now, mask & earlier) for mask in masks]
    rest = _counts(mails, free & ~masks[0], earlier & ~masks[0])
    return is_new(_counts(mails, cause.members, earlier & masks[0]), parts, rest)


def _counts(mails: Mails, now: Mask, earlier: Mask) -> Counts:
    parts = (now & mails.failed, now, earlier & mails.failed, earlier)
    return Counts._make(float(mails.weights[part].sum()) for part in parts)


def other_descriptions(mails: Mails, causes: list[Cause], possible: list[Candidate]) -> list[Cause]:
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


def told_by_addresses(mails: Mails, terms: Terms, causes: list[Cause]) -> list[Cause]:
    """Return the cause that these mails are, with those that no other one took, if more of them fail than elsewhere."""
    free = ~mails.earlier
    for cause in causes:
        free &= ~cause.members
    members = mails.meeting(terms) & free
    free &= ~members
    elsewhere = float(((free & mails.failed).sum() + 0.5) / (free.sum() + 1))
    excess = int((members & mails.failed).sum()) - round(float(members.sum()) * elsewhere)
    return [Cause(terms, None, members=members, rate_elsewhere=elsewhere)] if excess > 0 else []
