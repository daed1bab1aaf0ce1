"""One connection to the sandbox: reads requests, answers them or does what a fault demands."""

from __future__ import annotations

import socket
import struct
import sys
from collections.abc import Mapping
from email.utils import formatdate
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from . import protocol
from .calls import Call
from .faults import CLOCK, CODES, CONNECTION, STATUSES, Fault
from .tampering import BODIES, TAMPER

if TYPE_CHECKING:
    from .server import Server

JSON_TYPE = "application/json;charset=UTF-8"
TEXT_TYPE = "text/plain;charset=UTF-8"
PAGE_TYPE = "text/html;charset=UTF-8"
MAX_BODY = 1_000_000
_MAX_DRAINED = 16_000_000
_PIECE = 65_536
# Two shorts on Windows, two ints elsewhere: linger, for zero seconds.
_NO_LINGER = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)


class Reply(NamedTuple):
    """A reply as it is to be written, and the outcome that goes into the record of calls."""

    outcome: str
    body: bytes
    status: int = 200
    headers: Mapping[str, str] = {}
    content_type: str = JSON_TYPE
    clock_error: float = 0.0


class Handler(BaseHTTPRequestHandler):
    """Answers the requests of one connection."""

    protocol_version = "HTTP/1.1"
    # Small replies go out at once: without it Nagle's algorithm and delayed acknowledgements cost 40 ms a call.
    disable_nagle_algorithm = True

    server: Server

    def do_GET(self) -> None:
        """Answer a call."""
        self._answer()

    def do_POST(self) -> None:
        """Answer a call."""
        self._answer()

    def _not_allowed(self) -> None:
        self._refuse(HTTPStatus.METHOD_NOT_ALLOWED, {"Allow": "GET, POST"})

    do_HEAD = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = do_TRACE = do_CONNECT = _not_allowed  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name http.server gives it
        """Log nothing: a request's line holds ids, its headers hold keys."""

    def version_string(self) -> str:
        """Return the ``Server`` header."""
        return "emailrcd-SANDBOX"

    def date_time_string(self, timestamp: float | None = None) -> str:
        """Return the ``Date`` header, by the sandbox's clock."""
        return formatdate(self.server.clock() if timestamp is None else timestamp, usegmt=True)

    def _answer(self) -> None:
        server = self.server
        body = self._read_body()
        if body is None:
            return
        url = urlsplit(self.path)
        number, arrived = server.calls.next_number(), server.clock()
        query = protocol.read_query(self.command, url.query, body)
        fault = None
        if url.path.endswith(protocol.METHOD_PATH):
            fault = server.faults.choose(number)
            server.closing.wait(server.latency + (fault.seconds("seconds") if fault and fault.name == "latency" else 0))
            reply = self._reply(query, bool(body), fault)
        elif url.path == protocol.ACCOUNT_PATH:
            payload = protocol.account_answer(server.credentials, self.headers, arrived)
            reply = Reply(payload["status"], protocol.encode(payload))
        else:
            text = f"SANDBOX: nothing here. The path ends in {protocol.METHOD_PATH}.\n".encode()
            reply = Reply("404", text, 404, content_type=TEXT_TYPE)
        broken = fault if fault and fault.name in CONNECTION else None
        outcome = broken.name if broken else reply.outcome
        # Recorded before it is sent: who has the reply finds the call.
        server.calls.add(
            Call(
                number=number,
                at=arrived,
                method=self.command,
                path=url.path,
                email_ids=query.email_ids,
                outcome=outcome,
                fault=fault.name if fault else None,
            )
        )
        if broken:
            self._break(reply, broken)
        else:
            self._send(reply)

    def _reply(self, query: protocol.Query, has_body: bool, fault: Fault | None) -> Reply:
        server = self.server
        name = fault.name if fault else ""
        if name in CODES:
            return Reply(name, protocol.encode(protocol.refuse(name)))
        if fault and name in STATUSES:
            return _status_reply(fault)
        if name in BODIES:
            return Reply(name, BODIES[name], content_type=PAGE_TYPE if name == "portal" else JSON_TYPE)
        now = server.clock()
        error = CLOCK[name] * fault.seconds("seconds") if fault and name in CLOCK else 0.0
        code = protocol.refusal(
            server.credentials, self.headers, has_body, query, now=now + error, max_ids=server.max_ids
        )
        payload = protocol.refuse(code) if code else protocol.answer(server.world, query.ids, now)
        outcome = payload["status"]
        if fault and name in TAMPER and outcome == "0":
            payload = TAMPER[name](payload, fault.luck)
        body = protocol.encode(payload)
        if name == "truncated_json":
            return Reply(name, body[: len(body) // 2])
        return Reply(outcome, body, clock_error=error)

    def _read_body(self) -> bytes | None:
        """Return the request's body, or None if it has been refused for it."""
        if "Transfer-Encoding" in self.headers:
            self._refuse(HTTPStatus.LENGTH_REQUIRED)
            return None
        length = self.headers.get("Content-Length", "0")
        if not (length.isascii() and length.isdigit()):
            self._refuse(HTTPStatus.BAD_REQUEST)
            return None
        if int(length) > MAX_BODY:
            # Read to its end: a client that is still writing would meet a reset before it could read the refusal.
            left = min(int(length), _MAX_DRAINED)
            while left > 0 and (piece := self.rfile.read(min(left, _PIECE))):
                left -= len(piece)
            self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            return None
        body = self.rfile.read(int(length))
        if len(body) < int(length):
            self.close_connection = True
            return None
        return body

    def _refuse(self, status: HTTPStatus, headers: Mapping[str, str] | None = None) -> None:
        """Answer a request that is not understood, and hang up: where its body ends is not known."""
        body = b"" if self.command == "HEAD" else f"SANDBOX: {status.phrase}\n".encode()
        headers = {**(headers or {}), "Connection": "close"}
        self.close_connection = True
        self._send(Reply(str(int(status)), body, int(status), headers, TEXT_TYPE))

    def _head(self, reply: Reply, length: int) -> bytes:
        lines = [
            f"HTTP/1.1 {reply.status} {HTTPStatus(reply.status).phrase}",
            f"Server: {self.version_string()}",
            f"Date: {self.date_time_string(self.server.clock() + reply.clock_error)}",
            f"Content-Type: {reply.content_type}",
            f"Content-Length: {length}",
            *(f"{name}: {value}" for name, value in reply.headers.items()),
        ]
        return "\r\n".join([*lines, "\r\n"]).encode("latin-1")

    def _send(self, reply: Reply) -> None:
        # Head and body in one piece: one packet, one wake-up of the client.
        self.wfile.write(self._head(reply, len(reply.body)) + reply.body)

    def _break(self, reply: Reply, fault: Fault) -> None:
        """Send a reply as a fault in the connection demands – ``close`` sends none – and hang up."""
        self.close_connection = True
        match fault.name:
            case "reset":
                self._reset()
            case "reset_within":
                self._send_half(reply)
                self._reset()
            case "hang":
                # Says nothing until the client, or the server, hangs up.
                self.rfile.read(1)
            case "truncated":
                self._send_half(reply)
            case "slow":
                # A blank at a time, which JSON allows, until the client or the server has had enough.
                self.wfile.write(self._head(reply, MAX_BODY))
                for _ in range(MAX_BODY):
                    if self.server.closing.wait(fault.seconds("interval")):
                        break
                    self.wfile.write(b" ")
            case "huge":
                # The reply, behind so many blanks that nobody should read to its end.
                pieces = int(fault.seconds("megabytes") * 1e6) // _PIECE
                self.wfile.write(self._head(reply, pieces * _PIECE + len(reply.body)))
                for _ in range(pieces):
                    self.wfile.write(b" " * _PIECE)
                self.wfile.write(reply.body)

    def _send_half(self, reply: Reply) -> None:
        self.wfile.write(self._head(reply, len(reply.body)) + reply.body[: len(reply.body) // 2])

    def _reset(self) -> None:
        # With a linger time of zero, closing sends RST.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        socket.close(self.connection.detach())


def _status_reply(fault: Fault) -> Reply:
    """Return an HTTP reply other than 200."""
    if fault.name == "redirect":
        return Reply("302", b"", 302, {"Location": str(fault.parameters["location"])}, TEXT_TYPE)
    status = HTTPStatus(int(fault.name.removesuffix("_bare")))
    retry_after = str(fault.parameters.get("retry_after", ""))
    headers = {"Retry-After": retry_after} if retry_after else {}
    page = f"<html><h1>{status:d} {status.phrase}</h1></html>\n".encode()
    return Reply(str(int(status)), page, status, headers, PAGE_TYPE)
