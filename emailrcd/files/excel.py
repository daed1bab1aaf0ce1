"""Workbooks for Excel: every cell typed, ids as text, nothing that can be a formula."""

from __future__ import annotations

import io
import math
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from ..api.credentials import visited
from ..errors import EmailrcdError

if TYPE_CHECKING:
    from rustpy_xlsxwriter import Format

_ROWS = 1_048_576
_COLUMNS = 16_384
_TEXT = 32_767
_LARGEST_NUMBER = 10**15
"""Excel rounds whole numbers from here on."""

_YEARS = (1900, 9999)
"""Of Excel's calendar."""

_NAME = 31
_ALT_TEXT = 255
_A4 = 9

_NO_XML = re.compile("[\x00-\x1f\ufffe\uffff]")
"""What XML cannot hold, and what the name of a sheet may not."""

_FORBIDDEN = str.maketrans("[]:*?/\\'", "--------")
_NARROWEST, _WIDEST = 10, 60
_ROWS_MEASURED = 200
_PADDING = 3
_LINE = 15
"""The height of a line, in points."""

_POINTS_AN_INCH = 72


class _Column(NamedTuple):
    title: str
    cells: pa.Array
    width: float
    format: Format


class Picture(NamedTuple):
    """A picture as PNG, its height in inches, and what it says."""

    png: bytes
    height: float
    description: str


def workbook(
    sheets: Mapping[str, pd.DataFrame],
    tz: str,
    percent: frozenset[str] = frozenset(),
    pictures: Sequence[Picture] = (),
) -> bytes:
    """Return a workbook of tables by the names of their sheets; an index is left out.

    Excel knows no zones: times are in `tz`, and the header names it. `percent` names the columns shown as per cent. Pictures
    stand below the first table.

    Raises
    ------
    EmailrcdError
        A table is larger than a sheet of Excel.
    """
    from rustpy_xlsxwriter import Format, write_worksheets

    header = Format().set_bold().set_border_bottom("thin").set_align("left").set_indent(1)
    page = {"landscape": True, "paper_size": _A4, "fit_to_pages": (1, 0), "repeat_rows": 0}
    columns = {sheet_name(name): _columns(table, tz, percent) for name, table in sheets.items()}
    buffer = io.BytesIO()
    write_worksheets(
        [(name, pa.table([each.cells for each in of], [each.title for each in of])) for name, of in columns.items()],
        buffer,
        column_widths={name: [each.width for each in of] for name, of in columns.items()},
        column_formats={name: [each.format for each in of] for name, of in columns.items()},
        # Ids are text on purpose: no green triangle beside each of them.
        ignore_errors={name: [each.title for each in of if _is_text(each.cells)] for name, of in columns.items()},
        header_format=dict.fromkeys(columns, header),
        freeze_panes={"general": {"row": 1, "col": 1}},
        autofilter=dict.fromkeys(columns, True),
        page_setup=dict.fromkeys(columns, page),
        inf_value="inf",
        images=_placed(next(iter(columns)), len(next(iter(sheets.values()))) + 2, pictures),
        # Else rows go to a temporary file, where nothing of a visitor may lie.
        dedupe_strings=dict.fromkeys(columns, visited()),
    )
    return buffer.getvalue()


def _placed(sheet: str, row: int, pictures: Sequence[Picture]) -> dict[str, list[dict[str, Any]]]:
    """Return where pictures stand: below each other from a row of a sheet on."""
    placed = []
    for each in pictures:
        placed.append({"data": each.png, "row": row, "col": 0, "alt_text": _cut(each.description, _ALT_TEXT)})
        row += math.ceil(each.height * _POINTS_AN_INCH / _LINE) + 1
    return {sheet: placed} if placed else {}


def _columns(table: pd.DataFrame, tz: str, percent: frozenset[str]) -> list[_Column]:
    if len(table) >= _ROWS or table.shape[1] > _COLUMNS:
        raise EmailrcdError(
            f"{len(table):,} rows and {table.shape[1]:,} columns are more than a sheet of Excel holds ({_ROWS - 1:,} "
            f"and {_COLUMNS:,}). Filter first, or take CSV or Parquet."
        )
    return [_column(table.iloc[:, place], tz, percent) for place in range(table.shape[1])]


