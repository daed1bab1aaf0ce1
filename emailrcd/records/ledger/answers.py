"""What a ledger does for a query: it answers for ids that need not be asked, and takes the answers of the others."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from itertools import chain
from operator import itemgetter
from typing import NamedTuple

from ..builder import Answers
from ..frame import SETTLED
from . import addresses
from .ledger import Ledger, Source
from .rows import LAST_ASKED, STATUS, STORED, Row, from_answers, insert, is_whole, listed, source_number


class Recalled(NamedTuple):
    """Rows by their ids, and how many were left out: from a clock that was ahead, or damaged."""

    rows: dict[str, Row]
    early: int
    damaged: int


def recall(ledger: Ledger, source: Source, ids: Sequence[str], fresh_since: float) -> Recalled:
    """Return what is known of those of `ids` that need not be asked.

    An answer that is not settled counts only if it is later than `fresh_since`, in Unix time. One that bears a time to come was
    written by a clock that was ahead: nobody can tell when it will be stale.
    """
    now = time.time_ns() // 1_000
    rows: dict[str, Row] = {}
    early = damaged = 0
    known = ledger._database.rows("SELECT source FROM source WHERE (base_url, app_id) = (?, ?)", source)
    for (number,) in known:
        for row in ledger._database.rows(STORED, (listed(ids), number)):
            if not is_whole(number, row):
                damaged += 1
            elif row[LAST_ASKED] > now:
                early += 1
            elif row[STATUS] in SETTLED or row[LAST_ASKED] > fresh_since * 1e6:
                rows[row[0]] = row
    return Recalled(rows, early, damaged)


def remember(ledger: Ledger, source: Source, batches: Iterable[Answers]) -> None:
    """Enter answers given by `source`: all of them or, if that fails, none."""
    rows = sorted(chain.from_iterable(map(from_answers, batches)), key=itemgetter(0))
    with ledger._database.transaction() as connection:
        number = source_number(connection, *source)
        addresses.enter(connection, insert(connection, number, rows, time.time_ns() // 1_000))
