"""Before a ledger is opened: made where there is none, recognised or refused where there is a file."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from ...errors import LedgerError
from .database_errors import BUSY_SECONDS, damaged, explained, on_network
from .location import network_file_system
from .schema import APPLICATION_ID, FINGERPRINTS, VERSION, fingerprint

_MAGIC = b"SQLite format 3\0"
_HEADER_BYTES = 100
_CHECKED_BYTES = 32 * 1024 * 1024
"""Ledgers up to this size are checked as a whole when they are opened: a tenth of a second."""


def prepare(file: Path) -> None:
    """Make the file, or look whether it is a ledger, without changing a byte of it."""
    folder = file.parent
    if not folder.is_dir():
        raise LedgerError(f"There is no folder {folder} for the ledger. Make it first, or name another.")
    network = network_file_system(folder)
    if network:
        raise LedgerError(on_network(file, network))
    try:
        # Readable by its owner alone; SQLite gives its side files the same mode.
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        return
    except FileExistsError:
        problem = _recognise(file)
    except OSError as exc:
        problem = f"The ledger {file} cannot be made: {exc.strerror or type(exc).__name__}. Name another place for it."
    if problem:
        raise LedgerError(problem)


def is_ledger(file: Path) -> bool:
    """Tell whether `file` looks like a ledger, or another SQLite file."""
    try:
        with file.open("rb") as stream:
            return stream.read(len(_MAGIC)) == _MAGIC
    except OSError:
        return False


def _recognise(file: Path) -> str:
    """Return why `file` cannot be used as a ledger; nothing if it can."""
    remedy = "It was left as it is: name another file."
    try:
        with file.open("rb") as stream:
            header = stream.read(_HEADER_BYTES)
    except OSError as exc:
        return f"The ledger {file} cannot be read: {exc.strerror or type(exc).__name__}. Name another file."
    if not header:
        return ""
    if not header.startswith(_MAGIC):
        return f"{file} is not a ledger: it is not an SQLite file. {remedy}"
    if int.from_bytes(header[68:72]) != APPLICATION_ID:
        return f"{file} is not a ledger: it is an SQLite file of another program. {remedy}"
    if not os.access(file, os.W_OK) or not os.access(file.parent, os.W_OK):
        return (
            f"The ledger {file} cannot be written, or nothing beside it in its folder. Change its permissions, or work on "
            "a copy of it."
        )
    try:
        version, damage = _inspect(file)
    except sqlite3.Error as exc:
        return explained(str(file), exc)
    if version not in FINGERPRINTS:
        return (
            f"The ledger {file} has schema version {version}, and this emailrcd reads up to version {VERSION}. It was left as "
            "it is: use the emailrcd that wrote it, or name another file."
        )
    return damaged(str(file), damage) if damage else ""


def _inspect(file: Path) -> tuple[int, str]:
    """Return the schema's version, and what is wrong with the file, read without writing."""
    # With a log beside it, the file alone would not be the whole truth; without, reading must not make one.
    mode = "mode=ro" if file.with_name(f"{file.name}-wal").exists() else "immutable=1"
    with closing(sqlite3.connect(f"{file.as_uri()}?{mode}", uri=True, timeout=BUSY_SECONDS)) as connection:
        execute = connection.execute
        version = execute("PRAGMA user_version").fetchone()[0]
        if version not in FINGERPRINTS:
            return version, ""
        tables = execute("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL").fetchall()
        if fingerprint(sql for (sql,) in tables) != FINGERPRINTS[version]:
            return version, "its tables are not those of a ledger"
        pages = execute("PRAGMA page_count").fetchone()[0] * execute("PRAGMA page_size").fetchone()[0]
        if mode == "immutable=1" and file.stat().st_size < pages:
            return version, "its end is missing"
        if pages <= _CHECKED_BYTES and execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
            return version, "SQLite's check fails"
    return version, ""
