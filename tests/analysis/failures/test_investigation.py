"""Planted causes come first, with the right mails; where nothing is wrong, nothing is accused."""

from __future__ import annotations

import pandas as pd
import pytest

import emailrcd
from emailrcd.analysis.failures import investigate
from tests.analysis.failures.sandboxed import NOW, sandbox_records
from tests.analysis.failures.worlds import ordinary

STRONG = ["likely", "stated", "cannot be told apart"]


def hours(first, last):
    start = pd.Timestamp("2026-03-02", tz="Asia/Shanghai")
    return lambda mails: mails["sent_at"].between(
        start + pd.Timedelta(hours=first), start + pd.Timedelta(hours=last), inclusive="left"
    )


def hour_of(mails):
    return (mails["sent_at"].dt.day - 2) * 24 + mails["sent_at"].dt.hour


def at(*domains):
    return lambda mails: mails["domain"].isin(domains)


def both(one, other):
    return lambda mails: one(mails) & other(mails)


def value(column, wanted):
    return lambda mails: mails[column] == wanted


QQ = at("qq.com", "foxmail.com")

CAUSES = {
    "a provider blocks for two hours": (both(QQ, hours(38, 40)), 0.85, "time"),
    "a provider blocks in two nights": (both(QQ, lambda m: hours(14, 17)(m) | hours(62, 64)(m)), 0.8, "time"),
    "a provider blocks every afternoon": (both(QQ, lambda m: m["sent_at"].dt.hour.isin([14, 15])), 0.6, "time"),
    "everything fails for two hours": (hours(50, 52), 0.5, "time"),
    "a domain is dead": (at("firm0.example"), 1.0, "domain"),
    "a template is bad": (value("template", "B"), 0.2, "column"),
    "a campaign is bad": (value("campaign", "bills"), 0.25, "column"),
    "a template is bad at one provider": (both(value("template", "B"), QQ), 0.25, "column"),
    "a provider refuses a share": (at("gmail.com"), 0.3, "domain"),
    "a provider with several domains refuses a share": (at("163.com", "126.com"), 0.2, "provider"),
}


def overlap(found, truth):
    """Return how well the mails behind a row are the true ones: 1 for all of them and no other."""
    return 2 * len(found & truth) / (len(found) + len(truth))


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.slow)])
@pytest.mark.parametrize("cause", CAUSES)
def test_a_planted_cause_comes_first_with_its_mails(cause, seed):
    where, share, kind = CAUSES[cause]
    world = ordinary(seed, 15_000)
    planted = world.plant(where, share).to_numpy()
    records = world.records()
    found = investigate(records)
    truth = set(records.index[planted & (records["status"] == "failed").to_numpy()])
    assert found.table.at[1, "confidence"] == "likely"
    assert found.table.at[1, "kind"] == kind
    assert overlap(set(found.mails(1).index), truth) > 0.9
    assert (found.table["confidence"] == "likely").sum() == 1


def test_a_burst_is_not_taken_for_the_whole_provider_though_that_is_a_little_worse_anyway():
    world = ordinary(1, 30_000, days=14, domain_spread=0.003)
    world.plant(QQ, 0.085)
    planted = world.plant(both(QQ, hours(200, 205)), 0.7)
    records = world.records()
    found = investigate(records)
    truth = set(records.index[planted & (records["status"] == "failed")])
    assert found.table.at[1, "kind"] == "time"
    assert overlap(set(found.mails(1).index), truth) > 0.9


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("n", [2_000, pytest.param(12_000, marks=pytest.mark.slow)])
def test_two_bursts_of_the_sandbox_do_not_hide_each_other(seed, n):
    records, causes = sandbox_records(seed, n, NOW + 32 * 3600)
    found = investigate(records)
    assert found.table["confidence"].tolist() == ["likely"] * 3 + ["unexplained"]
    assert found.table.at[1, "kind"] == "time"
    truth = set(causes.index[(causes == "blocked") & (records["status"] == "failed")])
    assert overlap(set(found.mails(1).index), truth) > 0.9


def test_hours_that_recur_are_told_once():
    for days, dates in (
        ((1, 3), "2026-03-03 and 2026-03-05"),
        ((0, 1, 2, 3, 5), "2026-03-02, 2026-03-03, 2026-03-04 and 2 more days"),
    ):
        world = ordinary(1, 15_000, days=6)
        blocked = [24 * day + hour for day in days for hour in (14, 15)]
        world.plant(both(QQ, lambda m, blocked=blocked: hour_of(m).isin(blocked)), 0.8)
        told = investigate(world.records()).table.at[1, "what"]
        assert told == f"mail to Tencent QQ fails from 14:00 to 16:00 on {dates} (Asia/Shanghai)"


