"""One query: ids are drawn in chunks, cut into batches, answered by a few threads, and handed to a sink in order.

The threads are daemons of our own: those of ``concurrent.futures`` are joined at exit, so that a reply that does not come
would keep a notebook or a command from ending.
"""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import SimpleQueue
from typing import Protocol

from ..api.transport import Transport
from ..errors import EmailrcdError, QueryInterrupted, QueryStopped, ResourcesExhausted
from .account import Account
from .batch import BatchResolver
from .chunk_records import Batch, ChunkRecords
from .chunks import Chunk
from .progress import Progress, bar
from .recall import Recall
from .sinks import Sink

BATCHES_AHEAD = 8
"""Batches drawn ahead of the first one not answered yet, for each connection."""

_BATCHES_WAITING = 4
"""Batches waiting, for each connection, below which more are wanted: the calling thread need not wake for each answer."""

_POLL_SECONDS = 0.1


class Source(Protocol):
    """What is asked: chunks of `total` ids, or of None where that is not known."""

    total: int | None

    def __iter__(self) -> Iterator[Chunk]:
        """Yield the chunks, once."""

    def notices(self) -> list[str]:
        """Say what the user should know of the ids."""


class Runner:
    """Asks about all ids of a source, once, and hands the records of each chunk to a sink.

    Whatever changes an account can be done again: an interrupt at any line costs no id and no answer.
    """

    def __init__(
        self,
        transport: Transport,
        source: Source,
        sink: Sink,
        recall: Recall | None = None,
    ) -> None:
        self.notices: list[str] = []
        self._transport = transport
        self._connections = transport.connections
        self._source = source
        self._sink = sink
        self._recall = recall
        self._halt = threading.Event()
        self._resolver = BatchResolver(transport, self._halt)
        self._open: list[ChunkRecords] = []
        self._accounts: dict[int, Account] = {}
        self._in_flight: list[Batch] = []
        self._drawn = 0
        self._all_drawn = False
        self._threads = 0
        self._queue: SimpleQueue[Batch | None] = SimpleQueue()
        self._wanted = threading.Event()

    @property
    def account(self) -> Account:
        """What is to be told of all calls, and of the ids of finished chunks."""
        return sum(self._accounts.values(), self._resolver.account)

    def run(
        self,
        *,
        progress: bool = False,
        on_progress: Callable[[Progress], None] | None = None,
        stop: threading.Event | None = None,
    ) -> BaseException | None:
        """Ask, and close the sink; return what ended it early, be it the caller's own error."""
        try:
            self._ask_all(progress, on_progress, stop)
            return self._close(None)
        except BaseException as exc:  # noqa: BLE001 - the caller's generator or on_progress may raise anything; it is raised again
            return self._close(self._told(exc))

    def _ask_all(
        self, progress: bool, on_progress: Callable[[Progress], None] | None, stop: threading.Event | None
    ) -> None:
        began = time.monotonic()
        batches = self._batches()
        self._draw_ahead(batches)
        with bar(self._progress(began), self._transport.max_rate, progress) as shown:
            while True:
                if self._recall is not None:
                    self._recall.commit_if_due()
                reached = self._progress(began)
                shown.total = reached.total
                shown.update(reached.done - shown.n)
                if on_progress:
                    on_progress(reached)
                if not self._in_flight:
                    return
                if stop is not None and stop.is_set():
                    raise QueryStopped("The query was stopped; what was obtained until then is kept.")
                self._wanted.wait(_POLL_SECONDS)
                self._wanted.clear()
                self._take_answers()
                self._draw_ahead(batches)

    def _batches(self) -> Iterator[Batch]:
        """Draw the batches of all chunks; none straddles two of them."""
        for chunk in self._source:
            records = ChunkRecords(chunk, self._recall)
            self._open.append(records)
            yield from records.batches(lambda: self._resolver.size)
            if records.is_whole:
                self._finish(records)

    def _draw_ahead(self, batches: Iterator[Batch]) -> None:
        """Draw batches until the window is full: it begins at the first one not answered yet."""
        window = self._connections * BATCHES_AHEAD
        while not self._all_drawn and (not self._in_flight or self._drawn - self._in_flight[0].ticket < window):
            batch = next(batches, None)
            if batch is None:
                self._all_drawn = True
                return
            if self._threads < self._connections:
                self._start_thread()
            batch.ticket = self._drawn
            self._drawn += 1
            self._in_flight.append(batch)
            self._queue.put(batch)

    def _start_thread(self) -> None:
        try:
            threading.Thread(target=self._work, name=f"emailrcd-{self._threads}", daemon=True).start()
        except RuntimeError:
            problem = (
                f"This machine let the query start only {self._threads} of {self._connections} threads. Lower connections, "
                f"or end other programs. {self._sink.whereabouts}"
            )
        else:
            self._threads += 1
            return
        raise ResourcesExhausted(problem)

    def _work(self) -> None:
        """Answer batches, in a thread of its own, until the query ends."""
        while (batch := self._queue.get()) is not None and not self._halt.is_set():
            try:
                batch.answers, batch.error = self._resolver.resolve(batch.ids, batch.chunk.suspects)
            except Exception as exc:  # noqa: BLE001 - a defect must end the query with a message, not hang it
                batch.error = exc if isinstance(exc, MemoryError) else _defect(exc)
            batch.is_answered = True
            if batch.error is not None or self._queue.qsize() < self._connections * _BATCHES_WAITING:
                self._wanted.set()

    def _take_answers(self) -> None:
        for batch in [batch for batch in self._in_flight if batch.is_answered]:
            batch.chunk.enter(batch)
            # Not before: an interrupt must not come between an answer and its being entered.
            self._in_flight.remove(batch)
            if batch.error is not None:
                raise batch.error
            if batch.chunk.is_whole:
                self._finish(batch.chunk)

    def _finish(self, chunk: ChunkRecords) -> None:
        """Commit and write a chunk: what is written is not asked again, so that the ledger would never learn it."""
        if self._recall is not None:
            self._recall.commit()
        self._write(chunk)

    def _write(self, chunk: ChunkRecords) -> None:
        """Write a chunk and forget it, in this order: an interrupt costs no more than to write it again."""
        records, account = chunk.records()
        self._sink.write(chunk.number, records)
        self._accounts[chunk.number] = account
        self._open.remove(chunk)

    def _close(self, error: BaseException | None) -> BaseException | None:
        """End the query in order; to be interrupted meanwhile costs a moment and no answer."""
        try:
            return self._end(error)
        except KeyboardInterrupt as exc:
            return self._close(error or self._told(exc))
        except MemoryError as exc:
            # Once more, now that nothing is on its way any more.
            return error if isinstance(error, ResourcesExhausted) else self._close(self._told(exc))

    def _end(self, error: BaseException | None) -> BaseException | None:
        self._halt.set()
        for _ in range(self._connections):
            self._queue.put(None)
        for batch in self._in_flight:
            if batch.is_answered:
                batch.chunk.enter(batch)
        is_committed = True
        try:
            if self._recall is not None:
                self._recall.commit()
        except EmailrcdError as exc:
            error, is_committed = error or exc, False
        # A chunk that cannot be written keeps no other from being written.
        for chunk in list(self._open):
            try:
                if self._sink.takes_unfinished:
                    chunk.leave_unanswered("Not asked: the query ended before.")
                    self._write(chunk)
                elif chunk.is_whole and is_committed:
                    self._write(chunk)
            except EmailrcdError as exc:
                error = error or exc
        self.notices = self._all_notices(is_complete=error is None)
        self._sink.close(error, self.notices)
        return error

    def _all_notices(self, is_complete: bool) -> list[str]:
        """Say what the user should know."""
        account = self.account
        notices = [*self._source.notices(), *account.notices()]
        if self._recall is not None:
            notices += self._recall.notices()
        return [*notices, *account.left_unanswered(self._sink.advice)] if is_complete else notices

    def _progress(self, began: float) -> Progress:
        accounts: list[Account | ChunkRecords] = [*self._accounts.values(), *self._open]
        done = sum(account.asked for account in accounts)
        total = self._source.total
        if total is not None:
            total -= sum(account.recalled for account in accounts)
        return Progress(
            done, total, self._resolver.account.calls, time.monotonic() - began, self._transport.limiter.paused
        )

    def _told(self, error: BaseException) -> BaseException:
        """Return `error`, or in place of an interrupt or the end of memory an error of ours that tells what to do."""
        if isinstance(error, KeyboardInterrupt):
            return QueryInterrupted(f"Interrupted. {self._sink.whereabouts}")
        if isinstance(error, MemoryError):
            return ResourcesExhausted(
                f"The memory of this machine ran out. {self._sink.whereabouts} Ask for fewer ids at once, or use query_to, "
                "which holds only some of the records at a time."
            )
        return error


def _defect(error: Exception) -> EmailrcdError:
    """Return an error that names the place of a defect; text and traceback may hold what must not be shown."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    defect = EmailrcdError(
        f"The query ended by a defect of emailrcd: {type(error).__name__} in {Path(place.filename).name}, line {place.lineno}. "
        "Please report it with these words."
    )
    defect.fatal = True
    return defect
