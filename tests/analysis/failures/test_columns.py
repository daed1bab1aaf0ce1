"""The user's own columns: compared at the same domain and time, or not told apart from them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.contingency_tables import StratifiedTable

from emailrcd.analysis.failures import investigate
from emailrcd.analysis.failures.columns import column_looks
from emailrcd.analysis.failures.mails import settled_mails
from tests.analysis.failures.worlds import ordinary

GMAIL = ["gmail.com"]


def first(world):
    return investigate(world.records()).table.iloc[0]


def hour(mails):
    return (mails["sent_at"].dt.day - 2) * 24 + mails["sent_at"].dt.hour


def test_the_rate_ratio_is_that_of_mantel_and_haenszel():
    world = ordinary(3, 6_000, tail=1)
    world.plant(lambda mails: mails["template"] == "B", 0.3)
    records = world.records()[lambda f: f["domain"].isin(["qq.com", "163.com", "126.com"])]
    records = records.drop(columns=["sent_at", "campaign"]).assign(submitted_at_estimated=pd.NaT)
    look = next(look for look in column_looks(settled_mails(records, None, "UTC"), 1) if look.about == "template = B")
    tables = []
    for _, part in records.groupby("domain"):
        inside, failed = part["template"] == "B", part["status"] == "failed"
        tables.append(
            [
                [(inside & failed).sum(), (inside & ~failed).sum()],
                [(~inside & failed).sum(), (~inside & ~failed).sum()],
            ]
        )
    assert look.ratio == pytest.approx(StratifiedTable([np.array(t) for t in tables]).riskratio_pooled, rel=0.02)
    assert look.expected == pytest.approx(look.failed / look.ratio)


def test_a_template_that_fails_only_at_one_provider_is_said_to():
    world = ordinary(1, 12_000)
    world.plant(lambda m: (m["template"] == "B") & m["domain"].isin(["qq.com", "foxmail.com"]), 0.3)
    row = first(world)
    assert row["what"] == "template = B, only at Tencent QQ"
    assert "at the same domain and time" in row["evidence"]


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


def test_a_campaign_sent_to_bad_places_only_is_not_blamed():
    """It fails more than others, but no more than others do at the same places."""
    world = ordinary(4, 12_000)
    world.plant(lambda m: m["domain"].isin(GMAIL), 0.35)
    chosen = pd.Series(world.random.random(len(world.mails)) < 0.6) & world.mails["domain"].isin(GMAIL)
    world.mails["campaign"] = world.mails["campaign"].where(~chosen, "X")
    found = investigate(world.records())
    assert "gmail.com" in found.table.at[1, "what"]
    assert found.table["confidence"].tolist() == ["likely", "unexplained"]


def test_columns_that_cannot_sort_mail_are_left_alone():
    records = ordinary(1, 500).records()
    records["order"] = range(500)
    records["note"] = [["a", 1]] * 500
    records["empty"] = None
    mails = settled_mails(records, None, "Asia/Shanghai")
    assert set(mails.columns) == {"campaign", "template"}
