"""The lines of a text, and files that end before their last line does."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from .encodings import Text
from .table import Landmarks, Table

_COLOUR = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


def lines_in(text: Text, table: Table) -> Iterator[str]:
    """Yield the lines of a text, each with an end; `table` learns whether the last one had come to its own."""
    line = "\n"
    with text.open() as opened:
        for line in opened:
            yield clean(line)
    table.is_open_ended = table.is_file and not line.endswith(("\n", "\x1a"))


def clean(line: str) -> str:
    """Return a line without the colours of a terminal, and the mark that DOS put at the end of files."""
    if "\x1b" in line:
        line = _COLOUR.sub("", line)
    return line.rstrip("\n\x1a") + "\n"


def tell_cut(table: Table, values: Sequence[Any], landmarks: Landmarks) -> None:
    """Tell of a file that was cut off, perhaps: its last line has no end, and the last of the values is not like the others.

    It is like them where all are of the same length, or where it is one of them and none is a longer one that begins so.
    """
    if not (table.is_open_ended and values):
        return
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
