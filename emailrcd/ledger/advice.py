"""What to make of mail that is still open, by its age."""

from __future__ import annotations

import datetime

import numpy as np
import pandas as pd

_HOUR = datetime.timedelta(hours=1)
_DAY = datetime.timedelta(days=1)

ADVICE = {
    "not_found": (
        (_HOUR / 4, "Probably still queued: ask again in some minutes."),
        (_DAY, "Queued for unusually long: check that app id and id are right, and ask again later."),
        (None, "Not queued any more: the app id or the id is wrong, or the vendor keeps it no longer."),
    ),
    "sending": (
        (_HOUR, "On its way, which is usual at this age: ask again later."),
        (_DAY, "The recipient's server is probably deferring it: ask again in some hours."),
        (None, "Hardly any server is tried for so long: give the vendor's support this id."),
    ),
}
"""For each open status: up to which age, what to say."""


def advice(status: pd.Series, age: pd.Series) -> pd.Series[str]:
    """Return a sentence for each mail.

    Parameters
    ----------
    status : Series
        ``not_found`` or ``sending``.
    age : Series of timedelta64
        Since when it has been under way.

    Returns
    -------
    Series of str
        What to make of it and what to do.
    """
    conditions, sentences = [], []
    for word, steps in ADVICE.items():
        for limit, sentence in steps:
            conditions.append((status == word) & (True if limit is None else age < limit))
            sentences.append(sentence)
    return pd.Series(np.select(conditions, sentences, ""), index=status.index, dtype="str")
