"""The records frame in the making."""

from __future__ import annotations

from contextlib import suppress

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emailrcd.records.builder import Answers, Builder, empty
from emailrcd.records.derived import malformed_times, submitted_at_estimated
from emailrcd.records.frame import COLUMNS, STATUSES
from tests.query.interrupts import Interrupting

NOW = 1_795_500_000_250_000


def answers(*rows: tuple[str, str, str | None, str | None]) -> Answers:
    ids, status, address, time = ([row[n] for row in rows] for n in range(4))
    return Answers(ids, status, address, time, [None] * len(rows), np.full(len(rows), NOW))


def frame(*rows: tuple[str, str, str | None, str | None]) -> pd.DataFrame:
    builder = Builder()
    builder.add(0, answers(*rows))
    return builder.frame()


def test_a_frame_holds_the_nine_columns_with_their_dtypes():
    records = frame(("2208031112341000001", "delivered", "Li@QQ.com", "2021-02-12T09:30:03+08:00"))
    assert tuple(records.columns) == COLUMNS
    assert records.dtypes.equals(empty().dtypes)
    row = records.iloc[0]
    assert (row["status"], row["to_address"], row["domain"]) == ("delivered", "Li@QQ.com", "qq.com")
    assert row["received_at"] == pd.Timestamp("2021-02-12T01:30:03Z")
    assert row["submitted_at_estimated"] == pd.Timestamp("2022-08-03T03:12:34Z")
    assert row["queried_at"] == pd.Timestamp(NOW, unit="us", tz="UTC")
    assert pd.isna(row["error"])


def test_after_an_interrupt_at_any_line_it_counts_the_rows_that_it_has_and_takes_the_others():
    batches = [answers(*((f"{index}-{n}", "delivered", None, None) for n in range(900))) for index in range(6)]
    for at in range(1, 250):
        builder = Builder()
        with suppress(KeyboardInterrupt), Interrupting(at, times=1):
            for index, batch in enumerate(batches):
                builder.add(index, batch)
        assert len(builder) == 900 * sum(index in builder for index in range(6))
        for index, batch in enumerate(batches):
            if index not in builder:
                builder.add(index, batch)
        assert builder.frame()["email_id"].tolist() == [email_id for batch in batches for email_id in batch.ids]


@given(st.lists(st.integers(0, 300), max_size=40), st.randoms())
def test_batches_come_out_in_their_order_however_they_came_in(sizes, random):
    builder = Builder()
    ids = [[f"{index}-{n}" for n in range(size)] for index, size in enumerate(sizes)]
    order = list(range(len(sizes)))
    random.shuffle(order)
    for index in order:
        builder.add(index, answers(*((i, STATUSES[index % 6], None, None) for i in ids[index])))
    records = builder.frame()
    assert records["email_id"].tolist() == [i for batch in ids for i in batch]
    assert records["status"].tolist() == [STATUSES[index % 6] for index, batch in enumerate(ids) for _ in batch]


@pytest.mark.parametrize(
    "time", ["yesterday", "2021-02-12T09:30:03", "2021-02-30T09:30:03+08:00", "1613093403", "null"]
)
def test_a_malformed_time_is_missing_and_told_and_its_neighbours_are_read(time):
    builder = Builder()
    good = "2021-02-12T09:30:03+08:00"
    builder.add(0, answers(("a", "delivered", None, good), ("b", "delivered", None, time), ("c", "failed", None, "")))
    records = builder.frame()
    assert records["received_at"].isna().tolist() == [False, True, True]
    assert records["received_at"][0] == pd.Timestamp(good)
    (notice,) = malformed_times(builder.malformed)
    assert notice.startswith("1 value ")
    assert time in notice


def test_an_address_in_place_of_a_time_is_not_quoted():
    builder = Builder()
    builder.add(0, answers(("a", "delivered", None, "to li.wei@qq.com")))
    builder.frame()
    assert malformed_times(builder.malformed) == [
        "1 value of receiveTime is not a time of ISO 8601 with an offset (the first: 'to (an address)'); received_at is "
        "missing there."
    ]


def test_records_can_be_written_into():
    records = frame(("a", "delivered", "li@qq.com", "2021-02-12T01:30:03Z"))
    records.loc[0, ["status", "provider"]] = ["failed", "other"]
    records.loc[0, "received_at"] = pd.NaT
    assert records.loc[0, ["status", "provider"]].tolist() == ["failed", "other"]


def test_every_way_to_write_an_offset_is_read():
    times = [
        "2021-02-12T01:30:03Z",
        "2021-02-12T09:30:03.000+0800",
        "2021-02-12 09:30:03+08:00",
        "2021-02-12T09:30:03+08",
    ]
    records = frame(*((f"{n}", "delivered", None, time) for n, time in enumerate(times)))
    assert set(records["received_at"]) == {pd.Timestamp("2021-02-12T01:30:03Z")}


def test_domains_are_lower_case_decoded_and_missing_without_an_address():
    records = frame(
        ("a", "delivered", "a@XN--FIQS8S.xn--fiqs8s", None),
        ("b", "failed", "no address", None),
        ("c", "failed", None, None),
        ("d", "failed", '"odd@local"@Example.COM.', None),
        ("e", "failed", "x@xn--broken-\u00e9", None),
    )
    assert records["domain"].fillna("-").tolist()[:4] == ["中国.中国", "-", "-", "example.com"]
    assert records["provider"].tolist()[1:4] == ["unknown", "unknown", "other"]


def test_the_submit_time_is_estimated_for_the_whole_column_or_not_at_all():
    good = ["2208031112341000001"] * 95
    assert submitted_at_estimated(pd.Series([*good, *["x"] * 5], dtype="str")).notna().sum() == 95
    assert submitted_at_estimated(pd.Series([*good, *["x"] * 6], dtype="str")).isna().all()
    assert submitted_at_estimated(pd.Series(["1408031112341000001", "9908031112341000001"], dtype="str")).isna().all()


def test_the_submit_time_is_estimated_for_all_batches_together():
    builder = Builder()
    builder.add(0, answers(*((f"2208031112341{n:06}", "delivered", None, None) for n in range(4_000))))
    builder.add(1, answers(*((f"opaque {n}", "invalid", None, None) for n in range(300))))
    assert builder.frame()["submitted_at_estimated"].isna().all()


def test_the_zone_of_the_estimate_is_a_setting():
    ids = pd.Series(["2208031112341000001"], dtype="str")
    assert submitted_at_estimated(ids, "UTC")[0] == pd.Timestamp("2022-08-03T11:12:34Z")
