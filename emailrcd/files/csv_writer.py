"""CSV for programs: text that a spreadsheet would take for a formula gets an apostrophe before it.

Spreadsheets of half the world split a line at ``;`` or tabs, where a quotation mark in the midst of a cell protects nothing: a
formula may hide behind either, or behind a line break.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

_SIGN = r"[=+\-@＝＋－＠]"
_FORMULA = re.compile(
    rf'^(?=[\t\r])|(?:^|(?<=[;\t\r\n]))(?=(?:[^\S\t\r\n]|")*{_SIGN})(?![+-]?\d+(?:\.\d+)?(?:[;\t\r\n]|$))'
)
"""Before a formula; a signed number is not one."""

_CANDIDATE = rf'^[\t\r]|(?:^|[;\t\r\n])[\s\p{{Z}}"]*{_SIGN}'
"""Found in all that `_FORMULA` changes, in much less time."""


def to_csv(table: pd.DataFrame) -> bytes:
    """Return a table as CSV in UTF-8, with the mark by which Excel knows that."""
    header = _safe(pa.array(table.columns, pa.large_string())).to_pylist()
    columns = [_safe(_texts(table.iloc[:, place])) for place in range(table.shape[1])]
    # A line without anything would be no row.
    empty = "" if len(columns) > 1 else '""'
    rows = _joined(columns, ",", empty).to_pylist() if columns else []
    return codecs.BOM_UTF8 + "\n".join([",".join(header), *rows, ""]).encode()


def _joined(columns: Sequence[pa.Array], between: str, missing: str) -> pa.Array:
    """Return the texts of each row in one."""
    separator = pa.scalar(between, pa.large_string())
    return pc.binary_join_element_wise(*columns, separator, null_handling="replace", null_replacement=missing)


def _texts(values: pd.Series[Any]) -> pa.Array:
    if not pd.api.types.is_datetime64_any_dtype(values.dtype):
        texts = pa.array(values.astype("str"), pa.large_string(), from_pandas=True)
        # Of a frame that was put together from several they come in chunks.
        return texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts
    zone = getattr(values.dtype, "tz", None)
    local = pa.array(values.dt.tz_localize(None), from_pandas=True)
    seconds = local.cast(pa.timestamp("s"), safe=False)
    texts = (seconds if pc.all(pc.equal(seconds, local)).as_py() else local).cast(pa.large_string())
    if zone is not None:
        return pc.if_else(texts.is_valid(), _joined([texts, _offsets(pa.array(values))], "", ""), None)
    is_date = pc.all(pc.ends_with(texts, " 00:00:00")).as_py()
    return pc.utf8_slice_codeunits(texts, 0, len("2026-11-24")) if is_date else texts


def _offsets(times: pa.Array) -> pa.Array:
    """Return the offset of each time from UTC, like ``+08:00``."""
    offsets = pc.strftime(times, "%z").dictionary_encode()
    written = [f"{offset[:3]}:{offset[3:]}" for offset in offsets.dictionary.to_pylist()]
    return pa.array(written, pa.large_string()).take(offsets.indices)


def _safe(texts: pa.Array) -> pa.Array:
    """Return texts without formulas and zero bytes, which no text has, quoted where it is needed."""
    texts = pc.replace_substring(texts, "\0", "\ufffd")
    texts = _replaced(texts, _CANDIDATE, lambda text: _FORMULA.sub("'", text))
    return _replaced(texts, '[",\r\n]', lambda text: '"' + text.replace('"', '""') + '"')


def _replaced(texts: pa.Array, pattern: str, change: Callable[[str], str]) -> pa.Array:
    """Return texts with those changed in which `pattern` is found: mostly none or a few."""
    found = pc.fill_null(pc.match_substring_regex(texts, pattern), False)
    changed = pa.array(map(change, texts.filter(found).to_pylist()), texts.type)
    return pc.replace_with_mask(texts, found, changed)
