"""Records in, tables out."""

from __future__ import annotations

from collections import Counter

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emailrcd.analysis.counting import MEASURES, measures
from emailrcd.analysis.statistics import wilson
from emailrcd.analysis.tables import breakdown, hint, summary, timeline
from emailrcd.errors import EmailrcdError, EmailrcdWarning
from emailrcd.records.builder import empty
from emailrcd.records.frame import OPEN, SETTLED, STATUSES, is_sandbox
from tests.analysis.frames import records_of

SHANGHAI = "Asia/Shanghai"

some_examples = settings(max_examples=40)
"""Building frames takes time."""


@st.composite
def random_records(draw) -> pd.DataFrame:
    rows = draw(
        st.lists(
            st.tuples(
                st.integers(0, 12),
                st.sampled_from(STATUSES),
                st.sampled_from(["a@qq.com", "b@example.com", None]),
                st.sampled_from(["spring", 7, 7.5, "7", None, ("a",), True]),
                st.none() | st.datetimes(pd.Timestamp(2026, 1, 1), pd.Timestamp(2026, 12, 31)),
            ),
            max_size=25,
        )
    )
    ids, statuses, addresses, campaigns, times = map(list, zip(*rows, strict=True)) if rows else ([], [], [], [], [])
    frame = records_of(*statuses, ids=[str(n) for n in ids], addresses=addresses)
    return frame.assign(
        campaign=pd.Series(campaigns, dtype=object), sent_at=pd.to_datetime(pd.Series(times, dtype=object))
    )


def counts(table: pd.DataFrame) -> dict[str, int]:
    return table[["ids", *STATUSES, "settled", "open"]].sum().to_dict()


def test_the_wilson_interval_has_its_published_values():
    # Newcombe (1998), Statistics in Medicine 17, 857-872, table I, method 3.
    low, high = wilson(pd.Series([81, 15, 0, 1]), pd.Series([263, 148, 20, 29]))
    assert low.round(4).tolist() == [0.2553, 0.0624, 0.0, 0.0061]
    assert high.round(4).tolist() == [0.3662, 0.1605, 0.1611, 0.1718]


@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_an_interval_holds_the_rate_and_stays_within_0_and_1(delivered, failed):
    table = measures(pd.DataFrame({status: [0] for status in STATUSES}).assign(delivered=delivered, failed=failed))
    row = table.iloc[0]
    if delivered + failed:
        assert 0 <= row["delivery_rate_low"] <= row["delivery_rate"] <= row["delivery_rate_high"] <= 1
        assert row["delivery_rate_worst"] == row["delivery_rate"] == row["delivery_rate_best"]
    else:
        assert row.filter(like="rate").isna().all()


def test_the_summary_counts_each_status_once_and_derives_the_rest():
    table = summary(records_of(*["delivered"] * 6, *["failed"] * 2, "sending", "not_found", "invalid", "unanswered"))
    assert tuple(table.columns) == MEASURES
    assert table.index.tolist() == ["all"]
    row = table.loc["all"]
    assert (row["ids"], row["settled"], row["open"]) == (12, 8, 2)
    assert (row["delivery_rate"], row["delivery_rate_worst"], row["delivery_rate_best"]) == (0.75, 0.6, 0.8)
    assert row[list(STATUSES)].tolist() == [6, 2, 1, 1, 1, 1]


def test_while_nothing_is_settled_there_is_no_rate_but_bounds_of_it():
    row = summary(records_of("sending", "not_found", "invalid")).loc["all"]
    assert pd.isna(row[["delivery_rate", "delivery_rate_low", "delivery_rate_high"]]).all()
    assert (row["delivery_rate_worst"], row["delivery_rate_best"]) == (0, 1)


def test_one_row_and_all_failed_are_no_special_cases():
    one = summary(records_of("delivered")).loc["all"]
    assert (one["delivery_rate"], one["delivery_rate_high"]) == (1, 1)
    assert round(one["delivery_rate_low"], 4) == 0.2065
    assert summary(records_of(*["failed"] * 5)).loc["all", "delivery_rate"] == 0


