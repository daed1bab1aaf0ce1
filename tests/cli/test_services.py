"""``emailrcd lab``, ``sandbox`` and ``doctor``."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys

import pytest

from emailrcd import Sandbox, cli, errors
from emailrcd.api.credentials import ENVIRONMENT, MARK, SANDBOX
from emailrcd.query.client import Client

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


class Began(Exception):
    """In place of a process that begins anew."""


@pytest.mark.parametrize("base_url", [None, "https://mail.example/email"])
def test_app_begins_anew_marked_and_without_secrets(tmp_path, monkeypatch, base_url):
    def begin(program, command, environment):
        raise Began(command, environment)

    monkeypatch.setattr(os, "execve", begin)
    for name in ENVIRONMENT.values():
        monkeypatch.setenv(name, "the server's")
    given = ["app", "--port", "9000", "--no-browser", *([f"--base-url={base_url}"] if base_url else [])]
    with pytest.raises(Began) as began:
        cli.main(given)
    command, environment = began.value.args
    assert command[1:] == ["-m", "emailrcd.cli", *given]
    own = {name: value for name, value in environment.items() if name.startswith("EMAILRCD_")}
    limits = {f"{MARK}_MAX_RATE": "20", f"{MARK}_MAX_MEMORY": "4096", f"{MARK}_FILE_SECONDS": "60"}
    assert own == {MARK: "1"} | limits | ({ENVIRONMENT["base_url"]: base_url} if base_url else {})


@pytest.mark.parametrize(
    ("option", "told"),
    [
        ("--port=80000", "no port 80000"),
        ("--port=-1", "no port -1"),
        ("--base-url=http://mail.example/email", "Plain http to mail.example"),
    ],
)
def test_app_refuses_what_cannot_be_served_before_it_begins(run, monkeypatch, option, told):
    monkeypatch.setattr(os, "execve", lambda *_: pytest.fail("It began."))
    code, _, err = run("app", option)
    assert code == 3
    assert told in err


@pytest.mark.parametrize(("command", "extra"), [("app", "app"), ("lab", "lab")])
def test_what_an_extra_lacks_is_told_with_the_command_to_type(run, monkeypatch, command, extra):
    monkeypatch.setattr(errors, "find_spec", lambda name: None)
    code, _, err = run(command)
    assert code == 3
    assert f"pip install 'emailrcd[{extra}]'" in err


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


def test_doctor_examines_the_base_url_and_the_account_api_that_it_is_given(capsys, monkeypatch):
    with Sandbox() as sandbox:
        for name in ("app_id", "api_key", "api_secret"):
            monkeypatch.setenv(ENVIRONMENT[name], getattr(SANDBOX, name))
        assert cli.main(["doctor", "--base-url", sandbox.base_url, "--balance"]) == 0
    told = capsys.readouterr().out
    assert sandbox.base_url in told
    assert "account API" in told


def test_doctor_ends_with_1_where_something_fails(capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    for name in ENVIRONMENT.values():
        monkeypatch.setenv(name, "x")
    assert cli.main(["doctor"]) == 1
    assert "failed" in capsys.readouterr().out
