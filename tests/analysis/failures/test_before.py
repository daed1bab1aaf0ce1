"""Beside an earlier time: what failed as much already is not new, and what is new is told with both rates."""

from __future__ import annotations

import pandas as pd

from emailrcd.analysis.failures import investigate

from .kinds import both, rich, value

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


def test_other_descriptions_take_no_mail_twice_and_the_sums_hold():
    now = week(1, OLD, NEW)
    found = investigate(now, before=week(2))
    failures = now.index[now["status"] == "failed"]
    assert sorted(index for each in found for index in each.mails.index) == sorted(failures)
    assert found.table["excess"].sum() == found.table["failed"].sum() == len(failures)


def test_quiet_times_beside_quiet_times_say_nothing():
    for seed in range(10, 16):
        assert (
            not investigate(week(seed, n=2_000), before=week(seed + 50, n=8_000)).table["confidence"].isin(STRONG).any()
        )


def test_mail_that_is_in_both_is_not_its_own_past():
    now = week(1, NEW)
    again = pd.concat([now, week(2)], ignore_index=True)
    assert investigate(now, before=again)[1].confidence == "likely"
