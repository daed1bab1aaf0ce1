"""Plain text: entries with anything between them, and prose such as log lines, links and SQL that entries stand in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import pandas as pd

from ..wording import counted, quoted
from .cells import GAP, SHORTENED, bare, is_remark, ungrouped
from .ends import tell_cut
from .layout import DELIMITERS, Layout, layout_of, rows_of, separator_line
from .table import Block, Landmarks, Table, in_batches

_BETWEEN = ",，、;；|()[]{}<>（）【】［］《》"
_TOKEN = re.compile(rf"[^\s{re.escape(_BETWEEN)}]+")
_LISTING = (",", "，", "、", ";", "；", "|")
_FIRST_LINES = 20
_BEGIN = 100_000
_LONGEST_HEADING = 100
_SQL = re.compile(
    r"(?im)\b(in|values)\s*\(|\A\s*[\w.]+\s*\(\s*[\[({]?\s*['\"]?\d{15,25}['\"]?\s*[,\])}]|"
    r"^\s*\(\s*['\"]?\d{15,25}['\"]?\s*,\s*['\"]?[^\d\s'\"]"
)
"""A list in SQL, or in a call such as ``array(['2208031112341000001', …``."""

_VALUE = re.compile(r"\d{15}")
_NUMBERED = re.compile(r"^\s*[(（]?\d{1,5}\s*[.)）、:：]\s*(?=\D{0,3}\d{15})")
_SIMPLE = re.compile(r"[0-9\s,，;；]*")
_DIGITS = re.compile("[0-9]+")
_PARTS = re.compile(r"[,，、;；|]")


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
    rows = [next(rows_of([line], delimiter), []) for line in lines]
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
    return layout if layout.has_values or not any(map(landmarks.within, lines)) else None


def plain_blocks(table: Table, lines: Iterable[str], landmarks: Landmarks) -> Iterator[Block]:
    """Yield the entries of a text that comes in lines."""
    above = unclosed = 0
    is_sql = is_bracketed = False
    text = ""
    last: list[str] = []
    for number, text in enumerate(map("".join, in_batches(lines))):
        grouped = text if number else _without_heading(text, landmarks)
        body = ungrouped(grouped)
        if body != grouped:
            table.tell("Digits in groups, as in 2,208,031,112,341,000,001, were read as one number.")
        if not number:
            is_sql = _SQL.search(body[:_BEGIN]) is not None
            is_bracketed = is_sql or text.lstrip()[:1] in ("[", "{")
        unclosed += sum(map(text.count, "([{")) - sum(map(text.count, ")]}")) if is_bracketed else 0
        entries = _Entries(body, above, landmarks, is_sql)
        entries.tell(table)
        above += text.count("\n")
        last = entries.texts or last
        yield Block(pd.DataFrame({"entries": pd.Series(entries.texts, dtype=object)}), entries.where)
    if unclosed > 0:
        table.tell(f"{table.name.capitalize()} begins like a list and does not end like one: it may have been cut off.")
    if last:
        # A separator announces what does not come.
        tell_cut(table, [*last, ""] if text.rstrip()[-1:] in _LISTING else last, landmarks)


class _Entries:
    """The entries of a text, and the lines they stand in; words around values, and lines of words beside them, are left out."""

    def __init__(self, text: str, above: int, landmarks: Landmarks, is_sql: bool) -> None:
        self._landmarks = landmarks
        self._is_sql = is_sql
        self._has_words = self._has_gap = False
        self._left_out: list[str] = []
        self.texts: list[str] = []
        self._numbers: list[int] = []
        self._above = above
        self._simple = text if _SIMPLE.fullmatch(text) else None
        if self._simple is not None:
            self.texts = _DIGITS.findall(text)
            return
        has_values = _VALUE.search(text) is not None
        for number, line in enumerate(text.split("\n"), above + 1):
            found = self._entries(line, has_values)
            self.texts += found
            self._numbers += [number] * len(found)

    def where(self, place: int) -> str:
        """Name the line of an entry."""
        if self._simple is not None and not self._numbers:
            for number, line in enumerate(self._simple.split("\n"), self._above + 1):
                self._numbers += [number] * len(_DIGITS.findall(line))
        return f"line {self._numbers[place]:,}"

    def tell(self, table: Table) -> None:
        """Say what was left out."""
        if self._has_gap:
            table.tell(SHORTENED)
        if self._has_words:
            table.tell("The ids were taken out of the words around them.")
        if self._left_out:
            lines = counted(len(self._left_out), "line without an id was", "lines without an id were")
            table.tell(f"{lines} left out, first {quoted(self._left_out[0].strip())!r}.")

    def _entries(self, line: str, has_values: bool) -> list[str]:
        tokens = _tokens(line)
        if has_values and GAP.search(line):
            # In the midst of words it is a pause.
            self._has_gap |= not tokens or sum(map(self._landmarks.is_value, tokens)) > 1
        values = [] if self._is_entry(tokens) or not (tokens and has_values) else self._landmarks.within(line)
        if not values and ((has_values and _are_words(tokens)) or (tokens and is_remark(line))):
            self._left_out.append(line)
            return []
        if self._is_sql or not values:
            return values or tokens
        parts = [self._of_part(part) for part in _PARTS.split(_NUMBERED.sub("", line))]
        is_prose = any(part_is_prose for _, part_is_prose in parts)
        wanted = set(values)
        self._has_words |= is_prose
        # The dates and numbers of a line of a log belong to its words; beside an id that is named, others are not meant.
        return [
            entry
            for entries, part_is_prose in parts
            for entry in entries
            if (entry in wanted if part_is_prose else not is_prose or self._landmarks.is_value(entry))
        ]

    def _of_part(self, part: str) -> tuple[list[str], bool]:
        """Return the entries of what stands between separators, and whether they were taken out of words."""
        tokens = _tokens(part)
        if all(map(self._landmarks.is_value, tokens)) or self._is_entry(tokens):
            return tokens, False
        values = self._landmarks.within(part)
        return (values, True) if values or _are_words(tokens) else (tokens, False)

    def _is_entry(self, tokens: list[str]) -> bool:
        return len(tokens) == 1 and self._landmarks.is_entry(tokens[0])


def _tokens(line: str) -> list[str]:
    return [token for token in map(bare, _TOKEN.findall(line)) if token and not GAP.fullmatch(token)]


def _are_words(tokens: list[str]) -> bool:
    """Tell whether several tokens are words and not entries of another kind, which bear numbers."""
    return len(tokens) > 1 and any(not any(sign.isdigit() for sign in token) for token in tokens)


def _without_heading(text: str, landmarks: Landmarks) -> str:
    """Take a heading off: the first line, what stands before a colon in it, or the first word."""
    begin = len(text) - len(text.lstrip())
    line = text[begin : begin + _LONGEST_HEADING].partition("\n")[0]
    before_colon = re.split("[:：]", line, maxsplit=1)[0]
    # A word alone is one only where ids follow in its line, if there are any: else the line names several columns.
    first = _TOKEN.findall(line)[:1] if _VALUE.search(line) or not _VALUE.search(text) else []
    for heading in (line, before_colon, *first):
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
