"""Looks at recipient domains and at mailbox providers."""

from __future__ import annotations

from functools import partial

import numpy as np

from ...records.providers import OTHER, UNKNOWN
from .looks import Look, chances, log_variance, rate_elsewhere
from .mails import Codes, Group, Mails, Remedy
from .spread import ordinary, sums, usual_rate

_DEAD_RATE = 0.95


def place_looks(mails: Mails, least: float) -> list[Look]:
    """Compare each domain and each provider that can explain at least `least` failures with all mail to other places."""
    # What is `other` has no common cause; it is looked at by domain.
    small = np.asarray(mails.provider.labels.isin([OTHER, UNKNOWN]))
    named = Group(np.where(small[mails.provider.codes], -1, mails.provider.codes), mails.provider.labels)
    return [*_looks(mails, "domain", mails.domain, least), *_looks(mails, "provider", named, least)]


def _looks(mails: Mails, kind: str, group: Group, least: float) -> list[Look]:
    n, y = group.count(), group.count(mails.failed)
    chosen = np.flatnonzero(n >= least)
    n, y, home = n[chosen], y[chosen], _homes(group, mails.place.codes)[chosen]
    place_n, place_y = mails.place.count(), mails.place.count(mails.failed)
    summed = sums(place_y, place_n * usual_rate(place_y, place_n))
    usual = ordinary(summed.sum(axis=1, keepdims=True) - summed[:, home])
    base_n, base_y = place_n.sum() - place_n[home], place_y.sum() - place_y[home]
    expected = n * rate_elsewhere(base_y, base_n)
    p = chances(y, expected, usual, 1 / (base_y + 0.5))
    variance = log_variance(y, n, base_y, base_n)
    looks = []
    for position, code in enumerate(chosen.tolist()):
        about, advice, remedy = _words(kind, str(group.labels[code]), y[position] >= _DEAD_RATE * n[position])
        looks.append(
            Look(
                kind=kind,
                about=about,
                mails=int(n[position]),
                failed=int(y[position]),
                expected=float(expected[position]),
                log_variance=float(variance[position]),
                p=float(p[position]),
                members=partial(np.equal, group.codes, code),
                advice=advice,
                remedy=remedy,
            )
        )
    return looks


def _homes(group: Group, places: Codes) -> Codes:
    """Return the place that each label of `group` belongs to."""
    homes = np.zeros(len(group.labels), np.intp)
    known = group.codes >= 0
    homes[group.codes[known]] = places[known]
    return homes


def _words(kind: str, name: str, dead: bool) -> tuple[str, str, Remedy]:
    if kind == "domain" and dead:
        return (
            f"nothing arrives at {name}: a dead domain?",
            f"Write no more to {name} until it has an MX again.",
            "suppress",
        )
    if dead:
        return f"nothing arrives at {name}", f"{name} refuses all: check sender reputation and block lists.", "retry"
    return (
        f"{name} refuses a share of its mail",
        f"Check sender reputation, authentication and rate towards {name}.",
        "retry",
    )