def test_empty_records_give_empty_tables():
    assert counts(summary(empty())) == dict.fromkeys(["ids", *STATUSES, "settled", "open"], 0)
    for table in (breakdown(empty(), "provider"), breakdown(empty(), ["domain", "provider"]), timeline(empty())):
        assert table.empty
        assert tuple(table.columns) == MEASURES


@given(random_records())
@some_examples
def test_statuses_add_up_and_every_distinct_id_is_counted_once(records):
    row = summary(records).loc["all"]
    assert row["ids"] == records["email_id"].nunique() == row[list(STATUSES)].sum()
    assert row["settled"] == row[list(SETTLED)].sum()
    assert row["open"] == row[list(OPEN)].sum()


@given(
    random_records(),
    st.sampled_from(["domain", "provider", "campaign", "status", ("campaign", "provider"), ("sent_at",)]),
)
@some_examples
def test_no_row_vanishes_from_a_breakdown(records, by):
    records = records.drop_duplicates("email_id")
    table = breakdown(records, by)
    assert counts(table) == counts(summary(records))
    assert table["ids"].is_monotonic_decreasing
    assert (table["ids"] > 0).all()
    assert table.index.names == ([by] if isinstance(by, str) else list(by))


@given(random_records(), st.sampled_from(["domain", "campaign"]))
@some_examples
def test_an_id_in_several_groups_counts_in_each(records, by):
    pairs = records[["email_id", by]].assign(**{by: records[by].astype(str)}).drop_duplicates()
    assert breakdown(records, by)["ids"].sum() == len(pairs)


@given(random_records(), st.sampled_from(["3h", "7h", "D", "2D", "W-MON", "MS", "ME", "QS", "YE", "B", None]),
       st.sampled_from([SHANGHAI, "UTC", "Europe/Berlin", "America/New_York"]))  # fmt: skip
@some_examples
def test_no_row_vanishes_from_a_timeline_and_each_lies_in_its_period(records, freq, tz):
    records = records.drop_duplicates("email_id")
    table = timeline(records, freq, tz=tz)
    assert counts(table) == counts(summary(records))
    assert table.index.name == "sent_at"
    assert table.index.is_unique
    times = records["sent_at"].dt.tz_localize(tz, ambiguous="NaT", nonexistent="shift_forward")
    assert table["ids"][table.index.isna()].sum() == times.isna().sum()
    starts = table.index.dropna()
    expected = [starts[starts <= time][-1] for time in times.dropna()]
    assert table["ids"][table["ids"] > 0].loc[starts.intersection(expected)].to_dict() == Counter(expected)


@given(random_records(), random_records())
@some_examples
def test_tables_of_two_parts_add_up_to_that_of_the_whole(one, other):
    other = other.assign(email_id="other-" + other["email_id"])
    whole = pd.concat([one, other], ignore_index=True)
    parts = pd.concat([summary(one), summary(other)])
    again = measures(parts[list(STATUSES)].groupby(level=0).sum())
    pd.testing.assert_frame_equal(again, summary(whole))


def test_of_an_id_given_twice_with_different_answers_the_last_one_counts():
    records = pd.concat([records_of("sending", ids=["a"]), records_of("delivered", ids=["a"])])
    assert summary(records).loc["all", ["ids", "delivered"]].tolist() == [1, 1]


def test_a_frame_that_was_changed_is_counted_anew():
    records = records_of("delivered", "failed", "failed")
    assert summary(records).loc["all", "ids"] == 3
    records.loc[2, "email_id"] = records.loc[1, "email_id"]
    assert summary(records).loc["all", "ids"] == 2


def test_ten_thousand_domains_are_all_there():
    records = records_of(*["delivered", "failed"] * 10_000)
    records["domain"] = [f"d{n % 10_000}.example" for n in range(20_000)]
    table = breakdown(records, "domain")
    assert len(table) == 10_000
    assert (table["ids"] == 2).all()


