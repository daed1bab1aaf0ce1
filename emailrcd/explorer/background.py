"""Work in threads, so that the kernel answers others meanwhile."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

Work = Callable[[], None]


class Background:
    """Tasks in threads of their own, and drawings one after another.

    Parameters
    ----------
    failed : callable
        Receives what a task raised: nobody sees an exception of a thread.
    """

    def __init__(self, failed: Callable[[Exception], None]) -> None:
        self._failed = failed
        self._threads: list[threading.Thread] = []
        self._drawings: dict[str, Work] = {}
        self._lock = threading.Lock()
        self._is_drawing = False

    def run(self, work: Work) -> None:
        """Do this in a thread of its own."""
        with self._lock:
            self._threads = [thread for thread in self._threads if thread.is_alive()]
            thread = threading.Thread(target=self._guarded, args=(work,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def draw(self, name: str, work: Work) -> None:
        """Do this when the drawings before are done, unless another of the same name is wanted by then."""
        with self._lock:
            self._drawings[name] = work
            if self._is_drawing:
                return
            self._is_drawing = True
        self.run(self._draw_all)

    def wait(self, seconds: float | None = None) -> bool:
        """Wait for the end of all; False if it has not come within `seconds`."""
        ends = None if seconds is None else time.monotonic() + seconds
        while True:
            with self._lock:
                thread = next((each for each in self._threads if each.is_alive()), None)
            if thread is None:
                return True
            thread.join(None if ends is None else max(0, ends - time.monotonic()))
            if ends is not None and time.monotonic() >= ends:
                return not any(each.is_alive() for each in self._threads)

    def _draw_all(self) -> None:
        while True:
            with self._lock:
                if not self._drawings:
                    self._is_drawing = False
                    return
                work = self._drawings.pop(next(iter(self._drawings)))
            self._guarded(work)

    def _guarded(self, work: Work) -> None:
        try:
            work()
        except Exception as exc:  # noqa: BLE001 - nobody sees an exception of a thread
            self._failed(exc)
