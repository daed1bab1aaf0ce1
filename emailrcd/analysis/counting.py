"""Counting distinct ids by group and status, and the measures that every table shows.

They are derived from counts that add up: the counts of two parts with no id in common, added, are those of the whole.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from ..records.frame import OPEN, SETTLED, STATUS_DTYPE, STATUSES
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
"""The columns of every table of counts, in order."""

COUNTED = ("email_id", "status")
"""The columns that counting needs."""


def tally(records: pd.DataFrame, codes: npt.NDArray[np.intp], labels: pd.Index[Any]) -> pd.DataFrame:
    """Count distinct ids by group and status; `codes` are the positions of each row's group in `labels`."""
    statuses = pd.Categorical(records["status"], dtype=STATUS_DTYPE).codes.astype(np.intp)
    if not are_distinct(records["email_id"]):
        distinct = ~pd.DataFrame({"id": records["email_id"].to_numpy(), "group": codes}).duplicated(keep="last")
        codes, statuses = codes[distinct], statuses[distinct]
    counts = np.bincount(codes * len(STATUSES) + statuses, minlength=len(labels) * len(STATUSES))
    return pd.DataFrame(counts.reshape(len(labels), len(STATUSES)), index=labels, columns=list(STATUSES))


def are_distinct(ids: pd.Series[Any]) -> bool:
    """Tell whether each id is there once; most are whole numbers, of which that is told in an eighth of the time of texts."""
    if isinstance(ids.dtype, pd.StringDtype) and ids.notna().all():
        try:
            numbers = np.sort(np.asarray(pa.array(ids).cast(pa.int64())))
        except pa.ArrowInvalid:
            return ids.is_unique
        if (numbers[1:] > numbers[:-1]).all():
            return True
    return ids.is_unique


def added(tables: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Add up the counts of parts that have no id in common."""
    return functools.reduce(_sum, tables)


def _sum(one: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
    if one.index.equals(other.index):
        return one + other
    both = pd.concat([one, other])
    return both.groupby(level=list(range(both.index.nlevels)), observed=True, dropna=False).sum()


def measures(counts: pd.DataFrame) -> pd.DataFrame:
    """Derive all measures from counts by status, whatever rows they were added up to."""
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
