"""Workbooks of several sheets."""

from __future__ import annotations

import io
import re
import zipfile
from xml.etree import ElementTree

import pandas as pd
from python_calamine import CalamineWorkbook

from emailrcd.api.credentials import MARK
from emailrcd.files.excel import workbook


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
    assert 'width="19.7' in sheet
    assert 'topLeftCell="B2"' in sheet
    assert 'fitToHeight="0" orientation="landscape"' in sheet


def test_what_excel_would_have_to_repair_is_not_written():
    texts = ["🎉" * 20_000, "x" * 40_000, "x" * 32_767, "a\x00b\ufffec", "_x0041_", "=1+1"]
    names = ["plain", "🎉" * 40, "a\x00b\n\ufffe'c'"]
    data = workbook({name: pd.DataFrame({"\ufffftext": texts}) for name in names}, "UTC")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for name in archive.namelist():
            ElementTree.fromstring(archive.read(name))
            assert re.search("[\ufffe\uffff]", archive.read(name).decode()) is None
    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    assert book.sheet_names == ["plain", "🎉" * 15, "a b  -c-"]
    cells = [row[0] for row in book.get_sheet_by_index(0).to_python()]
    assert cells[0] == "\ufffdtext"
    assert [len(cell.encode("utf-16-le")) // 2 for cell in cells[1:4]] == [32_767] * 3
    assert [cell[-1] for cell in cells[1:4]] == ["…", "…", "x"]
    assert cells[-1] == "=1+1"


def test_a_visitors_rows_go_to_no_temporary_file(monkeypatch, tmp_path):
    monkeypatch.setenv(MARK, "1")
    monkeypatch.setenv("TMPDIR", str(tmp_path / "nowhere"))
    assert workbook({"x": pd.DataFrame({"x": ["a"]})}, "UTC").startswith(b"PK")


def test_times_and_ids_have_their_formats_and_ids_no_warning_beside_them():
    frame = pd.DataFrame({"email_id": ["2208031112341000001"], "at": pd.to_datetime(["2026-11-24 09:30:03"])})
    data = workbook({"x": frame}, "UTC")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
        assert b'formatCode="yyyy-mm-dd hh:mm:ss"' in archive.read("xl/styles.xml")
    assert '<ignoredError sqref="A2" numberStoredAsText="1"/>' in sheet
    assert '<autoFilter ref="A1:B2"/>' in sheet
