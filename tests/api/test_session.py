"""Calls over one session: connections that are kept, and replies read against a deadline and a bound, over real sockets."""

from __future__ import annotations

import gc
import gzip
import http.client
import http.server
import os
import signal
import socket
import ssl
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread
from types import SimpleNamespace

import pytest
import trustme
from hypothesis import example, given, settings
from hypothesis import strategies as st

from emailrcd.api import bounded
from emailrcd.api.environment import Proxy
from emailrcd.api.session import Response, Session
from emailrcd.errors import (
    ConnectionFailed,
    EmailrcdError,
    HTTPStatusError,
    ReplyError,
    TimedOut,
    TLSError,
    TransportError,
)

DEFAULT = ssl.create_default_context()
SIGN = {"Sign": "05d7a50893e22a5c4bb3216ae3396c7c"}


def reply(body: bytes = b"{}", *headers: str) -> bytes:
    return "\r\n".join(["HTTP/1.1 200 OK", f"Content-Length: {len(body)}", *headers, "", ""]).encode() + body


def received(connection: socket.socket) -> bytes:
    """Read one call, or one request to a proxy; nothing once the other side has hung up."""
    data = b""
    while not (data.endswith(b"\r\n\r\n{}") or (data.startswith(b"CONNECT") and data.endswith(b"\r\n\r\n"))):
        piece = connection.recv(65_536)
        if not piece:
            return b""
        data += piece
    return data


class Server:
    """Gives the replies of one list after another to each connection, one for each call, and then hangs up."""

    def __init__(self, *scripts: list[bytes], tls: ssl.SSLContext | None = None) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        scheme, self.port = "https" if tls else "http", self._listening.getsockname()[1]
        self.url = f"{scheme}://127.0.0.1:{self.port}/email/x"
        self.received: list[bytes] = []
        self.hung_up = Event()
        self._thread = Thread(target=self._serve, args=(scripts, tls), daemon=True)
        self._thread.start()

    def _serve(self, scripts: tuple[list[bytes], ...], tls: ssl.SSLContext | None) -> None:
        for script in scripts:
            connection, _ = self._listening.accept()
            with suppress(OSError), tls.wrap_socket(connection, server_side=True) if tls else connection as connection:
                for answer in script:
                    self.received.append(received(connection))
                    if not self.received[-1]:
                        break
                    connection.sendall(answer)
                else:
                    connection.shutdown(socket.SHUT_WR)
                    self.hung_up.set()
                while connection.recv(65_536):
                    pass

    def join(self) -> None:
        self._thread.join(10)
        assert not self._thread.is_alive()
        self._listening.close()


def session_to(url: str, proxy: Proxy | None = None, context: ssl.SSLContext | None = None, **settings) -> Session:
    given = {"connections": 4, "timeout": (5, 5), **settings}
    return Session(url, proxy, context or DEFAULT, **given)


def call(session: Session) -> Response:
    return session.send(session.prepare("POST", session.url, SIGN, b"{}"))


def bodies(session: Session, calls: int) -> list[bytes]:
    return [call(session).body for _ in range(calls)]


@contextmanager
def connected(*scripts: list[bytes], **settings) -> Iterator[tuple[Session, Server]]:
    server = Server(*scripts)
    session = session_to(server.url, **settings)
    try:
        yield session, server
    finally:
        session.close()
        server.join()


def test_a_connection_is_used_again():
    with connected([reply(b"1"), reply(b"2")]) as (session, _):
        assert bodies(session, 2) == [b"1", b"2"]


def test_a_connection_that_the_server_closed_while_it_rested_is_replaced():
    with connected([reply(b"1")], [reply(b"2")]) as (session, server):
        assert bodies(session, 1) == [b"1"]
        assert server.hung_up.wait(10)
        assert bodies(session, 1) == [b"2"]


UNASKED = [
    [[reply(b"1") + reply(b"unasked"), reply(b"2")]],
    [[reply(b"1") + reply(b"unasked" * 99_999), b""], [reply(b"2")]],
    [[reply(b"1") + reply(b"unasked")[:-1], reply(b"2")]],
]


