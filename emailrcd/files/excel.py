"""Workbooks for Excel: every cell typed, ids as text, nothing that can be a formula."""

from __future__ import annotations

import io
import math
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

import pandas as pd

from ..api.credentials import visited
from ..errors import EmailrcdError

_ROWS = 1_048_576
_COLUMNS = 16_384
_TEXT = 32_767
_DIGITS = 10**15
_FIRST_YEAR = 1900
_NAME = 31
_A4 = 9
_HEAD = {"bold": True, "bottom": 1}
_TEXT_CELL = {"valign": "top", "align": "left", "indent": 1}
"""The indent keeps a text or a time apart from a number at its left."""

_LOOKS: dict[str, dict[str, Any]] = {
    "number head": {**_HEAD, "align": "right"},
    "text head": {**_HEAD, "align": "left", "indent": 1},
    "text": _TEXT_CELL,
    "wrapped": {**_TEXT_CELL, "text_wrap": True},
    "time": {**_TEXT_CELL, "num_format": "yyyy-mm-dd hh:mm:ss"},
    "number": {"valign": "top"},
    "share": {"valign": "top", "num_format": "0.0%"},
}

_NO_XML = re.compile("[\x00-\x1f\ufffe\uffff]")
"""What XML cannot hold, and what the name of a sheet may not."""

_NONCHARACTERS = str.maketrans(dict.fromkeys("\ufffe\uffff", "\ufffd"))
_FORBIDDEN = str.maketrans("[]:*?/\\'", "--------")
_WIDTHS = {"email_id": 22, "to_address": 30, "error": 40}
_NARROWEST, _WIDEST = 10, 60
_ROWS_MEASURED = 200
_PADDING = 3
_MOST_LINES = 6
_LINE = 15
"""The height of a line, in points."""

_Write = Callable[[int, int, Any], object]


def workbook(sheets: Mapping[str, pd.DataFrame], tz: str, percent: frozenset[str] = frozenset()) -> bytes:
    """Return a workbook.

    Parameters
    ----------
    sheets : mapping of str to DataFrame
        Tables by the names of their sheets; an index is left out.
    tz : str
        The zone of times, as Excel knows none; the header names it.
    percent : frozenset of str
        Columns that are shown as per cent.

    Raises
    ------
    EmailrcdError
        A table is larger than a sheet of Excel.
    """
    import xlsxwriter

    buffer = io.BytesIO()
    # Constant memory means temporary files.
    in_memory = visited()
    options = {"constant_memory": not in_memory, "in_memory": in_memory}
    with xlsxwriter.Workbook(buffer, options) as book:
        formats = {name: book.add_format(look) for name, look in _LOOKS.items()}
        for name, table in sheets.items():
            _add_sheet(book.add_worksheet(sheet_name(name)), table, tz, percent, formats)
    return buffer.getvalue()


def _add_sheet(sheet: Any, table: pd.DataFrame, tz: str, percent: frozenset[str], formats: Mapping[str, Any]) -> None:
    if len(table) >= _ROWS or table.shape[1] > _COLUMNS:
        raise EmailrcdError(
            f"{len(table):,} rows and {table.shape[1]:,} columns are more than a sheet of Excel holds ({_ROWS - 1:,} "
            f"and {_COLUMNS:,}). Filter first, or take CSV or Parquet."
        )
    columns = [table.iloc[:, place] for place in range(table.shape[1])]
    titles = [_title(values, tz) for values in columns]
    widths = [_width(title, values) for title, values in zip(titles, columns, strict=True)]
    for place, (name, width) in enumerate(zip(table.columns, widths, strict=True)):
        numeric = pd.api.types.is_numeric_dtype(columns[place].dtype)
        look = "share" if name in percent else "number" if numeric else "wrapped" if width == _WIDEST else "text"
        sheet.set_column(place, place, width, formats[look])
        sheet.write_string(0, place, _fitting(titles[place]), formats["number head" if numeric else "text head"])
    sheet.freeze_panes(1, 1)
    # On paper: all columns side by side, their names on every page.
    sheet.set_landscape()
    sheet.set_paper(_A4)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    if columns:
        sheet.autofilter(0, 0, len(table), len(columns) - 1)
    writers = [_writer(sheet, values, formats["time"]) for values in columns]
    wide = [place for place, width in enumerate(widths) if width == _WIDEST]
    for line, row in enumerate(zip(*(_cells(values, tz) for values in columns), strict=True), start=1):
        if wide and (lines := max(_lines(row[place]) for place in wide)) > 1:
            sheet.set_row(line, lines * _LINE)
        for place, value in enumerate(row):
            if value is not None:
                writers[place](line, place, value)


