"""The command as a whole: help, errors, exit codes, secrets."""

from __future__ import annotations

import os
import pty
import re
import signal
import subprocess
import sys
import termios
from contextlib import suppress
from pathlib import Path

import pytest

from emailrcd.cli.console import table
from emailrcd.records.builder import empty
from emailrcd.records.reading import read_records
from emailrcd.sandbox import Sandbox
from emailrcd.wording import harmless

EMAILRCD = [sys.executable, "-m", "emailrcd.cli"]
TERMINAL = [sys.executable, "-c", "import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)"]
"""Runs what follows in a terminal of its own."""

SCRIPTS = Path(sys.executable).parent
COMMANDS = ["lab", "app", "query", "watch", "find", "investigate", "report", "gate", "doctor", "sandbox"]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_helps_with_examples(run, monkeypatch, command):
    monkeypatch.setenv("PATH", str(SCRIPTS), prepend=os.pathsep)
    code, out, _ = run(command, "--help")
    assert code == 0
    assert f"examples:\n  emailrcd {command}" in out


def test_where_its_name_does_not_find_the_command_examples_call_it_by_its_path(run, alone, monkeypatch):
    monkeypatch.setenv("PATH", str(alone))
    assert f"\n  {SCRIPTS / 'emailrcd'} query " in run("query", "--help")[1]
    monkeypatch.chdir(SCRIPTS.parent.parent)
    path = (SCRIPTS / "emailrcd").relative_to(SCRIPTS.parent.parent)
    assert f"usage: {path} " in run("--help")[1]
    assert f"| {path} query -" in run("query", "--help")[1]
    assert f"See {path} query --help" in run("query", "--api-secret", "x")[2]


def test_the_help_lists_every_exit_code(run):
    out = run("--help")[1]
    assert re.findall(r"^  (\d+) ", out[out.index("exit codes:") :], re.M) == ["0", "1", "2", "3", "130"]


def written_on(screen: int) -> bytes:
    """What is written on a terminal until nobody writes to it any more, and close it."""
    written = b""
    # It ends with an error, on Linux.
    with suppress(OSError):
        while piece := os.read(screen, 1024):
            written += piece
    os.close(screen)
    return written


@pytest.mark.slow
def test_progress_is_shown_in_a_terminal_only(alone):
    command = [*EMAILRCD, "query", "--sandbox", "--format", "csv"]
    piped = subprocess.run(command, input=b"", capture_output=True, check=True)
    assert b"ids/s" not in piped.stderr
    assert b"\r" not in piped.stderr
    screen, terminal = pty.openpty()
    termios.tcsetwinsize(terminal, (24, 120))
    streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": terminal}
    with subprocess.Popen(command, **streams) as process:
        os.close(terminal)
        assert b"ids/s" in written_on(screen)
    assert process.returncode == 0


def test_help_and_errors_of_usage_load_nothing_heavy():
    script = "import sys; from emailrcd.cli import main\ntry: main(['gate'])\nexcept SystemExit: print('pandas' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


@pytest.mark.slow
def test_the_tab_key_completes_commands_options_choices_and_files(alone):
    (alone / "records.parquet").touch()
    typed = [
        'eval "$(register-python-argcomplete emailrcd)"',
        "emailrcd inv\t rec\t --bef\t rec\t --help",
        "emailrcd rep\t --mask d\t --help",
        "exit\n",
    ]
    environment = {"PATH": f"{SCRIPTS}:{os.environ['PATH']}", "PS1": "", "TERM": "dumb"}
    screen, terminal = pty.openpty()
    termios.tcsetwinsize(terminal, (24, 200))
    shell = ["bash", "--norc", "--noprofile", "-i"]
    process = subprocess.Popen(
        shell, stdin=terminal, stdout=terminal, stderr=terminal, env=os.environ | environment, start_new_session=True
    )
    os.close(terminal)
    os.write(screen, "\n".join(typed).encode())
    shown = b" ".join(written_on(screen).split()).decode()
    assert process.wait(timeout=60) == 0
    assert "emailrcd investigate records.parquet --before records.parquet --help" in shown
    assert "emailrcd report --mask drop --help" in shown


@pytest.mark.slow
def test_only_a_report_loads_what_draws(alone):
    commands = ["query --sandbox -o x.csv", "investigate --sandbox -o y.csv", "gate --sandbox --max-failure 50%"]
    calls = "\n".join(f"main({command.split()})" for command in commands)
    script = f"import sys; from emailrcd.cli import main\n{calls}\nassert 'matplotlib' not in sys.modules"
    subprocess.run([sys.executable, "-c", script], stdin=subprocess.DEVNULL, check=True)


