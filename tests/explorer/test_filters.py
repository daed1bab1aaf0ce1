"""Filters, and what is worked out of records once."""

from __future__ import annotations

import pandas as pd

from emailrcd.explorer.filters import Filters
from emailrcd.explorer.population import Population
from emailrcd.records.builder import empty
from tests.explorer.frames import frame


def selected(filters: Filters, records: pd.DataFrame) -> list[str]:
    return records[filters.mask(Population(records, "UTC"))]["email_id"].tolist()


def test_filters_combine():
    records = frame(
        ["failed", "failed", "delivered"],
        domain=pd.Series(["qq.com", "163.com", "qq.com"], dtype="str"),
        campaign=pd.Series(["双十一", "Sale", None], dtype="str"),
    )
    assert selected(Filters(values={"status": ("failed",)}), records) == ["id0", "id1"]
    assert selected(Filters(values={"status": ("failed",)}, domain="qq"), records) == ["id0"]
    assert selected(Filters(domain="QQ, 163"), records) == ["id0", "id1", "id2"]
    assert selected(Filters(text="sale"), records) == ["id1"]
    assert selected(Filters(text="双十"), records) == ["id0"]
    assert selected(Filters(text="ID2"), records) == ["id2"]
    assert selected(Filters(text=".*"), records) == []
    assert selected(Filters(values={"campaign": ("", "Sale")}), records) == ["id1", "id2"]


def test_text_is_looked_for_in_categories_and_objects_too():
    records = frame(["failed", "delivered"], note=pd.Series([["x"], {"y": 1}], dtype=object))
    assert selected(Filters(text="DELIV"), records) == ["id1"]
    assert selected(Filters(text="'y'"), records) == ["id1"]


def test_a_period_takes_mail_from_its_beginning_to_before_its_end():
    times = pd.Series(pd.to_datetime(["2026-11-20T06:00Z", "2026-11-20T07:00Z", None]), dtype="datetime64[us, UTC]")
    records = frame(["failed"] * 3, sent_at=times)
    since, until = pd.Timestamp("2026-11-20T06:00Z"), pd.Timestamp("2026-11-20T07:00Z")
    assert selected(Filters(since=since, until=until), records) == ["id0"]
    assert selected(Filters(since=since), records) == ["id0", "id1"]


def test_filters_on_an_empty_frame_select_nothing():
    filters = Filters(text="x", domain="d", values={"status": ("failed",), "provider": ("p",)})
    assert selected(filters, empty()) == []


def test_what_can_be_chosen_is_offered_with_its_count():
    records = frame(["failed"] * 4, domain=pd.Series(["a", "b", "a", None], dtype="str"))
    assert Population(records, "UTC").domains == [("a", 2), ("b", 1)]