@pytest.mark.parametrize("scripts", UNASKED)
def test_what_comes_after_a_reply_is_not_taken_for_the_next_one(scripts):
    with connected(*scripts) as (session, _):
        assert bodies(session, 2) == [b"1", b"2"]


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def server_tls(authority) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", "mail.example").configure_cert(context)
    return context


@pytest.fixture
def client_tls(authority) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


@pytest.mark.parametrize("scripts", UNASKED)
def test_what_tls_has_decrypted_already_is_not_taken_for_the_next_reply_either(scripts, server_tls, client_tls):
    server = Server(*scripts, tls=server_tls)
    session = session_to(server.url, context=client_tls)
    assert bodies(session, 2) == [b"1", b"2"]
    session.close()
    server.join()


def test_what_comes_while_a_connection_rests_is_not_taken_for_the_next_reply():
    first, second = (socket.create_server(("127.0.0.1", 0)) for _ in range(2))
    session = session_to(f"http://127.0.0.1:{first.getsockname()[1]}/email/x")
    answers = []
    calling = Thread(target=lambda: answers.extend(bodies(session, 1)))
    calling.start()
    resting, _ = first.accept()
    received(resting)
    resting.sendall(reply(b"1"))
    calling.join()
    resting.sendall(reply(b"unasked"))
    calling = Thread(target=lambda: answers.extend(bodies(session, 1)))
    calling.start()
    fresh, _ = first.accept()
    received(fresh)
    fresh.sendall(reply(b"2"))
    calling.join()
    assert answers == [b"1", b"2"]
    session.close()
    for each in (first, second, resting, fresh):
        each.close()


class Numbering(http.server.BaseHTTPRequestHandler):
    """Answers every call with the number of its connection."""

    protocol_version = "HTTP/1.1"

    def setup(self) -> None:
        super().setup()
        self.server.connections += 1
        self.number = b"%d" % self.server.connections

    def do_POST(self) -> None:
        self.rfile.read(2)
        self.wfile.write(reply(self.number))

    def log_message(self, *args: object) -> None:
        pass


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_fork_does_not_share_connections_with_the_process_it_comes_from():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Numbering) as server:
        server.daemon_threads, server.connections = True, 0
        serving = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        serving.start()
        session = session_to(f"http://127.0.0.1:{server.server_port}/email/x")
        assert bodies(session, 2) == [b"1", b"1"]
        ours, theirs = os.pipe()
        if os.fork() == 0:
            os.write(theirs, bodies(session, 1)[0])
            os._exit(0)
        assert os.read(ours, 1) == b"2"
        assert os.wait()[1] == 0
        assert bodies(session, 1) == [b"1"]
        os.close(ours)
        os.close(theirs)
        session.close()
        server.shutdown()
        serving.join()


def test_a_connection_that_the_server_will_not_keep_is_not_used_again():
    with connected([reply(b"1", "Connection: close"), b""], [reply(b"2")]) as (session, _):
        assert bodies(session, 2) == [b"1", b"2"]


def test_a_session_that_was_closed_has_let_go_of_its_connections_and_can_be_used_again():
    with connected([reply(b"1"), b""], [reply(b"2"), b""]) as (session, _):
        assert bodies(session, 1) == [b"1"]
        session.close()
        assert bodies(session, 1) == [b"2"]


def test_connections_that_nobody_holds_any_more_are_closed():
    server = Server([reply(), b""])
    session = session_to(server.url)
    call(session)
    del session
    gc.collect()
    server.join()


def told(kind: type[BaseException], call_it: Callable[[], object], *words: str) -> None:
    """Assert that an exception tells none of some words, nor what its frames hold outside of this file."""
    with pytest.raises(kind) as caught:
        call_it()
    shown, waiting = "", [caught.value]
    while waiting:
        exc = waiting.pop()
        frames = [frame for frame, _ in traceback.walk_tb(exc.__traceback__) if frame.f_code.co_filename != __file__]
        shown += repr(exc) + repr(vars(exc)) + "".join(repr(frame.f_locals) for frame in frames)
        waiting += [chained for chained in (exc.__cause__, exc.__context__) if chained]
    for word in words:
        assert word not in shown


