"""Few mails, one card each: what became of it, since when, what that means, and what to tell the customer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import pandas as pd

from ..analysis.failures import suggested_domain
from ..records.frame import latest
from ..records.stuck import stuck
from ..wording import duration, moment
from .replies import Card, Rows
from .screens import STATUS_LABELS

MOST_CARDS = 20
"""Up to so many mails are shown as cards; more are a table."""

Histories = Callable[[list[str]], dict[str, pd.DataFrame]]
"""Returns for each of some ids the statuses that the mail has had, oldest first; nothing where nothing is remembered."""


class _Words(NamedTuple):
    """What a status means, and what to tell the customer, with ``{when}`` to be filled in."""

    meaning: str
    english: str
    chinese: str


_WORDS = {
    "delivered": _Words(
        "The vendor reports the mail as sent successfully: the recipient's server took it. Whether it lies in the inbox "
        "or among the junk, nobody can see from here.",
        "Your email was accepted by your mail provider{when}. If you do not see it, please look in your junk or spam folder "
        "and add our sender to your contacts.",
        "您的邮件{when}已被收件服务器接收。如果没有看到，请查看垃圾邮件箱，并将我们的发件地址加入联系人。",
    ),
    "failed": _Words(
        "The mail was not delivered and will not be tried again. The API gives no reason; a mistyped address, a full or "
        "closed mailbox and a provider that refuses us are the usual ones.",
        "Our email could not be delivered to your address{when}. Please check that the address is right and that your "
        "mailbox is not full, or give us another address.",
        "我们的邮件{when}未能送达您的邮箱。请确认邮箱地址无误且邮箱未满，或提供其他邮箱地址。",
    ),
    "sending": _Words(
        "The mail is on its way: the recipient's server has not taken it yet. The answer may change.",
        "Our email to you is still on its way{when}; your mail provider has not accepted it yet. Please wait a little; we "
        "will look again.",
        "发给您的邮件{when}仍在发送途中，收件服务器尚未接收。请稍候，我们会再次查询。",
    ),
    "not_found": _Words(
        "The vendor does not know this id: the mail is still queued, the id is wrong or another application's, or it is too "
        "old to be kept.",
        "We are still checking what became of our email to you{when} and will get back to you.",
        "我们正在核实发给您的邮件的状态{when}，稍后回复您。",
    ),
    "invalid": _Words(
        "The API refuses this id: it is not the id of a mail. Compare it with what the sending endpoint returned.",
        "We are still checking what became of our email to you and will get back to you.",
        "我们正在核实发给您的邮件的状态，稍后回复您。",
    ),
    "unanswered": _Words(
        "No answer could be got, so nothing is known yet. Ask again.",
        "We are still checking what became of our email to you and will get back to you.",
        "我们正在核实发给您的邮件的状态，稍后回复您。",
    ),
}


def cards(records: pd.DataFrame, histories: Histories, zone: str) -> list[Card]:
    """Return a card for each id of `records`, in their order."""
    distinct = latest(records)
    still_open = stuck(distinct)
    advice = dict(zip(still_open["email_id"], still_open["advice"], strict=True))
    past = histories(distinct["email_id"].tolist())
    rows: list[dict[Any, Any]] = distinct.astype(object).where(distinct.notna(), None).to_dict("records")
    return [_card(row, past.get(row["email_id"]), advice.get(row["email_id"], ""), zone) for row in rows]


def _card(row: dict[Any, Any], past: pd.DataFrame | None, advice: str, zone: str) -> Card:
    status = row["status"]
    words = _WORDS[status]
    steps = _steps(past, zone)
    meaning = f"{words.meaning} {advice}" if advice else words.meaning
    if status == "failed" and row["domain"] and (meant := suggested_domain(row["domain"])):
        meaning = f"{meaning} Here {row['domain']} looks like a slip for {meant}."
    if row["error"]:
        meaning = f"{words.meaning} {row['error']}"
    english, chinese = _when(row["received_at"] or row["submitted_at_estimated"], status, zone)
    return Card(
        email_id=row["email_id"],
        status=status,
        label=STATUS_LABELS[status],
        address=row["to_address"] or "",
        since=_since(row, past, zone),
        meaning=meaning,
        history=steps,
        english=words.english.format(when=english),
        chinese=words.chinese.format(when=chinese),
    )


def _when(time: pd.Timestamp | None, status: str, zone: str) -> tuple[str, str]:
    """Say when the mail was sent, or its outcome came, as a sentence goes on, in English and in Chinese."""
    if time is None:
        return "", ""
    local = time.tz_convert(zone)
    english, chinese = f"on {local:%Y-%m-%d at %H:%M} ({zone})", f"{local:%Y年%m月%d日 %H:%M}"
    if status in ("sending", "not_found"):
        # The time is that of sending, not that of an outcome.
        return f", sent {english}", f"（{chinese} 发出）"
    return f" {english}", f"于{chinese}"


def _since(row: dict[Any, Any], past: pd.DataFrame | None, zone: str) -> str:
    """Say since when the status is known, how long the mail has been under way, and when that was asked."""
    parts = []
    if past is not None and len(past):
        first = past["first_seen"].iloc[-1]
        parts.append(f"known as this since {moment(first.tz_convert(zone))}")
    if row["received_at"] is not None:
        parts.append(f"received {moment(row['received_at'].tz_convert(zone))}")
    elif row["submitted_at_estimated"] is not None:
        submitted = row["submitted_at_estimated"]
        span = duration((pd.Timestamp.now("UTC") - submitted).total_seconds())
        parts.append(f"submitted about {moment(submitted.tz_convert(zone))}, {span} ago")
    if row["queried_at"] is not None:
        parts.append(f"answered {moment(row['queried_at'].tz_convert(zone))}")
    return " · ".join(parts)


def _steps(past: pd.DataFrame | None, zone: str) -> Rows:
    if past is None or len(past) < 2:
        return []
    times = past["first_seen"].dt.tz_convert(zone).dt.strftime("%Y-%m-%d %H:%M")
    return [[STATUS_LABELS[status], time] for status, time in zip(past["status"], times, strict=True)]
