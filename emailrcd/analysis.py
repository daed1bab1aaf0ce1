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

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from .clocks import beginnings_of, check_zone, clock, instants
from .columns import check, check_column, groupable
from .errors import EmailrcdError
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
    table = measures(tally(records, groups.ngroup().to_numpy().astype(np.intp), labels))
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
        `freq` is no length, or so short that there would be too many periods; or `tz` is no time zone.
    """
    check(records)
    check_zone(tz)
    name = clock(records, at)
    times = instants(records[name], name, tz)
    beginnings = beginnings_of(times, freq)
    missing = times.isna()
    # Missing times are the smallest of integers; they get a row of their own.
    codes = beginnings.asi8.searchsorted(times.as_unit("us").asi8, side="right") - 1
    if missing.any():
        codes = np.where(missing, len(beginnings), codes)
        beginnings = pd.DatetimeIndex(beginnings.append(pd.DatetimeIndex([pd.NaT], tz=tz).as_unit("us")))
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
    if not records["email_id"].is_unique:
        distinct = ~pd.DataFrame({"id": records["email_id"].to_numpy(), "group": codes}).duplicated(keep="last")
        codes, statuses = codes[distinct], statuses[distinct]
    counts = np.bincount(codes * len(STATUSES) + statuses, minlength=len(labels) * len(STATUSES))
    return pd.DataFrame(counts.reshape(len(labels), len(STATUSES)), index=labels, columns=list(STATUSES))
