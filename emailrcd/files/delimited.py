"""Delimited text: CSV, TSV, and what is pasted from a spreadsheet, a block of rows at a time."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterable, Iterator, Sequence

import pandas as pd

from ..errors import IdsError
from ..wording import counted, quoted
from .cells import bare, is_empty, is_remark
from .ends import tell_cut
from .grid import column_names, titles_told
from .layout import Layout, rows_of
from .table import Block, Landmarks, Table, in_batches, numbered


def delimited_blocks(table: Table, lines: Iterable[str], layout: Layout, landmarks: Landmarks) -> Iterator[Block]:
    """Yield the rows of a table that comes in `lines`.

    Raises
    ------
    IdsError
        A row has more or fewer cells than the others, or a quote is not closed.
    """
    table.is_headless = layout.names is None
    for notice in titles_told(layout.titles):
        table.tell(notice)
    if layout.names and len(layout.names) == 1 and not landmarks.is_name(layout.names[0]):
        table.tell(f"The first row, {quoted(layout.names[0])!r}, was taken for the name of the column.")
    names = column_names(dict(enumerate(layout.names or [""] * layout.width)))
    above = 0
    for drawn in _batches(table, lines, layout.delimiter):
        rows = dict(_fitting(table, enumerate(drawn, above + 1), layout, landmarks))
        above += len(drawn)
        columns = zip(*rows.values(), strict=True) if rows else [()] * layout.width
        frame = pd.DataFrame({name: pd.Series(cells, dtype="str") for name, cells in zip(names, columns, strict=True)})
        yield Block(frame, numbered(list(rows)))
    tell_cut(table, frame.iloc[:, -1].tolist(), landmarks)


def _batches(table: Table, lines: Iterable[str], delimiter: str) -> Iterator[list[list[str]]]:
    """Yield rows, blank lines as empty ones; a quote that is not closed would swallow the rows below it, ids and all."""
    of_batch: list[str] = []

    def drawn() -> Iterator[str]:
        for line in lines:
            of_batch.append(line)
            yield line

    for rows in in_batches(rows_of(drawn(), delimiter)):
        has_long = len(of_batch) > len(rows) or "\n" in "".join(rows[-1] if rows else "")
        if has_long and not _is_closed(of_batch, delimiter):
            raise IdsError(
                f"No table can be read from {table.name}; a quote may not be closed, or the file was cut off. Close it, or "
                "save the table as CSV again."
            )
        of_batch.clear()
        yield rows


def _is_closed(lines: Sequence[str], delimiter: str) -> bool:
    """Tell whether each quote is closed where a cell ends."""
    try:
        deque(rows_of(lines, delimiter, strict=True), maxlen=0)
    except csv.Error:
        return False
    return True


def _fitting(
    table: Table, rows: Iterable[tuple[int, list[str]]], layout: Layout, landmarks: Landmarks
) -> Iterator[tuple[int, list[str]]]:
    """Yield rows that are as wide as the table: what is empty or a remark is left out, what is not is refused."""
    width = layout.width
    for number, row in rows:
        if number <= layout.skipped:
            continue
        if len(row) == width:
            yield number, row
        elif len(row) > width and all(map(is_empty, row[width:])):
            yield number, row[:width]
        elif len(row) < width and _is_beside(row, layout, landmarks):
            table.tell(
                f"Row {number:,} of {table.name}, {quoted(bare(' '.join(row)))!r}, was left out: it holds no id."
            )
        elif row:
            raise IdsError(
                f"Row {number:,} of {table.name} has {counted(len(row), 'cell')} where the first row has {width:,}. "
                "Put a cell that contains the delimiter in quotes, or add what is missing, then try again."
            )


def _is_beside(row: Sequence[str], layout: Layout, landmarks: Landmarks) -> bool:
    """Tell whether a short row is not part of a table: a remark, or words where the other rows have values."""
    filled = [cell for cell in row if not is_empty(cell)]
    if filled and is_remark(" ".join(row)):
        return True
    return layout.has_values and len(filled) == 1 and not any(map(landmarks.is_value, filled))
