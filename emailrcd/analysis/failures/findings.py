"""What an investigation found: the table, the mails behind each row, the working lists."""

from __future__ import annotations

import html
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from ...errors import EmailrcdError
from ...records.frame import is_sandbox
from ..statistics import wilson
from .addresses import suggested_domain, suggestions
from .conditions import condition, moment
from .dimensions import Mask, Remedy, Terms, without_time
from .judgement import Cause
from .mails import Mails
from .wording import in_words, term_in_words

CONFIDENCES = ("likely", "stated", "cannot be told apart", "minor", "consistent with", "unexplained")
"""The words of the column ``confidence``, strongest first; `Findings` says what they mean."""

_SAMPLES = 3
_DOMAINS_TOLD = 5

_COLUMNS = {
    "what": "str",
    "confidence": "str",
    "failed": "int64",
    "excess": "int64",
    "share": "float64",
    "evidence": "str",
    "next_step": "str",
    "condition": "str",
    "kind": "str",
    "mails": "int64",
    "rate": "float64",
    "rate_low": "float64",
    "rate_high": "float64",
    "rate_elsewhere": "float64",
    "ratio": "float64",
    "ratio_low": "float64",
    "q": "float64",
    "sample_ids": "str",
}


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
        failures = int((mails.failed & ~mails.earlier).sum())
        ranked = sorted(causes, key=_class)
        free = ~mails.earlier
        for cause in causes:
            free &= ~cause.members
        self._behind = [mails.rows[members & mails.failed] for members in [*(each.members for each in ranked), free]]
        words = [in_words(mails, cause.terms, cause.windows, _rate(mails, cause.members)) for cause in ranked]
        self._remedies: list[Remedy] = [remedy for *_, remedy in words]
        rows = [
            _row(records, mails, cause, what, next_step, cause.excess)
            for cause, (what, next_step, _) in zip(ranked, words, strict=True)
        ]
        rows.append(_rest(mails, free, failures - sum(cause.excess for cause in causes)))
        self.table = _table(rows, failures, self._samples())
        self.bursts = _bursts(mails, ranked)
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

    def _samples(self) -> list[str]:
        ids = self._records["email_id"]
        return [", ".join(ids.iloc[rows[:_SAMPLES]]) for rows in self._behind]

    def _not_looked_at(self) -> str:
        reasons = "; ".join(f"{name} ({reason})" for name, reason in self.left_out.items())
        return f"Not looked at: {reasons}." if reasons else ""

    def __repr__(self) -> str:
        return "\n".join(filter(None, [self.table.iloc[:, :7].to_string(justify="left"), self._not_looked_at()]))

    def _repr_html_(self) -> str:
        shown = self.table.loc[:, [*self.table.columns[:8], "sample_ids"]]
        with pd.option_context("display.max_colwidth", None):
            table = str(shown.to_html(formatters={"share": "{:.1%}".format}, border=0, justify="left"))
        # Notebooks align to the right and keep a cell on one line.
        table = table.replace("<td>", '<td style="text-align: left; white-space: normal; vertical-align: top">')
        notes = html.escape(self._not_looked_at())
        return f"{table}<p>{notes}</p>" if notes else table


def _class(cause: Cause) -> int:
    """Return what comes first: what is sure and large, other descriptions of it, what is small, what only an address tells."""
    if cause.rival:
        return 1
    return {"minor": 2, "consistent with": 3}.get(cause.confidence, 0)


def _rate(mails: Mails, members: Mask) -> float:
    return float(mails.failed[members].mean()) if members.any() else 0.0


def _table(rows: list[dict[str, Any]], failures: int, samples: list[str]) -> pd.DataFrame:
    table = pd.DataFrame(rows, index=pd.RangeIndex(1, len(rows) + 1, name="rank")).assign(sample_ids=samples)
    low, high = wilson(table["failed"], table["mails"])
    return (
        table.assign(
            share=table["excess"] / max(failures, 1),
            rate=table["failed"] / table["mails"].where(table["mails"] > 0),
            rate_low=low,
            rate_high=high,
        )
        .reindex(columns=list(_COLUMNS))
        .astype(_COLUMNS)
    )


