"""The app as a web page in a browser: two visitors at once, and what none of them gets to see."""

from __future__ import annotations

import json
import os
import re
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser, expect
from python_calamine import CalamineWorkbook

from emailrcd import Credentials
from emailrcd.sandbox.protocol import answer, encode, read_query, refusal, refuse
from emailrcd.sandbox.samples import sample_ids
from emailrcd.sandbox.world import World
from tests.browser.conftest import context_of
from tests.browser.keyboard import go_the_whole_way
from tests.web.serving import SECRETS, Service, app_served

QUERIED = 60


class Account(NamedTuple):
    """Somebody's account: its credentials, its own mail, and some ids of it."""

    credentials: Credentials
    world: World
    ids: list[str]


class Api(ThreadingHTTPServer):
    """An API with several accounts."""

    def __init__(self, accounts: dict[str, Account]) -> None:
        self.accounts = accounts
        self.asked: list[tuple[str, str]] = []
        super().__init__(("127.0.0.1", 0), Handler)


class Handler(BaseHTTPRequestHandler):
    server: Api

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        query = read_query("POST", "", body)
        self.server.asked.append((query.app_id, query.email_ids))
        account = self.server.accounts.get(query.app_id)
        now = time.time()
        code = refusal(account.credentials, self.headers, True, query, now=now, max_ids=200) if account else "-1"
        reply = encode(refuse(code) if code else answer(account.world, query.ids, now))
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(reply)))
        self.end_headers()
        self.wfile.write(reply)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def account(name: str, seed: int, ids: list[str]) -> Account:
    credentials = Credentials(f"app-of-{name}", f"key-of-{name}-{seed}", f"secret-of-{name}-{seed}")
    return Account(credentials, World(seed), ids)


@pytest.fixture(scope="module")
def api() -> Iterator[Api]:
    # From one list, whose ids differ: two of them may by chance share one.
    ids = sample_ids(0, time.time(), 2 * QUERIED)
    accounts = [account("ann", 11, ids[::2]), account("bob", 22, ids[1::2])]
    with Api({each.credentials.app_id: each for each in accounts}) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield running
        running.shutdown()


@contextmanager
def served(folder: Path, api: Api) -> Iterator[Service]:
    """The app, which asks this API."""
    with app_served(folder, "--base-url", f"http://127.0.0.1:{api.server_port}/email") as running:
        yield running


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, api: Api) -> Iterator[Service]:
    with served(tmp_path_factory.mktemp("app"), api) as running:
        yield running


class Visit:
    """A visitor's browser, and all that came and went."""

    def __init__(self, browser: Browser, service: Service, width: int = 1280) -> None:
        self.context = context_of(browser, viewport={"width": width, "height": 800})
        self.page = self.context.new_page()
        self.requests: list[str] = []
        self.frames: list[bytes] = []
        self.context.on("request", lambda request: self.requests.append(request.url))
        # What the page's policy keeps from being requested is told there.
        self.complaints: list[str] = []
        self.page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)
        self.page.on("websocket", self._listen)
        self.page.goto(service.address)
        expect(self.page.get_by_role("region", name="Which server")).to_be_visible()

    def _listen(self, socket) -> None:
        self.requests.append(socket.url.replace("ws:", "http:"))
        for way in ("framesent", "framereceived"):
            socket.on(way, lambda data: self.frames.append(data if isinstance(data, bytes) else data.encode()))

    def ask(self, who: Account) -> None:
        page = self.page
        page.get_by_label("Real API").check()
        page.get_by_label("App id").fill(who.credentials.app_id)
        page.get_by_label("API key").fill(who.credentials.api_key)
        page.get_by_label("API secret").fill(who.credentials.api_secret)
        page.get_by_role("button", name="Use these credentials").click()
        expect(page.get_by_text(re.compile("credentials from this form"))).to_be_visible()
        page.get_by_label("Email ids 邮件ID").fill("\n".join(who.ids))
        page.get_by_role("button", name=f"Query {QUERIED} ids").click()
        expect(page.get_by_text(f"{QUERIED} of {QUERIED} records shown")).to_be_visible()
        expect(page.get_by_role("img", name=re.compile("Delivery rate over time"))).to_be_visible()

    def everything(self) -> bytes:
        return b"\n".join([*self.frames, self.page.content().encode()])

    def leave(self) -> None:
        self.page.close(run_before_unload=True)
        self.context.close()


