"""A ledger's content as a Parquet file, and back."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
from pyarrow import parquet

from ...errors import EmailrcdError, EmailrcdWarning, in_place_of
from ...files.writer import clear_unfinished, whole_file
from ...wording import counted
from ..frame import TIME_DTYPE, typed
from . import addresses
from .database import Database
from .frames import changes
from .rows import SOURCES, Row, enter_changes, insert, source_number

_POINTS = pa.list_(pa.struct([("at", pa.timestamp("us", "UTC")), ("status", pa.string())]))
_OWN_COLUMNS = ("base_url", "app_id", "first_asked", "history")


def write(frame: pd.DataFrame, database: Database, file: Path) -> None:
    """Write the records of a whole ledger and their histories."""
    with database.reading() as connection:
        sources = {row[0]: row[1:] for row in connection.execute(SOURCES)}
        points = {(*sources[source], email_id): found for (source, email_id), found in changes(connection).items()}
    keys = zip(frame["base_url"], frame["app_id"], frame["email_id"], strict=True)
    table = pa.Table.from_pandas(frame, preserve_index=False)
    table = table.append_column("history", pa.array([points.get(key) for key in keys], _POINTS))
    clear_unfinished(file.parent, re.escape(file.name))
    with whole_file(file) as stream:
        parquet.write_table(table, stream)


def merge(database: Database, file: Path) -> int:
    """Take over what `write` wrote; return how many mails that is."""
    frame = _read(file).sort_values("email_id")
    now = pd.Timestamp.now("UTC")
    with database.transaction() as connection:
        # What was damaged there is no answer.
        answered = frame[frame["status"] != "unanswered"]
        for (base_url, app_id), part in answered.groupby(["base_url", "app_id"], observed=True):
            source = source_number(connection, str(base_url), str(app_id))
            enter_changes(connection, source, _points(part))
            located = insert(connection, source, _rows(part), now.value // 1_000, merging=True)
            addresses.enter(connection, located)
    if early := int((frame["queried_at"] > now).sum()):
        warnings.warn(
            f"{counted(early, 'answer')} in {file.name} will have been given at a time to come: the clock there was ahead. "
            "They are asked again.",
            EmailrcdWarning,
            stacklevel=3,
        )
    return len(frame)


def _read(file: Path) -> pd.DataFrame:
    if not file.exists():
        raise EmailrcdError(f"There is no file {file.absolute()}. Check the name and the folder.")
    with in_place_of(
        OSError,
        pa.ArrowException,
        error=lambda why: EmailrcdError(f"{file.name} cannot be read as a Parquet file ({why})."),
    ):
        frame = parquet.read_table(file).to_pandas()
    frame = typed(frame, file.name)
    if not set(_OWN_COLUMNS) <= set(frame.columns):
        raise EmailrcdError(
            f"{file.name} holds records, but was not written by a ledger: it lacks whose mail they are. Query them."
        )
    return frame


def _rows(part: pd.DataFrame) -> list[Row]:
    """Return rows as `insert` takes them."""
    received = part["received_at"].dt.strftime("%Y-%m-%dT%H:%M:%S.%f+00:00")
    columns = [part["email_id"], part["status"], part["to_address"], received, part["error"]]
    texts = [values.astype(object).where(values.notna(), None) for values in columns]
    return list(zip(*texts, _microseconds(part["queried_at"]), _microseconds(part["first_asked"]), strict=True))


def _points(part: pd.DataFrame) -> Iterator[tuple[str, int, str]]:
    changed = part[part["history"].notna()]
    for email_id, points in zip(changed["email_id"], changed["history"], strict=True):
        for point in points:
            yield email_id, pd.Timestamp(point["at"]).value // 1_000, point["status"]


def _microseconds(times: pd.Series[Any]) -> list[int]:
    return [int(value) for value in pd.to_datetime(times, utc=True).astype(TIME_DTYPE).astype("int64")]
