"""The sink of a query that writes Parquet parts."""

from __future__ import annotations

import pandas as pd

from ..records.store import Store


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
