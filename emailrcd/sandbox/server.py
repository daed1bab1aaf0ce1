"""The sandbox's HTTP server: loopback only, a thread for each connection, gone without a trace when closed."""

from __future__ import annotations

import os
import socket
import socketserver
import sys
import threading
from http.server import ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from ..errors import EmailrcdError
from .handler import Handler

if TYPE_CHECKING:
    from .sandbox import Sandbox

HOST = "127.0.0.1"
_POLL_SECONDS = 0.1


class Server(ThreadingHTTPServer):
    """Serves a sandbox on loopback until it is closed."""

    daemon_threads = True
    request_queue_size = 128
    # Elsewhere than on POSIX the option lets a second server take a port that is in use.
    allow_reuse_address = os.name == "posix"

    def __init__(self, sandbox: Sandbox, port: int) -> None:
        self.sandbox = sandbox
        self.closing = threading.Event()
        self._connections: set[socket.socket] = set()
        try:
            super().__init__((HOST, port), Handler)
        except (OSError, OverflowError) as exc:
            problem = (getattr(exc, "strerror", None) or str(exc)).rstrip(".")
            raise EmailrcdError(
                f"The sandbox cannot listen on port {port}: {problem}. Choose another, for example with port=0 (any free "
                "one) or `emailrcd sandbox --port 8026`."
            ) from None
        threading.Thread(target=self.serve_forever, args=(_POLL_SECONDS,), name="emailrcd-sandbox", daemon=True).start()

    def close(self) -> None:
        """Stop listening and hang up on every client; may be called again."""
        self.closing.set()
        # Wakes the accepting thread at once where the system allows it; elsewhere it wakes by itself.
        _hang_up(self.socket)
        self.shutdown()
        self.server_close()
        for connection in list(self._connections):
            _hang_up(connection)

    def server_bind(self) -> None:
        """Bind, without the look-up of the host's name that http.server makes (it can take seconds)."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = HOST, self.server_address[1]

    def process_request(self, request: Any, client_address: Any) -> None:
        """Register the connection, so that closing can end it."""
        self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Unregister a connection that ends."""
        super().shutdown_request(request)
        self._connections.discard(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing when a client has hung up; any other error is a defect and shown."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


def _hang_up(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # the other side was faster, or the system does not do this to a listening socket
