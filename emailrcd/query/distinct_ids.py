"""Which ids are new: exactly, and in little memory however many they are."""

from __future__ import annotations

import sqlite3

import msgspec

from ..errors import EmailrcdError


class DistinctIds:
    """Remembers ids in a database that SQLite keeps on disk once it grows, and then deletes.

    Examples
    --------
    >>> distinct = DistinctIds()
    >>> distinct.add(["a", "b"]), distinct.add(["b", "c"])
    ([True, True], [False, True])
    >>> distinct.close()
    """

    def __init__(self) -> None:
        # One thread uses it, but a query that ended early may be forgotten, and so closed, in another.
        self._connection = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._connection.execute("CREATE TABLE known (id TEXT PRIMARY KEY) WITHOUT ROWID")
        self._connection.execute("PRAGMA journal_mode = OFF")

    def add(self, ids: list[str]) -> list[bool]:
        """Remember distinct ids; tell of each whether it is new."""
        listed = (msgspec.json.encode(sorted(ids)).decode(),)
        try:
            find = "SELECT value FROM json_each(?) CROSS JOIN known ON known.id = value"
            known = {email_id for (email_id,) in self._connection.execute(find, listed)}
            self._connection.execute("INSERT OR IGNORE INTO known SELECT value FROM json_each(?)", listed)
        except sqlite3.Error as exc:
            problem = str(exc)
        else:
            return [email_id not in known for email_id in ids]
        raise EmailrcdError(
            f"The ids met so far cannot be kept in the folder for temporary files ({problem}). Make room there, or name "
            "another in the environment variable SQLITE_TMPDIR."
        )

    def close(self) -> None:
        """Forget all of them."""
        self._connection.close()
