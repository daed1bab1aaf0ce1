"""The way in: whatever a user has becomes ids, as a whole or a block at a time."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import accumulate
from typing import Any, TypeGuard

import numpy as np
import pandas as pd

from ..errors import AmbiguousColumnError, IdsError
from ..files.frames import as_pandas
from ..files.json_text import is_plain_list, json_blocks
from ..files.paths import names_files
from ..files.reader import tables_in_bytes, tables_in_files, tables_in_open
from ..files.table import ROWS, Block, Table, in_batches, numbered
from ..files.workbooks import Sheet
from ..wording import quoted
from .landmarks import IdLandmarks
from .model import Ids
from .tables import from_entries, from_frame, from_table, merged
from .values import Where

_DRAWN = 1_000
"""Entries drawn at once from an iterator: five calls."""


def take(source: object, column: str | None = None, *, sheet: Sheet = None) -> Ids:
    """Return the ids of anything a user has.

    Parameters
    ----------
    source : str, path, bytes, open file, list, array, Series, DataFrame, dict or Ids
        Text with ids in it, the name of a file, several or a pattern, data, or an object read from JSON; frames of other
        libraries too.
    column : str, optional
        The name of the id column of a table.
    sheet : str or list of str, optional
        The sheet of a workbook, or several.

    Raises
    ------
    AmbiguousColumnError, AmbiguousSheetError
        Several columns or sheets could hold the ids, or none.
    RoundedIdsError
        A spreadsheet or a float has rounded them.
    IdsError
        The file cannot be read, or the source is of no kind that holds ids.

    Examples
    --------
    >>> take("2208031112341000001，2208031112341000002").ids
    ['2208031112341000001', '2208031112341000002']
    """
    source = as_pandas(source)
    if isinstance(source, pd.DataFrame):
        return from_frame(source, column)
    return source if isinstance(source, Ids) else _taken(tables_of(source, column, sheet), column)


def take_bytes(
    data: bytes,
    name: str,
    column: str | None = None,
    *,
    sheet: Sheet = None,
) -> Ids:
    """Return the ids of a file's content; a name without an end, such as ``pasted text``, stands for text that was pasted.

    Raises
    ------
    IdsError
        As for `take`.
    """
    return _taken(tables_in_bytes(data, name, IdLandmarks(column), sheet), column)


def in_blocks(source: object, column: str | None = None, *, sheet: Sheet = None) -> Callable[[], Iterator[Ids]]:
    """Return what goes through the ids of `source`, a block at a time, as often as it is called.

    Text files (also of JSON lines), Parquet files, lists of ids and Series are read block by block; of an iterator, which can
    be gone through once, no more is drawn than is asked for. Whatever else is taken as a whole: workbooks, other JSON, a
    DataFrame. An id may be in several blocks. Parameters and errors are those of `take`, here or on the way.
    """
    if is_drawn(source):
        return partial(_of_tables, [_list_of("this iterator", source, _item, _DRAWN)], column)
    source = as_pandas(source)
    if isinstance(source, Ids | pd.DataFrame):
        taken = take(source, column)
        return lambda: iter([taken])
    return partial(_of_tables, tables_of(source, column, sheet), column)


def rows_with_ids(source: object, column: str | None = None, *, sheet: Sheet = None) -> tuple[pd.DataFrame, list[str]]:
    """Return all rows of a table with their ids as text, in the column ``email_id``, and what the user should know.

    What a file of pandas' bears as ``attrs`` stays with them.

    Raises
    ------
    IdsError
        As for `take`; or something in the id column is not an id.
    """
    source = as_pandas(source)
    if isinstance(source, pd.DataFrame):
        frame = source.reset_index(drop=True)
        tables = [Table("this DataFrame", lambda: iter([Block(frame, numbered(range(1, len(frame) + 1)))]))]
    else:
        tables = tables_of(source, column, sheet)
    frames, notices, attrs = [], [], {}
    for table in tables:
        if table.is_data:
            raise AmbiguousColumnError(
                "There are ids alone, without the columns that belong to them. Give the whole table."
            )
        for frame, where in table.blocks():
            ids = from_table(
                frame, where, name=table.name, column=column, spreadsheet=table.is_spreadsheet, every_row=True
            )
            ids.check()
            notices += ids.doubts
            texts = pd.Series(np.array(ids.ids, object)[ids.positions], dtype="str", name="email_id")
            frames.append(pd.concat([texts, ids.context], axis=1))
            attrs = frame.attrs
        notices += table.notices
    rows = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame({"email_id": []}, dtype="str")
    rows.attrs = attrs
    return rows, notices


def is_drawn(source: object) -> TypeGuard[Iterator[object]]:
    """Tell whether `source` gives its ids one by one and once, as a generator does; files and readers of Arrow are tables."""
    return isinstance(source, Iterator) and not (hasattr(source, "read") or hasattr(source, "__arrow_c_stream__"))


def tables_of(source: Any, column: str | None, sheet: Sheet = None) -> list[Table]:
    """Return the tables in what a user gave.

    Raises
    ------
    IdsError
        It is of no kind that holds ids, or cannot be read.
    """
    landmarks = IdLandmarks(column)
    if names_files(source, landmarks):
        return tables_in_files(source, landmarks, sheet)
    if isinstance(source, str):
        return tables_in_bytes(source.encode(errors="replace"), "the pasted text", landmarks)
    if hasattr(source, "read"):
        return tables_in_open(source, landmarks, sheet)
    if isinstance(source, bytes | bytearray | memoryview):
        return tables_in_bytes(bytes(source), "these bytes", landmarks, sheet)
    if isinstance(source, pd.Series):
        return [_list_of("this list", source, lambda place: f"index {quoted(source.index[place])}", ROWS)]
    if isinstance(source, np.ndarray | pd.Index | pd.api.extensions.ExtensionArray):
        values: Any = source.tolist()
    elif isinstance(source, int | float):
        values = [source]
    elif isinstance(source, Mapping | list):
        values = source
    elif isinstance(source, Iterable):
        values = list(source)
    else:
        raise IdsError(
            f"Ids cannot be taken from {type(source).__name__}. Give text, the name of a file, a list, a Series or a DataFrame."
        )
    if isinstance(values, list) and all(hasattr(row, "keys") and not isinstance(row, Mapping) for row in values):
        # Rows of a database that know the names of their columns.
        values = list(map(dict, values))
    if is_plain_list(values):
        return [_list_of("this list", values, _item, ROWS)]
    table = Table("this JSON")
    table.blocks = lambda: json_blocks(table, values, landmarks)
    return [table]


def _list_of(name: str, entries: Iterable[object], where: Where, size: int) -> Table:
    """Return plain entries, ids and nothing beside them, as a table; so many are drawn at once."""

    def blocks() -> Iterator[Block]:
        above = 0
        for drawn in in_batches(entries, size):
            yield Block(pd.Series(drawn, dtype=object).to_frame(), lambda row, above=above: where(above + row))  # type: ignore[misc]
            above += len(drawn)

    return Table(name, blocks, is_list=True, is_data=True)


def _taken(tables: Sequence[Table], column: str | None) -> Ids:
    """Return the ids of tables as a whole."""
    return merged([_whole(table, column, several=len(tables) > 1) for table in tables])


def _whole(table: Table, column: str | None, several: bool) -> Ids:
    blocks = list(table.blocks())
    starts = [0, *accumulate(len(block.frame) for block in blocks)]

    def where(row: int) -> str:
        number = bisect_right(starts, row) - 1
        place = blocks[number].where(row - starts[number])
        return f"{place} of {table.name}" if several else place

    filled = [block.frame for block in blocks if len(block.frame)] or [block.frame for block in blocks[:1]]
    if not filled:
        return Ids([], 0, remarks=_told(table, Ids([], 0)))
    frame = filled[0] if len(filled) == 1 else pd.concat(filled, ignore_index=True)
    ids = _of_block(table, Block(frame, where), column)
    ids.remarks.extend(_told(table, ids))
    return ids


def _of_tables(tables: Sequence[Table], column: str | None) -> Iterator[Ids]:
    for table in tables:
        given, name, ids = 0, column, Ids([], 0)
        for block in table.blocks():
            ids = _of_block(table, block, name)
            name = ids.column if name is None else name
            given += ids.given
            ids.remarks.extend(table.notices)
            yield ids
        yield Ids([], 0, remarks=_told(table, replace(ids, given=given)))


def _of_block(table: Table, block: Block, column: str | None) -> Ids:
    if table.is_list:
        return from_entries(block.frame.iloc[:, 0].tolist(), block.where, is_text=not table.is_data)
    return from_table(block.frame, block.where, name=table.name, column=column, spreadsheet=table.is_spreadsheet)


def _told(table: Table, ids: Ids) -> list[str]:
    """Say what the user should know of how a table was read."""
    notices = list(table.notices)
    if table.is_headless and ids.given and ids.column:
        notices.append(f"There is no header row; the ids were taken from {ids.column}.")
    if table.is_file and not ids.given:
        notices.append(f"There is no email id in {table.name}.")
    return notices


def _item(place: int) -> str:
    return f"item {place + 1:,}"
