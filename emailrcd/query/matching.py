"""Ids asked + reply → one answer for each id. Pure: nothing here asks again, it says what must be."""

from __future__ import annotations

from collections.abc import Sequence

from ..api.reply import MAIL_STATUS, Counts, Mail, Reply
from ..records.builder import Answers
from ..records.frame import SETTLED
from ..wording import quotable
from .account import Account


def match(
    reply: Reply, answers: Answers, positions: Sequence[int], account: Account, again: bool = False
) -> dict[int, list[Mail]]:
    """Enter a reply about the ids at `positions` into `answers`.

    Rows are matched by id. An id without a row is ``not_found`` only if the reply's ``nofound`` covers it. If another count
    claims more rows than there are, one of them may be missing: that is believed only of a reply to what is asked `again`. One
    whose row breaks the contract, also when asked again, is ``unanswered``.
    Returned are the positions that must be asked once more, with the different rows the reply had for each: none where an id
    is not covered, several where they contradict each other.
    """
    ids = answers.ids
    mails = reply.mails
    account.unreadable_rows += reply.repaired
    if [mail.email_id for mail in mails] == list(map(ids.__getitem__, positions)):
        _enter(answers, positions, mails)
        account.compare(reply.counts, _count(mails, 0))
        return {}

    rows: dict[str, list[Mail]] = {ids[position]: [] for position in positions}
    for mail in mails:
        different = rows.get(mail.email_id)
        if different is None:
            account.foreign_rows += 1
        elif all(_facts(mail) != _facts(other) for other in different):
            different.append(mail)
    doubtful: dict[int, list[Mail]] = {}
    missing: list[int] = []
    certain: list[int] = []
    for position in positions:
        different = rows[ids[position]]
        problem = reply.broken.get(ids[position])
        if problem:
            doubtful[position] = different
            if again:
                text = f"The API's row for this id breaks its contract: {problem}. Ask it again later."
                answers.close([position], "unanswered", text)
        elif len(different) == 1:
            certain.append(position)
        elif different:
            doubtful[position] = different
        else:
            missing.append(position)
    _enter(answers, certain, [rows[ids[position]][0] for position in certain])
    of_rows = _count([mail for different in rows.values() for mail in different], len(missing))
    if not reply.broken:
        account.compare(reply.counts, of_rows)
    claims_more = any(claimed > there for claimed, there in zip(reply.counts[:3], of_rows[:3], strict=True))
    if reply.counts.nofound >= len(missing) and (again or not claims_more):
        for position in missing:
            answers.status[position] = "not_found"
    else:
        doubtful.update({position: [] for position in missing})
    return doubtful


def settle(answers: Answers, position: int, rows: Sequence[Mail]) -> bool:
    """Decide an id by its `rows` if exactly one of them is settled; tell whether it is so."""
    settled = _settled(rows)
    if len(settled) == 1:
        _enter(answers, [position], settled)
    return len(settled) == 1


def decide(answers: Answers, position: int, first: Sequence[Mail], second: Sequence[Mail]) -> None:
    """Decide an id that was asked twice and whose second answer is open, missing or contradicts itself.

    `first` and `second` are the different rows of the two replies. A settled row beats an open answer. Two different settled
    rows, or no row and no ``nofound`` to cover it, leave the id ``unanswered``.
    """
    settled = _settled(second) or _settled(first)
    if settle(answers, position, settled):
        return
    if settled:
        named = " and ".join(_name(mail) for mail in settled)
        answers.close(
            [position], "unanswered", f"The API gave different answers for this id: {named}. Ask it again later."
        )
    elif second:
        _enter(answers, [position], second[:1])
    elif not answers.status[position]:
        answers.close(
            [position],
            "unanswered",
            "The API sent no row for this id, and its count of ids not found does not cover it, also when asked again. "
            "Ask it again later.",
        )


def _enter(answers: Answers, positions: Sequence[int], mails: Sequence[Mail]) -> None:
    status, address, time = answers.status, answers.address, answers.time
    for position, mail in zip(positions, mails, strict=True):
        status[position] = MAIL_STATUS[mail.status]
        address[position] = mail.to_address or None
        time[position] = mail.receive_time


def _settled(mails: Sequence[Mail]) -> list[Mail]:
    return [mail for mail in mails if MAIL_STATUS[mail.status] in SETTLED]


def _facts(mail: Mail) -> tuple[str, str, str]:
    return mail.status, mail.to_address, mail.receive_time


def _name(mail: Mail) -> str:
    status = MAIL_STATUS[mail.status]
    time = quotable(mail.receive_time)
    return f"{status} at {time}" if time else f"{status} without a time"


def _count(mails: Sequence[Mail], missing: int) -> Counts:
    statuses = [mail.status for mail in mails]
    return Counts(statuses.count("0"), statuses.count("1"), statuses.count("-1"), missing)
