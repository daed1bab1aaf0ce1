"""Ledgers of the first version brought up to date: rows get checksums, and can be found by their addresses."""

from __future__ import annotations

from sqlite3 import Connection

from . import addresses
from .rows import enter_changes, insert
from .schema import statements

FIRST_VERSION = 1

_COLUMNS = "email_id, status, to_address, receive_time, error, last_asked, first_asked"
_AT_ONCE = 10_000

FIRST_SCHEMA = """
CREATE TABLE source (
    source INTEGER PRIMARY KEY,
    base_url TEXT NOT NULL,
    app_id TEXT NOT NULL,
    UNIQUE (base_url, app_id)
);
CREATE TABLE mail (
    source INTEGER NOT NULL,
    email_id TEXT NOT NULL,
    status TEXT NOT NULL,
    to_address TEXT,
    receive_time TEXT,
    error TEXT,
    first_asked INTEGER NOT NULL,
    last_asked INTEGER NOT NULL,
    PRIMARY KEY (source, email_id)
) WITHOUT ROWID;
CREATE TABLE change (
    source INTEGER NOT NULL,
    email_id TEXT NOT NULL,
    at INTEGER NOT NULL,
    status TEXT NOT NULL,
    PRIMARY KEY (source, email_id, at)
) WITHOUT ROWID;
CREATE TRIGGER status_changed AFTER UPDATE OF status ON mail WHEN old.status <> new.status BEGIN
    INSERT INTO change SELECT old.source, old.email_id, old.first_asked, old.status WHERE NOT EXISTS
        (SELECT 1 FROM change WHERE (source, email_id) = (old.source, old.email_id));
    INSERT INTO change SELECT new.source, new.email_id, new.last_asked, new.status WHERE NOT EXISTS
        (SELECT 1 FROM change WHERE (source, email_id, at) = (new.source, new.email_id, new.last_asked));
END;
"""


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