def _column(values: pd.Series[Any], tz: str, percent: frozenset[str]) -> _Column:
    from rustpy_xlsxwriter import Format

    title = f"{values.name} ({tz})" if isinstance(values.dtype, pd.DatetimeTZDtype) else str(values.name)
    cells = _cells(values, tz)
    width = _width(title, cells)
    form = Format().set_align("top")
    if values.name in percent:
        form.set_num_format("0.0%")
    elif pa.types.is_timestamp(cells.type):
        # The indent keeps a text or a time apart from a number at its left.
        form.set_align("left").set_indent(1).set_num_format("yyyy-mm-dd hh:mm:ss")
    elif _is_text(cells):
        form.set_align("left").set_indent(1)
        if width == _WIDEST:
            form.set_text_wrap()
    return _Column(_fitting(pa.array([title]))[0].as_py(), cells, width, form)


def _cells(values: pd.Series[Any], tz: str) -> pa.Array:
    """Return a column as truth values, numbers, times or texts."""
    if pd.api.types.is_bool_dtype(values.dtype):
        return pa.array(values, pa.bool_(), from_pandas=True)
    if pd.api.types.is_integer_dtype(values.dtype):
        if values.dropna().between(-_LARGEST_NUMBER, _LARGEST_NUMBER, inclusive="neither").all():
            return pa.array(values, pa.int64(), from_pandas=True)
    elif pd.api.types.is_any_real_numeric_dtype(values.dtype):
        return pa.array(values.to_numpy("float64", na_value=np.nan), from_pandas=True)
    elif pd.api.types.is_datetime64_any_dtype(values.dtype):
        local = (
            values.dt.tz_convert(tz).dt.tz_localize(None) if isinstance(values.dtype, pd.DatetimeTZDtype) else values
        )
        values = local.dt.floor("s")
        if values.dropna().dt.year.between(*_YEARS).all():
            return pa.array(values, pa.timestamp("us"), from_pandas=True)
        values = values.dt.strftime("%Y-%m-%d %H:%M:%S")
    return _fitting(pa.array(values.astype("str"), pa.large_string(), from_pandas=True))


def _is_text(cells: pa.Array) -> bool:
    return bool(pa.types.is_large_string(cells.type))


def _width(title: str, cells: pa.Array) -> float:
    """Return a width that fits the title with its filter, and the first cells."""
    measured = [title]
    if not pa.types.is_floating(cells.type):
        measured += map(str, cells.slice(0, _ROWS_MEASURED).drop_null().to_pylist())
    # A character that is not Latin is as wide as two.
    longest = max(2 * len(text) - len(text.encode("ascii", "ignore")) for text in measured)
    return float(min(max(longest + _PADDING, _NARROWEST), _WIDEST))


def sheet_name(text: str, longest: int = _NAME) -> str:
    """Return a text as Excel takes it for the name of a sheet."""
    return _cut(_NO_XML.sub(" ", text).translate(_FORBIDDEN), longest).strip() or "sheet"


def _fitting(cells: pa.Array) -> pa.Array:
    """Cut what a cell of Excel cannot hold, visibly."""
    cells = pc.replace_substring_regex(cells, "[\ufffe\uffff]", "\ufffd")
    if not pc.any(pc.greater(pc.utf8_length(cells), _TEXT // 2)).as_py():
        return cells
    return pa.array([each and _shortened(each) for each in cells.to_pylist()], cells.type)


def _shortened(text: str) -> str:
    cut = _cut(text, _TEXT)
    return cut if len(cut) >= len(text) else _cut(cut, _TEXT - 1) + "…"


def _cut(text: str, longest: int) -> str:
    """Return at most so many characters as Excel counts them: an emoji is two."""
    if len(text) * 2 <= longest:
        return text
    return text.encode("utf-16-le")[: longest * 2].decode("utf-16-le", "ignore")
