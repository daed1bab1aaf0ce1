"""Rows of a ledger as a records frame, and the statuses that each mail has had."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from sqlite3 import Connection
from typing import Any

import numpy as np
import pandas as pd

from ...api.credentials import SANDBOX
from ...wording import counted
from ..builder import Builder
from ..derived import malformed_times
from ..frame import TIME_DTYPE
from .rows import FIRST_ASKED, STATUS, Row, checksum, listed, readable, to_answers

Points = list[tuple[int, str]]
"""Since when, in Unix time in microseconds, a mail has had which status."""


def records(
    batches: Iterable[Sequence[tuple[Row, int]]], sources: Sequence[tuple[Any, ...]], path: str
) -> pd.DataFrame:
    """Return the records frame of rows and the numbers of their sources, of which `sources` tells."""
    builder, damaged = Builder(), 0
    extras = [np.empty((0, 2), np.int64)]
    for number, batch in enumerate(batches):
        rows = [readable(source, row) for row, source in batch]
        damaged += sum(row[STATUS] == "unanswered" for row in rows)
        builder.add(number, to_answers(rows))
        numbers = [source if isinstance(source, int) else 0 for _, source in batch]
        extras.append(np.array(list(zip(numbers, (row[FIRST_ASKED] for row in rows), strict=True)), np.int64))
    frame = builder.frame()
    source, first_asked = np.concatenate(extras).T
    for place, column in enumerate(("base_url", "app_id"), start=1):
        names = {row[0]: row[place] for row in sources}
        frame[column] = pd.Series(source).map(names).astype("str").astype("category")
    frame["first_asked"] = pd.Series(first_asked).astype(TIME_DTYPE)
    notices = malformed_times(builder.malformed)
    if damaged:
        are = counted(damaged, "row of the ledger is", "rows of the ledger are")
        notices.append(f"{are} damaged and told as unanswered. A query with this ledger asks those ids again.")
    frame.attrs["emailrcd"] = {
        "ledger": path,
        "sandbox": SANDBOX.app_id in frame["app_id"].cat.categories,
        "notices": notices,
    }
    return frame


def changes(connection: Connection, ids: Iterable[str] | None = None) -> dict[tuple[int, str], Points]:
    """Return the changes of all mail, or of mail with some ids, by source and id; what is damaged is left out."""
    mails = "change" if ids is None else "json_each(?) CROSS JOIN source CROSS JOIN change USING (source)"
    rows = connection.execute(
        f"SELECT source, email_id, at, status, change.checksum FROM {mails}"
        f"{'' if ids is None else ' WHERE email_id = value'} ORDER BY source, email_id, at",
        () if ids is None else (listed(ids),),
    )
    found: dict[tuple[int, str], Points] = {}
    for source, email_id, at, status, whole in rows:
        if whole == checksum(source, (email_id, at, status)):
            found.setdefault((source, email_id), []).append((at, status))
    return found


def course(row: Row, points: Points | None) -> Points:
    """Return the statuses that the mail of a row has had, oldest first; two merged ledgers can tell of one twice."""
    every = points or [(row[FIRST_ASKED], row[STATUS])]
    return [point for before, point in zip([None, *every], every, strict=False) if not before or before[1] != point[1]]


def histories(found: Iterable[tuple[Row, int]], points: Mapping[tuple[int, str], Points]) -> pd.Series[Any]:
    """Return the course of each mail as a list of mappings."""
    courses = [course(row, points.get((source, row[0]))) for row, source in found]
    return pd.Series(
        [[{"at": pd.Timestamp(at, unit="us", tz="UTC"), "status": status} for at, status in each] for each in courses],
        dtype=object,
    )
