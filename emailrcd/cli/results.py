"""``investigate``, ``report`` and ``gate``: what the answers mean, and whether things may go on."""

from __future__ import annotations

import argparse
from contextlib import suppress
from pathlib import Path
from typing import Any

from ..analysis.failures import investigate
from ..analysis.gate import gate
from ..analysis.rows import HypothesisRow, hypothesis_rows
from ..errors import EmailrcdError
from ..files.writer import target
from ..records.frame import is_sandbox
from ..records.reading import read_records
from ..records.writing import write_records
from ..wording import harmless
from .console import tell
from .inputs import records_of
from .outputs import check_output, save

_CODES = {"passed": 0, "failed": 1, "cannot tell yet": 2}


def run_investigate(options: argparse.Namespace) -> None:
    """Print or write the ranking, and the working lists if they are wanted."""
    check_output(options)
    before = read_records(options.before) if options.before else None
    records = records_of(options)
    found = investigate(records, at=options.at, tz=options.tz, before=before)
    if is_sandbox(records):
        tell("SANDBOX: these answers are made up.")
    if options.output:
        save(found.table.reset_index(), options)
    elif not found.table["failed"].any():
        print("Nothing failed.")
    else:
        print("\n\n".join(map(_finding, hypothesis_rows(found.table))))
    if options.lists:
        _write_lists(found, Path(options.lists), options.tz)


def _finding(row: HypothesisRow) -> str:
    lines = [
        f"{row.rank:>2}  {row.share:>4}  {row.what}  [{row.confidence}]",
        f"{row.counts}. {row.evidence}",
        row.next_step and f"→ {row.next_step}",
        row.sample_ids and f"ids: {row.sample_ids}",
    ]
    return harmless("\n          ".join(line for line in lines if line))


def _write_lists(found: Any, folder: Path, tz: str) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise EmailrcdError(f"{folder.absolute()} cannot be made: {exc.strerror}. Choose another folder.") from None
    for name in ("retry", "correct", "suppress"):
        listed = getattr(found, name)
        path = write_records(listed, folder / f"{name}-full-addresses.csv", tz)
        tell(f"{len(listed):,} mails, with full addresses, in {path.absolute()}")


def run_report(options: argparse.Namespace) -> None:
    """Write a report."""
    from ..reporting import SUFFIXES, report  # draws charts: the other commands begin without

    target(options.output, SUFFIXES)
    before = read_records(options.before) if options.before else None
    path = report(
        records_of(options),
        options.output,
        title=options.title,
        before=before,
        by=options.by,
        at=options.at,
        columns=options.show,
        mask=options.mask,
        show_addresses=options.show_addresses,
        most=options.most,
        filters=options.filters,
        tz=options.tz,
    )
    tell(f"written to {path.absolute()}")


def run_gate(options: argparse.Namespace) -> int:
    """Print the verdict; return its exit code."""
    records = records_of(options)
    verdict = gate(records, options.max_failure, by=options.by)
    # Whether or not somebody reads it, the exit code is the verdict.
    with suppress(BrokenPipeError):
        print(f"SANDBOX {verdict}" if is_sandbox(records) else verdict)
    return _CODES[verdict.outcome]
