"""The ends of lines, rows and files: text in blocks of whole rows, and files that end too early."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any, TextIO

from .table import Landmarks, Table

_LINE_END = re.compile(r"\r\n|\r|\n")
_COLOUR = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_LONGEST_ROW = 1 << 24


def whole_rows(file: TextIO, delimiter: str | None, characters: int) -> Iterator[str]:
    """Yield the text of a file in blocks of about so many `characters`, none of which ends inside of a row.

    With no `delimiter` every line is a row.
    """
    while lines := file.readlines(characters):
        if delimiter is not None and any('"' in line for line in lines):
            lines += _rest_of_row(lines, file, delimiter)
        yield usual_ends("".join(lines))


def _rest_of_row(lines: list[str], file: TextIO, delimiter: str) -> list[str]:
    """Draw the lines that the last row of `lines` needs to be whole: a cell in quotes may span several."""
    drawn: list[str] = []

    def draw() -> Iterator[str]:
        for line in file:
            drawn.append(line)
            yield line

    csv.field_size_limit(max(csv.field_size_limit(), _LONGEST_ROW))
    reader = csv.reader(chain(lines, draw()), delimiter=delimiter)
    for _ in reader:
        if reader.line_num >= len(lines):
            break
    return drawn


def usual_ends(text: str) -> str:
    """Return `text` with its lines ended in one of the two usual ways, also the last one where DOS marked its end.

    The colours of a terminal are taken out.
    """
    if "\x1b" in text:
        text = _COLOUR.sub("", text)
    if "\x1a" in text and not text[text.index("\x1a") :].strip("\x1a\r\n \0"):
        text = text[: text.index("\x1a")] + "\n"
    return text.replace("\r", "\n") if "\r" in text and "\n" not in text else text


def lines_of(text: str) -> list[str]:
    """Return the lines of a text, however they end; what follows the last end is one, too."""
    return _LINE_END.split(text)


def is_open_ended(table: Table, text: str) -> bool:
    """Tell whether a table is from a file whose last line, with which `text` ends, has not come to its end."""
    return table.is_file and text[-1:] not in ("\n", "\r")


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
