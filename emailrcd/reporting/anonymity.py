"""Which domains and initials may be shown: those that at least five people share, and that leave no smaller rest."""

from __future__ import annotations

from collections import Counter
from typing import Any, NamedTuple

import pandas as pd
import pyarrow as pa

from ..records.derived import mailboxes
from ..records.providers import provider_of

FEW = 5
"""People that whatever is shown of an address must stand for."""


class Shown(NamedTuple):
    """Domains that may be named, and the initials that may be shown at them: pairs of domain and initial."""

    domains: frozenset[str]
    initials: frozenset[tuple[str, str]]


def shown_of(addresses: pd.Series[Any]) -> Shown:
    """Return what may be shown of these addresses.

    People are counted, not mails: spellings of an address, and its plus tags, are one person. What is hidden stands for at
    least five people, too: together, at each provider, and at each domain. Otherwise it could be had by subtracting what is
    shown – the domains from their provider, the initials from their domain –, so that the smallest of what is shown is hidden
    with it.
    """
    counts: Counter[tuple[str, str]] = Counter()
    for person in set(mailboxes(pa.array(addresses.dropna().unique(), pa.large_string())).to_pylist()):
        local, _, domain = person.rpartition("@")
        counts[domain, initial_of(local)] += 1
    people = pd.DataFrame(
        [(domain, provider_of(domain), initial, count) for (domain, initial), count in sorted(counts.items())],
        columns=["domain", "provider", "initial", "people"],
    )
    by_provider = people.groupby(["provider", "domain"])["people"].sum()
    shared = [domain for _, group in by_provider.groupby("provider") for domain in _shared(group.droplevel("provider"))]
    named = _without_rest(by_provider.droplevel("provider"), shared)
    initials = people[people["domain"].isin(named)].set_index("initial").groupby("domain")["people"]
    return Shown(
        frozenset(named), frozenset((str(domain), initial) for domain, group in initials for initial in _shared(group))
    )


def initial_of(local: str) -> str:
    """Return the first sign of a local part."""
    return local.lstrip('"').lower()[:1]


def _shared(people: pd.Series[Any]) -> list[str]:
    """Return the names that enough people share, but for the smallest where the rest would be too few people."""
    return _without_rest(people, list(people.index[people >= FEW]))


def _without_rest(people: pd.Series[Any], shown: list[str]) -> list[str]:
    rest = int(people.sum() - people[shown].sum())
    if 0 < rest < FEW and shown:
        smallest = people[shown].idxmin()
        return [name for name in shown if name != smallest]
    return shown
