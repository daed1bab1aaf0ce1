"""A call that the sandbox got, as it is logged: never a header, so never a key or a signature."""

from __future__ import annotations

from dataclasses import dataclass

LOGGED = 10_000
"""How many of the latest calls are logged; the ids of more would fill the memory of a long run."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call as the sandbox saw it.

    Attributes
    ----------
    number : int
        Counted from 1 in the order of arrival.
    at : float
        When it came, by the sandbox's clock.
    method, path : str
        ``"POST"`` or ``"GET"``, and the path without the query string.
    email_ids : str
        The ids asked, joined by commas.
    outcome : str
        The reply's code (``"0"`` is success), an HTTP status other than 200, or the name of the fault that left no reply.
    fault : str or None
        The fault the call was given.
    """

    number: int
    at: float
    method: str
    path: str
    email_ids: str
    outcome: str
    fault: str | None

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids asked."""
        return tuple(self.email_ids.split(",")) if self.email_ids else ()

    @property
    def count(self) -> int:
        """How many ids were asked."""
        return len(self.ids)
