"""Content as texts and numbers between 0 and 1, the same for every form that is read: HTML, PDF, Markdown."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from ..analysis.overview import Overview, rate_of
from ..analysis.rows import COLUMN_NAMES, cells, change_in_words, change_rows, group_rows, hypothesis_rows, lowest
from ..charts.labels import clock_label, status_label
from ..wording import moment, percent
from .content import MOST_GROUPS, Breakdown, Content

Page = dict[str, Any]

_LABEL_LENGTH = 60
_IF_ANY = ("to_address", "received_at", "submitted_at_estimated", "error")


def page(content: Content) -> Page:
    """Return what a template needs; it can be written as JSON."""
    return {
        "title": content.title,
        "sandbox": content.overview.sandbox,
        "addresses_shown": content.addresses_shown,
        "headline": content.headline,
        "hint": content.overview.hint,
        "rate": _rate(content.overview.total),
        "ids": _count(content.overview.total["ids"]),
        "statuses": _statuses(content.overview),
        "breakdowns": [_breakdown(each) for each in content.breakdowns if len(each.table) or each.unnamed is not None],
        "time": _time(content),
        "investigation": [row._asdict() for row in hypothesis_rows(content.findings)],
        "unfailed": _unfailed(content.overview.total),
        "comparison": _comparison(content),
        "missing": [
            {"what": each.what, "count": "" if each.ids is None else _count(each.ids), "why": each.why}
            for each in content.overview.missing
        ],
        "mails": _mails(content),
        "provenance": list(content.provenance.items()),
    }


def _rate(total: pd.Series[Any]) -> Page:
    rate = rate_of(total)
    return {"known": False} if rate is None else {"known": True, **rate._asdict()}


def _statuses(overview: Overview) -> list[Page]:
    begin = 0.0
    rows = []
    for each in overview.statuses:
        rows.append(
            {
                **each._asdict(),
                "label": status_label(each.status),
                "count": _count(each.ids),
                "share": percent(each.share),
                "begin": begin,
                "width": each.share,
            }
        )
        begin += each.share
    return rows


def _breakdown(breakdown: Breakdown) -> Page:
    name = breakdown.name
    groups, labels = breakdown.folded(MOST_GROUPS, _LABEL_LENGTH)
    lowest = groups["delivery_rate_low"].min()
    start = 0.0 if pd.isna(lowest) else min(math.floor(lowest * 10) / 10, 0.9)
    return {
        "name": COLUMN_NAMES.get(name, name),
        "title": f"By {name}",
        "unnamed": breakdown.unnamed is not None,
        "start": percent(start, 0),
        "rows": [
            {**row._asdict(), "known": bool(group["settled"]), **_places(group, start)}
            for row, group in zip(group_rows(groups, labels), groups.to_dict("records"), strict=True)
        ],
    }


def _places(group: Mapping[Any, Any], start: float) -> dict[str, float]:
    """Return where the rate and the ends of its interval are on a scale that begins at `start`."""
    ends = {"low": "delivery_rate_low", "point": "delivery_rate", "high": "delivery_rate_high"}
    return {
        end: 0.0 if pd.isna(group[name]) else float((group[name] - start) / (1 - start)) for end, name in ends.items()
    }


def _time(content: Content) -> Page:
    if content.timeline is None:
        return {"problem": content.without_time}
    timed = content.timeline[content.timeline.index.notna()]
    if timed.empty:
        return {"problem": "No mail has a time."}
    clock = clock_label(str(content.timeline.index.name))
    said = f"{len(timed):,} period{'' if len(timed) == 1 else 's'} by the time of sending ({clock}), in {content.tz}."
    settled = timed[timed["settled"] > 0]
    if len(settled) > 1 and settled["failed"].any():
        worst: Any = lowest(settled)
        said += (
            f" The one whose interval ends lowest begins {moment(worst.name)}: "
            f"{percent(worst['delivery_rate'])} of {_count(worst['settled'])} settled were delivered."
        )
    untimed = int(content.timeline["ids"].sum() - timed["ids"].sum())
    if untimed:
        said += f" {untimed:,} ids have no time."
    return {
        "problem": "",
        "said": said,
        "alt": f"Mail by status and delivery rate over time. {said}",
    }


def _comparison(content: Content) -> Page | None:
    if content.comparison is None:
        return {"problem": content.without_comparison} if content.without_comparison else None
    compared = content.comparison
    more = len(compared.table) - MOST_GROUPS
    return {
        "problem": "",
        "said": change_in_words(compared),
        "newly_failing": content.newly_failing,
        "name": COLUMN_NAMES.get(str(compared.table.index.name), str(compared.table.index.name)),
        "more": _count(more) if more > 0 else "",
        "rows": [row._asdict() for row in change_rows(compared, MOST_GROUPS)],
    }


def _mails(content: Content) -> Page:
    mails = content.mails.drop(columns=["queried_at"])
    mails = mails.drop(columns=[name for name in _IF_ANY if name in mails and mails[name].isna().all()])
    if "to_address" in mails:
        mails = mails.drop(columns=["domain"])
    mails = mails.assign(status=mails["status"].astype("str").map(status_label))
    columns = [cells(mails.iloc[:, place], content.tz) for place in range(mails.shape[1])]
    if not content.left_out:
        said = f"All {len(mails):,}, failed, unanswered and open ones first." if len(mails) else "There are none."
    else:
        said = f"{len(mails):,} of {len(mails) + content.left_out:,} mails, failed, unanswered and open ones first."
        said += (
            f" {content.left_out:,} are left out to keep this file small; whoever made it has them, and can list more or "
            "send them all as a table."
        )
    return {
        "said": said,
        "zone": content.tz,
        "columns": [{"key": str(name), "name": COLUMN_NAMES.get(str(name), str(name))} for name in mails.columns],
        "rows": [list(row) for row in zip(*columns, strict=True)],
    }


def _count(number: float) -> str:
    return f"{number:,.0f}"


def _unfailed(total: pd.Series[Any]) -> str:
    """Say that nothing failed, if so."""
    if total["failed"]:
        return ""
    return "Nothing failed." if total["settled"] else "Nothing is settled, so nothing has failed yet."
