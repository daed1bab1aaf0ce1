"""Files to take away."""

from __future__ import annotations

import io
import re

import pandas as pd
import pytest
from python_calamine import CalamineWorkbook

from tests.explorer.page import NO_FILTERS


@pytest.mark.slow
def test_files_keep_the_order_of_the_table_and_are_named_by_day_and_filter(queried, act):
    act("set-filters", **NO_FILTERS | {"provider": "Google"})
    act("sort", column="to_address", descending=True)
    act("export", what="shown", suffix=".xlsx")
    day = f"{pd.Timestamp.now():%Y-%m-%d}"
    assert queried.last("file-ready")["name"] == f"sandbox-records-{day}-provider-google.xlsx"
    header, *rows = CalamineWorkbook.from_filelike(io.BytesIO(queried.downloaded())).get_sheet_by_index(0).to_python()
    addresses = [row[header.index("to_address")] for row in rows]
    assert addresses == sorted(addresses, reverse=True)
    assert len(rows) == len(queried.app.shown)


def test_a_filter_by_an_address_is_not_told_by_a_files_name(queried, act):
    address = queried.app.records["to_address"].dropna().iloc[0]
    act("set-filters", **NO_FILTERS | {"text": address})
    act("export", what="shown", suffix=".csv")
    name = queried.last("file-ready")["name"]
    assert address.partition("@")[0] not in name
    assert name.endswith("-filtered.csv")


def test_a_report_of_what_is_shown_is_masked_and_names_the_filters(queried, act):
    act("set-filters", **NO_FILTERS | {"provider": "Google"})
    for suffix in (".pdf", ".html"):
        act("export", what="report", suffix=suffix)
        assert queried.last("file-ready")["name"].endswith(f"-provider-google{suffix}")
    page = queried.downloaded().decode()
    assert "Provider: Google" in page
    assert "SANDBOX" in page
    assert not [address for address in queried.app.shown["to_address"].dropna() if address in page]


@pytest.mark.slow
def test_a_report_compares_as_the_page_does_with_mail_that_meets_the_same_filters(queried, act):
    app = queried.app
    earlier = app.records.assign(email_id="earlier-" + app.records["email_id"])
    act("export", what="report", suffix=".html")
    assert "The failure rate went from" not in queried.downloaded().decode()
    app.compare_with(earlier)
    act("toggle-value", column="provider", value="NetEase")
    settled = (app.shown["status"].isin(["delivered", "failed"])).sum()
    act("export", what="report", suffix=".html")
    assert re.search(rf"The failure rate went from [\d.]+ ?% of {settled} settled", queried.downloaded().decode())
    act("ready")
    assert queried.last("compared")["label"] == "the records given"
    act("drop-comparison")
    act("export", what="report", suffix=".html")
    assert "The failure rate went from" not in queried.downloaded().decode()
