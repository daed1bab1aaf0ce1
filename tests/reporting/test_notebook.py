"""The Monday report under papermill: the commands of the manual, and that what they leave holds nothing to be kept back."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from emailrcd.api.credentials import ENVIRONMENT, SANDBOX
from emailrcd.records.ledger import Ledger
from emailrcd.sandbox import Sandbox
from tests.reporting.readable import text_of

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
COMMANDS = re.findall(
    r"^    papermill emailrcd-lab/03_report.ipynb (.+)$", (ROOT / "docs" / "reports.md").read_text(), re.M
)


def test_the_commands_of_the_manual_run_and_leave_neither_addresses_nor_secrets(tmp_path):
    of_ids, of_ledger = COMMANDS
    with Sandbox() as sandbox, sandbox.client() as client, Ledger(tmp_path / "history.sqlite") as ledger:
        campaign = sandbox.sample_campaign(300)
        addresses = client.query(campaign, ledger=ledger, progress=False)["to_address"].dropna().unique().tolist()
        campaign["customer"] = [*addresses, *["nobody"] * len(campaign)][: len(campaign)]
        campaign.to_csv(tmp_path / "sent.csv", index=False)
        (tmp_path / "rounded.csv").write_text(f"email_id,note\n2.20803E+18,{addresses[0]}\n")
        arguments = [
            f"{of_ids} -p ledger own.sqlite",
            # papermill makes numbers of these.
            f"{of_ledger.replace('out.', 'of-ledger.')} -p title 2026 -p until 20991231",
            "failed.ipynb -p ids rounded.csv",
        ]
        values = (SANDBOX.app_id, SANDBOX.api_key, SANDBOX.api_secret, sandbox.base_url)
        runs = [
            subprocess.run(
                [sys.executable, "-m", "papermill", ROOT / "notebooks" / "03_report.ipynb", *shlex.split(each)],
                cwd=tmp_path,
                env=os.environ | dict(zip(ENVIRONMENT.values(), values, strict=True)),
                capture_output=True,
                text=True,
            )
            for each in arguments
        ]
    said = [run.stdout + run.stderr for run in runs]
    assert [run.returncode for run in runs] == [0, 0, 1], said
    assert "rounded by a spreadsheet" in said[2]
    assert "Week 47" in text_of(tmp_path / "monday.pdf")
    of_the_ledger = text_of(tmp_path / "monday.html")
    assert ">2026<" in of_the_ledger
    assert "answers from 2026-11-16 to 20991231, UTC" in of_the_ledger
    assert "300 distinct in 300 rows" in of_the_ledger
    made = [*tmp_path.glob("*.ipynb"), *tmp_path.glob("monday.*")]
    assert len(made) == 5
    for text in [*map(text_of, made), *said]:
        assert [each for each in (*addresses, SANDBOX.api_key, SANDBOX.api_secret) if each in text] == []
