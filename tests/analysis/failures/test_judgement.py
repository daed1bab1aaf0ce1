"""How sure a cause is: what it takes to be likely, to be told, and to be another name of the same mails."""

from __future__ import annotations

import pytest

from emailrcd.analysis.failures import investigate

from .kinds import rich, value
from .worlds import ordinary


def dead_domain(size, n=8_000):
    """Return what is found where all mail to one domain fails: `size` mails, beside some 335 other failures of `n` mails."""
    world = ordinary(1, n)
    chosen = world.mails.index[:size]
    world.mails.loc[chosen, "domain"] = "firm999.example"
    world.mails.loc[chosen, "to_address"] = [f"u{number}@firm999.example" for number in range(size)]
    world.mails.loc[chosen, "rate"] = 1.0
    return investigate(world.records()).table


@pytest.mark.parametrize(("size", "told"), [(5, []), (12, ["minor"]), (24, ["likely"])])
def test_what_is_told_and_what_is_likely_depends_on_its_share_of_all_failures(size, told):
    table = dead_domain(size)
    assert table.loc[table["what"].str.contains("firm999"), "confidence"].tolist() == told


def test_four_addresses_are_an_anecdote_whatever_their_share():
    assert dead_domain(4, 300)["confidence"].tolist() == ["unexplained"]
    assert dead_domain(7, 300)["confidence"].tolist() == ["likely", "unexplained"]


def test_what_may_be_chance_in_one_case_of_a_hundred_is_minor():
    world = ordinary(3, 4_000)
    world.plant(value("campaign", "welcome"), 0.12)
    first = investigate(world.records()).table.iloc[0]
    assert (first["what"], first["confidence"]) == ("campaign = welcome", "minor")
    assert 0.01 < first["q"] < 0.05
    assert first["ratio_low"] > 2
    assert first["share"] > 0.05


def test_a_column_that_is_nearly_the_same_is_named_too():
    world = rich(4, 6_000)
    other = world.random.random(6_000) < 0.02
    world.mails["route"] = world.mails["template"].where(~other, "A")
    world.plant(value("template", "B"), 0.5)
    first = investigate(world.records()).table.iloc[0]
    assert first["what"] == "template = B (the same mails: route = B)"


def test_a_provider_is_not_called_by_its_largest_domain():
    world = rich(1007, 6_000)
    world.plant(value("domain", "qq.com", "foxmail.com"), 0.5)
    few = world.mails["domain"].eq("foxmail.com") & (world.random.random(6_000) < 0.5)
    world.mails.loc[few, "domain"] = "qq.com"
    found = investigate(world.records())
    assert found.table["condition"].tolist() == ['provider == "Tencent QQ"', ""]


def test_a_domain_of_which_a_share_fails_is_not_said_to_be_dead():
    world = ordinary(5, 6_000)
    world.plant(value("domain", "gmail.com"), 0.6)
    found = investigate(world.records())
    assert found[1].what == "a share of the mail to gmail.com fails"
    assert found.suppress.empty
