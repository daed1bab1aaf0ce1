"""One signed call against a real server: what is sent, what is retried, how failures are told."""

from __future__ import annotations

import http.server
import json
import re
import socket
import ssl
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.utils import formatdate
from inspect import signature
from typing import Any

import pytest
import trustme

from emailrcd.api import contract, transport
from emailrcd.api.credentials import Credentials
from emailrcd.api.reply import Reply
from emailrcd.api.transport import Transport
from emailrcd.errors import (
    AuthenticationFailed,
    ConnectionFailed,
    DuplicateRequest,
    EmailrcdError,
    HTTPStatusError,
    QueryStopped,
    RateLimited,
    RedirectRefused,
    ReplyError,
    ServerFault,
    TimedOut,
    TimestampExpired,
    TLSError,
    WebPage,
)
from emailrcd.query.client import Client

USUAL_BACKOFF = transport.BACKOFF_SECONDS

KEY, SECRET = "bDqJFiq9", "7bz1lzh9"
GOOD = {"status": "0", "reason": "success", "success": "0", "fail": "0", "sending": "0", "nofound": "1", "array": []}

Respond = Callable[[http.server.BaseHTTPRequestHandler], None]


def send(handler: http.server.BaseHTTPRequestHandler, body: object = GOOD, status: int = 200, **headers: str) -> None:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.send_header("Content-Length", str(len(raw)))
    handler.end_headers()
    handler.wfile.write(raw)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, *responses: Respond, context: ssl.SSLContext | None = None) -> None:
        self.requests: list[dict[str, Any]] = []
        self.connections = 0
        queue = list(responses)
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                super().setup()
                server.connections += 1

            def answer(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                request = {"path": self.path, "headers": dict(self.headers), "body": self.rfile.read(length)}
                server.requests.append(request | {"method": self.command})
                respond = queue.pop(0) if len(queue) > 1 else queue[0]
                respond(self)

            do_GET = do_POST = answer  # noqa: N815

            def log_message(self, *args: object) -> None:
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        if context:
            self.socket = context.wrap_socket(self.socket, server_side=True)
        self.url = f"{'https' if context else 'http'}://localhost:{self.server_port}/email/{contract.METHOD_NAME}"

    def handle_error(self, *args: object) -> None:
        pass


@contextmanager
def serving(*responses: Respond, context: ssl.SSLContext | None = None) -> Iterator[Server]:
    server = Server(*(responses or (send,)), context=context)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def talking(url: str, **settings: Any) -> Iterator[Transport]:
    defaults: dict[str, Any] = {
        "method": "POST",
        "connections": 4,
        "max_rate": None,
        "timeout": (5, 5),
        "attempts": 3,
        "ca_bundle": None,
    }
    talk = Transport(Credentials("app", KEY, SECRET), url, **defaults | settings)
    try:
        yield talk
    finally:
        talk.close()


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    monkeypatch.setattr(transport, "BACKOFF_SECONDS", 0.001)


def ask(talk: Transport, ids: list[str] | None = None) -> Reply:
    return talk.send(ids or ["2208031112341000001"], threading.Event())


def failure(talk: Transport, kind: type[EmailrcdError]) -> EmailrcdError:
    with pytest.raises(kind) as caught:
        ask(talk)
    return caught.value


def test_a_post_carries_the_signed_headers_and_a_json_body():
    with serving() as server, talking(server.url) as talk:
        ask(talk, ["1", "2"])
    request = server.requests[0]
    headers = request["headers"]
    assert (request["method"], request["path"]) == ("POST", "/email/getSendEmailRcd")
    assert json.loads(request["body"]) == {"appId": "app", "emailId": "1,2"}
    assert headers["Content-Type"] == "application/json;charset=UTF-8"
    assert headers["Api-Key"] == KEY
    assert headers["Sign"] == contract.sign(KEY, SECRET, int(headers["Timestamp"]))
    assert abs(int(headers["Timestamp"]) - time.time()) < 60


def test_a_get_carries_the_ids_in_the_query_string():
    with serving() as server, talking(server.url, method="GET") as talk:
        ask(talk, ["1", "2"])
    request = server.requests[0]
    assert (request["method"], request["body"]) == ("GET", b"")
    assert request["path"] == "/email/getSendEmailRcd?appId=app&emailId=1,2"


def test_a_connection_is_kept_for_the_next_call():
    with serving() as server, talking(server.url) as talk:
        for _ in range(3):
            ask(talk)
    assert (len(server.requests), server.connections) == (3, 1)


def test_every_attempt_is_signed_afresh(monkeypatch):
    now = iter(range(1_700_000_000, 1_700_000_100))
    monkeypatch.setattr(transport.time, "time", lambda: next(now))
    with serving(lambda h: send(h, {}, 500), send) as server, talking(server.url) as talk:
        ask(talk)
    signs = [request["headers"]["Sign"] for request in server.requests]
    stamps = [int(request["headers"]["Timestamp"]) for request in server.requests]
    assert stamps[0] < stamps[1]
    assert signs == [contract.sign(KEY, SECRET, stamp) for stamp in stamps]


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503])
def test_http_errors_that_heal_are_tried_again(status):
    with serving(lambda h: send(h, {}, status), send) as server, talking(server.url) as talk:
        assert ask(talk).counts.nofound == 1
    assert len(server.requests) == 2


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 407, 511])
def test_http_errors_that_tell_of_a_wrong_place_are_fatal_at_once(status):
    with serving(lambda h: send(h, {}, status)) as server, talking(server.url) as talk:
        error = failure(talk, HTTPStatusError)
    assert error.fatal
    assert len(server.requests) == 1
    assert f"localhost:{server.server_port} answered HTTP {status}" in str(error)


