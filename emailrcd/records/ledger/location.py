"""Where a ledger can be: the usual place, and file systems on which it cannot work."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

from ...errors import LedgerError, in_place_of

NETWORK_FILE_SYSTEMS = frozenset(
    [
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
)
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
    return kind if kind in NETWORK_FILE_SYSTEMS else None
