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
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import closing, suppress
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

import msgspec

from ..errors import EmailrcdError, QueryInterrupted, QueryStopped, require
from ..records.parts import Parts
from ..records.store import PART_ROWS, Manifest, Store, digest
from .account import Account
from .callers import tell
from .chunks import Chunk, Chunks, UnfinishedChunks
from .client import Client, transport_of
from .limits import check_connections, check_max_rate
from .progress import Progress, bar
from .runner import Runner
from .sinks import ToParts

if TYPE_CHECKING:
    import distributed

_POLL_SECONDS = 0.1


class _Outcome(NamedTuple):
    """What a task tells of a part: no id and no address."""

    ids: int = 0
    account: Account = Account()
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
    chunks = Chunks(ids, column, PART_ROWS)
    workers, manifest = _workers_of(dask_client)
    share, shares = _shares(connections, max_rate, len(workers))
    tell([_origin(workers, manifest)], on_notice)
    store = Store(os.path.abspath(os.path.expanduser(directory)), msgspec.structs.replace(manifest, rows=PART_ROWS))
    source = UnfinishedChunks(chunks, store)
    began, account = time.monotonic(), Account()
    reached = Progress(0, source.total, 0, 0.0, 0.0)
    tasks = _outcomes(dask_client, store, iter(source), share, shares, stop)
    try:
        with bar(reached, max_rate, progress) as shown, closing(tasks) as outcomes:
            for outcome in outcomes:
                shown.update(outcome.ids)
                account += outcome.account
                elapsed = time.monotonic() - began
                reached = reached._replace(done=reached.done + outcome.ids, calls=account.calls, elapsed=elapsed)
                if on_progress:
                    on_progress(reached)
        store.finish(source.count)
    except KeyboardInterrupt:
        raise QueryInterrupted(
            f"Interrupted. The parts that this call finished hold {reached.done:,} ids; the same call goes on from them."
        ) from None
    finally:
        tell([*source.notices(), *account.notices(), *account.left_unanswered(ToParts.advice)], on_notice)
    return Parts(directory)


def _outcomes(
    dask_client: distributed.Client,
    store: Store,
    chunks: Iterator[Chunk],
    share: Mapping[str, Any],
    at_once: int,
    stop: threading.Event | None,
) -> Generator[_Outcome]:
    """Yield outcomes as the tasks of parts end, and empty ones between, never having more than `at_once` tasks."""
    import distributed

    ended = distributed.as_completed()
    pause = stop or threading.Event()
    run = uuid.uuid4().hex
    numbers: dict[Any, int] = {}
    try:
        while True:
            for chunk in islice(chunks, at_once - len(numbers)):
                key = f"emailrcd-part-{chunk.number}-{run}"
                whole = Chunk(chunk.number, list(chunk.draw()), chunk.context, suspects=chunk.suspects)
                future = dask_client.submit(_ask, key, store, whole, share, key=key)
                numbers[future] = chunk.number
                ended.add(future)
            if not numbers:
                return
            yield _Outcome()
            if pause.wait(_POLL_SECONDS):
                raise QueryStopped("The query was stopped; the finished parts are kept.")
            for future in ended.next_batch(block=False):
                yield _finished(store, numbers.pop(future), future)
    finally:
        # What still runs looks after being cancelled.
        if numbers and dask_client.status == "running":
            with suppress(OSError):
                dask_client.cancel(list(numbers))


def _finished(store: Store, number: int, future: Any) -> _Outcome:
    """Return the outcome of a part that was written."""
    import distributed

    try:
        outcome: _Outcome = future.result()
    except distributed.KilledWorker as exc:
        allowed = exc.allowed_failures + 1
        outcome = _Outcome(
            problem=f"{allowed} workers died one after the other while they asked it. Their logs tell why; for want of "
            "memory, give each more, or start fewer on a machine."
        )
    except (distributed.CancelledError, OSError) as exc:
        outcome = _Outcome(problem=f"its task was lost ({type(exc).__name__}); look at the logs of the workers.")
    if not outcome.problem and not store.has(number):
        outcome = _Outcome(
            problem=f"the workers wrote it elsewhere: {store.directory} must be a folder that all of them share."
        )
    if outcome.problem:
        error = EmailrcdError(
            f"Part {number} was not finished: {outcome.problem} Parts finished before are kept; the same call goes on "
            "from them."
        )
        error.code = outcome.code
        raise error
    return outcome