@pytest.mark.parametrize("first", [21, 22])
def test_hours_of_the_night_over_months_are_told(first):
    world = ordinary(1, 8_000, days=70)
    planted = world.plant(both(QQ, lambda m: m["sent_at"].dt.hour >= first), 0.6)
    records = world.records()
    found = investigate(records)
    assert found[1].what == f"mail to Tencent QQ fails from {first}:00 to 00:00 on any day (Asia/Shanghai)"
    assert set(records.query(found[1].condition).index) == set(records.index[planted])


def test_the_three_causes_of_the_sandbox_are_found_and_nothing_else():
    records, causes = sandbox_records(seed=3, n=12_000)
    found = investigate(records)
    assert found.table["confidence"].tolist() == ["likely"] * 3 + ["unexplained"]
    for rank, cause in ((1, "mistyped"), (2, "blocked"), (3, "dead")):
        truth = set(causes.index[(causes == cause) & (records["status"] == "failed")])
        assert overlap(set(found.mails(rank).index), truth) > 0.9, cause
    assert (
        found.table.at[2, "what"]
        == "mail to Tencent QQ fails from 2026-01-31 14:00 to 16:00 (Asia/Shanghai, estimated)"
    )


@pytest.mark.slow
def test_where_nothing_is_wrong_nothing_is_accused():
    kinds = [
        {"n": 400},
        {"n": 3_000, "domain_spread": 0.015},
        {"n": 6_000, "domain_spread": 0.02, "hour_spread": 0.02, "shape": "gamma"},
        {"n": 5_000, "tail": 1, "domain_spread": 0.015, "hour_spread": 0.02},
        {"n": 5_000, "tail": 1_500, "big": 0.1, "domain_spread": 0.02, "shape": "gamma"},
        {"n": 5_000, "days": 0.25, "hour_spread": 0.02, "shape": "lognormal"},
        {"n": 5_000, "base": 0.015, "domain_spread": 0.008, "hour_spread": 0.008, "shape": "gamma"},
    ]
    accused = sum(
        investigate(ordinary(seed, **kind).records()).table["confidence"].isin(STRONG).any()
        for kind in kinds
        for seed in range(12)
    )
    assert accused == 0


def test_an_uneven_day_is_not_pruned_until_its_bad_hours_look_like_bursts():
    found = investigate(ordinary(112, 30_000, days=1, hour_spread=0.02, shape="gamma", tail=1).records())
    assert found.table["confidence"].tolist() == ["unexplained"]


def test_no_failure_is_explained_twice_and_the_excess_adds_up():
    records, _ = sandbox_records(seed=1, n=8_000)
    found = investigate(records)
    failures = records.index[records["status"] == "failed"]
    behind = [index for rank in found.table.index for index in found.mails(rank).index]
    assert sorted(behind) == sorted(failures)
    assert found.table["excess"].sum() == len(failures)
    assert found.table["failed"].sum() == len(failures)


def test_the_same_records_give_the_same_answer():
    records, _ = sandbox_records(seed=2, n=4_000)
    pd.testing.assert_frame_equal(investigate(records).table, investigate(records).table)


def test_open_mail_changes_nothing():
    world = ordinary(4, 8_000)
    world.plant(QQ, 0.3)
    records = world.records()
    still_open = records.sample(500, random_state=1).assign(status="not_found", email_id=lambda f: f["email_id"] + "0")
    more = pd.concat([records, still_open.astype({"status": records["status"].dtype})], ignore_index=True)
    assert investigate(more).table["failed"].tolist() == investigate(records).table["failed"].tolist()


def test_an_id_that_stands_in_several_rows_counts_once():
    records, _ = sandbox_records(seed=1, n=3_000)
    twice = pd.concat([records, records.head(1_000)], ignore_index=True)
    assert investigate(twice).table["failed"].sum() == (records["status"] == "failed").sum()


@pytest.mark.parametrize("n", [0, 1, 30])
def test_little_mail_says_nothing(n):
    found = investigate(ordinary(1, max(n, 1)).records().head(n))
    assert found.table["confidence"].iloc[-1] == "unexplained"
    assert not found.table["confidence"].isin(STRONG).any()


def test_if_all_mail_fails_there_is_nothing_to_compare_with():
    records = ordinary(1, 500).records()
    records["status"] = pd.Categorical(["failed"] * 500, dtype=records["status"].dtype)
    found = investigate(records)
    assert found.table["confidence"].tolist() == ["unexplained"]
    assert found.table.at[1, "failed"] == 500


def test_records_without_any_time_are_investigated_all_the_same():
    world = ordinary(1, 8_000)
    world.plant(at("firm0.example"), 1.0)
    found = investigate(world.records().drop(columns="sent_at").assign(submitted_at_estimated=pd.NaT))
    assert "firm0.example" in found.table.at[1, "what"]


def test_a_clock_that_is_not_there_is_named():
    with pytest.raises(emailrcd.EmailrcdError, match="no column 'sent'"):
        investigate(ordinary(1, 100).records(), at="sent")


def test_what_is_no_records_frame_is_refused():
    with pytest.raises(emailrcd.EmailrcdError, match="not a records frame"):
        investigate(pd.DataFrame({"a": [1]}))
