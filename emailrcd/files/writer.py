"""Files that are there as a whole or not at all, and that only their owner can read."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from ..errors import EmailrcdError


@contextmanager
def whole_file(file: Path) -> Iterator[BinaryIO]:
    """Write `file`: it takes its name, and the place of an older one, only when the block has ended well.

    Raises
    ------
    EmailrcdError
        The folder does not exist, or it cannot be written.
    """
    if not file.parent.is_dir():
        raise EmailrcdError(f"There is no folder {file.parent.absolute()}. Make it first, or choose another.")
    try:
        # A temporary file is readable by its owner alone.
        handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}-")
        try:
            with os.fdopen(handle, "wb") as stream:
                yield stream
            os.replace(name, file)
        except BaseException:
            os.unlink(name)
            raise
    except OSError as exc:
        problem = exc.strerror or type(exc).__name__
    else:
        return
    raise EmailrcdError(f"{file.absolute()} cannot be written: {problem}. Choose another place.")


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
    folder = file.absolute().parent
    if not folder.is_dir():
        raise EmailrcdError(
            f"{file.absolute()} cannot be written: there is no folder {folder}. Make it first, or choose another."
        )
    if file.is_dir() or not os.access(folder, os.W_OK):
        raise EmailrcdError(f"{file.absolute()} cannot be written. Choose another folder or name.")
    return file


def put(data: bytes, file: Path) -> Path:
    """Write `data` to `file`; an older one is replaced as a whole, or left as it was.

    Raises
    ------
    EmailrcdError
        The file cannot be written.
    """
    part = file.with_name(f".{file.name}.part")
    try:
        part.write_bytes(data)
        part.replace(file)
    except OSError as exc:
        part.unlink(missing_ok=True)
        problem = exc.strerror or type(exc).__name__
    else:
        return file
    raise EmailrcdError(f"{file.absolute()} cannot be written: {problem}. Choose another folder or name.")
