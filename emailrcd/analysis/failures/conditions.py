"""What a cause says, as text for `DataFrame.query`: it selects all mail the cause speaks of."""

from __future__ import annotations

import json
import keyword
from typing import Any

import numpy as np
import pandas as pd

from ...records.providers import OTHER
from .dimensions import Dimension, Term, Terms
from .mails import Mails


def condition(records: pd.DataFrame, mails: Mails, terms: Terms, windows: Terms = ()) -> str:
    """Return the text that selects this mail among the records; empty where no text does."""
    texts = [_text(records, mails, term) for term in terms]
    if windows:
        timed = next(place for place, term in enumerate(terms) if term.dimension == windows[0].dimension)
        stretches = [_text(records, mails, term) for term in sorted((terms[timed], *windows))]
        texts[timed] = f"({' or '.join(stretches)})" if all(stretches) else ""
    if not all(texts):
        return ""
    text = " and ".join(texts)
    now = ~mails.earlier
    return text if _selects(records, text, mails.rows[now], mails.rows[now & mails.meeting(terms, windows)]) else ""


def _selects(records: pd.DataFrame, text: str, settled: Any, meant: Any) -> bool:
    """Tell whether the text selects of all settled mail the mail that is meant: a column may hold what no text can say."""
    try:
        chosen = records.set_axis(range(len(records)), axis=0).query(text).index
    except Exception:  # noqa: BLE001 - whatever pandas makes of a strange name, it is then no text that selects
        return False
    return np.array_equal(np.intersect1d(chosen, settled), meant)


def _text(records: pd.DataFrame, mails: Mails, term: Term) -> str:
    dimension = mails.dimensions[term.dimension]
    if dimension.mark is not None:
        return dimension.mark.condition
    if dimension.kind == "time":
        return _time(records[mails.clock], mails, dimension, term)
    label = dimension.labels[term.low]
    if dimension.name == "top-level domain":
        return f"provider == {_literal(OTHER)} and domain.str.endswith({_literal('.' + str(label))})"
    name = _quoted(dimension.name)
    if dimension.ordered:
        return _between(_size(name, records[dimension.name], label), dimension, term)
    return f"{name}.isna()" if label is None else f"{name} == {_literal(label)}"


def _size(name: str, values: pd.Series[Any], edge: Any) -> str:
    """Return what gives the numbers or dates of a column: in a CSV file they are texts, and some are empty."""
    if pd.api.types.is_numeric_dtype(values.dtype) or pd.api.types.is_datetime64_any_dtype(values.dtype):
        return name
    dtype = "datetime64[us]" if isinstance(edge, pd.Timestamp) else "float64"
    return f'{name}.replace("", None).astype("{dtype}")'


def _between(name: str, dimension: Dimension, term: Term) -> str:
    texts = []
    if term.low > 0:
        texts.append(f"{name} >= {_literal(dimension.labels[term.low])}")
    if term.high < dimension.size:
        texts.append(f"{name} < {_literal(dimension.labels[term.high])}")
    return " and ".join(texts)


def _time(column: pd.Series[Any], mails: Mails, dimension: Dimension, term: Term) -> str:
    name = _quoted(mails.clock)
    naive = pd.api.types.is_datetime64_dtype(column.dtype)
    local = name
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        local = f"{name}.dt.tz_convert({_literal(mails.tz)})"
    elif not naive:  # text, as in a CSV file
        name = local = f"{name}.astype({_literal(f'datetime64[us, {mails.tz}]')})"
    if dimension.name == "time":
        sides = [moment(dimension.labels[edge], mails.tz) for edge in (term.low, term.high)]
        low, high = (side.tz_localize(None) if naive else side for side in sides)
        return f"{name} >= {_literal(low)} and {name} < {_literal(high)}"
    if dimension.name == "weekday":
        return f"{local}.dt.day_of_week == {term.low}"
    if term.high - term.low == 1:
        return f"{local}.dt.hour == {term.low}"
    return f"{local}.dt.hour >= {term.low} and {local}.dt.hour < {term.high}"


def moment(wall: Any, tz: str) -> pd.Timestamp:
    """Return the instant that a wall clock in this zone shows."""
    return pd.Timestamp(wall).tz_localize(tz, ambiguous=True, nonexistent="shift_forward")


def _quoted(name: str) -> str:
    return name if name.isidentifier() and not keyword.iskeyword(name) else f"`{name}`"


def _literal(value: Any) -> str:
    if isinstance(value, pd.Timestamp):
        text = value.isoformat(" ", "minutes" if value == value.floor("min") else "auto")
        return f'"{text}"'
    if isinstance(value, bool | np.bool_):
        return str(bool(value))
    if isinstance(value, int | float | np.number):
        return number(value)
    return json.dumps(str(value), ensure_ascii=False)


def number(value: Any) -> str:
    """Write a number as Python reads it, a whole one without a point."""
    return str(int(value)) if float(value).is_integer() else repr(float(value))
