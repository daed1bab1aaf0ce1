"""Which mail is meant: by status and time."""

from __future__ import annotations

from collections.abc import Iterable

from ...errors import EmailrcdError
from ..dates import Instant, instant
from ..frame import STATUSES


def conditions(
    status: str | Iterable[str] | None, since: Instant | None, until: Instant | None
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
    for name, limit, clause in (("since", since, "last_asked >= ?"), ("until", until, "last_asked < ?")):
        if limit is not None:
            clauses.append(clause)
            values.append(int(instant(name, limit).as_unit("us").asm8.astype("int64")))
    return (f" WHERE {' AND '.join(clauses)}" if clauses else ""), values
