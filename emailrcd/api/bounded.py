"""One HTTP reply as ``http.client`` reads it, bounded: so many bytes, all within the time-out of its socket."""

from __future__ import annotations

import http
import http.client
import io
import socket
import time
from typing import Any, cast

REPLY_BYTES = 8 * 1024 * 1024
"""The largest reply that is read; one about 200 ids is some 25 kB."""

_BUFFER_BYTES = 64 * 1024


class TooLarge(Exception):
    """A reply is larger than `REPLY_BYTES`."""


class BoundedResponse(http.client.HTTPResponse):
    """A reply whose head and body together must come within the time-out that its socket has when it is made."""

    def __init__(self, sock: socket.socket, *args: Any, **settings: Any) -> None:
        super().__init__(cast("socket.socket", _Incoming(sock)), *args, **settings)

    def begin(self) -> None:
        """Read the head; those of 102 and 103 announce a reply and are not one, which http.client knows of 100 alone."""
        super().begin()
        while 100 <= self.status < 200 and self.status != http.HTTPStatus.SWITCHING_PROTOCOLS:
            self.headers = self.msg = None  # type: ignore[assignment] # makes it read the next head
            super().begin()
        if self.headers.defects:
            # urllib3 would log what it cannot read, which may be an echo of what was sent.
            raise http.client.HTTPException("a head with lines that are not headers")


class _Incoming(io.RawIOBase):
    """What comes from a socket until a deadline; opened as ``http.client`` opens a socket."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._raw = cast(io.RawIOBase, sock.makefile("rb", buffering=0))
        self._deadline = time.monotonic() + (sock.gettimeout() or 0.0)
        self._room = REPLY_BYTES + _BUFFER_BYTES

    def makefile(self, mode: str) -> io.BufferedReader:  # noqa: ARG002 - the signature of sockets
        """Return what reads from here in pieces large enough to empty what TLS has decrypted.

        What comes after a reply is lost with them, or still in the socket, where urllib3 looks before the next call.
        """
        return io.BufferedReader(self, _BUFFER_BYTES)

    def readable(self) -> bool:
        """Say so."""
        return True

    def readinto(self, buffer: Any) -> int | None:
        """Read what there is, unless it is too late or too much."""
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the reply was not complete in time")
        self._sock.settimeout(left)
        received = self._raw.readinto(buffer)
        self._room -= received or 0
        if self._room < 0:
            raise TooLarge
        return received

    def close(self) -> None:
        """Let go of the socket."""
        super().close()
        self._raw.close()
