"""The records of one chunk in the making: which of its rows are in which batch, and which have been answered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, count, filterfalse, islice

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..records.builder import Answers, Builder
from ..records.frame import beside
from ..records.ledger.rows import to_answers
from .account import Account
from .chunks import Chunk
from .recall import Recall, windows

_Rows = npt.NDArray[np.intp]
_NONE = np.empty(0, np.intp)


@dataclass(slots=True, eq=False)
class Batch:
    """Ids of one call, and what came back for them."""

    chunk: ChunkRecords
    number: int
    ids: list[str]
    ticket: int = 0
    is_answered: bool = False
    answers: Answers | None = None
    error: Exception | None = None


class ChunkRecords:
    """The records of a chunk in the making; an interrupt between any two steps leaves it whole.

    Rows are noted before their batch can be answered, and a batch counts as answered when the builder has it: what is drawn
    and neither is told from the rest by its row.
    """

    def __init__(self, chunk: Chunk, recall: Recall | None) -> None:
        self.number = chunk.number
        self.suspects = chunk.suspects
        self._chunk = chunk
        self._recall = recall
        self._builder = Builder()
        self._rows: list[_Rows] = []
        self._recalled: list[int] = []
        self._is_drawn = False
        self._is_cut_short = False

    def batches(self, size: Callable[[], int]) -> Iterator[Batch]:
        """Cut the ids that must be asked into batches of the `size` that the server takes, drawing them as they are needed."""
        windows: Iterable[tuple[Iterable[str], Iterable[int]]] = [(self._chunk.draw(), count())]
        if self._recall is not None:
            unknown = self._unknown(self._recall)
            # How many must be asked is known before the first call, where all ids are there.
            windows = unknown if self._chunk.is_lazy else list(unknown)
        pairs = chain.from_iterable(zip(ids, rows, strict=False) for ids, rows in windows)
        while batch := list(islice(pairs, size())):
            ids, rows = zip(*batch, strict=True)
            yield Batch(self, self._number(np.array(rows)), list(ids))
        self._is_drawn = True

    def enter(self, batch: Batch) -> None:
        """Take what came back for a batch; may be called again."""
        if batch.error is not None:
            self._is_cut_short = True
        if batch.answers is not None and batch.number not in self._builder:
            if self._recall is not None:
                self._recall.learn(batch.answers)
            self._builder.add(batch.number, batch.answers)

    @property
    def is_whole(self) -> bool:
        """Whether all ids have been answered."""
        return self._is_drawn and not self._is_cut_short and len(self._builder) == sum(map(len, self._rows))

    @property
    def recalled(self) -> int:
        """How many ids the ledger has answered for."""
        return sum(len(self._rows[number]) for number in self._recalled if number in self._builder)

    @property
    def asked(self) -> int:
        """How many ids the API has answered for."""
        return len(self._builder) - self.recalled

    def leave_unanswered(self, reason: str) -> None:
        """Enter all ids that were drawn and not answered; may be called again."""
        ids = self._chunk.drawn()
        is_left = np.ones(len(ids), bool)
        for rows in self._rows:
            is_left[rows] = False
        self._rows.append(np.flatnonzero(is_left))
        for number, rows in enumerate(self._rows):
            if number not in self._builder:
                self._builder.add(number, Answers.unanswered([ids[row] for row in rows], reason))

    def records(self) -> tuple[pd.DataFrame, Account]:
        """Return the records in order with the user's columns beside them, and what is to be told of them."""
        records = self._builder.frame()
        order = np.concatenate([_NONE, *self._rows])
        if (np.diff(order) != 1).any():
            place = np.empty_like(order)
            place[order] = np.arange(len(order))
            records = records.take(place).reset_index(drop=True)
        reasons = records["error"][records["status"] == "unanswered"]
        malformed = self._builder.malformed
        account = Account(
            asked=self.asked,
            recalled=self.recalled,
            unanswered=Counter({reasons.mode()[0]: len(reasons)} if len(reasons) else {}),
            malformed=len(malformed),
            first_malformed=malformed[0] if malformed else "",
        )
        if self._chunk.context is None:
            return records, account
        records, notices = beside(records, self._chunk.context, self._chunk.positions)
        account.columns.update(notices)
        return records, account

    def _number(self, rows: _Rows) -> int:
        self._rows.append(rows)
        return len(self._rows) - 1

    def _unknown(self, recall: Recall) -> Iterator[tuple[list[str], list[int]]]:
        """Yield ids that the ledger does not answer for and their rows, entering what it answers."""
        for ids, rows in windows(self._chunk):
            answered = recall.answered(ids)
            if answered:
                is_known = np.fromiter(map(answered.__contains__, ids), bool, len(ids))
                number = self._number(rows[is_known])
                self._recalled.append(number)
                self._builder.add(number, to_answers([answered[email_id] for email_id in ids if email_id in answered]))
                ids, rows = list(filterfalse(answered.__contains__, ids)), rows[~is_known]
            yield ids, rows.tolist()
