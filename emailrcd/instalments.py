"""A query in instalments: every part is written as soon as its ids are answered, so that no more than a few are held."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

from .asking import Asking, Ended, batches_of
from .errors import EmailrcdError
from .memory import Memory
from .parts import Store
from .pieces import Piece, Pieces
from .progress import Progress
from .records import Answers, Builder, beside, malformed_times


class _Part:
    """A part that is being asked."""

    def __init__(self, number: int, piece: Piece, memory: Memory | None, first_batch: int) -> None:
        self.number = number
        self.piece = piece
        self.memory = memory
        self.first_batch = first_batch
        self.builder = Builder()
        self.to_ask = piece.ids if memory is None else memory.unknown_among(piece.ids)
        self.left = len(self.to_ask)


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
        self._part_of: dict[int, _Part] = {}
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
    ) -> Ended | None:
        """Ask about all ids; parameters as for `emailrcd.Client.query`. Returns what ended it early."""
        total = None
        unfinished = (item for item in enumerate(self._pieces) if not self._holds(*item))
        if self._pieces.whole is not None:
            # What does not belong in this folder is then refused before anything is asked.
            found = list(unfinished)
            total = sum(len(piece.ids) for _, piece in found)
            unfinished = (item for item in found)
        error = self._asking.run(
            self._batches(unfinished),
            self._receive,
            self._commit_if_due,
            total=total,
            progress=progress,
            on_progress=on_progress,
            stop=stop,
            kept="The finished parts are there; the same call goes on from them.",
        )
        try:
            for part in self._open:
                if part.memory is not None:
                    part.memory.commit()
            if error is None:
                self._store.finish(self._parts)
        except EmailrcdError as exc:
            error = error or exc
        return error

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
            self._asking.done += len(piece.ids) - part.left
            for batch in batches_of(iter(part.to_ask), self._asking.asker):
                self._part_of[drawn] = part
                drawn += 1
                yield batch
            if not part.to_ask:
                self._finish(part)

    def _receive(self, index: int, answers: Answers) -> None:
        part = self._part_of.pop(index)
        part.builder.add(index - part.first_batch, answers)
        if part.memory is not None:
            part.memory.learn(answers)
        part.left -= len(answers.ids)
        if not part.left:
            self._finish(part)

    def _finish(self, part: _Part) -> None:
        records = part.builder.frame()
        self._note_malformed(part.builder.malformed)
        if part.memory is not None:
            part.memory.commit()
            records = part.memory.complete(records)
            self._note_malformed(part.memory.malformed)
            self._recalled += part.memory.recalled
        unanswered = records["error"][records["status"] == "unanswered"]
        self._open.remove(part)
        if len(unanswered):
            if self._asking.halted:
                return
            self._unanswered += len(unanswered)
            self._reason = self._reason or str(unanswered.iloc[0])
        if part.piece.context is not None:
            records, renamed = beside(records, part.piece.context, None)
            self._renamed.update(dict.fromkeys(renamed))
        self._store.write(part.number, records)

    def _commit_if_due(self) -> None:
        for part in self._open:
            if part.memory is not None:
                part.memory.commit_if_due()

    def _note_malformed(self, texts: list[str]) -> None:
        self._malformed += len(texts)
        self._first_malformed = self._first_malformed or texts[:1]
