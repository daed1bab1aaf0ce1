"""The same query spread over the workers of a Dask cluster: the extra ``emailrcd[dask]``.

Every part of `query_to` is one task. No more tasks run at once than there are shares of the limits, so the connections and
calls a second of the whole cluster never exceed what was asked for, whichever worker runs a task and however many come and go.
A worker that dies has its part asked again by another.

Workers read credentials from their own environment (or ``.env``, or keyring), so none is in a task, the scheduler or its log.
The folder must be one that all workers and this process see under the same name.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from .client import Client, tell
from .errors import EmailrcdError
from .parts import PART_ROWS, Manifest, Parts, Store
from .pieces import Piece, Pieces
from .progress import bar
from .records import beside

if TYPE_CHECKING:
    import distributed


class _Share(NamedTuple):
    """What one task may use of the cluster's limits."""

    connections: int
    max_rate: float | None


class _Answered(NamedTuple):
    """What a task tells of a part: no id and no address."""

    ids: int
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
    on_notice: Callable[[str], None] | None = None,
) -> Parts:
    """Ask about any number of `ids` from all workers of a Dask cluster, and write the records to Parquet parts.

    Parameters
    ----------
    directory, ids, column
        As for `emailrcd.Client.query_to`; a folder that either began can be finished by the other.
    dask_client : distributed.Client
        Of any cluster; its workers need this package and their own credentials.
    connections : int
        Calls in flight at once, all workers together.
    max_rate : float or None
        Calls a second, all workers together; None for no limit.
    progress : bool
        Show a bar.
    on_notice : callable, optional
        Receives what the user should know; without it that is warned about.

    Returns
    -------
    Parts
        As `emailrcd.Client.query_to`.

    Raises
    ------
    EmailrcdError
        A worker has no credentials, or others than the rest; a part could not be asked. Finished parts are kept, and the same
        call goes on from them.
    """
    pieces = Pieces(ids, column, PART_ROWS)
    manifest = _whom(dask_client)
    workers = dask_client.scheduler_info(n_workers=-1)["workers"]
    if not manifest.sandbox:
        hosts = sorted({worker["host"] for worker in workers.values()})
        tell(
            [f"Calls come from {len(hosts)} hosts: {', '.join(hosts)}. If the account allows only certain addresses "
             "(code -8), each of them, as the vendor sees it, must be among them."],
            on_notice,
        )  # fmt: skip
    store = Store(os.path.abspath(os.path.expanduser(directory)), manifest)
    shares = min(connections, len(workers))
    share = _Share(connections // shares, max_rate and max_rate / shares)
    work = _Work(dask_client, store, share)
    unfinished = work.unfinished(pieces)
    total = None
    if pieces.whole is not None:
        found = list(unfinished)
        total = sum(len(piece.ids) for _, piece in found)
        unfinished = iter(found)
    with bar(total, max_rate, progress) as shown:
        unanswered = 0
        for answered in work.run(unfinished, shares):
            shown.update(answered.ids)
            unanswered += answered.unanswered
    store.finish(work.parts)
    told = [f"{unanswered:,} ids stay unanswered; the same call asks their parts again."] if unanswered else []
    tell([*pieces.notices, *told], on_notice)
    return Parts(directory)


class _Work:
    """The tasks of one query."""

    def __init__(self, dask_client: distributed.Client, store: Store, share: _Share) -> None:
        self.parts = 0
        self._dask_client = dask_client
        self._store = store
        self._share = share

    def unfinished(self, pieces: Pieces) -> Iterator[tuple[int, Piece]]:
        """Yield the parts that must be asked."""
        for number, piece in enumerate(pieces):
            self.parts = number + 1
            if not self._store.holds(number, piece.ids):
                yield number, piece

    def run(self, unfinished: Iterator[tuple[int, Piece]], at_once: int) -> Iterator[_Answered]:
        """Yield what tasks tell as they end, never having more than `at_once` of them."""
        import distributed

        running = distributed.as_completed()
        number_of: dict[Any, int] = {}

        def submit(number: int, piece: Piece) -> None:
            future = self._dask_client.submit(_ask, self._store, number, piece, self._share, pure=False)
            number_of[future] = number
            running.add(future)

        try:
            for item in islice(unfinished, at_once):
                submit(*item)
            for future in running:
                answered = self._result(future, number_of.pop(future))
                for item in islice(unfinished, 1):
                    submit(*item)
                yield answered
        finally:
            self._dask_client.cancel(list(number_of))

    def _result(self, future: Any, number: int) -> _Answered:
        import distributed

        try:
            answered: _Answered = future.result()
        except (distributed.KilledWorker, distributed.CancelledError, OSError) as exc:
            answered = _Answered(0, problem=f"its task was lost ({type(exc).__name__}); look at the workers' logs.")
        if not answered.problem and not self._store.has(number):
            answered = _Answered(
                0,
                problem=f"the workers wrote it elsewhere: {self._store.directory} must be a folder that all of them share.",
            )
        if answered.problem:
            error = EmailrcdError(f"Part {number} was not finished: {answered.problem}")
            error.code = answered.code
            raise error
        return answered


def _whom(dask_client: distributed.Client) -> Manifest:
    """Return whom the workers ask, if all of them have the same credentials."""
    found: dict[str, Manifest | str] = dask_client.run(_own_manifest)
    if not found:
        raise EmailrcdError("The Dask cluster has no workers. Start some, or wait: dask_client.wait_for_workers(1).")
    manifests = set(found.values())
    for worker, manifest in found.items():
        if isinstance(manifest, str):
            raise EmailrcdError(f"The worker {worker} cannot ask: {manifest}")
    if len(manifests) > 1:
        raise EmailrcdError(
            "The workers have credentials of different applications or servers. Give all of them the same."
        )
    return next(manifest for manifest in manifests if isinstance(manifest, Manifest))


def _own_manifest() -> Manifest | str:
    try:
        client = _client(_Share(1, None))
    except EmailrcdError as exc:
        return str(exc)
    app_id = client.transport.credentials.app_id
    return Manifest(client.base_url, app_id, client.sandbox)


@functools.cache
def _client(share: _Share) -> Client:
    """Return this process's client; its limit of calls a second holds from one part to the next."""
    return Client.from_env(connections=share.connections, max_rate=share.max_rate)


def _ask(store: Store, number: int, piece: Piece, share: _Share) -> _Answered:
    """Ask about one part and write it; errors come back as words, for an exception would bring records with it."""
    try:
        records = _client(share).query(piece.ids, progress=False, on_notice=lambda _: None)
        if piece.context is not None:
            records, _ = beside(records, piece.context, None)
        store.write(number, records)
    except EmailrcdError as exc:
        return _Answered(0, problem=str(exc), code=exc.code)
    return _Answered(len(records), int((records["status"] == "unanswered").sum()))
