"""One query: ids through batches, threads and – if there is one – a ledger into one frame."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator

import pandas as pd

from .api import MAX_IDS
from .asking import Asking, Ended, batches_of
from .batches import Acceptance
from .errors import EmailrcdError
from .ids import Ids, stream, take
from .memory import Memory
from .progress import Progress
from .records import Answers, Builder, beside, empty
from .transport import Transport


class Outcome:
    """What a query ended with; its repr shows none of it.

    Attributes
    ----------
    records : DataFrame
        All ids in order.
    notices : list of str
        What the user should know.
    error : EmailrcdError, QueryInterrupted or None
        What ended it early; it carries the records.
    asked : bool
        False if it ended before anything could be asked.
    """

    __slots__ = ("asked", "error", "notices", "records")

    def __init__(
        self,
        records: pd.DataFrame,
        notices: list[str],
        error: Ended | None,
        *,
        asked: bool = True,
    ) -> None:
        self.records = records
        self.notices = notices
        self.error = error
        self.asked = asked
        if error is not None and asked:
            error.records = records


class Query:
    """Asks about any number of ids, once.

    Parameters
    ----------
    transport : Transport
        Makes the calls; tells also of pauses.
    acceptance : Acceptance
        Shared by all queries of a client.
    memory : Memory or None
        A ledger's part in it.
    connections : int
        Calls in flight at once.
    max_rate : float or None
        Calls a second; only to tell how long it will take.
    """

    def __init__(
        self,
        transport: Transport,
        acceptance: Acceptance,
        memory: Memory | None,
        connections: int,
        max_rate: float | None,
    ) -> None:
        self._memory = memory
        self._asking = Asking(transport, acceptance, connections, max_rate)
        self._builder = Builder()

    def run(
        self,
        source: object,
        column: str | None,
        progress: bool,
        on_progress: Callable[[Progress], None] | None,
        stop: threading.Event | None,
    ) -> Outcome:
        """Ask about `source`; parameters as for `emailrcd.Client.query`."""
        try:
            ids, total, taken = self._to_ask(source, column)
        except EmailrcdError as exc:
            return Outcome(empty(), [], exc, asked=False)
        error = self._asking.run(
            batches_of(ids, self._asking.asker),
            self._receive,
            self._commit_if_due,
            total=total,
            progress=progress,
            on_progress=on_progress,
            stop=stop,
            kept="What was obtained is in client.last_records, the rest is unanswered.",
        )
        if error is not None:
            self._take_unasked(ids if taken is not None else iter(self._memory.held if self._memory else ()))
        try:
            if self._memory is not None:
                self._memory.commit()
        except EmailrcdError as exc:
            error = error or exc
        return self._outcome(taken, error)

    def _to_ask(self, source: object, column: str | None) -> tuple[Iterator[str], int | None, Ids | None]:
        """Return the ids that must be asked, how many they are, and all that was given; a generator's are drawn later."""
        if isinstance(source, Iterator):
            ids = _distinct(source)
            return (ids if self._memory is None else self._memory.unknown(ids)), None, None
        taken = take(source, column)
        taken.check()
        to_ask = taken.ids if self._memory is None else self._memory.unknown_among(taken.ids)
        return iter(to_ask), len(to_ask), taken

    def _commit_if_due(self) -> None:
        if self._memory is not None:
            self._memory.commit_if_due()

    def _receive(self, index: int, answers: Answers) -> None:
        self._builder.add(index, answers)
        if self._memory is not None:
            self._memory.learn(answers)

    def _take_unasked(self, rest: Iterator[str]) -> None:
        """Enter the ids that a query which ended early has not had answered."""
        workers = self._asking.workers
        for index, batch in [*workers.in_flight.items(), (workers.drawn, list(rest))]:
            answers = Answers.undecided(batch)
            answers.close_undecided("Not asked: the query ended before.")
            self._builder.add(index, answers.obtained())

    def _outcome(self, taken: Ids | None, error: Ended | None) -> Outcome:
        records = self._builder.frame()
        notices = [*(taken.notices if taken else []), *self._asking.asker.findings.notices(), *self._builder.notices()]
        unanswered = records["error"][records["status"] == "unanswered"]
        if self._memory is not None:
            records = self._memory.complete(records)
            notices += self._memory.notices()
        if len(unanswered):
            notices.append(
                f"{len(unanswered):,} ids stay unanswered; query them again. The most frequent reason: {unanswered.mode()[0]}"
            )
        if taken is not None and taken.context is not None:
            records, renamed = beside(records, taken.context, taken.positions)
            notices += renamed
        return Outcome(records, notices, error)


def _distinct(entries: Iterable[object]) -> Iterator[str]:
    seen: set[str] = set()
    for chunk in stream(entries, MAX_IDS):
        for email_id in chunk:
            if email_id not in seen:
                seen.add(email_id)
                yield email_id
