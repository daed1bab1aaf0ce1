"""Ids to ask the sandbox about: as a list, as a campaign's table, as a file."""

from __future__ import annotations

import os
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

from ..files.writer import target, write_whole
from .population import VOLUME
from .world import UTC_OFFSET, World

if TYPE_CHECKING:
    import pandas as pd

HOURS = 96
"""Samples reach back this far."""

_FRESH_HOURS = 3
_FRESH_SHARE = 0.1
_FIRST_NUMBER = 1_000_001


def sample_ids(seed: int, now: float, n: int) -> list[str]:
    """Return `n` distinct ids, oldest first, of mail of the four days before this hour; the same for the same seed and hour."""
    import numpy as np
    import pandas as pd

    end = int(now) // 3600
    digest = blake2b(f"sample:{seed}:{end}".encode(), digest_size=8).digest()
    random = np.random.default_rng(int.from_bytes(digest, "little"))
    hours = np.arange(end - HOURS, end)
    volume = np.array(VOLUME)[(hours + UTC_OFFSET // 3600) % 24]
    chosen = random.choice(hours, size=n, p=volume / volume.sum())
    # Of the last hours, so that some mail is always open.
    fresh = random.random(n) < _FRESH_SHARE
    chosen[fresh] = random.choice(hours[-_FRESH_HOURS:], size=int(fresh.sum()))
    local = np.sort(chosen * 3600 + random.integers(0, 3600, size=n)) + UTC_OFFSET
    clock = pd.to_datetime(local, unit="s").strftime("%y%m%d%H%M%S")
    # Numbered on from the first, as a sending service would: two ids never share both second and number. Odd numbers, which no
    # float and no spreadsheet rounds to: samples never look rounded.
    return [f"{time}{(_FIRST_NUMBER + 2 * place) % 10**7:07}" for place, time in enumerate(clock)]


def sample_campaign(world: World, now: float, n: int) -> pd.DataFrame:
    """Return the ids of `sample_ids` with their campaign, template and time of sending."""
    import pandas as pd

    mails = [mail for mail in map(world.facts, sample_ids(world.seed, now, n)) if mail]
    sent = pd.Series([mail.submitted for mail in mails], dtype="int64")
    return pd.DataFrame(
        {
            "email_id": pd.Series([mail.email_id for mail in mails], dtype="str"),
            "campaign": pd.Series([mail.campaign for mail in mails], dtype="str"),
            "template": pd.Series([mail.template for mail in mails], dtype="str"),
            "sent_at": pd.to_datetime(sent, unit="s", utc=True).dt.as_unit("us").dt.tz_convert("Asia/Shanghai"),
        }
    )


def write_sample(frame: pd.DataFrame, path: str | os.PathLike[str]) -> Path:
    """Write a sample campaign to a ``.csv`` or ``.xlsx`` file; return its path."""
    from ..files.tables import to_bytes  # pandas: a sandbox that writes no sample starts without it

    file = target(path, (".csv", ".xlsx"))
    if file.suffix.lower() == ".csv":
        return write_whole(to_bytes(frame, ".csv"), file)
    # Times as Shanghai's wall clock, as users have them: Excel knows no zones.
    local = frame.assign(sent_at=frame["sent_at"].dt.tz_localize(None))
    return write_whole(to_bytes(local, ".xlsx", sheet="SANDBOX"), file)
