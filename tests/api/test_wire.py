"""Connections that are kept, and replies read against a deadline and a bound, over real sockets."""

from __future__ import annotations

import gc
import gzip
import http.client
import socket
import ssl
import traceback
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Thread

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from emailrcd.api import wire
from emailrcd.api.messages import TooLarge
from emailrcd.api.routing import Route, route
from emailrcd.api.wire import Connections, Request, Response, TimedOutConnecting
from emailrcd.errors import EmailrcdError

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
            with connection, suppress(ConnectionError):
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


def test_a_connection_that_the_server_closed_while_it_rested_is_replaced():
    with connected([reply(b"1")], [reply(b"2")]) as (connections, _):
        connections.send(ASK)
        while connections._idle[0].is_alive():
            pass
        assert connections.send(ASK).body == b"2"


@pytest.mark.parametrize("more", [reply(b"unasked"), reply(b"unasked" * 99_999), reply(b"unasked")[:-1]])
def test_what_comes_after_a_reply_is_not_taken_for_the_next_one(more):
    with connected([reply(b"1") + more, b""], [reply(b"2")]) as (connections, _):
        assert [connections.send(ASK).body, connections.send(ASK).body] == [b"1", b"2"]


def test_what_comes_while_a_connection_rests_is_not_taken_for_the_next_reply():
    ours, theirs = socket.socketpair()
    with theirs:
        connection = wire._Connection(ours, 5)
        theirs.sendall(reply(b"1"))
        assert connection.send(ASK).body == b"1"
        assert connection.reusable
        assert connection.is_alive()
        theirs.sendall(reply(b"unasked"))
        assert not connection.is_alive()
        connection.close()


def test_a_fork_does_not_share_connections_with_the_process_it_comes_from(monkeypatch):
    with connected([reply(b"1"), b""], [reply(b"2")]) as (connections, _):
        connections.send(ASK)
        monkeypatch.setattr(wire.os, "getpid", lambda: 0)
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


def test_what_ends_a_call_shows_neither_what_came_of_a_reply_nor_the_login_of_a_proxy():
    begun = b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1d\r\n[{"toAddress":"li.wei@qq.com"\r\n'
    server, proxy = Proxy(begun), Proxy(b"")
    direct = Route("127.0.0.1", server.port, False)
    for way in (direct, Route("api.itniotech.com", 443, True, "127.0.0.1", proxy.port, "me:word")):
        with pytest.raises(TimeoutError) as caught:
            Connections(way, ssl.create_default_context(), 1, (0.2, 0.2)).send(ASK)
        frames = [frame for frame, _ in traceback.walk_tb(caught.tb) if frame.f_code.co_filename != __file__]
        shown = "".join(repr(frame.f_locals) for frame in frames)
        assert "li.wei" not in shown
        assert "bWU6d29yZA" not in shown
    server.join()
    proxy.join()


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


@pytest.mark.parametrize("endless", [b"1\r\n\r\n-1\r\n", b"1\r\n\r\n1\r\nx\r\n0\r\n"])
def test_a_reply_of_chunks_is_bounded_whatever_it_says_of_their_sizes(endless):
    started = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nA: " + endless
    ours, theirs = socket.socketpair()
    with theirs:
        theirs.settimeout(5)
        pouring = Thread(target=pour, args=(theirs, started))
        pouring.start()
        connection = wire._Connection(ours, 5)
        with pytest.raises(TooLarge):
            connection.send(ASK)
        connection.close()
        pouring.join()


def pour(connection: socket.socket, started: bytes) -> None:
    with suppress(ConnectionError):
        connection.sendall(started)
        while True:
            connection.sendall(b"x: yz\r\n" * 10_000)


def test_an_error_gives_its_connection_up_with_the_body():
    refused = b"HTTP/1.1 429 Too Many\r\nRetry-After: 1\r\nContent-Length: 99999999\r\n\r\n"
    with connected([refused, b""], [reply(b"2")]) as (connections, _):
        response = connections.send(ASK)
        assert (response.status, response.headers["Retry-After"]) == (429, "1")
        assert connections.send(ASK).body == b"2"


def test_neither_a_request_nor_a_response_shows_what_it_says():
    assert "Sign" not in repr(ASK) + str(ASK)
    assert repr(Response(200, http.client.HTTPMessage(), b"li.wei@qq.com")) == "<Response 200>"


@pytest.mark.parametrize(
    ("address", "name"),
    [("https://例子.example:99/x", "xn--fsqu00a.example"), ("https://[2001:db8::1]:99/x", "[2001:db8::1]")],
)
def test_a_server_is_named_as_http_wants_it(address, name):
    assert route(address).name == name


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


class Proxy:
    """Answers one connection with some bytes, and then with one more now and then if it drips."""

    def __init__(self, answer: bytes, drips: bool = False) -> None:
        self.asked = b""
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self._thread = Thread(target=self._serve, args=(answer, drips), daemon=True)
        self._thread.start()

    def _serve(self, answer: bytes, drips: bool) -> None:
        connection, _ = self._listening.accept()
        with connection, suppress(ConnectionError):
            self.asked = connection.recv(65_536)
            connection.sendall(answer)
            connection.settimeout(0.05)
            while drips:
                with suppress(TimeoutError):
                    drips = bool(connection.recv(65_536))
                connection.sendall(b"x")
            connection.settimeout(5)
            connection.recv(65_536)

    def join(self) -> None:
        self._thread.join(10)
        assert not self._thread.is_alive()
        self._listening.close()


@pytest.mark.parametrize(
    ("host", "named"),
    [
        ("api.itniotech.com", b"api.itniotech.com"),
        ("2001:db8::1", b"[2001:db8::1]"),
        ("bücher.example", b"xn--bcher-kva.example"),
    ],
)
def test_a_proxy_is_asked_for_the_server_with_its_login_and_its_refusal_told(host, named):
    proxy = Proxy(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
    with pytest.raises(OSError, match="407 Proxy Authentication Required"):
        Route(host, 443, True, "127.0.0.1", proxy.port, "me:word").connect(5, None)
    proxy.join()
    assert proxy.asked.startswith(b"CONNECT %b:443 HTTP/1.1\r\nHost: %b:443\r\n" % (named, named))
    assert b"Proxy-Authorization: Basic bWU6d29yZA==" in proxy.asked


@pytest.mark.parametrize("answer", [b"220 mail.example ESMTP\r\n", b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 200])
def test_a_proxy_that_speaks_no_http_is_told_as_one(answer):
    proxy = Proxy(answer)
    with pytest.raises(OSError, match="Tunnel connection failed: the proxy gave no HTTP reply"):
        Route("api.itniotech.com", 443, True, "127.0.0.1", proxy.port).connect(5, None)
    proxy.join()


@pytest.mark.parametrize(("answer", "drips"), [(b"", False), (b"HTTP/1.1 200 OK\r\nA: ", True)])
def test_a_proxy_that_does_not_come_to_an_end_is_left_in_time_and_the_connection_closed(answer, drips):
    proxy = Proxy(answer, drips)
    way = Route("api.itniotech.com", 443, True, "127.0.0.1", proxy.port)
    with pytest.raises(TimedOutConnecting):
        Connections(way, ssl.create_default_context(), 1, (0.2, 5)).send(ASK)
    proxy.join()


@given(st.binary(max_size=200))
@example(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxx\r\n")
@example(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\n")
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
