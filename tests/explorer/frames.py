"""Small records frames."""

from __future__ import annotations

import pandas as pd

from emailrcd.records.builder import empty
from emailrcd.records.frame import PROVIDER_DTYPE, STATUS_DTYPE


def frame(statuses: list[str], **columns: object) -> pd.DataFrame:
    n = len(statuses)
    records = empty().reindex(range(n))
    records["email_id"] = pd.Series([f"id{i}" for i in range(n)], dtype="str")
    records["status"] = pd.Series(statuses, dtype=STATUS_DTYPE)
    records["provider"] = pd.Series(["unknown"] * n, dtype=PROVIDER_DTYPE)
    return records.assign(**columns)
