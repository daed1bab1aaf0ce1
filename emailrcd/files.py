"""Files that are there as a whole or not at all, and that only their owner can read."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from .errors import EmailrcdError


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
