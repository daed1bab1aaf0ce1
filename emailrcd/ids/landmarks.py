"""How a reader of files recognises email ids: by the name of their column, by their shape, within prose."""

from __future__ import annotations

import re
from typing import Any

import pandas as pd

from ..errors import AmbiguousColumnError
from ..files.cells import plain
from .id_column import choose, is_heading, is_id_name, normal
from .values import Rounded, as_id, looks_like_id

_NAMED = re.compile(
    r"(?i)(?<![a-z])(?:e?[_-]?mail[\s_-]?ids?|邮件\s?(?:id|编号))[\"']?\s*(?:[:：=]|=>|%3d)\s*[\"'\[(]*\s*"
    r"([a-z0-9_-]+(?:\s*,\s*[\"']?\d{15,25}[\"']?)*)"
)
_SHAPED = re.compile(r"(?<![A-Za-z0-9])(?<!\d\.)\d{15,25}(?![A-Za-z0-9]|\.\d)")
_PUBLISHED = 19


class IdLandmarks:
    """Recognises email ids, or those in the column that the user named."""

    def __init__(self, column: str | None = None) -> None:
        self._column = column

    def is_name(self, cell: Any) -> bool:
        """Tell whether a column of this name holds ids."""
        if not isinstance(cell, str):
            return False
        return is_id_name(cell) if self._column is None else normal(cell) == normal(self._column)

    is_heading = staticmethod(is_heading)
    is_value = staticmethod(looks_like_id)

    def is_usual(self, text: str) -> bool:
        """Tell whether a text is what published ids look like."""
        return text.isdecimal() and len(text) == _PUBLISHED

    def is_entry(self, text: str) -> bool:
        """Tell whether a text can be an id."""
        try:
            as_id(text)
        except Rounded:
            return True
        except ValueError:
            return False
        return True

    def within(self, line: str) -> list[str]:
        """Return the ids in a line of prose: those that are named, else those with the shape of one."""
        line = plain(line).replace("%2C", ",")
        named = [email_id.strip(" \"'") for found in _NAMED.findall(line) for email_id in found.split(",")]
        shaped = _SHAPED.findall(line)
        return named or [email_id for email_id in shaped if len(email_id) == _PUBLISHED] or shaped

    def rank(self, frame: pd.DataFrame) -> int | None:
        """Tell how good the reason is to take a table for that with the ids."""
        try:
            return choose(frame, self._column).rank
        except AmbiguousColumnError:
            return None
