"""Order and pages."""

from __future__ import annotations

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from emailrcd.analysis.rows import cells
from emailrcd.explorer import replies, screens
from emailrcd.explorer.filters import Filters
from emailrcd.explorer.population import Population
from emailrcd.explorer.selection import Selection
from emailrcd.explorer.table import Table
from emailrcd.records.frame import STATUSES
from tests.explorer.frames import frame

COLUMNS = st.sampled_from([None, "email_id", "status"])


def selection(records: pd.DataFrame, **filters: object) -> Selection:
    return Selection(Population(records, "UTC"), Filters(**filters))


def page(records: pd.DataFrame, **settings: object) -> replies.Table:
    return screens.table(Table(**settings), selection(records))


@given(st.lists(st.sampled_from(STATUSES), max_size=60), COLUMNS, st.booleans())
def test_the_pages_of_a_table_hold_every_record_once(statuses, column, descending):
    first, *others = [page(frame(statuses), column=column, descending=descending, page=number) for number in range(4)]
    pages = [first, *others][: first.pages]
    assert sorted(row[0] for each in pages for row in each.rows) == sorted(f"id{i}" for i in range(len(statuses)))
    assert max(len(each.rows) for each in pages) <= 20


@given(st.lists(st.sampled_from(STATUSES), max_size=60), COLUMNS, st.booleans())
def test_a_table_that_is_narrowed_down_is_that_of_the_records_left(statuses, column, descending):
    records = frame(statuses)
    left = records[records["status"].isin(["failed", "sending"])]
    narrowed = selection(records, values={"status": ("failed", "sending")})
    table = Table(column=column, descending=descending)
    assert screens.table(table, narrowed) == screens.table(table, selection(left))
    assert records.iloc[table.positions(narrowed)].equals(left.iloc[table.positions(selection(left))])


def test_sorting_follows_the_order_of_statuses_and_puts_missing_values_last():
    records = frame(["failed", "delivered"], note=pd.Series([None, "x"], dtype="str"))
    assert [row[0] for row in page(records, column="status").rows] == ["id1", "id0"]
    for descending in (False, True):
        assert [row[0] for row in page(records, column="note", descending=descending).rows] == ["id1", "id0"]


def test_a_page_beyond_the_last_is_the_last():
    shown = page(frame(["failed"] * 21), page=99)
    assert (len(shown.rows), shown.page, shown.pages) == (1, 1, 2)


def test_times_are_shown_in_the_zone_asked_for_and_missing_ones_as_nothing():
    times = pd.Series(pd.to_datetime(["2026-11-20T06:00:00Z", None]), dtype="datetime64[us, UTC]")
    assert cells(times, "Asia/Shanghai") == ["2026-11-20 14:00:00", ""]
