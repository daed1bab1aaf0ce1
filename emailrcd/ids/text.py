"""Text that somebody typed or pasted: ids with anything between them, a table, or JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from functools import cached_property

from ..errors import IdsError
from .delimited import DELIMITERS, cells, from_delimited, separator_line
from .id_column import is_heading, naming_row
from .model import Ids
from .objects import from_json
from .tables import from_entries
from .values import as_id, bare, looks_like_id

_BETWEEN = ",，、;；|()[]{}<>（）【】［］《》"
_TOKEN = re.compile(rf"[^\s\u200b\ufeff{re.escape(_BETWEEN)}]+")
_LINE_END = re.compile(r"\r\n|\r|\n")
_FIRST_LINES = 20
_LONGEST_HEADING = 100


def from_text(text: str, column: str | None = None, name: str = "the pasted table") -> Ids:
    """Return the ids of `text`: JSON if it reads as that, a table if it looks like one, else what stands between separators.

    Raises
    ------
    IdsError
        It begins like JSON and is none, or the ids of a table cannot be told.
    """
    begin = text.lstrip("\ufeff \t\r\n")[:1]
    if begin and begin in "{[":
        found = _from_json(text, column)
        if found is not None:
            return found
    delimiter = table_delimiter(text)
    if delimiter is not None or column is not None:
        return from_delimited(text, delimiter or ",", name, column)
    return from_tokens(text)


def from_tokens(text: str) -> Ids:
    """Return the ids that stand between separators, quotes and brackets; words like ``Email ID:`` before them are a heading."""
    return next(stream_tokens([text]))


def stream_tokens(blocks: Iterable[str]) -> Iterator[Ids]:
    """Yield the ids of a text that comes in `blocks` of whole lines; as `from_tokens`."""
    above = 0
    for number, text in enumerate(blocks):
        tokens = _Tokens(text if number else _without_heading(text), above)
        above += tokens.line_ends
        yield from_entries(tokens.texts, tokens.where)


def stream_json_lines(blocks: Iterable[str], name: str, column: str | None) -> Iterator[Ids]:
    """Yield the ids of JSON lines that come in `blocks` of whole lines.

    Raises
    ------
    IdsError
        A line is no JSON, or there is no id in a block.
    """
    above = 0
    for text in blocks:
        values = []
        for line in filter(str.strip, _LINE_END.split(text)):
            try:
                values.append(json.loads(line.strip("\ufeff"), parse_int=_whole))
            except (json.JSONDecodeError, RecursionError):
                raise IdsError(
                    f"Entry {above + len(values) + 1:,} of {name} cannot be read as JSON, unlike the first. Put one JSON "
                    "value in each line."
                ) from None
        if values:
            ids = from_json(values, column, above)
            column = ids.column
            above += len(values)
            yield ids


def is_json_lines(begin: str) -> bool:
    r"""Tell whether a file that begins so has a JSON value in each of several lines.

    Examples
    --------
    >>> is_json_lines('{"emailId": "2208031112341000001"}\n{"emailId"'), is_json_lines('[\n"2208031112341000001"]')
    (True, False)
    """
    first, *others = [line for line in _LINE_END.split(begin.strip("\ufeff \t\r\n")) if line.strip()][:2] or [""]
    try:
        json.loads(first, parse_int=_whole)
    except (json.JSONDecodeError, RecursionError):
        return False
    return bool(others) and first[0] in "{["


def table_delimiter(text: str) -> str | None:
    """Return the delimiter if `text` is a table, None if it is a number of ids.

    It is a table if one of its first lines names an id column, or if its first two lines have the same number of cells, not
    all of which are ids.

    Examples
    --------
    >>> table_delimiter("emailId,campaign")
    ','
    >>> table_delimiter("2208031112341000001, 2208031112341000002") is None
    True
    """
    lines = [line for line in text[:100_000].splitlines() if line.strip()][:_FIRST_LINES]
    if not lines:
        return None
    separator = separator_line(lines[0])
    if separator is not None:
        return separator
    delimiter = next((d for d in DELIMITERS if d in lines[0]), None)
    if delimiter is None:
        return None
    rows = [cells(line, delimiter) for line in lines]
    if naming_row(rows) is not None:
        return delimiter
    # Delimiters at the end of every line, as in a list copied out of a program, make no column.
    width = max((place for row in rows for place, cell in enumerate(row, 1) if bare(cell)), default=0)
    rows = [[cell.strip(f" {_BETWEEN}") for cell in row[:width]] for row in rows[:2]]
    if len(rows) == 1:
        # One line of a spreadsheet, or a few ids in a line.
        return delimiter if delimiter == "\t" and not _are_ids(rows[0]) else None
    if len(rows[0]) != len(rows[1]) or (all(map(_are_ids, rows)) and _long(rows[0]) >= _long(rows[1])):
        return None
    return delimiter


class _Tokens:
    """The entries of a text, and the lines they stand in."""

    def __init__(self, text: str, above: int) -> None:
        self._text = text
        self._above = above
        self.texts = _tokens(text)

    def where(self, place: int) -> str:
        """Name the line of an entry."""
        return f"line {self._lines[place]:,}"

    @property
    def line_ends(self) -> int:
        """How many lines end in the text."""
        return len(_LINE_END.findall(self._text))

    @cached_property
    def _lines(self) -> list[int]:
        """The line of every token; looked up only if something is wrong."""
        lines: list[int] = []
        for number, line in enumerate(_LINE_END.split(self._text), self._above + 1):
            lines += [number] * len(_tokens(line))
        return lines


def _tokens(text: str) -> list[str]:
    return [token for token in map(bare, _TOKEN.findall(text)) if token]


def _without_heading(text: str) -> str:
    """Take a heading off: the first line, what stands before a colon in it, or the first word."""
    begin = len(text) - len(text.lstrip())
    line = re.split(r"[\r\n]", text[begin : begin + _LONGEST_HEADING], maxsplit=1)[0]
    before_colon = re.split("[:：]", line, maxsplit=1)[0]
    for heading in (line, before_colon, *_TOKEN.findall(line)[:1]):
        if is_heading(heading):
            before, _, after = text.partition(heading)
            return before + after.lstrip(":：")
    return text


def _from_json(text: str, column: str | None) -> Ids | None:
    """Return the ids of JSON, None if it is ids in brackets that are no JSON."""
    text = text.strip("\ufeff \t\r\n")
    try:
        return from_json(json.loads(text, parse_int=_whole), column)
    except json.JSONDecodeError as exc:
        problem = exc
    except RecursionError:
        raise IdsError("This JSON is nested too deeply to be searched for ids.") from None
    try:
        lines = [line for line in re.split(r"[\r\n]+", text) if line.strip()]
        return from_json([json.loads(line, parse_int=_whole) for line in lines], column)
    except json.JSONDecodeError:
        pass
    if ":" not in text or (text[0] == "[" and "{" not in text):
        return None
    raise IdsError(
        f"This begins like JSON, but it cannot be read as JSON: {problem.msg} in line {problem.lineno}. "
        "Copy the whole of it, or give the ids alone."
    )


def _whole(digits: str) -> int | str:
    """Return a whole number; one that Python would not read, because of its length, stays text and is refused as that."""
    return int(digits) if len(digits) < 1_000 else digits


def _are_ids(row: list[str]) -> bool:
    """Tell whether all cells of a line can be ids: all of the usual shape, or none but all valid."""
    if _long(row) == len(row):
        return True
    try:
        return not _long(row) and all(as_id(cell) for cell in row if bare(cell))
    except ValueError:
        return False


def _long(row: list[str]) -> int:
    return sum(map(looks_like_id, row))
