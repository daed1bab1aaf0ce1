"""A report held against the list of its recipients, in all four formats: what stands in it is shared by five people."""

from __future__ import annotations

import random
import re

import numpy as np
import pandas as pd
import pytest

import emailrcd
from emailrcd.analysis.tables import breakdown
from emailrcd.records.builder import empty
from emailrcd.records.providers import PROVIDERS, provider_of
from emailrcd.reporting import SUFFIXES
from tests.reporting.readable import text_of

pytestmark = pytest.mark.slow

DOMAINS = {
    "qq.com": 60,
    "foxmail.com": 9,
    "163.com": 40,
    "126.com": 12,
    "yeah.net": 2,
    "gmail.com": 30,
    "icloud.com": 3,
    "139.com": 1,
    "acme.example": 14,
    "lao-wang.example": 2,
    "sun-family.example": 1,
    "duo.example": 4,
}
FEW = 5


def records_of(seed: int) -> pd.DataFrame:
    """Return records of some people at each domain, each with one mail to four."""
    chance = random.Random(seed)
    people = []
    for domain, most in DOMAINS.items():
        for number in range(chance.randint(1, most)):
            people.append(f"{chance.choice('aabbbcdlwz')}{number}{chance.choice(['', '+news'])}@{domain}")
    addresses = [person for person in people for _ in range(chance.choice([1, 1, 2, 4]))]
    chance.shuffle(addresses)
    statuses = chance.choices(["delivered", "failed", "sending"], [8, 3, 1], k=len(addresses))
    base = empty().reindex(range(len(addresses)))
    base["email_id"] = [f"22080311123410{number:05}" for number in base.index]
    base["status"] = pd.Categorical(statuses, base["status"].cat.categories)
    base["to_address"] = pd.Series(addresses, dtype="str")
    base["domain"] = base["to_address"].str.partition("@")[2].astype("str")
    base["provider"] = pd.Categorical([provider_of(domain) for domain in base["domain"]], PROVIDERS)
    base["queried_at"] = pd.Timestamp("2026-11-24", tz="UTC").as_unit("us")
    base["customer"] = base["to_address"].str.replace("@", " (at) ")
    base["sent_at"] = pd.date_range("2026-11-23", periods=len(base), freq="7min", tz="Asia/Shanghai").as_unit("us")
    base.attrs = {"emailrcd": {"sandbox": False}}
    return base


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_whatever_is_shown_of_an_address_is_shared_by_five_recipients(tmp_path, suffix, seed):
    records = records_of(seed)
    path = emailrcd.report(records, tmp_path / f"x{suffix}", by="customer", columns="customer", most=10_000)
    text = text_of(path).replace("\\", "")
    people = {re.sub(r"\+\w*", "", address).partition("@")[::2] for address in records["to_address"]}
    assert [domain for domain in DOMAINS if domain in text and sum(d == domain for _, d in people) < FEW] == []
    forms = set(re.findall(r"(\w?)\*\*\*@([\w.\-]+|\*\*\*)", text))
    assert forms
    for initial, domain in forms:
        like = [local for local, at in people if local.startswith(initial) and domain in ("***", at)]
        assert len(like) >= FEW, (initial, domain)
    assert [address for address in records["to_address"] if address in text] == []


@pytest.mark.parametrize("seed", range(6))
def test_what_is_hidden_is_not_to_be_had_by_subtracting(tmp_path, seed):
    records = records_of(seed)
    sheets = pd.read_excel(emailrcd.report(records, tmp_path / "x.xlsx"), sheet_name=None, engine="calamine")
    named = [name for name in sheets["by domain"].iloc[:, 0] if name in DOMAINS]
    people = records.assign(person=records["to_address"].str.replace(r"\+\w*", "", regex=True))
    hidden = people[~people["domain"].isin(named)]
    assert hidden.empty or hidden["person"].nunique() >= FEW
    for provider, group in hidden.groupby("provider", observed=True):
        whole = people[people["provider"] == provider]["person"].nunique()
        assert group["person"].nunique() in (whole, *range(FEW, whole))
    assert sheets["by domain"]["ids"].sum() == len(records)


def test_groups_whose_names_look_alike_keep_their_counts(tmp_path):
    records = records_of(1)
    records["account"] = np.where(records.index % 2, "for li@acme.example", "for lu@acme.example")
    sheet = pd.read_excel(
        emailrcd.report(records, tmp_path / "x.xlsx", by="account"), sheet_name="by account", engine="calamine"
    )
    assert sheet["account"].nunique() == 2
    assert sorted(sheet["failed"]) == sorted(breakdown(records, "account")["failed"])
