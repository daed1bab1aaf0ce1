"""Records in, tables out: summary, breakdown, timeline.

All three share their columns, the *measures*:

``ids``
    distinct ids
``delivered failed sending not_found invalid unanswered``
    how many of them have each status
``settled``, ``open``
    delivered or failed; sending or not found
``delivery_rate``, ``delivery_rate_low``, ``delivery_rate_high``
    delivered ÷ settled, and its 95 % Wilson interval; missing while nothing is settled
``delivery_rate_worst``, ``delivery_rate_best``
    what the rate becomes if all open mail fails, or is delivered

They are derived from counts that add up: the counts of two parts with no id in common, added, are those of the whole.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from .errors import EmailrcdError
from .records import OPEN, SETTLED, STATUSES
from .statistics import Z_95

MEASURES = (
    "ids",
    *STATUSES,
    "settled",
    "open",
    "delivery_rate",
    "delivery_rate_low",
    "delivery_rate_high",
    "delivery_rate_worst",
    "delivery_rate_best",
)
"""The columns of every table here, in order."""

SENT_AT_NAMES = ("sentat", "sendtime", "senttime", "submittedat", "submittime", "sent", "发送时间", "提交时间")
"""Names of a user's sent-at column, in lower case without blanks, underscores and hyphens; the first found is taken."""

_MOST_PERIODS = 20_000
_SANDBOX_MARK = ".sandbox@"
_FREQUENCIES = {"min": 60, "5min": 300, "15min": 900, "h": 3_600, "3h": 10_800, "D": 86_400, "W-MON": 604_800}
"""Periods that are taken by themselves, and their seconds."""

_PERIODS_READABLE = 60


def summary(records: pd.DataFrame) -> pd.DataFrame:
    """Count all distinct ids by status, with the delivery rate.

    Returns
    -------
    DataFrame
        One row, ``all``, with the measures (see the module).
    """
    check(records)
    return measures(tally(records, np.zeros(len(records), np.intp), pd.Index(["all"])))


def breakdown(records: pd.DataFrame, by: str | Sequence[str]) -> pd.DataFrame:
    """Count distinct ids by status in each group, largest group first.

    Parameters
    ----------
    records : DataFrame
        A records frame.
    by : str or sequence of str
        One or several of its columns, your own included.

    Returns
    -------
    DataFrame
        The measures (see the module), one row for each group that has ids; ids without a value have a row, too. An id that
        your frame holds in several groups counts in each of them.

    Raises
    ------
    EmailrcdError
        There is no such column; the message names those there are.
    """
    check(records)
    names = [by] if isinstance(by, str) else list(by)
    if not names or len(set(names)) < len(names):
        raise EmailrcdError("by= takes the name of a column, or several different ones.")
    for name in names:
        check_column(records, name)
    keys = [groupable(records[name]) for name in names]
    groups = pd.concat(keys, axis=1, keys=range(len(keys))).groupby(list(range(len(keys))), observed=True, dropna=False)
    labels = groups.size().index.set_names(names)
    table = measures(tally(records, groups.ngroup().to_numpy(np.intp), labels))
    return table.sort_values("ids", ascending=False, kind="stable")


def timeline(
    records: pd.DataFrame,
    freq: str | None = "h",
    at: str | None = None,
    tz: str = "Asia/Shanghai",
    *,
    by: str | None = None,
) -> pd.DataFrame:
    """Count distinct ids by status in each period of time, by one clock for all of them.

    Parameters
    ----------
    records : DataFrame
        A records frame.
    freq : str or None
        Length of a period as pandas writes it (``"15min"``, ``"h"``, ``"D"``, ``"W-MON"``); None takes one that fits.
    at : str, optional
        The column that holds the times. Otherwise a sent-at column of yours (`sent_at`, `send_time`, `发送时间`, …), else
        `submitted_at_estimated`.
    tz : str
        The zone in which periods begin and times without a zone are read.
    by : str, optional
        One of its columns: a timeline for each of its values.

    Returns
    -------
    DataFrame
        The measures (see the module) from the first period to the last, empty ones included; the index holds the beginnings
        and bears the name of the clock. Ids without a time are in a last row, ``NaT``. With `by`, its values are the outer
        level of the index, and each has all periods.

    Raises
    ------
    EmailrcdError
        There is no time to go by; `at` is `received_at`, which failed mail does not have, so that a rate over it would lie;
        or `freq` is no length, or so short that there would be too many periods.
    """
    check(records)
    name = clock(records, at)
    times = instants(records[name], name, tz)
    beginnings = _beginnings(times, freq)
    missing = times.isna().to_numpy()
    # Missing times are the smallest of integers; they get a row of their own.
    codes = beginnings.asi8.searchsorted(pd.DatetimeIndex(times).as_unit("us").asi8, side="right") - 1
    if missing.any():
        codes = np.where(missing, len(beginnings), codes)
        beginnings = beginnings.append(pd.DatetimeIndex([pd.NaT], tz=tz).as_unit("us"))
    if by is None:
        return measures(tally(records, codes, beginnings.rename(name)))
    check_column(records, by)
    groups, values = pd.factorize(groupable(records[by]), sort=True, use_na_sentinel=False)
    labels = pd.MultiIndex.from_product([values, beginnings], names=[by, name])
    return measures(tally(records, groups.astype(np.intp) * len(beginnings) + codes, labels))


