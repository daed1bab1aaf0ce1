"""The user's own columns: compared at the same domain and time, or not told apart from them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from emailrcd.analysis.failures import investigate

from .kinds import both, rich, value
from .worlds import ordinary

GMAIL = ["gmail.com"]


def first(world):
    return investigate(world.records()).table.iloc[0]


def hour(mails):
    return (mails["sent_at"].dt.day - 2) * 24 + mails["sent_at"].dt.hour


def test_a_template_that_fails_only_at_one_provider_is_said_to():
    world = ordinary(1, 12_000)
    world.plant(lambda m: (m["template"] == "B") & m["domain"].isin(["qq.com", "foxmail.com"]), 0.3)
    row = first(world)
    assert row["what"] == "template = B, only at Tencent QQ"
    assert "the rest of template = B:" in row["evidence"]
    assert "the rest of the mail to Tencent QQ:" in row["evidence"]


def test_a_campaign_of_which_one_template_fails_is_not_the_cause_and_the_rest_of_it_is_said_to_be_fine():
    world = rich(1, 8_000)
    world.plant(both(value("campaign", "members"), value("template", "B")), 0.5)
    found = investigate(world.records())
    assert found.table["confidence"].tolist() == ["likely", "unexplained"]
    assert found[1].what == "campaign = members with template = B"
    records = world.mails[(world.mails["campaign"] == "members") & (world.mails["template"] != "B")]
    assert f"of {len(records):,}" in found[1].evidence


def test_a_campaign_of_which_every_template_fails_is_one_cause_though_one_fails_more():
    world = rich(2, 8_000)
    world.plant(value("campaign", "members"), 0.25)
    world.plant(both(value("campaign", "members"), value("template", "B")), 0.75)
    found = investigate(world.records())
    assert found[1].what == "campaign = members"


def test_a_campaign_that_went_to_one_provider_alone_is_not_told_apart_from_it():
    world = ordinary(1, 10_000)
    world.mails["campaign"] = world.mails["campaign"].where(~world.mails["domain"].isin(GMAIL), "X")
    world.plant(lambda m: m["domain"].isin(GMAIL), 0.3)
    row = first(world)
    assert row["confidence"] == "cannot be told apart"
    assert "gmail.com" in row["what"]
    assert "campaign = X" in row["what"]


def test_a_campaign_that_went_out_alone_in_its_hours_is_not_told_apart_from_them():
    world = ordinary(1, 10_000)
    world.mails["campaign"] = world.mails["campaign"].where(~hour(world.mails).between(40, 43), "X")
    world.plant(lambda m: m["campaign"] == "X", 0.4)
    row = first(world)
    assert row["confidence"] == "cannot be told apart"
    assert row["kind"] == "time"
    assert "campaign = X" in row["what"]


def test_a_campaign_that_met_no_other_anywhere_is_never_a_winner():
    world = ordinary(2, 10_000)
    places = world.mails["domain"].isin(["gmail.com", "outlook.com"])
    world.mails["campaign"] = world.mails["campaign"].where(~places, "X")
    world.plant(lambda m: m["campaign"] == "X", 0.3)
    row = first(world)
    assert row["confidence"] == "cannot be told apart"
    assert "nothing else was sent there" in row["what"]


def test_a_campaign_among_others_at_its_provider_is_told_apart():
    world = ordinary(1, 10_000)
    half = pd.Series(world.random.random(len(world.mails)) < 0.5)
    world.mails["campaign"] = world.mails["campaign"].where(~(half & (world.mails["domain"] == "qq.com")), "X")
    world.plant(lambda m: m["campaign"] == "X", 0.3)
    row = first(world)
    assert (row["what"], row["confidence"]) == ("campaign = X", "likely")


def test_two_columns_that_say_the_same_are_both_named():
    world = ordinary(1, 10_000)
    world.mails["sender"] = np.where(world.mails["template"] == "B", "news", "shop")
    world.plant(lambda m: m["template"] == "B", 0.3)
    row = first(world)
    assert row["confidence"] == "likely"
    assert "template = B" in row["what"]
    assert "sender = news" in row["what"]


@pytest.mark.parametrize("places", [GMAIL, ["gmail.com", "sina.com", "139.com"]])
def test_a_campaign_sent_to_bad_places_only_is_not_blamed(places):
    """It fails more than others, but no more than others do at the same places."""
    world = ordinary(4, 12_000)
    world.plant(lambda m: m["domain"].isin(places), 0.35)
    chosen = pd.Series(world.random.random(len(world.mails)) < 0.6) & world.mails["domain"].isin(places)
    world.mails["campaign"] = world.mails["campaign"].where(~chosen, "X")
    found = investigate(world.records())
    assert not found.table["what"].str.contains("campaign").any()
    likely = found.table[found.table["confidence"] == "likely"]
    assert len(likely) == len(places)
    assert all(likely["what"].str.contains(place).any() for place in places)


def test_a_cause_of_a_column_and_a_time_says_by_which_clock_and_how_the_rest_of_both_fares():
    world = ordinary(9, 6_000)
    world.plant(lambda m: (m["campaign"] == "spring") & m["domain"].isin(GMAIL) & hour(m).between(24, 47), 0.9)
    row = first(world)
    assert row["what"] == (
        "campaign = spring, only at Google, only from 2026-03-03 00:00 to 2026-03-04 00:00 (Asia/Shanghai)"
    )
    for rest in (
        "the rest of the mail to Google from 2026-03-03 00:00 to 2026-03-04 00:00: ",
        "the rest of campaign = spring at Google: ",
        "the rest of campaign = spring from 2026-03-03 00:00 to 2026-03-04 00:00: ",
    ):
        assert rest in row["evidence"]


def test_an_empty_text_is_said_to_be_empty():
    world = ordinary(9, 4_000)
    world.mails["template"] = world.mails["template"].replace("B", "")
    world.plant(lambda m: m["template"] == "", 0.4)
    row = first(world)
    assert (row["what"], row["condition"]) == ("template is empty", 'template == ""')


def test_columns_that_cannot_sort_mail_are_named():
    records = ordinary(1, 500).records()
    records["order"] = [f"A{number}" for number in range(500)]
    records["note"] = [["a", number] for number in range(500)]
    records["empty"] = None
    assert set(investigate(records).left_out) == {"order", "note", "empty"}
