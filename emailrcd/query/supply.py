"""The ids of one query on their way in: taken or drawn, without those that a ledger knows, cut into numbered batches."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator
from itertools import islice

from ..api.contract import MAX_IDS
from ..ids import Ids, Stream, is_drawn
from ..records.sources import take
from .recall import Memory


class Supply:
    """An account of the ids of one query: an interrupt between any two steps loses none of them.

    Parameters
    ----------
    source : object
        As for `emailrcd.Client.query`; an iterator is drawn as batches are cut.
    column : str or None
        The name of the id column.
    memory : Memory or None
        Its ids are left out.

    Attributes
    ----------
    taken : Ids or None
        What was given; None for an iterator.
    total : int or None
        How many ids must be asked; None for an iterator.

    Raises
    ------
    EmailrcdError
        What was given cannot be taken as ids, or the ledger cannot be read.
    """

    def __init__(self, source: object, column: str | None, memory: Memory | None) -> None:
        self._memory = memory
        self._cut: list[int] = []
        self.taken: Ids | None = None
        self.total: int | None = None
        if is_drawn(source):
            self._stream = Stream(source, MAX_IDS)
            drawn = iter(self._stream)
            self._ids = drawn if memory is None else memory.unknown(drawn)
        else:
            self.taken = take(source, column)
            self.taken.check()
            self._listed = self.taken.ids if memory is None else memory.unknown_among(self.taken.ids)
            self._ids = iter(self._listed)
            self.total = len(self._listed)

    def batches(self, size: Callable[[], int]) -> Iterator[list[str]]:
        """Cut the ids into batches of the `size` that the server takes, which a query may learn on its way."""
        while batch := list(islice(self._ids, size())):
            self._cut.append(len(batch))
            yield batch

    def remaining(self, entered: Container[int]) -> Iterator[tuple[int, list[str]]]:
        """Yield the batches whose numbers are not among those `entered`; the last one is all that was drawn and never cut."""
        ids = self._to_ask()
        start = 0
        for number, size in enumerate([*self._cut, len(ids) - sum(self._cut)]):
            if size and number not in entered:
                yield number, ids[start : start + size]
            start += size

    def notices(self) -> list[str]:
        """Say what the user should know about what was given."""
        return self._stream.notices() if self.taken is None else self.taken.notices

    def _to_ask(self) -> list[str]:
        if self.taken is not None:
            return self._listed
        drawn = self._stream.drawn()
        if self._memory is None:
            return drawn
        known = self._memory.known.ljust(len(drawn), b"\0")
        return [email_id for email_id, is_known in zip(drawn, known, strict=True) if not is_known]
