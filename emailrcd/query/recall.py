"""What a ledger does for one query: it answers for ids that need not be asked, and learns the answers of the others."""

from __future__ import annotations

import datetime
import os
import time
from collections.abc import Iterator
from contextlib import suppress
from itertools import filterfalse, islice
from types import TracebackType
from typing import Self

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from ..errors import LedgerError
from ..records.builder import Answers, Builder
from ..records.derived import submitted_at_estimated
from ..records.ledger import Ledger, Source
from ..records.ledger.answers import recall, remember
from ..records.ledger.rows import to_answers
from .limits import seconds

COMMIT_SECONDS = 0.25
"""Answers wait no longer to be committed, except for the commit before theirs."""

_WINDOW = 2_000
"""Ids looked up at once."""


class Memory:
    """A ledger's part in one query; to be used as a context manager.

    Parameters
    ----------
    ledger : Ledger or path
        A path is opened, and closed at the end.
    source : Source
        Whom the query asks.
    refresh : bool
        Ask everything.
    fresh_for : float or timedelta
        Seconds for which an answer that is not settled is not asked for again.
    """

    def __init__(
        self,
        ledger: Ledger | str | os.PathLike[str],
        source: Source,
        *,
        refresh: bool,
        fresh_for: float | datetime.timedelta,
    ) -> None:
        self._fresh_since = time.time() - seconds("fresh_for", fresh_for)
        self.known = bytearray()
        self._opened = not isinstance(ledger, Ledger)
        self._ledger = ledger if isinstance(ledger, Ledger) else Ledger(ledger)
        self._source = source
        self._refresh = refresh
        self._rank: npt.NDArray[np.intp] | None = None
        self._builder = Builder()
        self._waiting: list[Answers] = []
        self._due = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            if error is not None:
                # What ends the query unforeseen costs no answer; it is what has to be told, not a ledger's trouble.
                with suppress(LedgerError):
                    self.commit()
        finally:
            if self._opened:
                self._ledger.close()

    @property
    def recalled(self) -> int:
        """How many ids the ledger has answered for."""
        return self.known.count(1)

    def unknown(self, ids: Iterator[str]) -> Iterator[str]:
        """Yield those of `ids` that must be asked; `known` tells of each that was looked up whether the ledger answers."""
        pieces = 0
        while window := list(islice(ids, _WINDOW)):
            recalled = {} if self._refresh else recall(self._ledger, self._source, window, self._fresh_since).rows
            rows = [recalled[email_id] for email_id in filter(recalled.__contains__, window)]
            if rows:
                self._builder.add(pieces, to_answers(rows))
                pieces += 1
            # Last and at once: ids that an interrupt kept from being marked count as not looked up.
            self.known += bytes(map(recalled.__contains__, window))
            yield from filterfalse(recalled.__contains__, window)

    def unknown_among(self, ids: list[str]) -> list[str]:
        """Return those of `ids` that must be asked, in the order of the ledger's rows.

        Answers that come together then lie together in the file; in any other order each of many costs a page of it.
        """
        order = pc.sort_indices(pa.array(ids, pa.large_string())).to_numpy()
        if (np.diff(order.astype(np.int64)) == 1).all():
            return list(self.unknown(iter(ids)))
        self._rank = np.empty(len(ids), np.intp)
        self._rank[order] = np.arange(len(ids))
        return list(self.unknown(map(ids.__getitem__, order.tolist())))

    def learn(self, answers: Answers) -> None:
        """Take answers that are to be committed soon."""
        if not self._waiting:
            self._due = time.monotonic() + COMMIT_SECONDS
        self._waiting.append(answers)

    def commit_if_due(self) -> None:
        """Commit if answers have waited long enough."""
        if time.monotonic() >= self._due:
            self.commit()

    def commit(self) -> None:
        """Commit all that was learned; what cannot be committed is tried again by the next call."""
        if self._waiting:
            remember(self._ledger, self._source, self._waiting)
            self._waiting = []

    def complete(self, asked: pd.DataFrame) -> pd.DataFrame:
        """Return the records of all ids in order, given those of the ids that were yielded."""
        records = asked
        order = self._rank
        recalled = self.recalled
        if recalled:
            records = pd.concat([self._builder.frame().head(recalled), asked], ignore_index=True)
            known = np.zeros(len(records), bool)
            known[: len(self.known)] = np.frombuffer(self.known, dtype=bool)
            place = np.empty(len(records), np.intp)
            place[known] = np.arange(recalled)
            place[~known] = np.arange(recalled, len(records))
            order = place if order is None else place[order]
            # For the whole column or not at all: neither part could tell.
            records["submitted_at_estimated"] = submitted_at_estimated(records["email_id"])
        return records if order is None else records.take(order).reset_index(drop=True)

    @property
    def malformed(self) -> list[str]:
        """Times among what was recalled that could not be read; complete once the records have been."""
        return self._builder.malformed

    def notices(self) -> list[str]:
        """Say how much came from the ledger; complete once the records have been."""
        if not self.recalled:
            return []
        told = f"{self.recalled:,} ids were answered from the ledger and not asked."
        return [told, *self._builder.notices()]
