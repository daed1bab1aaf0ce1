"""What the app does for a visitor of ``emailrcd app``: nothing of this machine is theirs, and nothing of theirs stays."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pandas as pd
import pytest

from emailrcd import Client, Credentials, Sandbox, doctor
from emailrcd.api.credentials import ENVIRONMENT, MARK, holds_secret
from emailrcd.errors import MissingCredentials
from emailrcd.records.writing import as_file
from tests.explorer.page import PATIENCE, Page

SECRETS = {"APP_ID": "servers-app", "API_KEY": "servers-key-4711", "API_SECRET": "servers-secret-0815"}


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """A machine with credentials wherever they can be, and a file of somebody's ids."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(MARK, "1")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.delenv(ENVIRONMENT["base_url"], raising=False)
    for name, value in SECRETS.items():
        monkeypatch.setenv(f"EMAILRCD_{name}", value)
    Path(".env").write_text("".join(f"EMAILRCD_{name}={value}\n" for name, value in SECRETS.items()))
    Path("ids.csv").write_text("emailId\n2208031112341000001\n")
    return tmp_path


@pytest.fixture
def visitor(machine):
    return Page()


def test_credentials_of_this_machine_are_not_found(machine):
    for look in (Credentials.from_env, Client.from_env):
        with pytest.raises(MissingCredentials, match="type them in the form"):
            look()
    assert "servers-app" not in str(doctor())
    assert not holds_secret("servers-secret-0815")


def test_a_visit_begins_with_the_sandbox_and_knows_no_credentials(visitor):
    visitor.say("ready")
    assert visitor.last("state")["connection"]["source"] == "sandbox"
    visitor.say("choose-source", source="api")
    told = visitor.last("state")["connection"]
    assert (told["held"], told["visited"]) == (False, True)
    assert not [word for word in SECRETS.values() if word in json.dumps(visitor.messages, default=str)]


def test_a_path_is_refused_and_an_upload_of_the_same_name_is_read(machine, visitor):
    for path in ("ids.csv", str(machine / "ids.csv"), ".env", "/etc/passwd"):
        visitor.say("read-path", path=path, purpose="ids")
        assert "not for visitors" in visitor.last("state")["problem"]
        assert visitor.last("state")["ids"]["count"] == 0
    visitor.upload("", b"ids.csv")
    assert visitor.last("state")["ids"]["count"] == 0
    visitor.upload("ids.csv", b"emailId\n2208031112341000002\n")
    assert visitor.last("state")["ids"]["count"] == 1


@pytest.mark.slow
@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".parquet"])
def test_an_export_that_is_uploaded_is_opened_and_compared_with(visitor, suffix):
    app = visitor.app
    visitor.say("take-sample")
    visitor.query()
    asked = app.records
    saved = as_file(asked, suffix, "Asia/Shanghai")
    visitor.upload(f"monday{suffix}", saved, 1_000_000, purpose="before")
    assert app.wait(PATIENCE)
    assert visitor.last("compared")["label"] == f"monday{suffix}"
    visitor.upload(f"monday{suffix}", saved, 1_000_000, purpose="results")
    assert app.wait(PATIENCE)
    assert visitor.last("state")["status"] == f"2,000 records from monday{suffix}"
    assert visitor.problem == ""
    columns = ["email_id", "status", "to_address"]
    pd.testing.assert_frame_equal(app.records[columns], asked[columns])
    visitor.upload("ids.csv", b"emailId\n2208031112341000002\n", purpose="results")
    assert app.wait(PATIENCE)
    assert "ids.csv is not a records frame" in visitor.problem
    visitor.say("read-path", path=f"monday{suffix}", purpose="results")
    assert "not for visitors" in visitor.problem


def test_credentials_go_to_the_vendor_or_where_the_server_says_and_nowhere_else(visitor, monkeypatch):
    typed = {"app_id": "mine", "api_key": "mykey12", "api_secret": "mysecret12"}
    for base_url in ("http://127.0.0.1:6379/email", "https://internal.example/email", "http://[::1]/email"):
        visitor.say("enter-credentials", **typed, base_url=base_url)
        assert "can be asked from here" in visitor.last("refusal")["problem"]
    for base_url in ("", "https://api.onbuka.com/v3/email"):
        visitor.say("enter-credentials", **typed, base_url=base_url)
        assert visitor.last("refusal")["problem"] == ""
    monkeypatch.setenv(ENVIRONMENT["base_url"], "https://internal.example/email")
    other = Page()
    other.say("enter-credentials", **typed, base_url="https://internal.example/email/")
    assert other.last("refusal")["problem"] == ""


@pytest.mark.slow
def test_answers_are_remembered_for_the_visit_alone_and_no_file_is_written(machine, monkeypatch):
    def refused(*arguments, **options):
        raise AssertionError("a temporary file")

    monkeypatch.setattr(tempfile, "_mkstemp_inner", refused)
    before = sorted(machine.rglob("*"))
    with Sandbox() as server:
        monkeypatch.setenv(ENVIRONMENT["base_url"], server.base_url)
        who, ids = server.credentials, server.sample_ids(1_000)
        for _ in range(2):
            browser = Page()
            app = browser.app
            browser.say(
                "enter-credentials", app_id=who.app_id, api_key=who.api_key, api_secret=who.api_secret, base_url=""
            )
            assert browser.last("state")["connection"]["ledger"] == "Answers are remembered until this page is closed"
            browser.upload("", "\n".join(ids).encode())
            asked = []
            for _ in range(2):
                made = len(server.calls)
                browser.query()
                assert browser.problem == ""
                asked.append(sum(call.count for call in server.calls[made:]))
            assert asked[0] == len(ids)
            assert 0 < asked[1] < len(ids)
            for what, suffix in (
                ("shown", ".xlsx"),
                ("shown", ".csv"),
                ("report", ".html"),
                ("report", ".pdf"),
            ):
                browser.say("export", what=what, suffix=suffix)
                assert app.wait(PATIENCE)
                assert browser.last("file-ready")["name"].endswith(suffix)
                assert browser.problem == ""
    assert sorted(machine.rglob("*")) == before


def test_without_the_mark_all_of_it_is_there(machine, monkeypatch):
    monkeypatch.delenv(MARK)
    browser = Page()
    browser.say("ready")
    told = browser.last("state")["connection"]
    assert (told["held"], told["visited"]) == (True, False)
    assert str(machine) in told["ledger"]
    browser.say("read-path", path="ids.csv", purpose="ids")
    assert browser.last("state")["ids"]["count"] == 1