def test_two_visitors_see_their_own_mail_and_nothing_of_each_other_or_the_server(
    browser: Browser, api: Api, tmp_path: Path
) -> None:
    with served(tmp_path, api) as service:
        they_see_their_own(browser, service, api)
    nothing_stayed(service, list(api.accounts.values()))


def they_see_their_own(browser: Browser, service: Service, api: Api) -> None:
    """Let two visitors ask for their mail and take it away."""
    ann, bob = api.accounts.values()
    visits = {"ann": Visit(browser, service), "bob": Visit(browser, service)}
    visits["ann"].ask(ann)
    visits["bob"].ask(bob)
    for (name, visit), mine, others in zip(visits.items(), (ann, bob), (bob, ann), strict=True):
        got = visit.everything()
        cells = visit.page.get_by_role("region", name="Records").locator("td:first-child").all_inner_texts()
        assert cells == mine.ids[: len(cells)], name
        for word in (*others.ids, others.credentials.app_id, others.credentials.api_secret, *SECRETS.values()):
            assert word.encode() not in got, name
        assert mine.credentials.api_secret.encode() not in visit.page.content().encode()
        for word in (b"import emailrcd", b"Explorer()", b"execute_input"):
            assert word not in got, name
        assert {url for url in visit.requests if not url.removeprefix("blob:").startswith(service.root)} == set(), name
        assert visit.complaints == []
    # Whoever was asked was asked with what was typed.
    assert {(app_id, set(ids.split(",")) <= set(api.accounts[app_id].ids)) for app_id, ids in api.asked} == {
        (ann.credentials.app_id, True),
        (bob.credentials.app_id, True),
    }
    page = visits["ann"].page
    with page.expect_download() as download:
        page.get_by_role("button", name="XLSX for Excel").click()
    assert len(CalamineWorkbook.from_path(download.value.path()).get_sheet_by_index(0).to_python()) == QUERIED + 1
    assert len(service.kernels()) == 2
    for visit in visits.values():
        visit.leave()


def nothing_stayed(service: Service, accounts: list[Account]) -> None:
    """The server's log and its disk hold no id, address, secret or token."""
    token = service.address.partition("token=")[2]
    words = [word for who in accounts for word in (*who.ids, who.credentials.api_key, who.credentials.api_secret)]
    assert not [word for word in (*words, *SECRETS.values(), token, "@") if word in service.log]
    for path in service.folder.rglob("*"):
        if path.is_file() and path.name not in (".env", "app.log"):
            text = path.read_bytes().decode("utf-8", "replace")
            assert not [word for word in (*words, ".sandbox@") if word in text], path


EXECUTE = """async ([kernel, code]) => {
    const address = `${location.origin.replace("http", "ws")}/api/kernels/${kernel}/channels?session_id=other`;
    const socket = new WebSocket(address);
    await new Promise((opened) => { socket.onopen = opened; });
    const told = [];
    const message = (kind, content) => JSON.stringify({
        channel: "shell", buffers: [], metadata: {}, parent_header: {}, content,
        header: { msg_id: kind, msg_type: kind, session: "other", username: "", version: "5.3", date: "2026-01-01T00:00:00Z" },
    });
    const answered = new Promise((done) => {
        socket.onmessage = (event) => {
            const { header, parent_header: asked } = JSON.parse(event.data);
            told.push(header.msg_type);
            if (header.msg_type === "kernel_info_reply" && asked.msg_id === "kernel_info_request") done();
        };
    });
    const how = { silent: false, store_history: false, user_expressions: {}, allow_stdin: false };
    socket.send(message("execute_request", { code, ...how }));
    socket.send(message("kernel_info_request", {}));
    await answered;
    return told;
}"""


