"""One rule for dates: a column is read in one order; what reads two ways is told there, and refused where it selects mail.

03/04/2026 is the third of April or the fourth of March. A column that also holds 13/04/2026 tells which.
"""

from __future__ import annotations

import datetime
import re
import warnings
from collections import Counter
from collections.abc import Hashable
from contextlib import suppress
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from ..errors import EmailrcdError, EmailrcdWarning
from ..wording import quoted

Instant = str | datetime.date | pd.Timestamp
"""A time, with or without a zone; without one it is in UTC."""

_NUMERIC = r"^\s*(\d{1,2}[/.-]\d{1,2}[/.-](?:\d{4}|\d{2}))(\D.*)?$"
"""A date of numbers that does not begin with a year of four digits, and what follows it."""

_ORDERS = {"month": (2, 0, 1), "day": (2, 1, 0), "year": (0, 1, 2)}
"""What comes first, and where year, month and day stand then."""

_LAST_YEAR = 9_000
_ZONED = r"\d[T ]\d.*(?:[Zz]|UTC|GMT|[+-]\d{2}(?::?\d{2})?)$"
_YEAR = re.compile(r"(?<!\d)\d{4}(?!\d)|^\s*\d{8}(?!\d)|^(?:now|today)$")


Dates = Counter[str]
"""How often a column has each date of numbers; those of its parts can be added."""


def numeric_dates(values: pd.Series[Any]) -> Dates:
    """Return the dates of a column that could be read in several orders."""
    return Counter(values.astype("str").str.extract(_NUMERIC)[0].dropna()) if _is_text(values) else Counter()


def order_of(dates: Dates, name: Hashable) -> str:
    """Return what comes first in most of the dates of the column `name`: ``"month"``, ``"day"`` or ``"year"``.

    Warns
    -----
    EmailrcdWarning
        Others would read some of them differently.
    """
    readings = {text: _readings(text) for text in sorted(dates)}
    # Nobody writes dates with dots and the month first.
    dotted = any("." in text for text in dates)
    preferred = sorted(_ORDERS, key=lambda order: order == "month") if dotted else _ORDERS
    first = max(preferred, key=lambda order: sum(dates[text] for text, found in readings.items() if order in found))
    misfits = sum(dates[text] for text, found in readings.items() if found and first not in found)
    twofold = [text for text, found in readings.items() if len(set(found.values())) > 1]
    as_good = any(all(order in found for found in readings.values() if found) for order in _ORDERS if order != first)
    told = f"The dates in {name!r} are read with the {first} first"
    if twofold and as_good:
        told += f" ({twofold[0]} is {readings[twofold[0]][first]}), and can be read otherwise"
    if misfits:
        told += f"; dates that do not fit are missing: {misfits:,}"
    if misfits or (twofold and as_good):
        warnings.warn(f"{told}. Write them like 2026-11-24 to be sure.", EmailrcdWarning, stacklevel=4)
    return first


def _readings(text: str) -> dict[str, datetime.date]:
    """Return what a date of numbers can be, by what comes first."""
    parts = re.split("[/.-]", text)
    orders = _ORDERS if len(parts[2]) == 2 and len(parts[0]) == 2 else {"month": (2, 0, 1), "day": (2, 1, 0)}
    readings = {}
    for first, places in orders.items():
        year, month, day = (int(parts[place]) for place in places)
        try:
            readings[first] = datetime.date(year + 2_000 * (year < 100), month, day)
        except ValueError:
            continue
    return readings


def instants(values: pd.Series[Any], name: Hashable, tz: str) -> pd.DatetimeIndex:
    """Return the times of a column in `tz`, where those without a zone are read; say if they can be read otherwise.

    Times before 2000 or over a year ahead are missing: databases write 0001-01-01 or 9999-12-31 where they know none.
    """
    times = instants_of_part(values, name, tz, order_of(numeric_dates(values), name))
    if times.isna().all() and (values.notna() & values.ne("")).any():
        raise unreadable(name)
    return times


