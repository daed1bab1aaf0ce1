"""What each part of the app shows: records and state in, content of messages out. No widget, no thread."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .. import charts
from ..analysis import tables
from ..analysis.failures import Findings
from ..errors import EmailrcdError
from ..query.checkup import Checkup
from ..query.client import Progress
from ..records.frame import COLUMNS, STATUSES, is_sandbox
from ..records.stuck import stuck
from ..wording import duration, interval, percent
from .job import describe
from .view import PAGE_ROWS, Filters, Table, cells, frequent, groupable

Content = dict[str, Any]

LABELS = {
    "delivered": "Delivered 已送达",
    "failed": "Failed 失败",
    "sending": "Sending 发送中",
    "not_found": "Not found 未找到",
    "invalid": "Invalid 无效",
    "unanswered": "Unanswered 无应答",
}
"""Statuses as a user meets them, the vendor's Chinese terms beside ours."""

WORKING_LISTS = ("retry", "correct", "suppress")
"""What to do with failed mails: send again, correct the address, write no more."""

_STUCK_SHOWN = 10
_DOMAINS_OFFERED = 500
_BREAKDOWN_ROWS = 15


def progress(state: Progress) -> Content:
    """Return how far a query is."""
    fraction = state.done / state.total if state.total else None
    return {"text": describe(state), "fraction": fraction}


def checkup(found: Checkup | None) -> Content:
    """Return what the doctor found, as rows and as text for a ticket; None while it is still looking."""
    if found is None:
        return {"running": True, "text": "", "rows": []}
    return {"running": False, "text": str(found), "rows": [list(check) for check in found.checks]}


def results(
    records: pd.DataFrame, counted: pd.DataFrame, shown: pd.DataFrame, filters: Filters, by: str, zone: str
) -> Content:
    """Return headline numbers, filters and what they can be set to.

    The numbers are those of `counted`, under all filters but that of the status, which they are buttons for.
    """
    total = tables.summary(counted).to_dict("records")[0]
    return {
        "sandbox": is_sandbox(records),
        "tiles": [
            {
                "status": status,
                "label": LABELS[status],
                "count": f"{total[status]:,}",
                "share": percent(total[status] / total["ids"]) if total["ids"] else "",
                "color": charts.STATUS_COLORS[status],
                "chosen": status in filters.statuses,
            }
            for status in STATUSES
            if total[status] or status in ("delivered", "failed", "sending", "not_found") or status in filters.statuses
        ],
        "rate": _rate(total),
        "hint": tables.hint(records),
        "shown": f"{len(shown):,} of {len(records):,} records shown",
        "filtered": filters != Filters(),
        "rows": len(shown),
        "provider": filters.provider,
        "providers": frequent(records["provider"], _DOMAINS_OFFERED),
        "domain": filters.domain,
        "domains": frequent(records["domain"], _DOMAINS_OFFERED),
        "text": filters.text,
        "by": by,
        "columns": groupable(records),
        "zone": zone,
    }


def _rate(total: Mapping[Any, Any]) -> Content:
    if not total["settled"]:
        return {"value": "–", "of": "nothing settled yet", "interval": "", "range": ""}
    still = ""
    if total["open"]:
        worst, best = total["delivery_rate_worst"], total["delivery_rate_best"]
        still = f"{total['open']:,} open: can become {interval(worst, best)}"
    return {
        "value": percent(total["delivery_rate"]),
        "of": f"of {total['settled']:,} settled",
        "interval": f"95 % interval {interval(total['delivery_rate_low'], total['delivery_rate_high'])}",
        "range": still,
    }


def table(state: Table, page: int, zone: str) -> Content:
    """Return one page of the table."""
    names = [str(name) for name in state.records.columns]
    return {
        "columns": [{"name": name, "own": name not in COLUMNS} for name in names],
        "rows": state.page(page, zone),
        "first": page * PAGE_ROWS,
        "page": page,
        "pages": state.pages,
        "total": state.total,
        "sorted": state.column,
        "descending": state.descending,
        "zone": zone,
    }


