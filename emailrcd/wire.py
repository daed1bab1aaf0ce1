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
        sock = socket.create_connection(self.first, timeout=seconds)
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self.proxy_host:
                self._tunnel(sock, seconds)
            if self.secure and context:
                # The handshake in a step of its own: one that is interrupted leaves something to close.
                sock = secured = context.wrap_socket(sock, server_hostname=self.host, do_handshake_on_connect=False)
                secured.do_handshake()
        except BaseException:
            sock.close()
            raise
        return sock

    def _tunnel(self, sock: socket.socket, seconds: float) -> None:
        """Have the proxy connect to the server."""
        host = f"[{self.host}]" if ":" in self.host else self.host.encode("idna").decode("ascii")
        server = f"{host}:{self.port}"
        incoming = _Incoming(sock, seconds)
        sock.sendall(_head("CONNECT", server, {"Host": server} | self._proxy_authorization()))
        reply = http.client.HTTPResponse(cast("socket.socket", incoming), method="CONNECT")
        try:
            reply.begin()
        except (http.client.HTTPException, TooLarge):
            raise OSError("Tunnel connection failed: the proxy gave no HTTP reply") from None
        if reply.status != http.HTTPStatus.OK:
            raise OSError(f"Tunnel connection failed: {reply.status} {reply.reason}")

    def _proxy_authorization(self) -> dict[str, str]:
        if not self.proxy_login:
            return {}
        return {"Proxy-Authorization": f"Basic {base64.b64encode(self.proxy_login.encode()).decode()}"}


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
        self._head = _head(method, target, {**headers, "Content-Length": str(len(body))})
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


class _Connection:
    """One connection, used by one thread at a time."""

    def __init__(self, sock: socket.socket, seconds: float) -> None:
        self.reusable = False
        self._sock = sock
        self._seconds = seconds
        self._process = os.getpid()

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
        with selectors.DefaultSelector() as selector:
            selector.register(self._sock, selectors.EVENT_READ)
            return not selector.select(0)

    def close(self) -> None:
        self._sock.close()


class _Incoming(io.RawIOBase):
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
        return _Buffered(self, _BUFFER_BYTES)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
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

    raw: _Incoming

    def close(self) -> None:
        if not self.closed:
            self.raw.end(self)
        super().close()


def _head(method: str, target: str, headers: Mapping[str, str]) -> bytes:
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode("ascii")


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
