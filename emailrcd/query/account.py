"""What a query owes its user besides records: who answered how many ids, what has no answer, what did not fit together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from typing import Any

from ..api.reply import UNREADABLE, Counts
from ..records.derived import malformed_times
from ..wording import counted


@dataclass
class Account:
    """Calls and ids of a query, or of a part of it, and where replies do not fit what was asked; accounts can be added.

    ``unanswered`` counts ids by their reason, ``columns`` holds notices about the user's columns.
    """

    calls: int = 0
    asked: int = 0
    recalled: int = 0
    unanswered: Counter[str] = field(default_factory=Counter)
    columns: Counter[str] = field(default_factory=Counter)
    malformed: int = 0
    first_malformed: str = ""
    foreign_rows: int = 0
    disagreements: int = 0
    first_disagreement: str = ""
    unreadable_rows: int = 0

    def __add__(self, other: Account) -> Account:
        pairs = ((getattr(self, each.name), getattr(other, each.name)) for each in fields(self))
        sums: Iterator[Any] = (one or another if isinstance(one, str) else one + another for one, another in pairs)
        return Account(*sums)

    def compare(self, counts: Counts, rows: Counts) -> None:
        """Compare the counts of a reply with those of its rows."""
        if counts != rows:
            self.disagreements += 1
            disagreement = f"{_numbers(counts)} by its counts, {_numbers(rows)} by its rows"
            self.first_disagreement = self.first_disagreement or disagreement

    def notices(self) -> list[str]:
        """Return one sentence for each kind."""
        notices = list(self.columns)
        if self.foreign_rows:
            notices.append(
                f"The API sent {self.foreign_rows:,} rows for ids that were not asked for; they are left out."
            )
        if self.disagreements:
            notices.append(
                f"In {self.disagreements:,} replies the API's counts disagree with its rows (the first: "
                f"{self.first_disagreement}). The rows are taken as the truth."
            )
        if self.unreadable_rows:
            notices.append(
                f"In {counted(self.unreadable_rows, 'row')} the API sent bytes that are not characters; "
                f"{UNREADABLE} stands in their place."
            )
        if self.malformed:
            notices += malformed_times([self.first_malformed], self.malformed)
        if self.recalled:
            notices.append(f"{counted(self.recalled, 'id was', 'ids were')} answered from the ledger and not asked.")
        return notices

    def left_unanswered(self, advice: tuple[str, str]) -> list[str]:
        """Say how many ids stay unanswered, if any do, why, and what to do about one or several."""
        total = self.unanswered.total()
        if not total:
            return []
        reason = self.unanswered.most_common(1)[0][0]
        stay = counted(total, "id stays", "ids stay")
        return [f"{stay} unanswered; {advice[total > 1]}. The most frequent reason: {reason}"]


def _numbers(counts: Counts) -> str:
    return f"{counts.success} delivered, {counts.fail} failed, {counts.sending} sending, {counts.nofound} not found"
