"""The sandbox as users hold it."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Mapping
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, ClassVar, Self

from ..api.credentials import SANDBOX, Credentials
from ..errors import EmailrcdError
from . import samples
from .faults import Faults, Parameter
from .handler import Call
from .protocol import MAX_IDS
from .server import HOST, Server
from .world import World

if TYPE_CHECKING:
    import pandas as pd

    from ..query.client import Client


LOGGED = 10_000
"""How many of the latest calls are logged; the ids of more would fill the memory of a long run."""


class Sandbox:
    """A local server that keeps the API's contract, with a believable world of mail behind it.

    It listens as soon as it is made, on loopback only, and accepts only its own credentials. What it says of an id depends on
    nothing but the seed, the id and the time.

    Parameters
    ----------
    seed : int
        Another seed is another world.
    port : int
        0 takes a free one.
    latency : float
        Seconds added to every call, as a network would.
    faults : mapping of str to float, optional
        Share of calls that get a fault, by its name, for example ``{"reset": 0.05, "-23": 0.02}``.
    clock : callable
        Returns Unix time; the world's clock, also for timestamps and the ``Date`` header.
    max_ids : int
        Ids a call may carry, 1 to 200; more are refused with code -28.

    Raises
    ------
    EmailrcdError
        The port cannot be had, or a fault is unknown; the message lists those there are.

    Examples
    --------
    >>> with Sandbox(seed=1) as sandbox:
    ...     ids = sandbox.sample_ids(3)
    >>> len(ids)
    3
    """

    credentials: ClassVar[Credentials] = SANDBOX
    """The only credentials it accepts."""

    def __init__(
        self,
        *,
        seed: int = 0,
        port: int = 0,
        latency: float = 0.0,
        faults: Mapping[str, float] | None = None,
        clock: Callable[[], float] = time.time,
        max_ids: int = MAX_IDS,
    ) -> None:
        if latency < 0:
            raise EmailrcdError(f"latency must be a number of seconds, 0 or more, not {latency}.")
        if not 1 <= max_ids <= MAX_IDS:
            raise EmailrcdError(f"max_ids must be from 1 to {MAX_IDS}, not {max_ids}.")
        self.seed = seed
        self.world = World(seed)
        self.latency = latency
        self.faults = Faults(faults or {}, seed)
        self.clock = clock
        self.max_ids = max_ids
        self.numbers = count(1)
        self.log: deque[Call] = deque(maxlen=LOGGED)
        self._server = Server(self, port)
        self.base_url = f"http://{HOST}:{self._server.server_port}/email"

    def __repr__(self) -> str:
        closed = ", closed" if self._server.closing.is_set() else ""
        return f"<SANDBOX {self.base_url}, seed {self.seed}{closed}>"

    def client(self, **settings: Any) -> Client:
        """Return a client for this sandbox.

        Parameters
        ----------
        **settings
            Settings of `emailrcd.Client`. There is no limit of calls a second unless ``max_rate`` sets one.
        """
        from ..query.client import Client

        return Client(self.credentials, **{"base_url": self.base_url, "max_rate": None, **settings})

    def inject(self, fault: str, times: int = 1, **parameters: Parameter) -> None:
        """Give the next calls a fault. Faults asked for earlier come first.

        Parameters
        ----------
        fault : str
            In the connection: ``latency`` (``seconds``), ``reset``, ``reset_within`` (the reply), ``close``, ``hang``, ``slow``
            (``interval``), ``truncated``, ``huge`` (``megabytes``). HTTP: ``500``, ``502``, ``503`` and ``429``
            (``retry_after``), ``429_bare`` (without Retry-After), ``redirect`` (``location``). Clock: ``clock_ahead``,
            ``clock_behind`` (``seconds``). Replies that break the contract: ``malformed``, ``portal`` (a web page),
            ``truncated_json``, ``nested``, ``wrong_shape``, ``missing_field``, ``wrong_type``, ``unknown_status``,
            ``bad_bytes`` (in an address). Replies that lie: ``missing_rows``, ``double_rows`` (that contradict each other),
            ``repeated_rows``, ``foreign_row``, ``counts``, ``bad_time``. Harmless: ``numbers`` (in place of strings). A reply
            code: ``-1``, ``-2`` (of other methods), ``-4``, ``-5``, ``-6``, ``-8``, ``-23``, ``-24``, ``-28``, or
            ``-99`` (of no method).
        times : int
            How many calls get it.
        **parameters
            Those in brackets above; each has a default.

        Raises
        ------
        EmailrcdError
            The fault or the parameter is unknown.
        """
        self.faults.inject(fault, times, parameters)

    @property
    def calls(self) -> list[Call]:
        """The latest 10,000 calls, in the order they were answered; no headers."""
        return list(self.log.copy())

    def sample_ids(self, n: int = 1000) -> list[str]:
        """Return `n` distinct ids of mail of the last four days, oldest first; the same ones for an hour."""
        return samples.sample_ids(self.seed, self.clock(), n)

    def sample_campaign(self, n: int = 2000) -> pd.DataFrame:
        """Return sample ids with what a sender would know: columns email_id, campaign, template, sent_at."""
        return samples.sample_campaign(self.world, self.clock(), n)

    def write_sample(self, path: str | os.PathLike[str], n: int = 2000) -> Path:
        """Write a sample campaign to a ``.csv`` or ``.xlsx`` file; return its path."""
        return samples.write_sample(self.sample_campaign(n), path)

    def close(self) -> None:
        """Stop listening and hang up on every client. May be called again."""
        self._server.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()
