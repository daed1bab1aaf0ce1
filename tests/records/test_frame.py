"""The records frame: the user's columns, and frames read back."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest

from emailrcd.errors import EmailrcdError, RoundedIdsError
from emailrcd.records.builder import Answers, Builder
from emailrcd.records.frame import COLUMNS, beside, checked, typed
from emailrcd.records.providers import PROVIDERS
from emailrcd.records.reading import read_records
from emailrcd.records.writing import write_records


def frame(*ids: str) -> pd.DataFrame:
    builder = Builder()
    answers = Answers.undecided(ids)
    answers.status = ["delivered"] * len(ids)
    builder.add(0, answers.obtained())
    return builder.frame()


def test_columns_of_the_user_come_out_beside_and_a_taken_name_is_told():
    records, notices = beside(
        frame("a", "b"),
        pd.DataFrame({"status": ["x", "y", "z"], "input_status": [1, 2, 3], "who": [4, 5, 6]}, index=[2, 2, 9]),
        [1, 0, 1],
    )
    assert records.index.tolist() == [2, 2, 9]
    assert records["email_id"].tolist() == ["b", "a", "b"]
    assert list(records.columns[9:]) == ["input_input_status", "input_status", "who"]
    assert len(notices) == 1


def test_a_saved_frame_is_read_back_as_it_was(tmp_path, sandbox):

    records = sandbox.client().query(sandbox.sample_campaign(60), progress=False)
    for suffix in (".parquet", ".csv", ".jsonl"):
        again = read_records(write_records(records, tmp_path / f"saved{suffix}"))
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
    with pytest.raises(EmailrcdError, match=r"z\.doc is not a records frame"):
        read_records(tmp_path / "z.doc")
    strange = frame("a").astype({"status": "str"}).assign(status="bounced")
    with pytest.raises(EmailrcdError, match="bounced"):
        typed(strange)


def test_a_frame_that_is_right_is_not_copied(sandbox):
    records = sandbox.client().query(sandbox.sample_campaign(20), progress=False)
    assert checked(records) is records


def test_a_frame_that_pandas_read_from_a_csv_is_the_same_again(sandbox):
    records = sandbox.client().query(sandbox.sample_ids(300), progress=False)
    again = pd.read_csv(io.StringIO(records.to_csv(index=False)))
    assert again["email_id"].dtype == "int64"
    pd.testing.assert_frame_equal(checked(again), records)


@pytest.mark.parametrize("dtype", ["int64", "uint64", "Int64", "object", "string", "category"])
def test_ids_become_text_whatever_holds_them(dtype):
    ids = ["2208031112341000001", "2208031112341000003"]
    numbers = pd.Series([int(each) for each in ids])
    records = frame(*ids).assign(email_id=numbers.astype("str") if dtype == "string" else numbers.astype(dtype))
    assert checked(records)["email_id"].tolist() == ids
    assert checked(records)["email_id"].dtype == "str"


@pytest.mark.parametrize("ids", [[2208031112341000001.0, 1.0], pd.Series([2208031112341000001.0, "x"], dtype=object)])
def test_ids_that_are_decimal_numbers_are_refused_with_the_remedy(ids):
    with pytest.raises(RoundedIdsError, match="email_id holds decimal numbers.*emailrcd.read_records"):
        checked(frame("a", "b").assign(email_id=ids))


def test_times_in_any_zone_or_none_are_times_in_utc():
    records = frame("a", "b").assign(
        received_at=["2026-11-24T09:30:03+08:00", None],
        submitted_at_estimated=pd.Series(pd.to_datetime(["2026-11-24 01:30", None])),
        queried_at=pd.Series(pd.to_datetime(["2026-11-24 09:30", None])).dt.tz_localize("Asia/Shanghai"),
    )
    mended = checked(records)
    assert mended[list(COLUMNS)].dtypes.equals(frame("a").dtypes)
    assert mended.loc[0, "received_at"] == pd.Timestamp("2026-11-24T01:30:03Z")
    assert mended.loc[0, "submitted_at_estimated"] == mended.loc[0, "queried_at"] == pd.Timestamp("2026-11-24T01:30Z")


@pytest.mark.parametrize(
    ("column", "values", "words"),
    [
        ("status", "bounced", "status holds 'bounced', which is not one of delivered, failed"),
        ("status", None, "status is empty in some rows"),
        ("received_at", "24.11.2026", "received_at holds '24.11.2026', which is not a time like 2026-11-24T"),
        ("queried_at", 20261124, "queried_at holds '20261124', which is not a time"),
        ("queried_at", "li.wei@qq.com", r"queried_at holds '\(an address\)', which is not a time"),
    ],
)
def test_what_does_not_belong_in_a_column_is_named(column, values, words):
    with pytest.raises(EmailrcdError, match=f"^x.csv is not a records frame: its column {words}"):
        checked(frame("a").astype({column: object}).assign(**{column: values}), "x.csv")


def test_what_is_not_a_frame_or_has_a_column_twice_or_not_at_all_is_refused():
    with pytest.raises(EmailrcdError, match="This is not a records frame, but of type list. Client.query gives one"):
        checked(["2208031112341000001"])
    records = frame("a")
    with pytest.raises(EmailrcdError, match="several columns status"):
        checked(pd.concat([records, records[["status"]]], axis=1))
    with pytest.raises(EmailrcdError, match="lacks the columns status, error"):
        checked(records.drop(columns=["status", "error"]))
    assert len(checked(records[["email_id"]], columns=["email_id"])) == 1


def test_providers_of_the_users_own_or_of_a_later_version_are_kept_behind_the_others():
    mended = checked(frame("a").assign(provider="Lycos"))
    assert mended["provider"].tolist() == ["Lycos"] * len(mended)
    assert mended["provider"].cat.categories.tolist() == [*PROVIDERS, "Lycos"]


def test_categories_in_another_order_are_put_in_order():
    records = frame("a").astype({"status": pd.CategoricalDtype(["unanswered", "delivered"])})
    assert checked(records)["status"].cat.codes.tolist() == frame("a")["status"].cat.codes.tolist()
    everything = records.astype({"status": pd.CategoricalDtype(list(frame("a")["status"].cat.categories)[::-1])})
    assert checked(everything)["status"].cat.codes.tolist() == frame("a")["status"].cat.codes.tolist()


def test_columns_that_are_wholly_empty_are_empty():
    hollow = frame("a").assign(**dict.fromkeys(("to_address", "received_at", "domain", "error"), np.nan))
    pd.testing.assert_frame_equal(checked(hollow), frame("a").assign(queried_at=hollow["queried_at"]))
