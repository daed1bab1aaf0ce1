"""The way in: tells what a source is and hands it to the module that reads it."""

from __future__ import annotations

import codecs
import io
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ..errors import IdsError
from ..wording import quoted
from .delimited import cells, from_delimited, guess_delimiter
from .model import Ids
from .objects import from_json
from .sheets import SIGNATURES, from_workbook
from .tables import from_entries, from_frame, from_table
from .text import from_text, from_tokens
from .values import is_empty, looks_like_id

SUFFIXES = (".txt", ".csv", ".tsv", ".xlsx", ".xls", ".json", ".jsonl", ".ndjson", ".parquet")
"""Files that are read, by the ends of their names."""

TABLES = (".csv", ".tsv")
"""Those that are tables, whatever their text looks like."""

_EXCEL = (".xlsx", ".xls")
PARQUET = b"PAR1"
_LONGEST_PATH = 1_000


def take(source: object, column: str | None = None) -> Ids:
    """Return the ids of anything a user has.

    Parameters
    ----------
    source : str, path, list, array, Series, DataFrame, dict or Ids
        Text with ids in it, the name of a file (see `SUFFIXES`), data, or an object read from JSON.
    column : str, optional
        The name of the id column of a table.

    Raises
    ------
    AmbiguousColumnError
        Several columns could hold the ids, or none.
    RoundedIdsError
        A spreadsheet or a float has rounded them.
    IdsError
        The file cannot be read, or the source is of no kind that holds ids.

    Examples
    --------
    >>> take("2208031112341000001，2208031112341000002").ids
    ['2208031112341000001', '2208031112341000002']
    """
    if isinstance(source, Ids):
        return source
    if isinstance(source, os.PathLike):
        return _from_file(Path(source), column)
    if isinstance(source, str):
        return _from_file(Path(source), column) if names_a_file(source) else from_text(source, column)
    if isinstance(source, bytes | bytearray):
        return take_bytes(bytes(source), "these bytes", column)
    if isinstance(source, pd.DataFrame):
        return from_frame(source, column)
    if isinstance(source, pd.Series):
        index = source.index
        return from_entries(source.tolist(), lambda place: f"index {quoted(index[place])}")
    if isinstance(source, Mapping):
        return from_json(source, column)
    return _from_values(source, column)


def take_bytes(data: bytes, name: str, column: str | None = None) -> Ids:
    """Return the ids of a file's content.

    Parameters
    ----------
    data : bytes
        All of it. Text may be UTF-8 or UTF-16 (with a mark), or GB18030.
    name : str
        The file's name; its end tells what kind of file it is.
    column : str, optional
        The name of the id column.

    Raises
    ------
    IdsError
        As for `take`.
    """
    suffix = Path(name).suffix.lower()
    if data.startswith(SIGNATURES):
        ids = from_workbook(data, name, column)
    elif data.startswith(PARQUET):
        ids = _from_parquet(data, name, column)
    elif suffix in _EXCEL or suffix == ".parquet":
        kind = "an Excel" if suffix in _EXCEL else "a Parquet"
        raise IdsError(
            f"{name} is not {kind} file, whatever its name says. Save it again, or name it for what it is: "
            f"{', '.join(SUFFIXES)}."
        )
    elif suffix in TABLES:
        ids = _from_table_file(decoded(data, name), name, column)
    else:
        ids = from_text(decoded(data, name), column, name)
    if not ids.given:
        ids.remarks.append(nothing_in(name))
    return ids


def decoded(data: bytes, name: str) -> str:
    """Return the text of a file: by its byte-order mark, else UTF-8, else GB18030.

    Raises
    ------
    IdsError
        It is no text.

    Examples
    --------
    >>> decoded("邮件ID".encode("gb18030"), "ids.csv")
    '邮件ID'
    """
    for encoding in encodings(data):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise no_text(name)


