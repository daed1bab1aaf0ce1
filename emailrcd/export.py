"""Writing tables safely: XLSX for Excel, CSV for programs, Parquet and JSON lines.

Text from outside stays text. In XLSX every text, ids above all, is a string cell, which Excel neither rounds nor takes for a
formula. CSV has no types: text that a spreadsheet would take for a formula gets an apostrophe before it.
"""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from .errors import EmailrcdError
from .excel import workbook
from .records import is_sandbox

Suffix = Literal[".xlsx", ".csv", ".parquet", ".jsonl"]
SUFFIXES: tuple[Suffix, ...] = (".xlsx", ".csv", ".parquet", ".jsonl")
"""The kinds of files that are written, by the ends of their names."""

_FORMULA = r"^(?=[\t\r]|\s*[=+\-@＝＋－＠])(?![+-]?\d+(?:\.\d+)?$)"
"""Before text that a spreadsheet would take for a formula; a signed number is none."""


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
    file = target(path, SUFFIXES)
    suffix = next(each for each in SUFFIXES if each == file.suffix.lower())
    return put(to_bytes(frame, suffix, tz), file)


def target(path: str | os.PathLike[str], suffixes: Sequence[str]) -> Path:
    """Return the file that `path` names, before anything is done that could not be kept.

    Raises
    ------
    EmailrcdError
        The name has another end, or the folder does not exist or cannot be written to.
    """
    file = Path(path).expanduser()
    if file.suffix.lower() not in suffixes:
        raise EmailrcdError(f"{file.name} cannot be written: the name must end in {', '.join(suffixes)}.")
    folder = file.absolute().parent
    if not folder.is_dir():
        raise EmailrcdError(
            f"{file.absolute()} cannot be written: there is no folder {folder}. Make it first, or choose another."
        )
    if file.is_dir() or not os.access(folder, os.W_OK):
        raise EmailrcdError(f"{file.absolute()} cannot be written. Choose another folder or name.")
    return file


def put(data: bytes, file: Path) -> Path:
    """Write `data` to `file`; an older one is replaced as a whole, or left as it was.

    Raises
    ------
    EmailrcdError
        The file cannot be written.
    """
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
            return workbook({"SANDBOX records" if is_sandbox(frame) else "records": table}, tz)
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