def test_values_of_mixed_kinds_and_missing_ones_are_groups():
    values = pd.Series([["a"], {"b": 1}, 3, "x", None, float("nan"), pd.NA], dtype=object)
    table = breakdown(records_of(*["failed"] * 7, mine=values), "mine")
    assert table["ids"].tolist()[0] == 3
    assert set(table.index.dropna()) == {"['a']", "{'b': 1}", "3", "x"}


def test_categories_without_rows_have_none_in_a_breakdown():
    table = breakdown(records_of("delivered", "failed", addresses=["a@qq.com", "b@gmail.com"]), "provider")
    assert sorted(table.index) == ["Google", "Tencent QQ"]


def test_an_unknown_column_is_refused_with_a_guess_and_the_names_there_are():
    with pytest.raises(EmailrcdError, match="There is no column 'domian'. Did you mean 'domain'.* email_id, status"):
        breakdown(records_of("failed"), "domian")
    with pytest.raises(EmailrcdError, match="There is no column 'xyz'. There are"):
        timeline(records_of("failed"), at="xyz")


@pytest.mark.parametrize("by", [7, [7], ("status", 7)])
def test_the_name_of_a_column_is_text(by):
    records = records_of("failed", "delivered").assign(**{"7": "a"}).rename(columns={"7": 7})
    with pytest.raises(EmailrcdError, match=r"must be text, not 7\. .*rename\(columns=\{7: 'a name'\}\)"):
        breakdown(records, by)


def test_by_takes_different_columns_each_of_which_is_there_once():
    for by in ([], ["status", "status"]):
        with pytest.raises(EmailrcdError, match="by= takes the name of a column"):
            breakdown(records_of("failed"), by)
    twice = pd.concat([records_of("failed", x=1), pd.Series([2], name="x")], axis=1)
    with pytest.raises(EmailrcdError, match="several columns 'x'. Rename"):
        breakdown(twice, "x")


def test_what_is_no_records_frame_is_refused():
    for table_of in (summary, hint, timeline, lambda frame: breakdown(frame, "status")):
        with pytest.raises(EmailrcdError, match="lacks the columns email_id, status"):
            table_of(pd.DataFrame({"a": [1]}))
        with pytest.raises(EmailrcdError, match="status holds 'bounced', which is not one of delivered"):
            table_of(records_of("failed").assign(status="bounced"))


def test_statuses_count_right_as_text_or_with_categories_in_another_order():
    records = records_of("failed", "unanswered")
    text = records.assign(status=records["status"].astype(str))
    fewer = records.assign(status=records["status"].cat.remove_unused_categories())
    for same in (text, fewer, fewer.assign(status=fewer["status"].cat.reorder_categories(["unanswered", "failed"]))):
        pd.testing.assert_frame_equal(summary(same), summary(records))


@pytest.mark.parametrize("name", ["sent_at", "Sent At", "SendTime", "send-time", "submitted_at", "发送时间"])
def test_the_clock_is_a_column_of_the_users_found_by_its_name(name):
    table = timeline(records_of("delivered", **{name: ["2026-11-20 14:05"]}))
    assert table.index.name == name
    assert table.index.tolist() == [pd.Timestamp("2026-11-20 14:00", tz=SHANGHAI)]


def test_without_one_the_clock_is_the_estimate_and_without_that_an_error():
    assert timeline(records_of("failed")).index.name == "submitted_at_estimated"
    with pytest.raises(EmailrcdError, match="There is no time to go by.*at=…"):
        timeline(records_of("failed", ids=["x"]))


@pytest.mark.parametrize("nothing", ["", None, pd.NaT])
def test_a_clock_that_shows_nothing_at_all_is_passed_over(nothing):
    blank = {"sent_at": [nothing, nothing], "send time": ["2026-11-20 14:05", None]}
    assert timeline(records_of("failed", "failed", **blank)).index.name == "send time"
    assert timeline(records_of("failed", sent_at=[nothing])).index.name == "submitted_at_estimated"
    table = timeline(records_of("failed", ids=["x"], sent_at=[nothing]))
    assert (table.index.name, table.index.isna().tolist(), table["ids"].tolist()) == ("sent_at", [True], [1])


