"""Time in tables: the hours of the week, and how long mail takes.

Where times are estimated, the names of index and columns end in ``_estimated``.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from ..errors import EmailrcdError
from ..records.frame import OPEN, SETTLED
from ..wording import counted, duration, percent
from .inputs import check_column, check_frame, groupable
from .tables import measures, tally
from .time_axis import clock, instants

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

_ESTIMATED = "_estimated"
_PERCENTS = range(101)
_HOUR = 3_600.0
_TWO_CLOCKS = (7.5 * _HOUR, 8.5 * _HOUR)
_MOST_NEGATIVE = 0.01
_TOLERANCE = 60.0


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
        a time are left out. ``heatmap(records)["delivery_rate"].unstack()`` is the picture as a table.

    Raises
    ------
    EmailrcdError
        There is no time to go by.
    """
    check_frame(records)
    name = clock(records, at)
    times = instants(records[name], name, tz)
    known = times.notna()
    codes = (times.day_of_week * 24 + times.hour)[known].to_numpy().astype(np.intp)
    suffix = _ESTIMATED if name.endswith(_ESTIMATED) else ""
    labels = pd.MultiIndex.from_product([WEEKDAYS, range(24)], names=[f"weekday{suffix}", f"hour{suffix}"])
    return measures(tally(records[known], codes, labels))


def settle_times(
    records: pd.DataFrame, by: str | None = None, *, at: str | None = None, tz: str = "Asia/Shanghai"
) -> pd.DataFrame:
    """Return how long delivered mail took, from sending to `received_at`.

    Parameters
    ----------
    records : DataFrame
        A records frame.
    by : str, optional
        One of its columns: a curve for each of its values.
    at, tz : str
        The column with the times of sending and its zone, as for `timeline`.

    Returns
    -------
    DataFrame
        The percentiles 0 to 100 as rows (``percent``), in seconds; a column ``all`` or one for each value of `by`, whose axis
        bears the name of the clock: ``seconds_since_sent_at``, ``seconds_since_submitted_at_estimated``. Percentiles over
        rows are the whole curve. Failed mail is in none of them: it has no `received_at`.

    Raises
    ------
    EmailrcdError
        No mail has both times, or they cannot come from the same clock: mail that arrives before it is sent, or about eight
        hours after, which is the distance of Shanghai's clock from UTC.
    """
    check_frame(records)
    name = clock(records, at)
    delivered = ((records["status"] == "delivered") & ~records["email_id"].duplicated(keep="last")).to_numpy()
    chosen = records[delivered]
    took = (chosen["received_at"] - instants(chosen[name], name, tz)).dt.total_seconds()
    _check_clocks(took.dropna(), name)
    if by is None:
        groups = pd.Series("all", index=took.index)
    else:
        check_column(records, by)
        groups = groupable(chosen[by])
    curves = {group: _percentiles(values) for group, values in took.groupby(groups, observed=True, dropna=False)}
    table = pd.DataFrame(curves, index=pd.Index(_PERCENTS, name="percent"))
    return table.dropna(axis=1, how="all").rename_axis(columns=f"seconds_since_{name}")


def _percentiles(seconds: pd.Series[Any]) -> pd.Series[Any]:
    known = seconds.dropna().clip(lower=0)
    return known.quantile([each / 100 for each in _PERCENTS]).set_axis(list(_PERCENTS))


def _check_clocks(seconds: pd.Series[Any], name: str) -> None:
    if seconds.empty:
        raise EmailrcdError(
            f"No delivered mail has both received_at and {name}, so how long it took is not known. Name the column with the "
            "times of sending: at=…"
        )
    negative = float((seconds < -_TOLERANCE).mean())
    if negative > _MOST_NEGATIVE:
        raise EmailrcdError(
            f"{percent(negative, 0)} of the delivered mail would have arrived before it was sent: {name} and received_at do "
            "not come from the same clock. Check the time zone of the column (tz=…), or name another: at=…"
        )
    median = float(seconds.median())
    if _TWO_CLOCKS[0] <= median <= _TWO_CLOCKS[1]:
        raise EmailrcdError(
            f"Half of the delivered mail would have taken {duration(median)} or more, which is the distance between "
            f"UTC and Shanghai: {name} was probably written in the other zone. Say which one: tz='UTC' or tz='Asia/Shanghai'."
        )


def settled_between(first: pd.DataFrame, last: pd.DataFrame) -> pd.DataFrame:
    """Tell how long mail took to settle that was seen open and, later, settled.

    Parameters
    ----------
    first, last : DataFrame
        Records of the same mail, for example the first and the last that `Client.watch` yields.

    Returns
    -------
    DataFrame
        One row for each mail that is open in `first` and settled in `last`: `email_id`, `status`, `last_seen_open` and
        `settled_by` (datetime64[us, UTC]: it settled between the two), and `took_at_most` (timedelta: from the submit time
        estimated from the id until `settled_by`; missing without one).

    Examples
    --------
    >>> from emailrcd.records.builder import empty
    >>> len(settled_between(empty(), empty()))
    0
    """
    before = first.loc[first["status"].isin(OPEN), ["email_id", "queried_at"]].drop_duplicates("email_id")
    after = last.loc[last["status"].isin(SETTLED)].drop_duplicates("email_id")
    both = after.merge(before, on="email_id", suffixes=("", "_before"))
    return pd.DataFrame(
        {
            "email_id": both["email_id"],
            "status": both["status"],
            "last_seen_open": both["queried_at_before"],
            "settled_by": both["queried_at"],
            "took_at_most": both["queried_at"] - both["submitted_at_estimated"],
        }
    )


def settling_in_words(first: pd.DataFrame, last: pd.DataFrame) -> str:
    """Say how long the mail took that settled between two rounds; nothing where that is not known.

    Parameters
    ----------
    first, last : DataFrame
        As for `settled_between`.
    """
    took = settled_between(first, last)["took_at_most"].dropna().dt.total_seconds()
    if took.empty:
        return ""
    half, most = (duration(took.quantile(share)) for share in (0.5, 0.95))
    return (
        f"{counted(len(took), 'mail')} settled meanwhile: half of them within {half} of being sent, 95 % within {most}, "
        "at most (by the submit time estimated from the ids)."
    )
