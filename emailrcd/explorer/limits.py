"""What whoever runs ``emailrcd app`` allows each visitor; a user of their own machine has no limits."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple, TypeVar

from ..api.credentials import MARK
from ..errors import EmailrcdError

Result = TypeVar("Result")


class Limits(NamedTuple):
    """Limits of a visit.

    Attributes
    ----------
    max_rate : float
        Calls a second.
    max_memory : float
        MiB of memory of the process.
    file_seconds : float
        Seconds for reading a file.
    """

    max_rate: float = math.inf
    max_memory: float = math.inf
    file_seconds: float = math.inf

    @classmethod
    def of_this_visit(cls) -> Limits:
        """Return the limits that this process was told."""
        variables = {name: f"{MARK}_{name.upper()}" for name in cls._fields}
        return cls(**{name: float(os.environ[each]) for name, each in variables.items() if each in os.environ})

    def hold_memory(self) -> None:
        """Let this process take no more memory than it may; what asks for more fails, and says so."""
        if self.max_memory < math.inf:
            import resource

            limit = int(self.max_memory * 1024 * 1024)
            resource.setrlimit(resource.RLIMIT_AS, (limit, limit))

    def in_time(self, read: Callable[[], Result], name: str) -> Result:
        """Return what `read` returns, unless that takes too long.

        Raises
        ------
        EmailrcdError
            It does. A thread cannot be ended: it goes on, and what it reads is thrown away.
        """
        if self.file_seconds == math.inf:
            return read()
        pool = ThreadPoolExecutor(1)
        try:
            return pool.submit(read).result(self.file_seconds)
        except TimeoutError:
            problem = (
                f"Reading {name} took longer than the {self.file_seconds:g} s that a visit has for it, and was given up. "
                "Take a smaller file, or save it as CSV."
            )
        finally:
            pool.shutdown(wait=False)
        raise EmailrcdError(problem)
