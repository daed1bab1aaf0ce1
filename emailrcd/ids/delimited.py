"""Tables as text: CSV, TSV, and what is pasted from a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from functools import cached_property
from typing import NoReturn

import pandas as pd

from ..errors import IdsError
from .columns import is_id_name, naming_row
from .model import Ids, counted, quoted
from .tables import from_table, named
from .values import looks_like_id

DELIMITERS = "\t;,|"
"""In the order in which they are believed when a line has several; a comma is frequent inside of cells."""

_BLOCK_BYTES = 1 << 24


def from_delimited(text: str, delimiter: str, name: str, column: str | None = None) -> Ids:
    """Return the ids of a table with one row a line.

    Parameters
    ----------
    text : str
        The table; its first row may be a header.
    delimiter : str
        What stands between cells.
    name : str
        What to call the table in a message.
    column : str, optional
        The name of the id column, as the user gave it.

    Raises
    ------
    IdsError
        A row has more or fewer cells than the first, or the id column cannot be told.
    """
    text = _body(text)
    rows = _Rows(text, delimiter)
    first = next(iter(rows), None)
    if first is None:
        return Ids([], 0)
    frame = _read(text, delimiter, len(first), rows, name)
    skipped = 0 if any(map(looks_like_id, first)) else (naming_row(rows) or 0) + 1
    header = frame.iloc[skipped - 1].tolist() if skipped else []
    frame = named(frame.iloc[skipped:].reset_index(drop=True), header)
    ids = from_table(frame, lambda row: f"row {rows.numbers[row + skipped]:,}", name=name, column=column)
    if not header:
        ids.notices.append(f"There is no header row; the ids were taken from {ids.column}.")
    elif len(header) == 1 and not is_id_name(header[0]):
        ids.notices.append(f"The first row, {quoted(header[0])!r}, was taken for the name of the column.")
    return ids


def cells(line: str, delimiter: str) -> list[str]:
    """Return the cells of one line.

    Examples
    --------
    >>> cells('2208031112341000001;"a;b"', ";")
    ['2208031112341000001', 'a;b']
    """
    return next(_reader(line, delimiter), [])


def separator_line(line: str) -> str | None:
    """Return the delimiter that a first line such as ``sep=;`` announces to Excel."""
    line = line.strip('\ufeff \r\n"')
    return line[4] if len(line) == 5 and line.lower().startswith("sep=") else None


def guess_delimiter(text: str) -> str | None:
    """Return the delimiter of a file: the one that the first line has most of, outside of quotes."""
    line = next((line for line in text.splitlines() if line.strip()), "")
    separator = separator_line(line)
    if separator is not None:
        return separator
    delimiter = max(DELIMITERS, key=lambda d: len(cells(line, d)))
    return delimiter if len(cells(line, delimiter)) > 1 else None


class _Rows:
    """The rows of the text one by one: slow, so only for the first one, and for naming one that is wrong."""

    def __init__(self, text: str, delimiter: str) -> None:
        self._text = text
        self._delimiter = delimiter

    def __iter__(self) -> Iterator[list[str]]:
        return (row for _, row in self.numbered())

    def numbered(self) -> Iterator[tuple[int, list[str]]]:
        """Yield rows that are not blank lines with their numbers, as a spreadsheet counts them."""
        for number, row in enumerate(_reader(self._text, self._delimiter), 1):
            if row:
                yield number, row

    @cached_property
    def numbers(self) -> list[int]:
        """The number of every row."""
        return [number for number, _ in self.numbered()]


def _reader(text: str, delimiter: str, *, strict: bool = False) -> Iterator[list[str]]:
    csv.field_size_limit(max(csv.field_size_limit(), len(text)))
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=strict)


def _body(text: str) -> str:
    """Return `text` without mark and ``sep=`` line, its lines ended in one of the two usual ways."""
    text = text.removeprefix("\ufeff")
    if "\r" in text and "\n" not in text:
        text = text.replace("\r", "\n")
    first, _, rest = text.partition("\n")
    return rest if separator_line(first) is not None else text


def _read(text: str, delimiter: str, width: int, rows: _Rows, name: str) -> pd.DataFrame:
    """Read all rows as text; pandas would fill short rows up without a word, Arrow refuses them."""
    import pyarrow as pa
    from pyarrow import csv as arrow

    names = [str(place) for place in range(width)]
    try:
        table = arrow.read_csv(
            io.BytesIO(text.encode(errors="replace")),
            arrow.ReadOptions(column_names=names, block_size=max(_BLOCK_BYTES, _longest_row(text))),
            arrow.ParseOptions(delimiter=delimiter, newlines_in_values=True),
            arrow.ConvertOptions(column_types=dict.fromkeys(names, pa.large_string()), check_utf8=False),
        )
    except pa.ArrowInvalid:
        _refuse(rows, width, name)
    if table.num_rows < sum(map(bool, text.splitlines())) and not _is_closed(text, delimiter):
        _refuse(rows, width, name)
    return pd.DataFrame({place: table[place].to_pandas() for place in names})


def _is_closed(text: str, delimiter: str) -> bool:
    """Tell whether each quote is closed where a cell ends; one that is not swallows the rows below it, ids and all."""
    try:
        for _ in _reader(text, delimiter, strict=True):
            pass
    except csv.Error:
        return False
    return True


def _refuse(rows: _Rows, width: int, name: str) -> NoReturn:
    for number, row in rows.numbered():
        if len(row) != width:
            raise IdsError(
                f"Row {number:,} of {name} has {counted(len(row), 'cell')} where the first row has {width:,}. "
                "Put a cell that contains the delimiter in quotes, or add what is missing, then try again."
            )
    raise IdsError(
        f"No table can be read from {name}; a quote may not be closed. Close it, or save the table as CSV again."
    )


def _longest_row(text: str) -> int:
    """Return a bound for the bytes of a row; only a quote that spans lines makes one of them long."""
    return len(text.encode(errors="replace")) if '"' in text else 0
