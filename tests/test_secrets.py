"""Key, secret, signature and addresses: in no log, no traceback, no exception that escapes, no command line."""

from __future__ import annotations

import gc
import io
import logging
import os
import subprocess
import sys
import textwrap
import traceback
from pathlib import Path

import pytest

from emailrcd import Client, Credentials, Sandbox, doctor
from emailrcd.api import contract
from emailrcd.errors import EmailrcdError
from emailrcd.query.client import transport_of
from emailrcd.sandbox.faults import CODES, CONNECTION, STATUSES

pytestmark = pytest.mark.usefixtures("quick_retries")

ADDRESS = ".sandbox@"
"""Is in every address of the sandbox's world."""

TROUBLE = [*CODES, *STATUSES, *CONNECTION, "malformed", "nested", "wrong_type", "double_rows"]
QUICK = {"slow": {"interval": 0.01}, "huge": {"megabytes": 9}, "429": {"retry_after": 0}}


@pytest.fixture
def signs(monkeypatch) -> list[str]:
    """Every signature that is made during a test."""
    made: list[str] = []
    sign = contract.sign

    def remember(*args: object) -> str:
        made.append(sign(*args))
        return made[-1]

    monkeypatch.setattr(contract, "sign", remember)
    return made


@pytest.fixture
def logged():
    """All that is logged by anybody at DEBUG, with the records' arguments and whatever they carry."""
    written = io.StringIO()

    class Everything(logging.StreamHandler):
        def emit(self, record: logging.LogRecord) -> None:
            super().emit(record)
            written.write(repr(vars(record)))

    root, handler = logging.getLogger(), Everything(written)
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield written
    root.removeHandler(handler)
    root.setLevel(before)


def words(sandbox: Sandbox, signs: list[str]) -> list[str]:
    assert signs
    return [sandbox.credentials.api_key, sandbox.credentials.api_secret, ADDRESS, *signs]


def failed(sandbox: Sandbox, fault: str) -> EmailrcdError | None:
    """Query a campaign while a fault goes on; return the error that ends it, if one does."""
    client = sandbox.client(attempts=2, connections=1, timeout=(2, 0.2))
    sandbox.inject("latency", seconds=0)
    sandbox.inject(fault, times=1_000, **QUICK.get(fault, {}))
    try:
        client.query(sandbox.sample_campaign(1_500), progress=False, on_notice=lambda _: None)
    except EmailrcdError as exc:
        return exc
    return None


def reached(error: BaseException) -> list[object]:
    """Return what can be reached from an exception by attributes, arguments and chaining, but for its records."""
    seen: dict[int, object] = {}
    waiting: list[object] = [error]
    while waiting:
        thing = waiting.pop()
        if id(thing) in seen:
            continue
        seen[id(thing)] = thing
        if isinstance(thing, BaseException):
            waiting += [thing.__cause__, thing.__context__, *thing.args]
            waiting += [value for name, value in vars(thing).items() if name != "records"]
            waiting += [*getattr(thing, "__notes__", ())]
        elif isinstance(thing, (dict, list, tuple, set)):
            waiting += gc.get_referents(thing)
    return list(seen.values())


@pytest.mark.slow
@pytest.mark.parametrize("fault", TROUBLE)
def test_no_log_traceback_or_exception_tells_a_secret_or_an_address(fault, signs, logged):
    with Sandbox() as sandbox:
        error = failed(sandbox, fault)
        secret = words(sandbox, signs)
    logging.getLogger(__name__).debug("listening")
    shown = logged.getvalue()
    assert "listening" in shown
    if error is not None:
        within = [f for f, _ in traceback.walk_tb(error.__traceback__) if f.f_code.co_filename != __file__]
        assert within
        shown += "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
        shown += "".join(repr(thing) + str(thing) for thing in reached(error))
    for word in secret:
        assert word not in shown


def test_the_verbose_traceback_of_a_notebook_tells_no_secret_and_no_address(signs):
    from IPython.core.ultratb import VerboseTB

    with Sandbox() as sandbox:
        error = failed(sandbox, "-4")
        secret = words(sandbox, signs)
    assert error is not None
    shown = VerboseTB(include_vars=True).text(type(error), error, error.__traceback__)
    assert "AccountLocked" in shown
    for word in secret:
        assert word not in shown


def test_a_defect_in_a_thread_is_told_without_what_it_held(sandbox, signs, monkeypatch):
    def defect(*args: object) -> None:
        raise RuntimeError(f"{args} li.wei@qq.com")

    monkeypatch.setattr("emailrcd.query.batch.match", defect)
    with pytest.raises(EmailrcdError, match="RuntimeError") as caught:
        sandbox.client().query(sandbox.sample_ids(300), progress=False, on_notice=lambda _: None)
    error = caught.value.with_traceback(caught.tb.tb_next)
    shown = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    for word in [*words(sandbox, signs), "@qq.com"]:
        assert word not in shown


def test_the_doctor_logs_nothing_secret(sandbox, signs, logged):
    told = str(doctor(sandbox.client(), ids=sandbox.sample_ids(2)))
    for word in words(sandbox, signs):
        assert word not in told + logged.getvalue()


def test_a_client_shows_nothing_of_its_credentials(sandbox):
    client = sandbox.client()
    shown = repr(client) + repr(vars(client)) + repr(vars(transport_of(client)))
    assert sandbox.credentials.api_key not in shown
    assert sandbox.credentials.api_secret not in shown


def test_a_client_cannot_be_pickled_into_a_file_with_its_credentials(sandbox):
    import pickle

    with pytest.raises(TypeError):
        pickle.dumps(sandbox.client())


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="there is no /proc here")
def test_no_command_line_of_a_process_holds_credentials():
    script = textwrap.dedent("""
        import os, pathlib
        import emailrcd
        with emailrcd.Sandbox() as sandbox, sandbox.client() as client:
            client.query(sandbox.sample_ids(3), progress=False)
            for process in pathlib.Path("/proc").glob("[0-9]*"):
                try:
                    parent = (process / "stat").read_text().rpartition(")")[2].split()[1]
                    if str(os.getpid()) in (process.name, parent):
                        print((process / "cmdline").read_text())
                except OSError:
                    pass
    """)
    environment = {
        **os.environ,
        "EMAILRCD_APP_ID": "app",
        "EMAILRCD_API_KEY": "kkkkkkkk",
        "EMAILRCD_API_SECRET": "ssssssss",
    }
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, timeout=60, check=True
    )
    assert "-c" in done.stdout
    for word in ("kkkkkkkk", "ssssssss", Sandbox.credentials.api_secret):
        assert word not in done.stdout


@pytest.mark.parametrize("host", ["mail.example", "10.0.0.1", "127.0.0.1.example", "localhost.example"])
def test_plain_http_is_refused_beyond_loopback(host):
    with pytest.raises(EmailrcdError, match="http"):
        Client(Credentials("app", "bDqJFiq9", "7bz1lzh9"), base_url=f"http://{host}/email")


@pytest.mark.parametrize("fault", ["huge", "nested"])
def test_a_reply_of_absurd_size_or_nesting_is_survived_and_told(sandbox, fault):
    sandbox.inject(fault, times=2)
    records = sandbox.client(attempts=2).query(sandbox.sample_ids(3), progress=False, on_notice=lambda _: None)
    assert set(records["status"]) == {"unanswered"}
    assert records["error"].str.contains("MiB|JSON").all()
