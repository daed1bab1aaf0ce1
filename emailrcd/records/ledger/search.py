"""Which mail is meant: by status and time, by its address, or by a text that its address holds."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from sqlite3 import Connection

import idna
import pyarrow as pa

from ...errors import EmailrcdError
from ..dates import Instant, instant
from ..derived import mailboxes
from ..frame import STATUSES
from .addresses import candidates
from .rows import COLUMNS, STORED, Row, listed

MOST = 10_000
"""Mails that are found at most."""

_WHOLE = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


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


def search(connection: Connection, text: str) -> list[tuple[Row, int]]:
    """Return at most `MOST` rows and one more, each with its source, of mail to the address `text`, or one that holds it."""
    (wanted,) = mailboxes(pa.array([text])).to_pylist()
    if not _WHOLE.fullmatch(wanted):
        return _holding(connection, wanted)
    ids = listed(candidates(connection, wanted))
    sources = [source for (source,) in connection.execute("SELECT source FROM source")]
    rows = [(row, source) for source in sources for row in connection.execute(STORED, (ids, source))]
    addresses = mailboxes(pa.array([row[2] or "" for row, _ in rows], pa.large_string())).to_pylist()
    return [found for found, address in zip(rows, addresses, strict=True) if address == wanted][: MOST + 1]


def _holding(connection: Connection, part: str) -> list[tuple[Row, int]]:
    """Look through all mail: a part of an address is in no index."""
    spellings = {part}
    with suppress(idna.IDNAError):
        spellings.add(idna.encode(part.lstrip("@")).decode())
    patterns = ["%" + re.sub("([%_!])", r"!\1", spelling) + "%" for spelling in sorted(spellings)]
    where = " OR ".join(["to_address LIKE ? ESCAPE '!'"] * len(patterns))
    rows = connection.execute(f"SELECT {COLUMNS}, source FROM mail WHERE {where} LIMIT ?", (*patterns, MOST + 1))
    return [(row[:-1], row[-1]) for row in rows]
