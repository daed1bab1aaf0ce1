"""Asking about one batch until each of its ids has an answer: smaller batches, isolating, asking again.

What the batches of a query share – the batch size, the calls spent on isolating, the run of batches without an answer – is
in `Asker`; what the queries of a client share – whether the server ever accepted a call of it – is in `Acceptance`.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Protocol

from .api import MAX_IDS, Mail, Reply
from .errors import EmailrcdError, IdsRefused, TooManyIds, TroubleSpreads
from .matching import Findings, decide, match
from .records import SETTLED, Answers

UNANSWERED_IN_A_ROW = 5
"""After so many calls given up with no success between, a query stops."""

CALLS_BEFORE_ACCEPTANCE = 128
"""Calls spent on looking for one acceptable id, before the app id is taken to be wrong."""

ISOLATING_CALLS = 5_000
"""Calls a query may spend on isolating abnormal ids, beside one for each batch."""


class Transport(Protocol):
    """What makes one call, with its retries."""

    def ask(self, ids: Sequence[str], halt: threading.Event) -> Reply:
        """Return the reply about `ids`."""


class Acceptance:
    """Whether the server has accepted any call of a client; until then, code -5 may mean a wrong app id."""

    def __init__(self) -> None:
        self.given = False
        self.isolating = threading.Lock()


class Asker:
    """Answers the batches of one query; safe to use from many threads.

    Parameters
    ----------
    transport : Transport
        Makes the calls.
    acceptance : Acceptance
        Shared by all queries of a client.
    halt : threading.Event
        Set when the query ends early, here or by its caller.
    """

    def __init__(self, transport: Transport, acceptance: Acceptance, halt: threading.Event) -> None:
        self.size = MAX_IDS
        self.calls = 0
        self.findings = Findings()
        self._transport = transport
        self._acceptance = acceptance
        self._halt = halt
        self._lock = threading.Lock()
        self._ended_by: EmailrcdError | None = None
        self._given_up_in_a_row = 0
        self._isolating_calls = 0
        self._largest_taken = 0

    def ask(self, ids: Sequence[str]) -> tuple[Answers, EmailrcdError | None]:
        """Return an answer for each of `ids`, and the error that ends the query, if one does."""
        answers = Answers.undecided(ids)
        error = None
        with self._lock:
            self._isolating_calls -= 1
        try:
            self._ask_batch(answers)
        except EmailrcdError as exc:
            # At once, so that no thread begins another call; those it stops then tell of this error, not of the stop.
            self._halt.set()
            with self._lock:
                error = self._ended_by = self._ended_by or exc
            answers.close_undecided("The query ended before this id was answered.")
        return answers.obtained(), error

    def _ask_batch(self, answers: Answers) -> None:
        """Ask all ids of a batch, halving what is too large or refused; breadth first, so that acceptance comes early."""
        parts: deque[Sequence[int]] = deque([range(len(answers.ids))])
        suspected: set[int] = set()
        refused: list[int] = []
        refusals: list[IdsRefused] = []
        with ExitStack() as isolation:
            while parts:
                part = parts.popleft()
                if len(part) > self.size:
                    parts.extendleft(reversed(_halves(part)))
                    continue
                try:
                    self._ask_part(answers, part)
                except TooManyIds as exc:
                    if len(part) == 1:
                        self._give_up(answers, part, exc)
                    else:
                        self._learn_size(len(part))
                        parts.extendleft(reversed(_halves(part)))
                except IdsRefused as exc:
                    if not refusals and not self._acceptance.given:
                        # One batch alone looks for an acceptable id; the others wait for what it finds.
                        isolation.enter_context(self._acceptance.isolating)
                    refusals.append(exc)
                    if len(part) > 1:
                        parts.extend(_halves(part))
                    elif part[0] in suspected:
                        refused.append(part[0])
                    else:
                        # Once more: what a passing fault refused must not come out as invalid.
                        suspected.add(part[0])
                        parts.append(part)
                    if not self._may_isolate(refusals):
                        break
                except EmailrcdError as exc:
                    if exc.fatal:
                        raise
                    self._give_up(answers, part, exc)
            if refusals:
                self._close_refused(answers, refused, refusals[-1])

    def _ask_part(self, answers: Answers, part: Sequence[int]) -> None:
        """Ask the ids at the positions of `part`, and once more those that the reply leaves open to doubt."""
        again = self._ask_once(answers, part)
        if not again:
            return
        doubtful = list(again)
        try:
            rows = self._ask_once(answers, doubtful, again=True)
        except EmailrcdError as exc:
            if exc.fatal:
                raise
            self._give_up(answers, doubtful, exc)
            return
        for position in doubtful:
            if answers.status[position] not in SETTLED:
                decide(answers, position, again[position], rows.get(position, []))

    def _ask_once(self, answers: Answers, part: Sequence[int], again: bool = False) -> dict[int, list[Mail]]:
        reply = self._transport.ask([answers.ids[position] for position in part], self._halt)
        self._acceptance.given = True
        with self._lock:
            self.calls += 1
            self._given_up_in_a_row = 0
            self._largest_taken = max(self._largest_taken, len(part))
            return match(reply, answers, part, self.findings, again)

    def _learn_size(self, refused: int) -> None:
        """Make batches smaller, unless the server has taken one as large: then the refusal is a fault of this call."""
        with self._lock:
            if refused > self._largest_taken:
                self.size = min(self.size, refused // 2)

    def _give_up(self, answers: Answers, part: Sequence[int], error: EmailrcdError) -> None:
        """Leave the ids of `part` unanswered and go on, unless trouble spreads."""
        answers.close(part, "unanswered", str(error))
        with self._lock:
            self._given_up_in_a_row += 1
            spreads = self._given_up_in_a_row >= UNANSWERED_IN_A_ROW
        if spreads:
            raise TroubleSpreads(
                f"The query stopped: {UNANSWERED_IN_A_ROW} batches in a row stayed unanswered, and none was answered "
                f"between them. The last error: {error}"
            )

    def _may_isolate(self, refusals: Sequence[IdsRefused]) -> bool:
        """Count a refused call; False once too many have been spent."""
        if not self._acceptance.given:
            return len(refusals) < CALLS_BEFORE_ACCEPTANCE
        with self._lock:
            self._isolating_calls += 1
            return self._isolating_calls < ISOLATING_CALLS

    def _close_refused(self, answers: Answers, refused: Sequence[int], refusal: IdsRefused) -> None:
        """Decide what was refused alone, and what isolating did not come to."""
        if self._acceptance.given:
            answers.close(refused, "invalid", f"The API refuses this id. {refusal}")
            answers.close_undecided(
                f"The call this id was in was refused, and the {ISOLATING_CALLS:,} calls a query may spend on isolating "
                f"abnormal ids are used up: query this id again. {refusal}"
            )
        elif "unanswered" in answers.status:
            answers.close_undecided(f"The call this id was in was refused, and none was accepted yet. {refusal}")
        else:
            raise IdsRefused(
                refusal.code or "",
                refusal.reason,
                "Not one id was accepted. Most likely the app id is wrong: copy it from the vendor's console, where the "
                "mail was sent from. If it is right, these are not email ids of this application.",
            )


def _halves(part: Sequence[int]) -> tuple[Sequence[int], Sequence[int]]:
    middle = len(part) // 2
    return part[:middle], part[middle:]
