"""The ledger as users hold it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from contextlib import closing
from itertools import chain
from operator import itemgetter
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

import msgspec
import numpy as np
import pandas as pd

from ...api.credentials import SANDBOX
from ...errors import EmailrcdError
from ..builder import Answers, Builder
from ..dates import Moment, moment
from ..frame import OPEN, STATUS_DTYPE, TIME_DTYPE
from ..stuck import stuck
from .database import IN_MEMORY, Database
from .exchange import merge, write
from .filters import conditions
from .rows import COLUMNS, SETTLED, Row, from_answers, insert, source_number, to_answers


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
    A settled answer (delivered, failed) is replaced only by another settled one; ``unanswered`` is no answer and not kept.

    Parameters
    ----------
    path : str or path
        The file; made if there is none. ``":memory:"`` is one that is gone when it is closed.

    Raises
    ------
    LedgerError
        The file is no ledger, damaged, of another version, cannot be opened, or would be on a network file system. It is
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

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file. May be called again."""
        self._database.close()

    def records(
        self, status: str | Iterable[str] | None = None, since: Moment | None = None, until: Moment | None = None
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
            A status or a time is none.
        """
        where, values = conditions(status, since, until)
        rows = self._database.pieces(
            f"SELECT {COLUMNS}, source, first_asked FROM mail{where} ORDER BY source, email_id", values
        )
        builder = Builder()
        extras = [np.empty((0, 2), np.int64)]
        with closing(rows):
            for number, piece in enumerate(rows):
                builder.add(number, to_answers(row[:-2] for row in piece))
                extras.append(np.array([row[-2:] for row in piece], np.int64))
        frame = builder.frame()
        source, first_asked = np.concatenate(extras).T
        known = self._database.rows("SELECT source, base_url, app_id FROM source")
        for place, column in enumerate(Source._fields, start=1):
            names = {row[0]: row[place] for row in known}
            frame[column] = pd.Series(source).map(names).astype("str").astype("category")
        frame["first_asked"] = pd.Series(first_asked).astype(TIME_DTYPE)
        frame.attrs["emailrcd"] = {
            "ledger": self.path,
            "sandbox": SANDBOX.app_id in frame["app_id"].cat.categories,
            "notices": builder.notices(),
        }
        return frame

    def history(self, email_id: str) -> pd.DataFrame:
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
        rows = self._database.rows(
            "SELECT base_url, app_id, status, at FROM change NATURAL JOIN source "
            "WHERE source IN (SELECT source FROM source) AND email_id = ?1 "
            "UNION SELECT base_url, app_id, status, first_asked FROM mail NATURAL JOIN source "
            "WHERE source IN (SELECT source FROM source) AND email_id = ?1 "
            "AND NOT EXISTS (SELECT 1 FROM change WHERE (source, email_id) = (mail.source, mail.email_id)) "
            "ORDER BY base_url, app_id, at",
            (email_id.strip(),),
        )
        # Merging two ledgers can tell of one status twice.
        kept = [
            row for before, row in zip([None, *rows], rows, strict=False) if before is None or before[:3] != row[:3]
        ]
        frame = pd.DataFrame(kept, columns=["base_url", "app_id", "status", "first_seen"])
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

    def forget(self, *, ids: Iterable[str] | None = None, before: Moment | None = None) -> int:
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
            Neither is given.
        LedgerError
            Another process reads the ledger, so that traces remain until this is called again.
        """
        if ids is None and before is None:
            raise EmailrcdError("Say what to forget: ids=[…], or before= a time.")
        where, values = conditions(None, None, None if before is None else moment("before", before))
        if ids is not None:
            listed = [ids] if isinstance(ids, str) else list(ids)
            where += " AND" if where else " WHERE"
            where += " source IN (SELECT source FROM source) AND email_id IN (SELECT value FROM json_each(?))"
            values.append(msgspec.json.encode(listed).decode())
        with self._database.transaction() as connection:
            connection.execute(
                f"DELETE FROM change WHERE (source, email_id) IN (SELECT source, email_id FROM mail{where})", values
            )
            forgotten = connection.execute(f"DELETE FROM mail{where}", values).rowcount
        self._database.compact()
        return forgotten

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

    def recall(self, source: Source, ids: Sequence[str], fresh_since: float) -> dict[str, Row]:
        """Return what is known of those of `ids` that need not be asked.

        Parameters
        ----------
        source : Source
            Whom they would be asked.
        ids : sequence of str
            Distinct ids.
        fresh_since : float
            Unix time; an answer that is not settled counts only if it is later.

        Returns
        -------
        dict of str to Row
            For each such id the row that `to_answers` takes.
        """
        # CROSS JOIN makes SQLite look ids up one by one; sorted, they are found on few pages.
        rows = self._database.rows(
            f"SELECT {COLUMNS} FROM json_each(?) CROSS JOIN mail ON email_id = value "
            f"AND source = (SELECT source FROM source WHERE (base_url, app_id) = (?, ?)) "
            f"WHERE status IN {SETTLED} OR last_asked > ?",
            (msgspec.json.encode(sorted(ids)).decode(), *source, int(fresh_since * 1e6)),
        )
        return {row[0]: row for row in rows}

    def remember(self, source: Source, batches: Iterable[Answers]) -> None:
        """Enter answers given by `source`: all of them or, if that fails, none."""
        rows = sorted(chain.from_iterable(map(from_answers, batches)), key=itemgetter(0))
        with self._database.transaction() as connection:
            insert(connection, source_number(connection, *source), rows)
