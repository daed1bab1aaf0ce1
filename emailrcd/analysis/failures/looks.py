"""A look: one place where a cause could be, and how far its failures go beyond what is ordinary."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..statistics import Z_95, Floats, surprise
from .mails import Mask, Remedy
from .spread import Ordinary

LIKELY_Q = 0.01
LIKELY_RATIO = 2.0
LIKELY_SHARE = 0.05
"""What it takes to call a cause likely: q, the lower bound of the rate ratio, the share of all failures in excess."""

MINOR_SHARE = 0.02
"""Looks that cannot explain that share of the failures are not taken."""

LEAST_EXCESS = 3

Window = tuple[pd.Timestamp, pd.Timestamp]


@dataclass(frozen=True, eq=False)
class Look:
    """One look at the mail.

    Attributes
    ----------
    kind : str
        What is looked at: ``address``, ``domain``, ``provider``, ``time``, ``column``, ``remark``, ``history``, ``dns``.
    about : str
        The hypothesis in words.
    mails, failed : int
        How many mails are concerned, and how many of them failed.
    expected : float
        How many would have failed as elsewhere.
    log_variance : float
        Variance of the logarithm of failed ÷ expected.
    p : float
        Probability of so many failures where only ordinary spread is at work.
    members : callable
        Returns which mails are concerned.
    advice : str
        What to do next.
    remedy : {"retry", "correct", "suppress", ""}
        The working list its failed mail belongs on.
    stated : bool
        The platform or the DNS says so: no inference.
    aliased : bool
        A column's value that is hardly ever met at the same domain as others, not even on the same day.
    alone : bool
        A column's value that is hardly ever met at the same domain and in the same period as others.
    windows : tuple of (Timestamp, Timestamp)
        Beginning and end of each burst, in the zone of the investigation; none where time is not what is looked at.
    """

    kind: str
    about: str
    mails: int
    failed: int
    expected: float
    log_variance: float
    p: float
    members: Callable[[], Mask]
    advice: str
    remedy: Remedy = ""
    stated: bool = False
    aliased: bool = False
    alone: bool = False
    windows: tuple[Window, ...] = ()

    @property
    def excess(self) -> int:
        """Failures beyond expectation."""
        return self.failed - round(self.expected)

    @property
    def ratio(self) -> float:
        """Failure rate here ÷ elsewhere."""
        return self.failed / self.expected

    @property
    def ratio_low(self) -> float:
        """Lower end of the 95 % interval of `ratio`."""
        return self.ratio * math.exp(-Z_95 * math.sqrt(self.log_variance)) if self.failed else 0.0

    @property
    def gain(self) -> float:
        """How much better the mails are described with this cause than without it: the logarithm of a likelihood ratio."""
        return self.failed * math.log(max(self.ratio, 1)) - (self.failed - self.expected)

    def is_likely(self, q: float, failures: int) -> bool:
        """Tell whether it meets all that it takes, `failures` being those of the whole frame."""
        return (
            q <= LIKELY_Q
            and self.ratio_low >= LIKELY_RATIO
            and self.excess >= max(LIKELY_SHARE * failures, LEAST_EXCESS)
        )

    def is_minor(self, q: float, failures: int) -> bool:
        """Tell whether it is as certain as a likely one, though not as large."""
        return q <= LIKELY_Q and self.ratio_low > 1 and self.excess >= max(MINOR_SHARE * failures, LEAST_EXCESS)


def chances(failed: Floats, expected: Floats, ordinary: Ordinary, baseline: Floats) -> Floats:
    """Return the p-values of groups; 1 where the rate is less than a quarter above expectation, which nobody would act on."""
    p = np.ones(len(failed))
    worth = failed > 1.25 * expected
    p[worth] = surprise(
        failed[worth],
        expected[worth],
        np.broadcast_to(ordinary.variance, failed.shape)[worth],
        np.broadcast_to(ordinary.dof, failed.shape)[worth],
        np.broadcast_to(baseline, failed.shape)[worth],
    )
    return p


def log_variance(failed: Floats, mails: Floats, base_failed: Floats, base_mails: Floats) -> Floats:
    """Return the variance of the logarithm of a rate ratio (Katz)."""
    return np.maximum(
        1 / np.maximum(failed, 0.5)
        - 1 / np.maximum(mails, 1)
        + 1 / (base_failed + 0.5)
        - 1 / np.maximum(base_mails + 1, 1.0),
        0,
    )


def rate_elsewhere(base_failed: Floats, base_mails: Floats) -> Floats:
    """Return the failure rate of the mail elsewhere, never zero: half a failure is added."""
    return (base_failed + 0.5) / (base_mails + 1)
