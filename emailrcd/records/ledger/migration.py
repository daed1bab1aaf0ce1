"""Ledgers of the first version brought up to date: rows get checksums, and can be found by their addresses."""

from __future__ import annotations

from sqlite3 import Connection

from . import addresses
from .rows import enter_changes, insert
from .schema import statements

_COLUMNS = "email_id, status, to_address, receive_time, error, last_asked, first_asked"
_AT_ONCE = 10_000


def migrate(connection: Connection) -> None:
    """Write all rows anew; the transaction is the caller's."""
    connection.execute("DROP TRIGGER status_changed")
    for table in ("mail", "change"):
        connection.execute(f"ALTER TABLE {table} RENAME TO first_{table}")
    for statement in statements():
        if not statement.startswith("CREATE TABLE source"):
            connection.execute(statement)
    for (source,) in connection.execute("SELECT source FROM source").fetchall():
        rows = connection.execute(f"SELECT {_COLUMNS} FROM first_mail WHERE source = ? ORDER BY email_id", (source,))
        while batch := rows.fetchmany(_AT_ONCE):
            addresses.enter(connection, insert(connection, source, batch, now=0))
        enter_changes(
            connection,
            source,
            connection.execute("SELECT email_id, at, status FROM first_change WHERE source = ?", (source,)),
        )
    for table in ("mail", "change"):
        connection.execute(f"DROP TABLE first_{table}")
