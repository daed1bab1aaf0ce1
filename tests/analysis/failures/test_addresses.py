"""What an address alone tells."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emailrcd.analysis.failures import investigate
from emailrcd.analysis.failures.addresses import is_well_formed, suggested_domain, suggestions
from emailrcd.records.providers import provider_of
from tests.analysis.failures.worlds import ordinary

REAL = [
    "qq.com",
    "gmail.com",
    "mail.com",
    "ymail.com",
    "email.com",
    "263.com",
    "263.net",
    "163.net",
    "sina.com.cn",
    "live.cn",
    "gmx.com",
    "hotmail.co.uk",
    "yahoo.co.jp",
    "line.com",
    "me.com",
    "mac.com",
    "aol.com",
    "tom.com",
    "21cn.com",
    "wo.cn",
    "vip.qq.com",
    "vip.163.com",
    "yandex.com",
    "fmail.com",
    "firm1.example",
    "company.cn",
    "sohu.net",
    "188.com",
    "136.com",
    "138.com",
    "129.com",
    "sino.com",
    "lime.com",
]


@pytest.mark.parametrize("domain", REAL)
def test_a_real_domain_is_no_slip(domain):
    assert suggested_domain(domain) is None


@pytest.mark.parametrize(
    ("slip", "meant"),
    [
        ("gmial.com", "gmail.com"),
        ("gmai.com", "gmail.com"),
        ("gmaill.com", "gmail.com"),
        ("gnail.com", "gmail.com"),
        ("gmail.con", "gmail.com"),
        ("163.con", "163.com"),
        ("126.cmo", "126.com"),
        ("qqq.com", "qq.com"),
        ("qq.con", "qq.com"),
        ("hotmial.com", "hotmail.com"),
        ("hotmal.com", "hotmail.com"),
        ("outlok.com", "outlook.com"),
        ("yahooo.com", "yahoo.com"),
        ("foxmial.com", "foxmail.com"),
        ("yeah.nett", "yeah.net"),
        ("sina.cnn", "sina.cn"),
        ("snia.com", "sina.com"),
    ],
)
def test_a_slip_of_the_finger_is_recognized(slip, meant):
    assert suggested_domain(slip) == meant


@given(st.text("abcdefghijklmnopqrstuvwxyz0123456789.-", min_size=1, max_size=15))
def test_a_suggestion_is_a_popular_domain_and_never_for_one(domain):
    suggestion = suggested_domain(domain)
    assert suggestion is None or (provider_of(suggestion) != "other" and provider_of(domain) == "other")


def test_the_part_before_the_at_sign_is_never_touched():
    addresses = pd.Series(["Gmial.com@gmial.com", "o'Li+x@QQ.CON", "li@qq.com", None], dtype="str")
    assert suggestions(addresses).fillna("").tolist() == ["Gmial.com@gmail.com", "o'Li+x@qq.com", "", ""]


@pytest.mark.parametrize(
    ("address", "well_formed"),
    [
        ("li.lei@qq.com", True),
        ("li+tag@firm1.example", True),
        ("李雷@qq.com", True),
        ("li@xn--fsqu00a.xn--fiqs8s", True),
        ("li..lei@qq.com", False),
        ("li lei@qq.com", False),
        ("li@qqcom", False),
        ("li@qq,com", False),
        ("li@qq.com.", False),
        ("li.lei", False),
        ("@qq.com", False),
        ("li@@qq.com", False),
        ("a" * 65 + "@qq.com", False),
    ],
)
def test_a_malformed_address_is_told_by_its_syntax(address, well_formed):
    assert is_well_formed(address) is well_formed
    world = ordinary(1, 4_000)
    chosen = pd.Series(range(4_000)) % 50 == 0
    world.mails["to_address"] = world.mails["to_address"].where(~chosen, address)
    world.plant(lambda mails: chosen, 1.0)
    found = investigate(world.records())
    assert (found.table["what"] == "malformed addresses").any() is not well_formed


def mistype(world, share):
    chosen = pd.Series(world.random.random(len(world.mails)) < share)
    slips = world.random.choice(["gmial.com", "163.con", "qqq.com", "hotmial.com"], chosen.sum())
    world.mails.loc[chosen, "domain"] = slips
    local = world.mails.loc[chosen, "to_address"].str.split("@").str[0]
    world.mails.loc[chosen, "to_address"] = local + "@" + pd.Series(slips, index=local.index)
    return world.plant(lambda mails: chosen, 1.0)


@pytest.mark.parametrize("n", [1_500, 20_000])
def test_a_batch_of_mistyped_domains_is_found_with_suggestions(n):
    world = ordinary(7, n)
    chosen = mistype(world, 0.03)
    found = investigate(world.records())
    assert found.table.at[1, "what"] == "addresses with a mistyped domain"
    assert found.table.at[1, "confidence"] == "likely"
    assert set(found.mails(1).index) == set(chosen.index[chosen])
    corrected = found.correct
    assert len(corrected) == chosen.sum()
    assert (corrected["suggestion"].str.split("@").str[0] == corrected["to_address"].str.split("@").str[0]).all()
    assert set(corrected["suggestion"].str.split("@").str[1]) == {"gmail.com", "163.com", "qq.com", "hotmail.com"}


def test_a_few_mistyped_addresses_are_told_though_they_prove_nothing():
    world = ordinary(7, 5_000)
    chosen = mistype(world, 0.0005)
    assert 0 < chosen.sum() < 5
    found = investigate(world.records())
    assert found.table["confidence"].tolist() == ["consistent with", "unexplained"]
    assert set(found.correct.index) == set(chosen.index[chosen])


def test_role_accounts_and_international_addresses_that_all_fail_are_found():
    for local, what in (("info", "role accounts"), ("李", "international")):
        world = ordinary(3, 4_000)
        chosen = pd.Series(range(4_000)) % 30 == 0
        world.mails.loc[chosen, "to_address"] = local + world.mails.loc[chosen, "to_address"].str.extract("(@.*)")[0]
        world.plant(lambda mails, chosen=chosen: chosen, 0.9)
        assert what in investigate(world.records()).table.at[1, "what"]


def test_no_addresses_have_no_suggestions():
    assert suggestions(pd.Series([], dtype="str")).tolist() == []
