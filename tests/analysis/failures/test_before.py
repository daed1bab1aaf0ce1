"""Beside an earlier time: what failed as much already is not new, and what is new is told with both rates."""

from __future__ import annotations

import pandas as pd
import pytest

from emailrcd.analysis.failures import investigate

from .kinds import both, rich, value
from .sandboxed import sandbox_records
from .worlds import ordinary

STRONG = ["likely", "stated", "cannot be told apart"]


def week(seed, *plants, n=6_000):
    """Return records of a time of its own, with these causes."""
    world = rich(seed, n)
    for condition, share in plants:
        world.plant(condition, share)
    records = world.records()
    return records.assign(email_id=str(seed) + records["email_id"], to_address=str(seed) + records["to_address"])


OLD = value("template", "B"), 0.4
NEW = both(value("campaign", "spring"), value("domain", "qq.com", "foxmail.com")), 0.5


def test_what_failed_as_much_already_is_not_told():
    now, before = week(1, OLD), week(2, OLD)
    assert investigate(now)[1].confidence == "likely"
    assert not investigate(now, before=before).table["confidence"].isin(STRONG).any()


def test_what_is_new_is_told_with_both_rates():
    now, before = week(1, OLD, NEW), week(2, OLD)
    found = investigate(now, before=before)
    assert found[1].confidence == "likely"
    assert found[1].what == "campaign = spring, only at Tencent QQ"
    earlier = before[(before["campaign"] == "spring") & (before["provider"] == "Tencent QQ")]
    rate = (earlier["status"] == "failed").mean()
    assert f"in the time before {rate:.1%} of {len(earlier):,}" in found[1].evidence
    assert not found.table[found.table["confidence"].isin(STRONG)]["what"].str.contains("template").any()


def test_what_became_much_worse_is_new_though_it_was_bad():
    found = investigate(week(1, (OLD[0], 0.7)), before=week(2, (OLD[0], 0.15)))
    assert (found[1].what, found[1].confidence) == ("template = B", "likely")


def test_if_everything_fails_twice_as_often_nothing_is_to_blame():
    now, before = week(1, (lambda mails: mails["rate"] > 0, 0.12)), week(2, (lambda mails: mails["rate"] > 0, 0.06))
    assert not investigate(now, before=before).table["confidence"].isin(STRONG).any()


def test_a_burst_has_no_earlier_time_and_is_compared_with_all_of_it():
    burst = both(
        value("domain", "qq.com", "foxmail.com"),
        lambda mails: mails["sent_at"].dt.floor("3h") == "2026-03-04 15:00+08:00",
    )
    found = investigate(week(1, (burst, 0.8)), before=week(2))
    assert (found[1].confidence, found.table.at[1, "kind"]) == ("likely", "time")


def test_a_time_before_whose_times_are_blank_is_compared_as_a_whole():
    now, before = week(1, NEW), week(2, n=2_000)
    found = investigate(now, before=before.assign(sent_at=""))
    assert (found[1].what, found[1].confidence) == ("campaign = spring, only at Tencent QQ", "likely")


def test_other_descriptions_take_no_mail_twice_and_the_sums_hold():
    now = week(1, OLD, NEW)
    found = investigate(now, before=week(2))
    failures = now.index[now["status"] == "failed"]
    assert sorted(index for each in found for index in each.mails.index) == sorted(failures)
    assert found.table["excess"].sum() == found.table["failed"].sum() == len(failures)


@pytest.mark.slow
def test_quiet_times_beside_quiet_times_say_nothing():
    for seed in range(10, 16):
        assert (
            not investigate(week(seed, n=2_000), before=week(seed + 50, n=8_000)).table["confidence"].isin(STRONG).any()
        )


def test_there_are_five_descriptions_at_most():
    table = investigate(week(1, OLD, NEW), before=week(2)).table
    assert table["kind"].tolist()[-1] == "rest"
    assert len(table) == 6


@pytest.mark.parametrize("seed", [100, 103])
def test_what_explains_much_less_than_the_best_is_not_another_description_of_it(seed):
    before, now = ordinary(seed + 100, 4_000), ordinary(seed, 4_000)
    now.plant(value("campaign", "bills"), 0.6)
    frames = [world.records().drop(columns="template") for world in (before, now)]
    frames[0]["email_id"] = "1" + frames[0]["email_id"]
    assert investigate(frames[1], before=frames[0]).table["what"].tolist()[:-1] == ["campaign = bills"]


