"""A few threads that answer batches a window ahead, and can be left at any moment.

The threads are daemons of our own: those of ``concurrent.futures`` are joined at exit, so that a reply that does not come
would keep a notebook or a command from ending.
"""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from queue import SimpleQueue

from ..errors import EmailrcdError, QueryStopped
from ..records.builder import Answers

Ask = Callable[[Sequence[str]], tuple[Answers, EmailrcdError | None]]

BATCHES_AHEAD = 8
"""Batches drawn ahead of the first one not answered yet, for each connection."""

_BATCHES_WAITING = 4
"""Batches waiting, for each connection, below which more are wanted: the calling thread need not wake for each answer."""

_POLL_SECONDS = 0.1


class Workers:
    """Answers the batches of one query.

    Parameters
    ----------
    ask : callable
        Answers one batch; called in several threads at once.
    connections : int
        How many.
    halt : threading.Event
        Set here when the query ends, so that waiting threads give up.
    """

    def __init__(self, ask: Ask, connections: int, halt: threading.Event) -> None:
        self.in_flight: dict[int, list[str]] = {}
        self.drawn = 0
        self._ask = ask
        self._connections = connections
        self._halt = halt
        self._work: SimpleQueue[tuple[int, list[str]] | None] = SimpleQueue()
        self._answered: dict[int, tuple[Answers, EmailrcdError | None]] = {}
        self._wanted = threading.Event()

    def run(
        self,
        batches: Iterator[list[str]],
        take: Callable[[int, Answers], None],
        tick: Callable[[], None],
        stop: threading.Event | None,
    ) -> None:
        """Answer all `batches`; `end` must be called after it, however it ended.

        Parameters
        ----------
        batches : iterator of list of str
            Drawn no more than a window ahead.
        take : callable
            Receives the number of a batch and its answers, soon after they have come.
        tick : callable
            Called several times a second.
        stop : threading.Event, optional
            Ends the work when it is set.

        Raises
        ------
        EmailrcdError
            The error that ended the query; `in_flight` holds the batches that were not answered.
        """
        window = self._connections * BATCHES_AHEAD
        more = True
        while True:
            while more and self.drawn - next(iter(self.in_flight), self.drawn) < window:
                more = self._submit(next(batches, None))
            if not self.in_flight:
                return
            if stop is not None and stop.is_set():
                raise QueryStopped("The query was stopped; what was obtained until then is kept.")
            tick()
            self._wanted.wait(_POLL_SECONDS)
            self._wanted.clear()
            for index in list(self._answered):
                self._take(index, take)

    def end(self, take: Callable[[int, Answers], object]) -> None:
        """Let the threads go, and take what has been answered meanwhile.

        May be called again if it was interrupted; `take` then may receive the same answers again.
        """
        self._halt.set()
        for _ in range(self._connections):
            self._work.put(None)
        for index, (answers, _) in list(self._answered.items()):
            take(index, answers)

    def _submit(self, batch: list[str] | None) -> bool:
        if batch is None:
            return False
        if self.drawn < self._connections:
            threading.Thread(target=self._work_off, name=f"emailrcd-{self.drawn}", daemon=True).start()
        self.in_flight[self.drawn] = batch
        self._work.put((self.drawn, batch))
        self.drawn += 1
        return True

    def _take(self, index: int, take: Callable[[int, Answers], None]) -> None:
        answers, error = self._answered[index]
        take(index, answers)
        # Not before: an interrupt must not come between an answer and its being taken.
        del self._answered[index]
        del self.in_flight[index]
        if error is not None:
            raise error

    def _work_off(self) -> None:
        while (item := self._work.get()) is not None and not self._halt.is_set():
            index, batch = item
            try:
                answers, error = self._ask(batch)
            except Exception as exc:  # noqa: BLE001 - a defect must end the query with a message, not hang it
                answers = Answers.undecided(batch)
                answers.close_undecided("The query ended before this id was answered.")
                answers.obtained()
                # Its text and its traceback stay here: they may hold what must not be shown.
                place = traceback.extract_tb(exc.__traceback__)[-1]
                error = EmailrcdError(
                    f"The query ended by a defect of emailrcd: {type(exc).__name__} in {Path(place.filename).name}, "
                    f"line {place.lineno}. Please report it with these words."
                )
                error.fatal = True
            self._answered[index] = answers, error
            if error is not None or self._work.qsize() < self._connections * _BATCHES_WAITING:
                self._wanted.set()
