"""What each part of the app shows: records and state in, content of messages out. No widget, no thread."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .. import analysis, charts
from ..api import BASE_URL, MAX_IDS, VENDOR_HOSTS
from ..client import Progress
from ..credentials import Found
from ..errors import EmailrcdError
from ..ids import Ids
from ..records import COLUMNS, STATUSES
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

_REFUSED_SHOWN = 8
_DOMAINS_OFFERED = 500
_BREAKDOWN_ROWS = 15


def progress(state: Progress) -> Content:
    """Return how far a query is."""
    fraction = state.done / state.total if state.total else None
    return {"text": describe(state), "fraction": fraction}


def credentials(source: str, held: Found | None, note: str) -> Content:
    """Return which credentials are used, and where they go."""
    if source != "api" or held is None:
        return {"held": False, "note": note, "base_url": BASE_URL}
    base_url = held.base_url or BASE_URL
    host = base_url.split("//", 1)[-1].split("/", 1)[0]
    warning = "" if host in VENDOR_HOSTS else f"They will be sent to {host}, which is not the vendor's."
    return {
        "held": True,
        "note": f"App id {held.credentials.app_id}, credentials from {held.source}, asking {base_url}",
        "warning": warning,
        "base_url": base_url,
    }


def ids(taken: Ids | None, label: str, problem: str | None, columns: Sequence[str]) -> Content:
    """Return what has been taken as ids: the counts, what was refused and why, the columns to choose from."""
    if taken is None:
        nothing = {"count": 0, "text": "", "refused": [], "more": 0, "notices": []}
        return {**nothing, "label": label, "problem": problem, "columns": list(columns)}
    parts = [f"{len(taken.ids):,} ids from {label}"]
    if taken.duplicates:
        parts.append(f"{taken.duplicates:,} duplicates, asked once")
    if taken.refused:
        parts.append(f"{len(taken.refused):,} entries refused")
    if taken.ids:
        calls = -(-len(taken.ids) // MAX_IDS)
        parts.append(f"{calls:,} call{'s' if calls > 1 else ''}")
    return {
        "count": len(taken.ids),
        "label": label,
        "text": " · ".join(parts),
        "problem": problem,
        "refused": [f"{entry.where}: {entry.text} – {entry.why}" for entry in taken.refused[:_REFUSED_SHOWN]],
        "more": max(0, len(taken.refused) - _REFUSED_SHOWN),
        "notices": taken.notices,
        "columns": [],
    }


def results(records: pd.DataFrame, shown: pd.DataFrame, filters: Filters, by: str, zone: str) -> Content:
    """Return headline numbers, filters and what they can be set to.

    The numbers are those under all filters but that of the status, which they are buttons for.
    """
    counted = filters.without_statuses().select(records)
    total = analysis.summary(counted).to_dict("records")[0]
    return {
        "sandbox": analysis.is_sandbox(records),
        "tiles": [
            {
                "status": status,
                "label": LABELS[status],
                "count": f"{total[status]:,}",
                "share": f"{total[status] / total['ids']:.1%}" if total["ids"] else "",
                "color": charts.STATUS_COLORS[status],
                "chosen": status in filters.statuses,
            }
            for status in STATUSES
            if total[status] or status in ("delivered", "failed", "sending", "not_found") or status in filters.statuses
        ],
        "rate": _rate(total),
        "hint": analysis.hint(records),
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
        still = f"{total['open']:,} open: can become {worst:.1%} – {best:.1%}"
    return {
        "value": f"{total['delivery_rate']:.1%}",
        "of": f"of {total['settled']:,} settled",
        "interval": f"95 % interval {total['delivery_rate_low']:.1%} – {total['delivery_rate_high']:.1%}",
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
        "total": len(state.records),
        "sorted": state.column,
        "descending": state.descending,
        "zone": zone,
    }


def breakdown(shown: pd.DataFrame, by: str) -> tuple[Content, list[bytes]]:
    """Return the chart of a breakdown and its first rows as a table."""
    groups = analysis.breakdown(shown, by)
    first = groups.head(_BREAKDOWN_ROWS)
    names = cells(first.index.to_series(), "UTC")
    rows = [
        [
            name or "(none)",
            f"{row['ids']:,}",
            f"{row['delivered']:,}",
            f"{row['failed']:,}",
            f"{row['open']:,}",
            f"{row['delivery_rate']:.1%}" if row["settled"] else "–",
            f"{row['delivery_rate_low']:.1%} – {row['delivery_rate_high']:.1%}"
            if row["settled"]
            else "nothing settled",
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
    picture = _picture(lambda ax: charts.breakdown(shown, by=by, ax=ax), 4.6)
    return content, [picture]


def timeline(shown: pd.DataFrame, zone: str) -> tuple[Content, list[bytes]]:
    """Return the chart over time; a word where there is no clock to draw it by."""
    alt = "Mail by status and delivery rate over time"
    try:
        return {"alt": alt, "problem": None}, [_picture(lambda ax: charts.timeline(shown, tz=zone, ax=ax), 4.6)]
    except EmailrcdError as exc:
        return {"alt": alt, "problem": str(exc)}, []


def _picture(draw: Callable[[Axes], object], height: float) -> bytes:
    """Draw on a figure of its own, outside pyplot, which belongs to the user's cells."""
    figure = Figure(figsize=(8.4, height), layout="constrained")
    draw(figure.subplots())
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=144)
    return buffer.getvalue()
