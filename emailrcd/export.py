"""Writing tables safely: XLSX for Excel, CSV for programs, Parquet and JSON lines.

Text from outside stays text. In XLSX every text, ids above all, is a string cell, which Excel neither rounds nor takes for a
formula. CSV has no types: text that a spreadsheet would take for a formula gets an apostrophe before it.
"""

from __future__ import annotations

import io
import math
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Literal, cast

import pandas as pd

from .errors import EmailrcdError

Suffix = Literal[".xlsx", ".csv", ".parquet", ".jsonl"]
SUFFIXES: tuple[Suffix, ...] = (".xlsx", ".csv", ".parquet", ".jsonl")
"""The kinds of files that are written, by the ends of their names."""

_FORMULA = r"^(?=[\t\r]|\s*[=+\-@＝＋－＠])(?![+-]?\d+(?:\.\d+)?$)"
"""Before text that a spreadsheet would take for a formula; a signed number is none."""

_EXCEL_ROWS = 1_048_576
_EXCEL_COLUMNS = 16_384
_EXCEL_TEXT = 32_767
_EXCEL_DIGITS = 10**15
_EXCEL_FIRST_YEAR = 1900
_WIDTHS = {"email_id": 22, "to_address": 30, "error": 40}
_USUAL_WIDTH = 18


def write(frame: pd.DataFrame, path: str | os.PathLike[str], tz: str = "Asia/Shanghai") -> Path:
    """Write `frame` to a file; an older one of that name is replaced as a whole.

    Parameters
    ----------
    frame : DataFrame
        A records frame, or any table.
    path : str or path
        Ends in ``.xlsx``, ``.csv``, ``.parquet`` or ``.jsonl``, which tells the kind.
    tz : str
        As for `to_bytes`.

    Raises
    ------
    EmailrcdError
        The name has another end, the folder does not exist, or the file cannot be written.
    """
    file = Path(path).expanduser()
    suffix = file.suffix.lower()
    if suffix not in SUFFIXES:
        raise EmailrcdError(f"{file.name} cannot be written: the name must end in {', '.join(SUFFIXES)}.")
    data = to_bytes(frame, suffix, tz)
    part = file.with_name(f".{file.name}.part")
    try:
        part.write_bytes(data)
        part.replace(file)
    except OSError as exc:
        part.unlink(missing_ok=True)
        problem = exc.strerror or type(exc).__name__
    else:
        return file
    raise EmailrcdError(f"{file.absolute()} cannot be written: {problem}. Choose another folder or name.")


def to_bytes(frame: pd.DataFrame, suffix: Suffix, tz: str = "Asia/Shanghai") -> bytes:
    """Return `frame` as the content of a file.

    Parameters
    ----------
    frame : DataFrame
        A records frame, or any table. An index with a name becomes a column.
    suffix : {".xlsx", ".csv", ".parquet", ".jsonl"}
        The kind of file.
    tz : str
        The zone of times in XLSX, which knows no zones; the header names it. The other kinds keep the instant.

    Raises
    ------
    EmailrcdError
        The table is larger than a sheet of Excel.
    """
    table = _flat(frame)
    buffer = io.BytesIO()
    match suffix:
        case ".xlsx":
            _write_xlsx(table, buffer, tz, "SANDBOX records" if _is_sandbox(frame) else "records")
        case ".csv":
            _without_formulas(table).to_csv(buffer, index=False, encoding="utf-8-sig")
        case ".parquet":
            _storable(table).to_parquet(buffer, index=False)
        case ".jsonl":
            table.to_json(buffer, orient="records", lines=True, date_format="iso", date_unit="us", force_ascii=False)
    return buffer.getvalue()


def tabular(frame: pd.DataFrame) -> pd.DataFrame:
    """Return `frame` as Parquet can hold it, in one piece or in several that are of the same kinds.

    Names become texts that differ, an index with a name a column; columns of one kind get a dtype that can be missing, those
    of mixed kinds become text.
    """
    table = _storable(_flat(frame)).infer_objects()
    mixed = [name for name, dtype in table.dtypes.items() if pd.api.types.is_object_dtype(dtype)]
    return table.assign(**table[mixed].convert_dtypes()) if mixed else table


