"""A result at one look: the numbers and sentences that app, report and command show alike, computed once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import pandas as pd

from ..records.frame import SETTLED, STATUSES, is_sandbox, latest
from ..records.providers import UNKNOWN
from ..wording import interval, percent
from .inputs import check_frame
from .tables import hint, summary

MEANINGS = {
    "delivered": "sent successfully, says the vendor; it knows nothing of inboxes",
    "failed": "the vendor gives no reason",
    "sending": "on its way",
    "not_found": "queued, or not this application's",
    "invalid": "the API refuses the id",
    "unanswered": "no answer could be obtained",
}
"""What each status means."""

_REASONS = 5
_REASON_LENGTH = 160


class StatusCount(NamedTuple):
    """One status: how many ids have it, and which share of all."""

    status: str
    ids: int
    share: float
    meaning: str


class Rate(NamedTuple):
    """A delivery rate as it is read; ``can_become`` is empty where no mail is open."""

    value: str
    settled: str
    interval: str
    open: str
    can_become: str


class Missing(NamedTuple):
    """Something that these records do not tell: what, how many ids (if it can be counted), and why or what to do."""

    what: str
    ids: int | None
    why: str


@dataclass(frozen=True)
class Overview:
    """What a result says before anybody looks closer."""

    total: pd.Series[Any]
    """The measures of all ids."""

    sandbox: bool
    hint: str | None
    """What it usually means that no id was found; None where some were."""

    missing: tuple[Missing, ...]

    @property
    def statuses(self) -> list[StatusCount]:
        """Delivered and failed, and every other status that occurs."""
        ids = max(int(self.total["ids"]), 1)
        return [
            StatusCount(status, int(self.total[status]), float(self.total[status]) / ids, MEANINGS[status])
            for status in STATUSES
            if self.total[status] or status in SETTLED
        ]

    @property
    def rate(self) -> Rate | None:
        """The delivery rate; None while nothing is settled."""
        return rate_of(self.total)

    @property
    def brief(self) -> str:
        """The result in half a line, for where it stands beside something else.

        It reads like "94.2% of 1,967 settled delivered · 33 open".
        """
        said = f"{self.rate.value} of {self.rate.settled} settled delivered" if self.rate else "nothing settled yet"
        return f"{said} · {self.total['open']:,.0f} open" if self.total["open"] else said


def overview(records: pd.DataFrame) -> Overview:
    """Return what a records frame says at one look."""
    records = check_frame(records)
    total = summary(records).iloc[0]
    return Overview(total, is_sandbox(records), hint(records), tuple(_missing(records, total)))


def rate_of(total: pd.Series[Any]) -> Rate | None:
    """Return the delivery rate of a row of measures as it is read; None where nothing is settled."""
    if not total["settled"]:
        return None
    return Rate(
        percent(total["delivery_rate"]),
        f"{total['settled']:,.0f}",
        interval(total["delivery_rate_low"], total["delivery_rate_high"]),
        f"{total['open']:,.0f}",
        interval(total["delivery_rate_worst"], total["delivery_rate_best"]) if total["open"] else "",
    )


def rate_in_words(total: pd.Series[Any]) -> str:
    """Say a delivery rate with its denominator, its interval, and what open mail can still make of it.

    Examples
    --------
    >>> from emailrcd.records.builder import empty
    >>> rate_in_words(summary(empty()).iloc[0])
    'Nothing settled yet'
    """
    rate = rate_of(total)
    if rate is None:
        return "Nothing settled yet"
    said = f"Delivery rate {rate.value} of {rate.settled} settled (95 % interval {rate.interval})"
    return f"{said}\n{rate.open} open: it can become {rate.can_become}" if rate.can_become else said


def _missing(records: pd.DataFrame, total: pd.Series[Any]) -> list[Missing]:
    """Return what these records do not tell: open, invalid and unanswered mail, and what did not fit together."""
    notices = records.attrs.get("emailrcd", {}).get("notices", [])
    records = latest(records)
    no_address = records["status"].isin(SETTLED) & (records["provider"] == UNKNOWN)
    counted = [
        Missing("Still being sent", int(total["sending"]), "The answer may change: query these again later."),
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
        Missing(
            "Settled, but without an address",
            int(no_address.sum()),
            f"Counted as provider {UNKNOWN!r}.",
        ),
    ]
    return [each for each in counted if each.ids] + [
        Missing("Noticed during the query", None, str(notice)) for notice in notices
    ]


def _reasons(records: pd.DataFrame, status: str, what: str) -> list[Missing]:
    """Return the most frequent errors of a status, each with its number of ids."""
    mails = records[records["status"] == status]
    counts = mails["error"].fillna("no reason recorded").value_counts()
    first = [Missing(what, int(ids), str(error)[:_REASON_LENGTH]) for error, ids in counts.head(_REASONS).items()]
    rest = int(counts.iloc[_REASONS:].sum())
    return [*first, Missing(what, rest, "For other reasons.")] if rest else first
