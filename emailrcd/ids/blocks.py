"""Sources that need not be held: their ids a block at a time."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import pandas as pd

from ..wording import quoted
from .delimited import not_closed, stream_delimited, whole_rows
from .model import Ids
from .objects import is_plain_list
from .sheets import SIGNATURES
from .sources import (
    PARQUET,
    SUFFIXES,
    TABLES,
    delimiter_of_file,
    encodings,
    explained,
    frame_of,
    names_a_file,
    no_text,
    nothing_in,
    take,
)
from .tables import from_entries, from_table
from .text import is_json_lines, stream_json_lines, stream_tokens, table_delimiter

_CHARACTERS = 1 << 20
_ROWS = 20_000
_DRAWN = 1_000
"""Entries drawn at once from an iterator: five calls."""


def in_blocks(source: object, column: str | None = None) -> Callable[[], Iterator[Ids]]:
    """Return what goes through the ids of `source`, a block at a time, as often as it is called.

    Text files (also of JSON lines), Parquet files, lists of ids and Series are read block by block; of an iterator, which can
    be gone through once, no more is drawn than is asked for. Whatever else is taken as a whole: Excel, other JSON, a
    DataFrame. An id may be in several blocks.

    Parameters
    ----------
    source, column
        As for `take`, or an iterator of ids.

    Raises
    ------
    AmbiguousColumnError, RoundedIdsError, IdsError
        As for `take`; here or on the way.
    """
    if isinstance(source, Iterator):
        return partial(_of_iterator, source)
    if isinstance(source, pd.Series):
        return partial(_of_series, source)
    if is_plain_list(source):
        return partial(_of_list, source)
    if isinstance(source, os.PathLike) or (isinstance(source, str) and names_a_file(source)):
        file = Path(os.path.expanduser(source))
        if file.suffix.lower() in SUFFIXES and file.is_file():
            return partial(_of_file, file, column)
    taken = take(source, column)
    return lambda: iter([taken])


def _of_iterator(entries: Iterator[object]) -> Iterator[Ids]:
    above = 0
    while drawn := list(islice(entries, _DRAWN)):
        yield from_entries(drawn, partial(_item, above))
        above += len(drawn)


def _of_list(entries: list[Any]) -> Iterator[Ids]:
    for start in range(0, len(entries), _ROWS):
        yield from_entries(entries[start : start + _ROWS], partial(_item, start))


def _of_series(series: pd.Series[Any]) -> Iterator[Ids]:
    for start in range(0, len(series), _ROWS):
        block = series.iloc[start : start + _ROWS]
        yield from_entries(block.tolist(), lambda place, index=block.index: f"index {quoted(index[place])}")  # type: ignore[misc]


def _of_file(file: Path, column: str | None) -> Iterator[Ids]:
    with file.open("rb") as opened:
        begin = opened.read(len(PARQUET))
    if begin == PARQUET:
        found = _of_parquet(file, column)
    elif begin.startswith(SIGNATURES) or file.suffix.lower() in (".xlsx", ".xls", ".parquet"):
        found = iter([take(file, column)])
    else:
        found = _of_text(file, column)
    given = 0
    for ids in found:
        given += ids.given
        yield ids
    if not given:
        yield Ids([], 0, remarks=[nothing_in(file.name)])


def _of_parquet(file: Path, column: str | None) -> Iterator[Ids]:
    from pyarrow import parquet

    above = 0
    with explained(file.name), parquet.ParquetFile(file) as table:
        for batch in table.iter_batches(_ROWS):
            ids = from_table(frame_of(batch), partial(_row, above), name=file.name, column=column)
            above += len(batch)
            column = ids.column
            yield ids


def _of_text(file: Path, column: str | None) -> Iterator[Ids]:
    name = file.name
    with file.open(encoding=_encoding(file), newline="") as opened:
        begin = opened.read(_CHARACTERS) + opened.readline()
        opened.seek(0)
        delimiter: str | None = None
        if file.suffix.lower() in TABLES:
            delimiter = delimiter_of_file(begin)
        elif begin.lstrip("\ufeff \t\r\n").startswith(("{", "[")):
            if is_json_lines(begin):
                yield from stream_json_lines(whole_rows(opened, None, _CHARACTERS), name, column)
            else:
                yield take(file, column)
            return
        else:
            delimiter = table_delimiter(begin) or (None if column is None else ",")
        rows = whole_rows(opened, delimiter, _CHARACTERS)
        try:
            yield from stream_tokens(rows) if delimiter is None else stream_delimited(rows, delimiter, name, column)
        except csv.Error:
            raise not_closed(name) from None


def _encoding(file: Path) -> str:
    """Return the encoding in which the whole file can be read."""
    with file.open("rb") as opened:
        begin = opened.read(2)
    for encoding in encodings(begin):
        with file.open(encoding=encoding, newline="") as opened:
            try:
                if not any("\0" in text for text in iter(partial(opened.read, _CHARACTERS), "")):
                    return encoding
            except UnicodeDecodeError:
                continue
    raise no_text(file.name)


def _item(above: int, place: int) -> str:
    return f"item {above + place + 1:,}"


def _row(above: int, place: int) -> str:
    return f"row {above + place + 1:,}"