def test_attempts_end_and_the_last_error_is_told():
    with serving(lambda h: send(h, {}, 503)) as server, talking(server.url, attempts=4) as talk:
        assert "503" in str(failure(talk, HTTPStatusError))
    assert len(server.requests) == 4


def test_a_server_fault_heals_and_a_wrong_key_does_not():
    fault = {"status": "-23", "reason": "端口或者程序异常"}
    with serving(lambda h: send(h, fault), send) as server, talking(server.url) as talk:
        ask(talk)
    assert len(server.requests) == 2
    with serving(lambda h: send(h, fault)) as server, talking(server.url) as talk:
        failure(talk, ServerFault)
    with serving(lambda h: send(h, {"status": "-1", "reason": "身份验证错误"})) as server, talking(server.url) as talk:
        failure(talk, AuthenticationFailed)
    assert len(server.requests) == 1


def test_a_redirect_is_refused_and_nothing_is_sent_there():
    with serving() as other:
        with serving(lambda h: send(h, {}, 302, Location=other.url)) as server, talking(server.url) as talk:
            error = failure(talk, RedirectRefused)
        assert other.requests == []
    assert error.fatal
    assert f"localhost:{other.server_port}" in str(error)


class Waits(threading.Event):
    """Remembers how long it was asked to wait, and waits not at all."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds: list[float] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.seconds.append(timeout or 0)
        return False


def waits(monkeypatch, attempts: int, backoff: float = 0.5, **headers: str) -> list[float]:
    """Return how long a transport that is turned away waits between its attempts."""
    monkeypatch.setattr(transport, "BACKOFF_SECONDS", backoff)
    halt = Waits()
    with (
        serving(lambda h: send(h, {}, 429, **headers)) as server,
        talking(server.url, attempts=attempts) as talk,
        pytest.raises(RateLimited),
    ):
        talk.send(["1"], halt)
    return halt.seconds


def test_waits_grow_and_are_drawn_from_half_to_the_whole_of_them(monkeypatch):
    seconds = waits(monkeypatch, 9)
    longest = [0.5, 1, 2, 4, 8, 16, 30, 30]
    assert all(most / 2 <= wait <= most for wait, most in zip(seconds, longest, strict=True))


def test_the_usual_five_attempts_outlast_an_outage_of_fifteen_seconds(monkeypatch):
    assert signature(Client).parameters["attempts"].default == 5
    assert 15 <= sum(waits(monkeypatch, 5, USUAL_BACKOFF)) <= 30


def test_a_retry_after_of_no_seconds_is_still_backed_off_from(monkeypatch):
    seconds = waits(monkeypatch, 5, Retry_After="0")
    assert sum(seconds) >= (0.5 + 1 + 2 + 4) / 2


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    "retry_after", ["7", lambda: formatdate(time.time() + 8, usegmt=True)], ids=["seconds", "date"]
)
def test_retry_after_pauses_the_whole_client(status, retry_after):
    wait = retry_after if isinstance(retry_after, str) else retry_after()
    with serving(lambda h: send(h, {}, status, Retry_After=wait), send) as server, talking(server.url) as talk:
        pauses: list[float] = []
        talk.limiter.pause = pauses.append  # type: ignore[method-assign]
        ask(talk)
    assert 5 < pauses[0] <= 9
    assert len(server.requests) == 2


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("wait", ["3600", "9" * 400, "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_a_retry_after_beyond_the_bound_is_an_error_that_says_how_long_and_pauses_nothing(status, wait):
    with serving(lambda h: send(h, {}, status, Retry_After=wait)) as server, talking(server.url) as talk:
        pauses: list[float] = []
        talk.limiter.pause = pauses.append  # type: ignore[method-assign] # a pause taken by mistake would last for hours
        error = failure(talk, RateLimited if status == 429 else HTTPStatusError)
    assert re.search(r"asks to wait [\d,]{5,} seconds", str(error))
    assert error.fatal
    assert pauses == []
    assert len(server.requests) == 1


@pytest.mark.parametrize("wait", ["-1", "inf", "1e9", "soon", "", "٣"])
def test_a_retry_after_that_is_not_understood_is_as_good_as_none(wait):
    refused = lambda h: send(h, {}, 503, Retry_After=wait.encode().decode("latin-1"))  # noqa: E731
    with serving(refused, send) as server, talking(server.url) as talk:
        talk.limiter.pause = None  # type: ignore[assignment, method-assign] # it must not be called
        ask(talk)
    assert len(server.requests) == 2


DUPLICATE = {"status": "-2", "reason": "重复请求"}


def test_a_call_taken_for_a_duplicate_is_signed_anew_a_second_later_and_made_once_more():
    halt = Waits()
    with serving(lambda h: send(h, DUPLICATE), send) as server, talking(server.url) as talk:
        assert talk.send(["1"], halt).counts.nofound == 1
    assert halt.seconds == [1.0]
    with (
        serving(lambda h: send(h, DUPLICATE)) as server,
        talking(server.url) as talk,
        pytest.raises(DuplicateRequest, match="重复请求") as caught,
    ):
        talk.send(["1"], halt)
    assert len(server.requests) == 2
    assert not caught.value.fatal


def expired(date: str | None) -> Respond:
    def respond(handler: http.server.BaseHTTPRequestHandler) -> None:
        raw = json.dumps({"status": "-6", "reason": "时间戳过期"}).encode()
        handler.send_response_only(200)
        if date:
            handler.send_header("Date", date)
        handler.send_header("Content-Length", str(len(raw)))
        handler.end_headers()
        handler.wfile.write(raw)

    return respond


def test_an_expired_timestamp_is_corrected_by_the_date_of_that_reply_and_stays_corrected():
    ahead = formatdate(time.time() + 86_400, usegmt=True)
    with serving(expired(ahead), send) as server, talking(server.url) as talk:
        ask(talk)
        ask(talk)
    stamps = [int(request["headers"]["Timestamp"]) - time.time() for request in server.requests]
    assert abs(stamps[0]) < 60
    assert all(86_300 < stamp < 86_500 for stamp in stamps[1:])
    assert len(stamps) == 3


@pytest.mark.parametrize(
    ("date", "calls", "told"),
    [
        (None, 1, "brought no time"),
        ("yesterday", 1, "brought no time"),
        (formatdate(usegmt=True), 2, "also after correcting it by the server's clock"),
    ],
    ids=["no date", "no time", "the time"],
)
def test_a_second_expired_timestamp_or_one_without_a_date_is_fatal_and_told_apart(date, calls, told):
    with serving(expired(date)) as server, talking(server.url) as talk:
        error = failure(talk, TimestampExpired)
    assert error.fatal
    assert told in str(error)
    assert len(server.requests) == calls


def test_a_refused_connection_names_host_and_cause():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        with talking(f"http://127.0.0.1:{port}/email/getSendEmailRcd", attempts=2) as talk:
            error = failure(talk, ConnectionFailed)
    assert f"127.0.0.1:{port}" in str(error)
    assert "connection refused" in str(error)


def test_an_unknown_host_is_named(monkeypatch):
    monkeypatch.setenv("no_proxy", "*")

    def unknown(*args: object, **kwargs: object) -> object:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with talking("https://contract.nowhere.example/email/getSendEmailRcd", attempts=1) as talk:
        assert "contract.nowhere.example is unknown" in str(failure(talk, ConnectionFailed))


def hang_up(handler: http.server.BaseHTTPRequestHandler) -> None:
    handler.close_connection = True


def cut_off(handler: http.server.BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{")
    handler.close_connection = True


@pytest.mark.parametrize(("respond", "cause"), [(hang_up, "hung up"), (cut_off, "cut off")])
def test_a_broken_reply_heals_and_its_cause_is_told(respond, cause):
    with serving(respond, send) as server, talking(server.url) as talk:
        ask(talk)
    with serving(respond) as server, talking(server.url) as talk:
        assert cause in str(failure(talk, ConnectionFailed))
    assert len(server.requests) == 3


def drip_body(handler: http.server.BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    _drip(handler, b" ")


def drip_headers(handler: http.server.BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    _drip(handler, b"X: y\r\n")


def _drip(handler: http.server.BaseHTTPRequestHandler, piece: bytes) -> None:
    handler.close_connection = True
    try:
        while True:
            handler.wfile.write(piece)
            handler.wfile.flush()
            time.sleep(0.02)
    except OSError:
        pass


@pytest.mark.parametrize("respond", [drip_body, drip_headers])
def test_a_reply_that_drips_ends_at_the_deadline_of_the_whole(respond):
    with serving(respond) as server, talking(server.url, timeout=(5, 0.3), attempts=1) as talk:
        error = failure(talk, TimedOut)
    assert "No complete reply" in str(error)
    assert "0.3 seconds" in str(error)


def test_a_reply_larger_than_any_answer_is_refused():
    with serving(lambda h: send(h, b" " * (9 * 1024**2))) as server, talking(server.url, attempts=1) as talk:
        assert "8 MiB" in str(failure(talk, ReplyError))


def test_a_compressed_reply_counts_as_what_it_becomes():
    import gzip

    bomb = gzip.compress(b" " * (64 * 1024**2))
    with serving(lambda h: send(h, bomb, Content_Encoding="gzip")) as server, talking(server.url, attempts=1) as talk:
        assert "8 MiB" in str(failure(talk, ReplyError))


def test_what_is_not_the_contract_is_tried_again_and_then_told():
    with serving(lambda h: send(h, b"no")) as server, talking(server.url) as talk:
        assert "not JSON" in str(failure(talk, ReplyError))
    assert len(server.requests) == 3


def test_a_web_page_is_told_by_its_title_without_what_it_echoes_and_not_asked_for_again():
    page = f"<html><title>Log in, {KEY} {SECRET}</title>".encode()
    with serving(lambda h: send(h, page)) as server, talking(server.url) as talk:
        error = failure(talk, WebPage)
    assert "Log in, ••• •••" in str(error)
    assert len(server.requests) == 1


@pytest.mark.parametrize("before", range(190, 201))
def test_no_piece_of_a_secret_is_left_where_what_a_server_echoes_is_cut_short(before):
    for body in (
        {"status": "-99", "reason": "." * before + SECRET},
        {"status": "." * before + KEY, "reason": ""},
        f"<title>{'.' * before}{SECRET}</title>".encode(),
    ):
        with serving(lambda h, body=body: send(h, body)) as server, talking(server.url) as talk:
            error = str(failure(talk, EmailrcdError))
        assert "." * before in error
        assert SECRET[:2] not in error
        assert KEY[:2] not in error


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def tls(authority: trustme.CA, name: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context


@pytest.fixture
def bundle(authority, tmp_path):
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return path


def test_https_works_with_the_bundle_given_over_one_connection(authority, bundle):
    with serving(context=tls(authority, "localhost")) as server, talking(server.url, ca_bundle=bundle) as talk:
        ask(talk)
        ask(talk)
    assert server.connections == 1


def test_the_bundle_of_the_environment_is_used(authority, bundle, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bundle))
    with serving(context=tls(authority, "localhost")) as server, talking(server.url) as talk:
        ask(talk)


@pytest.mark.parametrize(("name", "trusted"), [("localhost", False), ("other.example", True)])
def test_a_wrong_authority_or_a_wrong_name_is_refused_at_once_and_nothing_is_sent(authority, bundle, name, trusted):
    with (
        serving(context=tls(authority, name)) as server,
        talking(server.url, ca_bundle=bundle if trusted else None) as talk,
    ):
        error = failure(talk, TLSError)
    assert error.fatal
    assert "certificate of localhost" in str(error)
    assert ".." not in str(error)
    assert server.requests == []


def test_a_certificate_that_names_its_host_in_the_common_name_alone_is_refused(authority, bundle):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(common_name="localhost").configure_cert(context)
    with serving(context=context) as server, talking(server.url, ca_bundle=bundle) as talk:
        assert "certificate of localhost" in str(failure(talk, TLSError))
    assert server.requests == []


def test_a_bundle_that_is_none_is_refused_before_anything_is_sent(tmp_path):
    (tmp_path / "empty.pem").write_text("")
    for path in (tmp_path / "empty.pem", tmp_path / "nowhere.pem"):
        with pytest.raises(EmailrcdError, match="CA bundle"), talking("https://localhost/email/x", ca_bundle=path):
            pass


def test_netrc_and_proxies_do_not_touch_loopback(monkeypatch, tmp_path):
    (tmp_path / "netrc").write_text("machine localhost login someone password else\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    with serving() as server, talking(server.url) as talk:
        ask(talk)
    assert "Authorization" not in server.requests[0]["headers"]


@pytest.mark.parametrize(
    "respond",
    [hang_up, cut_off, lambda h: send(h, {}, 500), lambda h: send(h, {}, 403), lambda h: send(h, b"<html>")]
    + [lambda h: send(h, {"status": "-1", "reason": f"{KEY} {SECRET} {h.headers['Sign']}"})],
)
def test_no_error_carries_key_secret_sign_or_the_request(respond):
    with serving(respond) as server, talking(server.url, attempts=1) as talk:
        error = failure(talk, EmailrcdError)
    sign = server.requests[0]["headers"]["Sign"]
    seen, waiting = set(), [error]
    while waiting:
        exc = waiting.pop()
        if exc is None or id(exc) in seen:
            continue
        seen.add(id(exc))
        waiting += [exc.__cause__, exc.__context__]
        assert not hasattr(exc, "request")
        shown = str(exc) + repr(exc) + repr(vars(exc))
        for frame, _ in traceback.walk_tb(exc.__traceback__):
            if "emailrcd/" in frame.f_code.co_filename:
                shown += repr(frame.f_locals)
        for word in (KEY, SECRET, sign):
            assert word not in shown


def test_a_halted_query_stops_waiting():
    halt = threading.Event()
    halt.set()
    with serving() as server, talking(server.url) as talk, pytest.raises(QueryStopped):
        talk.send(["1"], halt)
    assert server.requests == []
