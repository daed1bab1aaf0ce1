"""The same query spread over the workers of a Dask cluster: the extra ``emailrcd[dask]``.

Every part of `query_to` is one task. The limits are cut into equal shares, and no more tasks run at once than there are shares,
so the connections and calls a second of the whole cluster never exceed what was asked for, whichever worker runs a task and
however many come and go. A worker that dies has its part asked again by another.

Workers read credentials from their own environment (or ``.env``, or keyring), so none is in a task, the scheduler or its log.
The folder must be one that all workers and this process see under the same name. The vendor's allow list must know the address
of every worker (else code -8).
"""

from __future__ import annotations

import os
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, suppress
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

import msgspec
import pandas as pd

from ..errors import EmailrcdError, QueryInterrupted, QueryStopped, require
from ..records.frame import beside
from ..records.parts import Parts
from ..records.store import PART_ROWS, Manifest, Store, digest
from .chunks import Piece, Pieces, Unfinished
from .client import Client, tell, transport_of
from .progress import Progress, bar

if TYPE_CHECKING:
    import distributed

_POLL_SECONDS = 0.1


class _Share(NamedTuple):
    """What one task may use of the cluster's limits."""

    connections: int
    max_rate: float | None


class _Answered(NamedTuple):
    """What a task tells of a part: no id and no address."""

    ids: int = 0
    calls: int = 0
    unanswered: int = 0
    problem: str = ""
    code: str | None = None


def query_to(
    directory: str | os.PathLike[str],
    ids: object,
    dask_client: distributed.Client,
    *,
    column: str | None = None,
    connections: int = 8,
    max_rate: float | None = 20,
    progress: bool = True,
    on_progress: Callable[[Progress], None] | None = None,
    on_notice: Callable[[str], None] | None = None,
    stop: threading.Event | None = None,
) -> Parts:
    """Ask about any number of `ids` from all workers of a Dask cluster, and write the records to Parquet parts.

    There is no `ledger`: a database that many machines write to over a network folder gets damaged. Finished parts are what
    the same call goes on from.

    Parameters
    ----------
    directory, ids, column
        As for `emailrcd.Client.query_to`; a folder that either began can be finished by the other.
    dask_client : distributed.Client
        Of any cluster; its workers need this package and their own credentials. Workers may come and go.
    connections : int
        Calls in flight at once, all workers together.
    max_rate : float or None
        Calls a second, all workers together; None for no limit.
    progress, on_progress, on_notice, stop
        As for `emailrcd.Client.query_to`; progress is told by whole parts, and on Dask's dashboard. The first notice names the
        hosts of the workers.

    Returns
    -------
    Parts
        As `emailrcd.Client.query_to`.

    Raises
    ------
    IdsError
        As for `emailrcd.Client.query_to`.
    EmailrcdError
        There are no workers; one has no credentials, or others than the rest; a part could not be asked, or its workers died.
        Finished parts are kept, and the same call goes on from them.
    QueryInterrupted
        Ctrl-C; likewise. The workers stop at once.
    """
    require("distributed", "dask", "A cluster")
    pieces = Pieces(ids, column, PART_ROWS)
    workers, manifest = _whom(dask_client)
    share, shares = _shares(connections, max_rate, len(workers))
    tell([_origin(workers, manifest)], on_notice)
    store = Store(os.path.abspath(os.path.expanduser(directory)), msgspec.structs.replace(manifest, rows=PART_ROWS))
    unfinished = Unfinished(pieces, store)
    work = _Work(dask_client, store, share)
    began, unanswered, done, calls = time.monotonic(), 0, 0, 0
    with bar(unfinished.total, max_rate, progress) as shown, closing(work.run(iter(unfinished), shares, stop)) as told:
        try:
            for answered in told:
                shown.update(answered.ids)
                done, calls, unanswered = done + answered.ids, calls + answered.calls, unanswered + answered.unanswered
                if on_progress:
                    on_progress(Progress(done, unfinished.total, calls, time.monotonic() - began, 0.0))
        except KeyboardInterrupt:
            raise QueryInterrupted(
                f"Interrupted. The parts that this call finished hold {done:,} ids; the same call goes on from them."
            ) from None
    store.finish(unfinished.parts)
    again = [f"{unanswered:,} ids stay unanswered; the same call asks their parts again."] if unanswered else []
    tell([*unfinished.notices(), *again], on_notice)
    return Parts(directory)


class _Work:
    """The tasks of one query."""

    def __init__(self, dask_client: distributed.Client, store: Store, share: _Share) -> None:
        self._dask_client = dask_client
        self._store = store
        self._share = share
        self._name = uuid.uuid4().hex
        self._numbers: dict[Any, int] = {}

    def run(
        self, unfinished: Iterator[tuple[int, Piece]], at_once: int, stop: threading.Event | None
    ) -> Generator[_Answered]:
        """Yield what tasks tell as they end, and nothings between, never having more than `at_once` of them."""
        import distributed

        ended = distributed.as_completed()
        pause = stop or threading.Event()
        try:
            while True:
                for number, piece in islice(unfinished, at_once - len(self._numbers)):
                    ended.add(self._submit(number, list(piece.draw()), piece.context))
                if not self._numbers:
                    return
                yield _Answered()
                if pause.wait(_POLL_SECONDS):
                    raise QueryStopped("The query was stopped; the finished parts are kept.")
                for future in ended.next_batch(block=False):
                    yield self._result(future)
        finally:
            self._end()

    def _submit(self, number: int, ids: list[str], context: pd.DataFrame | None) -> Any:
        future = self._dask_client.submit(
            _ask, self._name, self._store, number, ids, context, self._share, key=f"emailrcd-part-{number}-{self._name}"
        )
        self._numbers[future] = number
        return future

    def _end(self) -> None:
        """Stop what still runs: Dask by itself lets a task go on that nobody waits for any more."""
        if self._numbers and self._dask_client.status == "running":
            with suppress(OSError):
                self._dask_client.cancel(list(self._numbers))
                self._dask_client.run(_halt, self._name, on_error="ignore")

    def _result(self, future: Any) -> _Answered:
        import distributed

        number = self._numbers.pop(future)
        try:
            answered: _Answered = future.result()
        except distributed.KilledWorker as exc:
            allowed = exc.allowed_failures + 1
            answered = _Answered(
                problem=f"{allowed} workers died one after the other while they asked it. Their logs tell why; for want of "
                "memory, give each more, or start fewer on a machine."
            )
        except (distributed.CancelledError, OSError) as exc:
            answered = _Answered(problem=f"its task was lost ({type(exc).__name__}); look at the logs of the workers.")
        if not answered.problem and not self._store.has(number):
            answered = _Answered(
                problem=f"the workers wrote it elsewhere: {self._store.directory} must be a folder that all of them share."
            )
        if answered.problem:
            error = EmailrcdError(
                f"Part {number} was not finished: {answered.problem} Parts finished before are kept; the same call goes on "
                "from them."
            )
            error.code = answered.code
            raise error
        return answered


