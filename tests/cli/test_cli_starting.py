"""``emailrcd lab``, ``sandbox`` and ``doctor``."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys

import pytest

from emailrcd import cli
from emailrcd.client import Client
from emailrcd.credentials import ENVIRONMENT, SANDBOX

EMAILRCD = [sys.executable, "-m", "emailrcd.cli"]


def test_lab_copies_the_notebooks_once_and_becomes_jupyterlab_on_the_first(tmp_path, monkeypatch):
    ran: list[list[str]] = []
    monkeypatch.setattr(os, "execv", lambda program, command: ran.append(command))
    folder = tmp_path / "mine"
    cli.main(["lab", "--folder", str(folder), "--", "--port=1"])
    notebook = folder / "01_explore.ipynb"
    assert notebook.exists()
    assert "--LabApp.default_url=/lab/tree/01_explore.ipynb" in ran[0]
    assert ran[0][-1] == "--port=1"
    notebook.write_text("my results")
    cli.main(["lab", "--folder", str(folder)])
    assert notebook.read_text() == "my results"


@pytest.mark.parametrize("display", ["", ":0"])
def test_lab_opens_no_browser_where_there_is_no_desktop(tmp_path, monkeypatch, display):
    ran: list[list[str]] = []
    monkeypatch.setattr(os, "execv", lambda program, command: ran.append(command))
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("DISPLAY", display)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    cli.main(["lab", "--folder", str(tmp_path)])
    assert ("--no-browser" in ran[0]) == (not display)


def test_lab_says_why_a_folder_cannot_be_used(run, alone):
    (alone / "file").write_text("")
    code, _, err = run("lab", "--folder", "file/inner")
    assert code == 3
    assert "Choose another with --folder" in err


def test_sandbox_serves_clients_until_ctrl_c():
    process = subprocess.Popen([*EMAILRCD, "sandbox", "--port", "0"], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        base_url = None
        ids = ""
        for line in process.stdout:
            base_url = base_url or (re.search(r"http://127\.0\.0\.1:\d+/email", line) or [None])[0]
            ids = ",".join(re.findall(r"\d{19}", line))
            if ids:
                break
        records = Client(SANDBOX, base_url=base_url).query(ids, progress=False)
        assert len(records) == 3
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)
    assert process.returncode in (0, 130)


def test_doctor_examines_the_sandbox_and_says_so_by_its_exit_code(capsys):
    assert cli.main(["doctor", "--sandbox"]) == 0
    told = capsys.readouterr().out
    assert "reply shape" in told
    assert SANDBOX.api_secret not in told


def test_doctor_ends_with_1_where_something_fails(capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    for name in ENVIRONMENT.values():
        monkeypatch.setenv(name, "x")
    assert cli.main(["doctor"]) == 1
    assert "failed" in capsys.readouterr().out
