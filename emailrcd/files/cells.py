"""Single cells as people write and paste them: what dresses a value, what stands for nothing, what is a remark."""

from __future__ import annotations

import re
from typing import Any
from unicodedata import category

import numpy as np
import pandas as pd

GAP = re.compile(r"(?<![^\s,(\[])(?:\.{2,3}|…{1,2}|⋮|⋯)(?![^\s,)\]])")
"""What stands in place of what was left out, as libraries print long tables."""

SHORTENED = (
    "An ellipsis stands where rows were left out when this was printed or shown: ids are missing. Give all of them."
)
"""What is to be told of it."""

QUOTES = "\"'`“”„‘’「」『』"

_VARIANTS = "".join(map(chr, range(0xFE00, 0xFE10)))
_INVISIBLE = "".join(sign for sign in map(chr, range(0x10000)) if category(sign) == "Cf") + _VARIANTS
_EDGES = "".join(chr(code) for code in range(0x3001) if chr(code).isspace()) + _INVISIBLE + QUOTES
_HIDDEN = str.maketrans(dict.fromkeys(_INVISIBLE))
_FULL_WIDTH = {full: full - 0xFEE0 for full in range(0xFF01, 0xFF5F)}
_FOREIGN_DIGIT = re.compile(r"(?![0-9])\d")
_GROUPED = re.compile(
    r"""(?x) (?<!\d) (?<!\d[,，.'’ -])
    (?: \d ([,，.'’٬\xa0\u2009\u202f ]) \d{3} (?: \1 \d{3} ){5} | \d{4} ([\xa0 -]) \d{4} (?: \2 \d{4} ){2} \2 \d{3} )
    (?!\d) (?![,，.'’ -]\d) """
)
"""A number of 19 digits in groups of three, as spreadsheets show it, or of four, as people write it."""
_REMARK = re.compile(
    r"""(?ix) \s* (?:
      \#.* | -{2,}(\s.*)?
    | [(（<\[]? \s* ( about \s+ )? [\d,.]+ \s+ (rows?|records?|lines?|tuples?|results?|entries) \b .*
    | [(（]? \s* (共|总共|总计|合计)? \s* [\d,]+ \s* (行|条|笔|个) .*
    | (rows?|records?|row\s+count|time|elapsed|page|completion\s+time|generated|exported|printed) \b [\s:：=]* [\d:：].*
    | (generated|exported|printed|created|reported) \s+ (by|on|at|from|with) \b .*
    | query\s+(ok|returned)\b.* | -*\s*end\s+of\s+\S.*
    ) """
)
_TOTAL = re.compile(
    r"(?i)((grand|sub|running|overall)[\s_-]*)?(totals?|sum|count|average|summe|gesamt|totale|suma|итого|всего)"
    r"([\s_-]*(rows?|mails?|ids?|records?|count))?\W*[\d,.\s]*\W*|[(（]?(合计|总计|小计|共计|总数|汇总|合計|總計)\W*\d*\W*(条|行|封)?\W*"
)


def bare(text: str) -> str:
    """Take white space, what is invisible, quotes and the guard ``="…"`` of spreadsheets off the ends of `text`.

    Examples
    --------
    >>> bare('  "a b" ')
    'a b'
    """
    return text.lstrip(_EDGES).removeprefix('="').strip(_EDGES)


def plain(text: str) -> str:
    """Return `text` bare, in half-width letters and Western digits, without what is invisible or groups digits.

    Examples
    --------
    >>> plain("２２\u00ad٠٨\u200e")
    '2208'
    """
    text = bare(text)
    if not text.isascii():
        text = bare(text.translate(_HIDDEN).translate(_FULL_WIDTH))
        text = _FOREIGN_DIGIT.sub(lambda digit: str(int(digit[0])), text)
    return ungrouped(text)


def ungrouped(text: str) -> str:
    """Return `text` with the groups of each number of 19 digits put together.

    Examples
    --------
    >>> ungrouped("2,208,031,112,341,000,001; 2208 0311 1234 1000 002")
    '2208031112341000001; 2208031112341000002'
    """
    # To look for a sign takes a hundredth of the time, and most texts have none.
    if not any(sign in text for sign in ",，.'’٬ \xa0\u2009\u202f-"):
        return text
    return _GROUPED.sub(lambda found: "".join(filter(str.isdigit, found[0])), text)


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


def is_total(text: str) -> bool:
    """Tell whether a text is what stands in the row of a total.

    Examples
    --------
    >>> is_total("Grand total: 12"), is_total("合计"), is_total("total-12a")
    (True, True, False)
    """
    return _TOTAL.fullmatch(text) is not None


def is_remark(text: str) -> bool:
    """Tell whether a line is what programs print around a table: ``# exported``, ``(10 rows affected)``.

    Examples
    --------
    >>> is_remark("(10 rows affected)"), is_remark("10 rows in set (0.00 sec)"), is_remark("row-10")
    (True, True, False)
    """
    return _REMARK.fullmatch(text.strip()) is not None or is_total(text.strip())
