"""Addresses that failed before: again and again, and never a delivery."""

from __future__ import annotations

import pandas as pd

from ..inputs import check_frame
from .dimensions import Mark, Mask

_LEAST_FAILURES = 2

OFFENDERS = Mark(
    "history", "addresses that failed before and never took mail", "Take these addresses off the list.", "suppress"
)


def repeat_offenders(addresses: pd.Series[str], history: pd.DataFrame, ids: pd.Series[str]) -> dict[Mark, Mask]:
    """Return which `addresses` are those for which `history` knows two failures or more, and no delivery.

    Mails that are investigated, `ids`, do not count as their own past.
    """
    history = check_frame(history)
    past = history[~history["email_id"].isin(ids)].drop_duplicates("email_id", keep="last")
    failures = past.loc[past["status"] == "failed", "to_address"].value_counts()
    took = past.loc[past["status"] == "delivered", "to_address"]
    offenders = failures.index[failures >= _LEAST_FAILURES].difference(pd.Index(took.dropna().unique()))
    return {OFFENDERS: addresses.isin(offenders).to_numpy(bool)}