@pytest.mark.parametrize(
    "arguments", [[], ["nonsense"], ["gate"], ["gate", "x", "--max-failure", "2"], ["sandbox", "--fault", "reset"]]
)
def test_an_error_of_usage_ends_with_3(run, arguments):
    code, out, err = run(*arguments)
    assert (code, out) == (3, "")
    assert "emailrcd" in err


def test_an_error_is_one_line_and_an_exit_code(run):
    code, _, err = run("sandbox", "--port", "0", "--fault", "earthquake=0.5")
    assert code == 3
    assert err.startswith("emailrcd: ")
    assert "earthquake" in err
    assert "Traceback" not in err


@pytest.mark.parametrize("form", [["--api-secret", "hunter22"], ["--api-secret=hunter22"], ["--api-key=hunter22"]])
def test_a_secret_is_no_argument_and_is_not_repeated(run, form):
    code, out, err = run("query", *form)
    assert code == 3
    assert "Secrets are never arguments" in err
    assert "hunter22" not in out + err


def test_without_credentials_the_message_says_where_to_put_them(run):
    code, _, err = run("query", "2208031112341000001")
    assert code == 3
    assert "EMAILRCD_API_SECRET" in err


def test_in_a_terminal_credentials_are_asked_for_and_not_shown(alone):
    with Sandbox() as sandbox:
        command = [*TERMINAL, *EMAILRCD, "query", "--base-url", sandbox.base_url, *sandbox.sample_ids(2)]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
        seen = b""
        for prompt, answer in (
            (b"App id: ", b"SANDBOX"),
            (b"API key: ", b"SANDBOXKEY"),
            (b"secret: ", b"SANDBOXSECRET"),
        ):
            while not seen.endswith(prompt):
                piece = process.stdout.read(1)
                assert piece, seen
                seen += piece
            process.stdin.write(answer + b"\n")
        seen += process.communicate(timeout=30)[0]
    assert process.returncode == 0
    assert b"2 ids." in seen
    assert b"SANDBOXKEY" not in seen
    assert b"SANDBOXSECRET" not in seen


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["table", "csv", "jsonl"])
def test_nothing_in_the_data_is_obeyed_by_a_terminal(alone, kind):
    (alone / "ids.csv").write_text("email_id,note\n2208031112341000001,a\x1b]0;x\x07\u202eb\n", encoding="utf-8")
    command = [*EMAILRCD, "query", "ids.csv", "--sandbox", "--quiet", "--format", kind]
    shown = subprocess.run([*TERMINAL, *command], input=b"", capture_output=True, check=True).stdout.decode()
    assert "2208031112341000001" in shown
    assert not set(shown) & set("\x1b\x07\u202e")
    assert "\x1b" not in subprocess.run([*command, "-o", "x.csv"], capture_output=True, check=True).stderr.decode()


def test_ctrl_c_keeps_what_was_obtained_and_prints_no_traceback(alone):
    with Sandbox() as sandbox:
        sandbox.inject("slow", interval=0.2)
        (alone / "ids.txt").write_text("\n".join(sandbox.sample_ids(4_000)))
        command = [
            *EMAILRCD,
            "query",
            "ids.txt",
            "--base-url",
            sandbox.base_url,
            "--connections",
            "1",
            "-o",
            "kept.parquet",
        ]
        keys = {"EMAILRCD_APP_ID": "SANDBOX", "EMAILRCD_API_KEY": "SANDBOXKEY", "EMAILRCD_API_SECRET": "SANDBOXSECRET"}
        screen, terminal = pty.openpty()
        termios.tcsetwinsize(terminal, (24, 120))
        process = subprocess.Popen(command, stderr=terminal, stdout=subprocess.PIPE, env=os.environ | keys)
        os.close(terminal)
        err = b""
        while b"ids/s" not in err:
            err += os.read(screen, 64)
        process.send_signal(signal.SIGINT)
        err += written_on(screen)
        process.communicate(timeout=60)
    assert process.returncode == 130
    assert b"interrupted" in err
    assert b"Traceback" not in err
    assert (alone / "kept.parquet").exists()


@pytest.mark.slow
def test_a_reader_that_has_enough_is_no_error():
    query = f"{sys.executable} -m emailrcd.cli query --sandbox --format csv 2>/dev/null </dev/null"
    command = f"{query} | head -1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)
    lines = done.stdout.splitlines()
    assert lines[0].startswith("email_id,status")
    assert lines[-1] == "0"


