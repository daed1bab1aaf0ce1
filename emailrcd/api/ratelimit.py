"""How fast calls may start: a rate shared by all connections, and a pause for all of them."""

from __future__ import annotations

import threading
import time


class RateLimiter:
    """Spaces the starts of calls evenly over all threads of a client; without a rate, only its pauses count."""

    def __init__(self, max_rate: float | None) -> None:
        self._interval = 1 / max_rate if max_rate else 0.0
        self._lock = threading.Lock()
        self._next = 0.0
        self._paused_until = 0.0

    def acquire(self, halt: threading.Event) -> bool:
        """Wait for a turn; False if `halt` was set meanwhile."""
        while not halt.is_set():
            turn = self._reserve()
            if turn > 0 and halt.wait(turn):
                return False
            if self.paused == 0:
                return True
        return False

    def pause(self, seconds: float) -> None:
        """Let no call start for `seconds` from now."""
        with self._lock:
            self._paused_until = max(self._paused_until, time.monotonic() + seconds)

    @property
    def paused(self) -> float:
        """Seconds until calls may start again; 0 when there is no pause."""
        return max(0.0, self._paused_until - time.monotonic())

    def _reserve(self) -> float:
        """Take the next turn and return the seconds until it comes."""
        with self._lock:
            now = time.monotonic()
            turn = max(self._next, now, self._paused_until)
            self._next = turn + self._interval
            return turn - now
