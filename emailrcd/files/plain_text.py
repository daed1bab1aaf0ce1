"""Plain text: entries with anything between them, and prose such as log lines, links and SQL that entries stand in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import pandas as pd

from ..wording import counted, quoted
from .cells import GAP, SHORTENED, bare, is_remark, ungrouped
from .ends import tell_cut
from .layout import DELIMITERS, layout_of, rows_of, separator_line
from .table import Block, Landmarks, Table, in_batches, numbered

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
_SIMPLE = re.compile(r"\s*(?:[0-9]+\s*[,，;；]\s*)*[0-9]*\s*")
_DIGITS = re.compile("[0-9]+")
_PARTS = re.compile(r"[,，、;；|]")


def is_table(text: str, landmarks: Landmarks) -> bool:
    """Tell whether a text that begins so is a table, and not a number of entries.

    It is a table if one of its first lines names the column looked for beside others, or if its first two lines have the same
    number of cells, not all of which are entries.
    """
    text = text[:_BEGIN]
    lines = [line for line in text.splitlines() if line.strip()][:_FIRST_LINES]
    if not lines or _SQL.search(text):
        return False
    layout = layout_of(text, landmarks)
    if separator_line(lines[0]) is not None:
        return True
    if layout.names and len(layout.names) > 1 and any(map(landmarks.is_name, layout.names)):
        return True
    delimiter = next((d for d in DELIMITERS if d in lines[0]), None)
    if delimiter is None or (not layout.has_values and any(map(landmarks.within, lines))):
        return False
    rows = [next(rows_of([line], delimiter), []) for line in lines]
    # Delimiters at the end of every line, as in a list copied out of a program, make no column.
    width = max((place for row in rows for place, cell in enumerate(row, 1) if bare(cell)), default=0)
    rows = [[cell.strip(f" {_BETWEEN}") for cell in row[:width]] for row in rows[:2]]
    if len(rows) == 1:
        # One line of a spreadsheet, or a few ids in a line.
        return delimiter == "\t" and not _are_entries(rows[0], landmarks)
    first, second = (sum(map(landmarks.is_value, row)) for row in rows)
    are_entries = all(_are_entries(row, landmarks) for row in rows) and first >= second
    return len(rows[0]) == len(rows[1]) and not are_entries


def plain_blocks(table: Table, lines: Iterable[str], landmarks: Landmarks) -> Iterator[Block]:
    """Yield the entries of a text that comes in lines."""
    above = unclosed = 0
    is_bracketed = False
    prose = _Prose(landmarks)
    last: list[str] = []
    for number, text in enumerate(map("".join, in_batches(lines))):
        grouped = text if number else _without_heading(text, landmarks)
        body = ungrouped(grouped)
        if body != grouped:
            table.tell("Digits in groups, as in 2,208,031,112,341,000,001, were read as one number.")
        if not number:
            prose.is_sql = _SQL.search(body[:_BEGIN]) is not None
            is_bracketed = prose.is_sql or text.lstrip()[:1] in ("[", "{")
        unclosed += sum(map(text.count, "([{")) - sum(map(text.count, ")]}")) if is_bracketed else 0
        prose.has_values = _VALUE.search(body) is not None
        found = [(entry, n) for n, line in enumerate(body.split("\n"), above + 1) for entry in prose.entries(line)]
        above += text.count("\n")
        entries = [entry for entry, _ in found]
        last = [*entries, *[""] * (text.rstrip()[-1:] in _LISTING)] or last
        yield Block(
            pd.DataFrame({"entries": pd.Series(entries, dtype=object)}), numbered([n for _, n in found], "line")
        )
    prose.tell(table)
    if unclosed > 0:
        table.tell(f"{table.name.capitalize()} begins like a list and does not end like one: it may have been cut off.")
    # A separator announces what does not come.
    tell_cut(table, last, landmarks)


class _Prose:
    """Takes entries out of lines; words around values, and lines of words beside them, are left out."""

    def __init__(self, landmarks: Landmarks) -> None:
        self.is_sql = self.has_values = False
        self._landmarks = landmarks
        self._has_words = self._has_gap = False
        self._left_out: list[str] = []

    def tell(self, table: Table) -> None:
        """Say what was left out."""
        if self._has_gap:
            table.tell(SHORTENED)
        if self._has_words:
            table.tell("The ids were taken out of the words around them.")
        if self._left_out:
            lines = counted(len(self._left_out), "line without an id was", "lines without an id were")
            table.tell(f"{lines} left out, first {quoted(self._left_out[0].strip())!r}.")

    def entries(self, line: str) -> list[str]:
        """Return the entries in a line."""
        if _SIMPLE.fullmatch(line):
            return _DIGITS.findall(line)
        line = _NUMBERED.sub("", line)
        tokens = _tokens(line)
        if self.has_values and GAP.search(line):
            # In the midst of words it is a pause.
            self._has_gap |= not tokens or sum(map(self._landmarks.is_value, tokens)) > 1
        values = self._landmarks.within(line) if self.has_values and not self._is_entry(tokens) else []
        if values and (self.is_sql or any(map(self._is_prose, map(_tokens, _PARTS.split(line))))):
            # The dates and numbers of a line of a log belong to its words; beside an id that is named, others are not meant.
            self._has_words |= not self.is_sql
            return values
        if not values and tokens and ((self.has_values and _are_words(tokens)) or is_remark(line)):
            self._left_out.append(line)
            return []
        return tokens

    def _is_prose(self, tokens: list[str]) -> bool:
        """Tell whether what stands between separators is a value with something around it, or words."""
        if all(map(self._landmarks.is_value, tokens)) or self._is_entry(tokens):
            return False
        return _are_words(tokens) or bool(self._landmarks.within(" ".join(tokens)))

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
