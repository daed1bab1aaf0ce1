"""The SQLite file of a ledger: made, recognised or refused; and its transactions."""

from __future__ import annotations

import sqlite3
import threading
import weakref
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from ...errors import LedgerError
from .opening import BUSY_SECONDS, explained, on_network, prepare
from .schema import APPLICATION_ID, FIRST_VERSION, VERSION, migrate, statements

IN_MEMORY = ":memory:"
"""In place of a path: a ledger that is gone when it is closed."""

_CACHE_KIB = 65_536
_LENIENT = partial(str, encoding="utf-8", errors="replace")
"""Of a text in which a bit has flipped; its row's checksum tells."""

_CHECKPOINT_PAGES = 16_000


class Database:
    """A connection to a ledger's file, for one thread at a time; others wait.

    Parameters
    ----------
    path : str
        An absolute path, or ``":memory:"``.

    Raises
    ------
    LedgerError
        It is not a ledger, is damaged, or cannot be opened; the file is left as it is.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self._lock = threading.RLock()
        if path != IN_MEMORY:
            prepare(Path(path))
        with explained(path):
            self._connection = sqlite3.connect(
                path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
            self._connection.text_factory = _LENIENT
            try:
                self._set_up()
            except BaseException:
                self._connection.close()
                raise
        # That of a visitor, in memory, ends with the app; from Python 3.13 on a connection left open is a warning.
        weakref.finalize(self, self._connection.close)

    def close(self) -> None:
        """Close the file. May be called again."""
        with self._lock, explained(self.path):
            self._connection.close()

    @contextmanager
    def transaction(self, begin: str = "BEGIN IMMEDIATE") -> Iterator[sqlite3.Connection]:
        """Hold the right to write; all is committed at the end, or nothing."""
        with self._lock, explained(self.path):
            self._connection.execute(begin)
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            finally:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")

    def reading(self) -> AbstractContextManager[sqlite3.Connection]:
        """Hold the connection, to read from it one state of the file; other threads wait."""
        return self.transaction("BEGIN")

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[Any]:
        """Return the rows of a query."""
        with self._lock, explained(self.path):
            return self._connection.execute(sql, parameters).fetchall()

    def compact(self) -> None:
        """Write the file anew without what was deleted, and empty its log.

        Raises
        ------
        LedgerError
            Another process reads the ledger and keeps the log from being emptied.
        """
        with self._lock, explained(self.path):
            self._connection.execute("VACUUM")
            if self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
                raise LedgerError(
                    f"What was to be forgotten is gone from the ledger, but traces remain in {self.path}-wal while another "
                    "process reads it. Close that process, then forget once more."
                )

    def _set_up(self) -> None:
        execute = self._connection.execute
        execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        execute("PRAGMA secure_delete = ON")
        if self.path == IN_MEMORY:
            execute("PRAGMA temp_store = MEMORY")
        # Before the log is turned on, so that the file's first page tells what it is from the first moment.
        with self.transaction():
            version = execute("PRAGMA user_version").fetchone()[0]
            if version == 0:
                for statement in statements():
                    execute(statement)
                execute(f"PRAGMA application_id = {APPLICATION_ID}")
            elif version == FIRST_VERSION:
                migrate(self._connection)
            execute(f"PRAGMA user_version = {VERSION}")
        if version == FIRST_VERSION:
            execute("VACUUM")
        if execute("PRAGMA journal_mode = WAL").fetchone()[0] != "wal" and self.path != IN_MEMORY:
            raise LedgerError(on_network(Path(self.path), "this file system"))
        # A commit survives the death of the process; after a power cut the last ones may be missing, but nothing is damaged.
        execute("PRAGMA synchronous = NORMAL")
        execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT_PAGES}")
