"""What whoever runs ``emailrcd app`` allows each visitor; a user of their own machine has no limits."""

from __future__ import annotations

import math
import os
from typing import NamedTuple

from ..errors import EmailrcdError

VARIABLES = {
    "max_rate": "EMAILRCD_VISITOR_MAX_RATE",
    "max_memory": "EMAILRCD_VISITOR_MAX_MEMORY",
    "file_seconds": "EMAILRCD_VISITOR_FILE_SECONDS",
}
"""The variables by which a server tells the limits to the process of a visitor."""


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
        return cls(
            **{name: float(os.environ[variable]) for name, variable in VARIABLES.items() if variable in os.environ}
        )

    def hold_memory(self) -> None:
        """Let this process take no more memory than it may; what asks for more fails, and says so."""
        if self.max_memory < math.inf:
            import resource

            limit = int(self.max_memory * 1024 * 1024)
            resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def too_much_memory() -> EmailrcdError:
    """Return what a visitor is told who needs more than they may take."""
    return EmailrcdError(
        "This needs more memory than the app has for a visit. Take fewer ids at once, or a smaller file."
    )
