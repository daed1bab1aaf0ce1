"""Ctrl-C at any line of the package."""

from __future__ import annotations

import sys
from pathlib import Path

import emailrcd

PACKAGE = str(Path(emailrcd.__file__).parent)
LAST_RESORT = {"run", "_close"}
"""What ends a query that was interrupted: an interrupt of their own few lines, which make no call, has nobody to end it."""


class Interrupting:
    """Raises KeyboardInterrupt in this thread at one line of the package.

    Parameters
    ----------
    at : int
        How many lines are passed before.
    times : int
        How many lines in a row raise it.
    """

    def __init__(self, at: int, times: int) -> None:
        self.at, self.times = at, times
        self.lines = 0

    def __enter__(self) -> None:
        self.before = sys.gettrace()
        sys.settrace(self._call)

    def __exit__(self, *_: object) -> None:
        sys.settrace(self.before)

    def _call(self, frame, event, argument):
        code = frame.f_code
        return self._line if code.co_filename.startswith(PACKAGE) and code.co_name not in LAST_RESORT else None

    def _line(self, frame, event, argument):
        if event == "line":
            self.lines += 1
            if self.at <= self.lines < self.at + self.times:
                raise KeyboardInterrupt
        return self._line
