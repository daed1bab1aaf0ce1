"""Files in chunks: what arrives from the browser, and what goes to it.

A message as large as a file would break the connection to the kernel; chunks of 1 MiB, each asked for by the receiver,
arrive at any size. They travel as messages and never become part of a widget's state.
"""

from __future__ import annotations

import io
from typing import Literal

from ..errors import EmailrcdError
from .replies import FileChunk, FileReady, Next
from .widget import Screen

Purpose = Literal["ids", "results", "before"]
"""What a file is for: ids to ask, saved results to look at, or saved results to compare with."""

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

    Attributes
    ----------
    received : int
        Bytes received.
    """

    def __init__(self, number: int, name: str, size: int, purpose: Purpose) -> None:
        super().__init__()
        if size > LARGEST_UPLOAD:
            raise EmailrcdError(
                f"{name} is larger than 1 GiB. Split it or, in JupyterLab, copy it there and name its path."
            )
        self.number, self.name, self.size, self.purpose = number, name, size, purpose
        self.received = 0

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
        self.received += self.write(chunk)
        self.seek(0)
        return self.received == self.size


class Files:
    """The upload that is on its way in, and the file that is on its way out.

    Parameters
    ----------
    screen : Screen
        Is told of both.
    """

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._upload: Upload | None = None
        self._offered = b""
        self._number = 0

    def begin_upload(self, number: int, name: str, size: int, purpose: Purpose) -> None:
        """Expect a file of `size` bytes in chunks; no name for pasted text."""
        self._upload = Upload(number, name, size, purpose)
        self._screen.show(Next(number=number, offset=0))

    def take_chunk(self, number: int, offset: int, chunk: bytes) -> Upload | None:
        """Take a chunk; return the upload once it is whole. A chunk of an earlier one is ignored."""
        upload = self._upload
        if upload is None or number != upload.number:
            return None
        whole = upload.take(offset, chunk)
        self._screen.show(Next(number=number, offset=upload.received))
        if not whole:
            return None
        self._upload = None
        return upload

    def offer(self, name: str, data: bytes) -> None:
        """Offer a file to the page, which asks for it chunk by chunk."""
        self._number += 1
        self._offered = data
        self._screen.show(FileReady(number=self._number, name=name, size=len(data)))

    def send_chunk(self, number: int, offset: int) -> None:
        """Send the chunk of the file that begins at `offset`."""
        if number == self._number:
            self._screen.show(FileChunk(number=number, offset=offset), [self._offered[offset : offset + CHUNK_BYTES]])
