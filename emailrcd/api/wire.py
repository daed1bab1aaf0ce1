"""Calls over connections to one server that are kept open.

``http.client`` reads replies and ``ssl`` verifies. What libraries above them do for every call is not needed where all go to
one address, and would cost a query of many threads most of what it has to spend.
"""

from __future__ import annotations

import http
import http.client
import os
import selectors
import socket
import ssl
import weakref
import zlib
from collections.abc import Mapping
from contextlib import suppress
from email.message import Message
from typing import NamedTuple, cast

from .messages import REPLY_BYTES, Incoming, TooLarge, head
from .routing import Route


class TimedOutConnecting(TimeoutError):
    """There was no connection in time."""


class Request:
    """A signed call; its repr shows nothing of it."""

    __slots__ = ("_body", "_head")

    def __init__(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> None:
        self._head = head(method, target, {**headers, "Content-Length": str(len(body))})
        self._body = body

    def __bytes__(self) -> bytes:
        return self._head + self._body


class Response(NamedTuple):
    """A whole reply, decompressed; its repr shows nothing of what it says."""

    status: int
    headers: Message
    body: bytes

    def __repr__(self) -> str:
        return f"<Response {self.status}>"


class Connections:
    """Connections to one server, kept open between calls; safe to use from many threads at once.

    Parameters
    ----------
    way : Route
        To the server.
    context : ssl.SSLContext
        Verifies it. One for all: loading trusted certificates takes many times longer than a connection.
    most : int
        How many are kept open.
    timeout : (float, float)
        Seconds to connect, and seconds for a whole reply.
    """

    def __init__(self, way: Route, context: ssl.SSLContext, most: int, timeout: tuple[float, float]) -> None:
        self._way = way
        self._context = context
        self._most = most
        self._timeout = timeout
        self._idle: list[_Connection] = []
        weakref.finalize(self, _close_all, self._idle)

    def send(self, request: Request) -> Response:
        """Make one call.

        Raises
        ------
        OSError, http.client.HTTPException, zlib.error
            No connection, or no reply that could be read.
        TooLarge
            The reply is too large.
        """
        connection = None
        try:
            connection = self._rested() or _Connection(self._connect(), self._timeout[1])
            response = connection.send(request)
        except BaseException as exc:  # noqa: BLE001 - it is raised again
            if connection is not None:
                connection.close()
            # A notebook may show what its frames hold, on Ctrl-C too: pieces of a reply, or of a proxy's login.
            raise exc.with_traceback(None) from None
        if connection.reusable and len(self._idle) < self._most:
            self._idle.append(connection)
        else:
            connection.close()
        return response

    def close(self) -> None:
        """Close all connections; calls can be made still, each over a connection of its own."""
        self._most = 0
        _close_all(self._idle)

    def _rested(self) -> _Connection | None:
        with suppress(IndexError):
            while True:
                connection = self._idle.pop()
                if connection.is_alive():
                    return connection
                connection.close()
        return None

    def _connect(self) -> socket.socket:
        try:
            return self._way.connect(self._timeout[0], self._context)
        except TimeoutError as exc:
            raise TimedOutConnecting from exc


def _close_all(connections: list[_Connection]) -> None:
    with suppress(IndexError):
        while True:
            connections.pop().close()


_Selector = getattr(selectors, "PollSelector", selectors.SelectSelector)
"""One that takes no descriptor of its own."""


class _Connection:
    """One connection, used by one thread at a time."""

    def __init__(self, sock: socket.socket, seconds: float) -> None:
        self.reusable = False
        self._sock = sock
        self._seconds = seconds
        self._process = os.getpid()
        self._selector = _Selector()
        self._selector.register(sock, selectors.EVENT_READ)

    def send(self, request: Request) -> Response:
        incoming = Incoming(self._sock, self._seconds)
        # At once: head and body in two pieces would be two packets, and twice the waiting for Python's lock.
        self._sock.sendall(bytes(request))
        reply = http.client.HTTPResponse(cast("socket.socket", incoming))
        reply.begin()
        if reply.status != http.HTTPStatus.OK:
            # What it says besides is not read, so that the connection is spent.
            self.reusable = False
            return Response(reply.status, reply.headers, b"")
        if (reply.length or 0) > REPLY_BYTES:
            raise TooLarge
        try:
            body = reply.read(REPLY_BYTES + 1)
        except ValueError:
            # http.client takes the size of a chunk as it comes, also a negative one.
            raise http.client.HTTPException from None
        if len(body) > REPLY_BYTES:
            raise TooLarge
        if reply.length:
            raise http.client.IncompleteRead(body, reply.length)
        reply.close()
        # More than the reply is no answer to anything: it must not be taken for that to the next call.
        self.reusable = not reply.will_close and not incoming.has_more
        return Response(reply.status, reply.headers, _decompressed(body, reply.headers.get("Content-Encoding", "")))

    def is_alive(self) -> bool:
        """Tell whether it can be used: one that rests has nothing to say but that it is closed, or what nobody asked for."""
        if self._process != os.getpid():
            # A fork shares it with the process that it comes from, and would get the replies to that one's calls.
            return False
        return not self._selector.select(0)

    def close(self) -> None:
        self._sock.close()


def _decompressed(body: bytes, encoding: str) -> bytes:
    if encoding.lower() not in ("gzip", "x-gzip"):
        return body
    decompressor = zlib.decompressobj(zlib.MAX_WBITS | 16)
    plain = decompressor.decompress(body, REPLY_BYTES + 1)
    if len(plain) > REPLY_BYTES:
        raise TooLarge
    if not decompressor.eof:
        raise zlib.error("incomplete")
    return plain
