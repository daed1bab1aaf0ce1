"""What an investigation found: the table, the mails behind each row, the working lists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ...errors import EmailrcdError
from ...records.frame import is_sandbox
from ..statistics import wilson
from .addresses import suggestions
from .looks import Look
from .mails import Codes, Mails, Remedy

CONFIDENCES = ("likely", "stated", "cannot be told apart", "minor", "consistent with", "unexplained")
"""The words of the column ``confidence``, strongest first; `Findings` says what they mean."""

_SAMPLES = 3
_PLACES = ("domain", "provider")


@dataclass(frozen=True, eq=False)
class Finding:
    """A hypothesis that was taken, and the positions of its failed mails in the records frame."""

    what: str
    confidence: str
    look: Look
    q: float | None
    rows: Codes

    @property
    def order(self) -> tuple[int, int]:
        """Place in the ranking: what is sure and large, then what is small, then what is merely consistent; by excess."""
        return max(CONFIDENCES.index(self.confidence), 2), -self.look.excess


def finding(look: Look, q: float | None, likely: bool, same: list[Look], rows: Codes) -> Finding:
    """Return a finding in the words its evidence can carry; `same` are looks at nearly the same mails."""
    columns = [other.about for other in same if other.kind == "column" and not other.about.startswith(look.about)]
    tied = look.aliased or any(_could_as_well(other, look) for other in same)
    what = look.about
    if tied and columns and not look.aliased:
        what = f"{look.about}, or {', or '.join(columns)}: the same mails"
    elif look.aliased:
        what = f"{look.about}, or where and when it was sent: nothing else was sent there and then to compare"
    elif look.kind == "column" and columns:
        what = f"{look.about} (the same mails: {', '.join(columns)})"
    if q is None:
        confidence = "consistent with"
    elif tied:
        confidence = "cannot be told apart"
    elif look.stated:
        confidence = "stated"
    else:
        confidence = "likely" if likely else "minor"
    return Finding(what, confidence, look, q, rows)


def _could_as_well(column: Look, chosen: Look) -> bool:
    """Tell whether a column's value that covers the same mails is never met without the place or time that was chosen."""
    return (chosen.kind in _PLACES and column.aliased) or (chosen.kind == "time" and column.alone)


class Findings:
    """What an investigation found; a notebook shows the table.

    The words of the column ``confidence``:

    ``likely``
        consistent with the failures, and strong: q ≤ 0.01 over all looks taken, a rate at least twice that elsewhere (lower
        bound), at least 5 % of all failures in excess. It is no proof: the API gives no reasons
    ``stated``
        somebody says so: the platform in a remark, or the DNS
    ``cannot be told apart``
        as strong, but several explanations cover the same mails; send differently to find out
    ``minor``
        as certain as a likely one, but smaller
    ``consistent with``
        what the address itself tells; too few mails for more
    ``unexplained``
        the last row: all failures that no row claims

    Attributes
    ----------
    table : DataFrame
        One row per hypothesis, from 1, strongest first; the last one is the unexplained rest. ``what``, ``confidence``;
        ``failed``: failed mails behind it; ``excess``: those beyond what would be expected there; ``share`` of all failures
        that the excess makes up; ``evidence`` in words; ``next_step``; ``sample_ids``; ``kind`` of look; ``mails``: settled
        mails concerned; ``rate``, ``rate_low``, ``rate_high``: failed ÷ settled and its 95 % Wilson interval;
        ``rate_elsewhere``; ``ratio``, ``ratio_low``: of both, and its lower 95 % bound; ``q``: adjusted p.
        The column ``excess`` adds up to all failures.
    bursts : DataFrame
        ``rank``, ``start`` and ``end`` of each burst that a row of kind ``time`` tells of, in the zone of the investigation.
    sandbox : bool
        Whether these are answers of the sandbox.
    """

    def __init__(self, records: pd.DataFrame, mails: Mails, found: list[Finding], rest: Mails) -> None:
        self._records = records
        self._found = found
        self._rest_rows = rest.rows[rest.failed]
        self.table = _table(records, mails, found, rest)
        self.bursts = _bursts(found, mails.tz)
        self.sandbox = is_sandbox(records)

    def mails(self, rank: int) -> pd.DataFrame:
        """Return the failed mails behind a row of the table: rows of the records frame.

        Raises
        ------
        EmailrcdError
            There is no such row.
        """
        if rank not in self.table.index:
            raise EmailrcdError(f"There is no row {rank}. The table has rows 1 to {len(self.table)}.")
        behind = [*(each.rows for each in self._found), self._rest_rows]
        return self._records.iloc[behind[rank - 1]]

    @property
    def retry(self) -> pd.DataFrame:
        """Failed mails worth sending again: the cause may have passed."""
        return self._listed("retry")

    @property
    def correct(self) -> pd.DataFrame:
        """Failed mails whose address needs correcting, with ``suggestion``."""
        listed = self._listed("correct")
        return listed.assign(suggestion=suggestions(listed["to_address"]))

    @property
    def suppress(self) -> pd.DataFrame:
        """Failed mails whose recipients should not be written to any more."""
        return self._listed("suppress")

    def _listed(self, remedy: Remedy) -> pd.DataFrame:
        rows = [each.rows for each in self._found if each.look.remedy == remedy]
        return self._records.iloc[np.sort(np.concatenate([*rows, np.zeros(0, np.intp)]).astype(np.intp))]

    def __repr__(self) -> str:
        return self.table.iloc[:, :6].to_string()

    def _repr_html_(self) -> str:
        with pd.option_context("display.max_colwidth", None):
            return str(self.table.iloc[:, :8].to_html(formatters={"share": "{:.1%}".format}, border=0))


