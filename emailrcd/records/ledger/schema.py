"""The tables of a ledger, the marks by which its file is known, and how one of the first version is brought up to date."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from sqlite3 import Connection

from . import addresses
from .rows import enter_changes, insert

VERSION = 2
"""Of the schema; an older one is brought up to date, a newer one is refused."""

FIRST_VERSION = 1

SCHEMA = """
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
    last_asked INTEGER NOT NULL,
    first_asked INTEGER NOT NULL,
    checksum INTEGER NOT NULL,
    PRIMARY KEY (source, email_id)
) WITHOUT ROWID;
CREATE TABLE change (
    source INTEGER NOT NULL,
    email_id TEXT NOT NULL,
    at INTEGER NOT NULL,
    status TEXT NOT NULL,
    checksum INTEGER NOT NULL,
    PRIMARY KEY (source, email_id, at)
) WITHOUT ROWID;
CREATE TABLE address_log (
    place INTEGER PRIMARY KEY,
    entries BLOB NOT NULL
);
CREATE TABLE address_index (
    place INTEGER PRIMARY KEY,
    entries BLOB NOT NULL
);
CREATE TABLE address_other (
    number INTEGER NOT NULL,
    email_id TEXT NOT NULL,
    PRIMARY KEY (number, email_id)
) WITHOUT ROWID;
"""
"""Times are Unix times in microseconds. Mail whose status never changed has no row in ``change``: its only status is the one
in ``mail``, since ``first_asked``. How mail is found by its address: `emailrcd.records.ledger.addresses`."""

_FIRST_COLUMNS = "email_id, status, to_address, receive_time, error, last_asked, first_asked"
_AT_ONCE = 10_000

APPLICATION_ID = int.from_bytes(b"emrd")
"""In the header of the file."""


def statements(script: str = SCHEMA) -> list[str]:
    r"""Return the statements of a script in which each begins at a line's start.

    Examples
    --------
    >>> statements("CREATE TABLE a (b);\nCREATE TABLE c (\n  d\n);")
    ['CREATE TABLE a (b)', 'CREATE TABLE c (\n  d\n)']
    """
    return [f"CREATE{rest}".rstrip().removesuffix(";") for rest in f"\n{script}".split("\nCREATE")[1:]]


def fingerprint(statements: Iterable[str]) -> int:
    """Return what tells the tables of a ledger from others."""
    return zlib.crc32("\n".join(sorted(statements)).encode())


FINGERPRINTS = {FIRST_VERSION: 0x4280FB44, VERSION: fingerprint(statements())}
"""Of the tables of each version."""


def migrate(connection: Connection) -> None:
    """Write all rows of a ledger of the first version anew, with checksums; the transaction is the caller's."""
    connection.execute("DROP TRIGGER status_changed")
    for table in ("mail", "change"):
        connection.execute(f"ALTER TABLE {table} RENAME TO first_{table}")
    for statement in statements():
        if not statement.startswith("CREATE TABLE source"):
            connection.execute(statement)
    for (source,) in connection.execute("SELECT source FROM source").fetchall():
        rows = connection.execute(
            f"SELECT {_FIRST_COLUMNS} FROM first_mail WHERE source = ? ORDER BY email_id", (source,)
        )
        while batch := rows.fetchmany(_AT_ONCE):
            addresses.enter(connection, insert(connection, source, batch, now=0))
        enter_changes(
            connection,
            source,
            connection.execute("SELECT email_id, at, status FROM first_change WHERE source = ?", (source,)),
        )
    for table in ("mail", "change"):
        connection.execute(f"DROP TABLE first_{table}")
