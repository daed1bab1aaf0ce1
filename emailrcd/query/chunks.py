"""The ids of a source in chunks: all of them in one, or in many of equal size with no id in two of them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from itertools import compress
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..api.contract import MAX_IDS
from ..files.tables import tabular
from ..files.workbooks import Sheet
from ..ids import Doubts, Ids, Stream, is_drawn, refusal
from ..records.sources import in_blocks, take
from ..records.store import Store, digest
from ..wording import counted
from .distinct_ids import DistinctIds


class Chunk:
    """Distinct ids in order of first appearance, and the user's columns that belong beside them."""

    is_lazy = False
    """Whether ids are drawn only as they are needed."""

    def __init__(
        self,
        number: int,
        ids: list[str],
        context: pd.DataFrame | None = None,
        positions: npt.NDArray[np.intp] | None = None,
        suspects: Collection[str] = (),
    ) -> None:
        self.number = number
        self.suspects = suspects
        self.ids = ids
        self.context = context
        """The user's columns: a row for each id drawn, or with `positions` for each row of their frame."""
        self.positions = positions

    def draw(self) -> Iterator[str]:
        """Yield all ids."""
        return iter(self.ids)

    def drawn(self) -> list[str]:
        """Return those that have been drawn."""
        return self.ids


class OneChunk:
    """All ids of a source in one chunk, whatever it holds; those of an iterator are drawn as they are needed."""

    def __init__(self, source: object, column: str | None, sheet: Sheet = None) -> None:
        self.total: int | None = None
        self._source = source
        self._column = column
        self._sheet = sheet
        self._taken: Ids | Stream = Ids([], 0)

    def __iter__(self) -> Iterator[Chunk]:
        """Yield it."""
        if is_drawn(self._source):
            self._taken = Stream(self._source, MAX_IDS)
            yield _StreamedChunk(self._taken)
            return
        self._taken = taken = take(self._source, self._column, sheet=self._sheet)
        taken.check()
        self.total = len(taken.ids)
        yield Chunk(0, taken.ids, taken.context, taken.positions, taken.suspects)

    def notices(self) -> list[str]:
        """Say what the user should know of the ids."""
        return self._taken.notices


class _StreamedChunk(Chunk):
    is_lazy = True

    def __init__(self, stream: Stream) -> None:
        super().__init__(0, [], suspects=stream.suspects)
        self._stream = stream

    def draw(self) -> Iterator[str]:
        return iter(self._stream)

    def drawn(self) -> list[str]:
        return self._stream.drawn()


class Chunks:
    """The ids of a source in chunks of `size`, of which only the last is smaller; none holds more than one.

    What can be gone through twice is: at first all of it is checked and counted, so that nothing is asked before all is known
    to be ids. An iterator, such as a generator, is drawn no further than chunks are.
    """

    def __init__(self, source: object, column: str | None, size: int, sheet: Sheet = None) -> None:
        self.outline: list[tuple[str, int]] | None = None
        self._size = size
        self._blocks = in_blocks(source, column, sheet=sheet)
        self._columns = _Columns()
        self._distinct = _DistinctBlocks(self._blocks(), self._columns.learn)
        if not is_drawn(source):
            self.outline = [(digest(list(chunk.draw())), len(chunk.ids)) for chunk in self]
            self._distinct = _DistinctBlocks(self._blocks(), self._columns.conform)

    def __iter__(self) -> Iterator[Chunk]:
        """Yield the chunks, once and at least one; each is drawn to its end before the next."""
        number = 0
        while number == 0 or not self._distinct.is_empty:
            chunk = _ChunkOfBlocks(number, self._distinct, self._size, is_lazy=self.outline is None)
            if not chunk.is_lazy:
                deque(chunk.draw(), maxlen=0)
            yield chunk
            deque(chunk.draw(), maxlen=0)
            number += 1

    def notices(self) -> list[str]:
        """Say what the user should know of the ids drawn so far."""
        return self._distinct.notices()


class _ChunkOfBlocks(Chunk):
    def __init__(self, number: int, blocks: _DistinctBlocks, size: int, is_lazy: bool) -> None:
        super().__init__(number, [], suspects=blocks.suspects)
        self.is_lazy = is_lazy
        self._blocks = blocks
        self._size = size

    def draw(self) -> Iterator[str]:
        yield from self.ids
        while wanted := self._size - len(self.ids):
            block = self._blocks.take(wanted)
            if block is None:
                return
            self.ids += block.ids
            if block.context.shape[1]:
                self.context = pd.concat([self.context, block.context], ignore_index=True)
            yield from block.ids


