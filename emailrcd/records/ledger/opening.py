"""Before a ledger is opened: where it can be, made where there is none, recognised or refused; and its errors in words."""

from __future__ import annotations

import os
import re
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from ...errors import LedgerError, in_place_of
from .schema import APPLICATION_ID, FINGERPRINTS, VERSION, fingerprint

BUSY_SECONDS = 30.0
"""How long another process may hold the ledger."""

_MAGIC = b"SQLite format 3\0"
_HEADER_BYTES = 72
_CHECKED_BYTES = 32 * 1024 * 1024
"""Ledgers up to this size are checked as a whole when they are opened: a tenth of a second."""

_NETWORK = [
    "nfs",
    "nfs4",
    "cifs",
    "smb3",
    "smbfs",
    "afs",
    "ceph",
    "glusterfs",
    "lustre",
    "beegfs",
    "fuse.sshfs",
    "fuse.glusterfs",
]
"""Several machines can have a file open on these, and SQLite's write-ahead log needs memory they would share."""

_MOUNTS = Path("/proc/mounts")


def default_path() -> Path:
    """Return the user's own ledger, ``emailrcd/history.sqlite`` where this system keeps the data of programs.

    The folder is made, readable by its owner alone, the file is not. The sandbox's answers do not belong there.

    Raises
    ------
    LedgerError
        The folder cannot be made.
    """
    home = Path.home()
    if sys.platform == "darwin":
        data = home / "Library" / "Application Support"
    elif os.name == "nt":
        data = Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
    else:
        data = Path(os.environ.get("XDG_DATA_HOME") or home / ".local" / "share")
    folder = data / "emailrcd"
    with in_place_of(
        OSError,
        error=lambda why: LedgerError(f"The folder {folder} cannot be made: {why}. Name another place for the ledger."),
    ):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder / "history.sqlite"


def is_ledger(file: Path) -> bool:
    """Tell whether `file` looks like a ledger, or another SQLite file."""
    return _header(file).startswith(_MAGIC)


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
    except FileExistsError:
        _recognise(file)
    except OSError as exc:
        why = exc.strerror or type(exc).__name__
        raise LedgerError(f"The ledger {file} cannot be made: {why}. Name another place for it.") from None


def network_file_system(folder: Path, mounts: Path = _MOUNTS) -> str | None:
    """Return the type of the network file system that `folder` is on; None if it is on none, or that cannot be told.

    Parameters
    ----------
    folder : path
        Absolute.
    mounts : path
        The table of mounts, as Linux keeps it.
    """
    try:
        table = mounts.read_text(errors="surrogateescape")
    except OSError:
        return None
    best, kind = Path(), ""
    for line in table.splitlines():
        _, point, name, *_ = line.split()
        mounted = Path(re.sub(r"\\([0-7]{3})", lambda code: chr(int(code[1], 8)), point))
        # The later of two mounts on one point hides the earlier.
        if folder.is_relative_to(mounted) and len(mounted.parts) >= len(best.parts):
            best, kind = mounted, name
    return kind if kind in _NETWORK else None


def on_network(file: Path, kind: str) -> str:
    """Return the words for a place on a file system of this `kind`."""
    return (
        f"The ledger {file} would be on a network file system ({kind}), where SQLite's write-ahead log cannot work. Name a "
        f"file on a disk of this machine, for example /var/tmp/{file.name}."
    )


@contextmanager
def explained(path: str) -> Iterator[None]:
    """Raise what an error of SQLite means for the ledger at `path`, and what to do, in its place."""
    try:
        yield
    except sqlite3.Error as exc:
        problem = in_words(path, exc)
    else:
        return
    raise LedgerError(problem)


def in_words(path: str, exc: sqlite3.Error) -> str:
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
            return _damaged(path, "SQLite cannot read it")
        case "READONLY" | "CANTOPEN" | "PERM":
            return f"The ledger {path} cannot be opened for writing. Check its permissions and those of its folder."
        case _:
            # The kind of error, not its text: that may quote what is in the ledger.
            return f"The ledger {path} failed: {name or type(exc).__name__}. If this comes again, name another ledger."


def _damaged(path: str | Path, how: str) -> str:
    return f"The ledger {path} is damaged ({how}). It was left as it is: move it away and restore a copy, or name another file."


def _header(file: Path) -> bytes:
    with suppress(OSError), file.open("rb") as stream:
        return stream.read(_HEADER_BYTES)
    return b""


def _recognise(file: Path) -> None:
    """Refuse a file that cannot be used as a ledger; an empty one can."""
    remedy = "It was left as it is: name another file."
    if not os.access(file, os.R_OK | os.W_OK) or not os.access(file.parent, os.W_OK):
        raise LedgerError(
            f"The ledger {file} cannot be written or read, or nothing beside it in its folder. Change its permissions, or "
            "work on a copy of it."
        )
    header = _header(file)
    if not header and file.is_file():
        return
    if not header.startswith(_MAGIC):
        raise LedgerError(f"{file} is not a ledger: it is not an SQLite file. {remedy}")
    if int.from_bytes(header[68:]) != APPLICATION_ID:
        raise LedgerError(f"{file} is not a ledger: it is an SQLite file of another program. {remedy}")
    with explained(str(file)):
        _inspect(file)


def _inspect(file: Path) -> None:
    """Refuse a ledger of another version, or one that is damaged; it is read without writing."""
    # With a log beside it, the file alone would not be the whole truth; without, reading must not make one.
    mode = "mode=ro" if file.with_name(f"{file.name}-wal").exists() else "immutable=1"
    with closing(sqlite3.connect(f"{file.as_uri()}?{mode}", uri=True, timeout=BUSY_SECONDS)) as connection:
        execute = connection.execute
        version = execute("PRAGMA user_version").fetchone()[0]
        if version not in FINGERPRINTS:
            raise LedgerError(
                f"The ledger {file} has schema version {version}, and this emailrcd reads up to version {VERSION}. It was "
                "left as it is: use the emailrcd that wrote it, or name another file."
            )
        tables = execute("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL").fetchall()
        if fingerprint(sql for (sql,) in tables) != FINGERPRINTS[version]:
            raise LedgerError(_damaged(file, "its tables are not those of a ledger"))
        pages = execute("PRAGMA page_count").fetchone()[0] * execute("PRAGMA page_size").fetchone()[0]
        if mode == "immutable=1" and file.stat().st_size < pages:
            raise LedgerError(_damaged(file, "its end is missing"))
        if pages <= _CHECKED_BYTES and execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
            raise LedgerError(_damaged(file, "SQLite's check fails"))
