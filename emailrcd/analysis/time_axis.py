"""The one clock that a timeline goes by: which column, its times, and the periods they fall into."""

from __future__ import annotations

import re
from collections.abc import Hashable
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from ..errors import EmailrcdError
from .inputs import Records, check_column, map_frames

SENT_AT_NAMES = ("sentat", "sendtime", "senttime", "submittedat", "submittime", "sent", "发送时间", "提交时间")
"""Names of a user's sent-at column, in lower case without blanks, underscores and hyphens; the first found is taken."""

_DAY_FIRST = r"(?:1[3-9]|2\d|3[01])[/.-]\d{1,2}[/.-]\d{4}"
_YEAR_LAST = r"^(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})"
_MOST_PERIODS = 20_000
_FREQUENCIES = {"min": 60, "5min": 300, "15min": 900, "h": 3_600, "3h": 10_800, "D": 86_400, "W-MON": 604_800}
"""Periods that are taken by themselves, and their seconds."""

_PERIODS_READABLE = 60


def clock(records: Records, at: str | None = None) -> str:
    """Return the name of the column a timeline goes by."""
    if at is not None:
        check_column(records, at)
        if at == "received_at":
            raise EmailrcdError(
                "A timeline cannot go by received_at: failed mail has none, so every rate would be 100 %. "
                "Give a column with the times of sending, or leave at= out."
            )
        return at
    names = {re.sub(r"[\s_-]", "", str(column)).lower(): str(column) for column in reversed(records.columns)}
    for name in SENT_AT_NAMES:
        if name in names:
            return names[name]
    estimate = "submitted_at_estimated"
    has_times = map_frames(records, [estimate], lambda frame: None if frame.empty else frame[estimate].notna().any())
    known = [told for told in has_times if told is not None]
    if any(known) or not known:
        return estimate
    raise EmailrcdError(
        "There is no time to go by: these ids do not tell when they were submitted, and there is no column sent_at. "
        "Name the column with the times of sending: at=…"
    )


def instants(values: pd.Series[Any], name: Hashable, tz: str) -> pd.DatetimeIndex:
    """Return times in `tz`; those without a zone are read in it, those before 2000 or over a year ahead are missing.

    Databases write 0001-01-01 or 9999-12-31 where they know no time.
    """
    times = times_of(values, name, tz, begins_with_day(values))
    if times.isna().all() and values.notna().any():
        raise unreadable(name)
    return times


def begins_with_day(values: pd.Series[Any]) -> bool:
    """Tell whether dates are written with the day first: one 20/11/2026 tells how 05/11/2026 is meant."""
    return not _are_times(values) and bool(values.astype("str").str.match(_DAY_FIRST, na=False).any())


def times_of(values: pd.Series[Any], name: Hashable, tz: str, day_first: bool) -> pd.DatetimeIndex:
    """Return times as `instants` does; one part of a column may be all missing."""
    times = _read(values, name, tz, day_first)
    usual = (times >= pd.Timestamp(2000, 1, 1, tz=tz)) & (times < pd.Timestamp.now(tz) + pd.DateOffset(years=1))
    return pd.DatetimeIndex(times.where(usual))


def _read(values: pd.Series[Any], name: Hashable, tz: str, day_first: bool) -> pd.DatetimeIndex:
    if isinstance(values.dtype, pd.DatetimeTZDtype):
        return pd.DatetimeIndex(values).tz_convert(tz)
    if pd.api.types.is_datetime64_dtype(values.dtype):
        return pd.DatetimeIndex(values).tz_localize(tz, ambiguous="NaT", nonexistent="shift_forward")
    if pd.api.types.is_numeric_dtype(values.dtype):
        raise EmailrcdError(f"The column {name!r} holds numbers, not times. Name a column with times: at=…")
    texts = values.astype("str")
    if day_first:
        # Otherwise 05/11/2026 is read as the 11th of May.
        texts = texts.str.replace(_YEAR_LAST, r"\3-\2-\1", regex=True)
    zoned = texts.str.contains(r"\d[T ]\d.*(?:[Zz]|UTC|GMT|[+-]\d{2}(?::?\d{2})?)$", na=False)
    aware = pd.to_datetime(texts.where(zoned), format="mixed", utc=True, errors="coerce").dt.tz_convert(tz)
    naive = pd.to_datetime(texts.where(~zoned), format="mixed", errors="coerce")
    return pd.DatetimeIndex(aware.fillna(naive.dt.tz_localize(tz, ambiguous="NaT", nonexistent="shift_forward")))


def unreadable(name: Hashable) -> EmailrcdError:
    """Return the error for a column without a single time."""
    return EmailrcdError(
        f"The column {name!r} holds no times since the year 2000 that can be read. Write them like 2026-11-20 14:05."
    )


def _are_times(values: pd.Series[Any]) -> bool:
    return pd.api.types.is_datetime64_any_dtype(values.dtype) or pd.api.types.is_numeric_dtype(values.dtype)


def beginnings_of(times: pd.DatetimeIndex, freq: str | None) -> pd.DatetimeIndex:
    """Return the beginnings of all periods from the first time to the last."""
    known = times.dropna()
    if known.empty:
        return known.as_unit("us")
    ends = pd.DatetimeIndex([known.min(), known.max()])
    freq = freq or _fitting((ends[1] - ends[0]).total_seconds())
    try:
        first, second = pd.date_range(ends[0], periods=2, freq=freq)
        if (ends[1] - ends[0]) / (second - first) > _MOST_PERIODS:
            raise EmailrcdError(
                f"There would be more than {_MOST_PERIODS:,} periods of {freq!r} from {ends[0]:%Y-%m-%d} to "
                f"{ends[1]:%Y-%m-%d}. Take a longer freq=."
            )
        empty = pd.Series(0, index=ends).resample(freq, closed="left", label="left").size()
    except (TypeError, ValueError, ZeroDivisionError):
        raise EmailrcdError(
            f"{freq!r} is no length of a period. Give freq= like '15min', 'h', 'D' or 'W-MON'."
        ) from None
    return pd.DatetimeIndex(empty.index).as_unit("us")


def _fitting(seconds: float) -> str:
    return next((freq for freq, length in _FREQUENCIES.items() if seconds / length <= _PERIODS_READABLE), "MS")


def check_zone(tz: str) -> None:
    """Refuse what is no time zone."""
    try:
        ZoneInfo(tz)
    except (KeyError, ValueError, OSError, TypeError):
        raise EmailrcdError(f"There is no time zone {tz!r}. Name one like 'Asia/Shanghai' or 'UTC'.") from None