def measures(counts: pd.DataFrame) -> pd.DataFrame:
    """Derive all measures from counts by status, whatever rows they were added up to.

    Parameters
    ----------
    counts : DataFrame
        The six statuses as columns of integers.

    Returns
    -------
    DataFrame
        The measures (see the module), with the same index.
    """
    settled, still_open = counts[list(SETTLED)].sum(axis=1), counts[list(OPEN)].sum(axis=1)
    low, high = wilson(counts["delivered"], settled)
    possible = (settled + still_open).where(lambda n: n > 0)
    derived = {
        "ids": counts[list(STATUSES)].sum(axis=1),
        "settled": settled,
        "open": still_open,
        "delivery_rate": counts["delivered"] / settled.where(settled > 0),
        "delivery_rate_low": low,
        "delivery_rate_high": high,
        "delivery_rate_worst": counts["delivered"] / possible,
        "delivery_rate_best": (counts["delivered"] + still_open) / possible,
    }
    return counts.assign(**derived)[list(MEASURES)]


def wilson(successes: pd.Series[Any], trials: pd.Series[Any]) -> tuple[pd.Series[Any], pd.Series[Any]]:
    """Return the bounds of the 95 % Wilson score interval; missing where there are no trials.

    Examples
    --------
    >>> low, high = wilson(pd.Series([81]), pd.Series([263]))
    >>> round(low[0], 4), round(high[0], 4)
    (np.float64(0.2553), np.float64(0.3662))
    """
    n = trials.where(trials > 0).astype(float)
    rate = successes / n
    centre = (rate + Z_95**2 / (2 * n)) / (1 + Z_95**2 / n)
    half = Z_95 * np.sqrt(rate * (1 - rate) / n + Z_95**2 / (4 * n**2)) / (1 + Z_95**2 / n)
    # Rounding must not push a bound past 0, 1 or the rate itself.
    return np.minimum((centre - half).clip(lower=0), rate), np.maximum((centre + half).clip(upper=1), rate)


def hint(records: pd.DataFrame) -> str | None:
    """Say what it usually means when *all* ids are not found; None when some are found."""
    check(records)
    if records.empty or not (records["status"] == "not_found").all():
        return None
    count = records["email_id"].nunique()
    said = f"None of the {count:,} ids was found (未找到). "
    age = pd.Timestamp.now("UTC") - records["submitted_at_estimated"].max()
    if pd.notna(age) and age < pd.Timedelta("30min"):
        return said + "The newest are minutes old: they may still be queued. Query them again in a while."
    return said + (
        "That usually means a wrong app id: ids are found only with the app id of the application that sent the mail. "
        "Otherwise these are not email ids, or they are older than the vendor keeps them."
    )


def is_sandbox(records: pd.DataFrame) -> bool:
    """Tell whether these records come from the sandbox: by their provenance, or by the mark its addresses bear."""
    if records.attrs.get("emailrcd", {}).get("sandbox"):
        return True
    addresses = records["to_address"].dropna().head(1_000)
    return bool(addresses.str.contains(_SANDBOX_MARK, regex=False).any())


def clock(records: pd.DataFrame, at: str | None = None) -> str:
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
    if records["submitted_at_estimated"].notna().any() or records.empty:
        return "submitted_at_estimated"
    raise EmailrcdError(
        "There is no time to go by: these ids do not tell when they were submitted, and there is no column sent_at. "
        "Name the column with the times of sending: at=…"
    )


