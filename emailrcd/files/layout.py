"""How delimited text is written: its delimiter, the rows above the first one of data, the names of its columns."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from .grid import head_of
from .table import Landmarks

DELIMITERS = "\t;,|，；"
"""In the order in which they are believed when a line has several; a comma is frequent inside of cells."""

_LINES = 60
_BEGIN = 1 << 16
_LONGEST_CELL = (1 << 31) - 1


class Layout(NamedTuple):
    """How a table is written: its delimiter, the rows above the first one of data, and the names of its columns."""

    delimiter: str
    skipped: int
    names: list[str] | None
    width: int
    titles: list[str]
    has_values: bool


def layout_of(begin: str, landmarks: Landmarks) -> Layout:
    """Tell how a table that begins so is written."""
    begin = begin[:_BEGIN]
    line, _, rest = begin.partition("\n")
    separator = separator_line(line)
    if separator is not None:
        layout = _layout(rest, separator, landmarks)
        return layout._replace(skipped=1 + layout.skipped)
    layouts = [_layout(begin, delimiter, landmarks) for delimiter in DELIMITERS]
    # The delimiter of the row that names the column looked for, else of a row with values, else of the first line.
    named = [each for each in layouts if each.names and any(map(landmarks.is_name, each.names))]
    valued = [each for each in layouts if each.has_values]
    return max(named or valued or layouts, key=lambda each: each.width)


def _layout(begin: str, delimiter: str, landmarks: Landmarks) -> Layout:
    rows = list(islice(rows_of(io.StringIO(begin), delimiter), _LINES))
    head = head_of(rows, landmarks)
    names = head.names
    while names and not names[-1]:
        names = names[:-1]
    below = [row for row in rows[head.first :] if any(map(landmarks.is_value, row))]
    lengths = [len(row) for row in below] or [len(row) for row in rows[head.first :][:1]]
    width = len(names) if names else max(set(lengths), key=lengths.count, default=1) or 1
    return Layout(delimiter, head.first, names, width, head.titles, bool(below))


def separator_line(line: str) -> str | None:
    """Return the delimiter that a first line such as ``sep=;`` announces to Excel."""
    line = line.strip('\ufeff \r\n"')
    return line[4] if len(line) == 5 and line.lower().startswith("sep=") else None


def rows_of(lines: Iterable[str], delimiter: str, *, strict: bool = False) -> Iterator[list[str]]:
    """Yield the rows of a text, blank lines as empty ones."""
    csv.field_size_limit(_LONGEST_CELL)
    return csv.reader(lines, delimiter=delimiter, strict=strict)
