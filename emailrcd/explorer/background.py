"""Work in threads, so that the kernel answers others meanwhile."""

from __future__ import annotations

import threading
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
        self._drawings: dict[str, Work] = {}
        self._is_drawing = False
        self._running = 0
        self._changed = threading.Condition()

    def run(self, work: Work) -> None:
        """Do this in a thread of its own."""

        def task() -> None:
            try:
                self._do(work)
            finally:
                with self._changed:
                    self._running -= 1
                    self._changed.notify_all()

        with self._changed:
            threading.Thread(target=task, daemon=True).start()
            self._running += 1

    def draw(self, name: str, work: Work) -> None:
        """Do this when the drawings before are done, unless another of the same name is wanted by then."""
        with self._changed:
            self._drawings[name] = work
            if self._is_drawing:
                return
            self._is_drawing = True
        self.run(self._draw_all)

    def wait(self, seconds: float | None = None) -> bool:
        """Wait for the end of all; False if it has not come within `seconds`."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._running, seconds)

    def _draw_all(self) -> None:
        while True:
            with self._changed:
                if not self._drawings:
                    self._is_drawing = False
                    return
                work = self._drawings.pop(next(iter(self._drawings)))
            self._do(work)

    def _do(self, work: Work) -> None:
        try:
            work()
        except Exception as exc:  # noqa: BLE001 - nobody sees an exception of a thread
            self._failed(exc)
