"""Files in chunks: what arrives from the browser, and what goes to it.

A message as large as a file would break the connection to the kernel; chunks of 1 MiB, each asked for by the receiver,
arrive at any size. They travel as messages and never become part of a widget's state.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field

from ..errors import EmailrcdError
from .messages import Purpose

CHUNK_BYTES = 1024 * 1024
LARGEST_UPLOAD = 1024 * 1024 * 1024


class Upload(io.BytesIO):
    """A file (or pasted text) on its way in; once it is whole, an open file with its name.

    Parameters
    ----------
    number : int
        Tells one upload from the next; a chunk of an earlier one is ignored.
    name : str
        Its file name; ``""`` for pasted text.
    size : int
        Bytes announced.
    purpose : {"ids", "results", "before"}
        What it is for.
    """

    def __init__(self, number: int, name: str, size: int, purpose: Purpose) -> None:
        super().__init__()
        if size > LARGEST_UPLOAD:
            raise EmailrcdError(
                f"{name} is larger than 1 GiB. Split it or, in JupyterLab, copy it there and name its path."
            )
        self.number, self.name, self.size, self.purpose = number, name, size, purpose

    @property
    def received(self) -> int:
        """Bytes received."""
        return self.getbuffer().nbytes

    def take(self, offset: int, chunk: bytes) -> bool:
        """Take a chunk; True once the file is whole, and can be read from its beginning.

        Raises
        ------
        EmailrcdError
            The chunk does not follow the one before.
        """
        if offset != self.received or offset + len(chunk) > self.size:
            raise EmailrcdError(f"The upload of {self.name or 'the pasted text'} was broken. Please try again.")
        self.seek(offset)
        self.write(chunk)
        self.seek(0)
        return self.received == self.size


@dataclass(frozen=True)
class Download:
    """A file on its way out; its number tells it from the one before."""

    number: int
    name: str
    data: bytes = field(repr=False)

    def chunk(self, offset: int) -> bytes:
        """Return the chunk that begins at `offset`."""
        return self.data[offset : offset + CHUNK_BYTES]
