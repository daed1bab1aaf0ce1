"""Any number of ids, cut into pieces of equal size with no id in two of them, without holding them all."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import compress, count, islice
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
import pandas as pd

from .errors import EmailrcdError
from .export import tabular
from .ids import Ids, Stream, is_parquet, stream_parquet, take


class Piece(NamedTuple):
    """Distinct ids, and the user's columns beside them.

    Attributes
    ----------
    ids : list of str
        In order of first appearance.
    context : DataFrame or None
        A row for each, the one where it first appears.
    """

    ids: list[str]
    context: pd.DataFrame | None


class Pieces:
    """The ids of a source in pieces of `size`, of which only the last is smaller.

    An iterator, such as an open text file, and a Parquet file are drawn a piece at a time; whatever else is taken as a whole.

    Parameters
    ----------
    source, column
        As for `emailrcd.Client.query`.
    size : int
        Ids of a piece.

    Attributes
    ----------
    whole : list of Piece or None
        All of them, if the source was taken as a whole.
    notices : list of str
        What the user should know; complete once all pieces have been drawn.
    """

    def __init__(self, source: object, column: str | None, size: int) -> None:
        self.whole: list[Piece] | None = None
        self.notices: list[str] = []
        self._size = size
        self._repeated = 0
        if isinstance(source, Iterator):
            self._drawn = self._even(self._streamed(source))
        elif isinstance(source, str | os.PathLike) and is_parquet(source):
            self._drawn = self._even(map(self._with_context, stream_parquet(Path(source), column, size)))
        else:
            piece = self._with_context(take(source, column))
            self.whole = [_cut(piece, start, start + size) for start in range(0, max(1, len(piece.ids)), size)]
            self._drawn = iter(self.whole)

    def __iter__(self) -> Iterator[Piece]:
        """Yield the pieces, at least one."""
        return self._drawn

    def _streamed(self, entries: Iterator[object]) -> Iterator[Piece]:
        # A stream each: one of its own remembers all that it has drawn.
        for before in count(0, self._size):
            stream = Stream(islice(entries, self._size), self._size, before)
            ids = list(stream)
            if not ids:
                return
            self._repeated += stream.repeated
            yield Piece(ids, None)

    def _with_context(self, taken: Ids) -> Piece:
        taken.check()
        self.notices += [notice for notice in taken.notices if notice not in self.notices]
        context = taken.context
        if context is not None and taken.positions is not None:
            context = context.iloc[np.unique(taken.positions, return_index=True)[1]]
        return Piece(taken.ids, None if context is None else tabular(context).reset_index(drop=True))

    def _even(self, pieces: Iterator[Piece]) -> Iterator[Piece]:
        """Take repeated ids out of what is drawn, and fill up what is then too small."""
        waiting = Piece([], None)
        first = True
        with closing(_Seen()) as seen:
            for piece in pieces:
                is_new = seen.add(piece.ids)
                self._repeated += len(is_new) - sum(is_new)
                fresh = list(compress(piece.ids, is_new))
                context = None if piece.context is None else piece.context[is_new]
                if waiting.context is not None and context is not None:
                    context = pd.concat([waiting.context, context], ignore_index=True)
                waiting = Piece(waiting.ids + fresh, context)
                while len(waiting.ids) >= self._size:
                    yield _cut(waiting, 0, self._size)
                    waiting, first = _cut(waiting, self._size, None), False
        if waiting.ids or first:
            yield waiting
        if self._repeated:
            self.notices.append(f"{self._repeated:,} ids appear again further on; they are asked once.")


class _Seen:
    """Remembers ids exactly in little memory: in a database that SQLite keeps on disk once it grows, and then deletes."""

    def __init__(self) -> None:
        # One thread uses it, but a query that ended early may be forgotten, and so closed, in another.
        self._connection = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._connection.execute("CREATE TABLE seen (id TEXT PRIMARY KEY) WITHOUT ROWID")
        self._connection.execute("PRAGMA journal_mode = OFF")

    def add(self, ids: list[str]) -> list[bool]:
        """Remember distinct ids; tell of each whether it is new."""
        listed = msgspec.json.encode(sorted(ids)).decode()
        find = "SELECT value FROM json_each(?) CROSS JOIN seen ON seen.id = value"
        try:
            known = {email_id for (email_id,) in self._connection.execute(find, (listed,))}
            self._connection.execute("INSERT OR IGNORE INTO seen SELECT value FROM json_each(?)", (listed,))
        except sqlite3.Error as exc:
            problem = str(exc)
        else:
            return [email_id not in known for email_id in ids]
        raise EmailrcdError(
            f"The ids seen so far cannot be kept in the folder for temporary files ({problem}). Make room there, or name "
            "another in the environment variable SQLITE_TMPDIR."
        )

    def close(self) -> None:
        self._connection.close()


def _cut(piece: Piece, start: int, stop: int | None) -> Piece:
    context = None if piece.context is None else piece.context.iloc[start:stop].reset_index(drop=True)
    return Piece(piece.ids[start:stop], context)