class UnfinishedChunks:
    """Those of the chunks that the store does not hold yet."""

    def __init__(self, chunks: Chunks, store: Store) -> None:
        self.count = 0
        self._finished = 0
        self._chunks = chunks
        self._store = store
        self.total: int | None = None
        if chunks.outline is not None:
            outline = enumerate(chunks.outline)
            self.total = sum(size for number, (ids, size) in outline if not store.holds(number, ids))

    def __iter__(self) -> Iterator[Chunk]:
        """Yield them, once; `count` tells how many chunks there have been so far, finished ones among them."""
        for chunk in self._chunks:
            self.count += 1
            if self._store.has(chunk.number) and self._store.holds(chunk.number, digest(list(chunk.draw()))):
                self._finished += 1
            else:
                yield chunk

    def notices(self) -> list[str]:
        """Say what the user should know so far."""
        if not self._finished:
            return self._chunks.notices()
        were = counted(self._finished, "finished part was", "finished parts were")
        return [*self._chunks.notices(), f"{were} there and not asked again."]


class _Block(NamedTuple):
    """Distinct ids, and a row of the user's columns for each."""

    ids: list[str]
    context: pd.DataFrame


class _DistinctBlocks:
    """The ids of blocks, each where it first appears, as many as are wanted at a time."""

    def __init__(self, blocks: Iterable[Ids], arrange: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
        self._arrange = arrange
        self._blocks = self._without_repeated(blocks)
        self._block = _Block([], pd.DataFrame())
        self._taken = 0
        self._given = self._repeated = 0
        self._has_context = False
        self._doubts = Doubts()
        self._told = Ids([], 0)
        self.suspects = self._told.suspects

    @property
    def is_empty(self) -> bool:
        """Whether there are no more."""
        while self._taken == len(self._block.ids):
            block = next(self._blocks, None)
            if block is None:
                return True
            self._block, self._taken = block, 0
        return False

    def take(self, wanted: int) -> _Block | None:
        """Return some of the ids, no more than are wanted; None if there are no more."""
        if self.is_empty:
            return None
        rows = slice(self._taken, self._taken + wanted)
        ids, context = self._block.ids[rows], self._block.context.iloc[rows]
        self._taken += len(ids)
        return _Block(ids, context)

    def notices(self) -> list[str]:
        context = pd.DataFrame() if self._has_context else None
        told = replace(self._told, duplicates=self._repeated, doubts=self._doubts.notices(self._given), context=context)
        return told.notices

    def _without_repeated(self, blocks: Iterable[Ids]) -> Iterator[_Block]:
        with closing(DistinctIds()) as distinct:
            for ids in blocks:
                self._given += ids.given
                if ids.refused:
                    raise refusal(ids.refused, self._given)
                self._repeated += ids.duplicates
                self._told.remarks.extend(each for each in ids.remarks if each not in self._told.remarks)
                self._told.left_out.extend(ids.left_out)
                for email_id, where in ids.suspects.items():
                    self.suspects.setdefault(email_id, where)
                is_new = distinct.add(ids.ids)
                context = self._context(ids)
                if not all(is_new):
                    self._repeated += len(is_new) - sum(is_new)
                    context = context[is_new]
                new_ids = list(compress(ids.ids, is_new))
                self._doubts.add(new_ids)
                yield _Block(new_ids, context)

    def _context(self, ids: Ids) -> pd.DataFrame:
        context = ids.context
        if context is None:
            return self._arrange(pd.DataFrame(index=range(len(ids.ids))))
        self._has_context = True
        if ids.positions is not None:
            context = context.iloc[np.unique(ids.positions, return_index=True)[1]]
        return self._arrange(tabular(context).reset_index(drop=True))


class _Columns:
    """The user's columns in many blocks, of which each may have others, or the same of another kind."""

    def __init__(self) -> None:
        self._dtypes: dict[str, Any] = {}

    def learn(self, context: pd.DataFrame) -> pd.DataFrame:
        """Learn the columns of a block; return it as it is."""
        for name, values in context.items():
            dtype = self._dtypes.setdefault(str(name), None)
            if dtype != values.dtype and not values.isna().all():
                both = [pd.Series(dtype=one) for one in (dtype or values.dtype, values.dtype)]
                common = pd.concat(both).dtype
                self._dtypes[str(name)] = "str" if pd.api.types.is_object_dtype(common) else common
        return context

    def conform(self, context: pd.DataFrame) -> pd.DataFrame:
        """Return a block with the columns of all blocks, each of one kind."""
        columns = {name: _of_kind(context, name, dtype) for name, dtype in self._dtypes.items()}
        return pd.DataFrame(columns, index=context.index)


def _of_kind(context: pd.DataFrame, name: str, dtype: Any) -> pd.Series[Any]:
    values = context[name] if name in context else pd.Series(None, index=context.index, dtype=object)
    if dtype is None or values.dtype == dtype:
        return values
    return values.astype(dtype).where(values.notna()) if dtype == "str" else values.astype(dtype)
