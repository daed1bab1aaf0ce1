"""What each part of the page shows: records and state in, messages out. No widget, no thread."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec
import pandas as pd

from ..analysis import tables
from ..analysis.comparison import compare
from ..analysis.failures import Findings
from ..analysis.overview import overview, rate_of
from ..analysis.rows import COLUMN_NAMES, cells, change_in_words, change_rows, hypothesis_rows
from ..errors import EmailrcdError
from ..query.checkup import Checkup as Examination
from ..query.client import Progress as HowFar
from ..query.watch import Round
from ..records.frame import STATUSES, latest
from ..records.ledger import Ledger
from ..records.stuck import stuck
from ..wording import counted, duration, percent
from .problems import for_people, told
from .replies import (
    Checkup,
    Column,
    Compared,
    Hypothesis,
    Investigation,
    LedgerContent,
    Numbers,
    Progress,
    Rate,
    Rows,
    Table,
    Tile,
    Watched,
)
from .selection import Selection
from .table import Table as Pages

STATUS_LABELS = {
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

_ALWAYS_THERE = ("delivered", "failed", "sending", "not_found")
_STUCK_SHOWN = 10
_CHANGES = 10
_CHANGE_COLUMNS = [
    "Provider",
    "Settled before",
    "Settled now",
    "Failed before",
    "Failed now",
    "Change",
    "95 % interval",
    "Verdict",
]


class Other(NamedTuple):
    """Other records that the results are compared with, and what they are called."""

    label: str
    records: pd.DataFrame


def progress(state: HowFar) -> Progress:
    """Return how far a query is: ids, speed and time left."""
    total = f" of {state.total:,}" if state.total is not None else ""
    text = f"{state.done:,}{total} ids"
    if state.paused:
        text += f" · the server asked to wait: going on in {duration(round(state.paused))}"
    elif state.done:
        text += f" · {state.rate:,.0f} ids/s"
        if state.seconds_left:
            text += f" · about {duration(state.seconds_left)} left"
    return Progress(text=text, fraction=state.done / state.total if state.total else None)


def checkup(found: Examination | None) -> Checkup:
    """Return what the doctor found; None while it is still looking."""
    if found is None:
        return Checkup(running=True, text="", rows=[])
    return Checkup(running=False, text=str(found), rows=[list(map(for_people, check)) for check in found.checks])


def numbers(selection: Selection) -> Numbers:
    """Return the headline of records under all filters but that of the status, which its numbers are buttons for."""
    population, chosen = selection.population, selection.filters.values.get("status", ())
    total = tables.summary(selection.of_any_status).iloc[0]
    tiles = [
        Tile(
            status=status,
            label=STATUS_LABELS[status],
            count=f"{total[status]:,.0f}",
            share=percent(total[status] / total["ids"]) if total["ids"] else "",
            chosen=status in chosen,
        )
        for status in STATUSES
        if total[status] or status in _ALWAYS_THERE or status in chosen
    ]
    return Numbers(sandbox=population.sandbox, tiles=tiles, rate=_rate(total), hint=population.hint)


def _rate(total: pd.Series[Any]) -> Rate:
    rate = rate_of(total)
    if rate is None:
        return Rate(value="–", of="nothing settled yet", interval="", range="")
    return Rate(
        value=rate.value,
        of=f"of {rate.settled} settled",
        interval=f"95 % interval {rate.interval}",
        range=f"{rate.open} open: can become {rate.can_become}" if rate.can_become else "",
    )


def outcome(records: pd.DataFrame, seconds: float) -> str:
    """Say in a line how a query ended."""
    found = overview(records)
    total = found.total
    answered = total["ids"] - total["unanswered"]
    of = f" of {total['ids']:,.0f}" if total["unanswered"] else ""
    invalid = f" · {total['invalid']:,.0f} invalid" if total["invalid"] else ""
    return f"{answered:,.0f}{of} answered in {duration(max(seconds, 0.1))} · {found.brief}{invalid}"


def table(pages: Pages, selection: Selection) -> Table:
    """Return one page of the table."""
    records, zone = selection.population.records, selection.population.zone
    positions, names = pages.positions(selection), pages.names(records)
    last = max(0, (len(positions) - 1) // pages.page_rows)
    page = min(pages.page, last)
    first = page * pages.page_rows
    shown = records.iloc[positions[first : first + pages.page_rows]]
    columns = [cells(shown[name], zone) for name in names]
    return Table(
        columns=[Column(name=name, label=label(name)) for name in names],
        all_columns=[str(name) for name in records.columns],
        rows=[list(row) for row in zip(*columns, strict=True)],
        first=first,
        page=page,
        pages=last + 1,
        page_rows=pages.page_rows,
        total=len(positions),
        sorted=pages.column,
        descending=pages.descending,
    )


def label(name: str) -> str:
    """Return what a column is called in the app."""
    return "Email id 邮件ID" if name == "email_id" else COLUMN_NAMES.get(name, name)


def watched(last: Round, records: pd.DataFrame, running: bool) -> Watched:
    """Return what the last round found, when the next one comes, and the mail that is stuck."""
    rows, more = open_rows(stuck(latest(records)))
    return Watched(text=str(last if running else last._replace(pause=None)), rows=rows, more=more)


def open_rows(found: pd.DataFrame) -> tuple[Rows, str]:
    """Return the first mails that are stuck as rows of a table, and how many more there are."""
    rows = [
        [
            row["email_id"],
            row["status"].replace("_", " "),
            row["to_address"] or "",
            duration(row["open_for"].total_seconds()),
            row["advice"],
        ]
        for row in found.head(_STUCK_SHOWN).astype({"to_address": object}).fillna({"to_address": ""}).to_dict("records")
    ]
    return rows, f"{len(found) - len(rows):,} more" if len(found) > len(rows) else ""


def ledger(known: Ledger) -> LedgerContent:
    """Return what a ledger knows, and what of it is still open."""
    total = len(known)
    found = known.stuck()
    rows, more = open_rows(found)
    text = f"{counted(total, 'mail')} remembered, {len(found):,} still open" if total else "Nothing is remembered yet"
    return LedgerContent(text=text, rows=rows, more=more)


def investigation(found: Findings | None, against: str, running: bool = False) -> Investigation:
    """Return the hypotheses in the order of their rank, and how many mails are on each working list."""
    if found is None:
        return Investigation(running=running, done=False, against=against, rows=[], lists={})
    rows = [row._asdict() for row in hypothesis_rows(found.table)]
    lists = {name: len(getattr(found, name)) for name in WORKING_LISTS}
    return Investigation(
        running=False,
        done=True,
        against=against,
        rows=msgspec.convert(rows, list[Hypothesis], strict=False),
        lists=lists,
    )


def comparison(selection: Selection, other: Other | None, is_part: bool) -> Compared:
    """Return what changed since other records, most of it first, or why nothing is compared."""
    label = other.label if other else ""
    try:
        if other is None or is_part:
            why = "A part of the records is not compared: show all." if other else ""
            return Compared(label=label, text=why, columns=[], rows=[])
        found = compare(selection.like_it(other.records), selection.records)
    except EmailrcdError as exc:
        return Compared(label=label, text=told(exc), columns=[], rows=[])
    rows = [list(row) for row in change_rows(found, _CHANGES)]
    return Compared(label=label, text=change_in_words(found), columns=_CHANGE_COLUMNS, rows=rows)
