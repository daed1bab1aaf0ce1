"""Tables as text: CSV, TSV, and what is pasted from a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from itertools import chain
from typing import NoReturn, TextIO

import pandas as pd

from ..errors import IdsError
from ..wording import counted, quoted
from .id_column import is_id_name, naming_row
from .model import Ids
from .tables import from_table, named, names_of
from .values import is_empty, looks_like_id

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
    return next(stream_delimited([text], delimiter, name, column), Ids([], 0))


def stream_delimited(blocks: Iterable[str], delimiter: str, name: str, column: str | None) -> Iterator[Ids]:
    """Yield the ids of a table in `blocks` of whole rows, the first of which tells its columns; as `from_delimited`."""
    names: dict[int, str] | None = None
    width = above = 0
    for number, text in enumerate(blocks):
        rows = _Rows(_usual_ends(text if number else _without_mark(text)), delimiter, above)
        above += rows.count
        first = next(iter(rows), None)
        if first is None:
            continue
        if names is not None:
            frame = _read(rows, width, name)
            _check_unnamed(frame, names, rows, name)
            yield from_table(named(frame, names), rows.where(0), name=name, column=column)
            continue
        width = len(first)
        frame = _read(rows, width, name)
        skipped = 0 if any(map(looks_like_id, first)) else (naming_row(rows) or 0) + 1
        header = frame.iloc[skipped - 1].tolist() if skipped else []
        frame = frame.iloc[skipped:].reset_index(drop=True)
        names = names_of(frame, header)
        ids = from_table(named(frame, names), rows.where(skipped), name=name, column=column)
        column = ids.column
        if not header:
            ids.remarks.append(f"There is no header row; the ids were taken from {ids.column}.")
        elif len(header) == 1 and not is_id_name(header[0]):
            ids.remarks.append(f"The first row, {quoted(header[0])!r}, was taken for the name of the column.")
        yield ids


def whole_rows(file: TextIO, delimiter: str | None, characters: int) -> Iterator[str]:
    """Yield the text of a file in blocks of about so many `characters`, none of which ends inside of a row.

    Parameters
    ----------
    file : file
        Opened with ``newline=""``.
    delimiter : str or None
        What stands between the cells of a table; None if every line is a row.
    characters : int
        As many are read before a row is brought to its end.

    Raises
    ------
    csv.Error
        A quote is not closed.
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
    """The rows of a text one by one: slow, so only for the first one, and for naming one that is wrong."""

    def __init__(self, text: str, delimiter: str, above: int) -> None:
        self.text = text
        self.delimiter = delimiter
        self._above = above

    def __iter__(self) -> Iterator[list[str]]:
        return (row for _, row in self.numbered())

    def numbered(self) -> Iterator[tuple[int, list[str]]]:
        """Yield rows that are not blank lines with their numbers, as a spreadsheet counts them."""
        for number, row in enumerate(_reader(self.text, self.delimiter), self._above + 1):
            if row:
                yield number, row

    @cached_property
    def numbers(self) -> list[int]:
        """The number of every row."""
        return [number for number, _ in self.numbered()]

    @property
    def count(self) -> int:
        """How many there are, blank lines among them."""
        lines = _reader(self.text, self.delimiter) if '"' in self.text else io.StringIO(self.text, newline="")
        return sum(1 for _ in lines)

    def where(self, skipped: int) -> Callable[[int], str]:
        """Return what names a row of the table that begins below so many."""
        return lambda row: f"row {self.numbers[row + skipped]:,}"


def _reader(text: str, delimiter: str, *, strict: bool = False) -> Iterator[list[str]]:
    csv.field_size_limit(max(csv.field_size_limit(), len(text)))
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=strict)


def _usual_ends(text: str) -> str:
    """Return `text` with its lines ended in one of the two usual ways."""
    return text.replace("\r", "\n") if "\r" in text and "\n" not in text else text


def _without_mark(text: str) -> str:
    """Return `text` without byte-order mark and ``sep=`` line."""
    text = _usual_ends(text.removeprefix("\ufeff"))
    first, _, rest = text.partition("\n")
    return rest if separator_line(first) is not None else text


def _check_unnamed(frame: pd.DataFrame, names: Mapping[int, str], rows: _Rows, name: str) -> None:
    """Refuse values in a column that had no name, and was left out, because further up it had no value either."""
    for place in set(range(frame.shape[1])) - set(names):
        row = next((row for row, cell in enumerate(frame.iloc[:, place]) if not is_empty(cell)), None)
        if row is not None:
            raise IdsError(
                f"{rows.where(0)(row).capitalize()} of {name} has a value in column {place + 1}, which has no name. "
                "Name the column in the first row, or take the value out, then try again."
            )


def _read(rows: _Rows, width: int, name: str) -> pd.DataFrame:
    """Read all rows as text; pandas would fill short rows up without a word, Arrow refuses them."""
    import pyarrow as pa
    from pyarrow import csv as arrow

    text, delimiter = rows.text, rows.delimiter
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
    raise not_closed(name)


def not_closed(name: str) -> IdsError:
    """Return the error for a table with a quote that swallows the rest of it."""
    return IdsError(
        f"No table can be read from {name}; a quote may not be closed. Close it, or save the table as CSV again."
    )


def _longest_row(text: str) -> int:
    """Return a bound for the bytes of a row; only a quote that spans lines makes one of them long."""
    return len(text.encode(errors="replace")) if '"' in text else 0
