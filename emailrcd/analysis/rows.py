"""Rows of the tables as they are read: the same words in app, report and command."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import pandas as pd

from ..wording import interval, percent, points
from .comparison import Comparison

COLUMN_NAMES = {
    "email_id": "Email id",
    "status": "Status",
    "to_address": "Address",
    "received_at": "Received",
    "submitted_at_estimated": "Submitted (estimated)",
    "domain": "Domain",
    "provider": "Provider",
    "queried_at": "Queried",
    "error": "Error",
}
"""What the columns of a records frame are called where they are read; the user's own keep their names."""


class GroupRow(NamedTuple):
    """A group of a breakdown."""

    name: str
    ids: str
    delivered: str
    failed: str
    open: str
    other: str
    settled: str
    rate: str
    interval: str


class HypothesisRow(NamedTuple):
    """A row of an investigation; ``bar`` is its share of all failures as a length from 0 to 1."""

    rank: str
    what: str
    confidence: str
    counts: str
    failed: str
    excess: str
    share: str
    bar: float
    evidence: str
    next_step: str
    sample_ids: str
    is_rest: bool


class ChangeRow(NamedTuple):
    """A group of a comparison."""

    name: str
    settled_before: str
    settled_after: str
    rate_before: str
    rate_after: str
    change: str
    interval: str
    verdict: str


def cells(values: pd.Series[Any], tz: str) -> list[str]:
    """Return values as texts for a table: times in `tz` to the second, ``""`` where missing."""
    if isinstance(values.dtype, pd.DatetimeTZDtype):
        values = values.dt.tz_convert(tz).dt.strftime("%Y-%m-%d %H:%M:%S")
    return ["" if pd.isna(value) else str(value) for value in values.astype(object)]


def key_in_words(key: Any) -> str:
    """Return a value of a column, or several of them, as a group is called.

    Examples
    --------
    >>> key_in_words("qq.com"), key_in_words(("spring", None)), key_in_words(float("nan")), key_in_words(" ")
    ('qq.com', 'spring · (none)', '(none)', '(empty)')
    """
    parts = key if isinstance(key, tuple) else (key,)
    texts = ("(none)" if pd.isna(part) else " ".join(str(part).split()) or "(empty)" for part in parts)
    return " · ".join(texts)


def lowest(table: pd.DataFrame) -> pd.Series[Any]:
    """Return the row whose interval ends lowest: the lowest rate as such is often that of a single mail."""
    return table.iloc[int(table["delivery_rate_high"].argmin())]


def group_rows(table: pd.DataFrame, names: Sequence[str]) -> list[GroupRow]:
    """Return the groups of a breakdown under these names."""
    return [
        GroupRow(
            name,
            _number(row["ids"]),
            _number(row["delivered"]),
            _number(row["failed"]),
            _number(row["open"]),
            _number(row["invalid"] + row["unanswered"]),
            _number(row["settled"]),
            percent(row["delivery_rate"]),
            interval(row["delivery_rate_low"], row["delivery_rate_high"]),
        )
        for name, row in zip(names, table.to_dict("records"), strict=True)
    ]


def hypothesis_rows(table: pd.DataFrame) -> list[HypothesisRow]:
    """Return the rows of the table of an investigation."""
    return [
        HypothesisRow(
            str(rank),
            row["what"],
            row["confidence"],
            _counts(row),
            _number(row["failed"]),
            _number(row["excess"]),
            percent(row["share"], 0),
            float(min(max(row["share"], 0.0), 1.0)),
            row["evidence"],
            row["next_step"],
            row["sample_ids"],
            row["kind"] == "rest",
        )
        for rank, row in zip(table.index, table.to_dict("records"), strict=True)
    ]


def change_rows(compared: Comparison, most: int) -> list[ChangeRow]:
    """Return the groups of a comparison that add most to the change."""
    rows = compared.table.head(most)
    return [
        ChangeRow(
            str(name),
            _number(row["settled_before"]),
            _number(row["settled_after"]),
            percent(row["rate_before"]),
            percent(row["rate_after"]),
            points(row["change"]),
            "" if pd.isna(row["change"]) else f"{points(row['change_low'])} to {points(row['change_high'])}",
            row["verdict"],
        )
        for name, row in zip(rows.index, rows.to_dict("records"), strict=True)
    ]


def change_in_words(compared: Comparison) -> str:
    """Say what became of the failure rate, and whether it is the recipients or how they fail."""
    overall = compared.overall.iloc[0]
    said = (
        f"The failure rate went from {percent(overall['rate_before'])} of {_number(overall['settled_before'])} settled to "
        f"{percent(overall['rate_after'])} of {_number(overall['settled_after'])}: {points(overall['change'])} points "
        f"(95 % interval {points(overall['change_low'])} to {points(overall['change_high'])}). "
        f"Of that, {points(overall['rate'])} because the same kind of recipient fails more or less, "
        f"{points(overall['mix'])} because others were written to."
    )
    if compared.paired is None:
        return said
    pair = compared.paired.iloc[0]
    return (
        f"{said} Of {_number(pair['ids'])} mails settled in both runs, {_number(pair['newly_failed'])} newly failed and "
        f"{_number(pair['newly_delivered'])} newly arrived."
    )


def _counts(row: dict[Any, Any]) -> str:
    """Say how many mails are behind a row of an investigation.

    Examples
    --------
    >>> _counts({"kind": "domain", "failed": 59, "excess": 55})
    '59 failed, 55 of them in excess'
    >>> _counts({"kind": "rest", "failed": 42, "excess": 48})
    '42 failed; 6 of those above would have failed anyway'
    """
    if row["kind"] != "rest":
        return f"{row['failed']:,} failed, {row['excess']:,} of them in excess"
    # What the other rows do not explain of their own mails is left to the rest: the excess adds up to all failures.
    anyway = row["excess"] - row["failed"]
    return f"{row['failed']:,} failed" + (f"; {anyway:,} of those above would have failed anyway" if anyway > 0 else "")


def _number(count: float) -> str:
    return f"{count:,.0f}"
