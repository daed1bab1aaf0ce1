"""The column `condition` selects exactly the mail that a row speaks of."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emailrcd.analysis.failures import investigate

from .kinds import both, rich, value
from .worlds import ordinary

SETTLED = ["delivered", "failed"]


def planted(values, name, bad, seed=1, n=3_000):
    """Return records with a column in which one value is bad, and which mails have it."""
    world = ordinary(seed, n)
    world.mails[name] = values
    chosen = np.asarray(bad(world.mails[name]), bool)
    world.mails.loc[chosen, "rate"] = 0.6
    return world.records(), chosen


def only(records, name):
    """Return the condition of the first row, which is about this column."""
    found = investigate(records)
    assert name in found[1].what
    return found, found[1].condition


NAMES = st.one_of(
    st.sampled_from(["campaign id", "size-kb", "class", "发送批次", "a.b", "1st", "x#1", "it's", "status_2", "True"]),
    st.text("abcxyz_ -.,:+/()#é批", min_size=1, max_size=12).filter(lambda name: name.strip() == name and name != "_"),
)
TEXTS = st.text("abc \"'\\\n%@`=&|()批é", min_size=1, max_size=10).filter(lambda text: text.strip() == text)


@pytest.mark.slow
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(name=NAMES, bad=TEXTS)
def test_a_text_of_a_column_of_any_name(name, bad):
    random = np.random.default_rng(1)
    values = pd.Series(np.where(random.random(3_000) < 0.2, bad, "other one"), dtype="str")
    records, chosen = planted(values, name, lambda column: column == bad)
    _, condition = only(records, name)
    if condition:
        assert records.query(condition).index.tolist() == records.index[chosen].tolist()
    else:
        assert "`" in name or "`" in bad or not name.isidentifier()


@pytest.mark.parametrize(
    ("values", "bad", "text"),
    [
        (lambda r: r.choice(["spring", "bills"], 3_000), lambda c: c == "spring", 'x == "spring"'),
        (lambda r: r.choice([True, False], 3_000), lambda c: c, "x == True"),
        (lambda r: pd.Series(r.choice(np.array([True, False, None], object), 3_000)), lambda c: c.isna(), "x.isna()"),
        (lambda r: pd.Series(r.choice(np.array([True, None], object), 3_000)), lambda c: c.eq(True), "x == True"),
        (lambda r: r.choice([3, 4, 5], 3_000), lambda c: c == 4, "x == 4"),
        (lambda r: pd.Categorical(r.choice(["a", "b"], 3_000)), lambda c: c == "a", 'x == "a"'),
        (lambda r: pd.array(r.choice([1, 2, None], 3_000), "Int64"), lambda c: c.isna(), "x.isna()"),
        (lambda r: r.choice([0.5, 1.5, np.nan], 3_000), lambda c: c.isna(), "x.isna()"),
    ],
)
def test_values_of_every_dtype(values, bad, text):
    records, chosen = planted(values(np.random.default_rng(2)), "x", bad)
    _, condition = only(records, "x")
    assert condition == text
    assert records.query(condition).index.tolist() == records.index[chosen].tolist()


@pytest.mark.parametrize("dtype", ["int64", "float64", "Int64", "Float64"])
def test_a_number_is_cut(dtype):
    values = pd.Series(np.random.default_rng(3).integers(0, 1_000, 4_000)).astype(dtype)
    records, chosen = planted(values, "size kb", lambda column: column >= 700, n=4_000)
    found, condition = only(records, "size kb")
    assert condition.startswith("`size kb` >= ")
    assert len(records.query(condition)) == found.table.at[1, "mails"] == pytest.approx(chosen.sum(), rel=0.06)


def as_text(values):
    """Return a column as a CSV file holds it: a missing value is an empty text."""
    return pd.Series(values).astype("str").fillna("")


def test_numbers_that_are_texts_are_cut_as_numbers_and_an_empty_one_is_a_value():
    random = np.random.default_rng(3)
    sizes = pd.Series(random.integers(0, 1_000, 4_000)).mask(random.random(4_000) < 0.1)
    records, chosen = planted(as_text(sizes.astype("Int64")), "size kb", lambda _: sizes >= 700, n=4_000)
    found, condition = only(records, "size kb ≥ 7")
    assert condition.startswith('`size kb`.replace("", None).astype("float64") >= 7')
    assert len(records.query(condition)) == found.table.at[1, "mails"] == pytest.approx(chosen.sum(), rel=0.06)
    records, chosen = planted(as_text(sizes.astype("Int64")), "size kb", lambda column: column == "", n=4_000)
    assert only(records, "size kb is empty")[1] == '`size kb` == ""'


def test_texts_of_digits_that_begin_with_zero_are_codes():
    values = pd.Series(np.random.default_rng(3).integers(0, 40, 4_000)).astype("str").str.zfill(3)
    records, _ = planted(values, "code", lambda column: column == "007", n=4_000)
    assert only(records, "code = 007")[1] == 'code == "007"'


@pytest.mark.parametrize("length", [10, 19])
def test_dates_that_are_texts_are_cut_as_dates(length):
    random = np.random.default_rng(4)
    dates = pd.Timestamp("2025-01-01") + pd.to_timedelta(random.integers(0, 400, 4_000), unit="D")
    joined = as_text(dates.strftime("%Y-%m-%d %H:%M:%S").str[:length]).where(random.random(4_000) > 0.1, "")
    records, chosen = planted(joined, "joined", lambda column: (column < "2025-03-01") & (column != ""), n=4_000)
    found, condition = only(records, "joined < 2025-0")
    assert condition.startswith('joined.replace("", None).astype("datetime64[us]") < "2025-0')
    assert len(records.query(condition)) == found.table.at[1, "mails"] == pytest.approx(chosen.sum(), rel=0.1)


def test_texts_of_which_one_is_no_date_are_values():
    values = pd.Series(np.random.default_rng(4).choice(["2025-02-27", "2025-02-28", "2025-02-30"], 4_000))
    records, _ = planted(values, "day", lambda column: column == "2025-02-30", n=4_000)
    assert only(records, "day = 2025-02-30")[1] == 'day == "2025-02-30"'


@pytest.mark.parametrize("bad", [101, 105, 112])
def test_one_number_is_a_value_and_no_stretch(bad):
    records, chosen = planted(
        np.random.default_rng(5).integers(101, 113, 5_000), "campaign id", lambda c: c == bad, n=5_000
    )
    _, condition = only(records, f"campaign id = {bad}")
    assert condition == f"`campaign id` == {bad}"
    assert records.query(condition).index.tolist() == records.index[chosen].tolist()


@pytest.mark.parametrize("form", ["%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y-%m-%dT%H:%M:%S+08:00"])
@pytest.mark.parametrize("recurs", [False, True])
def test_times_that_are_texts_select_the_mail_of_a_burst_and_of_recurring_hours(form, recurs):
    world = ordinary(1, 8_000, days=70 if recurs else 4)
    times = world.mails["sent_at"].dt
    chosen = times.hour.isin([3, 4, 5]) & (recurs | (times.day == 4))
    world.plant(lambda _: chosen, 0.7)
    records = world.records()
    records["sent_at"] = records["sent_at"].dt.strftime(form)
    found = investigate(records)
    assert found.table.at[1, "kind"] == "time"
    assert records.query(found[1].condition).index.tolist() == records.index[chosen].tolist()


@pytest.mark.parametrize("zone", [None, "UTC", "Asia/Shanghai"])
def test_a_burst_and_the_open_mail_in_it(zone):
    world = ordinary(1, 8_000)
    world.plant(lambda m: m["sent_at"].between("2026-03-04 14:00+08:00", "2026-03-04 17:00+08:00"), 0.7)
    records = world.records()
    still_open = records.sample(300, random_state=1).assign(status="sending", email_id=lambda f: f["email_id"] + "0")
    records = pd.concat([records, still_open.astype({"status": records["status"].dtype})], ignore_index=True)
    times = records["sent_at"].dt.tz_convert(zone or "Asia/Shanghai")
    records["sent_at"] = times if zone else times.dt.tz_localize(None)
    found = investigate(records)
    offset = "" if zone is None else "+08:00"
    assert found[1].condition == f'sent_at >= "2026-03-04 14:00{offset}" and sent_at < "2026-03-04 17:00{offset}"'
    selected = records.query(found[1].condition)
    assert selected["status"].isin(SETTLED).sum() == found.table.at[1, "mails"]
    assert (selected["status"] == "sending").any()


def test_several_bursts_are_one_row_with_one_condition():
    world = ordinary(1, 12_000)
    nights = world.mails["sent_at"].dt.day.isin([2, 4]) & world.mails["sent_at"].dt.hour.between(14, 16)
    world.plant(lambda m: nights & m["domain"].isin(["qq.com", "foxmail.com"]), 0.8)
    records = world.records()
    found = investigate(records)
    assert " or " in found[1].condition
    assert len(records.query(found[1].condition)) == found.table.at[1, "mails"]
    assert len(found.bursts) == 2


def test_two_columns_and_a_place():
    world = rich(1, 8_000)
    truth = world.plant(
        both(value("campaign", "spring"), value("is_vip", True), value("domain", "qq.com", "foxmail.com")), 0.7
    )
    records = world.records()
    found = investigate(records)
    parts = set(found[1].condition.split(" and "))
    assert parts == {'provider == "Tencent QQ"', 'campaign == "spring"', "is_vip == True"}
    assert records.query(found[1].condition).index.tolist() == records.index[truth].tolist()


def test_a_row_speaks_of_all_its_mail_also_of_what_an_earlier_row_took():
    world = rich(1, 12_000)
    world.plant(value("domain", "qq.com", "foxmail.com"), 0.7)
    world.plant(value("template", "B"), 0.5)
    records = world.records()
    found = investigate(records)
    second = records.query(found[2].condition)
    assert len(second) > found.table.at[2, "mails"]
    assert set(found[2].mails.index) < set(second.index)


def test_where_no_text_selects_the_mail_there_is_none():
    world = ordinary(1, 4_000)
    chosen = pd.Series(range(4_000)) % 50 == 0
    world.mails["to_address"] = world.mails["to_address"].where(~chosen, "li..lei@qq.com")
    world.plant(lambda mails: chosen, 1.0)
    found = investigate(world.records())
    assert found[1].what == "malformed addresses"
    assert found[1].condition == ""
