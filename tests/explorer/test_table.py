"""Order and pages."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from emailrcd.analysis.rows import cells
from emailrcd.explorer.table import PAGE_ROWS, Table
from emailrcd.records.frame import STATUSES
from tests.explorer.frames import frame

COLUMNS = st.sampled_from([None, "email_id", "status"])


@given(st.lists(st.sampled_from(STATUSES), max_size=60), COLUMNS, st.booleans())
def test_the_pages_of_a_table_hold_every_record_once(statuses, column, descending):
    table = Table(frame(statuses))
    table.sort(column, descending)
    rows = [row for number in range(table.pages) for row in table.page(number, "UTC")]
    assert sorted(row[0] for row in rows) == sorted(f"id{i}" for i in range(len(statuses)))
    assert max((len(table.page(n, "UTC")) for n in range(table.pages)), default=0) <= PAGE_ROWS[0]


@given(st.lists(st.tuples(st.sampled_from(STATUSES), st.booleans()), max_size=60), COLUMNS, st.booleans())
def test_a_table_that_is_narrowed_down_is_that_of_the_records_left(rows, column, descending):
    records = frame([status for status, _ in rows])
    mask = np.array([kept for _, kept in rows], bool)
    narrowed, left = Table(records), Table(records[mask])
    for table in (narrowed, left):
        table.sort(column, descending)
    narrowed.page(0, "UTC")
    narrowed.narrow(mask)
    assert (narrowed.total, narrowed.pages) == (left.total, left.pages)
    assert narrowed.in_order()["email_id"].tolist() == left.in_order()["email_id"].tolist()
    for number in range(left.pages):
        assert narrowed.page(number, "UTC") == left.page(number, "UTC")


def test_sorting_follows_the_order_of_statuses_and_puts_missing_values_last():
    table = Table(frame(["failed", "delivered"], note=pd.Series([None, "x"], dtype="str")))
    table.sort("status", False)
    assert [row[0] for row in table.page(0, "UTC")] == ["id1", "id0"]
    for descending in (False, True):
        table.sort("note", descending)
        assert [row[0] for row in table.page(0, "UTC")] == ["id1", "id0"]


def test_a_page_beyond_the_last_is_the_last():
    table = Table(frame(["failed"] * (PAGE_ROWS[0] + 1)))
    assert len(table.page(99, "UTC")) == 1


def test_a_table_of_other_records_keeps_order_length_of_page_and_columns():
    table = Table(frame(["failed"] * 30))
    table.sort("email_id", True)
    table.page_rows = 50
    table.choose(["status"])
    other = table.like(frame(["failed"] * 40))
    assert other.names == ["email_id", "status"]
    assert len(other.page(0, "UTC")) == 40
    assert other.page(0, "UTC")[0][0] == "id9"


def test_times_are_shown_in_the_zone_asked_for_and_missing_ones_as_nothing():
    times = pd.Series(pd.to_datetime(["2026-11-20T06:00:00Z", None]), dtype="datetime64[us, UTC]")
    assert cells(times, "Asia/Shanghai") == ["2026-11-20 14:00:00", ""]
