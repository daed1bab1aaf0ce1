"""What can be wrong with a ledger's file, in words."""

from __future__ import annotations

import sqlite3
from pathlib import Path

BUSY_SECONDS = 30.0
"""How long another process may hold the ledger."""


def explained(path: str, exc: sqlite3.Error) -> str:
    """Return what an error of SQLite means for the ledger at `path`, and what to do."""
    if isinstance(exc, sqlite3.ProgrammingError):
        return f"The ledger {path} has been closed. Open it again with emailrcd.Ledger."
    name = getattr(exc, "sqlite_errorname", "")
    match name.split("_")[1] if "_" in name else "":
        case "BUSY" | "LOCKED":
            return (
                f"The ledger {path} has been locked by another process for {BUSY_SECONDS:.0f} s. Wait for its end, or "
                "name another ledger."
            )
        case "FULL":
            return f"The ledger {path} cannot grow: the disk is full. Make room and run this again; what was committed is kept."
        case "CORRUPT" | "NOTADB":
            return damaged(path, "SQLite cannot read it")
        case "READONLY" | "CANTOPEN" | "PERM":
            return f"The ledger {path} cannot be opened for writing. Check its permissions and those of its folder."
        case _:
            # The kind of error, not its text: that may quote what is in the ledger.
            return f"The ledger {path} failed: {name or type(exc).__name__}. If this comes again, name another ledger."


def damaged(path: str, how: str) -> str:
    """Return the words for a ledger that cannot be trusted any more."""
    return f"The ledger {path} is damaged ({how}). It was left as it is: move it away and restore a copy, or name another file."


def on_network(file: Path, kind: str) -> str:
    """Return the words for a place on a file system of this `kind`."""
    return (
        f"The ledger {file} would be on a network file system ({kind}), where SQLite's write-ahead log cannot work. Name a "
        f"file on a disk of this machine, for example /var/tmp/{file.name}."
    )