def test_what_ends_a_call_shows_neither_what_came_of_a_reply_nor_the_login_of_a_proxy():
    begun = b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1d\r\n[{"toAddress":"li.wei@qq.com"\r\n'
    server = Peer(begun)
    told(TimedOut, lambda: call(session_to(server.url, timeout=(0.2, 0.2))), "li.wei", SIGN["Sign"])
    server.join()
    proxy = Peer(b"")
    told(TimedOut, lambda: call(session_to(FAR, proxy.named("me:word"), timeout=(0.2, 0.2))), "word", "bWU6d29yZA")
    proxy.join()


def test_an_interrupt_in_a_call_shows_nothing_and_closes_its_connection():
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    server = Peer(b"HTTP/1.1 200 OK\r\n")
    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.3)
        told(KeyboardInterrupt, lambda: call(session_to(server.url)), SIGN["Sign"])
    finally:
        signal.signal(signal.SIGALRM, before)
    server.join()


def test_a_reply_in_chunks_is_put_together():
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1;x=y\r\n}\r\n0\r\n\r\n"
    with connected([chunked, reply(b"2")]) as (session, _):
        assert bodies(session, 2) == [b"{}", b"2"]


@pytest.mark.parametrize("status", [b"100 Continue", b"102 Processing", b"103 Early Hints"])
def test_what_announces_a_reply_is_none(status):
    announced = b"HTTP/1.1 " + status + b"\r\nLink: </x>; rel=preload\r\n\r\n"
    with connected([announced * 3 + reply(b"1"), reply(b"2")]) as (session, _):
        assert bodies(session, 2) == [b"1", b"2"]


def test_a_compressed_reply_is_decompressed():
    packed = gzip.compress(b"[1, 2]" * 100)
    with connected([reply(packed, "Content-Encoding: gzip"), reply(b"2")]) as (session, _):
        assert bodies(session, 2) == [b"[1, 2]" * 100, b"2"]


@pytest.mark.parametrize("packed", [gzip.compress(bytes(range(256)), mtime=0)[:100], b"not gzip"])
def test_a_compressed_reply_that_is_cut_off_or_not_compressed_is_no_whole_reply(packed):
    with connected([reply(packed, "Content-Encoding: gzip")]) as (session, _), suppress(ConnectionFailed):
        assert len(call(session).body) < 256


def test_a_reply_that_is_cut_off_is_refused():
    with connected([reply(b"{}" * 50)[:-1]]) as (session, _), pytest.raises(ConnectionFailed, match="cut off"):
        call(session)


BOMB = gzip.compress(b" " * 64 * 1024**2, mtime=0)


@pytest.mark.parametrize(
    ("body", "coding"),
    [(b" " * 9 * 1024**2, "identity"), (BOMB, "gzip"), (gzip.compress(BOMB, mtime=0), "gzip, gzip")],
    ids=["plain", "packed", "packed twice"],
)
def test_a_reply_larger_than_any_answer_is_refused_however_small_it_was_packed(body, coding):
    with (
        connected([reply(body, f"Content-Encoding: {coding}")]) as (session, _),
        pytest.raises(ReplyError, match="larger than 8 MiB"),
    ):
        call(session)


@pytest.mark.parametrize("endless", [b"1\r\n\r\n-1\r\n", b"1\r\n\r\n1\r\nx\r\n0\r\n"])
def test_a_reply_of_chunks_is_bounded_whatever_it_says_of_their_sizes(endless):
    started = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nA: " + endless
    server = Peer(started, then=b"x: yz\r\n" * 10_000)
    with pytest.raises(ReplyError, match="larger than 8 MiB"):
        call(session_to(server.url))
    server.join()


