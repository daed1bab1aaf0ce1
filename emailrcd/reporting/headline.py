"""The headline of a report: the result in one sentence."""

from __future__ import annotations

from typing import Any

import pandas as pd

from ..analysis.comparison import Comparison
from ..wording import counted, percent


def headline(total: pd.Series[Any], findings: pd.DataFrame, comparison: Comparison | None) -> str:
    """Say the result in one sentence: measures of all ids, what explains most failures, and what has changed."""
    if not total["ids"]:
        return "There are no mails to report on."
    if not total["settled"]:
        others = {"open": "open", "unanswered": "without an answer", "invalid": "refused by the API"}
        why = ", ".join(f"{total[name]:,.0f} {words}" for name, words in others.items() if total[name])
        return f"None of {counted(int(total['ids']), 'mail')} is settled yet: {why}."
    parts = [_delivered(total)]
    if comparison is not None:
        parts[0] += f", {_change(comparison.overall.iloc[0])}"
    if total["failed"]:
        parts.append(_failures(int(total["failed"]), findings.iloc[0]))
    if total["open"]:
        parts.append(f"{total['open']:,.0f} still open")
    return f"{'; '.join(parts)}."


def _delivered(total: pd.Series[Any]) -> str:
    settled, failed = total["settled"], total["failed"]
    if settled == 1:
        return f"The only settled mail {'failed' if failed else 'was delivered'}"
    if not failed:
        return f"All {counted(int(settled), 'settled mail')} were delivered"
    return f"{percent(total['delivery_rate'])} of {counted(int(settled), 'settled mail')} were delivered"


def _failures(failed: int, first: pd.Series[Any]) -> str:
    if first["kind"] == "rest":
        return f"{failed:,} failed, and no part of the mail stands out"
    return f"{'the only failure' if failed == 1 else f'{percent(first.share, 0)} of the {failed:,} failures'}: {first['what']}"


def _change(overall: pd.Series[Any]) -> str:
    """Say what became of the delivery rate; a change that may be chance is not told as one."""
    if overall["change_low"] <= 0 <= overall["change_high"]:
        return "no clear change from the earlier run"
    change = -overall["change"]
    return f"{abs(change) * 100:.1f} points {'more' if change > 0 else 'less'} than in the earlier run"