def breakdown(shown: pd.DataFrame, by: str) -> tuple[Content, list[bytes]]:
    """Return the chart of a breakdown and its first rows as a table."""
    groups = tables.breakdown(shown, by)
    first = groups.head(_BREAKDOWN_ROWS)
    names = cells(first.index.to_series(), "UTC")
    rows = [
        [
            name or "(none)",
            f"{row['ids']:,}",
            f"{row['delivered']:,}",
            f"{row['failed']:,}",
            f"{row['open']:,}",
            percent(row["delivery_rate"]),
            interval(row["delivery_rate_low"], row["delivery_rate_high"]) if row["settled"] else "nothing settled",
        ]
        for name, row in zip(names, first.to_dict("records"), strict=True)
    ]
    more = len(groups) - len(first)
    content = {
        "by": by,
        "columns": [by, "ids", "delivered", "failed", "open", "delivery rate", "95 % interval"],
        "rows": rows,
        "more": f"{more:,} more groups" if more > 0 else "",
        "alt": f"Delivery rate by {by}, with intervals",
    }
    pictures, problem = _picture(lambda ax: charts.breakdown(shown, by=by, ax=ax), 4.6)
    return {**content, "problem": problem}, pictures


def nothing_watched() -> Content:
    """Return that nothing is being watched."""
    return {"text": "", "alt": "", "rows": [], "more": ""}


def watch(rounds: Sequence[Mapping[str, Any]], records: pd.DataFrame, zone: str) -> tuple[Content, list[bytes]]:
    """Return the chart of open mail over the rounds, when the next one comes, and the mail that is stuck."""
    last = rounds[-1]
    found = stuck(records)
    still = last["open"] + last["unanswered"]
    when = f" · next round in {duration(last['pause'])}" if last["pause"] is not None else ""
    rows = [
        [
            row["email_id"],
            row["status"],
            row["to_address"] or "",
            duration(row["open_for"].total_seconds()),
            row["advice"],
        ]
        for row in found.head(_STUCK_SHOWN).astype({"to_address": object}).fillna({"to_address": ""}).to_dict("records")
    ]
    content = {
        "text": f"Round {last['number']}: {last['settled']:,} settled, {still:,} still open{when}",
        "alt": "Open mail over time",
        "rows": rows,
        "more": f"{len(found) - len(rows):,} more" if len(found) > len(rows) else "",
    }
    pictures, _ = _picture(lambda ax: charts.open_mail(pd.DataFrame(rounds), zone, ax=ax), 2.4)
    return content, pictures


def investigation(found: Findings | None, running: bool = False) -> Content:
    """Return the hypotheses in the order of their rank, and how many mails are on each working list."""
    if found is None:
        return {"running": running, "rows": [], "lists": {}, "failed": 0}
    rows = [
        {
            "rank": int(rank),
            "what": row["what"],
            "confidence": row["confidence"],
            "excess": f"{row['excess']:,.0f}",
            "share": percent(row["share"], 0) if pd.notna(row["share"]) else "",
            "bar": float(row["share"]) if pd.notna(row["share"]) else 0.0,
            "evidence": row["evidence"],
            "next_step": row["next_step"],
        }
        for rank, row in zip(found.table.index, found.table.to_dict("records"), strict=True)
    ]
    lists = {name: len(getattr(found, name)) for name in WORKING_LISTS}
    return {"running": False, "rows": rows, "lists": lists, "failed": int(found.table["failed"].sum())}


def timeline(shown: pd.DataFrame, zone: str) -> tuple[Content, list[bytes]]:
    """Return the chart over time; a word where there is no clock to draw it by."""
    pictures, problem = _picture(lambda ax: charts.timeline(shown, tz=zone, ax=ax), 4.6)
    return {"alt": "Mail by status and delivery rate over time", "problem": problem}, pictures


def _picture(draw: Callable[[Axes], object], height: float) -> tuple[list[bytes], str]:
    """Draw on a figure of its own, outside pyplot, which belongs to the user's cells; or say why it cannot be drawn."""
    figure = Figure(figsize=(8.4, height), layout="constrained")
    buffer = io.BytesIO()
    try:
        draw(figure.subplots())
        figure.savefig(buffer, format="png", dpi=144)
    except EmailrcdError as exc:
        return [], str(exc)
    except Exception as exc:  # noqa: BLE001 - a picture that fails must not take the numbers with it
        return [], f"This chart cannot be drawn ({type(exc).__name__}); the numbers are right all the same."
    return [buffer.getvalue()], ""
