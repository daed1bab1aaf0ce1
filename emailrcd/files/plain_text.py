"""Plain text: entries with anything between them, and prose such as log lines, links and SQL that entries stand in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cached_property

import pandas as pd

from ..wording import quoted
from .cells import bare, is_remark
from .delimited import DELIMITERS, Layout, cut_off, layout_of, looks_whole, rows_of, separator_line, usual_ends
from .table import Block, Landmarks, Table

_BETWEEN = ",，、;；|()[]{}<>（）【】［］《》"
_TOKEN = re.compile(rf"[^\s\u200b\ufeff{re.escape(_BETWEEN)}]+")
_LINE_END = re.compile(r"\r\n|\r|\n")
_FIRST_LINES = 20
_LINES_LOOKED_AT = 200
_BEGIN = 100_000
_LONGEST_HEADING = 100
_SQL = re.compile(r"(?i)\b(in|values)\s*\(")


def table_layout(text: str, landmarks: Landmarks) -> Layout | None:
    """Return the layout of `text` if it is a table, None if it is a number of entries.

    It is a table if one of its first lines names the column looked for beside others, or if its first two lines have the same
    number of cells, not all of which are entries.
    """
    text = text[:_BEGIN]
    lines = [line for line in text.splitlines() if line.strip()][:_FIRST_LINES]
    if not lines or _SQL.search(text):
        return None
    layout = layout_of(text, landmarks)
    if separator_line(lines[0]) is not None:
        return layout
    if layout.names and len(layout.names) > 1 and any(map(landmarks.is_name, layout.names)):
        return layout
    delimiter = next((d for d in DELIMITERS if d in lines[0]), None)
    if delimiter is None:
        return None
    rows = [next(rows_of(line, delimiter), []) for line in lines]
    # Delimiters at the end of every line, as in a list copied out of a program, make no column.
    width = max((place for row in rows for place, cell in enumerate(row, 1) if bare(cell)), default=0)
    rows = [[cell.strip(f" {_BETWEEN}") for cell in row[:width]] for row in rows[:2]]
    if len(rows) == 1:
        # One line of a spreadsheet, or a few ids in a line.
        return layout if delimiter == "\t" and not _are_entries(rows[0], landmarks) else None
    values = [sum(map(landmarks.is_value, row)) for row in rows]
    if len(rows[0]) != len(rows[1]):
        return None
    if all(_are_entries(row, landmarks) for row in rows) and values[0] >= values[1]:
        return None
    return layout


def plain_blocks(table: Table, texts: Iterable[str], landmarks: Landmarks, *, is_file: bool) -> Iterator[Block]:
    """Yield the entries of a text that comes in `texts` of whole lines."""
    above = 0
    is_prose: bool | None = None
    text, last = "", None
    for number, text in enumerate(texts):
        body = text if number else _without_heading(usual_ends(text), landmarks)
        if is_prose is None:
            is_prose = _is_prose(body, landmarks)
        entries = _Values(body, above, landmarks, table) if is_prose else _Entries(body, above, landmarks, table)
        above += len(_LINE_END.findall(text))
        last = entries.texts or last
        yield Block(pd.DataFrame({"entries": pd.Series(entries.texts, dtype=object)}), entries.where)
    is_ended = text.endswith(("\n", "\r", "\x1a"))
    if is_file and last and not is_ended and not looks_whole(last[-1], last[:-1], landmarks):
        table.tell(cut_off(table.name))


class _Entries:
    """The entries between the separators of a text, and the lines they stand in."""

    def __init__(self, text: str, above: int, landmarks: Landmarks, table: Table) -> None:
        self._above = above
        self._landmarks = landmarks
        self._lines = _LINE_END.split(text)
        for number, line in enumerate(self._lines):
            if is_remark(line):
                self._lines[number] = ""
                table.tell(f"Line {above + number + 1:,}, {quoted(line.strip())!r}, was left out: it holds no id.")
        self.texts = self._entries("\n".join(self._lines))

    def where(self, place: int) -> str:
        """Name the line of an entry."""
        return f"line {self._numbers[place]:,}"

    @cached_property
    def _numbers(self) -> list[int]:
        """The line of every entry; looked up only if something is wrong."""
        numbers: list[int] = []
        for number, line in enumerate(self._lines, self._above + 1):
            numbers += [number] * len(self._entries(line))
        return numbers

    def _entries(self, text: str) -> list[str]:
        return [token for token in map(bare, _TOKEN.findall(text)) if token]


class _Values(_Entries):
    """The values that stand in the lines of prose."""

    def __init__(self, text: str, above: int, landmarks: Landmarks, table: Table) -> None:
        super().__init__(text, above, landmarks, table)
        without = [line for line in self._lines if line.strip() and not self._entries(line)]
        table.tell("The ids were taken out of the words around them.")
        if without:
            lines = "1 line without an id was" if len(without) == 1 else f"{len(without):,} lines without ids were"
            table.tell(f"{lines} left out, first {quoted(without[0].strip())!r}.")

    def _entries(self, text: str) -> list[str]:
        return [value for line in text.split("\n") for value in self._landmarks.within(line)]


def _is_prose(text: str, landmarks: Landmarks) -> bool:
    """Tell whether values stand among words in nearly every line, and no line is nothing but entries."""
    lines = [line for line in _LINE_END.split(text[:_BEGIN]) if line.strip() and not is_remark(line)][:_LINES_LOOKED_AT]
    if not lines:
        return False
    if _SQL.search("\n".join(lines)) and any(map(landmarks.within, lines)):
        return True
    tokens = [[token for token in map(bare, _TOKEN.findall(line)) if token] for line in lines]
    plain_lines = sum(all(map(landmarks.is_entry, line)) and any(map(landmarks.is_value, line)) for line in tokens)
    mixed_lines = sum(
        bool(landmarks.within(line)) and not all(map(landmarks.is_entry, words))
        for line, words in zip(lines, tokens, strict=True)
    )
    return mixed_lines > 0 and not plain_lines


def _without_heading(text: str, landmarks: Landmarks) -> str:
    """Take a heading off: the first line, what stands before a colon in it, or the first word."""
    begin = len(text) - len(text.lstrip())
    line = re.split(r"[\r\n]", text[begin : begin + _LONGEST_HEADING], maxsplit=1)[0]
    before_colon = re.split("[:：]", line, maxsplit=1)[0]
    for heading in (line, before_colon, *_TOKEN.findall(line)[:1]):
        if landmarks.is_heading(heading):
            before, _, after = text.partition(heading)
            return before + after.lstrip(":：")
    return text


def _are_entries(row: list[str], landmarks: Landmarks) -> bool:
    """Tell whether all cells of a line can be entries: all of the usual shape, or none but all valid."""
    values = sum(map(landmarks.is_value, row))
    if values == len(row):
        return True
    return not values and all(landmarks.is_entry(cell) for cell in row if bare(cell))
