"""What a query owes the code that called it: warnings at its line, and tracebacks without what lies below it."""

from __future__ import annotations

import sys
import traceback
import warnings
from collections.abc import Callable, Iterable
from itertools import takewhile
from types import FrameType, TracebackType

from ..errors import EmailrcdError, EmailrcdWarning, QueryInterrupted


def callers_part(error: BaseException) -> TracebackType | None:
    """Return the part of a traceback that lies in code of the caller: theirs to mend, without what this package holds."""
    if isinstance(error, EmailrcdError | QueryInterrupted):
        return None
    trace = error.__traceback__
    while trace is not None and _is_of_package(trace.tb_frame):
        trace = trace.tb_next
    return trace or error.__traceback__


def _is_of_package(frame: FrameType) -> bool:
    return str(frame.f_globals.get("__package__")).partition(".")[0] == "emailrcd"


def tell(notices: Iterable[str], on_notice: Callable[[str], None] | None) -> None:
    """Hand over what the user should know, or warn about it where the package was called."""
    for notice in notices:
        if on_notice:
            on_notice(notice)
        else:
            warnings.warn(notice, EmailrcdWarning, stacklevel=_frames_of_package())


def _frames_of_package() -> int:
    """Return how many frames above the one that calls this are of this package, and that one."""
    frames = takewhile(lambda frame: _is_of_package(frame[0]), traceback.walk_stack(sys._getframe(1)))
    return sum(1 for _ in frames) + 1
