"""The manual's examples run: Python and commands of a page in order, in a folder that holds what they speak of."""

from __future__ import annotations

import os
import re
import shlex
import tempfile
import warnings
from contextlib import ExitStack
from pathlib import Path
from unittest.mock import patch

import matplotlib as mpl
from sybil import Document, Example, Region, Sybil
from sybil.parsers.markdown import PythonCodeBlockParser

import emailrcd
from emailrcd import cli
from emailrcd.api.credentials import ENVIRONMENT
from emailrcd.cli import services

_COMMAND = re.compile(r"^(?: {4,}| {4}- )(emailrcd [^\n]*?)(?: {3,}[^\n]*)?$", re.M)
_SERVING = ("run_lab", "run_app", "run_sandbox")
_ANSWERS = {0, 1, 2}
"""Exit codes that are answers; 3 is an error."""


def commands(document: Document):
    """Find the commands on a page, and say what runs them."""
    for match in _COMMAND.finditer(document.text):
        yield Region(match.start(), match.end(), match[1], run)


def run(example: Example) -> str | None:
    """Run a command; return what is wrong with it."""
    code = cli.main(shlex.split(example.parsed.replace("ID ID", "2208031112341000001 2208031112341000002"))[1:])
    return None if code in _ANSWERS else f"exit code {code}: {example.parsed}"


def lay_out(namespace: dict) -> None:
    """Start a sandbox that the environment's credentials belong to, and write the files that pages speak of."""
    mpl.use("Agg")
    stack = namespace["stack"] = ExitStack()
    sandbox = stack.enter_context(emailrcd.Sandbox())
    credentials = sandbox.credentials
    values = (credentials.app_id, credentials.api_key, credentials.api_secret, sandbox.base_url)
    stack.enter_context(patch.dict(os.environ, dict(zip(ENVIRONMENT.values(), values, strict=True))))
    for name in _SERVING:
        stack.enter_context(patch.object(services, name, lambda _: 0))
    stack.callback(os.chdir, Path.cwd())
    folder = stack.enter_context(tempfile.TemporaryDirectory())
    stack.enter_context(patch.dict(os.environ, {"XDG_DATA_HOME": folder}))
    os.chdir(folder)
    campaign = sandbox.sample_campaign(600)
    with sandbox.client() as client, emailrcd.Ledger("history.sqlite") as ledger:
        records = client.query(campaign, ledger=ledger, progress=False)
    # Settled mail alone, so that watching it ends.
    settled = campaign[records["status"].isin(["delivered", "failed"]).to_numpy()]
    for name in ("campaign.csv", "sent.csv", "campaign.xlsx"):
        emailrcd.write_records(settled, name)
    for name in ("records.parquet", "last-week.parquet"):
        emailrcd.write_records(records, name)
    stack.enter_context(warnings.catch_warnings())
    warnings.simplefilter("ignore", emailrcd.EmailrcdWarning)


def clear_away(namespace: dict) -> None:
    """Undo `lay_out`."""
    namespace["stack"].close()


pytest_collect_file = Sybil(
    parsers=[PythonCodeBlockParser(), commands],
    patterns=["README*.md", "docs/*.md", "docs/zh/*.md"],
    setup=lay_out,
    teardown=clear_away,
).pytest()