def _title(values: pd.Series[Any], tz: str) -> str:
    return f"{values.name} ({tz})" if isinstance(values.dtype, pd.DatetimeTZDtype) else str(values.name)


def _width(title: str, values: pd.Series[Any]) -> float:
    """Return a width that fits the title with its filter, and the first cells."""
    if title in _WIDTHS:
        return _WIDTHS[title]
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        return max(20, len(title) + _PADDING)
    known: Iterable[Any] = () if pd.api.types.is_float_dtype(values.dtype) else values.head(_ROWS_MEASURED).dropna()
    longest = max(map(_places, [title, *map(str, known)]))
    return min(max(longest + _PADDING, _NARROWEST), _WIDEST)


def _places(text: str) -> int:
    """Return how many Latin letters are as wide as a text: what is none counts twice."""
    return sum(1 + (not sign.isascii()) for sign in text)


def _lines(cell: Any) -> int:
    """Return how many lines a cell of the widest column is given."""
    return min(math.ceil(_places(cell) / _WIDEST), _MOST_LINES) if isinstance(cell, str) else 1


def _writer(sheet: Any, values: pd.Series[Any], time: Any) -> _Write:
    """Return what writes the cells of a column."""

    def write_number(row: int, place: int, value: float) -> None:
        # A number that Excel would round, or does not know, is written as text.
        if math.isfinite(value) and (isinstance(value, float) or abs(value) < _DIGITS):
            sheet.write_number(row, place, value)
        else:
            sheet.write_string(row, place, str(value))

    if pd.api.types.is_bool_dtype(values.dtype):
        return cast("_Write", sheet.write_boolean)
    if _holds_times(values):
        return lambda row, place, value: sheet.write_datetime(row, place, value, time)
    if pd.api.types.is_any_real_numeric_dtype(values.dtype):
        return write_number
    return cast("_Write", sheet.write_string)


def _cells(values: pd.Series[Any], tz: str) -> Iterable[Any]:
    """Return the values of a column as they are written, None where one is missing."""
    present = values.notna().tolist()
    if _holds_times(values):
        local = values.dt.tz_convert(tz).dt.tz_localize(None) if values.dt.tz is not None else values
        cells: Iterable[Any] = local.dt.floor("s").tolist()
    elif pd.api.types.is_bool_dtype(values.dtype) or pd.api.types.is_any_real_numeric_dtype(values.dtype):
        cells = values.tolist()
    else:
        cells = (_fitting(str(value)) for value in values.tolist())
    return (cell if is_present else None for cell, is_present in zip(cells, present, strict=True))


def _holds_times(values: pd.Series[Any]) -> bool:
    """Tell whether a column holds times that Excel knows: its calendar begins in 1900."""
    if not pd.api.types.is_datetime64_any_dtype(values.dtype):
        return False
    return not (values.dt.year < _FIRST_YEAR).any()


def sheet_name(text: str, longest: int = _NAME) -> str:
    """Return a text as Excel takes it for the name of a sheet."""
    return _cut(_NO_XML.sub(" ", text).translate(_FORBIDDEN), longest).strip() or "sheet"


def _fitting(text: str) -> str:
    """Cut what a cell of Excel cannot hold, visibly."""
    cut = _cut(text.translate(_NONCHARACTERS), _TEXT)
    return cut if len(cut) >= len(text) else _cut(cut, _TEXT - 1) + "…"


def _cut(text: str, longest: int) -> str:
    """Return at most so many characters as Excel counts them: an emoji is two."""
    if len(text) * 2 <= longest:
        return text
    return text.encode("utf-16-le")[: longest * 2].decode("utf-16-le", "ignore")
