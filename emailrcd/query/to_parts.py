"""A query in instalments: every part is written as soon as its ids are answered, so that no more than a few are held."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from itertools import islice

from ..errors import EmailrcdError
from ..records.builder import Answers, Builder
from ..records.derived import malformed_times
from ..records.frame import beside
from ..records.store import Store
from .chunks import Piece, Unfinished
from .progress import Progress
from .recall import Memory
from .runner import Asking


class _Part:
    """A part that is being asked.

    Attributes
    ----------
    first_batch : int
        The number of its first batch.
    drawn : int
        How many of them have been drawn.
    """

    def __init__(self, number: int, piece: Piece, ids: Iterator[str], memory: Memory | None, first_batch: int) -> None:
        self.number = number
        self.piece = piece
        self.memory = memory
        self.first_batch = first_batch
        self.drawn = 0
        self.builder = Builder()
        self._ids = ids
        self._cut = 0
        self._all_cut = False
        self._entered: dict[int, int] = {}

    def batches(self, size: Callable[[], int]) -> Iterator[list[str]]:
        """Cut its ids into batches of the `size` that the server takes, drawing them as they are needed."""
        while batch := list(islice(self._ids, size())):
            self.drawn += 1
            self._cut += len(batch)
            yield batch
        self._all_cut = True

    @property
    def recalled(self) -> int:
        """How many of its ids are not in its batches, because the ledger answers for them."""
        return len(self.piece.ids) - self._cut

    @property
    def whole(self) -> bool:
        """Whether all of them have been answered."""
        return self._all_cut and sum(self._entered.values()) == self._cut

    def __contains__(self, index: int) -> bool:
        return self.first_batch <= index < self.first_batch + self.drawn

    def enter(self, index: int, answers: Answers) -> bool:
        """Take the answers of a batch; tell whether they are new. May be begun anew at any point."""
        is_new = index - self.first_batch not in self.builder
        if is_new:
            if self.memory is not None:
                self.memory.learn(answers)
            self.builder.add(index - self.first_batch, answers)
        self._entered[index] = len(answers.ids)
        return is_new


class Instalments:
    """Asks about any number of ids, once, and writes the answers in parts.

    Parameters
    ----------
    asking : Asking
        Asks.
    unfinished : Unfinished
        What is asked.
    store : Store
        Where parts are written.
    memory : callable, optional
        Returns a ledger's share in a part.
    """

    def __init__(
        self, asking: Asking, unfinished: Unfinished, store: Store, memory: Callable[[], Memory] | None
    ) -> None:
        self._asking = asking
        self._unfinished = unfinished
        self._store = store
        self._memory = memory
        self._open: list[_Part] = []
        self._recalled = 0
        self._renamed: dict[str, None] = {}
        self._malformed = 0
        self._first_malformed: list[str] = []
        self._unanswered = 0
        self._reason = ""

    def run(
        self,
        progress: bool,
        on_progress: Callable[[Progress], None] | None,
        stop: threading.Event | None,
    ) -> BaseException | None:
        """Ask about all ids; parameters as for `emailrcd.Client.query`. Returns what ended it, be it the caller's own error."""
        return self._asking.run(
            self._batches(),
            self._receive,
            self._commit_if_due,
            self._close,
            total=self._unfinished.total,
            progress=progress,
            on_progress=on_progress,
            stop=stop,
            kept="The finished parts are there; the same call goes on from them.",
        )

    def notices(self) -> list[str]:
        """Say what the user should know; complete once all has been asked."""
        told = [
            *self._unfinished.notices(),
            *self._renamed,
            *self._asking.asker.findings.notices(),
            *malformed_times(self._first_malformed, self._malformed),
        ]
        if self._recalled:
            told.append(f"{self._recalled:,} ids were answered from the ledger and not asked.")
        if self._unanswered:
            told.append(
                f"{self._unanswered:,} ids stay unanswered; the same call asks their parts again. One of the reasons: "
                f"{self._reason}"
            )
        return told

    def _batches(self) -> Iterator[list[str]]:
        """Draw the batches of all parts; none straddles two of them."""
        drawn = 0
        for number, piece in self._unfinished:
            memory = self._memory() if self._memory else None
            part = _Part(number, piece, self._to_ask(piece, memory), memory, drawn)
            self._open.append(part)
            yield from part.batches(lambda: self._asking.asker.size)
            drawn += part.drawn
            self._asking.done += part.recalled
            if part.whole:
                self._finish(part)

    def _to_ask(self, piece: Piece, memory: Memory | None) -> Iterator[str]:
        if memory is None:
            return piece.draw()
        if self._unfinished.total is None:
            return memory.unknown(piece.draw())
        return iter(memory.unknown_among(list(piece.draw())))

    def _enter(self, index: int, answers: Answers) -> _Part | None:
        """Enter the answers of a batch into its part, if that is not finished."""
        part = next((part for part in self._open if index in part), None)
        if part is not None and part.enter(index, answers):
            self._asking.done += len(answers.ids)
        return part

    def _receive(self, index: int, answers: Answers) -> None:
        part = self._enter(index, answers)
        if part is not None and part.whole:
            self._finish(part)

    def _close(self, error: BaseException | None) -> BaseException | None:
        """Keep what was obtained; may be begun anew at any point."""
        # A part that cannot be written must not keep the ledger from learning what belongs to others.
        self._asking.end(self._enter)
        for part in list(self._open):
            try:
                if part.memory is not None:
                    part.memory.commit()
                if part.whole:
                    self._finish(part)
            except EmailrcdError as exc:
                error = error or exc
        if error is None:
            try:
                self._store.finish(self._unfinished.parts)
            except EmailrcdError as exc:
                error = exc
        return error

    def _finish(self, part: _Part) -> None:
        """Write a part and forget it, in this order: an interrupt costs no more than to write it again."""
        records = part.builder.frame()
        malformed = part.builder.malformed
        recalled = 0
        if part.memory is not None:
            part.memory.commit()
            records = part.memory.complete(records)
            malformed = malformed + part.memory.malformed
            recalled = part.memory.recalled
        unanswered = records["error"][records["status"] == "unanswered"]
        if not (len(unanswered) and self._asking.halted):
            renamed: list[str] = []
            if part.piece.context is not None:
                records, renamed = beside(records, part.piece.context, None)
            self._store.write(part.number, records)
            self._renamed.update(dict.fromkeys(renamed))
            self._unanswered += len(unanswered)
            self._reason = self._reason or next(iter(unanswered), "")
        self._open.remove(part)
        self._malformed += len(malformed)
        self._first_malformed = self._first_malformed or malformed[:1]
        self._recalled += recalled

    def _commit_if_due(self) -> None:
        for part in self._open:
            if part.memory is not None:
                part.memory.commit_if_due()
