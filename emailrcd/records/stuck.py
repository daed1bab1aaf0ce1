"""Mail that is still open: for how long, and what to make of it."""

from __future__ import annotations

import datetime

import numpy as np
import pandas as pd

from .frame import OPEN

_HOUR = datetime.timedelta(hours=1)
_DAY = datetime.timedelta(days=1)

QUEUED = datetime.timedelta(minutes=15)
"""Mail that is not found may still be queued for so long."""

ADVICE = {
    "not_found": (
        (QUEUED, "Probably still queued: ask again in some minutes."),
        (_DAY, "Queued for unusually long: check that app id and id are right, and ask again later."),
        (90 * _DAY, "Not queued any more: the app id or the id is probably wrong."),
        (None, "Probably expired: the vendor keeps answers for some 90 days."),
    ),
    "sending": (
        (_HOUR, "On its way, which is usual at this age: ask again later."),
        (_DAY, "The recipient's server is probably deferring it: ask again in some hours."),
        (None, "Hardly any server is tried for so long: give the vendor's support this id."),
    ),
}
"""For each open status: up to which age, what to say."""


def stuck(records: pd.DataFrame, began: pd.Series | None = None) -> pd.DataFrame:
    """Return the mail that is still open, the oldest first, with what to make of it.

    Parameters
    ----------
    records : DataFrame
        A records frame.
    began : Series of datetime64[us, UTC], optional
        Since when each row's mail is known, for ids that do not tell when they were submitted; else `queried_at`.

    Returns
    -------
    DataFrame
        The columns of `records`, then `open_for` (timedelta: since the submit time estimated from the id, else since `began`)
        and `advice`.
    """
    since = records["submitted_at_estimated"].fillna(records["queried_at"] if began is None else began)
    is_open = records["status"].isin(OPEN).to_numpy()
    open_mail, age = records[is_open], pd.Timestamp.now("UTC").as_unit("us") - since[is_open]
    open_mail = open_mail.assign(open_for=age, advice=_advice(open_mail["status"], age))
    return open_mail.sort_values("open_for", ascending=False, kind="stable", ignore_index=True)


def _advice(status: pd.Series, age: pd.Series) -> pd.Series[str]:
    conditions, sentences = [], []
    for word, steps in ADVICE.items():
        for limit, sentence in steps:
            conditions.append((status == word) & (True if limit is None else age < limit))
            sentences.append(sentence)
    return pd.Series(np.select(conditions, sentences, ""), index=status.index, dtype="str")
