"""One query: ids through batches, threads and – if there is one – a ledger into one frame."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial

import pandas as pd

from ..api.transport import Transport
from ..errors import EmailrcdError, QueryInterrupted
from ..records.builder import Answers, Builder, empty
from ..records.frame import beside
from .batch import Acceptance
from .progress import Progress
from .recall import Memory
from .runner import Asking
from .supply import Supply


class Outcome:
    """What a query ended with; its repr shows none of it.

    Attributes
    ----------
    records : DataFrame
        All ids in order.
    notices : list of str
        What the user should know.
    error : BaseException or None
        What ended it early; it carries the records if it is an error of this package and something could be asked.
    """

    __slots__ = ("error", "notices", "records")

    def __init__(self, records: pd.DataFrame, notices: list[str], error: BaseException | None) -> None:
        self.records = records
        self.notices = notices
        self.error = error


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
    keep : callable
        Receives the records and the notices before anything else can happen to them.
    """

    def __init__(
        self,
        transport: Transport,
        acceptance: Acceptance,
        memory: Memory | None,
        connections: int,
        max_rate: float | None,
        keep: Callable[[pd.DataFrame, list[str]], None],
    ) -> None:
        self._memory = memory
        self._keep = keep
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
        """Ask about `source`; parameters as for `emailrcd.Client.query`.

        Once something could be asked nothing is raised: what ended the query, be it the caller's own error, is in the outcome.
        """
        try:
            supply = Supply(source, column, self._memory)
        except EmailrcdError as exc:
            return Outcome(empty(), [], exc)
        return self._asking.run(
            supply.batches(lambda: self._asking.asker.size),
            self._receive,
            self._commit_if_due,
            partial(self._close, supply),
            total=supply.total,
            progress=progress,
            on_progress=on_progress,
            stop=stop,
            kept="What was obtained is in client.last_records, the rest is unanswered.",
        )

    def _commit_if_due(self) -> None:
        if self._memory is not None:
            self._memory.commit_if_due()

    def _receive(self, index: int, answers: Answers) -> None:
        if index in self._builder:
            return
        if self._memory is not None:
            self._memory.learn(answers)
        self._builder.add(index, answers)
        self._asking.done += len(answers.ids)

    def _close(self, supply: Supply, error: BaseException | None) -> Outcome:
        """Enter the ids that have not been answered and make the records; may be begun anew at any point."""
        self._asking.end(self._receive)
        if error is not None:
            for index, ids in supply.remaining(self._builder):
                answers = Answers.undecided(ids)
                answers.close_undecided("Not asked: the query ended before.")
                self._builder.add(index, answers.obtained())
        try:
            if self._memory is not None:
                self._memory.commit()
        except EmailrcdError as exc:
            error = error or exc
        return self._outcome(supply, error)

    def _outcome(self, supply: Supply, error: BaseException | None) -> Outcome:
        records = self._builder.frame()
        notices = [*supply.notices(), *self._asking.asker.findings.notices(), *self._builder.notices()]
        unanswered = records["error"][records["status"] == "unanswered"]
        if self._memory is not None:
            records = self._memory.complete(records)
            notices += self._memory.notices()
        if len(unanswered) and error is None:
            stay = "id stays" if len(unanswered) == 1 else "ids stay"
            again = "it" if len(unanswered) == 1 else "them"
            notices.append(
                f"{len(unanswered):,} {stay} unanswered; query {again} again. The most frequent reason: "
                f"{unanswered.mode()[0]}"
            )
        taken = supply.taken
        if taken is not None and taken.context is not None:
            records, renamed = beside(records, taken.context, taken.positions)
            notices += renamed
        if isinstance(error, EmailrcdError | QueryInterrupted):
            error.records = records
        self._keep(records, notices)
        return Outcome(records, notices, error)