def _shares(connections: int, max_rate: float | None, workers: int) -> tuple[dict[str, Any], int]:
    """Cut the limits into equal shares, one for each worker if there are enough connections."""
    check_connections(connections, workers)
    check_max_rate(max_rate)
    shares = min(connections, workers)
    return {"connections": connections // shares, "max_rate": max_rate and max_rate / shares}, shares


def _workers_of(dask_client: distributed.Client) -> tuple[list[str], Manifest]:
    """Return the addresses of the workers and what they query, if all of them have the same credentials."""
    import distributed

    if not isinstance(dask_client, distributed.Client):
        raise EmailrcdError(
            "The third argument must be a distributed.Client: distributed.Client('tcp://scheduler:8786'), or "
            "distributed.Client() for a cluster on this machine."
        )
    try:
        manifests: dict[str, Manifest | str] = dask_client.run(_own_manifest)
    except (ImportError, AttributeError) as exc:
        raise EmailrcdError(
            f"A worker has no emailrcd, or another version of it ({type(exc).__name__}). Install the same on all of them."
        ) from None
    if not manifests:
        raise EmailrcdError("The Dask cluster has no workers. Start some, or wait: dask_client.wait_for_workers(1).")
    for worker, manifest in manifests.items():
        if isinstance(manifest, str):
            raise EmailrcdError(
                f"The worker {worker} cannot ask: {manifest} Workers read credentials from their own environment, "
                "never from this process."
            )
    different = {manifest for manifest in manifests.values() if isinstance(manifest, Manifest)}
    if len(different) > 1:
        raise EmailrcdError("The workers have credentials of different applications or servers: give all the same.")
    return list(manifests), different.pop()


def _origin(workers: list[str], manifest: Manifest) -> str:
    """Say where calls come from: what is right for this machine may be refused from there."""
    hosts = sorted({urlsplit(worker).hostname or worker for worker in workers})
    origin = f"{len(hosts)} hosts" if len(hosts) > 1 else "one host"
    return (
        f"Calls to {manifest.base_url} come from {len(workers):,} workers on {origin}: {', '.join(hosts)}. If the account "
        "allows only certain addresses (code -8), each of them, as the vendor sees it, must be on its allow list."
    )


def _own_manifest() -> Manifest | str:
    try:
        with Client.from_env() as client:
            return _manifest_of(client)
    except EmailrcdError as exc:
        return str(exc)


def _manifest_of(client: Client) -> Manifest:
    return Manifest(client.base_url, transport_of(client).credentials.app_id, client.sandbox)


def _ask(key: str, store: Store, chunk: Chunk, share: Mapping[str, Any]) -> _Outcome:
    """Ask about one part and write it; errors come back as words, for an exception would bring records with it."""
    import distributed

    worker, stop = distributed.get_worker(), threading.Event()

    def look(_: Progress) -> None:
        """Stop once nobody waits for this task any more: Dask by itself lets it go on."""
        task = worker.state.tasks.get(key)
        if task is None or task.state == "cancelled":
            stop.set()

    try:
        with Client.from_env(**share) as client:
            if not store.is_for(_manifest_of(client)):
                raise EmailrcdError("its credentials are of another application or server than those of the others.")
            if store.holds(chunk.number, digest(chunk.ids)):
                # Done before, by a worker that died before it was heard.
                return _Outcome(len(chunk.ids))
            if client.max_rate:
                # Whoever had this share before may just have made a call.
                transport_of(client).limiter.pause(1 / client.max_rate)
            runner = Runner(transport_of(client), _Part(chunk), ToParts(store))
            error = runner.run(on_progress=look, stop=stop)
        if error is not None:
            raise error
    except EmailrcdError as exc:
        return _Outcome(problem=f"on the worker {worker.address}: {exc}", code=exc.code)
    return _Outcome(len(chunk.ids), runner.account)


class _Part:
    """One chunk as all that is asked."""

    def __init__(self, chunk: Chunk) -> None:
        self.total: int | None = len(chunk.ids)
        self._chunk = chunk

    def __iter__(self) -> Iterator[Chunk]:
        yield self._chunk

    def notices(self) -> list[str]:
        return []
