"""Faults on request: which there are, and which call gets one."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping
from random import Random
from typing import NamedTuple

from ..errors import EmailrcdError
from .tampering import BODIES, TAMPER

Parameter = float | str

CODES = ("-1", "-2", "-4", "-5", "-6", "-8", "-23", "-24", "-28", "-99")
"""Reply codes that can be asked for; -2 is documented of other methods, -99 of none."""

STATUSES = ("500", "502", "503", "429", "429_bare", "redirect")
"""HTTP replies other than 200."""

CONNECTION = ("reset", "reset_within", "close", "hang", "truncated", "slow", "huge")
"""Faults in how a reply is sent."""

CLOCK = {"clock_ahead": 1, "clock_behind": -1}
"""Faults of the server's clock, and the sign of their seconds."""

FAULTS: Mapping[str, Mapping[str, Parameter]] = {
    "latency": {"seconds": 1.0},
    **{name: {} for name in CONNECTION},
    "slow": {"interval": 0.1},
    "huge": {"megabytes": 64},
    **{name: {"seconds": 3600.0} for name in CLOCK},
    **{name: {} for name in STATUSES},
    "503": {"retry_after": ""},
    "429": {"retry_after": 1},
    "redirect": {"location": "/elsewhere/getSendEmailRcd"},
    "truncated_json": {},
    **{name: {} for name in BODIES},
    **{name: {} for name in TAMPER},
    **{name: {} for name in CODES},
}
"""Every fault by name, with its parameters and their defaults."""


class Fault(NamedTuple):
    """A fault that one call gets, or none; where it has several forms, `luck`, drawn from seed and call number, picks one."""

    name: str = ""
    parameters: Mapping[str, Parameter] = {}
    luck: float = 0.0

    def seconds(self, parameter: str) -> float:
        """Return a parameter that is a number."""
        return float(self.parameters[parameter])


class Faults:
    """Chooses the fault of each call: those injected first, in order; then by rate, as seed and call number decide."""

    def __init__(self, rates: Mapping[str, float], seed: int) -> None:
        for name, rate in rates.items():
            _defaults(name)
            if not 0 <= rate <= 1:
                raise EmailrcdError(f"The rate of fault {name!r} is {rate}; give a share of the calls between 0 and 1.")
        if sum(rates.values()) > 1 + 1e-9:
            raise EmailrcdError("The rates of all faults together are above 1; a call gets one fault at most.")
        self._rates = dict(rates)
        self._seed = seed
        self._injected: deque[tuple[str, Mapping[str, Parameter]]] = deque()
        self._lock = threading.Lock()

    def inject(self, name: str, times: int, parameters: Mapping[str, Parameter]) -> None:
        """Give the next `times` calls a fault; those asked for earlier come first."""
        defaults = _defaults(name)
        unknown = sorted(set(parameters) - set(defaults))
        if unknown:
            takes = ", ".join(defaults) or "none"
            raise EmailrcdError(f"Fault {name!r} has no parameter {', '.join(unknown)}. It takes: {takes}.")
        if times < 1:
            raise EmailrcdError(f"times must be 1 or more, not {times}.")
        with self._lock:
            self._injected.extend([(name, {**defaults, **parameters})] * times)

    def choose(self, number: int) -> Fault:
        """Return the fault of the call with this number; most have none."""
        luck = Random(f"fault:{self._seed}:{number}").random()  # noqa: S311 - chance, no secret
        with self._lock:
            if self._injected:
                return Fault(*self._injected.popleft(), luck)
        drawn = luck
        for name, rate in self._rates.items():
            drawn -= rate
            if drawn < 0:
                return Fault(name, FAULTS[name], luck)
        return Fault()


def _defaults(name: str) -> Mapping[str, Parameter]:
    if name not in FAULTS:
        raise EmailrcdError(f"There is no fault {name!r}. There are: {', '.join(FAULTS)}.")
    return FAULTS[name]
