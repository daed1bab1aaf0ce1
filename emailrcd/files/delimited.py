"""Delimited text: CSV, TSV, and what is pasted from a spreadsheet, a block of rows at a time."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from itertools import islice

import pandas as pd

from ..errors import IdsError
from ..wording import counted, quoted
from .cells import bare, is_empty, is_remark
from .ends import is_open_ended, tell_cut
from .grid import column_names, titles_told, under
from .layout import Layout, rows_of
from .table import Block, Landmarks, Table, numbered

_BLOCK_BYTES = 1 << 24


def delimited_blocks(table: Table, texts: Iterable[str], layout: Layout, landmarks: Landmarks) -> Iterator[Block]:
    """Yield the rows of a table that comes in `texts` of whole rows.

    Raises
    ------
    IdsError
        A row has more or fewer cells than the others, or a quote is not closed.
    """
    names: dict[int, str] | None = None
    above = layout.skipped
    block = None
    text = ""
    table.is_headless = layout.names is None
    for notice in titles_told(layout.titles):
        table.tell(notice)
    if layout.names and len(layout.names) == 1 and not landmarks.is_name(layout.names[0]):
        table.tell(f"The first row, {quoted(layout.names[0])!r}, was taken for the name of the column.")
    try:
        for text in texts:
            if names is None:
                text = _below(text, layout)
            block = _read(text, above, layout, table, landmarks)
            above += _count(text, layout.delimiter)
            if names is None:
                header = list(layout.names or ())
                header += [""] * (layout.width - len(header)) if header else []
                names = column_names(block.frame, dict(enumerate(header)))
                if not names:
                    return
            else:
                _check_unnamed(block, names, table.name)
            block = block._replace(frame=under(block.frame, names))
            yield block
    except csv.Error:
        raise _not_closed(table.name) from None
    if block is not None and is_open_ended(table, text):
        if '"' in text and not _is_closed(text, layout.delimiter):
            raise _not_closed(table.name)
        if len(block.frame) and not text.endswith('"'):
            tell_cut(table, block.frame.iloc[:, -1].tolist(), landmarks)


def _not_closed(name: str) -> IdsError:
    return IdsError(
        f"No table can be read from {name}; a quote may not be closed, or the file was cut off. Close it, or save the "
        "table as CSV again."
    )


def _below(text: str, layout: Layout) -> str:
    """Return a text without the rows above the table."""
    opened = io.StringIO(text, newline="")
    for _ in islice(csv.reader(opened, delimiter=layout.delimiter), layout.skipped):
        pass
    return opened.read()


def _count(text: str, delimiter: str) -> int:
    """Return how many rows there are, blank lines among them."""
    return sum(1 for _ in (rows_of(text, delimiter) if '"' in text else io.StringIO(text, newline="")))


def _where(text: str, delimiter: str, above: int) -> Callable[[int], str]:
    """Return what names rows that are not blank, as a spreadsheet counts them; only then are they counted."""

    @cache
    def numbers() -> list[int]:
        return [number for number, row in enumerate(rows_of(text, delimiter), above + 1) if row]

    return lambda row: f"row {numbers()[row]:,}"


def _check_unnamed(block: Block, names: dict[int, str], name: str) -> None:
    """Refuse values in a column that had no name, and was left out, because further up it had no value either."""
    for place in set(range(block.frame.shape[1])) - set(names):
        row = next((row for row, cell in enumerate(block.frame.iloc[:, place]) if not is_empty(cell)), None)
        if row is not None:
            raise IdsError(
                f"{block.where(row).capitalize()} of {name} has a value in column {place + 1}, which has no name. "
                "Name the column in the first row, or take the value out, then try again."
            )


def _read(text: str, above: int, layout: Layout, table: Table, landmarks: Landmarks) -> Block:
    """Read all rows as text; pandas would fill short rows up without a word, Arrow refuses them."""
    import pyarrow as pa
    from pyarrow import csv as arrow

    names = [str(place) for place in range(layout.width)]
    data = text.encode(errors="replace")
    try:
        found = arrow.read_csv(
            io.BytesIO(data),
            # Only a quote that spans lines makes a row long.
            arrow.ReadOptions(column_names=names, block_size=max(_BLOCK_BYTES, len(data) if '"' in text else 0)),
            arrow.ParseOptions(delimiter=layout.delimiter, newlines_in_values=True),
            arrow.ConvertOptions(column_types=dict.fromkeys(names, pa.large_string()), check_utf8=False),
        )
    except ValueError:
        return _read_carefully(text, above, layout, table, landmarks)
    if found.num_rows < sum(map(bool, text.splitlines())) and not _is_closed(text, layout.delimiter):
        raise _not_closed(table.name)
    frame = pd.DataFrame({place: found[name].to_pandas() for place, name in enumerate(names)})
    return Block(frame, _where(text, layout.delimiter, above))


def _read_carefully(text: str, above: int, layout: Layout, table: Table, landmarks: Landmarks) -> Block:
    """Read rows that are not all as wide as the first: what is empty or a remark is left out, what is not is refused."""
    if not _is_closed(text, layout.delimiter):
        raise _not_closed(table.name)
    width = layout.width
    kept: list[list[str]] = []
    numbers: list[int] = []
    for number, row in enumerate(rows_of(text, layout.delimiter), above + 1):
        if len(row) > width and all(map(is_empty, row[width:])):
            row = row[:width]
        elif layout.names and len(layout.names) <= len(row) < width:
            # What others have beyond the named columns is empty.
            row += [""] * (width - len(row))
        elif row and len(row) < width and _is_beside(row, layout, landmarks):
            table.tell(
                f"Row {number:,} of {table.name}, {quoted(bare(' '.join(row)))!r}, was left out: it holds no id."
            )
        elif row and len(row) != width:
            raise IdsError(
                f"Row {number:,} of {table.name} has {counted(len(row), 'cell')} where the first row has {width:,}. "
                "Put a cell that contains the delimiter in quotes, or add what is missing, then try again."
            )
        if len(row) == width:
            kept.append(row)
            numbers.append(number)
    frame = pd.DataFrame({place: pd.Series([row[place] for row in kept], dtype="str") for place in range(width)})
    return Block(frame, numbered(numbers))


def _is_beside(row: Sequence[str], layout: Layout, landmarks: Landmarks) -> bool:
    """Tell whether a short row is not part of a table: a remark, or words where the other rows have values."""
    filled = [cell for cell in row if not is_empty(cell)]
    if not filled or is_remark(" ".join(row)):
        return True
    return layout.has_values and len(filled) == 1 and not any(landmarks.is_value(cell) for cell in filled)


def _is_closed(text: str, delimiter: str) -> bool:
    """Tell whether each quote is closed where a cell ends; one that is not swallows the rows below it, ids and all."""
    try:
        for _ in rows_of(text, delimiter, strict=True):
            pass
    except csv.Error:
        return False
    return True
