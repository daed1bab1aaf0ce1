"""Few mails, one by one."""

from __future__ import annotations

import pandas as pd
import pytest

from emailrcd.explorer.cards import cards
from emailrcd.records.frame import STATUS_DTYPE, STATUSES
from tests.explorer.frames import frame

SENT = pd.Timestamp("2026-11-24T06:03Z")


def one(status: str, past: dict[str, pd.DataFrame] | None = None, **columns: object):
    records = frame([status], **columns)
    return cards(records, lambda ids: past or {}, "Asia/Shanghai")[0]


def times(value: pd.Timestamp) -> pd.Series:
    return pd.Series([value], dtype="datetime64[us, UTC]")


@pytest.mark.parametrize("status", STATUSES)
def test_every_status_has_a_meaning_and_a_sentence_in_two_languages(status):
    for columns in ({}, {"submitted_at_estimated": times(SENT)}):
        card = one(status, **columns)
        assert card.meaning
        for text in (card.english, card.chinese):
            assert len(text) > 10
            assert "{" not in text
            assert "None" not in text


def test_the_customer_is_told_the_time_in_their_zone():
    card = one("failed", received_at=times(SENT))
    assert "on 2026-11-24 at 14:03 (Asia/Shanghai)" in card.english
    assert "2026年11月24日 14:03" in card.chinese


def test_the_history_is_told_oldest_first_and_since_when_the_last_holds():
    past = pd.DataFrame(
        {
            "status": pd.Series(["sending", "failed"], dtype=STATUS_DTYPE),
            "first_seen": pd.to_datetime(["2026-11-24T06:03Z", "2026-11-24T08:00Z"]),
        }
    )
    card = one("failed", {"id0": past})
    assert card.history == [["Sending 发送中", "2026-11-24 14:03"], ["Failed 失败", "2026-11-24 16:00"]]
    assert card.since.startswith("known as this since 2026-11-24 16:00")


def test_a_domain_that_looks_mistyped_is_told():
    domain = pd.Series(["hotmial.com"], dtype="str")
    assert one("failed", domain=domain).meaning.endswith("Here hotmial.com looks like a slip for hotmail.com.")
    assert "hotmail.com" not in one("delivered", domain=domain).meaning


def test_why_there_is_no_answer_is_told():
    card = one("unanswered", error=pd.Series(["The server did not answer."], dtype="str"))
    assert card.meaning.endswith("The server did not answer.")


def test_an_id_that_a_frame_holds_twice_has_one_card():
    records = frame(["failed", "failed"])
    records["email_id"] = pd.Series(["id0", "id0"], dtype="str")
    assert len(cards(records, lambda ids: {}, "UTC")) == 1
