"""What goes to the terminal: messages to stderr, tables to stdout, nothing in them that the terminal would obey."""

from __future__ import annotations

import shutil
import sys
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
    import pandas as pd

    shown = frame.head(_ROWS).copy()
    for place, name in enumerate(shown.columns):
        values = shown.iloc[:, place]
        if isinstance(values.dtype, pd.DatetimeTZDtype):
            values = values.dt.tz_convert(tz).dt.strftime("%Y-%m-%d %H:%M:%S")
        shown.isetitem(
            place, ["" if missing else _cell(str(value)) for value, missing in zip(values, values.isna(), strict=True)]
        )
        shown = shown.rename(columns={name: harmless(str(name))})
    with pd.option_context("display.unicode.east_asian_width", True, "display.max_colwidth", None):
        text = shown.to_string(index=False, justify="left")
    more = len(frame) - len(shown)
    return f"{text}\n… and {more:,} more rows; -o FILE writes all of them." if more else text


def _cell(value: str) -> str:
    text = " ".join(harmless(value).split())
    return text if len(text) <= _WIDEST else f"{text[: _WIDEST - 1]}…"
