"""Addresses are the evidence, not mails; and what is ordinary is not a cause."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from emailrcd.analysis.failures import investigate

from .kinds import both, rich, value
from .worlds import ordinary

STRONG = ["likely", "stated", "cannot be told apart"]


def to_one_address(world, chosen, address):
    world.mails.loc[chosen, "to_address"] = address
    world.mails.loc[chosen, "domain"] = address.split("@")[1]
    return world.plant(lambda mails: chosen, 1.0)


@pytest.mark.parametrize("count", [8, 60, 400])
def test_many_mails_to_one_dead_address_are_no_dead_domain(count):
    world = ordinary(1, 4_000)
    to_one_address(world, pd.Series(np.arange(4_000) % (4_000 // count) == 0), "li.lei@firm999.example")
    found = investigate(world.records())
    assert not found.table["what"].str.contains("firm999").any()
    assert found.suppress.empty


def test_as_many_mails_to_as_many_addresses_are_a_dead_domain():
    world = ordinary(1, 4_000)
    chosen = world.mails.index[:60]
    world.mails.loc[chosen, "domain"] = "firm999.example"
    world.mails.loc[chosen, "to_address"] = [f"u{number}@firm999.example" for number in range(60)]
    world.mails.loc[chosen, "rate"] = 1.0
    found = investigate(world.records())
    assert "firm999.example" in found[1].what
    assert set(found.suppress["domain"]) == {"firm999.example"}


def test_a_campaign_that_only_one_address_made_bad_is_not_blamed():
    world = rich(1, 4_000)
    chosen = (world.mails["campaign"] == "welcome") & (world.random.random(4_000) < 0.4)
    to_one_address(world, chosen, "li.lei@qq.com")
    assert not investigate(world.records()).table["what"].str.contains("welcome").any()


@pytest.mark.slow
@pytest.mark.parametrize("rate", [0.05, 0.055, 0.06])
def test_what_is_a_quarter_worse_than_others_at_most_is_nothing_however_much_mail_there_is(rate):
    world = ordinary(1, 60_000, base=0.05, domain_spread=0.0, hour_spread=0.0)
    world.plant(value("template", "B"), rate)
    assert investigate(world.records()).table["confidence"].tolist() == ["unexplained"]


@pytest.mark.slow
def test_domains_that_differ_are_no_cause_and_one_beyond_them_is():
    accused = [
        investigate(ordinary(seed, 8_000, domain_spread=0.025, shape="gamma", tail=1).records())
        for seed in range(600, 612)
    ]
    assert sum(found.table["confidence"].isin(STRONG).any() for found in accused) <= 1
    world = ordinary(600, 8_000, domain_spread=0.01)
    world.plant(value("domain", "outlook.com"), 0.6)
    assert "outlook.com" in investigate(world.records())[1].what


def test_two_bad_values_of_three_do_not_hide_each_other():
    """They stay neither in the spread nor in the rate that the other is judged by."""
    world = rich(700, 3_000)
    world.plant(value("template", "A"), 0.3)
    world.plant(value("template", "B"), 0.6)
    found = investigate(world.records())
    assert found.table["what"].tolist()[:2] == ["template = B", "template = A"]
    assert found.table["confidence"].tolist() == ["likely", "likely", "unexplained"]


def test_most_providers_bad_is_told_by_provider_and_not_by_what_they_have_in_common():
    world = rich(701, 3_000)
    world.plant(value("domain", "qq.com", "foxmail.com"), 0.8)
    world.plant(value("domain", "163.com", "126.com"), 0.75)
    found = investigate(world.records())
    assert found.table["condition"].tolist()[:2] == ['provider == "Tencent QQ"', 'provider == "NetEase"']


def test_the_narrow_part_that_does_all_the_failing_is_told_and_not_the_wide():
    world = rich(702, 5_000)
    world.plant(both(value("campaign", "spring"), value("language", "en"), value("is_vip", True)), 0.8)
    found = investigate(world.records())
    assert set(found[1].condition.split(" and ")) == {'campaign == "spring"', 'language == "en"', "is_vip == True"}


def test_a_further_condition_that_says_nothing_is_left_out():
    """A column in which nearly all mail has one value describes everything a little sharper by chance."""
    world = rich(703, 5_000)
    world.mails["route"] = np.where(world.random.random(5_000) < 0.97, "main", "spare")
    world.plant(value("template", "B"), 0.5)
    assert investigate(world.records())[1].condition == 'template == "B"'


@pytest.mark.parametrize("seed", [80, 82, 87])
def test_a_condition_more_must_describe_the_failures_better_than_chance_makes_it(seed):
    world = rich(seed, 900)
    world.plant(value("template", "B"), 0.3)
    assert investigate(world.records())[1].condition == 'template == "B"'


def test_a_number_has_one_cut_unless_the_second_tells_much():
    world = rich(61, 900)
    world.plant(lambda mails: mails["size kb"] >= 60, 0.25)
    assert investigate(world.records())[1].what == "size kb ≥ 60.2"


def test_what_is_true_of_nearly_all_mail_is_not_a_cause():
    world = rich(1, 3_000)
    route = np.where(np.arange(3_000) % 70, "main", "seed list")
    world.mails["route"], world.mails["rate"] = route, np.where(route == "main", 0.5, 0.0)
    assert investigate(world.records()).table["confidence"].tolist() == ["unexplained"]


def test_in_an_hour_in_which_much_is_still_open_what_is_settled_says_nothing():
    """Failures settle at once and deliveries later: the last hours look like a disaster."""
    world = ordinary(5, 8_000)
    records = world.records()
    late = (records["sent_at"] >= records["sent_at"].max() - pd.Timedelta("6h")).to_numpy()
    arrived = late & (records["status"] == "delivered").to_numpy()
    failed = late & arrived & (np.random.default_rng(2).random(len(records)) < 0.1)
    records.loc[failed, "status"] = "failed"
    records.loc[arrived & ~failed, "status"] = "sending"
    assert not investigate(records).table["confidence"].isin(STRONG).any()
    seemingly = records.copy()
    seemingly.loc[seemingly["status"] == "sending", "status"] = "invalid"
    assert "fails" in investigate(seemingly)[1].what
