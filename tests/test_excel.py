"""Workbooks of several sheets."""

from __future__ import annotations

import io
import zipfile

import pandas as pd
from python_calamine import CalamineWorkbook

from emailrcd.excel import workbook


def test_each_table_has_a_sheet_with_its_rates_as_per_cent_and_its_columns_wide_enough():
    rates = pd.DataFrame({"group": ["a", "中文的很长的名字"], "rate": [0.25, 1.0]})
    data = workbook({"rates": rates, "none": pd.DataFrame({"email_id": []})}, "UTC", frozenset({"rate"}))
    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    assert book.sheet_names == ["rates", "none"]
    assert book.get_sheet_by_name("rates").to_python() == [["group", "rate"], ["a", 0.25], ["中文的很长的名字", 1.0]]
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert b'formatCode="0.0%"' in archive.read("xl/styles.xml")
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    # Chinese characters take two places each.
    assert 'width="18.7' in sheet
    assert 'topLeftCell="B2"' in sheet