def _is_sandbox(frame: pd.DataFrame) -> bool:
    return bool(frame.attrs.get("emailrcd", {}).get("sandbox"))


def _flat(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the table with an index that has a name as a column, and with names that are texts and differ."""
    names = [name for name in frame.index.names if name is not None]
    if names:
        frame = frame.reset_index(allow_duplicates=True)
    seen: dict[str, int] = {}
    unique = []
    for name in map(str, frame.columns):
        seen[name] = seen.get(name, 0) + 1
        unique.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return frame.set_axis(unique, axis=1)


def _texts(values: pd.Series[Any]) -> pd.Series[Any]:
    return values.astype("str").where(values.notna())


def _is_text(values: pd.Series[Any]) -> bool:
    return values.dtype in ("str", object) or isinstance(values.dtype, pd.CategoricalDtype | pd.StringDtype)


def _without_formulas(table: pd.DataFrame) -> pd.DataFrame:
    def guarded(values: pd.Series[Any]) -> pd.Series[Any]:
        return _texts(values).str.replace(_FORMULA, "'", regex=True) if _is_text(values) else values

    names = pd.Series(table.columns, dtype="str").str.replace(_FORMULA, "'", regex=True)
    columns = [guarded(table.iloc[:, place]) for place in range(table.shape[1])]
    return pd.concat(columns, axis=1).set_axis(list(names), axis=1) if columns else table


def _storable(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table with columns of mixed kinds, which Parquet cannot hold, as text."""
    import pyarrow as pa

    for name, values in table.items():
        if values.dtype == object:
            try:
                pa.array(values, from_pandas=True)
            except (pa.ArrowException, OverflowError, TypeError):
                table = table.assign(**{str(name): _texts(values)})
    return table


def _write_xlsx(table: pd.DataFrame, buffer: io.BytesIO, tz: str, title: str) -> None:
    import xlsxwriter

    if len(table) >= _EXCEL_ROWS or table.shape[1] > _EXCEL_COLUMNS:
        raise EmailrcdError(
            f"{len(table):,} rows and {table.shape[1]:,} columns are more than a sheet of Excel holds ({_EXCEL_ROWS - 1:,} "
            f"and {_EXCEL_COLUMNS:,}). Filter first, or take CSV or Parquet."
        )
    options = {"constant_memory": True, "default_date_format": "yyyy-mm-dd hh:mm:ss", "in_memory": False}
    with xlsxwriter.Workbook(buffer, options) as book:
        sheet = book.add_worksheet(title)
        bold = book.add_format({"bold": True})
        columns = [table.iloc[:, place] for place in range(table.shape[1])]
        for place, name in enumerate(table.columns):
            sheet.set_column(place, place, _WIDTHS.get(str(name), _USUAL_WIDTH))
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


def _writer(sheet: Any, values: pd.Series[Any]) -> Callable[[int, int, Any], object]:
    """Return what writes the cells of a column, which are all of one kind."""

    def write_number(row: int, place: int, value: float) -> None:
        # A number that Excel would round, or does not know, is written as text.
        if math.isfinite(value) and (isinstance(value, float) or abs(value) < _EXCEL_DIGITS):
            sheet.write_number(row, place, value)
        else:
            sheet.write_string(row, place, str(value))

    if pd.api.types.is_bool_dtype(values.dtype):
        return cast("Callable[[int, int, Any], object]", sheet.write_boolean)
    if _holds_times(values):
        return cast("Callable[[int, int, Any], object]", sheet.write_datetime)
    if pd.api.types.is_any_real_numeric_dtype(values.dtype):
        return write_number
    return cast("Callable[[int, int, Any], object]", sheet.write_string)


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
    return not (values.dt.year < _EXCEL_FIRST_YEAR).any()


def _fitting(text: str) -> str:
    """Cut what a cell of Excel cannot hold, visibly."""
    return text if len(text) <= _EXCEL_TEXT else text[: _EXCEL_TEXT - 1] + "…"
