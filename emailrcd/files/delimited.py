"""Delimited text: CSV, TSV, and what is pasted from a spreadsheet, a block of rows at a time."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import chain, islice
from typing import Any, TextIO

import pandas as pd

from ..errors import IdsError
from ..wording import counted, quoted
from .cells import bare, is_empty, is_remark
from .grid import column_names, titles_told, under
from .layout import Layout, rows_of
from .table import Block, Landmarks, Table

_BLOCK_BYTES = 1 << 24


def whole_rows(file: TextIO, delimiter: str | None, characters: int) -> Iterator[str]:
    """Yield the text of a file in blocks of about so many `characters`, none of which ends inside of a row.

    With no `delimiter` every line is a row.
    """
    while lines := file.readlines(characters):
        if delimiter is not None and any('"' in line for line in lines):
            lines += _rest_of_row(lines, file, delimiter)
        yield "".join(lines)


def _rest_of_row(lines: list[str], file: TextIO, delimiter: str) -> list[str]:
    """Draw the lines that the last row of `lines` needs to be whole: a cell in quotes may span several."""
    drawn: list[str] = []

    def draw() -> Iterator[str]:
        for line in file:
            drawn.append(line)
            yield line

    csv.field_size_limit(max(csv.field_size_limit(), _BLOCK_BYTES))
    reader = csv.reader(chain(lines, draw()), delimiter=delimiter)
    for _ in reader:
        if reader.line_num >= len(lines):
            break
    return drawn


def usual_ends(text: str) -> str:
    """Return `text` with its lines ended in one of the two usual ways, and without what ended files in DOS."""
    if "\x1a" in text and not text[text.index("\x1a") :].strip("\x1a\r\n \0"):
        text = text[: text.index("\x1a")]
    return text.replace("\r", "\n") if "\r" in text and "\n" not in text else text


def delimited_blocks(
    table: Table, texts: Iterable[str], layout: Layout, landmarks: Landmarks, *, is_file: bool
) -> Iterator[Block]:
    """Yield the rows of a table that comes in `texts` of whole rows.

    Raises
    ------
    IdsError
        A row has more or fewer cells than the others, or a quote is not closed.
    """
    names: dict[int, str] | None = None
    above = 0
    text = ""
    block = None
    table.is_headless = layout.names is None
    for notice in titles_told(layout.titles):
        table.tell(notice)
    if layout.names and len(layout.names) == 1 and not landmarks.is_name(layout.names[0]):
        table.tell(f"The first row, {quoted(layout.names[0])!r}, was taken for the name of the column.")
    try:
        for text in texts:
            rows = _Rows(usual_ends(text), layout.delimiter, above, layout.skipped if names is None else 0)
            above += rows.count
            frame = _read(rows, layout, table, landmarks)
            if names is None:
                header = list(layout.names or ())
                header += [""] * (layout.width - len(header)) if header else []
                names = column_names(frame, dict(enumerate(header)))
                if not names:
                    return
            else:
                _check_unnamed(frame, names, rows, table.name)
            block = Block(under(frame, names), rows.where)
            yield block
    except csv.Error:
        raise not_closed(table.name) from None
    if is_file and block is not None and not is_ended(text):
        if '"' in text and not _is_closed(text, layout.delimiter):
            raise not_closed(table.name)
        if len(block.frame) and not text.endswith('"'):
            tell_cut(table, block.frame.iloc[:, -1].tolist(), landmarks)


def is_ended(text: str) -> bool:
    """Tell whether the last line of a text has come to its end."""
    return text.endswith(("\n", "\r", "\x1a"))


def tell_cut(table: Table, values: Sequence[Any], landmarks: Landmarks) -> None:
    """Tell of a file that was cut off, perhaps: the last of the values in its last column is not like those above it.

    It is like them where all are of the same length, or where it is one of them and none is a longer one that begins so.
    """
    *others, last = map(str, values)
    if not others:
        is_whole = landmarks.is_usual(last)
    elif len({len(other) for other in others} | {len(last)}) == 1:
        is_whole = True
    else:
        is_whole = last in others and not any(other != last and other.startswith(last) for other in others)
    if not is_whole:
        table.tell(
            f"{table.name} does not end with a line end, and its last line may not be whole: if the file was cut off, ids are "
            "missing. Compare with where it comes from."
        )


def not_closed(name: str) -> IdsError:
    """Return the error for a table with a quote that swallows the rest of it."""
    return IdsError(
        f"No table can be read from {name}; a quote may not be closed, or the file was cut off. Close it, or save the "
        "table as CSV again."
    )


class _Rows:
    """The rows of a text one by one: slow, so only for naming one, and for what is not as wide as the others."""

    def __init__(self, text: str, delimiter: str, above: int, skipped: int) -> None:
        self.delimiter = delimiter
        self.first = skipped
        self._whole = text
        self._above = above
        self.kept: list[int] | None = None

    @cached_property
    def text(self) -> str:
        """The text without the rows above the table."""
        opened = io.StringIO(self._whole, newline="")
        for _ in islice(csv.reader(opened, delimiter=self.delimiter), self.first):
            pass
        return opened.read()

    def numbered(self) -> Iterator[tuple[int, list[str]]]:
        """Yield rows that are not blank lines with their numbers, as a spreadsheet counts them."""
        rows = enumerate(rows_of(self._whole, self.delimiter), self._above + 1)
        for number, row in islice(rows, self.first, None):
            if row:
                yield number, row

    @cached_property
    def _numbers(self) -> list[int]:
        return self.kept if self.kept is not None else [number for number, _ in self.numbered()]

    @property
    def count(self) -> int:
        """How many there are, blank lines among them."""
        quoted_cells = '"' in self._whole
        lines = rows_of(self._whole, self.delimiter) if quoted_cells else io.StringIO(self._whole, newline="")
        return sum(1 for _ in lines)

    def where(self, row: int) -> str:
        """Name a row of the table."""
        return f"row {self._numbers[row]:,}"


def _check_unnamed(frame: pd.DataFrame, names: dict[int, str], rows: _Rows, name: str) -> None:
    """Refuse values in a column that had no name, and was left out, because further up it had no value either."""
    for place in set(range(frame.shape[1])) - set(names):
        row = next((row for row, cell in enumerate(frame.iloc[:, place]) if not is_empty(cell)), None)
        if row is not None:
            raise IdsError(
                f"{rows.where(row).capitalize()} of {name} has a value in column {place + 1}, which has no name. "
                "Name the column in the first row, or take the value out, then try again."
            )


def _read(rows: _Rows, layout: Layout, table: Table, landmarks: Landmarks) -> pd.DataFrame:
    """Read all rows as text; pandas would fill short rows up without a word, Arrow refuses them."""
    import pyarrow as pa
    from pyarrow import csv as arrow

    text, delimiter = rows.text, rows.delimiter
    names = [str(place) for place in range(layout.width)]
    if not delimiter.isascii():
        return _read_carefully(rows, layout, table, landmarks)
    if not text.strip("\r\n"):
        return pd.DataFrame({place: pd.Series(dtype="str") for place in range(layout.width)})
    try:
        found = arrow.read_csv(
            io.BytesIO(text.encode(errors="replace")),
            arrow.ReadOptions(column_names=names, block_size=max(_BLOCK_BYTES, _longest_row(text))),
            arrow.ParseOptions(delimiter=delimiter, newlines_in_values=True),
            arrow.ConvertOptions(column_types=dict.fromkeys(names, pa.large_string()), check_utf8=False),
        )
    except pa.ArrowInvalid:
        return _read_carefully(rows, layout, table, landmarks)
    if found.num_rows < sum(map(bool, text.splitlines())) and not _is_closed(text, delimiter):
        return _read_carefully(rows, layout, table, landmarks)
    return pd.DataFrame({place: found[name].to_pandas() for place, name in enumerate(names)})


def _read_carefully(rows: _Rows, layout: Layout, table: Table, landmarks: Landmarks) -> pd.DataFrame:
    """Read rows that are not all as wide as the first: what is empty or a remark is left out, what is not is refused."""
    if not _is_closed(rows.text, rows.delimiter):
        raise not_closed(table.name)
    width = layout.width
    kept: list[list[str]] = []
    numbers: list[int] = []
    for number, row in rows.numbered():
        if len(row) > width and all(map(is_empty, row[width:])):
            row = row[:width]
        elif len(row) < width and _is_beside(row, layout, landmarks):
            table.tell(
                f"Row {number:,} of {table.name}, {quoted(bare(' '.join(row)))!r}, was left out: it holds no id."
            )
            continue
        if len(row) != width:
            raise IdsError(
                f"Row {number:,} of {table.name} has {counted(len(row), 'cell')} where the first row has {width:,}. "
                "Put a cell that contains the delimiter in quotes, or add what is missing, then try again."
            )
        kept.append(row)
        numbers.append(number)
    rows.kept = numbers
    return pd.DataFrame({place: pd.Series([row[place] for row in kept], dtype="str") for place in range(width)})


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


def _longest_row(text: str) -> int:
    """Return a bound for the bytes of a row; only a quote that spans lines makes one of them long."""
    return len(text.encode(errors="replace")) if '"' in text else 0
