"""Files to take ids from."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import pytest
import xlsxwriter


@pytest.fixture(scope="session")
def workbook():
    """Makes Excel files: a list of rows for each sheet, or rows by the names of sheets."""

    def make(*rows: list[Sequence[Any]], **by_name: list[Sequence[Any]]) -> bytes:
        file = io.BytesIO()
        with xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False}) as book:
            for name, sheet_rows in ({f"Sheet{n}": r for n, r in enumerate(rows, 1)} | by_name).items():
                sheet = book.add_worksheet(name)
                for place, row in enumerate(sheet_rows):
                    sheet.write_row(place, 0, row)
        return file.getvalue()

    return make
