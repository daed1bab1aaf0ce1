"""Ids drawn from an iterator, a piece at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import islice

from ..errors import IdsError
from .model import Ids
from .rounding import Doubts
from .tables import from_entries


class Stream:
    """The distinct ids of an iterator, drawn no further than they are asked for.

    Whatever ends the drawing – an entry that is not an id, an error of the iterator, an interrupt –, no entry drawn is lost.

    Parameters
    ----------
    entries : iterable
        Ids, as text or whole numbers.
    size : int
        Entries drawn at once.

    Examples
    --------
    >>> list(Stream(["2208031112341000001", 2208031112341000001, "2208031112341000002"], size=2))
    ['2208031112341000001', '2208031112341000002']
    """

    def __init__(self, entries: Iterable[object], size: int) -> None:
        self._entries = iter(entries)
        self.suspects: dict[str, str] = {}
        self._size = size
        self._piece: list[object] = []
        self._ids: dict[str, None] = {}
        self._given = 0

    def __iter__(self) -> Iterator[str]:
        """Yield ids in order of first appearance.

        Raises
        ------
        IdsError
            An entry is not an id or has been rounded; the message names its place, counted from 1.
        """
        while True:
            # Unlike a new list, one that is extended keeps what came before an error.
            self._piece.extend(islice(self._entries, self._size))
            if not self._piece:
                return
            ids = from_entries(self._piece, lambda place: f"item {self._given + place + 1:,}")
            ids.check()
            for email_id, where in ids.suspects.items():
                self.suspects.setdefault(email_id, where)
            fresh = [email_id for email_id in ids.ids if email_id not in self._ids]
            self._ids.update(dict.fromkeys(fresh))
            self._given += len(self._piece)
            self._piece = []
            yield from fresh

    def drawn(self) -> list[str]:
        """Return all distinct ids drawn, in order; also those that stand beside an entry which ended the drawing."""
        for entry in self._piece:
            with suppress(IdsError):
                self._ids.update(dict.fromkeys(from_entries([entry], str).ids))
        return list(self._ids)

    @property
    def repeated(self) -> int:
        """How many of the entries drawn so far repeat an id."""
        return max(0, self._given - len(self._ids))

    @property
    def notices(self) -> list[str]:
        """What the user should know of the ids drawn so far."""
        doubts = Doubts()
        doubts.add(list(self._ids))
        told = Ids([], self._given, self.repeated, doubts=doubts.notices(self._given), suspects=self.suspects)
        return told.notices
