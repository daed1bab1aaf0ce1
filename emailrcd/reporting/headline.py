"""What a report says in words: the headline, and what the records do not tell."""

from __future__ import annotations

from typing import Any

import pandas as pd

from ..analysis import tables
from ..analysis.comparison import Comparison
from ..analysis.time_axis import clock, instants
from ..errors import EmailrcdError
from ..records.frame import SETTLED
from ..records.providers import UNKNOWN
from ..wording import counted, percent
from .content import Missing

_REASONS = 5
_REASON_LENGTH = 160


def headline(total: pd.Series[Any], findings: pd.DataFrame, comparison: Comparison | None) -> str:
    """Say the result in one sentence.

    Parameters
    ----------
    total : Series
        The measures of all ids.
    findings : DataFrame
        The table of an investigation.
    comparison : Comparison or None
        With an earlier run.
    """
    ids = total["ids"]
    if not ids:
        return "There are no mails to report on."
    if not total["settled"]:
        told = {"open": "open", "unanswered": "without an answer", "invalid": "refused by the API"}
        why = ", ".join(f"{total[name]:,.0f} {said}" for name, said in told.items() if total[name])
        return f"None of {counted(int(ids), 'mail')} is settled yet: {why}."
    said = _delivered(total)
    if comparison is not None:
        said += f", {_against(comparison.overall.iloc[0])}"
    first = findings.iloc[0]
    if total["failed"] and first["kind"] != "rest":
        said += f"; {percent(first['share'], 0)} of the {total['failed']:,.0f} failures: {first['what']}"
    elif total["failed"]:
        said += f"; {total['failed']:,.0f} failed, with no pattern found"
    if total["open"]:
        said += f"; {total['open']:,.0f} still open"
    return f"{said}."


def missing(records: pd.DataFrame, at: str | None, tz: str) -> list[Missing]:
    """Return what these records do not tell: open, invalid and unanswered mail, and what did not fit together."""
    total = tables.summary(records).iloc[0]
    told = [
        Missing("Still being sent", int(total["sending"]), "The answer may change: ask again later."),
        Missing(
            "Not found",
            int(total["not_found"]),
            "Still queued, or not this application's mail; the answer may change while it is young.",
        ),
        *_reasons(records, "invalid", "Refused by the API"),
        *_reasons(records, "unanswered", "No answer"),
        Missing(
            "Failed, with no reason given",
            int(total["failed"]),
            "The API gives none; the investigation infers what it can.",
        ),
        Missing("No time of sending", _untimed(records, at, tz), "Not in the picture over time."),
        Missing(
            "Settled, but without an address",
            int((records["status"].isin(SETTLED) & (records["provider"] == UNKNOWN)).sum()),
            f"Counted as provider {UNKNOWN!r}.",
        ),
    ]
    notices = records.attrs.get("emailrcd", {}).get("notices", [])
    return [each for each in told if each.ids] + [Missing("Noticed while asking", None, str(said)) for said in notices]


def _reasons(records: pd.DataFrame, status: str, what: str) -> list[Missing]:
    mails = records[records["status"] == status].drop_duplicates("email_id")
    reasons = mails["error"].fillna("no reason recorded").value_counts()
    told = [Missing(what, int(count), str(reason)[:_REASON_LENGTH]) for reason, count in reasons.head(_REASONS).items()]
    rest = int(reasons.iloc[_REASONS:].sum())
    return [*told, Missing(what, rest, "For other reasons.")] if rest else told


def _untimed(records: pd.DataFrame, at: str | None, tz: str) -> int:
    try:
        name = clock(records, at)
    except EmailrcdError:
        return records["email_id"].nunique()
    times = instants(records[name], name, tz)
    return int(records.loc[pd.isna(times), "email_id"].nunique())


def _delivered(total: pd.Series[Any]) -> str:
    settled, failed = total["settled"], total["failed"]
    if settled == 1:
        return f"The only settled mail {'failed' if failed else 'was delivered'}"
    if not failed:
        return f"All {counted(int(settled), 'settled mail')} were delivered"
    return f"{percent(total['delivery_rate'])} of {counted(int(settled), 'settled mail')} were delivered"


def _against(overall: pd.Series[Any]) -> str:
    """Say what became of the delivery rate; a change that may be chance is none."""
    if overall["change_low"] <= 0 <= overall["change_high"]:
        return "no clear change from the earlier run"
    change = -overall["change"]
    return f"{abs(change) * 100:.1f} points {'more' if change > 0 else 'less'} than in the earlier run"
