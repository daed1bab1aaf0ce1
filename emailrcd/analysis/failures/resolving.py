"""Asking the DNS whether domains take mail at all; only when the user says so, since the resolver learns the domains."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import dns.exception
import dns.resolver
import pandas as pd

from .dimensions import Mark, Mask

MOST_DOMAINS = 300
"""At most so many domains are asked about, those with most failures first."""

DEADLINE_SECONDS = 20.0
"""When this is over, no further domain is asked about."""

_TIMEOUT_SECONDS = 3.0
_AT_ONCE = 10

_ADVICE = "Take these recipients off the list until the domain takes mail again."
NO_DOMAIN = Mark("dns", "domains that do not exist, says the DNS", _ADVICE, "suppress")
NULL_MX = Mark("dns", "domains that declare that they take no mail (null MX)", _ADVICE, "suppress")
NO_SERVER = Mark("dns", "domains without a mail server (no MX and no address)", _ADVICE, "suppress")


def dns_marks(domains: pd.Series[Any], failed: Mask, resolver: dns.resolver.Resolver | None = None) -> dict[Mark, Mask]:
    """Return which mails go to domains that take none; a domain about which no answer comes is not accused.

    Parameters
    ----------
    domains : Series
        The recipient domain of each mail; only those of failed mail are asked about.
    failed : array of bool
        Whether it failed.
    resolver : dns.resolver.Resolver, optional
        Whom to ask; otherwise what this machine is configured with.
    """
    worst = domains[failed].value_counts().index[:MOST_DOMAINS].astype(str).tolist()
    ask = partial(_before, time.monotonic() + DEADLINE_SECONDS, resolver or dns.resolver.Resolver())
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        answers = dict(zip(worst, pool.map(ask, worst), strict=True))
    return {
        mark: domains.isin([name for name, answer in answers.items() if answer is mark]).to_numpy(bool)
        for mark in (NO_DOMAIN, NULL_MX, NO_SERVER)
    }


def _before(deadline: float, resolver: dns.resolver.Resolver, domain: str) -> Mark | None:
    return _trouble(resolver, domain) if time.monotonic() < deadline else None


def _trouble(resolver: dns.resolver.Resolver, domain: str) -> Mark | None:
    """Return why a domain takes no mail; None if it does, or if nobody knows."""
    try:
        answer = resolver.resolve(f"{domain}.", "MX", lifetime=_TIMEOUT_SECONDS)
    except dns.resolver.NXDOMAIN:
        return NO_DOMAIN
    except dns.resolver.NoAnswer:
        kinds = ("A", "AAAA")
        return NO_SERVER if all(_is_missing(resolver, domain, kind) for kind in kinds) else None
    except (dns.exception.DNSException, UnicodeError):
        return None
    return NULL_MX if all(str(record.exchange) == "." for record in answer) else None


def _is_missing(resolver: dns.resolver.Resolver, domain: str, kind: str) -> bool:
    try:
        resolver.resolve(f"{domain}.", kind, lifetime=_TIMEOUT_SECONDS)
    except (dns.resolver.NoAnswer, dns.resolver.NXDOMAIN):
        return True
    except dns.exception.DNSException:
        return False
    return False
