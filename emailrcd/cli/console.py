"""What goes to the terminal: messages to stderr, tables to stdout, nothing in them that the terminal would obey."""

from __future__ import annotations

import shutil
import sys
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING

from ..wording import harmless

if TYPE_CHECKING:
    import pandas as pd

_ROWS = 50
_WIDEST = 48


def command_name() -> str:
    """Return how the command is reached from here: by its name where that finds this one, else by its path."""
    mine = shutil.which("emailrcd", path=str(Path(sys.executable).parent))
    found = shutil.which("emailrcd")
    if mine is None or (found is not None and Path(found).samefile(mine)):
        return "emailrcd"
    script, folder = Path(mine), Path.cwd()
    return str(script.relative_to(folder) if script.is_relative_to(folder) else script)


def tell(message: str) -> None:
    """Print a message to stderr."""
    print(f"emailrcd: {harmless(message)}", file=sys.stderr)


def table(frame: pd.DataFrame, tz: str) -> str:
    """Return the first rows of a table for a terminal; Chinese characters take two places."""
    from ..analysis.rows import cells

    columns = []
    for name, values in frame.head(_ROWS).items():
        column = [_cell(text) for text in (str(name), *cells(values, tz))]
        widest = max(map(_width, column))
        columns.append([cell + " " * (widest - _width(cell)) for cell in column])
    lines = ["  ".join(row).rstrip() for row in zip(*columns, strict=True)]
    if len(frame) > _ROWS:
        lines.append(f"… and {len(frame) - _ROWS:,} more rows; -o FILE writes all of them.")
    return "\n".join(lines)


def _cell(text: str) -> str:
    text = " ".join(harmless(text).split())
    return text if len(text) <= _WIDEST else f"{text[: _WIDEST - 1]}…"


def _width(text: str) -> int:
    """Return the places that a text takes; a Chinese character takes two."""
    return len(text) + sum(unicodedata.east_asian_width(sign) in "WF" for sign in text)
