"""The server: who reaches it, what it remembers, how it ends."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import subprocess
import sys
import threading
from urllib.parse import urlsplit

import pytest

from emailrcd.api import contract
from emailrcd.api.credentials import SANDBOX
from emailrcd.api.reply import decode
from emailrcd.errors import EmailrcdError
from emailrcd.sandbox import Sandbox

PATH = "/email/getSendEmailRcd"


def address(sandbox):
    parts = urlsplit(sandbox.base_url)
    return parts.hostname, parts.port


def raw(sandbox, request):
    """Send bytes as they are and read until the server hangs up."""
    with socket.create_connection(address(sandbox), timeout=10) as connection:
        connection.sendall(request)
        return b"".join(iter(lambda: connection.recv(65_536), b""))


def test_it_has_credentials_of_its_own_and_accepts_a_base_url_of_this_package(sandbox):
    assert sandbox.credentials is SANDBOX
    assert contract.endpoint(sandbox.base_url) == f"{sandbox.base_url}/getSendEmailRcd"


def test_its_replies_are_what_the_package_decodes(sandbox, ids, ask):
    reply = decode(ask(sandbox, ids).raw, asked=len(ids))
    assert [mail.email_id for mail in reply.mails] == ids
    assert sum(reply.counts) == len(ids)


def test_its_client_answers_for_every_id():
    ids = ["2208031112341000001", "2208031112341000003"]
    with Sandbox() as sandbox:
        frame = sandbox.client(connections=2).query(ids, progress=False)
    assert frame["email_id"].tolist() == ids
    assert set(frame["status"]) <= {"delivered", "failed"}


def test_it_says_that_it_is_a_sandbox(sandbox):
    assert repr(sandbox) == f"<SANDBOX {sandbox.base_url}, seed 0>"
    sandbox.close()
    assert repr(sandbox).endswith(", closed>")


def test_it_listens_on_loopback_only(sandbox):
    host, port = address(sandbox)
    assert host == "127.0.0.1"
    assert sandbox._server.socket.getsockname() == ("127.0.0.1", port)


def test_calls_are_remembered_without_headers(sandbox, clock, ids, ask):
    ask(sandbox, ids[:2])
    ask(sandbox, ids[2], method="GET", query=True, path="/v3/email/getSendEmailRcd")
    ask(sandbox, "x")
    ask(sandbox, ids[:1], path="/elsewhere")
    sandbox.inject("503")
    ask(sandbox, ids[:3])
    sandbox.inject("close")
    with pytest.raises(http.client.RemoteDisconnected):
        ask(sandbox, ids[:1])
    assert [(call.number, call.method, call.path, call.count, call.outcome, call.fault) for call in sandbox.calls] == [
        (1, "POST", PATH, 2, "0", None),
        (2, "GET", "/v3/email/getSendEmailRcd", 1, "0", None),
        (3, "POST", PATH, 1, "-5", None),
        (4, "POST", "/elsewhere", 1, "404", None),
        (5, "POST", PATH, 3, "503", "503"),
        (6, "POST", PATH, 1, "close", "close"),
    ]
    assert sandbox.calls[0].ids == tuple(ids[:2])
    assert {call.at for call in sandbox.calls} == {clock.now}


def test_no_secret_is_kept_or_printed(sandbox, ids, ask, sign, capfd):
    ask(sandbox, ids)
    ask(sandbox, ids, path="/elsewhere")
    ask(sandbox, ids, Sign="0" * 32)
    ask(sandbox, ids, method="PUT")
    raw(sandbox, b"nonsense\r\n\r\n")
    seen = "".join([*map(repr, sandbox.calls), repr(sandbox), *capfd.readouterr()])
    assert not any(value in seen for value in ("SANDBOXKEY", "SANDBOXSECRET", sign()["Sign"]))
    assert capfd.readouterr() == ("", "")


def test_one_connection_serves_many_calls(sandbox, ids, sign):
    connection = http.client.HTTPConnection(*address(sandbox), timeout=10)
    body = json.dumps({"appId": "SANDBOX", "emailId": ",".join(ids)})
    connection.connect()
    port = connection.sock.getsockname()
    for path in (PATH, "/nothing/here", PATH, PATH):
        connection.request("POST", path, body, sign())
        assert connection.getresponse().read()
        assert connection.sock.getsockname() == port
    connection.close()


def test_calls_in_parallel_are_numbered_without_a_gap(sandbox, ids, ask):
    threads = [threading.Thread(target=ask, args=(sandbox, ids)) for _ in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(call.number for call in sandbox.calls) == list(range(1, 41))
    assert {call.outcome for call in sandbox.calls} == {"0"}


def test_two_sandboxes_live_side_by_side(clock, ids, ask):
    with Sandbox(seed=1, clock=clock) as one, Sandbox(seed=2, clock=clock) as other:
        assert ask(one, ids).json != ask(other, ids).json
        one.inject("503")
        assert (ask(other, ids).status, ask(one, ids).status) == (200, 503)
        assert (len(one.calls), len(other.calls)) == (2, 2)


def test_clients_that_hang_up_are_survived_in_silence(sandbox, ids, ask, sign, capfd):
    body = json.dumps({"appId": "SANDBOX", "emailId": ids[0]}).encode()
    head = "".join(f"{name}: {value}\r\n" for name, value in sign().items()).encode()
    whole = b"POST %s HTTP/1.1\r\nHost: x\r\n%sContent-Length: %d\r\n\r\n%s" % (PATH.encode(), head, len(body), body)
    for fault in (None, "huge", "slow"):
        if fault:
            sandbox.inject(fault)
        for request in (whole,) if fault else (b"", whole[:20], whole[:-5], whole):
            with socket.create_connection(address(sandbox), timeout=10) as connection:
                connection.sendall(request)
                connection.shutdown(socket.SHUT_WR) if request != whole else connection.recv(1)
    assert ask(sandbox, ids).code == "0"
    sandbox.close()
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("request_head", "status"),
    [
        (b"POST %s HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b"411"),
        (b"POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", b"400"),
        (b"POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: many\r\n\r\n", b"400"),
        (b"BREW %s HTTP/1.1\r\nHost: x\r\n\r\n", b"501"),
    ],
)
def test_requests_it_does_not_understand_are_refused(sandbox, request_head, status):
    assert raw(sandbox, request_head % PATH.encode()).startswith(b"HTTP/1.1 " + status)


def test_a_body_above_a_megabyte_is_413(sandbox, ask):
    assert ask(sandbox, body=b" " * 1_000_001).status == 413
    assert ask(sandbox, body=b" " * 1_000_000).code == "-5"


def test_a_closed_sandbox_is_gone_with_its_connections_and_threads(clock, ids, sign):
    before = set(threading.enumerate())
    sandbox = Sandbox(clock=clock)
    connection = http.client.HTTPConnection(*address(sandbox), timeout=10)
    connection.request("POST", PATH, json.dumps({"appId": "SANDBOX", "emailId": ids[0]}), sign())
    assert connection.getresponse().read()
    sandbox.close()
    sandbox.close()
    assert connection.sock.recv(1) == b""
    connection.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address(sandbox))
    for thread in set(threading.enumerate()) - before:
        thread.join()


def test_closing_wakes_a_call_that_waits(clock, ids, ask):
    arrived = threading.Event()

    def now():
        arrived.set()
        return clock()

    sandbox = Sandbox(latency=3600, clock=now)
    errors = []

    def wait():
        with contextlib.suppress(OSError, http.client.HTTPException):
            ask(sandbox, ids)
        errors.append("over")

    thread = threading.Thread(target=wait)
    thread.start()
    arrived.wait()
    sandbox.close()
    thread.join()
    assert errors == ["over"]


def test_a_port_in_use_is_said_with_a_remedy(sandbox):
    with pytest.raises(EmailrcdError, match=r"already in use.*--port 8026"):
        Sandbox(port=address(sandbox)[1])


@pytest.mark.parametrize("port", [-1, 70_000])
def test_a_port_that_is_none_is_refused(port):
    with pytest.raises(EmailrcdError, match="cannot listen"):
        Sandbox(port=port)


def test_a_port_is_free_again_at_once(ids, ask, clock):
    with Sandbox(clock=clock) as first:
        assert ask(first, ids).code == "0"
        port = address(first)[1]
    with Sandbox(port=port, clock=clock) as second:
        assert ask(second, ids).code == "0"


def test_a_negative_latency_is_refused():
    with pytest.raises(EmailrcdError, match="0 or more"):
        Sandbox(latency=-1)


def test_a_sandbox_left_open_does_not_keep_the_interpreter_alive():
    code = "from emailrcd.sandbox import Sandbox; kept = Sandbox(); Sandbox(); print(kept)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.startswith("<SANDBOX http://127.0.0.1:")
    assert done.stderr == ""


def test_starting_a_sandbox_loads_neither_pandas_nor_numpy():
    code = "import sys; from emailrcd.sandbox import Sandbox; Sandbox(); print({'pandas', 'numpy'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "set()\n"
