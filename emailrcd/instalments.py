"""A query in instalments: every part is written as soon as its ids are answered, so that no more than a few are held."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

from .asking import Asking
from .errors import EmailrcdError
from .ids import Ids
from .memory import Memory
from .parts import Store
from .pieces import Piece, Pieces
from .progress import Progress
from .records import Answers, Builder, beside, malformed_times
from .supply import Supply


class _Part:
    """A part that is being asked.

    Attributes
    ----------
    first_batch : int
        The number of its first batch.
    batches : int
        How many of them have been drawn.
    """

    def __init__(self, number: int, piece: Piece, memory: Memory | None, first_batch: int) -> None:
        self.number = number
        self.piece = piece
        self.memory = memory
        self.first_batch = first_batch
        self.batches = 0
        self.builder = Builder()
        self.supply = Supply(Ids(piece.ids, len(piece.ids)), None, memory)
        self._entered: dict[int, int] = {}

    @property
    def to_ask(self) -> int:
        """How many of its ids must be asked."""
        return self.supply.total or 0

    @property
    def whole(self) -> bool:
        """Whether all of them have been."""
        return sum(self._entered.values()) == self.to_ask

    def __contains__(self, index: int) -> bool:
        return self.first_batch <= index < self.first_batch + self.batches

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
    pieces : Pieces
        What is asked.
    store : Store
        Where parts are written, and finished ones found.
    memory : callable, optional
        Returns a ledger's share in a part.
    """

    def __init__(self, asking: Asking, pieces: Pieces, store: Store, memory: Callable[[], Memory] | None) -> None:
        self._asking = asking
        self._pieces = pieces
        self._store = store
        self._memory = memory
        self._open: list[_Part] = []
        self._parts = 0
        self._kept = 0
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
        total = None
        unfinished = (item for item in enumerate(self._pieces) if not self._holds(*item))
        if self._pieces.whole is not None:
            # What does not belong in this folder is then refused before anything is asked.
            try:
                found = list(unfinished)
            except EmailrcdError as exc:
                return exc
            total = sum(len(piece.ids) for _, piece in found)
            unfinished = (item for item in found)
        return self._asking.run(
            self._batches(unfinished),
            self._receive,
            self._commit_if_due,
            self._close,
            total=total,
            progress=progress,
            on_progress=on_progress,
            stop=stop,
            kept="The finished parts are there; the same call goes on from them.",
        )

    def notices(self) -> list[str]:
        """Say what the user should know; complete once all has been asked."""
        told = [
            *self._pieces.notices,
            *self._renamed,
            *self._asking.asker.findings.notices(),
            *malformed_times(self._first_malformed, self._malformed),
        ]
        if self._kept:
            told.append(f"{self._kept:,} finished parts were there and not asked again.")
        if self._recalled:
            told.append(f"{self._recalled:,} ids were answered from the ledger and not asked.")
        if self._unanswered:
            told.append(
                f"{self._unanswered:,} ids stay unanswered; the same call asks their parts again. One of the reasons: "
                f"{self._reason}"
            )
        return told

    def _holds(self, number: int, piece: Piece) -> bool:
        self._parts = number + 1
        finished = self._store.holds(number, piece.ids)
        self._kept += finished
        return finished

    def _batches(self, pieces: Iterator[tuple[int, Piece]]) -> Iterator[list[str]]:
        """Draw the batches of all parts; none straddles two of them."""
        drawn = 0
        for number, piece in pieces:
            part = _Part(number, piece, self._memory() if self._memory else None, drawn)
            self._open.append(part)
            self._asking.done += len(piece.ids) - part.to_ask
            for batch in part.supply.batches(lambda: self._asking.asker.size):
                part.batches += 1
                yield batch
            drawn += part.batches
            if not part.to_ask:
                self._finish(part)

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
                self._store.finish(self._parts)
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
