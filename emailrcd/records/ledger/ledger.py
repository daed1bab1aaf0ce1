"""The ledger as users hold it."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable
from functools import partial
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple, Self

import pandas as pd

from ...errors import EmailrcdError, EmailrcdWarning
from ..dates import Instant, instant
from ..frame import OPEN, STATUS_DTYPE, TIME_DTYPE, as_id
from ..stuck import stuck
from . import addresses
from .database import IN_MEMORY, Database
from .exchange import merge, write
from .frames import changes, course, histories, records
from .rows import COLUMNS, SOURCES, STORED, listed, readable
from .search import MOST, conditions, search

_FETCHED = 2_000


class Source(NamedTuple):
    """Whom an answer is from: the ids of one application mean nothing to another.

    Attributes
    ----------
    base_url, app_id : str
        The server, and the mail application.
    """

    base_url: str
    app_id: str


class Ledger:
    """Remembers every answer in an SQLite file: what was asked of whom, what was answered, and when it changed.

    Several processes may use one file at once. It is created readable by its owner alone and holds addresses, but no secret.
    A settled answer (delivered, failed) is replaced only by another settled one; ``unanswered`` is not an answer, and not kept.
    An answer from the future – a clock was ahead – is replaced by any other, and a row in which a bit has flipped is told.

    Parameters
    ----------
    path : str or path
        The file; made if there is none. ``":memory:"`` is one that is gone when it is closed.

    Raises
    ------
    LedgerError
        The file is not a ledger, is damaged, of a newer version, cannot be opened, or would be on a network file system. It is
        left as it was, byte for byte.

    Examples
    --------
    >>> from emailrcd import Sandbox
    >>> with Sandbox() as sandbox, Ledger(":memory:") as ledger:
    ...     records = sandbox.client().query(["2208031112341000001", "2208031112341000003"], ledger=ledger)
    ...     len(ledger)
    2
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        name = os.fspath(path)
        self.path = name if name == IN_MEMORY else str(Path(name).expanduser().resolve())
        self._database = Database(self.path)

    def __repr__(self) -> str:
        return f"<emailrcd.Ledger {self.path}>"

    def __len__(self) -> int:
        """Return how many mails are known."""
        return int(self._database.rows("SELECT count(*) FROM mail")[0][0])

    def __bool__(self) -> bool:
        """Return True: an empty ledger is a ledger."""
        return True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file. May be called again."""
        self._database.close()

    def records(
        self, status: str | Iterable[str] | None = None, since: Instant | None = None, until: Instant | None = None
    ) -> pd.DataFrame:
        """Return what is known as a records frame, sorted by source and id.

        Parameters
        ----------
        status : str or list of str, optional
            Only mail in this status, or one of these.
        since, until : time, optional
            Only answers obtained from `since` on and before `until` (column ``queried_at``); UTC unless a zone is given.

        Returns
        -------
        DataFrame
            The nine columns of a records frame, then `base_url` and `app_id` (categorical: whose mail it is) and
            `first_asked` (datetime64[us, UTC]).

        Raises
        ------
        EmailrcdError
            There is no such status, or a time is not one or can be read in two ways.
        """
        where, values = conditions(status, since, until)
        with self._database.reading() as connection:
            found = connection.execute(f"SELECT {COLUMNS}, source FROM mail{where} ORDER BY source, email_id", values)
            batches = iter(partial(found.fetchmany, _FETCHED), [])
            rows = ([(row[:-1], row[-1]) for row in batch] for batch in batches)
            return records(rows, connection.execute(SOURCES).fetchall(), self.path)

    def find(self, text: str) -> pd.DataFrame:
        """Return all mail to an address, or to addresses that hold a text, the newest first.

        Parameters
        ----------
        text : str
            A whole address, found at once however many mails are known: case, tags (``li.lei+news@qq.com``) and the ASCII form
            of international domains make no difference. Or a part of one, for which all mail is looked through.

        Returns
        -------
        DataFrame
            The columns of `records`, then `history`: since when it has had which status, as a list of mappings (``at``,
            ``status``), oldest first. Of a part of an address at most 10,000 mails, which is told.

        Raises
        ------
        EmailrcdError
            The text is empty.
        """
        if not str(text).strip():
            raise EmailrcdError("Say whose mail to find: an address like 'li.lei@qq.com', or a part of one.")
        with self._database.reading() as connection:
            found = search(connection, str(text))
            points = changes(connection, {row[0] for row, _ in found})
        if len(found) > MOST:
            found = found[:MOST]
            told = (
                f"More than {MOST:,} mails are to addresses that hold that; these are some. Give more of the address."
            )
            warnings.warn(told, EmailrcdWarning, stacklevel=2)
        frame = records([found] if found else [], self._database.rows(SOURCES), self.path)
        frame["history"] = histories(found, points)
        began = frame["submitted_at_estimated"].fillna(frame["first_asked"])
        return frame.loc[began.sort_values(ascending=False, kind="stable").index].reset_index(drop=True)

    def history(self, email_id: str | int) -> pd.DataFrame:
        """Return the statuses that one mail has had.

        Parameters
        ----------
        email_id : str
            The id.

        Returns
        -------
        DataFrame
            `base_url`, `app_id`, `status` (categorical) and `first_seen` (datetime64[us, UTC]: when it was first answered so),
            oldest first. No rows if the mail is not known.
        """
        wanted = as_id(email_id)
        with self._database.reading() as connection:
            sources = sorted(connection.execute(SOURCES), key=itemgetter(1, 2))
            points = changes(connection, [wanted])
            rows = [
                (base_url, app_id, status, at)
                for source, base_url, app_id in sources
                for row in connection.execute(STORED, (listed([wanted]), source))
                for at, status in course(readable(source, row), points.get((source, wanted)))
            ]
        frame = pd.DataFrame(rows, columns=["base_url", "app_id", "status", "first_seen"])
        return frame.astype({"base_url": "str", "app_id": "str", "status": STATUS_DTYPE, "first_seen": TIME_DTYPE})

    def stuck(self) -> pd.DataFrame:
        """Return the mail that is still open, the oldest first, with what to make of it.

        Returns
        -------
        DataFrame
            The columns of `records`, then `open_for` (timedelta: since the submit time estimated from the id, else since it was
            first asked) and `advice`.
        """
        frame = self.records(status=OPEN)
        return stuck(frame, began=frame["first_asked"])

    def forget(self, *, ids: Iterable[str] | None = None, before: Instant | None = None) -> int:
        """Delete mail for good: from the file, its free pages and its log.

        Parameters
        ----------
        ids : list of str, optional
            The mail with these ids, whoever sent it.
        before : time, optional
            Mail whose last answer is older; UTC unless a zone is given. With `ids` both must hold.

        Returns
        -------
        int
            How many mails were forgotten.

        Raises
        ------
        EmailrcdError
            Neither is given, or `before` is a date that can be read in two ways.
        LedgerError
            Another process reads the ledger, so that traces remain until this is called again.
        """
        if ids is None and before is None:
            raise EmailrcdError("Say what to forget: ids=[…], or before= a time.")
        where, values = conditions(None, None, None if before is None else instant("before", before))
        if ids is not None:
            where += " AND" if where else " WHERE"
            where += " source IN (SELECT source FROM source) AND email_id IN (SELECT value FROM json_each(?))"
            values.append(listed(map(as_id, [ids] if isinstance(ids, str | int) else ids)))
        with self._database.transaction() as connection:
            connection.execute(
                f"DELETE FROM change WHERE (source, email_id) IN (SELECT source, email_id FROM mail{where})", values
            )
            gone = connection.execute(f"DELETE FROM mail{where} RETURNING email_id", values).fetchall()
            addresses.forget(connection, [email_id for (email_id,) in gone])
        self._database.compact()
        return len(gone)

    def to_parquet(self, path: str | os.PathLike[str]) -> int:
        """Write all that is known to a Parquet file that `emailrcd.read_records` and `merge_parquet` read.

        Parameters
        ----------
        path : str or path
            The file, readable by its owner alone. One that exists is replaced.

        Returns
        -------
        int
            How many mails were written. Their columns are those of `records`, and `history`: times and statuses of mail whose
            status has changed.
        """
        frame = self.records()
        write(frame, self._database, Path(path).expanduser())
        return len(frame)

    def merge_parquet(self, path: str | os.PathLike[str]) -> int:
        """Take over what another ledger wrote with `to_parquet`.

        Of two answers about one mail a settled one is kept, else the later one; its history is that of both.

        Returns
        -------
        int
            How many mails the file tells of.

        Raises
        ------
        EmailrcdError
            There is no such file, or it was not written by `to_parquet`.
        """
        return merge(self._database, Path(path).expanduser())
