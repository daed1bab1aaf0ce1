"""Records in, tables out: summary, breakdown, timeline, heatmap.

All of them share their columns, the *measures*:

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

`Parts` can be given in place of a frame: they are read one after the other, and only the columns needed. So can a Dask frame,
such as ``dask.dataframe.read_parquet("answers/part-*.parquet")``: its partitions are counted on the cluster; an id that is in
two of them counts in both.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from ..errors import EmailrcdError
from ..records.dates import check_zone, instants, instants_of_part, numeric_dates, order_of, unreadable
from ..records.stuck import QUEUED
from .counting import COUNTED, added, measures, tally
from .inputs import Records, check, check_column, check_frame, groupable, map_frames
from .time_axis import clock, period_starts

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


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
    records = check(records)
    return measures(added(map_frames(records, COUNTED, _all)))


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
    records = check(records)
    names: list[Any] = list(by) if pd.api.types.is_list_like(by) else [by]
    if not names or len(set(names)) < len(names):
        raise EmailrcdError("by= takes the name of a column, or several different ones.")
    for name in names:
        check_column(records, name)
    table = measures(added(map_frames(records, [*COUNTED, *names], partial(_grouped, names))))
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
        `freq` is not a length of time, or so short that there would be too many periods; or there is no time zone `tz`.
    """
    records = check(records)
    check_zone(tz)
    name = clock(records, at)
    if by is not None:
        check_column(records, by)
    reader = _reader(records, name, tz)
    ends = list(map_frames(records, [name], partial(_ends, reader, name)))
    known = pd.DatetimeIndex([time for end in ends for time in (end.first, end.last)], tz=tz).dropna()
    if known.empty and any(end.none_read for end in ends):
        raise unreadable(name)
    beginnings = period_starts(known, freq)
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

    return measures(added(map_frames(records, [*COUNTED, name, *([] if by is None else [by])], counts)))


def heatmap(records: pd.DataFrame, *, at: str | None = None, tz: str = "Asia/Shanghai") -> pd.DataFrame:
    """Count distinct ids by status in each hour of the week.

    Parameters
    ----------
    records : DataFrame
        A records frame.
    at : str, optional
        The column with the times of sending, as for `timeline`.
    tz : str
        The zone of the hours, in which times without a zone are read, too.

    Returns
    -------
    DataFrame
        The measures of `breakdown` in 168 rows, ``weekday`` and ``hour`` (0 to 23), those without mail included; ids without
        a time are left out. ``heatmap(records)["delivery_rate"].unstack()`` is the picture as a table. Where times are
        estimated, the names of the index end in ``_estimated``.

    Raises
    ------
    EmailrcdError
        There is no time to go by.
    """
    records = check_frame(records)
    name = clock(records, at)
    times = instants(records[name], name, tz)
    known = times.notna()
    codes = (times.day_of_week * 24 + times.hour)[known].to_numpy().astype(np.intp)
    suffix = "_estimated" if name.endswith("_estimated") else ""
    labels = pd.MultiIndex.from_product([WEEKDAYS, range(24)], names=[f"weekday{suffix}", f"hour{suffix}"])
    return measures(tally(records[known], codes, labels))


def hint(records: pd.DataFrame) -> str | None:
    """Say what it usually means when *all* ids are not found; None when some are found."""
    records = check_frame(records)
    if records.empty or not (records["status"] == "not_found").all():
        return None
    count = records["email_id"].nunique()
    said = f"None of the {count:,} ids was found (未找到). "
    age = pd.Timestamp.now("UTC") - records["submitted_at_estimated"].max()
    if pd.notna(age) and age < QUEUED:
        return said + "The newest are minutes old: they may still be queued. Query them again in a while."
    return said + (
        "That usually means a wrong app id: ids are found only with the app id of the application that sent the mail. "
        "Otherwise these are not email ids, or they are older than the vendor keeps them."
    )


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
    none_read = bool(times.isna().all() and (frame[name].notna() & frame[name].ne("")).any())
    return _Ends(times.min(), times.max(), times.hasnans, none_read)


def _reader(records: Records, name: str, tz: str) -> Callable[[pd.DataFrame], pd.DatetimeIndex]:
    """Return what reads the times of a frame: by one order of day and month for all of them."""
    if isinstance(records, pd.DataFrame):
        times = instants(records[name], name, tz)
        return lambda _: times
    dates = sum(map_frames(records, [name], lambda frame: numeric_dates(frame[name])), Counter())
    first = order_of(dates, name)
    return lambda frame: instants_of_part(frame[name], name, tz, first)