@pytest.mark.slow
@pytest.mark.parametrize("limit", ["0.5", "0.001"])
def test_the_verdict_of_a_gate_stands_where_nobody_reads_it(alone, limit):
    gate = f"{sys.executable} -m emailrcd.cli gate --sandbox --quiet --max-failure {limit} </dev/null"
    codes = [
        subprocess.run(["bash", "-c", f"{gate} {end}"], capture_output=True, text=True)
        for end in ("| true; echo ${PIPESTATUS[0]}", ">&-; echo $?", ">/dev/null; echo $?")
    ]
    assert [done.stdout.split()[-1] for done in codes] == ["0" if limit == "0.5" else "1"] * 3
    assert not any("Traceback" in done.stderr for done in codes)


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        ("2208031112341000001 --sandbox >/dev/full", 3, "No space left on device"),
        ("2208031112341000001 --sandbox 2>&-", 0, ""),
        ("<&-", 3, "nothing to ask about"),
    ],
)
def test_streams_that_are_full_or_closed_are_no_traceback(alone, arguments, code, told):
    query = f"{sys.executable} -m emailrcd.cli query --quiet {arguments}"
    done = subprocess.run(["bash", "-c", query], capture_output=True, text=True)
    assert done.returncode == code
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert "emailrcd:" not in done.stdout


@pytest.mark.slow
def test_a_terminal_without_chinese_gets_a_table_and_data_stays_utf8(alone):
    with Sandbox() as sandbox:
        sandbox.sample_campaign(30).assign(campaign="会员日").to_csv(alone / "ids.csv", index=False)
    command = [*EMAILRCD, "query", "ids.csv", "--sandbox", "--quiet", "--format"]
    plain = os.environ | {"PYTHONIOENCODING": "ascii"}
    shown, data = (
        subprocess.run([*command, kind], capture_output=True, env=plain, check=True) for kind in ("table", "csv")
    )
    assert rb"\u4f1a" in shown.stdout
    assert "会员日" in data.stdout.decode()


def test_an_interrupted_watch_keeps_its_last_round(alone):
    with Sandbox() as sandbox:
        (alone / "ids.txt").write_text("\n".join(sandbox.sample_ids(600)))
    command = [*EMAILRCD, "watch", "ids.txt", "--sandbox", "--quiet", "-o", "kept.parquet"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    said = process.stderr.readline()
    while "next round in" not in said:
        assert said, "the watch ended"
        said = process.stderr.readline()
    process.send_signal(signal.SIGINT)
    err = process.communicate(timeout=60)[1]
    assert process.returncode == 130
    assert "Traceback" not in err
    assert len(read_records(alone / "kept.parquet")) == 600


@pytest.mark.parametrize("command", [["query"], ["watch"], ["investigate"]])
def test_where_nothing_can_be_written_nothing_is_asked(run, alone, command):
    for output, problem in (
        ("x.docx", "must end in"),
        ("nowhere/x.csv", "there is no folder"),
        ("folder.csv", "cannot"),
    ):
        (alone / "folder.csv").mkdir(exist_ok=True)
        code, _, err = run(*command, "2208031112341000001", "-o", output)
        # Without credentials, asking would have ended otherwise.
        assert code == 3
        assert problem in err
        assert "credentials" not in err


def test_a_file_that_is_not_there_is_told_before_credentials_are_missed(run):
    code, _, err = run("gate", "records.parquet", "--max-failure", "3%")
    assert code == 3
    assert "There is no file" in err
    assert "credentials" not in err


def test_several_files_of_ids_are_queried_together(run, alone):
    for name, number in (("a.csv", 1), ("b.csv", 2)):
        (alone / name).write_text(f"220803111234100000{number}\n")
    code, out, _ = run("query", "a.csv", "b.csv", "--sandbox", "--format", "csv")
    assert code == 0
    assert "2208031112341000001" in out
    assert "2208031112341000002" in out
    code, _, err = run("query", "a.csv", "c.csv", "--sandbox")
    assert code == 3
    assert "There is no file" in err
    code, _, err = run("query", "a.csv", "2208031112341000003", "--sandbox")
    assert code == 3
    assert "Give one kind at a time" in err


def test_text_from_outside_cannot_command_the_terminal():
    assert harmless("a\x1b]0;x\x07b\u202ec") == "a\ufffd]0;x\ufffdb\ufffdc"
    assert "\x1b" not in table(empty().assign(**{"bad\x1b[2J": []}), "UTC")