def test_of_two_values_that_became_bad_neither_excuses_the_other():
    """The rest of the mail, the other value in it, fails several times as often as before."""
    now = week(1, (value("template", "A"), 0.4), (value("template", "B"), 0.6))
    strong = investigate(now, before=week(2)).table.query("confidence in @STRONG")
    assert strong["what"].tolist() == ["template = B", "template = A"]


def test_a_short_outage_is_new_however_little_it_raises_the_rate_of_all_its_mail():
    world = rich(3, 20_000, days=12)
    hours = world.mails["sent_at"].dt.floor("3h") == "2026-03-05 12:00+08:00"
    world.plant(lambda mails: hours & mails["domain"].isin(["qq.com", "foxmail.com"]), 1.0)
    now, before = world.records(), week(4, n=20_000)
    found = investigate(now, before=before)
    assert (found[1].confidence, found.table.at[1, "kind"]) == ("likely", "time")
    mails = now[now["provider"] == "Tencent QQ"]
    assert len(found[1].mails) < 0.25 * (mails["status"] == "failed").sum()


def test_an_outage_as_bad_at_another_hour_of_the_time_before_is_not_new():
    outages = [
        both(value("domain", "qq.com", "foxmail.com"), lambda mails, hour=hour: mails["sent_at"].dt.floor("h") == hour)
        for hour in ("2026-03-04 15:00+08:00", "2026-03-03 09:00+08:00")
    ]
    now, before = week(3, (outages[0], 0.9), n=20_000), week(4, (outages[1], 0.9), n=20_000)
    assert not investigate(now, before=before).table["confidence"].isin(STRONG).any()


def test_the_same_mail_under_other_ids_has_nothing_new():
    now = week(1, OLD, NEW)
    again = now.assign(email_id="7" + now["email_id"], to_address="x" + now["to_address"])
    assert investigate(now, before=again).table["confidence"].tolist() == ["unexplained"]


def test_mail_that_is_in_both_is_not_its_own_past():
    now = week(1, NEW)
    again = pd.concat([now, week(2)], ignore_index=True)
    assert investigate(now, before=again)[1].confidence == "likely"


@pytest.mark.parametrize("seed", range(1, 4))
def test_of_two_halves_of_the_same_mail_none_is_new_to_the_other(seed):
    """A period has no earlier one to be compared with, and still is not new where the same mail failed as much."""
    records = sandbox_records(seed, 3_000)[0]
    later = records["email_id"].rank() % 2 == 0
    found = investigate(records[later], before=records[~later])
    assert not found.table["confidence"].isin(STRONG).any()
    assert "in the time before" in found[1].evidence


@pytest.mark.parametrize("seed", range(1, 4))
def test_a_part_of_what_was_bad_is_not_new_and_what_is_new_is_found_beside_it(seed):
    now, before = week(seed, OLD, NEW), week(seed + 20, OLD)
    table = investigate(now, before=before).table
    strong = table[table["confidence"].isin(STRONG)]
    assert strong["what"].tolist() == ["campaign = spring, only at Tencent QQ"]


@pytest.mark.parametrize("seed", range(1, 4))
def test_little_mail_of_the_time_before_is_enough_if_nearly_all_of_it_failed(seed):
    small = both(value("template", "B"), value("domain", "sina.com")), 0.9
    now, before = week(seed, small, n=3_000), week(seed + 20, small, n=3_000)
    assert not investigate(now, before=before).table["confidence"].isin(STRONG).any()


@pytest.mark.parametrize("seed", range(1, 4))
def test_a_value_that_there_was_not_before_can_be_new(seed):
    now = week(seed, (value("campaign", "bills"), 0.5))
    before = week(seed + 20)
    found = investigate(now, before=before[before["campaign"] != "bills"])
    assert (found[1].what, found[1].confidence) == ("campaign = bills", "likely")


def test_a_period_is_told_with_the_rate_of_the_same_mail_at_any_time():
    burst = both(
        value("domain", "qq.com", "foxmail.com"),
        lambda mails: mails["sent_at"].dt.floor("3h") == "2026-03-04 15:00+08:00",
    )
    now, before = week(1, (burst, 0.8)), week(2)
    evidence = investigate(now, before=before)[1].evidence
    for records, words in ((before, "in the time before"), (now, "now, at any time,")):
        mails = records[records["provider"] == "Tencent QQ"]
        assert f"{words} {(mails['status'] == 'failed').mean():.1%} of {len(mails):,}" in evidence
