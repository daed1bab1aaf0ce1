"""The rows of a ledger: made of answers and answers of them, entered so that the better of two answers is kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from operator import itemgetter
from sqlite3 import Connection
from typing import Any
from zlib import crc32

import msgspec
import numpy as np

from ..builder import Answers
from ..frame import SETTLED

Row = tuple[Any, ...]

COLUMNS = "email_id, status, to_address, receive_time, error, last_asked, first_asked, checksum"
"""Of a row of mail; all but the last two make an answer, in the order of the fields of `Answers`."""

STATUS, _ADDRESS, LAST_ASKED, FIRST_ASKED = 1, 2, 5, 6

_AT_ONCE = 500
"""Rows of one statement. Python's other threads run while SQLite works on it; row by row they would fight over each."""

_REPLACE = "ON CONFLICT DO UPDATE SET " + ", ".join(f"{name} = excluded.{name}" for name in COLUMNS.split(", ")[1:])
_DAMAGED = "This row of the ledger is damaged; ask again."
_NEVER = np.iinfo(np.int64).min
_encode = msgspec.msgpack.Encoder().encode

# CROSS JOIN makes SQLite look ids up one by one.
STORED = f"SELECT {COLUMNS} FROM json_each(?) CROSS JOIN mail ON email_id = value AND source = ?"
"""The rows of those of some ids that are there."""

SOURCES = "SELECT source, base_url, app_id FROM source"


def checksum(source: int, row: Sequence[Any]) -> int:
    """Return what tells whether a bit of a row has changed; `row` is without the checksum itself."""
    # SQLite keeps it in 4 bytes. A flipped bit may have made a text of the source's number.
    return crc32(_encode(row), source) & 0x7FFFFFFF if isinstance(source, int) else -1


def is_whole(source: int, row: Row) -> bool:
    """Tell whether a row is what was written."""
    return bool(row[-1] == checksum(source, row[:-1]))


def from_answers(answers: Answers) -> Iterator[Row]:
    """Yield the rows, without checksums, of all ids that were answered; ``unanswered`` is not one."""
    at = answers.queried_at.tolist()
    columns = (answers.ids, answers.status, answers.address, answers.time, answers.error, at, at)
    return (row for row in zip(*columns, strict=True) if row[STATUS] != "unanswered")


def to_answers(rows: Iterable[Row]) -> Answers:
    """Return the answers that rows tell of."""
    ids, status, address, time, error, queried_at, *_ = map(list, zip(*rows, strict=True))
    return Answers(ids, status, address, time, error, np.array(queried_at, np.int64))


def readable(source: int, row: Row) -> Row:
    """Return a row, or for one that is damaged what is left of it: an id without an answer."""
    if is_whole(source, row):
        return row
    return (str(row[0]), "unanswered", None, None, _DAMAGED, _NEVER, _NEVER, 0)


def listed(ids: Iterable[str]) -> str:
    """Return ids as `STORED` takes them; sorted, they are found on few pages of the file."""
    return msgspec.json.encode(sorted(ids)).decode()


def insert(
    connection: Connection, source: int, rows: Sequence[Row], now: int, *, merging: bool = False
) -> list[tuple[str, str]]:
    """Enter rows without checksums, sorted by id; return the ids and addresses of mail that was not known by that address.

    What is later than `now` was written by a clock that was ahead. What another ledger knew first, whose rows are `merging`, is
    a part of the history.
    """
    located: list[tuple[str, str]] = []
    for start in range(0, len(rows), _AT_ONCE):
        batch = rows[start : start + _AT_ONCE]
        if _write(connection, "ON CONFLICT DO NOTHING", source, batch) < len(batch):
            ids = listed(map(itemgetter(0), batch))
            before = {row[0]: row for row in connection.execute(STORED, (ids, source))}
            known = [(before[row[0]], row) for row in batch if before[row[0]][:-1] != row]
            located += _merge(connection, source, known, now, merging=merging)
            batch = [row for row in batch if before[row[0]][:-1] == row]
        located += [(row[0], row[_ADDRESS]) for row in batch if row[_ADDRESS]]
    return located


def enter_changes(connection: Connection, source: int, changes: Iterable[tuple[str, int, str]]) -> None:
    """Enter since when mail, by its id, has had a status."""
    connection.executemany(
        "INSERT OR IGNORE INTO change VALUES (?, ?, ?, ?, ?)",
        ((source, *change, checksum(source, change)) for change in changes),
    )


def source_number(connection: Connection, base_url: str, app_id: str) -> int:
    """Return the number of a source; it gets one if it is new."""
    connection.execute("INSERT OR IGNORE INTO source (base_url, app_id) VALUES (?, ?)", (base_url, app_id))
    found = connection.execute("SELECT source FROM source WHERE (base_url, app_id) = (?, ?)", (base_url, app_id))
    return int(found.fetchone()[0])


def _write(connection: Connection, on_conflict: str, source: int, rows: Sequence[Row]) -> int:
    """Insert rows, or do something else where there is one; return how many were written."""
    values = ", ".join([f"({source:d}, ?, ?, ?, ?, ?, ?, ?, ?)"] * len(rows))
    whole = ((*row, checksum(source, row)) for row in rows)
    cursor = connection.execute(f"INSERT INTO mail VALUES {values} {on_conflict}", list(chain.from_iterable(whole)))
    return cursor.rowcount


def _merge(
    connection: Connection, source: int, known: Sequence[tuple[Row, Row]], now: int, *, merging: bool
) -> list[tuple[str, str]]:
    """Keep of two rows about each mail, the old and the new, what is better; return as `insert` does."""
    changed: set[str] = set()
    if merging:
        sql = "SELECT email_id FROM change WHERE source = ? AND email_id IN (SELECT value FROM json_each(?))"
        changed = {row[0] for row in connection.execute(sql, (source, listed(new[0] for _, new in known)))}
    rows, changes, located = [], [], []
    for old, new in known:
        if not is_whole(source, old):
            rows.append(new)
            located += [(new[0], new[_ADDRESS])] if new[_ADDRESS] else []
            continue
        email_id = new[0]
        if old[LAST_ASKED] > now:
            connection.execute(
                "DELETE FROM change WHERE (source, email_id) = (?, ?) AND at > ?", (source, email_id, now)
            )
        is_better = _rank(new, now) > _rank(old, now)
        kept, other = (new, old) if is_better else (old, new)
        address = kept[_ADDRESS] or other[_ADDRESS]
        if merging and (old[STATUS] != new[STATUS] or email_id in changed):
            changes += [(email_id, row[FIRST_ASKED], row[STATUS]) for row in (old, new)]
        elif is_better and old[STATUS] != new[STATUS]:
            changes += [(email_id, old[FIRST_ASKED], old[STATUS]), (email_id, new[LAST_ASKED], new[STATUS])]
        if address and address != old[_ADDRESS]:
            located.append((email_id, address))
        rows.append(
            (*kept[:_ADDRESS], address, *kept[_ADDRESS + 1 : FIRST_ASKED], min(old[FIRST_ASKED], new[FIRST_ASKED]))
        )
    if rows:
        _write(connection, _REPLACE, source, rows)
    enter_changes(connection, source, (change for change in changes if change[1] <= now))
    return located


def _rank(row: Row, now: int) -> tuple[bool, bool, int]:
    """Return what makes one of two answers the better: its clock was right, it is settled, it is later."""
    return row[LAST_ASKED] <= now, row[STATUS] in SETTLED, row[LAST_ASKED]
