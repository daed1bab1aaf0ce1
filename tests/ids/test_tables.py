"""Ids with the columns that stand beside them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emailrcd.errors import IdsError
from emailrcd.ids import take
from emailrcd.records.frame import COLUMNS
from emailrcd.records.sources import take as take_again

A, B, C = (f"220803111234100000{n}" for n in range(1, 4))

entries = st.lists(
    st.sampled_from([A, B, C, int(A), f" {B}", "x-1", None, "", "!", 1.5, float("nan"), True]), max_size=20
)


@given(entries)
def test_every_entry_is_an_id_a_duplicate_or_refused_and_the_order_is_kept(values):
    ids = take(values)
    assert ids.given == len(values) == len(ids.ids) + ids.duplicates + len(ids.refused)
    assert len(set(ids.ids)) == len(ids.ids)
    valid = [str(v).strip() for v in values if isinstance(v, str | int) and v not in ("", "!") and v is not True]
    assert ids.ids == list(dict.fromkeys(valid))
    bad = [place for place, v in enumerate(values, 1) if not isinstance(v, str | int) or v in ("", "!") or v is True]
    assert [entry.where for entry in ids.refused] == [f"item {place}" for place in bad]


@given(entries)
def test_a_frame_keeps_its_rows_index_and_columns(values):
    index = [f"r{n % 3}" for n in range(len(values))]
    frame = pd.DataFrame({"email_id": pd.Series(values, dtype=object), "n": range(len(values))}).set_axis(index)
    ids = take(frame)
    assert ids.given == len(values) == len(ids.context) + len(ids.refused)
    kept = ids.context["n"].tolist()
    assert kept == sorted(kept)
    assert ids.context.index.tolist() == [index[n] for n in kept]
    assert [ids.ids[place] for place in ids.positions] == [str(values[n]).strip() for n in kept]


def test_a_frame_is_left_as_it_was():
    frame = pd.DataFrame({"emailId": [A, A], "when": pd.to_datetime(["2026-01-01", None])}, index=[7, 7])
    before = frame.copy()
    ids = take(frame)
    pd.testing.assert_frame_equal(frame, before)
    pd.testing.assert_frame_equal(ids.context, before[["when"]])
    assert (ids.ids, ids.duplicates) == ([A], 1)
    assert ids.notices == ["1 duplicate is asked once."]


def test_ids_may_be_the_index_of_a_frame():
    for index in (
        pd.Index([A, B], name="emailId"),
        pd.MultiIndex.from_arrays([[1, 2], [A, B]], names=["n", "email_id"]),
    ):
        frame = pd.DataFrame({"a": ["x", "y"]}, index=index)
        ids = take(frame)
        assert ids.ids == [A, B]
        pd.testing.assert_frame_equal(ids.context, frame)


def test_a_records_frame_fed_back_drops_the_columns_of_the_answer(sandbox):
    mine = pd.DataFrame({"emailId": sandbox.sample_ids(3), "status": "mine", "campaign": "x"})
    with sandbox.client() as client:
        records = client.query(mine, on_notice=len)
        in_excel = records.rename(columns=lambda name: f"{name} (Asia/Shanghai)" if name.endswith("_at") else name)
        for source in (records, records.set_index("email_id"), in_excel):
            ids = take_again(source)
            assert ids.ids == records["email_id"].tolist()
            assert list(ids.context) == ["input_status", "campaign"]
            assert list(client.query(source)) == [*COLUMNS, "input_status", "campaign"]


def test_a_frame_that_merely_has_a_column_status_keeps_it():
    assert list(take(pd.DataFrame({"email_id": [A], "status": ["mine"], "error": [1]})).context) == ["status", "error"]


def test_columns_with_taken_names_come_out_renamed_and_that_is_told(sandbox):
    told: list[str] = []
    with sandbox.client() as client:
        records = client.query(
            pd.DataFrame({"emailId": sandbox.sample_ids(2), "status": ["p", "q"], "domain": [1, 2]}),
            on_notice=told.append,
        )
    assert records["input_status"].tolist() == ["p", "q"]
    assert [notice.split(" here")[0] for notice in told] == [
        "Your column 'status' is called 'input_status'",
        "Your column 'domain' is called 'input_domain'",
    ]


def test_of_a_file_each_distinct_id_keeps_the_row_where_it_appears_first():
    ids = take(f"emailId,n\n{B},1\n{A},2\n{B},3\n{C},4\n")
    assert ids.ids == [B, A, C]
    assert ids.context["n"].tolist() == ["1", "2", "4"]
    assert ids.notices == ["1 duplicate is asked once.", "Of rows with the same id the first one's columns are kept."]


@pytest.mark.parametrize(
    "source",
    [
        [A, B, A],
        (A, B, A),
        {A: 1, B: 2}.keys(),
        np.array([A, B, A]),
        np.array([A, B, A], dtype=object),
        np.array([[A], [B]]),
        np.array([int(A), int(B)], dtype="uint64"),
        pd.Index([A, B]),
        pd.array([A, B], dtype="str"),
        pd.Series([A, B, A]),
        pd.Series([A, B, A], dtype="category"),
        pd.Series([int(A), int(B)], dtype="category"),
        pd.Series([int(A), int(B)], dtype="Int64"),
        pd.Series([int(A), B], dtype=object),
    ],
    ids=lambda source: type(source).__name__,
)
def test_ids_are_taken_from_any_kind_of_list(source):
    assert take(source).ids == [A, B]


def test_ids_are_taken_from_what_yields_them():
    assert take(i for i in (A, B, A)).ids == [A, B]


def test_a_set_has_no_order_but_loses_nothing():
    assert set(take({A, B, C}).ids) == {A, B, C}


@pytest.mark.parametrize(
    "source",
    [[], (), {}.keys(), np.array([]), pd.Series([]), pd.Series([], dtype="Int64"), pd.DataFrame({"emailId": []}), ""],
)
def test_nothing_holds_no_ids(source):
    ids = take(source)
    assert (ids.ids, ids.given, ids.duplicates, ids.refused) == ([], 0, 0, [])


def test_series_and_frames_name_rows_by_their_index():
    assert take(pd.Series([A, "!"], index=["a", "b"])).refused[0].where == "index b"
    assert take(pd.DataFrame({"emailId": [A, None]}, index=[5, 6])).refused[0].where == "index 6"


@pytest.mark.parametrize("source", [None, object(), take])
def test_what_holds_no_ids_is_refused_and_says_what_would_do(source):
    with pytest.raises(IdsError, match="Ids cannot be taken from .* Give text, the name of a file, a list"):
        take(source)
