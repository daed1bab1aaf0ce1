"""Filters, order and pages."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emailrcd.errors import EmailrcdError
from emailrcd.explorer.view import PAGE_ROWS, Filters, Table, cells, frequent, groupable
from emailrcd.records.builder import empty
from emailrcd.records.frame import PROVIDER_DTYPE, STATUS_DTYPE, STATUSES


def frame(statuses: list[str], **columns: list[object]) -> pd.DataFrame:
    n = len(statuses)
    records = empty().reindex(range(n))
    records["email_id"] = pd.Series([f"id{i}" for i in range(n)], dtype="str")
    records["status"] = pd.Series(statuses, dtype=STATUS_DTYPE)
    records["provider"] = pd.Series(["unknown"] * n, dtype=PROVIDER_DTYPE)
    return records.assign(**columns)


def test_filters_combine():
    records = frame(
        ["failed", "failed", "delivered"],
        domain=pd.Series(["qq.com", "163.com", "qq.com"], dtype="str"),
        campaign=pd.Series(["双十一", "Sale", "Sale"], dtype="str"),
    )
    assert Filters(statuses=("failed",)).select(records)["email_id"].tolist() == ["id0", "id1"]
    assert Filters(statuses=("failed",), domain="qq.com").select(records)["email_id"].tolist() == ["id0"]
    assert Filters(text="sale").select(records)["email_id"].tolist() == ["id1", "id2"]
    assert Filters(text="双十").select(records)["email_id"].tolist() == ["id0"]
    assert Filters(text="2").select(records)["email_id"].tolist() == ["id2"]
    assert Filters(text="ID2").select(records)["email_id"].tolist() == ["id2"]
    assert Filters(text=".*").select(records).empty


def test_text_is_looked_for_in_categories_and_objects_too():
    records = frame(["failed", "delivered"], note=pd.Series([["x"], {"y": 1}], dtype=object))
    assert Filters(text="DELIV").select(records)["email_id"].tolist() == ["id1"]
    assert Filters(text="'y'").select(records)["email_id"].tolist() == ["id1"]


def test_an_unknown_status_is_refused_by_name():
    with pytest.raises(EmailrcdError, match="'bounced'"):
        Filters(statuses=("bounced",))


def test_filters_on_an_empty_frame_give_an_empty_typed_frame():
    shown = Filters(statuses=("failed",), text="x", domain="d", provider="p").select(empty())
    assert shown.dtypes.equals(empty().dtypes)


@given(st.lists(st.sampled_from(STATUSES), max_size=60), st.sampled_from([None, 0, 1]), st.booleans())
def test_the_pages_of_a_table_hold_every_record_once(statuses, column, descending):
    table = Table(frame(statuses))
    table.sort(column, descending)
    rows = [row for number in range(table.pages) for row in table.page(number, "UTC")]
    assert sorted(row[0] for row in rows) == sorted(f"id{i}" for i in range(len(statuses)))
    assert max((len(table.page(n, "UTC")) for n in range(table.pages)), default=0) <= PAGE_ROWS


@given(
    st.lists(st.tuples(st.sampled_from(STATUSES), st.booleans()), max_size=60),
    st.sampled_from([None, 0, 1]),
    st.booleans(),
)
def test_a_table_that_is_narrowed_down_is_that_of_the_records_left(rows, column, descending):
    records = frame([status for status, _ in rows])
    mask = np.array([kept for _, kept in rows], bool)
    narrowed, left = Table(records), Table(records[mask])
    for table in (narrowed, left):
        table.sort(column, descending)
    narrowed.page(0, "UTC")
    narrowed.narrow(mask)
    assert (narrowed.total, narrowed.pages) == (left.total, left.pages)
    for number in range(left.pages):
        assert narrowed.page(number, "UTC") == left.page(number, "UTC")


def test_sorting_follows_the_order_of_statuses_and_puts_missing_values_last():
    table = Table(frame(["failed", "delivered"], note=pd.Series([None, "x"], dtype="str")))
    table.sort(1, False)
    assert [row[0] for row in table.page(0, "UTC")] == ["id1", "id0"]
    for descending in (False, True):
        table.sort(9, descending)
        assert [row[0] for row in table.page(0, "UTC")] == ["id1", "id0"]


def test_a_page_beyond_the_last_is_the_last():
    table = Table(frame(["failed"] * (PAGE_ROWS + 1)))
    assert len(table.page(99, "UTC")) == 1


def test_times_are_shown_in_the_zone_asked_for_and_missing_ones_as_nothing():
    times = pd.Series(pd.to_datetime(["2026-11-20T06:00:00Z", None]), dtype="datetime64[us, UTC]")
    assert cells(times, "Asia/Shanghai") == ["2026-11-20 14:00:00", ""]


def test_what_can_be_chosen_is_offered_with_its_count():
    assert frequent(pd.Series(["a", "b", "a", None]), 5) == [("a", 2), ("b", 1)]
    assert "email_id" not in groupable(empty())
