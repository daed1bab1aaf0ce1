"""Which mail is meant: by status and time."""

from __future__ import annotations

import datetime
from collections.abc import Iterable

import pandas as pd

from ...errors import EmailrcdError
from ..frame import STATUSES

Moment = str | datetime.date | pd.Timestamp
"""A time, with or without a zone; without one it is in UTC."""


def conditions(
    status: str | Iterable[str] | None, since: Moment | None, until: Moment | None
) -> tuple[str, list[object]]:
    """Return a WHERE clause and its values."""
    clauses: list[str] = []
    values: list[object] = []
    if status is not None:
        wanted = [status] if isinstance(status, str) else list(status)
        strange = sorted(set(wanted) - set(STATUSES))
        if strange:
            raise EmailrcdError(f"There is no status {strange[0]!r}. Those there are: {', '.join(STATUSES)}.")
        clauses.append(f"status IN ({', '.join('?' * len(wanted))})")
        values += wanted
    for name, moment, clause in (("since", since, "last_asked >= ?"), ("until", until, "last_asked < ?")):
        if moment is not None:
            clauses.append(clause)
            values.append(_microseconds(name, moment))
    return (f" WHERE {' AND '.join(clauses)}" if clauses else ""), values


def _microseconds(name: str, moment: Moment) -> int:
    try:
        # A number would be nanoseconds since 1970.
        time = None if isinstance(moment, int | float) else pd.Timestamp(moment)
        # An empty text is "not a time" to pandas, and has no zone to be given.
        if isinstance(time, pd.Timestamp):
            return (time.tz_localize("UTC") if time.tzinfo is None else time).value // 1_000
    except (TypeError, ValueError):
        pass
    raise EmailrcdError(f"{name} is {moment!r}, which is no time. Give one like '2026-11-24 09:00' or a datetime.")
