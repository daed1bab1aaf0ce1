"""Files that are there as a whole or not at all, and that only their owner can read."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from ..errors import EmailrcdError, in_place_of

try:
    import fcntl
except ImportError:  # on Windows, where a file that is open cannot be deleted anyway
    fcntl = None  # type: ignore[assignment]

_RANDOM = "-[a-z0-9_]{8}"
"""What `tempfile` puts behind a name."""


@contextmanager
def whole_file(file: Path) -> Iterator[BinaryIO]:
    """Write `file`: it takes its name, and the place of an older one, only when the block has ended well.

    Raises
    ------
    EmailrcdError
        The folder does not exist, or it cannot be written.
    """
    _check_folder(file)
    with in_place_of(
        OSError,
        error=lambda why: EmailrcdError(f"{file.absolute()} cannot be written: {why}. Choose another place."),
    ):
        # A temporary file is readable by its owner alone, and made where no other file or link was.
        handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}-")
        try:
            with os.fdopen(handle, "wb") as stream:
                _try_to_lock(handle)
                yield stream
            os.replace(name, file)
        except BaseException:
            os.unlink(name)
            raise


def write_whole(data: bytes, file: Path) -> Path:
    """Write `data` to `file` as a whole, or leave an older one as it was; return the file."""
    clear_unfinished(file.parent, re.escape(file.name))
    with whole_file(file) as stream:
        stream.write(data)
    return file


def clear_unfinished(folder: Path, names: str = ".+") -> None:
    """Delete what runs that were killed had begun to write in `folder`, of files whose names match a pattern."""
    unfinished = re.compile(rf"\.{names}{_RANDOM}")
    with suppress(OSError):
        for name in filter(unfinished.fullmatch, os.listdir(folder)):
            with suppress(OSError), (folder / name).open("rb") as stream:
                if _try_to_lock(stream.fileno()):
                    os.unlink(folder / name)


def _try_to_lock(handle: int) -> bool:
    """Lock an open file until it is closed, or its process dies; tell whether no other process has done so."""
    try:
        if fcntl is not None:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def target(path: str | os.PathLike[str], suffixes: Sequence[str]) -> Path:
    """Return the file that `path` names, before anything is done that could not be kept.

    Raises
    ------
    EmailrcdError
        The name has another end, or the folder does not exist or cannot be written to.
    """
    file = Path(path).expanduser()
    if file.suffix.lower() not in suffixes:
        raise EmailrcdError(f"{file.name} cannot be written: the name must end in {', '.join(suffixes)}.")
    _check_folder(file)
    if file.is_dir() or not os.access(file.parent, os.W_OK):
        raise EmailrcdError(f"{file.absolute()} cannot be written. Choose another folder or name.")
    return file


def _check_folder(file: Path) -> None:
    folder = file.absolute().parent
    if not folder.is_dir():
        raise EmailrcdError(
            f"{file.absolute()} cannot be written: there is no folder {folder}. Make it first, or choose another."
        )
