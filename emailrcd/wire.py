"""How bytes travel: connections to one server, kept open, and replies with a deadline and a bound of their size.

``http.client`` reads replies and ``ssl`` verifies; libraries above them do much for every call that calls to one fixed address
do not need, and that is most of what a query of many threads has to spend.
"""

from __future__ import annotations

import base64
import http
import http.client
import io
import os
import selectors
import socket
import ssl
import time
import weakref
import zlib
from collections.abc import Mapping
from contextlib import suppress
from email.message import Message
from typing import Any, NamedTuple, cast
from urllib.parse import unquote, urlsplit

import certifi
from requests.utils import get_environ_proxies, select_proxy

from . import api
from .errors import EmailrcdError

REPLY_BYTES = 8 * 1024 * 1024
"""The largest reply that is read; one about 200 ids is some 25 kB."""

_BUFFER_BYTES = 64 * 1024
_IDLE_SECONDS = 1.0
"""A connection that has rested longer is looked at before it is used: the server may have hung up."""


class TimedOutConnecting(TimeoutError):
    """There was no connection in time."""


class TooLarge(Exception):
    """A reply is larger than `REPLY_BYTES`."""


class Route(NamedTuple):
    """Where calls go: the server, and the proxy on the way, if any."""

    host: str
    port: int
    secure: bool
    proxy_host: str = ""
    proxy_port: int = 0
    proxy_login: str = ""

    @property
    def first(self) -> tuple[str, int]:
        """Host and port this machine connects to."""
        return (self.proxy_host, self.proxy_port) if self.proxy_host else (self.host, self.port)

    def __repr__(self) -> str:
        return f"<Route {self.host}:{self.port}>"

    def connect(self, seconds: float, context: ssl.SSLContext | None) -> socket.socket:
        """Return a connection to the server; with `context`, and to https, one whose certificate it has verified."""
        if self.proxy_host:
            tunnel = http.client.HTTPConnection(self.proxy_host, self.proxy_port, timeout=seconds)
            login = base64.b64encode(self.proxy_login.encode()).decode()
            tunnel.set_tunnel(self.host, self.port, {"Proxy-Authorization": f"Basic {login}"} if login else {})
            tunnel.connect()
            plain: socket.socket = tunnel.sock
        else:
            plain = socket.create_connection(self.first, timeout=seconds)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return context.wrap_socket(plain, server_hostname=self.host) if self.secure and context else plain


def route(url: str) -> Route:
    """Return the way to `url`, through the proxy that the environment names; to this machine there is none.

    Raises
    ------
    EmailrcdError
        The proxy is none that plain HTTP is spoken to.
    """
    parts = urlsplit(url)
    host, secure = parts.hostname or "", parts.scheme == "https"
    direct = Route(host, parts.port or (443 if secure else 80), secure)
    proxy = None if api.is_loopback(host) else select_proxy(url, get_environ_proxies(url))
    if not proxy:
        return direct
    via = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
    if via.scheme != "http" or not via.hostname:
        raise EmailrcdError(
            f"The proxy in the environment is a {via.scheme} one; only http:// proxies can be used. Set HTTPS_PROXY to one, "
            f"or NO_PROXY={host} to go without."
        )
    login = f"{unquote(via.username or '')}:{unquote(via.password or '')}" if via.username else ""
    return direct._replace(proxy_host=via.hostname, proxy_port=via.port or 80, proxy_login=login)


class Request:
    """A signed call; its repr shows nothing of it."""

    __slots__ = ("_body", "_head")

    def __init__(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> None:
        lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
        self._head = "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode("ascii")
        self._body = body

    def __bytes__(self) -> bytes:
        return self._head + self._body


class Response(NamedTuple):
    """A whole reply, decompressed."""

    status: int
    headers: Message
    body: bytes


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
        connection = self._rested() or _Connection(self._connect(), self._timeout[1])
        try:
            response = connection.send(request)
        except BaseException:
            connection.close()
            raise
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


class _Connection:
    """One connection, used by one thread at a time."""

    def __init__(self, sock: socket.socket, seconds: float) -> None:
        self.reusable = False
        self._sock = sock
        self._seconds = seconds
        self._rests_since = time.monotonic()

    def send(self, request: Request) -> Response:
        incoming = _Incoming(self._sock, self._seconds)
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
        body = reply.read(REPLY_BYTES + 1)
        if len(body) > REPLY_BYTES:
            raise TooLarge
        if reply.length:
            raise http.client.IncompleteRead(body, reply.length)
        self.reusable = not reply.will_close
        self._rests_since = time.monotonic()
        return Response(reply.status, reply.headers, _decompressed(body, reply.headers.get("Content-Encoding", "")))

    def is_alive(self) -> bool:
        """Tell whether the server has kept the connection: one that rests has nothing to say but that it is closed."""
        if time.monotonic() - self._rests_since < _IDLE_SECONDS:
            return True
        with selectors.DefaultSelector() as selector:
            selector.register(self._sock, selectors.EVENT_READ)
            return not selector.select(0)

    def close(self) -> None:
        self._sock.close()


class _Incoming(io.RawIOBase):
    """What comes from a socket, as ``http.client`` opens it: all of it within `seconds`, to a tenth of them."""

    def __init__(self, sock: socket.socket, seconds: float) -> None:
        self._sock = sock
        self._slack = seconds / 10
        self._deadline = time.monotonic() + seconds
        self._allow(seconds)

    def makefile(self, mode: str) -> io.BufferedReader:  # noqa: ARG002 - the signature of sockets
        return io.BufferedReader(self, _BUFFER_BYTES)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the reply was not complete in time")
        self._allow(left)
        return self._sock.recv_into(buffer)

    def _allow(self, seconds: float) -> None:
        """Give the next step no more than `seconds`; to say so each time would cost as much as a read."""
        if not 0 <= (self._sock.gettimeout() or -1) - seconds <= self._slack:
            self._sock.settimeout(seconds)


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


def tls_context(
    ca_bundle: str | os.PathLike[str] | None, environment: Mapping[str, str] = os.environ
) -> ssl.SSLContext:
    """Return a verifying context for `ca_bundle`, else ``REQUESTS_CA_BUNDLE``, ``CURL_CA_BUNDLE``, else certifi's.

    Raises
    ------
    EmailrcdError
        The bundle cannot be read.
    """
    bundle = ca_bundle or environment.get("REQUESTS_CA_BUNDLE") or environment.get("CURL_CA_BUNDLE") or certifi.where()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.set_alpn_protocols(["http/1.1"])
    try:
        if os.path.isdir(bundle):
            context.load_verify_locations(capath=bundle)
        else:
            context.load_verify_locations(cafile=bundle)
    except OSError as exc:
        raise EmailrcdError(
            f"The CA bundle {os.fspath(bundle)} cannot be used ({exc.strerror or exc}). "
            "Give ca_bundle= a PEM file of trusted certificates, or unset REQUESTS_CA_BUNDLE and CURL_CA_BUNDLE."
        ) from None
    return context
