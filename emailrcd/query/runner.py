"""Asking about batches of ids in many threads, with progress and an orderly end: what every kind of query does."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

from ..api.transport import Transport
from ..errors import QueryInterrupted
from ..records.builder import Answers
from .batch import Acceptance, Asker
from .progress import Progress, bar
from .workers import Workers

_Closed = TypeVar("_Closed")


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
        Ids that need not be asked any more; whoever receives or recalls their answers adds to it.
    asker : Asker
        Knows the size of a batch, and what was odd about the replies.
    """

    def __init__(self, transport: Transport, acceptance: Acceptance, connections: int, max_rate: float | None) -> None:
        self._halt = threading.Event()
        self.done = 0
        self.asker = Asker(transport, acceptance, self._halt)
        self._workers = Workers(self.asker.ask, connections, self._halt)
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
        close: Callable[[BaseException | None], _Closed],
        *,
        total: int | None,
        progress: bool,
        on_progress: Callable[[Progress], None] | None,
        stop: threading.Event | None,
        kept: str,
    ) -> _Closed:
        """Ask about all `batches`, then close the query, whatever ended it.

        Parameters
        ----------
        batches : iterator of list of str
            Drawn no more than a window ahead.
        receive : callable
            Receives the number of a batch and its answers, as they come; the same once more if it was interrupted.
        tick : callable
            Called several times a second.
        close : callable
            Receives what ended the query, None if all were asked; what it returns is returned. It calls `end` first, and is
            called anew if it is interrupted.
        total : int or None
            How many ids they are, if that is known.
        progress, on_progress, stop
            As for `emailrcd.Client.query`.
        kept : str
            The sentence that tells who interrupts it where to find what was obtained.
        """
        try:
            self._ask_all(batches, receive, tick, total, progress, on_progress, stop)
            return close(None)
        except KeyboardInterrupt:
            return _close_whatever_comes(close, QueryInterrupted(f"Interrupted. {kept}"))
        except BaseException as exc:  # noqa: BLE001 - the caller's generator or on_progress may raise anything; it is raised again
            return _close_whatever_comes(close, exc)

    def end(self, receive: Callable[[int, Answers], object]) -> None:
        """Let the threads go, and receive what has been answered meanwhile; may be called again if it was interrupted."""
        self._workers.end(receive)

    def _ask_all(
        self,
        batches: Iterator[list[str]],
        receive: Callable[[int, Answers], None],
        tick: Callable[[], None],
        total: int | None,
        progress: bool,
        on_progress: Callable[[Progress], None] | None,
        stop: threading.Event | None,
    ) -> None:
        began = time.monotonic()
        with bar(total, self._max_rate, progress) as shown:

            def tell() -> None:
                shown.update(self.done - shown.n)
                tick()
                if on_progress:
                    paused = self._transport.limiter.paused
                    on_progress(Progress(self.done, total, self.asker.calls, time.monotonic() - began, paused))

            self._workers.run(batches, receive, tell, stop)
            tell()


def _close_whatever_comes(close: Callable[[BaseException | None], _Closed], error: BaseException) -> _Closed:
    """Close a query, also if it is interrupted while it is being closed: that costs a moment and no answer."""
    try:
        return close(error)
    except KeyboardInterrupt:
        return _close_whatever_comes(close, error)