def test_clocks_are_never_mixed():
    table = timeline(records_of("failed", "failed", sent_at=["2026-11-20 14:05", None]))
    assert table["ids"].tolist() == [1, 1]
    assert pd.isna(table.index[1])


def test_the_user_may_name_the_clock_but_not_received_at():
    assert timeline(records_of("failed", x=["2026-11-20"]), "D", at="x").index.name == "x"
    with pytest.raises(EmailrcdError, match="cannot go by received_at: failed mail has none"):
        timeline(records_of("failed"), at="received_at")


@pytest.mark.parametrize("values", [[1_795_500_000], [1.5], [True], ["yesterday"], ["1795500000"], pd.Categorical([5])])
def test_what_is_no_time_is_refused(values):
    with pytest.raises(EmailrcdError, match="The column 'sent_at' holds (numbers|no times)"):
        timeline(records_of("failed", sent_at=values))


def test_times_without_a_zone_are_read_in_tz_and_others_keep_their_instant():
    texts = ["2026-11-20 14:05", "2026-11-20T14:05:00+08:00", "2026-11-20 06:05:00Z", "2026-11-20 06:05:00 UTC",
             "2026-11-20 14:05:00+08", "2026-11-20 14:05:00.5 +0800", "Fri, 20 Nov 2026 06:05:00 GMT"]  # fmt: skip
    stamps = [pd.Timestamp("2026-11-20 14:05"), pd.Timestamp("2026-11-20 06:05Z"), *texts[2:]]
    for values in (texts, pd.Series(stamps, dtype=object), pd.Categorical(texts), [texts[3]] * 7, [texts[4]] * 7):
        table = timeline(records_of(*["failed"] * 7, sent_at=values), "h")
        assert table.index.tolist() == [pd.Timestamp("2026-11-20 14:00", tz=SHANGHAI)]
        assert table["ids"].tolist() == [7]


@pytest.mark.parametrize("between", "/.-")
def test_one_date_that_begins_with_the_day_tells_how_the_others_are_meant(between):
    dates = [between.join(date) + " 14:05" for date in (("05", "11", "2026"), ("20", "11", "2026"))]
    table = timeline(records_of("failed", "failed", "failed", sent_at=[*dates, "2026-11-05 14:05"]), "D")
    days = table.index[table["ids"] > 0].strftime("%m-%d").tolist()
    assert days == ["11-05", "11-20"]


def test_columns_of_times_need_no_reading():
    naive = pd.Series(pd.to_datetime(["2026-11-20 14:05"]))
    for times in (naive, naive.dt.tz_localize(SHANGHAI), naive.dt.tz_localize(SHANGHAI).dt.tz_convert("UTC")):
        assert timeline(records_of("failed", sent_at=times)).index[0] == pd.Timestamp("2026-11-20 14:00", tz=SHANGHAI)


def test_periods_begin_in_the_zone_also_where_clocks_change():
    texts = ["2026-03-29 01:30", "2026-03-29 02:30", "2026-03-29 03:30", "2026-10-25 02:30", "2026-10-25 03:30"]
    for values in (texts, pd.to_datetime(texts)):
        table = timeline(records_of(*["failed"] * 5, sent_at=values), "D", tz="Europe/Berlin")
        days = table["ids"][table["ids"] > 0]
        # 02:30 does not exist in March and is taken for 03:00; in October it happens twice, and which is meant nobody knows.
        assert days.tolist() == [3, 1, 1]
        assert days.index[:2].tolist() == [
            pd.Timestamp(f"{day}", tz="Europe/Berlin") for day in ("2026-03-29", "2026-10-25")
        ]
        assert pd.isna(days.index[2])


def test_periods_in_which_nothing_was_sent_are_there():
    table = timeline(records_of("failed", "delivered", sent_at=["2026-11-20 14:05", "2026-11-20 17:55"]))
    assert table["ids"].tolist() == [1, 0, 0, 1]
    assert table["delivery_rate"].isna().tolist() == [False, True, True, False]


