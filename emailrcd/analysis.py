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
`Parts` can be given in place of a frame: they are read one after the other, and only the columns needed.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any
from weakref import WeakValueDictionary

import numpy as np
import numpy.typing as npt
import pandas as pd

from .clocks import beginnings_of, begins_with_day, check_zone, clock, instants, times_of, unreadable
from .columns import check, check_column, frames_of, groupable
from .errors import EmailrcdError
from .parts import Parts
from .records import OPEN, SETTLED, STATUS_DTYPE, STATUSES
from .statistics import wilson

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


def summary(records: pd.DataFrame | Parts) -> pd.DataFrame:
    """Count all distinct ids by status, with the delivery rate.

    Parameters
    ----------
    records : DataFrame or Parts
        A records frame, or records in parts.

    Returns
    -------
    DataFrame
        One row, ``all``, with the measures (see the module).
    """
    check(records)
    frames = frames_of(records, _COUNTED)
    return measures(_added(tally(frame, np.zeros(len(frame), np.intp), pd.Index(["all"])) for frame in frames))


def breakdown(records: pd.DataFrame | Parts, by: str | Sequence[str]) -> pd.DataFrame:
    """Count distinct ids by status in each group, largest group first.

    Parameters
    ----------
    records : DataFrame or Parts
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
    table = measures(_added(_grouped(frame, names) for frame in frames_of(records, [*_COUNTED, *names])))
    return table.sort_values("ids", ascending=False, kind="stable")


def timeline(
    records: pd.DataFrame | Parts,
    freq: str | None = "h",
    at: str | None = None,
    tz: str = "Asia/Shanghai",
    *,
    by: str | None = None,
) -> pd.DataFrame:
    """Count distinct ids by status in each period of time, by one clock for all of them.

    Parameters
    ----------
    records : DataFrame or Parts
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
    timed = _timed(records, name, tz, [] if by is None else [by])
    ends = [(times.min(), times.max(), times.hasnans) for _, times in timed()]
    beginnings = beginnings_of(pd.DatetimeIndex([end for first, last, _ in ends for end in (first, last)], tz=tz), freq)
    count = len(beginnings)
    if any(missing for _, _, missing in ends):
        beginnings = pd.DatetimeIndex(beginnings.append(pd.DatetimeIndex([pd.NaT], tz=tz).as_unit("us")))
    labels = beginnings.rename(name)

    def counts(frame: pd.DataFrame, times: pd.DatetimeIndex) -> pd.DataFrame:
        # Missing times are the smallest of integers; they get a row of their own.
        codes = beginnings[:count].asi8.searchsorted(times.as_unit("us").asi8, side="right") - 1
        codes = np.where(times.isna(), count, codes)
        if by is None:
            return tally(frame, codes, labels)
        groups, values = pd.factorize(groupable(frame[by]), sort=True, use_na_sentinel=False)
        product = pd.MultiIndex.from_product([values, labels], names=[by, name])
        return tally(frame, groups.astype(np.intp) * len(labels) + codes, product)

    return measures(_added(counts(frame, times) for frame, times in timed()))


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
        if not ids.is_unique:
            return False
        if data is not None:
            _distinct[id(data)] = data
    return True


def _grouped(frame: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    keys = [groupable(frame[name]) for name in names]
    groups = pd.concat(keys, axis=1, keys=range(len(keys))).groupby(list(range(len(keys))), observed=True, dropna=False)
    labels = groups.size().index.set_names(names)
    return tally(frame, groups.ngroup().to_numpy().astype(np.intp), labels)


def _timed(
    records: pd.DataFrame | Parts, name: str, tz: str, others: Sequence[str]
) -> Callable[[], Iterable[tuple[pd.DataFrame, pd.DatetimeIndex]]]:
    """Return what yields frames and their times, as often as it is called."""
    if not isinstance(records, Parts):
        once = [(records, instants(records[name], name, tz))]
        return lambda: once
    day_first = any(begins_with_day(frame[name]) for frame in records.frames([name]))
    columns = list(dict.fromkeys([*_COUNTED, name, *others]))

    def read() -> Iterator[tuple[pd.DataFrame, pd.DatetimeIndex]]:
        for frame in records.frames(columns):
            yield frame, times_of(frame[name], name, tz, day_first)

    if all(times.isna().all() for _, times in read()) and any(frame[name].notna().any() for frame, _ in read()):
        raise unreadable(name)
    return read


def _added(tables: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Add up the counts of parts that have no id in common."""
    return functools.reduce(_sum, tables)


def _sum(one: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
    if one.index.equals(other.index):
        return one + other
    both = pd.concat([one, other])
    return both.groupby(level=list(range(both.index.nlevels)), observed=True, dropna=False).sum()
