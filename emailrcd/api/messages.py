"""HTTP messages on a socket: heads to be sent, and what comes, with a deadline and a bound of its size."""

from __future__ import annotations

import io
import socket
import time
from collections.abc import Mapping
from typing import Any

REPLY_BYTES = 8 * 1024 * 1024
"""The largest reply that is read; one about 200 ids is some 25 kB."""

_BUFFER_BYTES = 64 * 1024


class TooLarge(Exception):
    """A reply is larger than `REPLY_BYTES`."""


def head(method: str, target: str, headers: Mapping[str, str]) -> bytes:
    """Return the first line and the headers of a request."""
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode("ascii")


class Incoming(io.RawIOBase):
    """What comes from a socket, as ``http.client`` opens it: bounded, and all of it within `seconds`, to a tenth of them.

    Attributes
    ----------
    has_more : bool
        Whether more had come than was read, once what `makefile` returned is closed.
    """

    def __init__(self, sock: socket.socket, seconds: float) -> None:
        self.has_more = False
        self._sock = sock
        self._slack = seconds / 10
        self._deadline = time.monotonic() + seconds
        self._room = REPLY_BYTES + _BUFFER_BYTES
        self._ended = False
        self._allow(seconds)

    def makefile(self, mode: str) -> io.BufferedReader:  # noqa: ARG002 - the signature of sockets
        """Return what reads from here in large pieces."""
        return _Buffered(self, _BUFFER_BYTES)

    def readable(self) -> bool:
        """Say so."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read what there is.

        Raises
        ------
        TimeoutError
            The time is over.
        TooLarge
            More has come than any reply needs.
        """
        if self._ended:
            return 0
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the reply was not complete in time")
        self._allow(left)
        received = self._sock.recv_into(buffer)
        self._room -= received
        if self._room < 0:
            raise TooLarge
        return received

    def end(self, buffered: io.BufferedReader) -> None:
        """Look whether anything is left in `buffered`, and let nothing more into it."""
        self._ended = True
        self.has_more = bool(buffered.peek(1))

    def _allow(self, seconds: float) -> None:
        """Give the next step no more than `seconds`; to say so each time would cost as much as a read."""
        if not 0 <= (self._sock.gettimeout() or -1) - seconds <= self._slack:
            self._sock.settimeout(seconds)


class _Buffered(io.BufferedReader):
    """Tells what it reads from, before it is closed, whether anything is left."""

    raw: Incoming

    def close(self) -> None:
        if not self.closed:
            self.raw.end(self)
        super().close()
