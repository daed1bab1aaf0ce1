"""The records frame in the making: the answers of batches, packed into columns, and the columns derived from them."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from .derived import domains_and_providers, parsed_times, submitted_at_estimated, utc
from .frame import COLUMNS, PROVIDER_DTYPE, STATUS_DTYPE, STATUSES

_CHUNK_ROWS = 4_000
_TEXTS = ("email_id", "to_address", "domain", "error")
_NEVER = np.empty(0, np.int64)
_STATUS_CODES = {status: code for code, status in enumerate(STATUSES)}
_NO_ERRORS = pa.nulls(_CHUNK_ROWS, pa.large_string())
"""Shared by all chunks without an error."""


@dataclass(slots=True)
class Answers:
    """What is known about the ids of one batch, as columns of equal length.

    ``status`` is ``""`` while an id is not decided; ``time`` is the vendor's text; ``queried_at`` is Unix time in
    microseconds, empty until `obtained` is called.
    """

    ids: Sequence[str]
    status: list[str]
    address: list[str | None]
    time: list[str | None]
    error: list[str | None]
    queried_at: npt.NDArray[np.int64] = field(default_factory=_NEVER.copy)

    @classmethod
    def undecided(cls, ids: Sequence[str]) -> Answers:
        """Return answers that know nothing yet."""
        n = len(ids)
        return cls(ids, [""] * n, [None] * n, [None] * n, [None] * n)

    @classmethod
    def unanswered(cls, ids: Sequence[str], error: str) -> Answers:
        """Return answers that say of all ids why there is none."""
        answers = cls.undecided(ids)
        answers.close_undecided(error)
        return answers.obtained()

    def close(self, positions: Iterable[int], status: str, error: str) -> None:
        """Decide the ids at `positions` without a mail: ``invalid`` or ``unanswered``, and why."""
        for position in positions:
            self.status[position] = status
            self.error[position] = error

    def obtained(self) -> Answers:
        """Enter the present as the time at which all ids were answered."""
        self.queried_at = np.broadcast_to(np.int64(time.time_ns() // 1_000), len(self.ids))
        return self

    def close_undecided(self, error: str) -> None:
        """Leave all ids that are not decided ``unanswered``."""
        self.close([position for position, status in enumerate(self.status) if not status], "unanswered", error)


class _Chunk(NamedTuple):
    """The rows of batches that follow each other, up to the one with number `stop`."""

    stop: int
    rows: pa.Table
    queried_at: list[npt.NDArray[np.int64]]
    malformed: list[str]


class Builder:
    """Collects the answers of batches, in any order, and makes the records frame of them in the order of the batches.

    Answers are packed into arrays of some 4,000 rows as soon as they follow each other without a gap: a third of the memory
    and time of rows kept as Python objects. An interrupt between any two steps leaves it whole.
    """

    def __init__(self) -> None:
        self._chunks: list[_Chunk] = []
        self._waiting: dict[int, Answers] = {}
        self._rows_ready = 0
        self._next = 0

    def add(self, index: int, answers: Answers) -> None:
        """Take the answers of the batch with number `index`; numbers start at 0 and have no gap in the end."""
        self._waiting[index] = answers
        while self._next in self._waiting:
            self._rows_ready += len(self._waiting[self._next].ids)
            self._next += 1
        if self._rows_ready >= _CHUNK_ROWS:
            self._pack(self._next)
            self._rows_ready = 0

    def __contains__(self, index: object) -> bool:
        return isinstance(index, int) and (index < self._packed or index in self._waiting)

    def __len__(self) -> int:
        """Return how many rows there are."""
        # An interrupt may have left some that wait although they are packed.
        waiting = sum(len(answers.ids) for index, answers in self._waiting.items() if index >= self._packed)
        return waiting + sum(len(chunk.rows) for chunk in self._chunks)

    def frame(self) -> pd.DataFrame:
        """Return the nine columns for all ids taken, in the order of the batches."""
        self._pack(max(self._waiting, default=-1) + 1)
        chunks = self._chunks or [_pack([], 0)]
        # Copies, which whoever gets the frame may write into.
        rows = pa.concat_tables(chunk.rows for chunk in chunks)
        columns: dict[str, Any] = {name: pd.Series(pd.array(rows[name], dtype="str")) for name in _TEXTS} | {
            "status": pd.Categorical.from_codes(rows["status"].to_numpy().copy(), dtype=STATUS_DTYPE),
            "received_at": utc(rows["received_at"].to_numpy().copy()),
            "provider": pd.Categorical.from_codes(rows["provider"].to_numpy().copy(), dtype=PROVIDER_DTYPE),
            "queried_at": utc(np.concatenate([_NEVER, *chain.from_iterable(chunk.queried_at for chunk in chunks)])),
        }
        columns["submitted_at_estimated"] = submitted_at_estimated(columns["email_id"])
        return pd.DataFrame({name: columns[name] for name in COLUMNS}, copy=False)

    @property
    def malformed(self) -> list[str]:
        """Times that could not be read; complete once the frame has been made."""
        return [text for chunk in self._chunks for text in chunk.malformed]

    @property
    def _packed(self) -> int:
        return self._chunks[-1].stop if self._chunks else 0

    def _pack(self, stop: int) -> None:
        if stop > self._packed:
            self._chunks.append(_pack([self._waiting[index] for index in range(self._packed, stop)], stop))
        for index in [index for index in self._waiting if index < stop]:
            del self._waiting[index]


def _pack(batches: Sequence[Answers], stop: int) -> _Chunk:
    ids, address, time, error = (
        pa.array(chain.from_iterable(getattr(batch, name) for batch in batches), pa.large_string())
        for name in ("ids", "address", "time", "error")
    )
    received, malformed = parsed_times(time)
    domain, provider = domains_and_providers(address)
    statuses = chain.from_iterable(batch.status for batch in batches)
    columns = {
        "email_id": ids,
        "status": np.frombuffer(bytes(map(_STATUS_CODES.__getitem__, statuses)), np.int8),
        "to_address": address,
        "received_at": received,
        "domain": domain,
        "provider": provider,
        "error": _NO_ERRORS.slice(0, len(ids)) if len(_NO_ERRORS) >= len(ids) == error.null_count else error,
    }
    return _Chunk(stop, pa.table(columns), [batch.queried_at for batch in batches], malformed)


def empty() -> pd.DataFrame:
    """Return a records frame without rows, fully typed."""
    return Builder().frame()
