"""Workbooks for Excel: every cell typed, ids as text, nothing that can be a formula."""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

import pandas as pd

from .errors import EmailrcdError
from .visiting import visited

_ROWS = 1_048_576
_COLUMNS = 16_384
_TEXT = 32_767
_DIGITS = 10**15
_FIRST_YEAR = 1900
_NAME = 31
_WIDTHS = {"email_id": 22, "to_address": 30, "error": 40}
_NARROWEST, _WIDEST = 10, 60
_ROWS_MEASURED = 200
_PADDING = 2

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
    options = {
        "constant_memory": not in_memory,
        "default_date_format": "yyyy-mm-dd hh:mm:ss",
        "in_memory": in_memory,
    }
    with xlsxwriter.Workbook(buffer, options) as book:
        for name, table in sheets.items():
            _add_sheet(book, name, table, tz, percent)
    return buffer.getvalue()


def _add_sheet(book: Any, name: str, table: pd.DataFrame, tz: str, percent: frozenset[str]) -> None:
    if len(table) >= _ROWS or table.shape[1] > _COLUMNS:
        raise EmailrcdError(
            f"{len(table):,} rows and {table.shape[1]:,} columns are more than a sheet of Excel holds ({_ROWS - 1:,} "
            f"and {_COLUMNS:,}). Filter first, or take CSV or Parquet."
        )
    sheet = book.add_worksheet(name[:_NAME])
    bold = book.add_format({"bold": True, "bottom": 1})
    share = book.add_format({"num_format": "0.0%"})
    columns = [table.iloc[:, place] for place in range(table.shape[1])]
    for place, (title, values) in enumerate(zip(table.columns, columns, strict=True)):
        sheet.set_column(place, place, _width(str(title), values), share if title in percent else None)
    for place, values in enumerate(columns):
        zone = f" ({tz})" if isinstance(values.dtype, pd.DatetimeTZDtype) else ""
        sheet.write_string(0, place, _fitting(f"{values.name}{zone}"), bold)
    sheet.freeze_panes(1, 1)
    if columns:
        sheet.autofilter(0, 0, len(table), len(columns) - 1)
    writers = [_writer(sheet, values) for values in columns]
    for number, row in enumerate(zip(*(_cells(values, tz) for values in columns), strict=True), start=1):
        for place, value in enumerate(row):
            if value is not None:
                writers[place](number, place, value)


def _width(title: str, values: pd.Series[Any]) -> float:
    """Return a width that fits the title and the first cells; what is wider than Latin letters counts twice."""
    if title in _WIDTHS:
        return _WIDTHS[title]
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        return max(20, len(title) + _PADDING)
    known: Iterable[Any] = () if pd.api.types.is_numeric_dtype(values.dtype) else values.head(_ROWS_MEASURED).dropna()
    texts = [title, *map(str, known)]
    longest = max(sum(1 + (not sign.isascii()) for sign in text) for text in texts)
    return min(max(longest + _PADDING, _NARROWEST), _WIDEST)


def _writer(sheet: Any, values: pd.Series[Any]) -> _Write:
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
        return cast("_Write", sheet.write_datetime)
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


def _fitting(text: str) -> str:
    """Cut what a cell of Excel cannot hold, visibly."""
    return text if len(text) <= _TEXT else text[: _TEXT - 1] + "…"
