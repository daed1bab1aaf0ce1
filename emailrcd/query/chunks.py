"""Any number of ids, cut into pieces of equal size with no id in two of them, without holding them all."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import compress
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from ..files.tables import tabular
from ..ids import FIRST_KEPT, Doubts, Ids, Refused, duplicates_told, is_drawn, left_out_told, refusal, unlike_told
from ..records.sources import in_blocks
from ..records.store import Store, digest
from .distinct_ids import Seen


class _Block(NamedTuple):
    """Distinct ids, and a row of the user's columns for each."""

    ids: list[str]
    context: pd.DataFrame | None


class Piece:
    """Distinct ids that are drawn when they are needed, and the user's columns beside them.

    Parameters
    ----------
    source : _Source
        Gives them.
    size : int
        How many they are, unless the source ends before.

    Attributes
    ----------
    ids : list of str
        Those drawn so far, in order of first appearance.
    """

    def __init__(self, source: _Source, size: int) -> None:
        self.ids: list[str] = []
        self._contexts: list[pd.DataFrame] = []
        self._source = source
        self._size = size

    def draw(self) -> Iterator[str]:
        """Yield all ids, drawing those that have not been."""
        yield from self.ids
        while wanted := self._size - len(self.ids):
            block = self._source.take(wanted)
            if block is None:
                return
            self.ids += block.ids
            if block.context is not None:
                self._contexts.append(block.context)
            yield from block.ids

    @property
    def context(self) -> pd.DataFrame | None:
        """A row for each of the ids drawn, the one where it first appears; None if there is nothing beside them."""
        return pd.concat(self._contexts, ignore_index=True) if self._contexts else None


class Pieces:
    """The ids of a source in pieces of `size`, of which only the last is smaller.

    What can be gone through twice is: at first all of it is checked and counted, so that nothing is asked before all is known
    to be ids. An iterator, such as a generator or an open text file, is drawn no further than pieces are.

    Parameters
    ----------
    source, column
        As for `emailrcd.Client.query`.
    size : int
        Ids of a piece.

    Attributes
    ----------
    outline : list of (str, int), or None
        Of each piece the fingerprint and the number of its ids; None for an iterator.

    Raises
    ------
    IdsError
        Something is no email id. Of an iterator that is known, and raised, only when it is drawn.
    """

    def __init__(self, source: object, column: str | None, size: int) -> None:
        self.outline: list[tuple[str, int]] | None = None
        self._size = size
        self._blocks = in_blocks(source, column)
        self._columns = _Columns()
        self._source = _Source(self._blocks(), self._columns.learn)
        if not is_drawn(source):
            self.outline = [(digest(list(piece.draw())), len(piece.ids)) for piece in self]
            self._source = _Source(self._blocks(), self._columns.conform)

    def __iter__(self) -> Iterator[Piece]:
        """Yield the pieces, once and at least one; each is drawn to its end before the next."""
        more = True
        while more:
            piece = Piece(self._source, self._size)
            yield piece
            deque(piece.draw(), maxlen=0)
            more = not self._source.is_empty

    def notices(self) -> list[str]:
        """Say what the user should know of the ids drawn so far."""
        return self._source.notices()


class Unfinished:
    """Those of the pieces that must be asked, with their numbers.

    Attributes
    ----------
    total : int or None
        How many ids they hold; None where they come from an iterator.
    parts : int
        How many pieces have been looked at.
    kept : int
        How many of them the store holds.

    Raises
    ------
    EmailrcdError
        The store holds other ids.
    """

    def __init__(self, pieces: Pieces, store: Store) -> None:
        self.parts = 0
        self.kept = 0
        self._pieces = pieces
        self._store = store
        self.total: int | None = None
        if pieces.outline is not None:
            outline = enumerate(pieces.outline)
            self.total = sum(size for number, (ids, size) in outline if not store.holds(number, ids))

    def __iter__(self) -> Iterator[tuple[int, Piece]]:
        """Yield them, once."""
        for number, piece in enumerate(self._pieces):
            self.parts = number + 1
            if self._store.has(number) and self._store.holds(number, digest(list(piece.draw()))):
                self.kept += 1
            else:
                yield number, piece

    def notices(self) -> list[str]:
        """Say what the user should know so far."""
        if not self.kept:
            return self._pieces.notices()
        kept = "1 finished part was" if self.kept == 1 else f"{self.kept:,} finished parts were"
        return [*self._pieces.notices(), f"{kept} there and not asked again."]


