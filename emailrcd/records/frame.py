"""The records frame: its columns and their dtypes, and the user's columns beside them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..errors import EmailrcdError, RoundedIdsError
from ..files.frames import as_pandas
from ..wording import quoted
from .dates import is_zone
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

TIMES = ("received_at", "submitted_at_estimated", "queried_at")
_WORDS = {"status": STATUSES, "provider": PROVIDERS}
DTYPES: Mapping[str, Any] = {
    **dict.fromkeys(COLUMNS, pd.StringDtype(na_value=np.nan)),
    **dict.fromkeys(TIMES, TIME_DTYPE),
    "status": STATUS_DTYPE,
    "provider": PROVIDER_DTYPE,
}
"""Of the nine columns."""

_WHENCE = "Client.query gives one, emailrcd.read_records reads one that was saved."
_ZONE = re.compile(r" \(([A-Za-z]+(?:[/_+-][A-Za-z0-9_+-]+)*)\)$")
_TELLING = {"email_id", "status", "queried_at"}
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


def zone_in(heading: str) -> tuple[str, str]:
    """Return the name of a column, and the zone that a workbook's heading names behind it, if any.

    Examples
    --------
    >>> zone_in("queried_at (Asia/Shanghai)"), zone_in("domain (from)")
    (('queried_at', 'Asia/Shanghai'), ('domain (from)', ''))
    """
    found = _ZONE.search(heading)
    return (heading[: found.start()], found[1]) if found and is_zone(found[1]) else (heading, "")


def are_of_records(headings: Iterable[object]) -> bool:
    """Tell whether columns under these headings are those of records, and not ids with something beside them."""
    return {zone_in(str(heading))[0] for heading in headings} >= _TELLING


def checked(records: object, name: str = "This", columns: Collection[str] = COLUMNS) -> pd.DataFrame:
    """Return `records` with those of the nine columns that it has in their dtypes: itself, where nothing had to be mended.

    Ids that pandas has read as integers become text again, times that are text become times, frames of other libraries
    pandas'. `columns` must be there.

    Raises
    ------
    EmailrcdError
        It is not a records frame: a column is missing or there twice, or holds what does not belong there.
    RoundedIdsError
        The ids are decimal numbers.
    """
    records = as_pandas(records)
    if not isinstance(records, pd.DataFrame):
        raise EmailrcdError(f"{name} is not a records frame, but of type {type(records).__name__}. {_WHENCE}")
    lacking = [column for column in columns if column not in records.columns]
    if lacking:
        raise EmailrcdError(f"{name} is not a records frame: it lacks the columns {', '.join(lacking)}. {_WHENCE}")
    present = [column for column in COLUMNS if column in records.columns]
    repeated = records.columns[records.columns.duplicated()].intersection(present)
    if len(repeated):
        raise EmailrcdError(f"{name} is not a records frame: it has several columns {repeated[0]}. Drop all but one.")
    mended = {}
    for column in present:
        values, dtype = records[column], DTYPES[column]
        if values.dtype != dtype or (column in _WORDS and not values.cat.categories.equals(dtype.categories)):
            mended[column] = _mended(values, f"{name} is not a records frame: its column {column}")
    frame = records.assign(**mended) if mended else records
    if "status" in present and frame["status"].isna().any():
        raise EmailrcdError(f"{name} is not a records frame: its column status is empty in some rows. {_WHENCE}")
    return frame


def _mended(values: pd.Series[Any], problem: str) -> pd.Series[Any]:
    """Return a column in its dtype; `problem` begins the sentence that refuses what cannot be had in it."""
    column = str(values.name)
    if column in _WORDS:
        strange = sorted(set(values.dropna().astype(str)) - set(_WORDS[column]))
        if strange and column == "status":
            words = ", ".join(STATUSES)
            raise EmailrcdError(f"{problem} holds {quoted(strange[0])!r}, which is not one of {words}. {_WHENCE}")
        # To pandas, categories in another order are the same dtype. Providers may be the user's, or a later version's.
        return values.astype("str").astype(pd.CategoricalDtype([*_WORDS[column], *strange]))
    if column == "email_id" and _holds_floats(values):
        raise RoundedIdsError(
            f"{problem} holds decimal numbers: they have 15 exact digits, and ids 19. Read the file anew with "
            "emailrcd.read_records, which keeps ids as text."
        )
    if column in TIMES:
        return _times(values, problem)
    return values.astype(DTYPES[column])


def _holds_floats(values: pd.Series[Any]) -> bool:
    if values.dtype == object:
        return any(isinstance(value, float) and value == value for value in values)
    return pd.api.types.is_float_dtype(values.dtype) and bool(values.notna().any())


def _times(values: pd.Series[Any], problem: str) -> pd.Series[Any]:
    """Return times in UTC, where those without a zone are read."""
    # A number could be anything: seconds, milliseconds, a date of Excel, 20261124.
    if pd.api.types.is_numeric_dtype(values.dtype):
        times = pd.Series(pd.NaT, values.index, TIME_DTYPE)
    else:
        times = pd.to_datetime(values, format="ISO8601", utc=True, errors="coerce").astype(TIME_DTYPE)
    strange = values[times.isna() & values.notna()]
    if len(strange):
        raise EmailrcdError(
            f"{problem} holds {quoted(strange.iloc[0])!r}, which is not a time like 2026-11-24T09:30:03+08:00. {_WHENCE}"
        )
    return times


def latest(records: pd.DataFrame) -> pd.DataFrame:
    """Return the last row of each mail: that one counts."""
    return records[are_last(records)]


def are_last(records: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Tell of each row whether it is the last about its mail: that one counts."""
    return ~records["email_id"].duplicated(keep="last").to_numpy()


def typed(frame: pd.DataFrame, name: str = "This") -> pd.DataFrame:
    """Return a checked records frame with the nine columns in front, in order."""
    rest = [column for column in frame.columns if column not in COLUMNS]
    return checked(frame, name)[[*COLUMNS, *rest]]


def as_id(value: object) -> str:
    """Return one id as text, as a number that pandas has read may be; a decimal number is refused."""
    if isinstance(value, float):
        raise RoundedIdsError(
            f"{value!r} is a decimal number: it has 15 exact digits, and an id 19. Give the id as text."
        )
    return str(value).strip()


def is_sandbox(records: Any) -> bool:
    """Tell whether records, or parts, come from the sandbox: by their provenance, else by the mark that its addresses bear."""
    told = records.attrs.get("emailrcd", {}).get("sandbox")
    if told is not None or "to_address" not in records:
        return bool(told)
    addresses = records["to_address"].dropna().head(1_000)
    return len(addresses) > 0 and bool(addresses.str.contains(_SANDBOX_MARK, regex=False).all())
