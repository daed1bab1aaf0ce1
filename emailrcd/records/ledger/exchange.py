"""A ledger's content as a Parquet file, and back."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
from pyarrow import parquet

from ...errors import EmailrcdError
from ...files.writer import whole_file
from ..frame import TIME_DTYPE, typed
from .database import Database
from .rows import insert, source_number

_POINTS = pa.list_(pa.struct([("at", pa.timestamp("us", "UTC")), ("status", pa.string())]))
_OWN_COLUMNS = ("base_url", "app_id", "first_asked", "history")


def write(frame: pd.DataFrame, database: Database, file: Path) -> None:
    """Write the records of a whole ledger and their histories."""
    changes = _changes(database)
    keys = zip(frame["base_url"], frame["app_id"], frame["email_id"], strict=True)
    table = pa.Table.from_pandas(frame, preserve_index=False)
    table = table.append_column("history", pa.array([changes.get(key) for key in keys], _POINTS))
    with whole_file(file) as stream:
        parquet.write_table(table, stream)


def merge(database: Database, file: Path) -> int:
    """Take over what `write` wrote; return how many mails that is."""
    frame = _read(file).sort_values("email_id")
    with database.transaction() as connection:
        for (base_url, app_id), part in frame.groupby(["base_url", "app_id"], observed=True):
            _merge_source(connection, source_number(connection, str(base_url), str(app_id)), part)
    return len(frame)


def _changes(database: Database) -> dict[tuple[str, str, str], list[tuple[int, str]]]:
    changes: dict[tuple[str, str, str], list[tuple[int, str]]] = {}
    sql = "SELECT base_url, app_id, email_id, at, status FROM change NATURAL JOIN source ORDER BY source, email_id, at"
    for base_url, app_id, email_id, at, status in database.rows(sql):
        changes.setdefault((base_url, app_id, email_id), []).append((at, status))
    return changes


def _read(file: Path) -> pd.DataFrame:
    try:
        frame = parquet.read_table(file).to_pandas()
    except FileNotFoundError:
        problem = f"There is no file {file.absolute()}. Check the name and the folder."
    except (OSError, pa.ArrowException) as exc:
        problem = f"{file.name} cannot be read as a Parquet file ({type(exc).__name__})."
    else:
        frame = typed(frame, file.name)
        if set(_OWN_COLUMNS) <= set(frame.columns):
            return frame
        problem = (
            f"{file.name} holds records, but was not written by a ledger: it lacks whose mail they are. Query them."
        )
    raise EmailrcdError(problem)


def _merge_source(connection: sqlite3.Connection, source: int, part: pd.DataFrame) -> None:
    ids = part["email_id"].tolist()
    first_asked = _microseconds(part["first_asked"])
    connection.execute("CREATE TEMP TABLE incoming (email_id TEXT PRIMARY KEY, first_asked INTEGER, status TEXT)")
    connection.executemany(
        "INSERT INTO incoming VALUES (?, ?, ?)", zip(ids, first_asked, part["status"].tolist(), strict=True)
    )
    connection.executemany("INSERT OR IGNORE INTO change VALUES (?, ?, ?, ?)", _points(source, part))
    # Of mail that both know and that has a history from now on, the first status of each is a part of it.
    for table in ("mail", "incoming"):
        connection.execute(
            f"INSERT OR IGNORE INTO change SELECT source, email_id, {table}.first_asked, {table}.status FROM incoming "
            "CROSS JOIN mail USING (email_id) WHERE source = ?1 AND (mail.status <> incoming.status OR EXISTS "
            "(SELECT 1 FROM change WHERE (change.source, change.email_id) = (?1, incoming.email_id)))",
            (source,),
        )
    columns = [part[name].astype(object).where(part[name].notna(), None) for name in ("status", "to_address", "error")]
    times = part["received_at"].dt.strftime("%Y-%m-%dT%H:%M:%S.%f+00:00")
    columns.insert(2, times.astype(object).where(times.notna(), None))
    insert(connection, source, zip(ids, *columns, _microseconds(part["queried_at"]), strict=True))
    connection.execute(
        "UPDATE mail SET first_asked = incoming.first_asked FROM incoming WHERE source = ? "
        "AND mail.email_id = incoming.email_id AND incoming.first_asked < mail.first_asked",
        (source,),
    )
    connection.execute("DROP TABLE incoming")


def _points(source: int, part: pd.DataFrame) -> Iterator[tuple[Any, ...]]:
    changed = part[part["history"].notna()]
    for email_id, points in zip(changed["email_id"], changed["history"], strict=True):
        for point in points:
            yield source, email_id, pd.Timestamp(point["at"]).value // 1_000, point["status"]


def _microseconds(times: pd.Series[Any]) -> list[int]:
    return [int(value) for value in pd.to_datetime(times, utc=True).astype(TIME_DTYPE).astype("int64")]
