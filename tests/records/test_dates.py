"""Dates: one order for a column; what reads two ways is told, and refused where it selects mail."""

from __future__ import annotations

import datetime
import warnings
from collections import Counter

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import emailrcd
from emailrcd.errors import EmailrcdError, EmailrcdWarning
from emailrcd.records.dates import instant, instants, instants_of_part, numeric_dates, order_of
from tests.analysis.frames import records_of

NAMES = {"month": "%m/%d/%Y", "day": "%d/%m/%Y"}


def days(*texts: object, tz: str = "UTC") -> list[str | None]:
    times = instants(pd.Series(texts, dtype=object), "sent_at", tz)
    return [None if pd.isna(time) else f"{time:%Y-%m-%d}" for time in times]


@given(
    st.lists(st.dates(datetime.date(2001, 1, 1), datetime.date(2026, 11, 1)), min_size=1),
    st.sampled_from(["month", "day"]),
    st.sampled_from(["/", "-", "."]),
)
def test_a_column_is_read_in_the_one_order_that_fits_or_it_is_told(dates, first, separator):
    texts = [date.strftime(NAMES[first]).replace("/", separator) + " 09:30" for date in dates]
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        read = days(*texts)
    right = [str(date) for date in dates]
    if any(date.day > 12 for date in dates):
        assert read == right
        assert not told
    else:
        assert len(told) == (read != right or any(date.day != date.month for date in dates))


@pytest.mark.parametrize(
    ("texts", "read"),
    [
        (["20/11/2026", "05/11/2026"], ["2026-11-20", "2026-11-05"]),
        (["5.11.2026", "20.11.2026"], ["2026-11-05", "2026-11-20"]),
        (["11-20-2026", "11-05-2026"], ["2026-11-20", "2026-11-05"]),
        (["2026/11/05", "2026-11-20"], ["2026-11-05", "2026-11-20"]),
        (["5 Nov 2026", None, "nonsense"], ["2026-11-05", None, None]),
        (["05/05/2026"], ["2026-05-05"]),
        ([datetime.date(2026, 11, 5)], ["2026-11-05"]),
    ],
)
def test_dates_that_tell_their_order_are_read_without_a_word(texts, read):
    assert days(*texts) == read


@pytest.mark.parametrize(
    ("texts", "read", "words"),
    [
        (["03/04/2026"], ["2026-03-04"], r"'sent_at' are read with the month first \(03/04/2026 is 2026-03-04\)"),
        (["26/11/20", "20/11/05"], ["2020-11-26", "2005-11-20"], r"the day first \(20/11/05 is 2005-11-20\)"),
        (["03.04.2026"], ["2026-04-03"], r"the day first \(03.04.2026 is 2026-04-03\)"),
        (
            ["13/11/2026", "14/11/2026", "11/13/2026"],
            ["2026-11-13", "2026-11-14", None],
            "day first; dates that do not fit are missing: 1",
        ),
    ],
)
def test_dates_that_read_two_ways_are_told(texts, read, words):
    with pytest.warns(EmailrcdWarning, match=words):
        assert days(*texts) == read


def test_the_order_of_a_whole_column_is_known_from_all_its_parts():
    parts = [pd.Series(["05/11/2026"]), pd.Series(["20/11/2026"]), pd.Series([None], dtype="str")]
    dates = sum(map(numeric_dates, parts), Counter())
    read = [instants_of_part(part, "sent_at", "UTC", order_of(dates, "sent_at"))[0] for part in parts]
    assert [f"{time:%m-%d}" for time in read[:2]] == ["11-05", "11-20"]
    assert pd.isna(read[2])


