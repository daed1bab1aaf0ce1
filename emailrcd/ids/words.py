"""Words that stand among ids in files and pasted text and are not ids: repeated headers, totals, NULLs, bullets, remarks."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

from ..files.cells import bare, is_remark, is_total, plain
from .id_column import is_heading, normal

_NULLS = frozenset(
    {"null", "none", "nil", "nan", "na", "n/a", "n.a.", "#n/a", "#na", "nat", "undefined", "\\n", "无", "空", "暂无"}
)
_BULLET = re.compile(r"[•·*◦▪▸►▶‣∙○●■□☐☑✓✔➤➢>+_./\\|=~\-–—…]+|[(（]?\d{1,4}[.)、:：）]")


def leftover(value: Any, names: Collection[str] = ()) -> str | None:
    """Tell what a cell is that holds no id, None if it may be one; `names` are those of the columns of its table.

    Examples
    --------
    >>> leftover("Grand total: 12"), leftover("NULL"), leftover("•")
    ('a total', 'an empty value', 'a bullet')
    >>> leftover("Email-ID"), leftover("Versand Nr", {"versandnr"}), leftover("banana")
    ('a repeated header', 'a repeated header', None)
    """
    if not isinstance(value, str):
        return None
    text = plain(value)
    if not text:
        return None
    if is_heading(text) or normal(text) in names:
        return "a repeated header"
    if text.strip("()<>[]").lower() in _NULLS:
        return "an empty value"
    if is_total(text):
        return "a total"
    if _BULLET.fullmatch(bare(text)):
        return "a bullet"
    return "a remark" if is_remark(text) else None
