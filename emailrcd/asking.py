"""Asking about batches of ids in many threads, with progress and an early end: what every kind of query does."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import islice

from .batches import Acceptance, Asker
from .errors import EmailrcdError, QueryInterrupted
from .progress import Progress, bar
from .records import Answers
from .transport import Transport
from .workers import Workers

Ended = EmailrcdError | QueryInterrupted
"""What ends a query early."""


class Asking:
    """Asks about batches, once.

    Parameters
    ----------
    transport : Transport
        Makes the calls; tells also of pauses.
    acceptance : Acceptance
        Shared by all queries of a client.
    connections : int
        Calls in flight at once.
    max_rate : float or None
        Calls a second; only to tell how long it will take.

    Attributes
    ----------
    done : int
        Ids that need not be asked any more; whoever takes them out without asking adds to it.
    """

    def __init__(self, transport: Transport, acceptance: Acceptance, connections: int, max_rate: float | None) -> None:
        self._halt = threading.Event()
        self.done = 0
        self.asker = Asker(transport, acceptance, self._halt)
        self.workers = Workers(self.asker.ask, connections, self._halt)
        self._transport = transport
        self._max_rate = max_rate

    @property
    def halted(self) -> bool:
        """Whether it is ending early, or has ended: what is left unanswered from now on may be so for that reason."""
        return self._halt.is_set()

    def run(
        self,
        batches: Iterator[list[str]],
        receive: Callable[[int, Answers], None],
        tick: Callable[[], None],
        *,
        total: int | None,
        progress: bool,
        on_progress: Callable[[Progress], None] | None,
        stop: threading.Event | None,
        kept: str,
    ) -> Ended | None:
        """Ask about all `batches`; return what ended it early.

        Parameters
        ----------
        batches : iterator of list of str
            Drawn no more than a window ahead.
        receive : callable
            Receives the number of a batch and its answers, as they come.
        tick : callable
            Called several times a second.
        total : int or None
            How many ids they are, if that is known.
        progress, on_progress, stop
            As for `emailrcd.Client.query`.
        kept : str
            The sentence that tells who interrupts it where to find what was obtained.
        """
        began = time.monotonic()

        def take(index: int, answers: Answers) -> None:
            self.done += len(answers.ids)
            receive(index, answers)

        with bar(total, self._max_rate, progress) as shown:

            def tell() -> None:
                shown.update(self.done - shown.n)
                tick()
                if on_progress:
                    paused = self._transport.limiter.paused
                    on_progress(Progress(self.done, total, self.asker.calls, time.monotonic() - began, paused))

            error: Ended | None = None
            try:
                self.workers.run(batches, take, tell, stop)
                tell()
            except EmailrcdError as exc:
                error = exc
            except KeyboardInterrupt:
                error = QueryInterrupted(f"Interrupted. {kept}")
        if error is not None:
            # What ended it is what has to be told, not what happens to the rest.
            with suppress(EmailrcdError):
                self.workers.take_finished(receive)
        return error


def batches_of(ids: Iterator[str], asker: Asker) -> Iterator[list[str]]:
    """Cut `ids` into batches of the size the server takes, which a query may learn on its way."""
    while batch := list(islice(ids, asker.size)):
        yield batch