def check(records: pd.DataFrame) -> None:
    """Refuse what is no records frame."""
    for name in ("email_id", "status", "to_address", "submitted_at_estimated"):
        if name not in records.columns:
            raise EmailrcdError(
                f"This is no records frame: it has no column {name}. Client.query and read_records give one."
            )


def check_column(records: pd.DataFrame, name: object) -> None:
    """Refuse the name of a column that is not there, and name those that are."""
    if name not in records.columns:
        near = difflib.get_close_matches(str(name), [str(column) for column in records.columns], 1)
        guess = f" Did you mean {near[0]!r}?" if near else ""
        raise EmailrcdError(f"There is no column {name!r}.{guess} There are {', '.join(map(str, records.columns))}.")


def groupable(values: pd.Series[Any]) -> pd.Series[Any]:
    """Make values of mixed kinds (lists, numbers and text in one column) texts, so that they can be told apart and sorted."""
    if values.dtype != object:
        return values
    return values.astype("str").where(values.notna())


def tally(records: pd.DataFrame, codes: npt.NDArray[np.intp], labels: pd.Index[Any]) -> pd.DataFrame:
    """Count distinct ids by group and status; `codes` are the positions of each row's group in `labels`."""
    statuses = records["status"].cat.codes.to_numpy(np.intp)
    if not records["email_id"].is_unique:
        distinct = ~pd.DataFrame({"id": records["email_id"].to_numpy(), "group": codes}).duplicated(keep="last")
        codes, statuses = codes[distinct], statuses[distinct]
    counts = np.bincount(codes * len(STATUSES) + statuses, minlength=len(labels) * len(STATUSES))
    return pd.DataFrame(counts.reshape(len(labels), len(STATUSES)), index=labels, columns=list(STATUSES))


def instants(values: pd.Series[Any], name: Hashable, tz: str) -> pd.Series[Any]:
    """Return times in `tz`; those without a zone are read in it."""
    if isinstance(values.dtype, pd.DatetimeTZDtype):
        return values.dt.tz_convert(tz)
    if pd.api.types.is_datetime64_dtype(values.dtype):
        return values.dt.tz_localize(tz, ambiguous="NaT", nonexistent="shift_forward")
    if pd.api.types.is_numeric_dtype(values.dtype):
        raise EmailrcdError(f"The column {name!r} holds numbers, not times. Name a column with times: at=…")
    texts = values.astype("str")
    zoned = texts.str.contains(r"\d[T ]\d.*(?:[Zz]|[+-]\d{2}:?\d{2})$", na=False)
    aware = pd.to_datetime(texts.where(zoned), format="mixed", utc=True, errors="coerce").dt.tz_convert(tz)
    naive = pd.to_datetime(texts.where(~zoned), format="mixed", errors="coerce")
    times = aware.fillna(naive.dt.tz_localize(tz, ambiguous="NaT", nonexistent="shift_forward"))
    if times.isna().all() and values.notna().any():
        raise EmailrcdError(f"The column {name!r} holds no times that can be read. Write them like 2026-11-20 14:05.")
    return times


def _beginnings(times: pd.Series[Any], freq: str | None) -> pd.DatetimeIndex:
    """Return the beginnings of all periods from the first time to the last."""
    ends = pd.DatetimeIndex(times.agg(["min", "max"]).to_numpy()) if times.notna().any() else None
    if ends is None:
        return pd.DatetimeIndex(times.iloc[:0]).as_unit("us")
    freq = freq or _fitting((ends[1] - ends[0]).total_seconds())
    try:
        offset = pd.tseries.frequencies.to_offset(freq)
        if isinstance(offset, pd.tseries.offsets.Tick) and (ends[1] - ends[0]) / offset > _MOST_PERIODS:
            raise EmailrcdError(
                f"There would be more than {_MOST_PERIODS:,} periods of {freq!r} from {ends[0]:%Y-%m-%d} to "
                f"{ends[1]:%Y-%m-%d}. Take a longer freq=."
            )
        empty = pd.Series(0, index=ends).resample(freq, closed="left", label="left").size()
    except (ValueError, ZeroDivisionError):
        raise EmailrcdError(
            f"{freq!r} is no length of a period. Give freq= like '15min', 'h', 'D' or 'W-MON'."
        ) from None
    return pd.DatetimeIndex(empty.index).as_unit("us")


def _fitting(seconds: float) -> str:
    return next((freq for freq, length in _FREQUENCIES.items() if seconds / length <= _PERIODS_READABLE), "MS")
