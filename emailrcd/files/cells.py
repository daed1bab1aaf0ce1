"""Single cells as people write and paste them: what dresses a value, what stands for nothing, what is a remark."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd

QUOTES = "\"'`“”„‘’「」『』"

_INVISIBLE = "\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffb"
_EDGE = re.compile(rf"[\s{_INVISIBLE}{QUOTES}]+")
_HIDDEN = re.compile(f"[{_INVISIBLE}]")
_FULL_WIDTH = {full: full - 0xFEE0 for full in range(0xFF01, 0xFF5F)}
_REMARK = re.compile(
    r"""(?ix) \s* (?:
      \#.* | -{2,}(\s.*)?
    | [(（<\[]? \s* ( about \s+ )? [\d,.]+ \s+ (rows?|records?|lines?|tuples?|results?|entries) \b .*
    | [(（]? \s* (共|总共|总计|合计)? \s* [\d,]+ \s* (行|条|笔|个) .*
    | (rows?|records?|row\s+count|time|elapsed|page|completion\s+time|generated|exported|printed) \b [^\w]* [\d:：].*
    | query\s+(ok|returned)\b.* | -*\s*end\s+of\s+\S.*
    | ((grand|sub)[\s-]*)? (totals?|sum|count) \s* [:：=(]? \s* [\d,.]* \s* \)? | (合计|总计|小计|共计) \W* \d* \W*
    ) """
)


def bare(text: str) -> str:
    """Take white space, what is invisible, quotes and the guard ``="…"`` of spreadsheets off the ends of `text`.

    Examples
    --------
    >>> bare('  "a b" ')
    'a b'
    """
    start = match.end() if (match := _EDGE.match(text)) else 0
    text = text[start:].removeprefix('="')
    start = match.end() if (match := _EDGE.match(text)) else 0
    end = len(text)
    while end > start and _EDGE.fullmatch(text[end - 1]):
        end -= 1
    return text[start:end]


def plain(text: str) -> str:
    """Return `text` bare, in half-width letters and digits, and without what is invisible.

    Examples
    --------
    >>> plain("２２\u00ad０８\u200e")
    '2208'
    """
    text = bare(text)
    return text if text.isascii() else bare(_HIDDEN.sub("", text).translate(_FULL_WIDTH))


def is_empty(value: Any) -> bool:
    """Tell whether there is nothing in a cell."""
    if isinstance(value, str):
        return not bare(value)
    return (
        value is None
        or value is pd.NA
        or value is pd.NaT
        or (isinstance(value, float | np.floating) and bool(np.isnan(value)))
    )


def is_remark(text: str) -> bool:
    """Tell whether a line is what programs print around a table: ``# exported``, ``(10 rows affected)``.

    Examples
    --------
    >>> is_remark("(10 rows affected)"), is_remark("10 rows in set (0.00 sec)"), is_remark("row-10")
    (True, True, False)
    """
    return _REMARK.fullmatch(text.strip()) is not None
