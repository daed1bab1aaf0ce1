"""The one clock that a timeline goes by: which column holds its times, and the periods they fall into."""

from __future__ import annotations

import re

import pandas as pd

from ..errors import EmailrcdError
from .inputs import Records, check_column, map_frames

SENT_AT_NAMES = ("sentat", "sendtime", "senttime", "submittedat", "submittime", "sent", "发送时间", "提交时间")
"""Names of a user's sent-at column, in lower case without blanks, underscores and hyphens; the first found is taken."""

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
    sent_at = [names[name] for name in SENT_AT_NAMES if name in names]
    for column in [*sent_at, "submitted_at_estimated"]:
        if _has_times(records, column):
            return column
    if sent_at:
        return sent_at[0]
    raise EmailrcdError(
        "There is no time to go by: these ids do not tell when they were submitted, and there is no column sent_at. "
        "Name the column with the times of sending: at=…"
    )


def _has_times(records: Records, column: str) -> bool:
    """Tell whether anything stands in a column; of records without a row nobody can say, so that it may."""

    def has(frame: pd.DataFrame) -> bool | None:
        return None if frame.empty else bool((frame[column].notna() & frame[column].ne("")).any())

    empty = True
    for answer in map_frames(records, [column], has):
        if answer:
            return True
        empty = empty and answer is None
    return empty


def period_starts(times: pd.DatetimeIndex, freq: str | None) -> pd.DatetimeIndex:
    """Return the beginnings of all periods from the first time to the last."""
    known = times.dropna()
    if known.empty:
        return known.as_unit("us")
    ends = pd.DatetimeIndex([known.min(), known.max()])
    freq = freq or _readable_freq((ends[1] - ends[0]).total_seconds())
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
            f"freq must be a length of time such as '15min', 'h', 'D' or 'W-MON', not {freq!r}."
        ) from None
    return pd.DatetimeIndex(empty.index).as_unit("us")


def _readable_freq(seconds: float) -> str:
    return next((freq for freq, length in _FREQUENCIES.items() if seconds / length <= _PERIODS_READABLE), "MS")