def _table(records: pd.DataFrame, mails: Mails, found: list[Finding], rest: Mails) -> pd.DataFrame:
    total = int(mails.failed.sum())
    rows: list[dict[str, Any]] = [_row(each) for each in found]
    explained = sum(each.look.excess for each in found)
    rows.append(
        {
            "what": "the rest: nothing found that explains it",
            "confidence": "unexplained",
            "failed": int(rest.failed.sum()),
            "excess": total - explained,
            "evidence": f"{rest.failed.mean():.1%} of {len(rest.rows):,} other mails failed, with no pattern beyond the "
            "ordinary"
            if len(rest.rows)
            else "no other mail",
            "next_step": "Ask the platform for the reasons of a few samples, or add the remarks it made when it took the mails."
            if rest.failed.any()
            else "",
            "kind": "rest",
            "mails": len(rest.rows),
        }
    )
    behind = [*(each.rows for each in found), rest.rows[rest.failed]]
    ids = records["email_id"]
    samples = [", ".join(ids.iloc[positions[:_SAMPLES]]) for positions in behind]
    table = pd.DataFrame(rows, index=pd.RangeIndex(1, len(rows) + 1, name="rank")).assign(sample_ids=samples)
    low, high = wilson(table["failed"], table["mails"])
    return (
        table.assign(
            share=table["excess"] / max(total, 1),
            rate=table["failed"] / table["mails"].where(table["mails"] > 0),
            rate_low=low,
            rate_high=high,
        )
        .reindex(columns=list(_COLUMNS))
        .astype(_COLUMNS)
    )


def _bursts(found: list[Finding], tz: str) -> pd.DataFrame:
    rows = [(rank, *window) for rank, each in enumerate(found, start=1) for window in each.look.windows]
    time = pd.DatetimeTZDtype("us", tz)
    return pd.DataFrame(rows, columns=["rank", "start", "end"]).astype({"rank": "int64", "start": time, "end": time})


_COLUMNS = {
    "what": "str",
    "confidence": "str",
    "failed": "int64",
    "excess": "int64",
    "share": "float64",
    "evidence": "str",
    "next_step": "str",
    "sample_ids": "str",
    "kind": "str",
    "mails": "int64",
    "rate": "float64",
    "rate_low": "float64",
    "rate_high": "float64",
    "rate_elsewhere": "float64",
    "ratio": "float64",
    "ratio_low": "float64",
    "q": "float64",
}


def _row(found: Finding) -> dict[str, Any]:
    look = found.look
    low, high = wilson(pd.Series([look.failed]), pd.Series([look.mails]))
    elsewhere = look.expected / look.mails
    others = "other mail at the same domain and time" if look.kind == "column" and not look.aliased else "elsewhere"
    sure = "" if found.q is None else f"; q {'< 0.0001' if found.q < 1e-4 else f'= {found.q:.4f}'}"
    return {
        "what": found.what,
        "confidence": found.confidence,
        "failed": look.failed,
        "excess": look.excess,
        "evidence": f"{look.failed / look.mails:.1%} of {look.mails:,} failed ({low[0]:.1%} to {high[0]:.1%}); {others} "
        f"{elsewhere:.1%}: {look.ratio:.1f} times as much, at least {look.ratio_low:.1f} times{sure}",
        "next_step": look.advice,
        "kind": look.kind,
        "mails": look.mails,
        "rate_elsewhere": elsewhere,
        "ratio": look.ratio,
        "ratio_low": look.ratio_low,
        "q": found.q,
    }
