"""A cause, and how sure it is: judged beside the mail that no cause speaks of, and beside the time before."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from ..statistics import Z_95
from .dimensions import Mask, Terms, without_time
from .evidence import CERTAIN, chance, is_new
from .mails import Mails
from .search import Candidate, Space
from .spread import EVENT

LIKELY_SHARE = 0.05
"""A likely cause has so much of all failures in excess; it is certain, and an `EVENT` even at the lower bound of its ratio."""

MINOR_Q = 0.05
MINOR_SHARE = 0.02
"""What it takes to be told at all."""

_STATED = ("remark", "dns")
"""Kinds of causes that somebody tells, and nobody infers."""

Confidence = Literal["likely", "stated", "cannot be told apart", "minor", "consistent with", "unexplained"]
"""The words of the column ``confidence``, strongest first; `Findings` says what they mean."""


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
    new : bool
        Whether it fails more than in the time before; true without any.
    confidence : str
        One of the words of `Findings`.
    members : array of bool
        Its mails, without those that earlier causes took.
    failed, mails : int
        How many of these failed, and how many there are.
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
    new: bool = True
    confidence: Confidence = "consistent with"
    members: Mask = field(default_factory=lambda: np.zeros(0, bool))
    failed: int = 0
    mails: int = 0
    rate_elsewhere: float = math.nan
    ratio_low: float = math.nan

    @property
    def rate(self) -> float:
        """The share of its mails that failed."""
        return self.failed / self.mails if self.mails else math.nan

    @property
    def excess(self) -> int:
        """Failures beyond what would have failed there anyway."""
        return self.failed - round(self.mails * self.rate_elsewhere)


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
        candidate = Candidate(cause.terms, space.whole(cause.terms))
        q = chance(space, candidate) * cause.tries
        again.append(replace(cause, q=min(q, cause.q or 0.0), new=is_new(space, candidate)))
    return again


def judged(mails: Mails, causes: list[Cause]) -> list[Cause]:
    """Judge each cause beside all mail that no cause speaks of, the largest first; those that do not last are given back."""
    free = ~mails.earlier
    taken = []
    for cause in causes:
        taken.append(mails.meeting(cause.terms, cause.windows) & free)
        free &= ~taken[-1]
    pairs = zip(causes, taken, strict=True)
    all_judged = [_confident(mails, _with_mails(mails, cause, members, free), free) for cause, members in pairs]
    lasting = [cause for cause in all_judged if cause.confidence != "unexplained"]
    lasting.sort(key=lambda cause: cause.mails * cause.rate_elsewhere - cause.failed)
    settled = [cause.terms for cause in lasting] == [cause.terms for cause in causes]
    return lasting if settled else judged(mails, lasting)


def beyond(mails: Mails, terms: Terms, causes: list[Cause]) -> Cause:
    """Return what these conditions say of the mail that no other cause took."""
    free = unclaimed(mails, causes)
    members = mails.meeting(terms) & free
    return _with_mails(mails, Cause(terms, None), members, free & ~members)


def unclaimed(mails: Mails, causes: list[Cause]) -> Mask:
    """Return which mails no cause took."""
    return np.asarray(~np.logical_or.reduce([mails.earlier, *(cause.members for cause in causes)]))


def _with_mails(mails: Mails, cause: Cause, members: Mask, rest: Mask) -> Cause:
    elsewhere = float(((rest & mails.failed).sum() + 0.5) / (rest.sum() + 1))
    failed = int((members & mails.failed).sum())
    return replace(cause, members=members, failed=failed, mails=int(members.sum()), rate_elsewhere=elsewhere)


def _confident(mails: Mails, cause: Cause, free: Mask) -> Cause:
    failed, rest = cause.members & mails.failed, free & mails.failed
    # Katz, on addresses
    here, there, base, others = (float(mails.weights[part].sum()) for part in (failed, cause.members, rest, free))
    variance = 1 / max(here, 0.5) - 1 / max(there, 1) + 1 / (base + 0.5) - 1 / (others + 1)
    low = cause.rate / cause.rate_elsewhere * math.exp(-Z_95 * math.sqrt(max(variance, 0.0)))
    failures = int((mails.failed & ~mails.earlier).sum())
    certain = cause.q is not None and cause.q <= CERTAIN
    confidence: Confidence
    if cause.excess < max(MINOR_SHARE * failures, 1) or not low > 1:
        confidence = "unexplained"
    elif not cause.new:
        confidence = "consistent with"
    elif not certain or low < EVENT or cause.excess < LIKELY_SHARE * failures:
        confidence = "minor"
    elif cause.tied:
        confidence = "cannot be told apart"
    else:
        confidence = "stated" if mails.dimensions[cause.terms[0].dimension].kind in _STATED else "likely"
    return replace(cause, confidence=confidence, ratio_low=low)
