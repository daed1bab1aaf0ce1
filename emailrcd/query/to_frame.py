"""The sink of a query that returns one frame."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from ..errors import EmailrcdError, QueryInterrupted


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