class _Source:
    """The ids of blocks, each where it first appears, as many as are wanted at a time."""

    def __init__(self, found: Iterator[Ids], arrange: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
        self._arrange = arrange
        self._blocks = self._without_repeated(found)
        self._block = _Block([], None)
        self._taken = 0
        self._repeated = 0
        self._has_context = False
        self._doubts = Doubts()
        self._remarks: dict[str, None] = {}
        self._left_out: list[Refused] = []
        self._suspects: dict[str, str] = {}

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
        ids, context = self._block.ids[rows], self._block.context
        self._taken += len(ids)
        return _Block(ids, None if context is None else context.iloc[rows])

    def notices(self) -> list[str]:
        told = [
            *duplicates_told(self._repeated),
            *self._doubts.notices(),
            *left_out_told(self._left_out),
            *unlike_told(self._suspects),
            *self._remarks,
        ]
        if self._repeated and self._has_context and FIRST_KEPT not in told:
            told.append(FIRST_KEPT)
        return told

    def _without_repeated(self, found: Iterator[Ids]) -> Iterator[_Block]:
        given = 0
        with closing(Seen()) as seen:
            for ids in found:
                given += ids.given
                if ids.refused:
                    raise refusal(ids.refused, given)
                self._repeated += ids.duplicates
                self._remarks.update(dict.fromkeys(ids.remarks))
                self._left_out += ids.left_out
                self._suspects = {**ids.suspects, **self._suspects}
                is_new = seen.add(ids.ids)
                context = self._context(ids)
                if not all(is_new):
                    self._repeated += len(is_new) - sum(is_new)
                    context = None if context is None else context[is_new]
                fresh = list(compress(ids.ids, is_new))
                self._doubts.add(fresh)
                yield _Block(fresh, context)

    def _context(self, ids: Ids) -> pd.DataFrame | None:
        context = ids.context
        if context is None:
            return None
        self._has_context = True
        if ids.positions is not None:
            context = context.iloc[np.unique(ids.positions, return_index=True)[1]]
        return self._arrange(tabular(context).reset_index(drop=True))


class _Columns:
    """The user's columns in many blocks, of which each may know others, or the same of another kind."""

    def __init__(self) -> None:
        self._dtypes: dict[str, Any] = {}

    def learn(self, context: pd.DataFrame) -> pd.DataFrame:
        """Learn the columns of a block; return it as it is."""
        for name, values in context.items():
            known = self._dtypes.setdefault(str(name), None)
            if known != values.dtype and not values.isna().all():
                both = [pd.Series(dtype=dtype) for dtype in (known or values.dtype, values.dtype)]
                common = pd.concat(both).dtype
                self._dtypes[str(name)] = "str" if pd.api.types.is_object_dtype(common) else common
        return context

    def conform(self, context: pd.DataFrame) -> pd.DataFrame:
        """Return a block with the columns of all blocks, each of one kind."""
        return pd.DataFrame({name: _of_kind(context, name, dtype) for name, dtype in self._dtypes.items()})


def _of_kind(context: pd.DataFrame, name: str, dtype: Any) -> pd.Series[Any]:
    values = context[name] if name in context else pd.Series(None, index=context.index, dtype=object)
    if dtype is None or values.dtype == dtype:
        return values
    return values.astype(dtype).where(values.notna()) if dtype == "str" else values.astype(dtype)
