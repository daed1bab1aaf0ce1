"""Connections that are kept, and replies read against a deadline and a bound, over real sockets."""

from __future__ import annotations

import gc
import gzip
import http.client
import socket
import ssl
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from emailrcd import wire
from emailrcd.errors import EmailrcdError
from emailrcd.wire import Connections, Request, TooLarge, route

ASK = Request("POST", "/email/x", {"Host": "h", "Sign": "05d7a50893e22a5c4bb3216ae3396c7c"}, b"{}")


def reply(body: bytes = b"{}", *headers: str) -> bytes:
    return "\r\n".join(["HTTP/1.1 200 OK", f"Content-Length: {len(body)}", *headers, "", ""]).encode() + body


class Server:
    """Gives the replies of one list after another to each connection, one for each call, and then hangs up."""

    def __init__(self, *scripts: list[bytes]) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}/email/x"
        self.hung_up = 0
        self._thread = Thread(target=self._serve, args=(scripts,), daemon=True)
        self._thread.start()

    def _serve(self, scripts: tuple[list[bytes], ...]) -> None:
        for script in scripts:
            connection, _ = self._listening.accept()
            with connection:
                for answer in script:
                    if not connection.recv(65_536):
                        break
                    connection.sendall(answer)
                else:
                    connection.shutdown(socket.SHUT_WR)
                while connection.recv(65_536):
                    pass
            self.hung_up += 1

    def join(self) -> None:
        self._thread.join(10)
        assert not self._thread.is_alive()
        self._listening.close()


@contextmanager
def connected(*scripts: list[bytes], most: int = 4) -> Iterator[tuple[Connections, Server]]:
    server = Server(*scripts)
    connections = Connections(route(server.url), ssl.create_default_context(), most, (5, 5))
    try:
        yield connections, server
    finally:
        connections.close()
        server.join()


def test_a_connection_is_used_again():
    with connected([reply(b"1"), reply(b"2")]) as (connections, _):
        assert [connections.send(ASK).body, connections.send(ASK).body] == [b"1", b"2"]


def test_a_connection_that_the_server_closed_while_it_rested_is_replaced(monkeypatch):
    monkeypatch.setattr(wire, "_IDLE_SECONDS", 0)
    with connected([reply(b"1")], [reply(b"2")]) as (connections, server):
        connections.send(ASK)
        while not server.hung_up and connections._idle[0].is_alive():
            pass
        assert connections.send(ASK).body == b"2"


def test_a_connection_that_the_server_will_not_keep_is_not_used_again():
    with connected([reply(b"1", "Connection: close"), b""], [reply(b"2")]) as (connections, _):
        assert [connections.send(ASK).body, connections.send(ASK).body] == [b"1", b"2"]


def test_no_more_connections_are_kept_than_said_and_none_once_closed():
    with connected([reply(b"1"), b""], [reply(b"2"), b""], most=0) as (connections, _):
        assert [connections.send(ASK).body, connections.send(ASK).body] == [b"1", b"2"]
    with connected([reply(b"1"), b""], [reply(b"2"), b""]) as (connections, _):
        connections.send(ASK)
        connections.close()
        assert connections.send(ASK).body == b"2"


def test_connections_that_nobody_holds_any_more_are_closed():
    server = Server([reply(), b""])
    connections = Connections(route(server.url), ssl.create_default_context(), 4, (5, 5))
    connections.send(ASK)
    del connections
    gc.collect()
    server.join()


def test_a_reply_in_chunks_is_put_together():
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1;x=y\r\n}\r\n0\r\n\r\n"
    with connected([chunked, reply(b"2")]) as (connections, _):
        assert [connections.send(ASK).body, connections.send(ASK).body] == [b"{}", b"2"]


def test_a_compressed_reply_is_decompressed_and_a_cut_off_one_refused():
    packed = gzip.compress(b"[1, 2]" * 100)
    with connected([reply(packed, "Content-Encoding: gzip")]) as (connections, _):
        assert connections.send(ASK).body == b"[1, 2]" * 100
    with connected([reply(packed[:-9], "Content-Encoding: gzip")]) as (connections, _), pytest.raises(zlib.error):
        connections.send(ASK)


def test_an_error_gives_its_connection_up_with_the_body():
    refused = b"HTTP/1.1 429 Too Many\r\nRetry-After: 1\r\nContent-Length: 99999999\r\n\r\n"
    with connected([refused, b""], [reply(b"2")]) as (connections, _):
        response = connections.send(ASK)
        assert (response.status, response.headers["Retry-After"]) == (429, "1")
        assert connections.send(ASK).body == b"2"


def test_a_request_shows_nothing_of_itself():
    assert "Sign" not in repr(ASK) + str(ASK)


@pytest.mark.parametrize("proxy", ["https://proxy.example:3128", "socks5://proxy.example:1080", "http://"])
def test_a_proxy_that_cannot_be_used_is_refused_by_name(monkeypatch, proxy):
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    monkeypatch.setenv("no_proxy", "")
    with pytest.raises(EmailrcdError, match="proxy"):
        route("https://api.itniotech.com/email/x")


def test_the_proxy_of_the_environment_is_taken_with_its_login_and_never_to_this_machine(monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "some%40body:pass%21word@proxy.example:3128")
    monkeypatch.setenv("no_proxy", "")
    way = route("https://api.itniotech.com/email/x")
    assert (way.host, way.port, way.first) == ("api.itniotech.com", 443, ("proxy.example", 3128))
    assert way.proxy_login == "some@body:pass!word"
    assert "pass" not in repr(way)
    assert route("https://localhost:8443/email/x").first == ("localhost", 8443)


@given(st.binary(max_size=200))
@example(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxx\r\n")
@example(b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n{}")
@example(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n{}")
@example(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\nxx")
@example(b"HTTP/1.1 100 Continue\r\n\r\n" * 7)
@example(b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 30)
def test_whatever_comes_is_a_reply_or_an_error_that_is_expected(raw):
    ours, theirs = socket.socketpair()
    theirs.sendall(raw)
    theirs.shutdown(socket.SHUT_WR)
    connection = wire._Connection(ours, 5)
    try:
        connection.send(ASK)
    except (OSError, http.client.HTTPException, zlib.error, TooLarge):
        pass
    finally:
        connection.close()
        theirs.close()
