"""The words in charts: statuses, groups and clocks, of a length that fits."""

from __future__ import annotations

import re
import textwrap
from typing import Any

from ..analysis.rows import key_in_words

LABEL_WIDTH = 28

_WIDE = re.compile(r"[\u1100-\u11ff\u2e80-\uff60\U00020000-\U0003ffff]")
"""Characters as wide as two Latin ones."""


def status_label(status: str) -> str:
    """Return a status as it is written in a chart."""
    return status.replace("_", " ")


def group_label(key: Any, width: int = LABEL_WIDTH) -> str:
    """Return a value of a column, or several of them, as a name of at most so many Latin characters' width."""
    doubled = _WIDE.sub(r"\g<0>\0", key_in_words(key))
    line = doubled if len(doubled) <= width else doubled[: width - 1] + "…"
    return line.replace("\0", "")


def wrapped(text: str, width: int, lines: int) -> str:
    """Break a text into at most so many lines of so many Latin characters' width; what does not fit is cut visibly."""
    doubled = _WIDE.sub(r"\g<0>\0", text)
    return "\n".join(textwrap.wrap(doubled, width, max_lines=lines, placeholder=" …")).replace("\0", "")


def clock_label(name: str) -> str:
    """Return the column that times come from as an axis names it."""
    return "estimated from the ids" if name == "submitted_at_estimated" else name
