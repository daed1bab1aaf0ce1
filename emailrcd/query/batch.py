"""Asking about one batch until each of its ids has an answer: smaller batches, isolating, asking again.

What the batches of a query share – the batch size, the calls spent on isolating, the run of batches without an answer – is
in `BatchResolver`.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import count
from math import gcd

from ..api.contract import MAX_IDS
from ..api.reply import Mail
from ..api.transport import Transport
from ..errors import EmailrcdError, IdsRefused, QueryStopped, TooManyIds, TroubleSpreads
from ..records.builder import Answers
from ..records.frame import SETTLED
from .account import Account
from .matching import decide, match, settle

UNANSWERED_IN_A_ROW = 5
"""After so many calls given up, each after all its attempts, with no success between, a query stops."""

CALLS_BEFORE_ACCEPTANCE = 128
"""Calls spent on looking for one acceptable id, before the app id is taken to be wrong."""

ISOLATING_CALLS = 5_000
"""Calls a query may spend on isolating abnormal ids, beside one for each batch."""

_POLL_SECONDS = 0.1


class BatchResolver:
    """Gets an answer for each id of the batches of one query; safe to use from many threads."""

    def __init__(self, transport: Transport, halt: threading.Event) -> None:
        self.size = MAX_IDS
        self.account = Account()
        self._transport = transport
        self._halt = halt
        self._lock = threading.Lock()
        self._ended_by: EmailrcdError | None = None
        self._isolating = threading.Lock()
        self._given_up_in_a_row = 0
        self._isolating_calls = 0
        self._largest_taken = 0

    def resolve(self, ids: Sequence[str], suspects: Collection[str] = ()) -> tuple[Answers, EmailrcdError | None]:
        """Return an answer for each of `ids`, and the error that ends the query, if one does.

        Those that are `suspects`, because they do not look like the others, are asked apart: one that is refused then costs
        the others nothing.
        """
        answers = Answers.undecided(ids)
        error = None
        with self._lock:
            self._isolating_calls -= 1
        try:
            self._ask_batch(answers, suspects)
        except EmailrcdError as exc:
            # At once, so that no thread begins another call; those it stops then tell of this error, not of the stop.
            self._halt.set()
            with self._lock:
                error = self._ended_by = self._ended_by or exc
            answers.close_undecided("The query ended before this id was answered.")
        return answers.obtained(), error

    def _ask_batch(self, answers: Answers, suspects: Collection[str]) -> None:
        """Ask all ids of a batch, the suspects among them apart, halving what is too large or refused."""
        parts: deque[Sequence[int]] = deque([range(len(answers.ids))])
        if suspects:
            apart = [email_id in suspects for email_id in answers.ids]
            parts = deque([[n for n, is_apart in enumerate(apart) if is_apart is which] for which in (False, True)])
        refused_once: set[int] = set()
        refused: list[int] = []
        refusal: IdsRefused | None = None
        with ExitStack() as isolation:
            while parts:
                part = [position for position in parts.popleft() if not answers.status[position]]
                if len(part) > self.size:
                    parts.extendleft(reversed(_halves(part)))
                    continue
                problem = self._try_part(answers, part) if part else None
                if isinstance(problem, TooManyIds):
                    self._learn_size(len(part))
                    parts.extendleft(reversed(_halves(part)))
                if not isinstance(problem, IdsRefused):
                    continue
                if refusal is None and not self._transport.accepted:
                    # One batch alone looks for an acceptable id; the others wait for what it finds.
                    isolation.enter_context(self._holding(self._isolating))
                    self._find_acceptable(answers, refused_once)
                refusal = problem
                if not self._may_isolate():
                    break
                if len(part) > 1:
                    parts.extend(_halves(part))
                elif part[0] in refused_once:
                    refused.append(part[0])
                else:
                    # Once more: what a passing fault refused must not come out as invalid.
                    refused_once.add(part[0])
                    parts.append(part)
            if refusal is not None:
                self._close_refused(answers, refused, refusal, len(refused_once))

    def _find_acceptable(self, answers: Answers, refused_once: set[int]) -> None:
        """Ask single ids from all over a batch until one is accepted."""
        undecided = [position for position, status in enumerate(answers.status) if not status]
        for position in _spread(undecided)[: CALLS_BEFORE_ACCEPTANCE - 1]:
            if isinstance(self._try_part(answers, [position]), IdsRefused):
                refused_once.add(position)
            if self._transport.accepted:
                return

    def _try_part(self, answers: Answers, part: Sequence[int]) -> TooManyIds | IdsRefused | None:
        """Ask the ids at the positions of `part`; return the refusal that asking fewer of them may avoid."""
        try:
            self._ask_part(answers, part)
        except IdsRefused as exc:
            return exc
        except EmailrcdError as exc:
            if exc.fatal:
                raise
            if isinstance(exc, TooManyIds) and len(part) > 1:
                return exc
            self._give_up(answers, part, exc)
        return None

    def _ask_part(self, answers: Answers, part: Sequence[int]) -> None:
        """Ask the ids at the positions of `part`, and once more those that the reply leaves open to doubt."""
        again = self._ask_once(answers, part)
        if not again:
            return
        doubtful = list(again)
        try:
            rows = self._ask_once(answers, doubtful, again=True)
        except EmailrcdError as exc:
            doubtful = [position for position in doubtful if not settle(answers, position, again[position])]
            if exc.fatal:
                raise
            self._give_up(answers, doubtful, exc)
            return
        for position in doubtful:
            if answers.status[position] not in SETTLED:
                decide(answers, position, again[position], rows.get(position, []))

    def _ask_once(self, answers: Answers, part: Sequence[int], again: bool = False) -> dict[int, list[Mail]]:
        reply = self._transport.send(list(map(answers.ids.__getitem__, part)), self._halt)
        self._transport.accepted = True
        with self._lock:
            self.account.calls += 1
            self._given_up_in_a_row = 0
            self._largest_taken = max(self._largest_taken, len(part))
            return match(reply, answers, part, self.account, again)

    @contextmanager
    def _holding(self, lock: threading.Lock) -> Iterator[None]:
        """Hold `lock`, but do not wait for it beyond the end of the query."""
        while not lock.acquire(timeout=_POLL_SECONDS):
            if self._halt.is_set():
                raise QueryStopped("The query was stopped before this call was made.")
        try:
            yield
        finally:
            lock.release()

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
                f"The query stopped: {UNANSWERED_IN_A_ROW} calls in a row were given up, and none was answered between them. "
                f"The last error: {error}"
            )

    def _may_isolate(self) -> bool:
        """Count a refused call; False once too many have been spent, or where none was accepted."""
        if not self._transport.accepted:
            return False
        with self._lock:
            self._isolating_calls += 1
            return self._isolating_calls < ISOLATING_CALLS

    def _close_refused(self, answers: Answers, refused: Sequence[int], refusal: IdsRefused, tried: int) -> None:
        """Decide what was refused alone, and what isolating did not come to."""
        if self._transport.accepted:
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
                f"Not one id was accepted, of {tried:,} asked alone. Most likely the app id is wrong: copy it from the "
                "vendor's console, where the mail was sent from. If it is right, these are not email ids of this application.",
            )


def _halves(part: Sequence[int]) -> tuple[Sequence[int], Sequence[int]]:
    middle = len(part) // 2
    return part[:middle], part[middle:]


def _spread(positions: Sequence[int]) -> list[int]:
    """Return `positions` in an order that soon has been everywhere, out of step with any pattern in them."""
    n = len(positions)
    step = next(step for step in count(max(1, round(0.618 * n))) if gcd(step, n) == 1)
    return [positions[place * step % n] for place in range(n)]
