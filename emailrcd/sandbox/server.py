"""The sandbox's HTTP server: loopback only, a thread for each connection, gone without a trace when closed."""

from __future__ import annotations

import errno
import os
import socket
import socketserver
import sys
import threading
from collections.abc import Callable
from http.server import ThreadingHTTPServer
from typing import Any

from ..api.credentials import Credentials
from ..errors import EmailrcdError
from .calls import CallLog
from .faults import Faults
from .handler import Handler
from .world import World

HOST = "127.0.0.1"
_POLL_SECONDS = 0.1
_FAREWELL_SECONDS = 2.0


class Server(ThreadingHTTPServer):
    """Serves a world on loopback until it is closed."""

    daemon_threads = True
    request_queue_size = 128
    # Elsewhere than on POSIX the option lets a second server take a port that is in use.
    allow_reuse_address = os.name == "posix"

    def __init__(
        self,
        world: World,
        credentials: Credentials,
        *,
        port: int,
        latency: float,
        faults: Faults,
        clock: Callable[[], float],
        max_ids: int,
    ) -> None:
        self.world = world
        self.credentials = credentials
        self.latency = latency
        self.faults = faults
        self.clock = clock
        self.max_ids = max_ids
        self.calls = CallLog()
        self.closing = threading.Event()
        self._connections: set[socket.socket] = set()
        self._changed = threading.Condition()
        try:
            super().__init__((HOST, port), Handler)
        except (OSError, OverflowError) as exc:
            raise EmailrcdError(_why_not(port, exc)) from None
        self._thread = threading.Thread(
            target=self.serve_forever, args=(_POLL_SECONDS,), name="emailrcd-sandbox", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Stop listening, hang up on every client and wait until all threads have ended; may be called again."""
        if self.closing.is_set():
            return
        self.closing.set()
        # Wakes the accepting thread at once where the system allows it; elsewhere it wakes by itself.
        _hang_up(self.socket)
        self.shutdown()
        self.server_close()
        self._thread.join()
        with self._changed:
            for connection in self._connections:
                _hang_up(connection)
            self._changed.wait_for(lambda: not self._connections, timeout=_FAREWELL_SECONDS)

    def server_bind(self) -> None:
        """Bind, without the look-up of the host's name that http.server makes (it can take seconds)."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = HOST, self.server_address[1]

    def process_request(self, request: Any, client_address: Any) -> None:
        """Register the connection, so that closing can end it."""
        with self._changed:
            self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Unregister a connection that ends."""
        super().shutdown_request(request)
        with self._changed:
            self._connections.discard(request)
            self._changed.notify_all()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing when a client has hung up; any other error is a defect and shown."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


def _hang_up(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # the other side was faster, or the system does not do this to a listening socket


def _why_not(port: int, exc: OSError | OverflowError) -> str:
    remedy = "Choose another, for example with port=0 (any free one) or `emailrcd sandbox --port 8026`."
    if isinstance(exc, OSError) and exc.errno == errno.EADDRINUSE:
        return f"Port {port} is in use, perhaps by a sandbox that still runs. {remedy}"
    return f"The sandbox cannot listen on port {port}: {str(exc).rstrip('.')}. {remedy}"
