"""Records made by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd

from emailrcd.records.builder import Answers, Builder


def records_of(
    *statuses: str, ids: list[str] | None = None, addresses: list[str] | None = None, **columns
) -> pd.DataFrame:
    n = len(statuses)
    ids = ids or [f"22080311{place // 60:02}{place % 60:02}{place:07}" for place in range(n)]
    builder = Builder()
    builder.add(
        0,
        Answers(
            ids, list(statuses), addresses or [None] * n, [None] * n, [None] * n, np.full(n, 1_795_500_000_000_000)
        ),
    )
    return builder.frame().assign(**columns)
