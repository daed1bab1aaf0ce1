"""Content as texts and numbers between 0 and 1, the same for every form that is read: HTML, PDF, Markdown."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from ..analysis.comparison import Comparison
from ..analysis.failures import counts_in_words
from ..charts.breakdowns import folded
from ..charts.labels import clock_label, status_label
from ..records.frame import SETTLED, STATUSES
from ..wording import interval, moment, percent, points
from .content import Content

Page = dict[str, Any]

_MOST_GROUPS = 12
_LABEL_LENGTH = 60
_MEANINGS = {
    "delivered": "sent successfully, says the vendor; it knows nothing of inboxes",
    "failed": "the vendor gives no reason",
    "sending": "on its way",
    "not_found": "queued, or not this application's",
    "invalid": "the API refuses the id",
    "unanswered": "no answer could be got",
}
_MAIL_NAMES = {
    "email_id": "Email id",
    "status": "Status",
    "to_address": "Address",
    "received_at": "Received",
    "submitted_at_estimated": "Submitted (estimated)",
    "domain": "Domain",
    "provider": "Provider",
    "queried_at": "Asked",
    "error": "Error",
}
_IF_ANY = ("to_address", "received_at", "submitted_at_estimated", "error")


def page(content: Content) -> Page:
    """Return what a template needs; it can be written as JSON."""
    return {
        "title": content.title,
        "sandbox": content.sandbox,
        "addresses_shown": content.addresses_shown,
        "headline": content.headline,
        "hint": content.hint,
        "rate": _rate(content.total),
        "ids": _count(content.total["ids"]),
        "statuses": _statuses(content.total),
        "breakdowns": [_breakdown(name, table) for name, table in content.breakdowns.items() if len(table)],
        "time": _time(content),
        "investigation": _investigation(content.findings),
        "unfailed": _unfailed(content.total),
        "comparison": _comparison(content),
        "missing": [
            {"what": each.what, "count": "" if each.ids is None else _count(each.ids), "why": each.why}
            for each in content.missing
        ],
        "mails": _mails(content),
        "provenance": list(content.provenance.items()),
    }


def _rate(total: pd.Series[Any]) -> Page:
    known = bool(total["settled"])
    rate = {"known": known, "settled": _count(total["settled"]), "open": _count(total["open"])}
    if known:
        rate |= {
            "value": percent(total["delivery_rate"]),
            "interval": interval(total["delivery_rate_low"], total["delivery_rate_high"]),
            "can_become": interval(total["delivery_rate_worst"], total["delivery_rate_best"]) if total["open"] else "",
        }
    return rate


def _statuses(total: pd.Series[Any]) -> list[Page]:
    shown = [status for status in STATUSES if total[status] or status in SETTLED]
    begin = 0.0
    rows = []
    for status in shown:
        share = total[status] / total["ids"] if total["ids"] else 0.0
        rows.append(
            {
                "status": status,
                "label": status_label(status),
                "count": _count(total[status]),
                "share": percent(share),
                "meaning": _MEANINGS[status],
                "begin": begin,
                "width": float(share),
            }
        )
        begin += float(share)
    return rows


def _breakdown(name: str, table: pd.DataFrame) -> Page:
    rows, labels = folded(table, _MOST_GROUPS, _LABEL_LENGTH)
    lowest = rows["delivery_rate_low"].min()
    start = 0.0 if pd.isna(lowest) else min(math.floor(lowest * 10) / 10, 0.9)
    return {
        "name": _MAIL_NAMES.get(name, name),
        "title": f"By {name}",
        "start": percent(start, 0),
        "rows": [
            {
                "name": label,
                "ids": _count(row["ids"]),
                "delivered": _count(row["delivered"]),
                "failed": _count(row["failed"]),
                "open": _count(row["open"]),
                "other": _count(row["invalid"] + row["unanswered"]),
                "settled": _count(row["settled"]),
                "rate": percent(row["delivery_rate"]),
                "interval": interval(row["delivery_rate_low"], row["delivery_rate_high"]),
                "known": bool(row["settled"]),
                **{
                    place: 0.0 if pd.isna(row[column]) else float((row[column] - start) / (1 - start))
                    for place, column in _PLACES.items()
                },
            }
            for label, row in zip(labels, rows.to_dict("records"), strict=True)
        ],
    }


_PLACES = {"low": "delivery_rate_low", "point": "delivery_rate", "high": "delivery_rate_high"}


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
        # The lowest rate as such is often that of a single mail.
        worst = int(settled["delivery_rate_high"].argmin())
        lowest = settled.iloc[worst]
        said += (
            f" The one whose interval ends lowest begins {moment(settled.index[worst])}: "
            f"{percent(lowest['delivery_rate'])} of {_count(lowest['settled'])} settled were delivered."
        )
    untimed = int(content.timeline["ids"].sum() - timed["ids"].sum())
    if untimed:
        said += f" {untimed:,} ids have no time."
    return {
        "problem": "",
        "said": said,
        "svg": content.figure,
        "alt": f"Mail by status and delivery rate over time. {said}",
    }


def _investigation(findings: pd.DataFrame) -> list[Page]:
    return [
        {
            "rank": str(rank),
            "what": row["what"],
            "confidence": row["confidence"],
            "counts": counts_in_words(row),
            "failed": _count(row["failed"]),
            "share": percent(row["share"], 0),
            "width": float(min(max(row["share"], 0.0), 1.0)),
            "evidence": row["evidence"],
            "next_step": row["next_step"],
            "sample_ids": row["sample_ids"],
            "is_rest": row["kind"] == "rest",
        }
        for rank, row in zip(findings.index, findings.to_dict("records"), strict=True)
    ]


def _comparison(content: Content) -> Page | None:
    if content.comparison is None:
        return {"problem": content.without_comparison} if content.without_comparison else None
    compared: Comparison = content.comparison
    overall = compared.overall.iloc[0]
    said = (
        f"The failure rate went from {percent(overall['rate_before'])} of {_count(overall['settled_before'])} settled to "
        f"{percent(overall['rate_after'])} of {_count(overall['settled_after'])}: {points(overall['change'])} points "
        f"(95 % interval {points(overall['change_low'])} to {points(overall['change_high'])}). "
        f"Of that, {points(overall['rate'])} because the same kind of recipient fails more or less, "
        f"{points(overall['mix'])} because others were written to."
    )
    if compared.paired is not None:
        pair = compared.paired.iloc[0]
        said += (
            f" Of {_count(pair['ids'])} mails settled in both runs, {_count(pair['newly_failed'])} newly failed and "
            f"{_count(pair['newly_delivered'])} newly arrived."
        )
    newly = ", ".join(str(name) for name in compared.newly_failing.index[:_MOST_GROUPS])
    rows = compared.table.head(_MOST_GROUPS)
    return {
        "problem": "",
        "said": said,
        "newly_failing": newly,
        "name": _MAIL_NAMES.get(str(rows.index.name), str(rows.index.name)),
        "more": _count(len(compared.table) - len(rows)) if len(compared.table) > len(rows) else "",
        "rows": [
            {
                "name": str(name),
                "settled_before": _count(row["settled_before"]),
                "settled_after": _count(row["settled_after"]),
                "rate_before": percent(row["rate_before"]),
                "rate_after": percent(row["rate_after"]),
                "change": points(row["change"]),
                "interval": ""
                if pd.isna(row["change"])
                else f"{points(row['change_low'])} to {points(row['change_high'])}",
                "verdict": row["verdict"],
            }
            for name, row in zip(rows.index, rows.to_dict("records"), strict=True)
        ],
    }


def _mails(content: Content) -> Page:
    mails = content.mails.drop(columns=["queried_at"])
    mails = mails.drop(columns=[name for name in _IF_ANY if name in mails and mails[name].isna().all()])
    if "to_address" in mails:
        mails = mails.drop(columns=["domain"])
    mails = mails.assign(status=mails["status"].astype("str").map(status_label))
    columns = [_texts(mails.iloc[:, place], content.tz) for place in range(mails.shape[1])]
    if not content.left_out:
        said = f"All {len(mails):,}, failed, unanswered and open ones first." if len(mails) else "There are none."
    else:
        said = f"{len(mails):,} of {len(mails) + content.left_out:,} mails, failed, unanswered and open ones first."
        said += (
            f" {content.left_out:,} are left out to keep this file small; whoever made it has them, and can list more with "
            "most=… or save them all as XLSX or Parquet."
        )
    return {
        "said": said,
        "zone": content.tz,
        "columns": [{"key": str(name), "name": _MAIL_NAMES.get(str(name), str(name))} for name in mails.columns],
        "rows": [list(row) for row in zip(*columns, strict=True)],
    }


def _texts(values: pd.Series[Any], tz: str) -> list[str]:
    if isinstance(values.dtype, pd.DatetimeTZDtype):
        values = values.dt.tz_convert(tz).dt.strftime("%Y-%m-%d %H:%M:%S")
    return ["" if pd.isna(value) else str(value) for value in values.astype(object)]


def _count(number: float) -> str:
    return f"{number:,.0f}"


def _unfailed(total: pd.Series[Any]) -> str:
    """Say that nothing failed, if so."""
    if total["failed"]:
        return ""
    return "Nothing failed." if total["settled"] else "Nothing is settled, so nothing has failed yet."
