"""The app as a web page: who is let in, what is served, what it prints, how it ends."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from emailrcd import cli
from tests.explorer.page import PATIENCE
from tests.web.serving import SECRETS, app_served

pytestmark = pytest.mark.slow

PATHS = [
    "",
    "voila/static/voila.js",
    "voila/templates/lab/static/voila-style.js",
    "voila/api/themes/@jupyterlab/theme-light-extension/index.css",
    "voila/labextensions/anywidget/package.json",
    "api/kernels/{kernel}",
    "api/kernels/{kernel}/channels",
    "voila/files/01_explore.ipynb",
    "login",
    "anything",
]


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    # What one test visits another finds, however long they take.
    with app_served(tmp_path_factory.mktemp("app"), "--keep-closed", "600") as running:
        yield running


@pytest.fixture(scope="module")
def visit(service):
    """A visitor's cookies, and the page they got."""
    session = requests.Session()
    page = session.get(service.address, timeout=PATIENCE)
    assert page.status_code == 200
    return session, page.content.decode()


def kernel_of(page: str) -> str:
    return json.loads(re.search(r'id="jupyter-config-data"[^>]*>(.*?)</script>', page)[1])["kernelId"]


@pytest.mark.parametrize("path", PATHS)
def test_without_the_token_nothing_is_served(service, visit, path):
    address = service.root + path.format(kernel=kernel_of(visit[1]))
    for said in ({}, {"token": "wrong"}):
        reply = requests.get(address, params=said, allow_redirects=False, timeout=PATIENCE)
        assert reply.status_code == 403
        assert "Ask whoever runs the app" in reply.text
    upgrade = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "x"}
    assert requests.get(address, headers=upgrade, allow_redirects=False, timeout=PATIENCE).status_code == 403
    for change in ("POST", "DELETE"):
        assert requests.request(change, address, timeout=PATIENCE).status_code == 403


def test_with_the_token_the_page_is_served_but_no_file_and_no_list_of_kernels(service, visit):
    session, _ = visit
    assert session.get(f"{service.root}voila/static/voila.js", timeout=PATIENCE).ok
    for path in ("voila/files/01_explore.ipynb", "01_explore.ipynb", ".env", "api/kernels", "api/contents"):
        reply = session.get(service.root + path, timeout=PATIENCE)
        assert reply.status_code in (403, 404)
        assert "emailrcd" not in reply.text


def test_the_page_holds_neither_code_nor_an_address_elsewhere(service, visit):
    page = visit[1]
    assert "<title>What became of the mail?</title>" in page
    for word in ("import emailrcd", "app.records", "http://", "https://", "Voilà", *SECRETS.values()):
        assert word not in page


def test_no_reply_tells_where_the_server_keeps_its_files(service, visit):
    session, page = visit
    root = str(Path(__file__).parents[2])
    for path in (
        "",
        "nowhere/at/all",
        "voila/static/nothing.js",
        "api/kernels/nothing",
        "voila/files/x",
        "voila/api/themes/x/y",
    ):
        text = session.get(service.root + path, timeout=PATIENCE).text
        for place in (root, str(service.folder), sys.prefix, "site-packages"):
            assert place not in text
    assert root not in page


def test_kernels_begin_without_the_servers_secrets(service, visit):
    found = [(Path("/proc") / str(service.process.pid) / "environ").read_text()]
    found += [(kernel / "environ").read_text() for kernel in service.kernels()]
    assert len(found) > 1
    for environment in found:
        assert "EMAILRCD_VISITOR=1" in environment
        assert not [value for value in SECRETS.values() if value in environment]
        assert service.address.partition("token=")[2] not in environment


def test_only_this_machine_is_served_unless_told_otherwise(service):
    assert service.root.startswith("http://127.0.0.1:")
    port = int(service.root.rstrip("/").rpartition(":")[2])
    others = {entry[4][0] for entry in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}
    for address in (*(other for other in others if not other.startswith("127.")), "::1"):
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((address, port), timeout=PATIENCE).close()


def test_a_port_that_is_in_use_is_told_in_a_line(service, tmp_path):
    port = service.root.rstrip("/").rpartition(":")[2]
    command = [sys.executable, "-m", "emailrcd.cli", "app", "--port", port, "--no-browser"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 3
    assert f"port {port}" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_page_that_is_closed_ends_its_kernel_after_a_while_and_ctrl_c_ends_all(tmp_path):
    with app_served(tmp_path, "--host", "localhost", "--keep-closed", "3") as running:
        assert kernel_of(requests.get(running.address, timeout=PATIENCE).text)
        # Nobody has ever opened a connection to it.
        running.wait_for_kernels(0)
        assert kernel_of(requests.get(running.address, timeout=PATIENCE).text)
    assert running.process.returncode == 0
    assert not running.kernels()
    assert "Traceback" not in running.log
    assert not list((tmp_path / "tmp").glob("voila_*"))


def test_a_page_that_is_loaded_again_finds_its_visit_but_only_in_the_same_browser(service, visit):
    session, page = visit
    again = session.get(service.address, params={"visit": kernel_of(page)}, timeout=PATIENCE)
    assert kernel_of(again.text) == kernel_of(page)
    assert again.content.decode() == page
    stranger = requests.get(service.address, params={"visit": kernel_of(page)}, timeout=PATIENCE)
    assert kernel_of(stranger.text) != kernel_of(page)
    assert kernel_of(page) not in stranger.text


def test_where_all_places_are_taken_a_page_says_so(tmp_path):
    with app_served(tmp_path, "--max-sessions", "1", "--keep-closed", "600") as running:
        with requests.Session() as first:
            page = first.get(running.address, timeout=PATIENCE)
            full = requests.get(running.address, timeout=PATIENCE)
            assert full.status_code == 503
            assert "All 1 places are taken" in full.text
            assert first.get(running.address, params={"visit": kernel_of(page.text)}, timeout=PATIENCE).ok
        assert len(running.kernels()) == 1


def test_cookies_are_for_this_site_alone_and_nothing_is_changed_without_a_second_secret(service, visit):
    session, page = visit
    cookies = requests.get(service.address, timeout=PATIENCE).raw.headers.getlist("Set-Cookie")
    assert cookies
    for cookie in cookies:
        assert "samesite=strict" in cookie.lower()
    kernel = f"{service.root}api/kernels/{kernel_of(page)}"
    assert session.delete(kernel, timeout=PATIENCE).status_code == 403
    assert session.get(kernel, timeout=PATIENCE).ok


def test_a_page_that_says_it_is_left_ends_nothing_at_once(service, visit):
    session, page = visit
    assert session.post(f"{service.root}voila/api/shutdown/{kernel_of(page)}", timeout=PATIENCE).status_code == 204
    assert session.get(f"{service.root}api/kernels/{kernel_of(page)}", timeout=PATIENCE).ok


@pytest.mark.parametrize("limit", ["--max-sessions=0", "--max-rate=-1", "--max-memory=x", "--file-seconds=nan"])
def test_a_limit_that_is_not_above_0_is_refused(limit, capsys):
    with pytest.raises(SystemExit, match="3"):
        cli.main(["app", limit])
    assert "give a number above 0" in capsys.readouterr().err


def test_whoever_serves_others_is_told_that_secrets_travel_readable(tmp_path):
    with app_served(tmp_path, "--host", "0.0.0.0") as running:
        assert "TLS" in running.log
