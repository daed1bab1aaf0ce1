"""Where a report comes from: enough to make it again, and to see whether it would be the same."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path

import pandas as pd

from ..wording import moment
from .content import Options

_MASKS = {"mask": "masked", "hash": "hashed", "drop": "left out"}


def provenance(
    records: pd.DataFrame,
    before: pd.DataFrame | None,
    options: Options,
    by: Sequence[str],
    clock: str,
    most: int,
    hide: Callable[[str], str],
) -> dict[str, str]:
    """Return names and values, all of them text; `by` and `clock` are columns as they are shown, `hide` masks the rest."""
    origin = {
        "Queried": when_queried(records, options.tz),
        "From": hide(_server(records)),
        "Ids": f"{records['email_id'].nunique():,} distinct in {len(records):,} rows",
        "Fingerprint of the ids": fingerprint(records),
        "Filters": hide(options.filters) or "none",
    }
    if before is not None:
        origin["Compared with"] = (
            f"{before['email_id'].nunique():,} ids queried {when_queried(before, options.tz)}; "
            f"fingerprint {fingerprint(before)}"
        )
    settings = {
        "by": ", ".join(by),
        "times from": clock or "none",
        "columns added": ", ".join(map(hide, options.columns)) or "none",
        "addresses": "shown" if options.show_addresses else _MASKS[options.mask],
        "mails listed": f"at most {most:,}",
        "time zone": options.tz,
    }
    origin["Settings"] = "; ".join(f"{name}: {value}" for name, value in settings.items())
    now = pd.Timestamp.now(options.tz)
    origin["Made"] = (
        f"{moment(now)} ({options.tz}) with emailrcd {version('emailrcd')}, pandas {pd.__version__}, "
        f"Python {platform.python_version()}"
    )
    return origin


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


def when_queried(records: pd.DataFrame, tz: str) -> str:
    """Say when the answers were obtained."""
    times = records["queried_at"].dropna()
    if times.empty:
        return "at an unknown time"
    first, last = (f"{time.tz_convert(tz):%Y-%m-%d %H:%M:%S}" for time in (times.min(), times.max()))
    return f"{first} ({tz})" if first == last else f"{first} to {last} ({tz})"


def _server(records: pd.DataFrame) -> str:
    hints = records.attrs.get("emailrcd", {})
    # The folder of a ledger is nobody's business, and often bears a name.
    ledger = Path(hints["ledger"]).name if hints.get("ledger") else ""
    name = str(hints.get("base_url") or ledger or "not recorded in these records")
    return f"{name} (sandbox)" if hints.get("sandbox") else name
