"""A real JupyterLab, a real Chromium."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
import requests
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from emailrcd.cli.notebooks import shipped
from tests.explorer.page import PATIENCE

# For whatever a browser is expected to do: a machine that is busy is slow, and no test is about that.
expect.set_options(timeout=1_000 * PATIENCE)

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
        """End all sessions."""
        headers = {"Authorization": f"token {self.token}"}
        for session in requests.get(f"{self.address}/api/sessions", headers=headers, timeout=PATIENCE).json():
            requests.delete(f"{self.address}/api/sessions/{session['id']}", headers=headers, timeout=PATIENCE)

    def begin_anew(self) -> None:
        """Lay out the notebooks as they are shipped, without what an earlier test saved in them, and with no kernel."""
        self.end_kernels()
        shutil.copytree(shipped(), self.folder, dirs_exist_ok=True)


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
    command = [sys.executable, "-m", "emailrcd.cli", "lab", "--folder", str(home / "notebooks")]
    log = home / "lab.log"
    with log.open("wb") as stream:
        server = subprocess.Popen(
            [*command, "--", "--no-browser", "--port=0"], env=environment, stdout=stream, stderr=stream, cwd=home
        )
    try:
        yield Lab(*_address_and_token(server, log), home / "notebooks")
    finally:
        server.terminate()
        server.wait()


def _address_and_token(server: subprocess.Popen[bytes], log: Path) -> tuple[str, str]:
    """Wait until JupyterLab prints where it is."""
    while server.poll() is None:
        if found := re.search(r"(http://127\.0\.0\.1:\d+)/\S*\?token=(\w+)\s", log.read_text()):
            return found[1], found[2]
        time.sleep(0.1)
    raise RuntimeError(f"JupyterLab did not start:\n{log.read_text()[-3000:]}")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield running
        running.close()


def context_of(browser: Browser, **options: object) -> BrowserContext:
    """Return a context of its own: of the size of a laptop, if nothing else is asked for."""
    context = browser.new_context(**{"viewport": {"width": 1280, "height": 800}, "accept_downloads": True} | options)
    context.set_default_timeout(1_000 * PATIENCE)
    return context


@pytest.fixture
def page(lab: Lab, browser: Browser) -> Iterator[Page]:
    lab.begin_anew()
    context = context_of(browser)
    yield context.new_page()
    context.close()


def open_in_lab(lab: Lab, page: Page, notebook: str) -> None:
    """Open a notebook in JupyterLab, without what an earlier page had open, and run all its cells."""
    page.goto(f"{lab.url(f'lab/tree/{notebook}')}&reset")
    expect(page.get_by_text("Python 3 (ipykernel) | Idle")).to_be_visible()
    _run_all(page)


def open_in_notebook_7(lab: Lab, page: Page, notebook: str) -> None:
    """Open a notebook in Notebook 7 and run all its cells."""
    page.goto(lab.url(f"notebooks/{notebook}"))
    # It says what its kernel does, and then nothing any more; until then it runs nothing.
    expect(page.locator(".jp-NotebookKernelStatus-fade")).to_have_text("")
    _run_all(page)


def _run_all(page: Page) -> None:
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.locator('.lm-Menu-item[data-command="runmenu:run-all"]').click()


def save(page: Page) -> None:
    """Save the notebook and wait until it is, with the checkpoint that is made of it."""
    page.get_by_role("menuitem", name="File", exact=True).click()
    with page.expect_response(lambda answer: answer.request.method == "POST" and "/checkpoints" in answer.url):
        page.locator('.lm-Menu-item[data-command="docmanager:save"]').click()
