"""A real JupyterLab, a real Chromium."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
import requests
from playwright.sync_api import Browser, Page, expect, sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if CHROMIUM is None:
        for item in items:
            item.add_marker(pytest.mark.skip(reason="no Chromium here; apt install chromium"))


WIDGETS = "@jupyter-widgets/jupyterlab-manager/plugin.jupyterlab-settings"
"""The settings of JupyterLab's widgets, below the folder of settings."""


class Lab(NamedTuple):
    address: str
    token: str
    folder: Path

    def url(self, path: str) -> str:
        return f"{self.address}/{path}?token={self.token}"

    def end_kernels(self) -> None:
        """End all sessions, so that the next test begins with a fresh kernel."""
        headers = {"Authorization": f"token {self.token}"}
        for session in requests.get(f"{self.address}/api/sessions", headers=headers, timeout=10).json():
            requests.delete(f"{self.address}/api/sessions/{session['id']}", headers=headers, timeout=10)


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """The command a user types, on folders of its own; widget state is saved, as the most careless user has it."""
    home = tmp_path_factory.mktemp("lab")
    settings = home / "settings" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True)
    (settings / "notification.jupyterlab-settings").write_text(
        json.dumps({"fetchNews": "false", "checkForUpdates": False})
    )
    (home / "settings" / WIDGETS).parent.mkdir(parents=True)
    (home / "settings" / WIDGETS).write_text(json.dumps({"saveState": True}))
    environment = {name: value for name, value in os.environ.items() if not name.startswith("EMAILRCD_")} | {
        "HOME": str(home),
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
    }
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    token = secrets.token_hex(16)
    command = [sys.executable, "-m", "emailrcd.cli", "lab", "--folder", str(home / "notebooks"), "--"]
    command += ["--no-browser", f"--port={port}", "--ServerApp.port_retries=0", f"--IdentityProvider.token={token}"]
    log = (home / "lab.log").open("wb")
    server = subprocess.Popen(command, env=environment, stdout=log, stderr=subprocess.STDOUT, cwd=home)
    running = Lab(f"http://127.0.0.1:{port}", token, home / "notebooks")
    try:
        _wait_for(running, server, home / "lab.log")
        yield running
    finally:
        server.terminate()
        server.wait(20)
        log.close()


def _wait_for(lab: Lab, server: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(240):
        if server.poll() is not None:
            break
        try:
            if requests.get(lab.url("api/status"), timeout=5).ok:
                return
        except requests.ConnectionError:
            time.sleep(0.25)
    raise RuntimeError(f"JupyterLab did not start:\n{log.read_text()[-3000:]}")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield running
        running.close()


@pytest.fixture
def page(lab: Lab, browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 800}, accept_downloads=True)
    context.set_default_timeout(30_000)
    yield context.new_page()
    context.close()
    lab.end_kernels()


def open_in_lab(lab: Lab, page: Page, notebook: str) -> None:
    """Open a notebook in JupyterLab, without what an earlier page had open, and run all its cells."""
    page.goto(f"{lab.url(f'lab/tree/{notebook}')}&reset")
    expect(page.get_by_text("Python 3 (ipykernel) | Idle")).to_be_visible(timeout=60_000)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.locator('[data-command="runmenu:run-all"]').click()


def save(page: Page) -> None:
    """Save the notebook and wait until it is."""
    page.get_by_role("menuitem", name="File", exact=True).click()
    page.locator('.lm-Menu-item[data-command="docmanager:save"]').first.click()
    expect(page.locator(".lm-TabBar-tab.lm-mod-current.jp-mod-dirty")).to_have_count(0)
