"""Rows of the table of mail: from answers, back to answers, and into the table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, islice
from sqlite3 import Connection
from typing import Any

import numpy as np

from ..builder import Answers

Row = tuple[Any, ...]

COLUMNS = "email_id, status, to_address, receive_time, error, last_asked"
"""What makes an answer, in the order of the fields of `Answers`."""

SETTLED = "('delivered', 'failed')"

# A settled answer is never replaced by an open one, nor a later answer by an earlier one.
_ON_CONFLICT = f"""
ON CONFLICT DO UPDATE SET
    status = excluded.status,
    to_address = coalesce(excluded.to_address, to_address),
    receive_time = excluded.receive_time,
    error = excluded.error,
    last_asked = excluded.last_asked
WHERE (excluded.status IN {SETTLED}, excluded.last_asked) > (status IN {SETTLED}, last_asked)"""

_AT_ONCE = 500
"""Rows of one statement. Python's other threads run while SQLite works on it; row by row they would fight over each."""


def from_answers(answers: Answers) -> Iterator[Row]:
    """Yield the `COLUMNS` of all ids that were answered; ``unanswered`` is no answer."""
    columns = (answers.ids, answers.status, answers.address, answers.time, answers.error, answers.queried_at.tolist())
    return (row for row in zip(*columns, strict=True) if row[1] != "unanswered")


def to_answers(rows: Iterable[Row]) -> Answers:
    """Return the answers that rows of `COLUMNS` tell of."""
    ids, status, address, time, error, queried_at = map(list, zip(*rows, strict=True))
    return Answers(ids, status, address, time, error, np.array(queried_at, np.int64))


def insert(connection: Connection, source: int, rows: Iterable[Row]) -> None:
    """Enter rows of `COLUMNS`; sorted ones land on few pages of the file."""
    remaining = iter(rows)
    while piece := list(islice(remaining, _AT_ONCE)):
        values = ", ".join(["(?, ?, ?, ?, ?, ?)"] * len(piece))
        connection.execute(
            f"INSERT INTO mail SELECT {source:d}, *, column6 FROM (VALUES {values}) WHERE true {_ON_CONFLICT}",
            list(chain.from_iterable(piece)),
        )


def source_number(connection: Connection, base_url: str, app_id: str) -> int:
    """Return the number of a source; it gets one if it is new."""
    connection.execute("INSERT OR IGNORE INTO source (base_url, app_id) VALUES (?, ?)", (base_url, app_id))
    found = connection.execute("SELECT source FROM source WHERE (base_url, app_id) = (?, ?)", (base_url, app_id))
    return int(found.fetchone()[0])
