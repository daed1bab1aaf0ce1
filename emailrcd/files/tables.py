"""Writing tables safely: XLSX for Excel, CSV for programs, Parquet and JSON lines.

Text from outside stays text. In XLSX every text, ids above all, is a string cell, which Excel neither rounds nor takes for a
formula. CSV has no types: text that a spreadsheet would take for a formula gets an apostrophe before it.
"""

from __future__ import annotations

import io
from typing import Any, Literal

import numpy as np
import pandas as pd

from ..wording import distinct
from .csv_writer import to_csv
from .excel import workbook

Suffix = Literal[".xlsx", ".csv", ".parquet", ".jsonl"]
SUFFIXES: tuple[Suffix, ...] = (".xlsx", ".csv", ".parquet", ".jsonl")
"""The kinds of files that are written, by the ends of their names."""


def to_bytes(frame: pd.DataFrame, suffix: Suffix, tz: str = "Asia/Shanghai", sheet: str = "records") -> bytes:
    """Return `frame` as the content of a file; XLSX knows no zones, so that its times are in `tz` and the header names it."""
    table = _flat(frame)
    buffer = io.BytesIO()
    match suffix:
        case ".xlsx":
            return workbook({sheet: table}, tz)
        case ".csv":
            return to_csv(table)
        case ".parquet":
            tabular(frame).to_parquet(buffer, index=False)
        case ".jsonl":
            table.to_json(
                buffer,
                orient="records",
                lines=True,
                date_format="iso",
                date_unit="us",
                force_ascii=False,
                default_handler=str,
            )
    return buffer.getvalue()


def tabular(frame: pd.DataFrame) -> pd.DataFrame:
    """Return `frame` as Parquet can hold it, in one piece or in several that are of the same kinds.

    Names become texts that differ, an index with a name a column; columns of one kind get a dtype that can be missing, those
    of mixed kinds become text.
    """
    table = _flat(frame)
    mixed = [name for name, values in table.items() if values.dtype == object and _is_mixed(values)]
    table = table.astype(dict.fromkeys(mixed, "str")).infer_objects()
    objects = [name for name, values in table.items() if values.dtype == object]
    return table.assign(**table[objects].convert_dtypes()) if objects else table


def _flat(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the table with an index that has a name as a column, and texts that can be encoded."""
    if any(name is not None for name in frame.index.names):
        frame = frame.reset_index(allow_duplicates=True)
    table = plainly_named(frame)
    return table.assign(**{str(name): _plain(values) for name, values in table.items()})


def _plain(values: pd.Series[Any]) -> pd.Series[Any]:
    """Return a column of a kind that all formats know."""
    if isinstance(values.dtype, pd.SparseDtype):
        return pd.Series(np.asarray(values), values.index)
    if pd.api.types.is_complex_dtype(values.dtype):
        return values.astype("str")
    return values.map(_encodable) if values.dtype == object else values


def _encodable(value: object) -> object:
    """Return a text that can be encoded: half an emoji, as text cut in the wrong place ends with, is in no encoding."""
    if isinstance(value, bytes):
        return value.decode(errors="backslashreplace")
    return value.encode(errors="replace").decode() if isinstance(value, str) else value


def plainly_named(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the table with names that are texts and differ; a second ``x`` is called ``x (2)``."""
    return frame.set_axis(distinct(map(str, frame.columns)), axis=1)


def _is_mixed(values: pd.Series[Any]) -> bool:
    """Tell whether Parquet cannot hold a column, or could not hold some piece of it."""
    import pyarrow as pa

    kinds = set(map(type, values.dropna()))
    # Beside 7.5, True is taken for a number; beside 7 alone it is refused.
    if len(kinds) > 1 and not all(issubclass(kind, int | float) and kind is not bool for kind in kinds):
        return True
    try:
        pa.array(values, from_pandas=True)
    except (pa.ArrowException, OverflowError, TypeError):
        return True
    return False
