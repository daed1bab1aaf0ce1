"""The headline of a report: the result in one sentence."""

from __future__ import annotations

from typing import Any

import pandas as pd

from ..analysis.comparison import Comparison
from ..wording import counted, percent


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
