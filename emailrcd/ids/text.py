"""Text that somebody typed or pasted: ids with anything between them, a table, or JSON."""

from __future__ import annotations

import json
import re
from functools import cached_property

from ..errors import IdsError
from .columns import is_id_name
from .delimited import DELIMITERS, cells, from_delimited, separator_line
from .model import Ids
from .objects import from_json, from_json_lines
from .tables import from_entries
from .values import as_id, bare, looks_like_id

_BRACKETS = "()[]{}<>（）【】［］《》"
_TOKEN = re.compile(rf"[^\s,，、;；|{re.escape(_BRACKETS)}\u200b\ufeff]+")


def from_text(text: str, column: str | None = None, name: str = "the pasted table") -> Ids:
    """Return the ids of `text`: JSON if it reads as that, a table if it looks like one, else what stands between separators.

    Raises
    ------
    IdsError
        It begins like JSON and is none, or the ids of a table cannot be told.
    """
    begin = text.lstrip("\ufeff \t\r\n")[:1]
    if begin and begin in "{[":
        found = _from_json(text)
        if found is not None:
            return found
    delimiter = table_delimiter(text)
    if delimiter is not None or column is not None:
        return from_delimited(text, delimiter or ",", name, column)
    return from_tokens(text)


def from_tokens(text: str) -> Ids:
    """Return the ids that stand between separators, quotes and brackets; a word like ``emailId`` before them is a header."""
    tokens = _Tokens(text)
    return from_entries(tokens.texts, tokens.where)


def table_delimiter(text: str) -> str | None:
    """Return the delimiter if `text` is a table, None if it is a number of ids.

    It is a table if its first line names an id column, or if its first two lines have the same number of cells, not all of
    which are ids.

    Examples
    --------
    >>> table_delimiter("emailId,campaign")
    ','
    >>> table_delimiter("2208031112341000001, 2208031112341000002") is None
    True
    """
    lines = [line for line in text[:100_000].splitlines() if line.strip()][:2]
    if not lines:
        return None
    separator = separator_line(lines[0])
    if separator is not None:
        return separator
    delimiter = next((d for d in DELIMITERS if d in lines[0]), None)
    if delimiter is None:
        return None
    rows = [cells(line, delimiter) for line in lines]
    if any(map(is_id_name, rows[0])):
        return delimiter
    if len(rows) == 1:
        # One line of a spreadsheet, or a few ids in a line.
        return delimiter if delimiter == "\t" and not _are_ids(rows[0]) else None
    if len(rows[0]) != len(rows[1]) or (all(map(_are_ids, rows)) and _long(rows[0]) >= _long(rows[1])):
        return None
    return delimiter


class _Tokens:
    """The entries of a text, and the lines they stand in."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.texts = [bare(token) for token in _TOKEN.findall(text)]
        self._entries = range(len(self.texts))
        if self.texts and is_id_name(self.texts[0].rstrip(":：\"'”’")):
            self.texts = self.texts[1:]
            self._skipped = 1
        else:
            self._skipped = 0
        if "" in self.texts:
            kept = [place for place, token in enumerate(self.texts) if token]
            self._kept: list[int] | None = kept
            self.texts = [self.texts[place] for place in kept]
        else:
            self._kept = None

    def where(self, place: int) -> str:
        """Name the line of an entry."""
        token = (self._kept[place] if self._kept is not None else place) + self._skipped
        return f"line {self._lines[token]}"

    @cached_property
    def _lines(self) -> list[int]:
        """The line of every token; looked up only if something is wrong."""
        lines: list[int] = []
        for number, line in enumerate(re.split(r"\r\n|\r|\n", self._text), 1):
            lines += [number] * len(_TOKEN.findall(line))
        return lines


def _from_json(text: str) -> Ids | None:
    """Return the ids of JSON, None if it is a bracketed list that is no JSON."""
    text = text.strip("\ufeff \t\r\n")
    try:
        return from_json(json.loads(text))
    except json.JSONDecodeError as exc:
        problem = exc
    except RecursionError:
        raise IdsError("This JSON is nested too deeply to be searched for ids.") from None
    try:
        return from_json_lines([json.loads(line) for line in text.splitlines() if line.strip()])
    except json.JSONDecodeError:
        pass
    if text[0] == "[" and "{" not in text:
        return None
    raise IdsError(
        f"This begins like JSON, but it cannot be read as JSON: {problem.msg} in line {problem.lineno}. "
        "Copy the whole of it, or give the ids alone."
    )


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