def test_an_error_gives_its_connection_up_with_the_body():
    refused = b"HTTP/1.1 429 Too Many\r\nRetry-After: 1\r\nContent-Length: 99999999\r\n\r\n"
    with connected([refused, b""], [reply(b"2")]) as (session, _):
        response = call(session)
        assert (response.status, response.headers["retry-after"]) == (429, "1")
        assert bodies(session, 1) == [b"2"]


def test_cookies_are_not_sent_back():
    with connected([reply(b"1", "Set-Cookie: who=you"), reply(b"2")]) as (session, server):
        bodies(session, 2)
    assert all(b"Cookie" not in head for head in server.received)


def test_a_head_that_cannot_be_read_is_refused_and_not_logged(caplog):
    caplog.set_level("DEBUG")
    echo = b"HTTP/1.1 200 OK\r\nyou sent the Sign " + SIGN["Sign"].encode() + b"\r\nContent-Length: 2\r\n\r\n{}"
    with connected([echo]) as (session, _), pytest.raises(ConnectionFailed, match="what came is not HTTP"):
        call(session)
    assert SIGN["Sign"] not in caplog.text


def test_calls_are_not_printed_where_somebody_has_all_connections_print_theirs(monkeypatch, capsys):
    monkeypatch.setattr(http.client.HTTPConnection, "debuglevel", 1)
    with connected([reply(b"1")]) as (session, _):
        assert bodies(session, 1) == [b"1"]
    assert SIGN["Sign"] not in capsys.readouterr().out


def test_neither_a_call_nor_a_response_shows_what_it_says():
    request = session_to("http://127.0.0.1:9/email/x").prepare("POST", "http://127.0.0.1:9/email/x", SIGN, b"{}")
    assert SIGN["Sign"] not in repr(request) + str(request)
    assert repr(Response(200, {"Set-Cookie": "li.wei@qq.com"}, b"li.wei@qq.com")) == "<Response 200>"


FAR = "https://api.itniotech.com/email/x"


class Peer:
    """Answers one connection with some bytes, and then with some more again and again, `every` so many seconds."""

    def __init__(self, answer: bytes, then: bytes = b"", every: float = 0) -> None:
        self.asked = b""
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/email/x"
        self._thread = Thread(target=self._serve, args=(answer, then, every), daemon=True)
        self._thread.start()

    def named(self, login: str = "", scheme: str = "http") -> Proxy:
        at = f"{login}@" if login else ""
        return Proxy(f"{scheme}://{at}127.0.0.1:{self.port}", "127.0.0.1", self.port, "HTTPS_PROXY")

    def _serve(self, answer: bytes, then: bytes, every: float) -> None:
        connection, _ = self._listening.accept()
        with connection, suppress(OSError):
            self.asked = received(connection)
            connection.sendall(answer)
            connection.settimeout(every or 10)
            while then:
                with suppress(TimeoutError):
                    if every and not connection.recv(65_536):
                        break
                connection.sendall(then)
            connection.settimeout(10)
            while connection.recv(65_536):
                pass

    def join(self) -> None:
        self._thread.join(10)
        assert not self._thread.is_alive()
        self._listening.close()


def test_a_reply_that_stalls_has_only_what_is_left_of_the_time(monkeypatch):
    clock = SimpleNamespace(now=100.0)
    monkeypatch.setattr(bounded, "time", SimpleNamespace(monotonic=lambda: clock.now))
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.settimeout(10)
        response = bounded.BoundedResponse(ours)
        theirs.sendall(reply(b"body"))
        response.begin()
        assert ours.gettimeout() == 10
        theirs.sendall(b"more")
        clock.now += 6
        assert response.fp.raw.readinto(bytearray(4)) == 4
        assert ours.gettimeout() == pytest.approx(4)


