"""The one check of limits and lengths of time, for clients, queries, watches and clusters alike."""

from __future__ import annotations

import datetime
import math
from numbers import Integral, Real
from typing import Any

from ..errors import EmailrcdError

CONNECTIONS = 64
"""At most as many calls in flight in one process."""


def seconds(name: str, value: float | datetime.timedelta) -> float:
    """Return a length of time that a user gave in seconds or as a timedelta.

    Examples
    --------
    >>> seconds("deadline", datetime.timedelta(hours=1))
    3600.0
    """
    length = value.total_seconds() if isinstance(value, datetime.timedelta) else value
    if _is_number(length) and length >= 0:
        return float(length)
    raise EmailrcdError(
        f"{name} must be a number of seconds, 0 or more, or a timedelta such as datetime.timedelta(minutes=5), not {value!r}."
    )


def check_settings(
    method: str, connections: int, max_rate: float | None, timeout: tuple[float, float], attempts: int
) -> None:
    """Refuse settings of a client that cannot be meant."""
    if method not in ("POST", "GET"):
        raise EmailrcdError(f'method must be "POST" or "GET", not {method!r}.')
    check_connections(connections)
    check_max_rate(max_rate)
    if not (isinstance(timeout, tuple | list) and len(timeout) == 2 and all(map(_is_finite, timeout))):
        raise EmailrcdError(
            f"timeout must be two numbers of seconds above 0, to connect and for the whole reply, not {timeout!r}."
        )
    if not (_is_whole(attempts) and attempts >= 1):
        raise EmailrcdError(f"attempts must be 1 or more, not {attempts!r}.")


def check_connections(connections: int, workers: int = 1) -> None:
    """Refuse a number of connections that one process, or so many workers, cannot have."""
    if not (_is_whole(connections) and 1 <= connections <= CONNECTIONS * workers):
        each = f" for each of {workers:,} workers, {CONNECTIONS * workers:,} in all" if workers > 1 else ""
        raise EmailrcdError(f"connections must be from 1 to {CONNECTIONS}{each}, not {connections!r}.")


def check_max_rate(max_rate: float | None) -> None:
    """Refuse a rate that is not one."""
    if max_rate is not None and not _is_finite(max_rate):
        raise EmailrcdError(
            f"max_rate must be a number of calls a second above 0, or None for no limit, not {max_rate!r}."
        )


def _is_finite(value: Any) -> bool:
    return _is_number(value) and 0 < value < math.inf


def _is_number(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)


def _is_whole(value: Any) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool)
