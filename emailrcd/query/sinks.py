"""Where the records of a query go: into one frame, or into Parquet parts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import pandas as pd

from ..errors import EmailrcdError, QueryInterrupted
from ..records.store import Store


class Sink(Protocol):
    """Where records go.

    `takes_unfinished` tells whether it wants the records of a chunk also if not all of its ids were answered. `whereabouts` is
    the sentence that says where to find what was obtained, `advice` what to do about one id, or several, that stay unanswered.
    """

    takes_unfinished: bool
    whereabouts: str
    advice: tuple[str, str]

    def write(self, number: int, records: pd.DataFrame) -> None:
        """Take the records of the chunk with that number, if need be more than once."""

    def close(self, error: BaseException | None, notices: list[str]) -> None:
        """Take what ended the query early, if anything did, and what the user should know."""


class ToFrame:
    """Holds the one chunk of a query as a frame, and puts it on the error that ends the query early."""

    takes_unfinished = True
    whereabouts = "What was obtained is in client.last_records, the rest is unanswered."
    advice = ("query it again", "query them again")

    def __init__(self, keep: Callable[[pd.DataFrame, list[str]], pd.DataFrame]) -> None:
        self.records: pd.DataFrame
        self._is_written = False
        self._keep = keep

    def write(self, number: int, records: pd.DataFrame) -> None:  # noqa: ARG002 - there is only one
        """Take the records of the only chunk."""
        self.records = records
        self._is_written = True

    def close(self, error: BaseException | None, notices: list[str]) -> None:
        """Have the records kept before anything else can happen to them; what is returned for them counts."""
        if not self._is_written:
            return
        self.records = self._keep(self.records, notices)
        if isinstance(error, EmailrcdError | QueryInterrupted):
            error.records = self.records


class ToParts:
    """Writes each chunk to a part of its own as soon as all of its ids are answered, so that no more than a few are held."""

    takes_unfinished = False
    whereabouts = "The finished parts are there; the same call goes on from them."
    advice = ("the same call asks its part again", "the same call asks their parts again")

    def __init__(self, store: Store) -> None:
        self._store = store

    def write(self, number: int, records: pd.DataFrame) -> None:
        """Write a part."""
        self._store.write(number, records)

    def close(self, error: BaseException | None, notices: list[str]) -> None:
        """Do nothing: parts are whole as soon as they are written."""
