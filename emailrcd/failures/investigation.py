"""`investigate`: take the strongest hypothesis, remove its mails, look again."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from ..statistics import adjusted
from .addresses import MALFORMED, MISTYPED, address_marks
from .bursts import burst_looks
from .classes import class_looks
from .columns import column_looks
from .findings import Finding, Findings, finding
from .looks import LEAST_EXCESS, MINOR_SHARE, Look
from .mails import Mails, Mask, settled_mails
from .offenders import repeat_offenders
from .places import place_looks
from .remarks import grouped_remarks

_MOST_FINDINGS = 15
_NESTED = 0.8
_COMPARABLE = 0.5
_SAME = 0.9
_NOTABLE = 0.05
_ALIASED = 0.8


def investigate(
    records: pd.DataFrame,
    *,
    at: str | None = None,
    tz: str = "Asia/Shanghai",
    history: pd.DataFrame | None = None,
    dns: bool = False,
) -> Findings:
    """Look for what explains the failed mail.

    Parameters
    ----------
    records : DataFrame
        A records frame. Your own columns (campaign, template, sender, …) are compared, too; a column ``remark`` (see `join`)
        is read.
    at : str, optional
        The column with the times of sending; see `timeline`. Without any, time is not looked at.
    tz : str
        The zone in which times are told, and in which those without a zone are read.
    history : DataFrame, optional
        Earlier records: whose mail failed again and again, and never arrived?
    dns : bool
        Ask the DNS whether the domains of failed mail take mail at all. This tells the resolver which domains you write to.

    Returns
    -------
    Findings
        The hypotheses, ranked by the failures they explain; the mails behind each; the working lists.

    Raises
    ------
    EmailrcdError
        It is no records frame, or `at` names no column with times.
    """
    mails = settled_mails(records, at, tz)
    marks = address_marks(mails.address)
    if history is not None:
        marks |= repeat_offenders(mails, history, records["email_id"])
    if dns:
        from .resolving import dns_marks

        marks |= dns_marks(mails)
    mails = replace(mails, marks=marks, remark=mails.remark and grouped_remarks(mails.remark))
    found, rest = _explained(mails)
    return Findings(records, mails, found, rest)


def _explained(mails: Mails) -> tuple[list[Finding], Mails]:
    """Take the strongest look, remove its mails, fit the baseline again, and so on; return the findings and what is left."""
    failures = int(mails.failed.sum())
    least = max(MINOR_SHARE * failures, LEAST_EXCESS)
    found: list[Finding] = []
    rest = mails
    while len(found) < _MOST_FINDINGS and rest.failed.any():
        looks = [
            *class_looks(rest, least),
            *place_looks(rest, least),
            *burst_looks(rest, least),
            *column_looks(rest, least),
        ]
        judged = list(zip(looks, adjusted([look.p for look in looks]).tolist(), strict=True))
        likely = [(look, q) for look, q in judged if look.is_likely(q, failures)]
        passing = likely or [(look, q) for look, q in judged if look.is_minor(q, failures)]
        if not passing:
            break
        look, q = _strongest(passing, rest)
        members = look.members()
        same = [
            other for other in looks if other is not look and other.p <= _NOTABLE and _alike(members, other.members())
        ]
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


def _strongest(passing: list[tuple[Look, float]], mails: Mails) -> tuple[Look, float]:
    """Return the look with most excess, or one within it that says the same more sharply.

    A campaign that was sent where and when nothing else was is taken only if no look at place or time says nearly as much.
    """
    widest = max(passing, key=lambda entry: entry[0].excess)
    covered = widest[0].members() & mails.failed
    sharp = [
        entry
        for entry in passing
        if entry[0].excess >= _COMPARABLE * widest[0].excess and _share_within(entry[0], covered, mails) >= _NESTED
    ]
    best = max(sharp, key=lambda entry: entry[0].gain * (_ALIASED if entry[0].aliased else 1))
    members = best[0].members()
    # Of several names for the same mails the first: what an address tells, then its domain, then its provider.
    return next(entry for entry in sharp if entry[0].aliased == best[0].aliased and _alike(members, entry[0].members()))


def _share_within(look: Look, covered: Mask, mails: Mails) -> float:
    failed = look.members() & mails.failed
    return float((failed & covered).sum() / failed.sum())


def _alike(one: Mask, other: Mask) -> bool:
    return bool((one & other).sum() >= _SAME * (one | other).sum())