@pytest.mark.parametrize(
    ("last", "periods"),
    [
        ("2020-11-20 14:40", 41),
        ("2020-11-20 16:30", 31),
        ("2020-11-21 14:00", 25),
        ("2020-12-20 14:00", 31),
        ("2025-11-20", 61),
    ],
)
def test_a_period_that_fits_is_taken_if_none_is_given(last, periods):
    table = timeline(records_of("failed", "failed", sent_at=["2020-11-20 14:00", last]), None)
    assert len(table) == periods


@pytest.mark.parametrize("freq", ["banana", "0h", "-1h", "H", "h " * 9 + "x", 5])
def test_what_is_no_period_is_refused(freq):
    with pytest.raises(EmailrcdError, match="freq must be a length of time such as '15min', 'h'"):
        timeline(records_of("failed"), freq)


def test_a_period_that_is_too_short_is_refused():
    with pytest.raises(
        EmailrcdError, match="more than 20,000 periods of '1s' from 2026-11-20 to 2026-11-21. Take a longer"
    ):
        timeline(records_of("failed", "failed", sent_at=["2026-11-20", "2026-11-21"]), "1s")


@pytest.mark.parametrize("tz", ["Mars/Phobos", "Asia", "", "../x", "UTC+8", "+08:00", None])
def test_an_unknown_zone_is_refused(tz):
    with pytest.raises(EmailrcdError, match="There is no time zone .* Name one like 'Asia/Shanghai'"):
        timeline(records_of("failed"), tz=tz)


def test_when_all_ids_are_not_found_the_usual_cause_is_named():
    assert "None of the 2 ids was found (未找到). That usually means a wrong app id" in hint(
        records_of(*["not_found"] * 2)
    )
    assert "wrong app id" in hint(records_of("not_found", ids=["x"]))
    assert hint(records_of("not_found", "failed")) is None
    assert hint(empty()) is None


def test_when_all_ids_are_minutes_old_they_may_still_be_queued():
    now = pd.Timestamp.now(SHANGHAI) - pd.Timedelta("5min")
    assert "may still be queued" in hint(records_of("not_found", ids=[f"{now:%y%m%d%H%M%S}0000001"]))


def test_answers_of_the_sandbox_are_known_by_provenance_or_by_address(sandbox):
    with sandbox.client() as client:
        records = client.query(sandbox.sample_ids(20))
    assert is_sandbox(records)
    saved = records.copy()
    saved.attrs = {}
    assert is_sandbox(saved)
    assert not is_sandbox(records_of("delivered", addresses=["a@qq.com"]))
    assert not is_sandbox(empty())


def test_times_that_databases_write_for_unknown_ones_are_missing():
    records = records_of("failed", "failed", "failed", sent_at=["2020-11-20 14:00", "9999-12-31", "0001-01-01"])
    table = timeline(records, "h")
    assert table["ids"].tolist() == [1, 2]
    assert table.index.isna().tolist() == [False, True]
    with pytest.raises(EmailrcdError, match="no times since the year 2000"):
        timeline(records.tail(2), "h")


@pytest.mark.parametrize(
    ("ids", "distinct"),
    [(["7", "07"], 2), (["7", "7"], 1), (["9" * 30, "9" * 29], 2), (["a", "7", "a"], 2), (["-7", "7"], 2)],
)
def test_ids_are_counted_by_their_text_whatever_number_it_is(ids, distinct):
    records = records_of(*["delivered"] * len(ids), ids=ids)
    assert summary(records).loc["all", "ids"] == distinct


def test_dates_that_read_two_ways_are_told_where_they_are_counted():
    records = records_of("delivered", "failed", ids=["a", "b"]).assign(sent_at=["03/04/2026 10:00", "05/04/2026 10:00"])
    with pytest.warns(EmailrcdWarning, match="read with the month first"):
        table = timeline(records, "D")
    assert table.index[0] == pd.Timestamp("2026-03-04", tz="Asia/Shanghai")
    timeline(records.assign(sent_at=["03/04/2026 10:00", "13/04/2026 10:00"]), "D")
