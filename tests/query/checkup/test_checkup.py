"""The doctor, against a real server, a real proxy and real TLS."""

from __future__ import annotations

import http.server
import json
import re
import select
import socket
import ssl
import threading
import time
from contextlib import contextmanager

import pandas as pd
import pytest
import trustme

import emailrcd
from emailrcd import Client, Credentials, Sandbox
from emailrcd.api.credentials import ENVIRONMENT, SANDBOX
from emailrcd.errors import IdsError
from emailrcd.query.checkup import Check, Checkup, doctor

NAMES = [
    "credentials",
    "base URL",
    "proxy",
    "name resolution",
    "connection",
    "TLS",
    "query",
    "clock",
    "key and secret",
    "allow list",
    "account",
    "app id",
    "POST and GET",
    "reply shape",
]
KEY, SECRET = "bDqJFiq9", "7bz1lzh9"


@pytest.fixture(autouse=True)
def nowhere(monkeypatch, tmp_path):
    """No credentials, no proxy and no bundle but those of the test."""
    for name in (*ENVIRONMENT.values(), "HTTPS_PROXY", "https_proxy", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("no_proxy", "")
    monkeypatch.chdir(tmp_path)


def results(checkup: Checkup) -> dict[str, str]:
    assert [check.check for check in checkup.checks] == NAMES
    return {check.check: check.result for check in checkup.checks}


def found(checkup: Checkup, name: str) -> Check:
    return next(check for check in checkup.checks if check.check == name)


def test_a_sound_set_up_passes_every_check(sandbox):
    checkup = doctor(sandbox.client(), ids=sandbox.sample_ids(5))
    assert {name for name, result in results(checkup).items() if result != "ok"} == {"TLS"}
    assert checkup.ok
    assert [(call.method, call.count) for call in sandbox.calls] == [("POST", 2), ("GET", 2)]


def test_made_up_ids_are_harmless_and_say_that_they_tell_less(sandbox):
    checkup = doctor(sandbox.client(method="GET"))
    assert checkup.ok
    assert "Only an id of yours" in found(checkup, "app id").explanation
    assert [call.method for call in sandbox.calls] == ["GET", "POST"]
    assert all(sandbox.world.facts(email_id).submitted > 4e9 for call in sandbox.calls for email_id in call.ids)


def test_ids_that_are_none_are_refused_before_anything_is_asked(sandbox):
    with pytest.raises(IdsError, match="no!id"):
        doctor(sandbox.client(), ids=["no!id"])
    assert sandbox.calls == []


@pytest.mark.parametrize(
    ("code", "failed"),
    [("-1", "key and secret"), ("-8", "allow list"), ("-4", "account"), ("-24", "account"), ("-6", "clock")],
)
def test_each_refusal_is_told_where_it_belongs_with_the_next_step(sandbox, code, failed):
    sandbox.inject(code, times=9)
    checkup = doctor(sandbox.client())
    assert [name for name, result in results(checkup).items() if result == "failed"] == [failed]
    assert found(checkup, failed).next_step
    assert code in found(checkup, failed).explanation
    assert not checkup.ok


def test_a_wrong_app_id_fails_with_ids_of_yours_and_is_a_suspicion_with_made_up_ones(sandbox):
    client = Client(Credentials("wrong", SANDBOX.api_key, SANDBOX.api_secret), base_url=sandbox.base_url)
    assert results(doctor(client, ids=sandbox.sample_ids(2)))["app id"] == "failed"
    assert results(doctor(client))["app id"] == "warning"
    assert results(doctor(client))["key and secret"] == "ok"


def test_ids_that_are_not_found_make_the_app_id_doubtful(sandbox):
    assert results(doctor(sandbox.client(), ids="9912312359591000001"))["app id"] == "warning"


def test_a_wrong_secret_is_told(sandbox):
    client = Client(Credentials(SANDBOX.app_id, SANDBOX.api_key, "wrong"), base_url=sandbox.base_url)
    assert results(doctor(client))["key and secret"] == "failed"


@pytest.mark.parametrize("hours", [-5, 5])
def test_a_clock_that_is_off_is_told_with_its_direction_and_does_not_hide_the_rest(hours):
    with Sandbox(clock=lambda: time.time() + hours * 3600) as sandbox:
        checkup = doctor(sandbox.client(), ids=sandbox.sample_ids(2))
    assert results(checkup)["clock"] == "warning"
    assert ("behind" if hours > 0 else "ahead of") in found(checkup, "clock").explanation
    assert results(checkup)["app id"] == "ok"
    assert results(checkup)["POST and GET"] == "ok"


@pytest.mark.parametrize(
    "fault", ["reset", "truncated", "503", "malformed", "wrong_shape", "nested", "redirect", "-23"]
)
def test_a_server_in_trouble_is_told_and_does_not_end_the_examination(sandbox, fault):
    sandbox.inject(fault, times=9)
    checkup = doctor(sandbox.client())
    assert results(checkup)["connection"] == "ok"
    assert results(checkup)["key and secret"] == "skipped"
    assert checkup.ok == (fault == "-23")


def test_a_fault_that_passes_is_passed_over(sandbox):
    sandbox.inject("503")
    assert doctor(sandbox.client()).ok


def test_a_server_that_hangs_is_asked_once(sandbox):
    sandbox.inject("hang", times=9)
    checkup = doctor(sandbox.client(timeout=(1, 0.2)))
    assert "0.2 seconds" in found(checkup, "query").explanation
    assert len(sandbox.calls) == 1


def test_a_method_that_does_not_work_is_named_with_the_one_that_does(sandbox):
    sandbox.inject("wrong_shape", times=2)
    checkup = doctor(sandbox.client(method="POST"))
    assert found(checkup, "POST and GET").next_step == 'Use method="GET".'


def test_methods_that_differ_are_told(sandbox):
    sandbox.inject("latency", seconds=0)
    sandbox.inject("missing_rows")
    assert results(doctor(sandbox.client(), ids=sandbox.sample_ids(2)))["POST and GET"] == "warning"


def test_numbers_in_place_of_strings_are_told(sandbox):
    sandbox.inject("numbers")
    check = found(doctor(sandbox.client(), ids=sandbox.sample_ids(2)), "reply shape")
    assert check.result == "warning"
    assert "success is not a string" in check.explanation
    assert "array[].emailId is not a string" in check.explanation


def test_a_web_page_in_place_of_replies_is_told_by_its_title(sandbox):
    sandbox.inject("portal", times=9)
    checkup = doctor(sandbox.client())
    assert results(checkup)["query"] == "failed"
    assert "Welcome to SANDBOX WiFi" in found(checkup, "query").explanation
    assert {call.method for call in sandbox.calls} == {"POST", "GET"}
    assert len(sandbox.calls) == 2


@pytest.mark.slow
@pytest.mark.parametrize(("code", "hint"), [("-2", "this IP address is not allowed"), ("-99", "-99")])
def test_a_code_that_is_not_published_is_told_with_what_the_vendors_other_apis_mean_by_it(sandbox, code, hint):
    sandbox.inject(code, times=9)
    check = found(doctor(sandbox.client()), "query")
    assert check.result == "warning"
    assert hint in check.explanation


def test_asked_for_the_account_api_tells_a_wrong_app_id_from_a_wrong_secret_and_no_amount_is_shown(sandbox):
    def examined(app_id: str, secret: str) -> Check:
        client = Client(Credentials(app_id, SANDBOX.api_key, secret), base_url=sandbox.base_url)
        checkup = doctor(client, balance=True)
        assert [check.check for check in checkup.checks] == [*NAMES, "account API"]
        assert "99.99" not in str(checkup)
        return found(checkup, "account API")

    assert examined("wrong", SANDBOX.api_secret).result == "ok"
    refused = examined(SANDBOX.app_id, "wrong-secret")
    assert refused.result == "failed"
    assert "the app id is not to blame" in refused.explanation


@pytest.mark.parametrize(
    ("status", "told"),
    [
        ("-13", "the account is locked"),
        ("-16", "timestamp"),
        ("-77", "-77: not in its published table"),
        (None, "status"),
    ],
)
def test_other_answers_of_the_account_api_are_told(status, told):
    def answer(handler) -> bytes:
        if handler.path == "/sms/getBalance":
            return json.dumps({"status": status, "balance": "12.34"}).encode()
        return reply(handler)

    with serving(Answering, signs=[], answer=answer) as server:
        base_url = f"http://localhost:{server.server_port}/email"
        checkup = doctor(Client(Credentials("app", KEY, SECRET), base_url=base_url), balance=True)
    assert told in found(checkup, "account API").explanation
    assert "12.34" not in str(checkup)


def test_the_account_api_is_asked_only_on_request(sandbox):
    checkup = doctor(sandbox.client())
    assert "account API" not in {check.check for check in checkup.checks}
    assert {call.path for call in sandbox.calls} == {"/email/getSendEmailRcd"}


def test_a_base_url_goes_before_the_one_found_with_the_credentials(sandbox, monkeypatch):
    for name in ("app_id", "api_key", "api_secret"):
        monkeypatch.setenv(ENVIRONMENT[name], getattr(SANDBOX, name))
    monkeypatch.setenv(ENVIRONMENT["base_url"], "http://127.0.0.1:9/email")
    assert doctor(base_url=sandbox.base_url).ok
    with pytest.raises(emailrcd.EmailrcdError, match="a client or a base_url"):
        doctor(sandbox.client(), base_url=sandbox.base_url)


def test_a_base_url_is_examined_without_credentials_too(sandbox):
    checkup = doctor(base_url=sandbox.base_url)
    assert results(checkup)["credentials"] == "failed"
    assert sandbox.base_url in found(checkup, "base URL").explanation
    assert results(checkup)["connection"] == "ok"
    assert sandbox.calls == []


def test_a_closed_port_is_told_and_what_needs_it_is_skipped(sandbox):
    client = sandbox.client()
    sandbox.close()
    checkup = doctor(client)
    assert results(checkup)["connection"] == "failed"
    assert "refused" in found(checkup, "connection").explanation
    assert set(list(results(checkup).values())[NAMES.index("query") :]) == {"skipped"}


def test_an_unknown_host_is_told(monkeypatch):
    def unknown(*args: object, **kwargs: object) -> object:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    checkup = doctor(Client(Credentials("app", KEY, SECRET)))
    assert results(checkup)["name resolution"] == "failed"
    assert "api.itniotech.com is unknown" in found(checkup, "name resolution").explanation


class Answering(http.server.BaseHTTPRequestHandler):
    """Answers every call as the test's server is told to, and remembers signatures."""

    def do_POST(self) -> None:
        self.server.signs.append(self.headers["Sign"])
        raw = self.server.answer(self)
        self.send_response(200)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    do_GET = do_POST  # noqa: N815

    def log_message(self, *args: object) -> None:
        pass


class Proxy(http.server.BaseHTTPRequestHandler):
    """Connects to the server it is set in front of, whatever host is asked for."""

    def do_CONNECT(self) -> None:
        self.server.logins.append(self.headers.get("Proxy-Authorization"))
        with socket.create_connection(("127.0.0.1", self.server.target)) as upstream:
            self.send_response(200)
            self.end_headers()
            ends = {self.connection: upstream, upstream: self.connection}
            while True:
                for end in select.select(list(ends), [], [])[0]:
                    if not (piece := end.recv(65_536)):
                        return
                    ends[end].sendall(piece)

    def log_message(self, *args: object) -> None:
        pass


class Quiet(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *args: object) -> None:
        pass


@contextmanager
def serving(handler, context=None, **attributes):
    server = Quiet(("127.0.0.1", 0), handler)
    for name, value in attributes.items():
        setattr(server, name, value)
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def reply(handler) -> bytes:
    counts = {"status": "0", "reason": "success", "success": "0", "fail": "0", "sending": "0", "nofound": "2"}
    return json.dumps({**counts, "array": []}).encode()


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA(organization_name="Reading Along Ltd")


@pytest.fixture(scope="module")
def tls(authority) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost", "mail.example").configure_cert(context)
    return context


@pytest.fixture
def bundle(authority, tmp_path):
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return path


def test_the_issuer_and_the_end_of_a_certificate_are_told(tls, bundle):
    with serving(Answering, tls, signs=[], answer=reply) as server:
        base_url = f"https://localhost:{server.server_port}/email"
        checkup = doctor(Client(Credentials("app", KEY, SECRET), base_url=base_url, ca_bundle=bundle))
    assert results(checkup)["TLS"] == "ok"
    assert re.search(r"TLSv1\.\d; .* valid until .* Reading Along Ltd", found(checkup, "TLS").explanation)
    assert checkup.ok


def test_a_certificate_that_is_refused_is_told_with_its_issuer_and_nothing_is_sent(tls):
    with serving(Answering, tls, signs=[], answer=reply) as server:
        base_url = f"https://localhost:{server.server_port}/email"
        checkup = doctor(Client(Credentials("app", KEY, SECRET), base_url=base_url))
    assert server.signs == []
    assert results(checkup)["TLS"] == "failed"
    assert "Reading Along Ltd" in found(checkup, "TLS").explanation
    assert "ca_bundle=" in found(checkup, "TLS").next_step


def test_a_server_that_speaks_no_tls_is_told(sandbox):
    base_url = sandbox.base_url.replace("http:", "https:")
    assert results(doctor(Client(SANDBOX, base_url=base_url)))["TLS"] == "failed"


def test_the_way_through_a_proxy_is_examined_and_its_password_is_not_shown(tls, bundle, monkeypatch):
    with (
        serving(Answering, tls, signs=[], answer=reply) as server,
        serving(Proxy, target=server.server_port, logins=[]) as proxy,
    ):
        monkeypatch.setenv("HTTPS_PROXY", f"http://somebody:pass%21word@127.0.0.1:{proxy.server_port}")
        with pytest.warns(emailrcd.EmailrcdWarning, match=r"mail\.example"):
            client = Client(Credentials("app", KEY, SECRET), base_url="https://mail.example/email", ca_bundle=bundle)
        with client:
            checkup = doctor(client)
    assert checkup.ok
    assert results(checkup)["base URL"] == "warning"
    assert f"127.0.0.1:{proxy.server_port}" in found(checkup, "proxy").explanation
    assert len(set(proxy.logins)) == 1
    assert proxy.logins[0].startswith("Basic ")
    assert "pass" not in str(checkup)
    assert "somebody" not in str(checkup)


def test_a_proxy_that_refuses_is_told(sandbox, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", sandbox.base_url.removesuffix("/email"))
    checkup = doctor(Client(Credentials("app", KEY, SECRET)))
    assert results(checkup)["connection"] == "ok"
    assert results(checkup)["TLS"] == "failed"
    assert "501" in found(checkup, "TLS").explanation


def test_new_and_missing_fields_are_told_and_what_they_hold_is_not():
    def answer(handler) -> bytes:
        return json.dumps({**json.loads(reply(handler)), "traceId": "li.wei@qq.com", "li.wei@qq.com": 1}).encode()

    with serving(Answering, signs=[], answer=answer) as server:
        base_url = f"http://localhost:{server.server_port}/email"
        check = found(doctor(Client(Credentials("app", KEY, SECRET), base_url=base_url)), "reply shape")
    assert check.result == "warning"
    assert "traceId is new" in check.explanation
    assert "@" not in str(check)


def test_whatever_a_server_echoes_no_secret_no_signature_and_no_address_is_shown():
    def answer(handler) -> bytes:
        told = f"{KEY} {SECRET} {handler.headers['Sign']} li.wei@qq.com"
        return json.dumps({"status": "-99", "reason": told}).encode()

    with serving(Answering, signs=[], answer=answer) as server:
        base_url = f"http://localhost:{server.server_port}/email"
        checkup = doctor(Client(Credentials("app", KEY, SECRET), base_url=base_url))
    shown = str(checkup) + repr(checkup) + checkup._repr_html_() + checkup.table.to_csv()
    for word in (KEY, SECRET, "qq.com", *server.signs):
        assert word not in shown
    assert "-99" in shown


def test_without_credentials_it_says_so_and_examines_the_way_all_the_same(monkeypatch):
    def unknown(*args: object, **kwargs: object) -> object:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    checkup = doctor()
    assert results(checkup)["credentials"] == "failed"
    assert "EMAILRCD_API_SECRET" in found(checkup, "credentials").explanation
    assert results(checkup)["name resolution"] == "failed"


def test_credentials_and_base_url_are_taken_where_they_are_found(sandbox, monkeypatch):
    for name in ("app_id", "api_key", "api_secret"):
        monkeypatch.setenv(ENVIRONMENT[name], getattr(SANDBOX, name))
    monkeypatch.setenv(ENVIRONMENT["base_url"], sandbox.base_url)
    checkup = doctor()
    assert checkup.ok
    assert "environment" in found(checkup, "credentials").explanation
    assert SANDBOX.api_secret not in str(checkup)


@pytest.mark.parametrize(
    ("name", "value"), [("EMAILRCD_BASE_URL", "http://mail.example/email"), ("REQUESTS_CA_BUNDLE", "/nowhere.pem")]
)
def test_a_setting_that_cannot_be_used_is_told(monkeypatch, name, value):
    for variable in ENVIRONMENT.values():
        monkeypatch.setenv(variable, "x")
    monkeypatch.setenv(ENVIRONMENT["base_url"], "https://api.itniotech.com/email")
    monkeypatch.setenv(name, value)
    checkup = doctor()
    assert not checkup.ok
    assert found(checkup, "settings").result == "failed"


def test_it_shows_itself_as_a_table_with_everything_escaped_and_as_text():
    checkup = Checkup([Check("a", "ok", "<script>"), Check("b", "failed", "why " * 60, "what next")])
    shown = checkup._repr_html_()
    assert "<script>" not in shown
    assert "&lt;script&gt;" in shown
    lines = str(checkup).splitlines()
    assert "1 failed" in lines[0]
    assert max(map(len, lines)) <= 110
    assert lines[-1].strip() == "→ what next"
    assert list(checkup.table.columns) == ["check", "result", "explanation", "next_step"]
    assert isinstance(checkup.table, pd.DataFrame)
    assert not checkup.ok
