"""What the manual promises of itself."""

from __future__ import annotations

import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import emailrcd
from emailrcd import cli
from emailrcd.records.frame import COLUMNS

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"


def test_every_public_name_is_in_the_reference():
    reference = set(re.findall(r"^   ([\w.]+)$", (DOCS / "reference.md").read_text(), re.M))
    shown = {name.partition(".")[0] for name in reference}
    elsewhere = {"errors", "EmailrcdError", "EmailrcdWarning"}  # the page Errors
    assert shown | elsewhere == set(emailrcd.__all__)
    charts = {f"charts.{name}" for name in emailrcd.charts.__all__ if name.islower()}
    assert {name for name in reference if name.startswith("charts.")} == charts - {"charts.rate_in_words"}


def test_every_column_of_records_and_findings_is_in_the_manual(sandbox):
    found = emailrcd.investigate(sandbox.client().query(sandbox.sample_campaign(300), progress=False))
    for page, columns in (("python.md", COLUMNS), ("failures.md", found.table.columns)):
        first_cells = re.findall(r"^\| (`[^|]+) \|", (DOCS / page).read_text(), re.M)
        assert set(columns) <= set(re.findall(r"`(\w+)`", " ".join(first_cells))), page


def test_every_command_is_in_the_manual(capsys):
    with pytest.raises(SystemExit):
        cli.main(["--help"])
    commands = re.findall(r"^    ([a-z]+)(?: |$)", capsys.readouterr().out, re.M)
    assert len(commands) >= 9
    page = (DOCS / "command.md").read_text()
    assert [name for name in commands if f"emailrcd {name}" not in page] == []


def test_both_readmes_have_the_same_commands_and_tables():
    english, chinese = ((ROOT / name).read_text() for name in ("README.md", "README.zh-CN.md"))
    indented = re.compile(r"^    (\S.*)$", re.M)
    assert indented.findall(english) == indented.findall(chinese)
    first_cells = re.compile(r"^\| (`[^|]+|-\d+) \|", re.M)
    assert first_cells.findall(english) == first_cells.findall(chinese)
    calls = re.compile(r"^(\w.*?)\s*(?:#.*)?$", re.M)
    python = re.compile(r"```python\n(.*?)```", re.S)
    assert [calls.findall(block) for block in python.findall(english)] == [
        calls.findall(block) for block in python.findall(chinese)
    ]


def test_the_readme_is_read_in_five_minutes():
    assert len((ROOT / "README.md").read_text().split()) <= 1_100


@pytest.mark.slow
def test_the_hourly_script_sends_the_verdict_when_mail_fails(alone, sandbox):
    page = (DOCS / "command.md").read_text()
    script = textwrap.dedent(re.search(r"^    #!/bin/sh\n(?:    .*\n)+", page, re.M)[0])
    assert script.count("/srv/mail") == 2
    binaries = alone / ".venv" / "bin"
    binaries.mkdir(parents=True)
    (binaries / "emailrcd").symlink_to(Path(sys.executable).parent / "emailrcd")
    (binaries / "mail").write_text('#!/bin/sh\necho "$@" >sent.txt; cat >>sent.txt')
    (binaries / "mail").chmod(0o700)
    key, secret = sandbox.credentials.api_key, sandbox.credentials.api_secret
    settings = {
        "APP_ID": sandbox.credentials.app_id,
        "API_KEY": key,
        "API_SECRET": secret,
        "BASE_URL": sandbox.base_url,
    }
    (alone / ".env").write_text("".join(f"EMAILRCD_{name}={value}\n" for name, value in settings.items()))
    sandbox.write_sample("sent.csv", 1_000)
    subprocess.run(["sh", "-c", script.replace("/srv/mail", str(alone))], check=True)
    subject, verdict, *_ = (alone / "sent.txt").read_text().splitlines()
    assert subject == "-s Mail fails ops@example.com"
    assert verdict.startswith("SANDBOX FAILED: failure rate")
    assert "1,000 ids" in (alone / "emailrcd.log").read_text()


@pytest.mark.slow
def test_the_manual_is_built_without_a_warning_and_needs_no_network(tmp_path):
    command = [
        sys.executable,
        "-m",
        "sphinx",
        "-q",
        "-W",
        "-D",
        "nb_execution_mode=off",
        str(DOCS),
        str(tmp_path / "html"),
    ]
    subprocess.run(command, check=True)
    for page in tmp_path.rglob("*.html"):
        loaded = re.findall(
            r"<(?:script|img|iframe)[^>]* src=\"(https?:[^\"]+)|<link[^>]* href=\"(https?:[^\"]+)", page.read_text()
        )
        assert loaded == [], page
