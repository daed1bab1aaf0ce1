"""How long mail takes to settle: from records of one moment, and between two rounds of asking."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from ..errors import EmailrcdError
from ..records.dates import instants
from ..records.frame import OPEN, SETTLED, latest
from ..wording import counted, duration, percent
from .inputs import check_column, check_frame, groupable
from .statistics import Floats, percentiles
from .time_axis import clock

_PERCENTS = range(101)
_HOUR = 3_600.0
_TWO_CLOCKS = (7.5 * _HOUR, 8.5 * _HOUR)
_MOST_NEGATIVE = 0.01
_TOLERANCE = 60.0


class SettleTimes(pd.DataFrame):
    """Percentiles of how long delivery takes, in seconds; what is taken from it is an ordinary DataFrame.

    Attributes
    ----------
    low, high : DataFrame
        The ends of the 95 % band of each percentile, in the same rows and columns; missing where it has no end yet.
    mails : DataFrame
        By group: ``delivered`` and ``open`` mails that the curve rests on, ``open_share`` of them, and ``undated``: mails left
        out because a time is missing.
    """

    low: pd.DataFrame
    high: pd.DataFrame
    mails: pd.DataFrame
    _metadata = ["low", "high", "mails"]  # noqa: RUF012 - where pandas looks for attributes

    @property
    def _constructor(self) -> type[pd.DataFrame]:
        return pd.DataFrame

    def __repr__(self) -> str:
        return f"{super().__repr__()}\n{self._in_words()}"

    def _repr_html_(self) -> str:
        frame: Any = super()
        return f"{frame._repr_html_()}<p>{self._in_words()}</p>"

    def _in_words(self) -> str:
        still_open = int(self.mails["open"].sum())
        total = still_open + int(self.mails["delivered"].sum())
        words = f"{percent(still_open / total)} of {counted(total, 'mail')} still open."
        return f"{words} What cannot be told yet is missing." if still_open else words


def settle_times(
    records: pd.DataFrame, by: str | None = None, *, at: str | None = None, tz: str = "Asia/Shanghai"
) -> SettleTimes:
    """Estimate how long delivery takes, from sending to `received_at`.

    Open mail counts for as long as it has been seen open (the product-limit estimate by Kaplan and Meier): left out, it would
    make mail look faster than it is. It counts as mail that will be delivered; failed mail is left out.

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
        The percentiles 0 to 100 as rows (``percent``), in seconds, missing where so much is still open that they cannot be told
        yet; a column ``all`` or one for each value of `by`, whose axis bears the name of the clock: ``seconds_since_sent_at``,
        ``seconds_since_submitted_at_estimated``. Percentiles over rows are the whole curve. Its attributes ``low`` and ``high``
        are the 95 % band, and ``mails`` says how many mails are delivered and how many still open.

    Raises
    ------
    EmailrcdError
        No mail has both times, or they cannot come from the same clock: mail that arrives before it is sent, or about eight
        hours after, which is the distance of Shanghai's clock from UTC.

    Examples
    --------
    >>> from emailrcd import Sandbox
    >>> with Sandbox() as sandbox:
    ...     records = sandbox.client().query(sandbox.sample_campaign(500), progress=False)
    >>> table = settle_times(records)
    >>> bool(table.low.loc[50, "all"] < table.loc[50, "all"] < table.high.loc[50, "all"])
    True
    """
    records = check_frame(records, "received_at", "queried_at")
    name = clock(records, at)
    if by is not None:
        check_column(records, by)
    mails = latest(records)
    mails = mails[mails["status"].isin(("delivered", *OPEN))]
    delivered = mails["status"] == "delivered"
    until = mails["received_at"].where(delivered, mails["queried_at"])
    took = (until - instants(mails[name], name, tz)).dt.total_seconds()
    _check_clocks(took[delivered].dropna(), name)
    groups = pd.Series("all", mails.index) if by is None else groupable(mails[by])
    table = pd.DataFrame({"took": took.clip(lower=0), "delivered": delivered})
    parts = table.groupby(groups, observed=True, dropna=False)
    curves = {group: _curve(part) for group, part in parts if (part["delivered"] & part["took"].notna()).any()}
    index = pd.Index(_PERCENTS, name="percent")
    estimate, low, high = (
        pd.DataFrame({group: curve[end] for group, curve in curves.items()}, index).rename_axis(
            columns=f"seconds_since_{name}"
        )
        for end in range(3)
    )
    result = SettleTimes(estimate)
    result.low, result.high, result.mails = low, high, _counts(table, groups, by)
    return result


def _curve(mails: pd.DataFrame) -> tuple[Floats, Floats, Floats]:
    known = mails[mails["took"].notna()]
    ended, ongoing = (known.loc[known["delivered"] == ended, "took"].to_numpy(float) for ended in (True, False))
    return percentiles(ended, ongoing, np.array(_PERCENTS) / 100)


def _counts(mails: pd.DataFrame, groups: pd.Series[Any], by: str | None) -> pd.DataFrame:
    """Count the mails behind each curve."""
    known, delivered = mails["took"].notna(), mails["delivered"]
    marks = pd.DataFrame({"delivered": known & delivered, "open": known & ~delivered, "undated": ~known})
    counts = marks.groupby(groups, observed=True, dropna=False).sum()
    counts.insert(2, "open_share", counts["open"] / (counts["delivered"] + counts["open"]))
    return counts.set_axis(pd.Index(list(counts.index), name=by, tupleize_cols=False))


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
    first, last = latest(first), latest(last)
    before = first.loc[first["status"].isin(OPEN), ["email_id", "queried_at"]]
    after = last[last["status"].isin(SETTLED)]
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
