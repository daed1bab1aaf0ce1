"""One connection to the sandbox: reads requests, answers them or does what a fault demands."""

from __future__ import annotations

import socket
import struct
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import formatdate
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from random import Random
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from . import protocol
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


@dataclass(frozen=True, slots=True)
class Call:
    """One call as the sandbox saw it: never a header, so never a key or a signature.

    Attributes
    ----------
    number : int
        Counted from 1 in the order of arrival.
    at : float
        When it came, by the sandbox's clock.
    method, path : str
        ``"POST"`` or ``"GET"``, and the path without the query string.
    email_ids : str
        The ids asked, joined by commas.
    outcome : str
        The reply's code (``"0"`` is success), an HTTP status other than 200, or the name of the fault that left no reply.
    fault : str or None
        The fault the call was given.
    """

    number: int
    at: float
    method: str
    path: str
    email_ids: str
    outcome: str
    fault: str | None

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids asked."""
        return tuple(self.email_ids.split(",")) if self.email_ids else ()

    @property
    def count(self) -> int:
        """How many ids were asked."""
        return len(self.ids)


class Reply(NamedTuple):
    """A reply as it is to be written, and the outcome that goes into the record of calls."""

    outcome: str
    body: bytes
    status: int = 200
    content_type: str = JSON_TYPE
    headers: Mapping[str, str] = {}


class Handler(BaseHTTPRequestHandler):
    """Answers the requests of one connection."""

    protocol_version = "HTTP/1.1"
    # Small replies go out at once: without it Nagle's algorithm and delayed acknowledgements cost 40 ms a call.
    disable_nagle_algorithm = True
    # Head and body in one piece: one packet, one wake-up of the client.
    wbufsize = -1

    server: Server
    clock_error = 0.0
    """Seconds by which the ``Date`` header of a reply is off."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name http.server gives it
        """Log nothing: a request's line holds ids, its headers hold keys."""

    def version_string(self) -> str:
        """Return the ``Server`` header."""
        return "emailrcd-SANDBOX"

    def date_time_string(self, timestamp: float | None = None) -> str:  # noqa: ARG002 - it is always now
        """Return the ``Date`` header, by the sandbox's clock."""
        return formatdate(self.server.sandbox.clock() + self.clock_error, usegmt=True)

    def do_GET(self) -> None:
        """Answer a call."""
        body = self._read_body()
        if body is None:
            return
        sandbox = self.server.sandbox
        number, arrived = next(sandbox.numbers), sandbox.clock()
        url = urlsplit(self.path)
        query = protocol.read_query(self.command, url.query, body)
        is_query = url.path.endswith(protocol.METHOD_PATH)
        fault = sandbox.faults.choose(number) if is_query else Fault()
        if is_query:
            reply = self._reply(query, bool(body), fault)
        elif url.path == protocol.ACCOUNT_PATH:
            payload = protocol.account_answer(sandbox.credentials, self.headers, arrived)
            reply = Reply(payload["status"], protocol.encode(payload))
        else:
            text = f"SANDBOX: nothing here. The path ends in {protocol.METHOD_PATH}.\n".encode()
            reply = Reply("404", text, 404, TEXT_TYPE)
        is_broken = fault.name in CONNECTION
        outcome = fault.name if is_broken else reply.outcome
        # Recorded before it is sent: who has the reply finds the call.
        sandbox.log.append(Call(number, arrived, self.command, url.path, query.email_ids, outcome, fault.name or None))
        if is_broken:
            self._break(reply, fault)
        else:
            self._send(reply, reply.body)

    do_POST = do_GET  # noqa: N815 - the name http.server looks for

    def _reply(self, query: protocol.Query, has_body: bool, fault: Fault) -> Reply:
        sandbox, name = self.server.sandbox, fault.name
        self.server.closing.wait(sandbox.latency + (fault.seconds("seconds") if name == "latency" else 0))
        self.clock_error = CLOCK[name] * fault.seconds("seconds") if name in CLOCK else 0.0
        if name in CODES:
            return Reply(name, protocol.encode(protocol.refuse(name)))
        if name in STATUSES:
            return _status_reply(fault)
        if name in BODIES:
            return Reply(name, BODIES[name], content_type=PAGE_TYPE if name == "portal" else JSON_TYPE)
        now = sandbox.clock()
        code = protocol.refusal(
            sandbox.credentials, self.headers, has_body, query, now=now + self.clock_error, max_ids=sandbox.max_ids
        )
        payload = protocol.refuse(code) if code else protocol.answer(sandbox.world, query.ids, now)
        outcome = payload["status"]
        if name in TAMPER and outcome == "0":
            TAMPER[name](payload, Random(fault.luck))  # noqa: S311 - chance, no secret
        body = protocol.encode(payload)
        if name == "truncated_json":
            return Reply(name, body[: len(body) // 2])
        return Reply(outcome, body)

    def _read_body(self) -> bytes | None:
        """Return the request's body, or None if it has been refused for it: where a body ends must be told."""
        length = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers:
            self.send_error(HTTPStatus.LENGTH_REQUIRED)
        elif not (length.isascii() and length.isdigit()):
            self.send_error(HTTPStatus.BAD_REQUEST)
        elif int(length) > MAX_BODY:
            # Whoever is still writing would get a reset in place of the reply.
            self.rfile.read(min(int(length), _MAX_DRAINED))
            self.send_error(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        else:
            return self.rfile.read(int(length))
        return None

    def _send(self, reply: Reply, body: bytes, length: int | None = None) -> None:
        """Send a head, which promises `length` or what there is, and a body."""
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def _break(self, reply: Reply, fault: Fault) -> None:
        """Send a reply as a fault in the connection demands – ``close`` sends none – and hang up."""
        self.close_connection = True
        half = reply.body[: len(reply.body) // 2]
        match fault.name:
            case "reset":
                self._reset()
            case "reset_within":
                self._send(reply, half, len(reply.body))
                self._reset()
            case "hang":
                # Says nothing until the client, or the server, hangs up.
                self.rfile.read(1)
            case "truncated":
                self._send(reply, half, len(reply.body))
            case "slow":
                # A blank at a time, which JSON allows, until the client or the server has had enough.
                self._send(reply, b"", MAX_BODY)
                while not self.server.closing.wait(fault.seconds("interval")):
                    self.wfile.write(b" ")
                    self.wfile.flush()
            case "huge":
                # The reply, behind so many blanks that nobody should read to its end.
                pieces = int(fault.seconds("megabytes") * 1e6) // _PIECE
                self._send(reply, b"", pieces * _PIECE + len(reply.body))
                for _ in range(pieces):
                    self.wfile.write(b" " * _PIECE)
                self.wfile.write(reply.body)

    def _reset(self) -> None:
        # With a linger time of zero, closing sends RST.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        socket.close(self.connection.detach())


def _status_reply(fault: Fault) -> Reply:
    """Return an HTTP reply other than 200."""
    if fault.name == "redirect":
        return Reply("302", b"", 302, TEXT_TYPE, {"Location": str(fault.parameters["location"])})
    status = HTTPStatus(int(fault.name.removesuffix("_bare")))
    retry_after = str(fault.parameters.get("retry_after", ""))
    headers = {"Retry-After": retry_after} if retry_after else {}
    page = f"<html><h1>{status:d} {status.phrase}</h1></html>\n".encode()
    return Reply(str(int(status)), page, status, PAGE_TYPE, headers)
