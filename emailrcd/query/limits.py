"""Checks of the settings of a client and a query."""

from __future__ import annotations

import datetime
import math

from ..errors import EmailrcdError


def seconds(name: str, value: float | datetime.timedelta) -> float:
    """Return a length of time that a user gave in seconds or as a timedelta.

    Raises
    ------
    EmailrcdError
        It is none; the message calls it `name`.

    Examples
    --------
    >>> seconds("deadline", datetime.timedelta(hours=1))
    3600.0
    """
    length = value.total_seconds() if isinstance(value, datetime.timedelta) else value
    if isinstance(length, int | float) and length >= 0:
        return length
    raise EmailrcdError(f"{name} must be a number of seconds, 0 or more, or a timedelta, not {value!r}.")


def check_settings(
    method: str, connections: int, max_rate: float | None, timeout: tuple[float, float], attempts: int
) -> None:
    """Refuse settings of a client that cannot be meant."""
    problem = None
    if method not in ("POST", "GET"):
        problem = f'method must be "POST" or "GET", not {method!r}.'
    elif not 1 <= connections <= 64:
        problem = f"connections must be from 1 to 64, not {connections}."
    elif max_rate is not None and not 0 < max_rate < math.inf:
        problem = f"max_rate must be a number of calls a second above 0, or None for no limit, not {max_rate}."
    elif len(timeout) != 2 or min(timeout) <= 0:
        problem = f"timeout must be two numbers of seconds above 0, to connect and for the whole reply, not {timeout}."
    elif attempts < 1:
        problem = f"attempts must be 1 or more, not {attempts}."
    if problem:
        raise EmailrcdError(problem)