@pytest.mark.parametrize("tz", ["UTC", "Asia/Shanghai", "America/New_York"])
def test_times_before_2000_and_over_a_year_ahead_are_missing(tz):
    now = pd.Timestamp.now(tz)
    unusual = [
        "0001-01-01",
        "1899-12-30",
        "1999-12-31 23:59",
        "2126-11-24",
        "9999-12-31 23:59:59",
        now + pd.DateOffset(days=370),
    ]
    usual = ["2000-01-01", now, now + pd.DateOffset(days=360)]
    assert days(*map(str, unusual), "2026-01-01", tz=tz) == [*[None] * 6, "2026-01-01"]
    assert None not in days(*map(str, usual), tz=tz)
    stamps = pd.Series(pd.to_datetime(["2126-11-24", "2026-11-24"]))
    assert instants(stamps, "sent_at", tz).isna().tolist() == [True, False]


def test_zones_are_kept_and_those_without_are_read_in_the_given_one():
    texts = pd.Series(["2026-11-24 09:30", "2026-11-24T01:30Z", "24/11/2026 09:30:00+08:00"])
    times = instants(texts, "sent_at", "Asia/Shanghai")
    assert (times == pd.Timestamp("2026-11-24 09:30+08:00")).all()


def test_a_column_without_times_is_refused():
    with pytest.raises(EmailrcdError, match="'sent_at' holds no times since the year 2000"):
        days("soon", "1970-01-01")
    with pytest.raises(EmailrcdError, match="'sent_at' holds numbers, not times"):
        instants(pd.Series([1, 2]), "sent_at", "UTC")


@given(
    st.dates(datetime.date(2001, 1, 1), datetime.date(2099, 12, 31)),
    st.sampled_from(["month", "day"]),
    st.sampled_from("/.-"),
)
def test_a_time_that_selects_mail_is_what_it_says_or_refused(date, first, separator):
    text = date.strftime(NAMES[first]).replace("/", separator)
    if date.day > 12 or date.day == date.month:
        assert instant("since", text) == pd.Timestamp(date, tz="UTC")
    else:
        with pytest.raises(EmailrcdError, match=f"since is '{text}', a date that can be read in several ways. Write"):
            instant("since", text)
    assert instant("since", str(date)) == instant("since", date) == pd.Timestamp(date, tz="UTC")


@pytest.mark.parametrize("text", ["12/10/26", "26-11-05", "1.2.2026 09:00", "01/02/2026T00:00Z"])
def test_a_date_that_reads_two_ways_is_refused_however_it_goes_on(text):
    with pytest.raises(EmailrcdError, match="before is .*can be read in several ways"):
        instant("before", text)


@pytest.mark.parametrize(
    "value", ["", "soon", "12 Oct", "12:30", "1012x", "12", "31/31/2026", 20261124, 1.5, None, float("nan"), ["x"]]
)
def test_what_is_not_a_time_is_refused_by_name(value):
    with pytest.raises(EmailrcdError, match="until is .*, which is not a time. Give one like '2026-11-24 09:00'"):
        instant("until", value)


@pytest.mark.parametrize(
    "value", ["2026-11-24 09:00", "20261124 09:00", "24 Nov 2026 09:00", "2026-11-24T17:00+08:00", "24.11.2026 09:00"]
)
def test_a_time_that_selects_mail_may_be_written_in_many_ways(value):
    assert instant("since", value) == pd.Timestamp("2026-11-24 09:00", tz="UTC")


def test_a_zone_that_does_not_exist_is_refused_by_name_wherever_one_is_taken(tmp_path):
    records = records_of("delivered", "failed", sent_at=pd.Timestamp("2026-11-20", tz="UTC"))
    for use in (
        lambda tz: emailrcd.timeline(records, tz=tz),
        lambda tz: emailrcd.heatmap(records, tz=tz),
        lambda tz: emailrcd.settle_times(records, tz=tz),
        lambda tz: emailrcd.investigate(records, tz=tz),
        lambda tz: emailrcd.write_records(records, tmp_path / "x.xlsx", tz),
        lambda tz: emailrcd.report(records, tmp_path / "x.md", tz=tz),
        lambda tz: emailrcd.charts.timeline(records, tz=tz),
    ):
        with pytest.raises(EmailrcdError, match="no time zone 'Mars/Olympus'"):
            use("Mars/Olympus")
