"""Texts kept in files, what varies masked; and records that are the same at every hour."""

from __future__ import annotations

import difflib
import os
import re
import warnings
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pandas as pd
import pytest

import emailrcd

FOLDER = Path(__file__).parent
REWRITE = "EMAILRCD_WRITE_GOLDEN"

# Long settled, and older than any age that a message goes by.
START = datetime(2022, 8, 1, 9, tzinfo=timezone(timedelta(hours=8)))
MOMENTS = [START + timedelta(seconds=97 * number) for number in range(3000)]
IDS = [f"{moment:%y%m%d%H%M%S}{1_000_001 + 2 * number}" for number, moment in enumerate(MOMENTS)]


def check(name: str, texts: Mapping[str, str], folder: Path) -> None:
    """Compare texts, each under its heading, with the file of that name; or rewrite it, if the environment says so."""
    sections = ("\n".join([f"=== {heading}", text.strip("\n"), ""]) for heading, text in texts.items())
    now = mask("\n".join(sections), folder)
    file = FOLDER / f"{name}.txt"
    if os.environ.get(REWRITE) == "1":
        file.write_text(now, "utf-8")
    before = file.read_text("utf-8") if file.exists() else ""
    diff = difflib.unified_diff(before.splitlines(), now.splitlines(), file.name, "today", lineterm="")
    if changed := "\n".join(diff):
        pytest.fail(f"{changed}\n\nIf users are to see this: {REWRITE}=1 pytest tests/golden", pytrace=False)


def mask(text: str, folder: Path) -> str:
    """Put placeholders for what differs from day to day, run to run and machine to machine."""
    days = "|".join(f"{datetime.now(UTC) + timedelta(days=days):%Y-%m-%d}" for days in (-1, 0, 1))
    for pattern, placeholder in {
        re.escape(str(folder)): "<folder>",
        rf"({days})[T ]\d\d:\d\d(:\d\d)?(\.\d+)?(\+0\d:00)?": "<now>",
        r"(?<=127\.0\.0\.1:)\d+": "<port>",
        r"\d+(\.\d+)? (ms|µs)\b": "<duration>",
        rf"emailrcd {re.escape(emailrcd.__version__)}": "emailrcd <version>",
        r"(pandas|Python) \d[\w.]+": r"\1 <version>",
        r"· (Linux|Darwin|Windows) ·": "· <system> ·",
        r"0x[0-9a-f]{6,}": "<address>",
        r"[ \t]+$": "",
    }.items():
        text = re.sub(pattern, placeholder, text, flags=re.M)
    return text.strip() + "\n"


def told(call: Callable[[], object]) -> str:
    """Return what a user sees of a call: warnings, the error with what can be asked of it, the statuses of the records."""
    lines: list[str] = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            result = call()
        except emailrcd.EmailrcdError as exc:
            lines += [f"{type(exc).__name__} (code {exc.code}, retryable {exc.retryable}, fatal {exc.fatal}): {exc}"]
            result = exc.records
    if isinstance(result, pd.DataFrame):
        counts = result["status"].value_counts(sort=False)
        lines += ["; ".join(f"{count} {status}" for status, count in counts.items() if count) or "no rows"]
        lines += [f"error: {error}" for error in result["error"].dropna().unique()]
        lines += [f"columns: {', '.join(map(str, result.columns[9:]))}"] if len(result.columns) > 9 else []
    elif result is not None:
        lines += [str(result)]
    return "\n".join([*(f"{warning.category.__name__}: {warning.message}" for warning in caught), *lines])


def records(age: timedelta = timedelta(minutes=5), *, unlucky: str | None = "Last call") -> pd.DataFrame:
    """Return answers about `IDS`, given so long after the last of them was submitted; mail of one template often fails."""
    campaign = pd.DataFrame(
        {
            "email_id": IDS,
            "campaign": [("spring", "autumn")[number % 7 > 2] for number in range(len(IDS))],
            "template": [("Hero", "Last call", "会员日")[number % 11 % 3] for number in range(len(IDS))],
            "size_kb": [number * 37 % 200 for number in range(len(IDS))],
            "sent_at": MOMENTS,
        }
    )
    now = MOMENTS[-1] + age
    with emailrcd.Sandbox(seed=7, clock=now.timestamp) as sandbox, sandbox.client() as client:
        answers = client.query(campaign, progress=False)
    answers["queried_at"] = pd.Series([now] * len(answers)).astype(answers["queried_at"].dtype)
    fails = (answers["template"] == unlucky) & (answers["status"] == "delivered") & (answers["size_kb"] % 4 == 0)
    answers.loc[fails, "status"] = "failed"
    answers.loc[fails, "received_at"] = pd.NaT
    return answers


def as_text(frame: pd.DataFrame) -> str:
    """Return a whole table, with its dtypes."""
    dtypes = ", ".join(f"{name}: {dtype}" for name, dtype in frame.dtypes.items())
    # Categories are told by name alone; how they are told in full is pandas' matter.
    with pd.option_context("display.float_format", "{:.6g}".format, "display.max_colwidth", None):
        return f"{frame.to_string()}\n{dtypes}"