def test_a_visitor_cannot_run_code_on_the_server(browser: Browser, service: Service) -> None:
    visit = Visit(browser, service)
    kernel = json.loads(visit.page.locator("#jupyter-config-data").text_content())["kernelId"]
    ran = service.folder / "ran"
    told = visit.page.evaluate(EXECUTE, [kernel, f"open({str(ran)!r}, 'w')"])
    assert "execute_reply" not in told
    assert not ran.exists()
    visit.leave()


def test_the_sandbox_works_by_keyboard_on_a_phone_and_the_end_of_a_session_is_told(
    browser: Browser, service: Service
) -> None:
    visit = Visit(browser, service, width=390)
    page = visit.page
    page.get_by_role("button", name="Take a sample campaign").press("Enter")
    page.get_by_role("button", name="Query 2,000 ids").press("Enter")
    expect(page.get_by_text("2,000 of 2,000 records shown")).to_be_visible()
    expect(page.get_by_text("SANDBOX", exact=True)).to_be_visible()
    # With its charts the page is as long as that, and none of it is beside the screen.
    page.wait_for_function("document.documentElement.scrollHeight > 2_000")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    expect(page.get_by_role("button", name="Read it")).to_be_hidden()
    for kernel in service.kernels():
        os.kill(int(kernel.name), signal.SIGKILL)
    expect(page.get_by_role("alert").filter(has_text="This session has ended")).to_be_visible()
    again = page.get_by_role("link", name="Begin anew")
    again.focus()
    # The page looks again and again, and leaves what it has said.
    for _ in range(2):
        page.wait_for_event("response", lambda answer: "/api/kernels/" in answer.url)
    expect(again).to_be_focused()
    again.press("Enter")
    expect(page.get_by_role("button", name="Query", exact=True)).to_be_visible()
    visit.leave()


def test_a_page_that_is_loaded_again_goes_on_and_one_that_is_left_during_a_query_asks_first(
    browser: Browser, service: Service
) -> None:
    visit = Visit(browser, service)
    page = visit.page
    page.get_by_role("button", name="Take a sample campaign").click()
    page.get_by_role("button", name="Query 2,000 ids").click()
    expect(page.get_by_text("2,000 of 2,000 records shown")).to_be_visible()
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.type), dialog.accept()))
    page.reload()
    expect(page.get_by_text("2,000 of 2,000 records shown")).to_be_visible()
    assert dialogs == []
    page.get_by_label("Watch open mail").check()
    page.get_by_role("button", name="Query 2,000 ids").click()
    # Whichever round it is by then.
    expect(page.get_by_text(re.compile(r"^Round \d+: .* next round in"))).to_be_visible()
    page.reload()
    expect(page.get_by_role("button", name="Cancel", exact=True)).to_be_visible()
    expect(page.get_by_text(re.compile(r"^Round \d+: "))).to_be_visible()
    assert dialogs == ["beforeunload"]
    page.get_by_role("button", name="Cancel", exact=True).click()
    expect(page.get_by_text("The watch was stopped.")).to_be_visible()
    visit.leave()


def test_a_visitor_goes_the_whole_way_by_keyboard_alone(browser: Browser, service: Service) -> None:
    visit = Visit(browser, service)
    go_the_whole_way(visit.page)
    visit.leave()


def test_a_visitor_compares_with_and_opens_an_export_that_is_uploaded(browser: Browser, service: Service) -> None:
    visit = Visit(browser, service)
    page = visit.page
    page.get_by_role("button", name="Take a sample campaign").click()
    page.get_by_role("button", name="Query 2,000 ids").click()
    expect(page.get_by_text("2,000 of 2,000 records shown")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="XLSX for Excel").click()
    content = Path(download.value.path()).read_bytes()

    def choose(button: str) -> None:
        with page.expect_file_chooser() as chooser:
            page.get_by_role("button", name=button).press("Enter")
        chooser.value.set_files({"name": "monday.xlsx", "mimeType": "", "buffer": content})

    choose("Compare with…")
    expect(page.get_by_role("heading", name="Compared with monday.xlsx")).to_be_visible()
    page.get_by_text("Open saved results", exact=True).click()
    choose("Open saved results…")
    expect(page.get_by_role("status").filter(has_text="2,000 records from monday.xlsx")).to_be_visible()
    assert visit.complaints == []
    visit.leave()
