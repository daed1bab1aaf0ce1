"""The records frame."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emailrcd.errors import EmailrcdError
from emailrcd.reading import read_records
from emailrcd.records import (
    COLUMNS,
    STATUSES,
    Answers,
    Builder,
    beside,
    empty,
    submitted_at_estimated,
    typed,
)

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
    (notice,) = builder.notices()
    assert notice.startswith("1 value ")
    assert time in notice


def test_an_address_in_place_of_a_time_is_not_quoted():
    builder = Builder()
    builder.add(0, answers(("a", "delivered", None, "to li.wei@qq.com")))
    builder.frame()
    assert builder.notices() == [
        "1 value of receiveTime is no ISO 8601 time with an offset (the first: 'to (an address)'); received_at is missing "
        "there."
    ]


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


def test_the_zone_of_the_estimate_is_a_setting():
    ids = pd.Series(["2208031112341000001"], dtype="str")
    assert submitted_at_estimated(ids, "UTC")[0] == pd.Timestamp("2022-08-03T11:12:34Z")


def test_columns_of_the_user_come_out_beside_and_a_taken_name_is_told():
    records, notices = beside(
        frame(("a", "delivered", None, None), ("b", "failed", None, None)),
        pd.DataFrame({"status": ["x", "y", "z"], "input_status": [1, 2, 3], "who": [4, 5, 6]}, index=[2, 2, 9]),
        [1, 0, 1],
    )
    assert records.index.tolist() == [2, 2, 9]
    assert records["email_id"].tolist() == ["b", "a", "b"]
    assert list(records.columns[9:]) == ["input_input_status", "input_status", "who"]
    assert len(notices) == 1


def test_a_saved_frame_is_read_back_as_it_was(tmp_path, sandbox):
    from emailrcd.export import write

    records = sandbox.client().query(sandbox.sample_campaign(60), progress=False)
    for suffix in (".parquet", ".csv", ".jsonl"):
        again = read_records(write(records, tmp_path / f"saved{suffix}"))
        pd.testing.assert_frame_equal(again[list(COLUMNS)], records[list(COLUMNS)], check_dtype=True)
        assert again["campaign"].tolist() == records["campaign"].tolist()


def test_what_is_no_records_frame_is_refused_and_says_why(tmp_path):
    (tmp_path / "x.csv").write_text("a,b\n1,2\n")
    with pytest.raises(EmailrcdError, match=r"x\.csv.*lacks.*email_id"):
        read_records(tmp_path / "x.csv")
    with pytest.raises(EmailrcdError, match="There is no file"):
        read_records(tmp_path / "y.csv")
    (tmp_path / "v.parquet").write_text("PAR1 no more")
    with pytest.raises(EmailrcdError, match=r"v\.parquet cannot be read"):
        read_records(tmp_path / "v.parquet")
    (tmp_path / "z.doc").write_text("")
    with pytest.raises(EmailrcdError, match=r"\.parquet, \.csv or \.jsonl"):
        read_records(tmp_path / "z.doc")
    strange = frame(("a", "delivered", None, None)).astype({"status": "str"}).assign(status="bounced")
    with pytest.raises(EmailrcdError, match="bounced"):
        typed(strange)
