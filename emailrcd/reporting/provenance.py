"""Where a report comes from: enough to make it again, and to see whether it would be the same."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import pandas as pd

from .content import Options


def provenance(
    records: pd.DataFrame, before: pd.DataFrame | None, options: Options, by: Sequence[str], clock: str, most: int
) -> dict[str, str]:
    """Return names and values, all of them text.

    Parameters
    ----------
    records, before : DataFrame
        The records frame, and an earlier one or None.
    options : Options
        How the report is made.
    by : sequence of str
        The columns broken down by.
    clock : str
        The column that times are taken from; empty if there is none.
    most : int
        Mails listed.
    """
    told = {
        "Asked": asked(records, options.tz),
        "Of": _server(records),
        "Ids": f"{records['email_id'].nunique():,} distinct in {len(records):,} rows",
        "Fingerprint of the ids": fingerprint(records),
        "Filters": options.filters or "none",
    }
    if before is not None:
        told["Compared with"] = (
            f"{before['email_id'].nunique():,} ids asked {asked(before, options.tz)}; fingerprint {fingerprint(before)}"
        )
    settings = {
        "by": ", ".join(by),
        "at": clock or "none",
        "columns": ", ".join(options.columns) or "none",
        "addresses": "shown" if options.show_addresses else options.mask,
        "mails listed": f"at most {most:,}",
        "time zone": options.tz,
    }
    told["Parameters"] = "; ".join(f"{name}: {value}" for name, value in settings.items())
    now = pd.Timestamp.now(options.tz)
    told["Made"] = (
        f"{now:%Y-%m-%d %H:%M} ({options.tz}) with emailrcd {version('emailrcd')}, pandas {pd.__version__}, "
        f"Python {platform.python_version()}"
    )
    return told


def fingerprint(records: pd.DataFrame) -> str:
    """Return what tells the same ids again, in whatever order they come.

    Examples
    --------
    >>> one, other = pd.DataFrame({"email_id": ["1", "2"]}), pd.DataFrame({"email_id": ["2", "1", "1"]})
    >>> fingerprint(one) == fingerprint(other)
    True
    """
    digest = hashlib.sha256()
    for email_id in sorted(records["email_id"].unique()):
        digest.update(f"{email_id}\n".encode())
    return f"SHA-256 {digest.hexdigest()[:32]} (of the sorted distinct ids, one a line)"


def asked(records: pd.DataFrame, tz: str) -> str:
    """Say when the answers were obtained."""
    times = records["queried_at"].dropna()
    if times.empty:
        return "at an unknown time"
    first, last = (f"{time.tz_convert(tz):%Y-%m-%d %H:%M:%S}" for time in (times.min(), times.max()))
    return f"{first} ({tz})" if first == last else f"{first} to {last} ({tz})"


def _server(records: pd.DataFrame) -> str:
    known = records.attrs.get("emailrcd", {})
    # The folder of a ledger is nobody's business, and often bears a name.
    ledger = Path(known["ledger"]).name if known.get("ledger") else ""
    name = str(known.get("base_url") or ledger or "not recorded in these records")
    return f"{name} (sandbox)" if known.get("sandbox") else name