@pytest.mark.parametrize("begun", [b"", b"HTTP/1.1 200 OK\r\nA: ", b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n"])
def test_a_reply_that_drips_ends_at_the_deadline_of_the_whole_and_its_connection_is_closed(begun):
    server = Peer(begun, then=b"x", every=0.05)
    with pytest.raises(TimedOut, match=r"No complete reply from 127.0.0.1:\d+ within 0.3 seconds"):
        call(session_to(server.url, timeout=(5, 0.3)))
    server.join()


@pytest.mark.parametrize(
    ("host", "named"),
    [
        ("api.itniotech.com", b"api.itniotech.com"),
        ("[2001:db8::1]", b"[2001:db8::1]"),
        ("bücher.example", b"xn--bcher-kva.example"),
    ],
)
def test_a_proxy_is_asked_for_the_server_with_its_login_and_its_refusal_told_without_what_it_says(host, named):
    proxy = Peer(b"HTTP/1.1 407 me:word is wrong\r\n\r\n")
    with pytest.raises(HTTPStatusError, match=r"HTTP 407 \(Proxy Authentication Required\).*HTTPS_PROXY") as caught:
        call(session_to(f"https://{host}/email/x", proxy.named("me:word")))
    assert not caught.value.retryable
    assert caught.value.fatal
    assert "word is" not in str(caught.value)
    proxy.join()
    assert proxy.asked.startswith(b"CONNECT %b:443 HTTP/1." % named)
    assert b"Proxy-Authorization: Basic bWU6d29yZA==" in proxy.asked
    assert b"Sign" not in proxy.asked


@pytest.mark.parametrize(("status", "again"), [(403, False), (502, True), (503, True)])
def test_a_proxy_is_asked_again_only_if_its_trouble_can_pass(status, again):
    proxy = Peer(b"HTTP/1.1 %d no\r\n\r\n" % status)
    with pytest.raises(HTTPStatusError, match=f"refused the way to api.itniotech.com: HTTP {status}") as caught:
        call(session_to(FAR, proxy.named()))
    assert caught.value.retryable is again
    proxy.join()


@pytest.mark.parametrize("answer", [b"220 mail.example ESMTP\r\n", b"HTTP/1.1 200 OK\r\n" + b"A" * 70_000])
def test_a_proxy_that_does_not_speak_http_is_told_as_one(answer):
    proxy = Peer(answer)
    with pytest.raises(ConnectionFailed, match=r"through the proxy 127.0.0.1:\d+: what came is not HTTP"):
        call(session_to(FAR, proxy.named()))
    proxy.join()


@pytest.mark.parametrize(("answer", "then"), [(b"", b""), (b"HTTP/1.1 200 OK\r\nA: ", b"x")])
def test_a_proxy_that_does_not_come_to_an_end_is_left_in_time_and_the_connection_closed(answer, then):
    proxy = Peer(answer, then, every=0.05)
    with pytest.raises(TimedOut, match=r"No connection to api.itniotech.com through the proxy .* within 0.2 seconds"):
        call(session_to(FAR, proxy.named(), timeout=(0.2, 5)))
    proxy.join()


def test_a_server_that_does_not_greet_by_tls_is_left_in_time():
    server = Peer(b"")
    with pytest.raises(TimedOut, match=r"No connection to 127.0.0.1:\d+ within 0.2 seconds"):
        call(session_to(server.url.replace("http", "https"), timeout=(0.2, 5)))
    server.join()


def test_a_connection_that_nobody_accepts_is_told_with_the_time_to_connect():
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        waiting = [socket.socket() for _ in range(3)]  # more than fit
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(full.getsockname())
        with pytest.raises(TimedOut, match=r"No connection to .* within 0.3 seconds"):
            call(session_to(f"http://127.0.0.1:{full.getsockname()[1]}/email/x", timeout=(0.3, 0.1)))
        for each in waiting:
            each.close()


@pytest.mark.parametrize("host", ["*.itniotech.com", "\u2764\ufe0f\u200d.example"])
def test_a_host_that_cannot_exist_is_refused_before_any_call(host):
    with pytest.raises(EmailrcdError, match="Give it like https://api.itniotech.com/email"):
        session_to(f"https://{host}/email/x")


class Tunnel:
    """A proxy that lets every connection through to one server, whatever host is asked for; with TLS of its own if given."""

    def __init__(self, target: int, tls: ssl.SSLContext | None = None) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._target, self._tls = target, tls
        self.port = self._listening.getsockname()[1]
        self._thread = Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        connection, _ = self._listening.accept()
        with suppress(OSError):
            if self._tls:
                connection = self._tls.wrap_socket(connection, server_side=True)
            self.greet(connection)
            with socket.create_connection(("127.0.0.1", self._target)) as server:
                back = Thread(target=self._pump, args=(server, connection), daemon=True)
                back.start()
                self._pump(connection, server)
                back.join(10)
        connection.close()

    def greet(self, connection: socket.socket) -> None:
        assert received(connection).startswith(b"CONNECT mail.example:443")
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")

    @staticmethod
    def _pump(source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while piece := source.recv(65_536):
                target.sendall(piece)
            target.shutdown(socket.SHUT_WR)

    def join(self) -> None:
        self._thread.join(10)
        assert not self._thread.is_alive()
        self._listening.close()


class Socks(Tunnel):
    """A SOCKS5 proxy that wants the login me:word."""

    def greet(self, connection: socket.socket) -> None:
        connection.recv(65_536)
        connection.sendall(b"\x05\x02")
        if connection.recv(65_536) != b"\x01\x02me\x04word":
            connection.sendall(b"\x01\x01")
            raise ConnectionAbortedError
        connection.sendall(b"\x01\x00")
        assert b"mail.example" in connection.recv(65_536)
        connection.sendall(b"\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x50")


@pytest.mark.parametrize("kind", ["http", "https", "socks5h"])
def test_calls_go_through_proxies_of_each_kind_and_the_server_is_verified_behind_them(kind, server_tls, client_tls):
    if kind == "socks5h":
        pytest.importorskip("socks", reason="the extra socks is not installed")
    server = Server([reply(b"1"), reply(b"2")], tls=server_tls)
    proxy = (Socks if kind == "socks5h" else Tunnel)(server.port, server_tls if kind == "https" else None)
    named = Proxy(f"{kind}://me:word@127.0.0.1:{proxy.port}", "127.0.0.1", proxy.port, "HTTPS_PROXY")
    session = session_to("https://mail.example/email/x", named, client_tls)
    assert bodies(session, 2) == [b"1", b"2"]
    session.close()
    server.join()
    proxy.join()


def test_a_socks_proxy_that_refuses_the_login_is_not_asked_again():
    pytest.importorskip("socks", reason="the extra socks is not installed")
    proxy = Socks(9)
    named = Proxy(f"socks5h://me:wrong@127.0.0.1:{proxy.port}", "127.0.0.1", proxy.port, "ALL_PROXY")
    with pytest.raises(HTTPStatusError, match="user name and password in ALL_PROXY") as caught:
        call(session_to(FAR, named))
    assert not caught.value.retryable
    proxy.join()


def test_a_proxy_with_a_certificate_that_is_not_trusted_is_told_as_the_one_to_blame(server_tls):
    proxy = Tunnel(9, server_tls)
    named = Proxy(f"https://127.0.0.1:{proxy.port}", "127.0.0.1", proxy.port, "HTTPS_PROXY")
    with pytest.raises(TLSError, match="The certificate of the proxy 127.0.0.1"):
        call(session_to(FAR, named))
    proxy.join()


@given(st.binary(max_size=200))
@example(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxx\r\n")
@example(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\n")
@example(b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n{}")
@example(b"HTTP/1.1 200 OK\r\nContent-Length: 5, 6\r\n\r\n{}")
@example(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n{}")
@example(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\nxx")
@example(b"HTTP/1.1 200 OK\r\nno header\r\n\r\n{}")
@example(b"HTTP/1.1 100 Continue\r\n\r\n" * 7)
@example(b"HTTP/1.1 103 Early Hints\r\n\r\n" * 7)
@example(b"HTTP/1.1 101 Switching Protocols\r\n\r\nxx")
@example(b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 30)
@settings(deadline=None)
def test_whatever_comes_is_a_reply_or_an_error_that_is_expected(raw):
    with connected([raw]) as (session, _), suppress(TransportError):
        call(session)
