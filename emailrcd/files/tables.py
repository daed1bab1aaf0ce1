"""Writing tables safely: XLSX for Excel, CSV for programs, Parquet and JSON lines.

Text from outside stays text. In XLSX every text, ids above all, is a string cell, which Excel neither rounds nor takes for a
formula. CSV has no types: text that a spreadsheet would take for a formula gets an apostrophe before it.
"""

from __future__ import annotations

import io
from typing import Any, Literal

import pandas as pd

from .excel import workbook

Suffix = Literal[".xlsx", ".csv", ".parquet", ".jsonl"]
SUFFIXES: tuple[Suffix, ...] = (".xlsx", ".csv", ".parquet", ".jsonl")
"""The kinds of files that are written, by the ends of their names."""

_FORMULA = r"^(?=[\t\r]|\s*[=+\-@＝＋－＠])(?![+-]?\d+(?:\.\d+)?$)"
"""Before text that a spreadsheet would take for a formula; a signed number is none."""


def to_bytes(frame: pd.DataFrame, suffix: Suffix, tz: str = "Asia/Shanghai", sheet: str = "records") -> bytes:
    """Return `frame` as the content of a file; XLSX knows no zones, so that its times are in `tz` and the header names it."""
    table = _flat(frame)
    buffer = io.BytesIO()
    match suffix:
        case ".xlsx":
            return workbook({sheet: table}, tz)
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


def _flat(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the table with an index that has a name as a column."""
    if any(name is not None for name in frame.index.names):
        frame = frame.reset_index(allow_duplicates=True)
    return plainly_named(frame)


def plainly_named(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the table with names that are texts and differ; a second ``x`` is called ``x (2)``."""
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
