"""What an investigation found: the table, the mails behind each row, the working lists, the bursts."""

from __future__ import annotations

import html
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from ...errors import EmailrcdError
from ...records.frame import is_sandbox
from ...wording import percent
from .addresses import suggestions
from .conditions import moment
from .dimensions import Remedy
from .judgement import Cause, unclaimed
from .mails import Mails
from .table import findings_table
from .wording import in_words

_SAMPLES = 3


@dataclass(frozen=True, eq=False)
class Finding:
    """One row of the table, with its mails.

    Attributes
    ----------
    rank : int
        Its place in the table.
    what, confidence, evidence, next_step, condition : str
        As in the table.
    failed, excess : int
        As in the table.
    mails : DataFrame
        The failed mails behind it: rows of the records frame.
    """

    rank: int
    what: str
    confidence: str
    failed: int
    excess: int
    evidence: str
    next_step: str
    condition: str
    mails: pd.DataFrame = field(repr=False)


class Findings:
    """What an investigation found; a notebook shows the table.

    ``len(found)`` is the number of rows, ``found[1]`` the first of them with its mails, and a loop goes through all.

    The words of the column ``confidence``:

    ``likely``
        consistent with the failures, and strong: q ≤ 0.01 over all that was tried, a rate at least twice that elsewhere (lower
        bound), at least 5 % of all failures in excess. It is not proof: the API gives no reasons
    ``stated``
        somebody says so: the platform in a remark, or the DNS
    ``cannot be told apart``
        as strong, but several explanations cover the same mails; send differently to find out
    ``minor``
        smaller, or less certain: q ≤ 0.05
    ``consistent with``
        what the address itself tells, though too few mails for more; with ``before=`` also what fails no more than in the time
        before, and another description of what is new
    ``unexplained``
        the last row: all failures that no row claims

    Attributes
    ----------
    table : DataFrame
        One row per hypothesis, from 1, strongest first; the last one is the unexplained rest. ``what``, ``confidence``;
        ``failed``: failed mails behind it; ``excess``: those beyond what would be expected there; ``share`` of all failures
        that the excess makes up; ``evidence`` in words; ``next_step``; ``condition``: text for ``records.query(…)`` that
        selects all mail the row speaks of, also what an earlier row took; ``kind``; ``mails``: settled mails concerned;
        ``rate``, ``rate_low``, ``rate_high``: failed ÷ settled and its 95 % Wilson interval; ``rate_elsewhere``; ``ratio``,
        ``ratio_low``: of both, and its lower 95 % bound; ``q``: adjusted p; ``sample_ids``.
        The column ``excess`` adds up to all failures.
    bursts : DataFrame
        ``rank``, ``start`` and ``end`` of each stretch of time that a row of kind ``time`` tells of, in the zone of the
        investigation.
    left_out : dict
        Columns that were not looked at, and why.
    sandbox : bool
        Whether these are answers of the sandbox.
    """

    def __init__(self, records: pd.DataFrame, mails: Mails, causes: list[Cause]) -> None:
        self._records = records
        causes = _in_order(causes)
        free = unclaimed(mails, causes)
        self._behind = [mails.rows[members & mails.failed] for members in [*(cause.members for cause in causes), free]]
        self._remedies = [in_words(mails, cause.terms, cause.windows, cause.rate)[2] for cause in causes]
        samples = [", ".join(records["email_id"].iloc[rows[:_SAMPLES]]) for rows in self._behind]
        self.table = findings_table(records, mails, causes, free, samples)
        self.bursts = _bursts(mails, causes)
        self.left_out = dict(mails.left_out)
        self.sandbox = is_sandbox(records)

    def __len__(self) -> int:
        return len(self.table)

    def __getitem__(self, rank: int) -> Finding:
        if rank not in self.table.index:
            raise EmailrcdError(f"There is no row {rank}. The table has rows 1 to {len(self.table)}.")
        row = self.table.to_dict("index")[rank]
        told = {str(name): value for name, value in row.items() if name in Finding.__annotations__ and name != "mails"}
        return Finding(rank=rank, mails=self._records.iloc[self._behind[rank - 1]], **told)

    def __iter__(self) -> Iterator[Finding]:
        return (self[rank] for rank in self.table.index)

    def to_frame(self) -> pd.DataFrame:
        """Return a copy of the table."""
        return self.table.copy()

    def mails(self, rank: int) -> pd.DataFrame:
        """Return the failed mails behind a row of the table: rows of the records frame.

        Raises
        ------
        EmailrcdError
            There is no such row.
        """
        return self[rank].mails

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
        rows = [rows for rows, theirs in zip(self._behind, self._remedies, strict=False) if theirs == remedy]
        return self._records.iloc[np.sort(np.concatenate([*rows, np.zeros(0, np.intp)]).astype(np.intp))]

    def _not_looked_at(self) -> str:
        reasons = "; ".join(f"{name} ({reason})" for name, reason in self.left_out.items())
        return f"Not looked at: {reasons}." if reasons else ""

    def __repr__(self) -> str:
        return "\n".join(filter(None, [self.table.iloc[:, :7].to_string(justify="left"), self._not_looked_at()]))

    def _repr_html_(self) -> str:
        shown = self.table.loc[:, [*self.table.columns[:8], "sample_ids"]]
        shown = shown.assign(share=shown["share"].map(percent))
        with pd.option_context("display.max_colwidth", None):
            table = str(shown.to_html(border=0, justify="left"))
        # Notebooks align to the right and keep a cell on one line.
        table = table.replace("<td>", '<td style="text-align: left; white-space: normal; vertical-align: top">')
        notes = html.escape(self._not_looked_at())
        return f"{table}<p>{notes}</p>" if notes else table


def _in_order(causes: list[Cause]) -> list[Cause]:
    """Put what is sure and large first, then other descriptions of it, what is small, and what only an address tells."""
    order = {"minor": 2, "consistent with": 3}
    sure = any(cause.confidence not in order for cause in causes)
    return sorted(causes, key=lambda cause: 1 if cause.rival and sure else order.get(cause.confidence, 0))


def _bursts(mails: Mails, causes: list[Cause]) -> pd.DataFrame:
    rows: list[tuple[int, Any, Any]] = []
    for rank, cause in enumerate(causes, start=1):
        for term in sorted({*cause.terms, *cause.windows}):
            dimension = mails.dimensions[term.dimension]
            if dimension.name == "time":
                start, end = (moment(dimension.labels[edge], mails.tz) for edge in (term.low, term.high))
                rows.append((rank, start, end))
    time = pd.DatetimeTZDtype("us", mails.tz)
    return pd.DataFrame(rows, columns=["rank", "start", "end"]).astype({"rank": "int64", "start": time, "end": time})