def encodings(begin: bytes) -> tuple[str, ...]:
    """Return the encodings a file that begins so may have, the likeliest first."""
    return ("utf-16",) if begin.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else ("utf-8-sig", "gb18030")


def no_text(name: str) -> IdsError:
    """Return the error for a file that is none of text."""
    return IdsError(
        f"{name} is no text in UTF-8, UTF-16 or GB18030. Save it as CSV UTF-8, or give the Excel or Parquet file itself."
    )


def nothing_in(name: str) -> str:
    """Return the notice about a file without ids."""
    return f"There is no email id in {name}."


def _from_values(source: object, column: str | None) -> Ids:
    if isinstance(source, np.ndarray | pd.Index | pd.api.extensions.ExtensionArray):
        values: list[Any] = source.tolist()
    elif isinstance(source, int | float):
        values = [source]
    elif isinstance(source, Iterable):
        values = source if isinstance(source, list) else list(source)
    else:
        raise IdsError(
            f"Ids cannot be taken from {type(source).__name__}. Give text, the name of a file, a list, a Series or a DataFrame."
        )
    return from_json(values, column)


def names_a_file(text: str) -> bool:
    """Tell whether `text` is the name of a file rather than ids: it exists, or it ends like one."""
    if len(text) > _LONGEST_PATH or "\n" in text or "\0" in text or not text.strip():
        return False
    return text.lower().endswith(SUFFIXES) or os.path.isfile(os.path.expanduser(text))


def _from_file(path: Path, column: str | None) -> Ids:
    # Unlike Path.expanduser, this leaves the home of somebody unknown as it stands.
    file = Path(os.path.expanduser(path))
    if os.path.isdir(file):
        raise IdsError(f"{file} is a folder. Name a file in it: {', '.join(SUFFIXES)}.")
    try:
        data = file.read_bytes()
    except FileNotFoundError:
        problem = f"There is no file {file.absolute()}. Check the name and the folder."
    except OSError as exc:
        problem = f"{file.absolute()} cannot be read: {exc.strerror or type(exc).__name__}."
    else:
        if file.suffix.lower() in SUFFIXES:
            return take_bytes(data, file.name, column)
        problem = f"{file.name} is of no kind that ids are read from. Those are {', '.join(SUFFIXES)}."
    raise IdsError(problem)


def _from_table_file(text: str, name: str, column: str | None) -> Ids:
    delimiter = delimiter_of_file(text)
    return from_tokens(text) if delimiter is None else from_delimited(text, delimiter, name, column)


def delimiter_of_file(text: str) -> str | None:
    """Return the delimiter of a table that begins so; None for one line of ids, which is no table of one row."""
    delimiter = guess_delimiter(text)
    lines = text.strip().splitlines()
    if delimiter is not None and len(lines) == 1 and all(map(_is_id_or_empty, cells(lines[0], delimiter))):
        return None
    return delimiter or ","


def _is_id_or_empty(cell: str) -> bool:
    return looks_like_id(cell) or is_empty(cell)


def _from_parquet(data: bytes, name: str, column: str | None) -> Ids:
    from pyarrow import parquet

    with explained(name):
        frame = frame_of(parquet.read_table(io.BytesIO(data)))
    return from_table(frame, lambda row: f"row {row + 1:,}", name=name, column=column)


def frame_of(table: Any) -> pd.DataFrame:
    """Return an Arrow table as a frame with its values untouched."""
    # Whole numbers beside missing ones would otherwise become floats, which round them.
    frame: pd.DataFrame = table.to_pandas(integer_object_nulls=True, ignore_metadata=True)
    return frame


@contextmanager
def explained(name: str) -> Iterator[None]:
    """Turn what can be wrong with a Parquet file into an error of this package."""
    import pyarrow as pa

    try:
        yield
    except (pa.ArrowException, OSError) as exc:
        problem = type(exc).__name__
    else:
        return
    raise IdsError(f"{name} cannot be read as a Parquet file ({problem}). It may be damaged: write it again.")
