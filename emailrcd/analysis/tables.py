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

They are derived from counts that add up: the counts of two parts with no id in common, added, are those of the whole. So
`Parts` can be given in place of a frame: they are read one after the other, and only the columns needed. So can a Dask frame,
such as ``dask.dataframe.read_parquet("answers/part-*.parquet")``: its partitions are counted on the cluster; an id that is in
two of them counts in both.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, NamedTuple
from weakref import WeakValueDictionary

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from ..errors import EmailrcdError
from ..records.frame import OPEN, SETTLED, STATUS_DTYPE, STATUSES
from .inputs import Records, check, check_column, each, groupable
from .statistics import wilson
from .time_axis import beginnings_of, begins_with_day, check_zone, clock, instants, times_of, unreadable

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

_COUNTED = ("email_id", "status")
"""What every table here counts: distinct ids by status."""

_distinct: WeakValueDictionary[int, Any] = WeakValueDictionary()
"""Columns known to hold each id once, as long as they are there: all tables of a frame ask, and looking takes longest."""


def summary(records: Records) -> pd.DataFrame:
    """Count all distinct ids by status, with the delivery rate.

    Parameters
    ----------
    records : DataFrame, Parts or Dask frame
        A records frame, or records in parts.

    Returns
    -------
    DataFrame
        One row, ``all``, with the measures (see the module).
    """
    check(records)
    return measures(_added(each(records, _COUNTED, _all)))


def breakdown(records: Records, by: str | Sequence[str]) -> pd.DataFrame:
    """Count distinct ids by status in each group, largest group first.

    Parameters
    ----------
    records : DataFrame, Parts or Dask frame
        A records frame, or records in parts.
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
    table = measures(_added(each(records, [*_COUNTED, *names], partial(_grouped, names))))
    return table.sort_values("ids", ascending=False, kind="stable")


def timeline(
    records: Records,
    freq: str | None = "h",
    at: str | None = None,
    tz: str = "Asia/Shanghai",
    *,
    by: str | None = None,
) -> pd.DataFrame:
    """Count distinct ids by status in each period of time, by one clock for all of them.

    Parameters
    ----------
    records : DataFrame, Parts or Dask frame
        A records frame, or records in parts; these are read three times.
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
        `freq` is no length, or so short that there would be too many periods; or `tz` is no time zone.
    """
    check(records)
    check_zone(tz)
    name = clock(records, at)
    if by is not None:
        check_column(records, by)
    reader = _reader(records, name, tz)
    ends = list(each(records, [name], partial(_ends, reader, name)))
    known = pd.DatetimeIndex([time for end in ends for time in (end.first, end.last)], tz=tz).dropna()
    if known.empty and any(end.none_read for end in ends):
        raise unreadable(name)
    beginnings = beginnings_of(known, freq)
    count = len(beginnings)
    if any(end.some_missing for end in ends):
        beginnings = pd.DatetimeIndex(beginnings.append(pd.DatetimeIndex([pd.NaT], tz=tz).as_unit("us")))
    labels = beginnings.rename(name)

    def counts(frame: pd.DataFrame) -> pd.DataFrame:
        times = reader(frame)
        # Missing times are the smallest of integers; they get a row of their own.
        codes = beginnings[:count].asi8.searchsorted(times.as_unit("us").asi8, side="right") - 1
        codes = np.where(times.isna(), count, codes)
        if by is None:
            return tally(frame, codes, labels)
        groups, values = pd.factorize(groupable(frame[by]), sort=True, use_na_sentinel=False)
        product = pd.MultiIndex.from_product([values, labels], names=[by, name])
        return tally(frame, groups.astype(np.intp) * len(labels) + codes, product)

    return measures(_added(each(records, [*_COUNTED, name, *([] if by is None else [by])], counts)))


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


def tally(records: pd.DataFrame, codes: npt.NDArray[np.intp], labels: pd.Index[Any]) -> pd.DataFrame:
    """Count distinct ids by group and status; `codes` are the positions of each row's group in `labels`."""
    statuses = pd.Categorical(records["status"], dtype=STATUS_DTYPE).codes.astype(np.intp)
    if not _holds_each_once(records["email_id"]):
        distinct = ~pd.DataFrame({"id": records["email_id"].to_numpy(), "group": codes}).duplicated(keep="last")
        codes, statuses = codes[distinct], statuses[distinct]
    counts = np.bincount(codes * len(STATUSES) + statuses, minlength=len(labels) * len(STATUSES))
    return pd.DataFrame(counts.reshape(len(labels), len(STATUSES)), index=labels, columns=list(STATUSES))


def _holds_each_once(ids: pd.Series[Any]) -> bool:
    # Arrow's data cannot be changed, so that what is known of it stays true.
    data = ids.array.__arrow_array__() if isinstance(ids.dtype, pd.StringDtype) else None
    if data is None or _distinct.get(id(data)) is not data:
        if not (_are_different_numbers(data) or ids.is_unique):
            return False
        if data is not None:
            _distinct[id(data)] = data
    return True


def _are_different_numbers(ids: pa.Array | pa.ChunkedArray | None) -> bool:
    """Tell whether ids are whole numbers, each another one: what most are, and told in a third of the time of texts."""
    try:
        numbers = None if ids is None or ids.null_count else ids.cast(pa.int64())
    except pa.ArrowInvalid:
        return False
    return numbers is not None and pd.Series(numbers.to_numpy()).is_unique


def _all(frame: pd.DataFrame) -> pd.DataFrame:
    return tally(frame, np.zeros(len(frame), np.intp), pd.Index(["all"]))


def _grouped(names: Sequence[str], frame: pd.DataFrame) -> pd.DataFrame:
    codes = np.zeros(len(frame), np.intp)
    labels: list[pd.Index[Any]] = []
    for name in names:
        own, values = pd.factorize(groupable(frame[name]), sort=True, use_na_sentinel=False)
        codes, present = pd.factorize(codes * len(values) + own, sort=True)
        within, ours = np.divmod(present, max(1, len(values)))
        labels = [*(label.take(within) for label in labels), pd.Index(values).take(ours)]
    index = (
        pd.Index(labels[0], name=names[0]) if len(names) == 1 else pd.MultiIndex.from_arrays(labels, names=list(names))
    )
    return tally(frame, codes.astype(np.intp), index)


class _Ends(NamedTuple):
    """The first and the last time of a frame."""

    first: pd.Timestamp
    last: pd.Timestamp
    some_missing: bool
    none_read: bool


def _ends(reader: Callable[[pd.DataFrame], pd.DatetimeIndex], name: str, frame: pd.DataFrame) -> _Ends:
    times = reader(frame)
    none_read = bool(times.isna().all() and frame[name].notna().any())
    return _Ends(times.min(), times.max(), times.hasnans, none_read)


def _reader(records: Records, name: str, tz: str) -> Callable[[pd.DataFrame], pd.DatetimeIndex]:
    """Return what reads the times of a frame: by one order of day and month for all of them."""
    if isinstance(records, pd.DataFrame):
        times = instants(records[name], name, tz)
        return lambda _: times
    day_first = any(each(records, [name], lambda frame: begins_with_day(frame[name])))
    return lambda frame: times_of(frame[name], name, tz, day_first)


def _added(tables: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Add up the counts of parts that have no id in common."""
    return functools.reduce(_sum, tables)


def _sum(one: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
    if one.index.equals(other.index):
        return one + other
    both = pd.concat([one, other])
    return both.groupby(level=list(range(both.index.nlevels)), observed=True, dropna=False).sum()