def _row(records: pd.DataFrame, mails: Mails, cause: Cause, what: str, next_step: str, excess: int) -> dict[str, Any]:
    failed, count = int((cause.members & mails.failed).sum()), int(cause.members.sum())
    elsewhere = cause.rate_elsewhere
    ratio = failed / count / elsewhere if count else np.nan
    return {
        "what": _named(mails, cause, what),
        "confidence": cause.confidence,
        "failed": failed,
        "excess": excess,
        "evidence": _evidence(mails, cause, failed, count, ratio),
        "next_step": next_step,
        "condition": condition(records, mails, cause.terms, cause.windows),
        "kind": _kind(mails, cause.terms),
        "mails": count,
        "rate_elsewhere": elsewhere,
        "ratio": ratio,
        "ratio_low": cause.ratio_low,
        "q": cause.q,
    }


def _kind(mails: Mails, terms: Terms) -> str:
    kinds = {mails.dimensions[term.dimension].kind for term in terms}
    return next((kind for kind in ("time", "column") if kind in kinds), min(kinds))


def _named(mails: Mails, cause: Cause, what: str) -> str:
    """Add the other names of the same mails; a domain's provider, or a stretch of time by another name, is not one."""
    family = mails.dimensions[cause.terms[0].dimension].family
    others = [terms[0] for terms in cause.same if mails.dimensions[terms[0].dimension].family != family]
    names = [term_in_words(mails, term) for term in others]
    if cause.alone:
        return f"{what}, or where and when it was sent: nothing else was sent there and then to compare"
    if not names:
        return what
    if cause.tied:
        return f"{what}, or {', or '.join(names)}: the same mails"
    return f"{what} (the same mails: {', '.join(names)})"


def _evidence(mails: Mails, cause: Cause, failed: int, count: int, ratio: float) -> str:
    texts = []
    if count:
        low, high = wilson(pd.Series([failed]), pd.Series([count]))
        least = "" if np.isnan(cause.ratio_low) else f", at least {cause.ratio_low:.1f} times"
        texts.append(
            f"{failed / count:.1%} of {count:,} failed ({low[0]:.1%} to {high[0]:.1%}); elsewhere "
            f"{cause.rate_elsewhere:.1%}: {ratio:.1f} times as much{least}"
        )
    else:
        texts.append("all of its mail is told of above")
    now, earlier = ~mails.earlier, mails.earlier
    whole = mails.meeting(cause.terms, cause.windows)
    if mails.earlier.any():
        always = mails.meeting(without_time(mails.dimensions, cause.terms))
        texts.append(_share(mails, always & earlier, "in the time before"))
        if (always & now & ~whole).any():
            texts.append(_share(mails, always & now, "now, at any time,"))
        if cause.q is None:
            texts.append(_share(mails, whole & now, "in all, counting what rows above took"))
    if len(cause.terms) > 1:
        for term in cause.terms:
            others = tuple(other for other in cause.terms if other != term)
            name = " with ".join(term_in_words(mails, other) for other in others)
            texts.append(_share(mails, mails.meeting(others) & ~whole & now, f"otherwise of {name}"))
    mark = mails.dimensions[cause.terms[0].dimension].mark
    if mark is not None and mark.remedy == "correct":
        texts.append(_slips(mails, cause.members & mails.failed))
    if cause.q is not None:
        texts.append("q < 0.0001" if cause.q < 1e-4 else f"q = {cause.q:.4f}")
    return "; ".join(texts)


def _share(mails: Mails, members: Mask, where: str) -> str:
    count = int(members.sum())
    return f"{where} {_rate(mails, members):.1%} of {count:,}" if count else f"{where} no mail"


def _slips(mails: Mails, failed: Mask) -> str:
    domain = mails.dimensions[0]
    counts = np.bincount(domain.codes[failed & (domain.codes >= 0)], minlength=domain.size)
    names = [str(domain.labels[code]) for code in np.argsort(-counts, kind="stable") if counts[code]]
    told = [f"{name} for {suggested_domain(name)}" for name in names[:_DOMAINS_TOLD]]
    more = len(names) - len(told)
    return ", ".join([*told, f"{more:,} more"] if more else told)


def _rest(mails: Mails, free: Mask, excess: int) -> dict[str, Any]:
    failed, count = int((free & mails.failed).sum()), int(free.sum())
    pattern = "with no pattern beyond the ordinary" if 2 * failed < count else "and nothing tells them from the others"
    return {
        "what": "the rest: nothing found that explains it",
        "confidence": "unexplained",
        "failed": failed,
        "excess": excess,
        "evidence": f"{failed / count:.1%} of {count:,} other mails failed, {pattern}" if count else "no other mail",
        "next_step": "Ask the platform for the reasons of a few samples, or add the remarks it made when it took the mails."
        if failed
        else "",
        "condition": "",
        "kind": "rest",
        "mails": count,
    }


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
