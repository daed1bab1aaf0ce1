"""Files to and from the page: uploads as they arrive, and what is to be taken away, by its name."""

from __future__ import annotations

import re

import pandas as pd

from .messages import Purpose
from .replies import FileChunk, FileReady, Next
from .transfer import Download, Upload
from .widget import Screen

_NAME_LENGTH = 40


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
        self._download: Download | None = None
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
        self._download = Download(self._number, name, data)
        self._screen.show(FileReady(number=self._number, name=name, size=len(data)))

    def send_chunk(self, number: int, offset: int) -> None:
        """Send the chunk of the file that begins at `offset`."""
        if self._download is not None and number == self._download.number:
            self._screen.show(FileChunk(number=number, offset=offset), [self._download.chunk(offset)])


def file_name(
    what: str,
    suffix: str,
    *,
    sandbox: bool,
    records: pd.DataFrame,
    filters: list[str],
) -> str:
    """Return a name that tells what is in a file: its date, its campaign if it is one, and how it was chosen."""
    campaigns = records["campaign"].astype("str").dropna().unique().tolist() if "campaign" in records else []
    parts = [
        "sandbox" if sandbox else "",
        what,
        f"{pd.Timestamp.now():%Y-%m-%d}",
        campaigns[0] if len(campaigns) == 1 else "",
        *filters,
    ]
    return "-".join(part for part in map(_slug, parts) if part) + suffix


def _slug(text: str) -> str:
    """Return text as a piece of a file's name: an address has no place there."""
    if "@" in text:
        return "filtered"
    return re.sub(r"[^\w.]+", "-", text, flags=re.UNICODE).strip("-.").lower()[:_NAME_LENGTH]