def instants_of_part(values: pd.Series[Any], name: Hashable, tz: str, first: str) -> pd.DatetimeIndex:
    """Return the times of a part of a column, read with what comes first in the whole; they may all be missing."""
    check_zone(tz)
    times = _read(values, name, tz, first)
    usual = (times >= pd.Timestamp(2000, 1, 1, tz=tz)) & (times < pd.Timestamp.now(tz) + pd.DateOffset(years=1))
    return pd.DatetimeIndex(times.where(usual))


def check_zone(tz: str) -> None:
    """Refuse the name of a time zone that does not exist."""
    if not is_zone(tz):
        raise EmailrcdError(f"There is no time zone {tz!r}. Name one like 'Asia/Shanghai' or 'UTC'.")


def is_zone(name: str) -> bool:
    """Tell whether there is a time zone of this name."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError, TypeError):
        return False
    return True


def unreadable(name: Hashable) -> EmailrcdError:
    """Return the error for a column without a single time."""
    return EmailrcdError(
        f"The column {name!r} holds no times since the year 2000 that can be read. Write them like 2026-11-20 14:05."
    )


def instant(name: str, value: Instant) -> pd.Timestamp:
    """Return a time that selects mail, in UTC; `name` is that of the parameter.

    Raises
    ------
    EmailrcdError
        It is not a time, or a date that reads two ways.
    """
    time = None
    with suppress(TypeError, ValueError):
        # A number would be nanoseconds since 1970.
        if not isinstance(value, int | float):
            time = pd.Timestamp(_unambiguous(name, value) if isinstance(value, str) else value)
    # An empty text is "not a time" to pandas, and has no zone to be given.
    if not isinstance(time, pd.Timestamp):
        raise EmailrcdError(
            f"{name} is {value!r}, which is not a time. Give one like '2026-11-24 09:00' or a datetime."
        )
    return time.tz_localize("UTC") if time.tzinfo is None else time.tz_convert("UTC")


def _unambiguous(name: str, text: str) -> str:
    """Return a text with its date in the order of ISO 8601, or empty if it is not a date with a year."""
    match = re.match(_NUMERIC, text)
    if match is None:
        return text if _YEAR.search(text) else ""
    readings = sorted(set(_readings(match[1]).values()))
    if len(readings) > 1:
        ways = " or ".join(f"'{date}'" for date in readings)
        raise EmailrcdError(f"{name} is {quoted(text)!r}, a date that can be read in several ways. Write {ways}.")
    return f"{readings[0]}{match[2] or ''}" if readings else ""


def _read(values: pd.Series[Any], name: Hashable, tz: str, first: str) -> pd.DatetimeIndex:
    if isinstance(values.dtype, pd.DatetimeTZDtype):
        return pd.DatetimeIndex(values).tz_convert(tz)
    if pd.api.types.is_datetime64_dtype(values.dtype):
        return _localized(values, tz)
    if not _is_text(values):
        raise EmailrcdError(f"The column {name!r} holds numbers, not times. Name a column with times: at=…")
    texts = values.astype("str")
    dates = texts.str.extract(_NUMERIC)
    iso = {text: str(_readings(text).get(first, "")) for text in dates[0].dropna().unique()}
    texts = texts.where(dates[0].isna(), dates[0].map(iso).astype("str") + dates[1].fillna(""))
    zoned = texts.str.contains(_ZONED, na=False)
    aware = pd.to_datetime(texts.where(zoned), format="mixed", utc=True, errors="coerce").dt.tz_convert(tz)
    naive = pd.to_datetime(texts.where(~zoned), format="mixed", errors="coerce")
    return pd.DatetimeIndex(aware.fillna(pd.Series(_localized(naive, tz), naive.index)))


def _localized(naive: pd.Series[Any], tz: str) -> pd.DatetimeIndex:
    # In 9999, zones end.
    naive = naive.where(naive.dt.year.between(1, _LAST_YEAR))
    return pd.DatetimeIndex(naive).tz_localize(tz, ambiguous="NaT", nonexistent="shift_forward")


def _is_text(values: pd.Series[Any]) -> bool:
    return not pd.api.types.is_datetime64_any_dtype(values.dtype) and not pd.api.types.is_numeric_dtype(values.dtype)
