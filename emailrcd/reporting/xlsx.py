"""A report as a workbook: a sheet for each part, typed, nothing that can be a formula."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from ..analysis.rows import COLUMN_NAMES
from ..charts.labels import status_label
from ..files.excel import sheet_name, workbook
from ..records.frame import STATUSES
from .content import Content
from .figures import pictures

_HEADINGS = {
    **COLUMN_NAMES,
    "not_found": "not found",
    "delivery_rate": "delivery rate",
    "delivery_rate_low": "95 % from",
    "delivery_rate_high": "95 % to",
    "delivery_rate_worst": "at worst",
    "delivery_rate_best": "at best",
    "low": "95 % from",
    "high": "95 % to",
    "rate": "failure rate",
    "rate_low": "95 % from",
    "rate_high": "95 % to",
    "rate_elsewhere": "failure rate elsewhere",
    "ratio": "times as much",
    "ratio_low": "times as much, at least",
    "next_step": "next step",
    "sample_ids": "sample ids",
    "settled_before": "settled before",
    "settled_after": "settled after",
    "failed_before": "failed before",
    "failed_after": "failed after",
    "rate_before": "failure rate before",
    "rate_after": "failure rate after",
    "change_low": "95 % from",
    "change_high": "95 % to",
}
"""What columns are headed with; others by their names."""

_PARTS_OF_THE_CHANGE = {"mix": "change by other recipients", "rate": "change at the same recipients"}
_PERCENT = frozenset(
    ("share", "change", "delivery rate", "95 % from", "95 % to", "at worst", "at best", *_PARTS_OF_THE_CHANGE.values())
) | {heading for heading in _HEADINGS.values() if heading.startswith("failure rate")}
"""Headings of columns that are shown as per cent."""

_DECIMALS = 4
_NUMBERED = 26
"""Characters of a sheet's name before a number."""


def to_xlsx(content: Content, check: Callable[[str], None]) -> bytes:
    """Return the file; `check` refuses text that must not be written."""
    sheets: dict[str, pd.DataFrame] = {}
    _add(sheets, "SANDBOX summary" if content.overview.sandbox else "summary", _summary(content))
    for name, table, unnamed in content.breakdowns:
        _add(sheets, f"by {name}", (table if unnamed is None else pd.concat([table, unnamed])).reset_index())
    if content.timeline is not None:
        _add(sheets, "over time", content.timeline.reset_index())
    _add(sheets, "investigation", content.findings.reset_index().round(_DECIMALS))
    if content.comparison is not None:
        compared = content.comparison.table.rename(columns=_PARTS_OF_THE_CHANGE)
        _add(sheets, "comparison", compared.reset_index().round(_DECIMALS))
    _add(sheets, "missing", _missing(content))
    _add(sheets, "mails", content.mails.assign(status=content.mails["status"].astype("str").map(status_label)))
    _add(sheets, "about", _about(content))
    for name, table in sheets.items():
        check("\n".join([name, *_texts(table)]))
    return workbook(sheets, content.tz, _PERCENT, list(pictures(content)))


def _add(sheets: dict[str, pd.DataFrame], name: str, table: pd.DataFrame) -> None:
    """Add a table under a name that Excel takes and no other sheet has, in whatever case."""
    base = sheet_name(name)
    taken = {other.casefold() for other in sheets}
    free, number = base, 1
    while free.casefold() in taken or free.casefold() == "history":
        number += 1
        free = f"{sheet_name(base, _NUMBERED)} ({number})"
    sheets[free] = table.rename(columns=_HEADINGS)


def _summary(content: Content) -> pd.DataFrame:
    total = content.overview.total
    rows: list[Mapping[str, Any]] = [
        {
            "figure": "delivery rate: delivered of settled",
            "ids": total["delivered"],
            "of": total["settled"],
            "share": total["delivery_rate"],
            "low": total["delivery_rate_low"],
            "high": total["delivery_rate_high"],
        },
        {
            "figure": "what open mail can still make of it",
            "ids": total["open"],
            "of": total["settled"] + total["open"],
            "low": total["delivery_rate_worst"],
            "high": total["delivery_rate_best"],
        },
        *(
            {
                "figure": status_label(status),
                "ids": total[status],
                "of": total["ids"],
                "share": total[status] / total["ids"] if total["ids"] else None,
            }
            for status in STATUSES
        ),
    ]
    return pd.DataFrame(rows).astype({"ids": "int64", "of": "int64", "share": float, "low": float, "high": float})


def _missing(content: Content) -> pd.DataFrame:
    return pd.DataFrame(content.overview.missing, columns=["what", "ids", "why"]).astype({"ids": "Int64"})


def _about(content: Content) -> pd.DataFrame:
    facts = {"Title": content.title, "Headline": content.headline}
    if content.overview.sandbox:
        facts["SANDBOX"] = "These answers are made up by the sandbox."
    if content.addresses_shown:
        facts["Addresses"] = "Holds recipients' addresses in full: do not pass on."
    if content.left_out:
        facts["Left out"] = (
            f"{content.left_out:,} mails; failed, unanswered and open ones come first. Whoever made this file has them all."
        )
    return pd.DataFrame([*facts.items(), *content.provenance.items()], columns=["what", "value"], dtype="str")


def _texts(table: pd.DataFrame) -> list[str]:
    """Return all texts of a table, its column names included."""
    texts = [str(name) for name in table.columns]
    for _, values in table.items():
        if not pd.api.types.is_numeric_dtype(values.dtype) and not pd.api.types.is_datetime64_any_dtype(values.dtype):
            texts += [str(value) for value in values.dropna().unique()]
    return texts
