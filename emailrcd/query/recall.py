"""What a ledger does for one query: it answers for ids that need not be asked, and learns the answers of the others."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import islice

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ..records.builder import Answers
from ..records.ledger import Ledger, Source
from ..records.ledger.answers import recall, remember
from ..records.ledger.rows import Row
from ..wording import counted
from .chunks import Chunk

COMMIT_SECONDS = 0.25
"""Answers wait no longer to be committed, except for the commit before theirs."""

_WINDOW = 2_000
"""Ids looked up at once."""

_Rows = npt.NDArray[np.intp]


class Recall:
    """A ledger's part in one query."""

    def __init__(self, ledger: Ledger, source: Source, *, refresh: bool, fresh_for: float) -> None:
        self._ledger = ledger
        self._source = source
        self._refresh = refresh
        self._fresh_since = max(0.0, time.time() - fresh_for)
        self._waiting: list[Answers] = []
        self._due = 0.0
        self._early = self._damaged = 0

    def answered(self, ids: list[str]) -> dict[str, Row]:
        """Return what the ledger answers of `ids`, by id."""
        if self._refresh:
            return {}
        recalled = recall(self._ledger, self._source, ids, self._fresh_since)
        self._early += recalled.early
        self._damaged += recalled.damaged
        return recalled.rows

    def notices(self) -> list[str]:
        """Say which answers of the ledger were not trusted."""
        notices = []
        if self._early:
            bear = counted(self._early, "answer of the ledger bears", "answers of the ledger bear")
            notices.append(f"{bear} a time to come, as a clock was ahead; what it answered was asked again.")
        if self._damaged:
            notices.append(
                f"{counted(self._damaged, 'row')} of the ledger had been damaged; those ids were asked again."
            )
        return notices

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


def windows(chunk: Chunk) -> Iterator[tuple[list[str], _Rows]]:
    """Yield ids and their rows; in the order of the ledger's rows where all of them are there.

    Answers that come together then lie together in the file; in any other order each of many costs a page of it.
    """
    if chunk.is_lazy:
        ids, start = chunk.draw(), 0
        while window := list(islice(ids, _WINDOW)):
            yield window, np.arange(start, start + len(window))
            start += len(window)
        return
    order = pc.sort_indices(pa.array(chunk.ids, pa.large_string())).to_numpy().astype(np.intp)
    for start in range(0, len(order), _WINDOW):
        rows = order[start : start + _WINDOW]
        yield [chunk.ids[row] for row in rows.tolist()], rows
