"""The records frame: its columns and their dtypes, and the user's columns beside them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..errors import EmailrcdError
from .providers import PROVIDERS

STATUSES = ("delivered", "failed", "sending", "not_found", "invalid", "unanswered")
"""Every id ends in exactly one of these."""

SETTLED = ("delivered", "failed")
"""Answers that do not change any more."""

OPEN = ("sending", "not_found")
"""Answers that may still change."""

COLUMNS = (
    "email_id",
    "status",
    "to_address",
    "received_at",
    "submitted_at_estimated",
    "domain",
    "provider",
    "queried_at",
    "error",
)
"""The first columns of every records frame, in order."""

STATUS_DTYPE = pd.CategoricalDtype(list(STATUSES))
PROVIDER_DTYPE = pd.CategoricalDtype(list(PROVIDERS))
TIME_DTYPE = pd.DatetimeTZDtype("us", "UTC")

_SANDBOX_MARK = ".sandbox@"


def beside(
    answers: pd.DataFrame, context: pd.DataFrame, positions: npt.NDArray[np.intp] | None
) -> tuple[pd.DataFrame, list[str]]:
    """Put the user's columns beside the answers.

    Parameters
    ----------
    answers : DataFrame
        The nine columns, one row for each distinct id.
    context : DataFrame
        The user's columns: a row for each id, or – with `positions` – for each row of a frame of theirs.
    positions : array of int, optional
        The row of `answers` that belongs to each row of `context`; the result then has the rows and index of `context`.

    Returns
    -------
    DataFrame, list of str
        The frame, and a notice for each column that had to be renamed to ``input_<name>``.
    """
    if positions is not None:
        answers = answers.take(positions)
    answers = answers.set_axis(context.index)
    names: list[Any] = []
    notices = []
    for name in context.columns:
        free = name
        while free in COLUMNS or (free != name and free in context.columns):
            free = f"input_{free}"
        names.append(free)
        if free != name:
            notices.append(f"Your column {name!r} is called {free!r} here: the name belongs to the result.")
    return pd.concat([answers, context.set_axis(names, axis=1)], axis=1), notices


def typed(frame: pd.DataFrame, name: str = "This frame") -> pd.DataFrame:
    """Give the nine columns of `frame` their places and dtypes back.

    Raises
    ------
    EmailrcdError
        A column is missing, or ``status`` holds a word that is none of the six.
    """
    lacking = [column for column in COLUMNS if column not in frame.columns]
    if lacking:
        raise EmailrcdError(f"{name} holds no records frame: it lacks the columns {', '.join(lacking)}.")
    strange = sorted(set(frame["status"].dropna().astype(str)) - set(STATUSES))
    if strange or frame["status"].isna().any():
        raise EmailrcdError(
            f"{name} holds no records frame: {', '.join(strange) or 'nothing'} in the column status is none of "
            f"{', '.join(STATUSES)}."
        )
    rest = [column for column in frame.columns if column not in COLUMNS]
    return dtyped(frame)[[*COLUMNS, *rest]]


def dtyped(frame: pd.DataFrame) -> pd.DataFrame:
    """Give those of the nine columns that `frame` has their dtypes back."""
    dtypes: Mapping[str, Any] = {
        "status": STATUS_DTYPE,
        "provider": PROVIDER_DTYPE,
        **dict.fromkeys(("email_id", "to_address", "domain", "error"), "str"),
    }
    result = frame.astype({name: dtype for name, dtype in dtypes.items() if name in frame.columns})
    for column in ("received_at", "submitted_at_estimated", "queried_at"):
        if column in result.columns:
            result[column] = pd.to_datetime(result[column], format="ISO8601", utc=True).astype(TIME_DTYPE)
    return result


def is_sandbox(records: Any) -> bool:
    """Tell whether records, or parts, come from the sandbox: by their provenance, else by the mark that its addresses bear."""
    told = records.attrs.get("emailrcd", {}).get("sandbox")
    if told is not None or "to_address" not in records:
        return bool(told)
    addresses = records["to_address"].dropna().head(1_000)
    return len(addresses) > 0 and bool(addresses.str.contains(_SANDBOX_MARK, regex=False).all())