def _shares(connections: int, max_rate: float | None, workers: int) -> tuple[_Share, int]:
    """Cut the limits into equal shares, one for each worker if there are enough connections."""
    if not 1 <= connections <= 64 * workers:
        raise EmailrcdError(
            f"connections must be from 1 to 64 for each of {workers:,} workers, all of them together, not {connections}."
        )
    if max_rate is not None and not max_rate > 0:
        raise EmailrcdError(
            f"max_rate must be a number of calls a second above 0, or None for no limit, not {max_rate}."
        )
    shares = min(connections, workers)
    return _Share(connections // shares, max_rate and max_rate / shares), shares


def _whom(dask_client: distributed.Client) -> tuple[list[str], Manifest]:
    """Return the addresses of the workers and whom they ask, if all of them have the same credentials."""
    import distributed

    if not isinstance(dask_client, distributed.Client):
        raise EmailrcdError(
            "The third argument must be a distributed.Client: distributed.Client('tcp://scheduler:8786'), or "
            "distributed.Client() for a cluster on this machine."
        )
    try:
        found: dict[str, Manifest | str] = dask_client.run(_own_manifest)
    except (ImportError, AttributeError) as exc:
        problem = type(exc).__name__
    else:
        return list(found), _same(found)
    raise EmailrcdError(
        f"A worker has no emailrcd, or another version of it ({problem}). Install the same on all of them."
    )


def _same(found: dict[str, Manifest | str]) -> Manifest:
    if not found:
        raise EmailrcdError("The Dask cluster has no workers. Start some, or wait: dask_client.wait_for_workers(1).")
    for worker, manifest in found.items():
        if isinstance(manifest, str):
            raise EmailrcdError(
                f"The worker {worker} cannot ask: {manifest} Workers read credentials from their own environment, "
                "never from this process."
            )
    manifests = {manifest for manifest in found.values() if isinstance(manifest, Manifest)}
    if len(manifests) > 1:
        raise EmailrcdError(
            "The workers have credentials of different applications or servers. Give all of them the same."
        )
    return manifests.pop()


def _origin(workers: list[str], manifest: Manifest) -> str:
    """Say where calls come from: what is right for this machine may be refused from there."""
    hosts = sorted({urlsplit(worker).hostname or worker for worker in workers})
    origin = f"{len(hosts)} hosts" if len(hosts) > 1 else "one host"
    return (
        f"Calls to {manifest.base_url} come from {len(workers):,} workers on {origin}: {', '.join(hosts)}. If the account "
        "allows only certain addresses (code -8), each of them, as the vendor sees it, must be on its allow list."
    )


_halts: dict[str, threading.Event] = {}
"""In a worker: what ends the tasks of a query, by its name."""


def _halt(name: str) -> None:
    _halts.setdefault(name, threading.Event()).set()


def _own_manifest() -> Manifest | str:
    try:
        with Client.from_env() as client:
            return _manifest_of(client)
    except EmailrcdError as exc:
        return str(exc)


def _manifest_of(client: Client) -> Manifest:
    return Manifest(client.base_url, transport_of(client).credentials.app_id, client.sandbox)


def _ask(
    name: str, store: Store, number: int, ids: list[str], context: pd.DataFrame | None, share: _Share
) -> _Answered:
    """Ask about one part and write it; errors come back as words, for an exception would bring records with it."""
    last: deque[Progress] = deque(maxlen=1)
    try:
        with Client.from_env(connections=share.connections, max_rate=share.max_rate) as client:
            if not store.is_for(_manifest_of(client)):
                raise EmailrcdError("its credentials are of another application or server than those of the others.")
            if store.holds(number, digest(ids)):
                # Done before, by a worker that died before it was heard.
                return _Answered(len(ids))
            if share.max_rate:
                # Whoever had this share before may just have made a call.
                transport_of(client).limiter.pause(1 / share.max_rate)
            records = client.query(
                ids,
                progress=False,
                on_progress=last.append,
                on_notice=lambda _: None,
                stop=_halts.setdefault(name, threading.Event()),
            )
        if context is not None:
            records, _ = beside(records, context, None)
        store.write(number, records)
    except EmailrcdError as exc:
        return _Answered(problem=f"on the worker {_address()}: {exc}", code=exc.code)
    calls = last[0].calls if last else 0
    return _Answered(len(records), calls, int((records["status"] == "unanswered").sum()))


def _address() -> str:
    import distributed

    with suppress(ValueError):
        return str(distributed.get_worker().address)
    return "of this process"
