"""The table of an investigation: a row for each cause, with its evidence in words, and one for the rest."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from ...wording import interval, listed, percent
from ..statistics import wilson
from .addresses import suggested_domain
from .conditions import condition
from .dimensions import Mask, without_time
from .judgement import Cause
from .mails import Mails
from .wording import in_words, mail_in_words

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


def findings_table(
    records: pd.DataFrame, mails: Mails, causes: list[Cause], free: Mask, samples: list[str]
) -> pd.DataFrame:
    """Return the table: `causes` in their order, then the mail that none of them took, with some ids of each row."""
    now = ~mails.earlier
    failures = int((mails.failed & now).sum())
    rows = [_row(records, mails, cause) for cause in causes]
    rows.append(_rest(mails, free, failures - sum(cause.excess for cause in causes)))
    table = pd.DataFrame(rows, index=pd.RangeIndex(1, len(rows) + 1, name="rank")).assign(sample_ids=samples)
    low, high = wilson(table["failed"], table["mails"])
    rate = table["failed"] / table["mails"].where(table["mails"] > 0)
    share = table["excess"] / max(failures, 1)
    table = table.assign(share=share, rate=rate, rate_low=low, rate_high=high)
    return table.reindex(columns=list(_COLUMNS)).astype(_COLUMNS)


def _row(records: pd.DataFrame, mails: Mails, cause: Cause) -> dict[str, Any]:
    what, next_step, _ = in_words(mails, cause.terms, cause.windows, cause.rate)
    kinds = {mails.dimensions[term.dimension].kind for term in cause.terms}
    return {
        "what": _named(mails, cause, what),
        "confidence": cause.confidence,
        "failed": cause.failed,
        "excess": cause.excess,
        "evidence": "; ".join(_evidence(mails, cause)),
        "next_step": "It describes failures that other rows tell of, too: see which fits."
        if cause.rival
        else next_step,
        "condition": condition(records, mails, cause.terms, cause.windows),
        "kind": next((kind for kind in ("time", "column") if kind in kinds), min(kinds)),
        "mails": cause.mails,
        "rate_elsewhere": cause.rate_elsewhere,
        "ratio": cause.rate / cause.rate_elsewhere,
        "ratio_low": cause.ratio_low,
        "q": cause.q,
    }


def _named(mails: Mails, cause: Cause, what: str) -> str:
    """Add the other names of the same mails; a domain's provider, or a stretch of time by another name, is not one."""
    family = mails.dimensions[cause.terms[0].dimension].family
    others = [terms for terms in cause.same if mails.dimensions[terms[0].dimension].family != family]
    names = ", ".join(mail_in_words(mails, terms) for terms in others)
    if cause.alone:
        return f"{what}, or where and when it was sent: nothing else was sent there and then to compare"
    if not names:
        return what
    return f"{what}, or {names}: the same mails" if cause.tied else f"{what} (the same mails: {names})"


def _evidence(mails: Mails, cause: Cause) -> list[str]:
    texts = ["other rows tell of all its mail"]
    if cause.mails:
        low, high = wilson(pd.Series([cause.failed]), pd.Series([cause.mails]))
        least = "" if np.isnan(cause.ratio_low) else f", at least {_times(cause.ratio_low)}"
        texts = [
            f"{percent(cause.rate)} of {cause.mails:,} failed ({interval(low[0], high[0])}); elsewhere "
            f"{percent(cause.rate_elsewhere)}: {_times(cause.rate / cause.rate_elsewhere)} as much{least}"
        ]
    now = ~mails.earlier
    whole = mails.meeting(cause.terms, cause.windows)
    if mails.earlier.any():
        always = mails.meeting(without_time(mails.dimensions, cause.terms))
        if cause.q is None:
            texts.append(_share(mails, whole & now, "counting the mail of other rows,"))
        texts.append(_share(mails, always & ~now, "in the time before"))
        if (always & now & ~whole).any():
            texts.append(_share(mails, always & now, "now, at any time,"))
    for term in cause.terms if len(cause.terms) > 1 else ():
        others = tuple(other for other in cause.terms if other != term)
        rest = mails.meeting(others) & ~whole & now
        texts.append(_share(mails, rest, f"the rest of {mail_in_words(mails, others)}:"))
    mark = mails.dimensions[cause.terms[0].dimension].mark
    if mark is not None and mark.remedy == "correct":
        texts.append(_slips(mails, cause.members & mails.failed))
    if cause.q is not None:
        texts.append("q < 0.0001" if cause.q < 1e-4 else f"q = {cause.q:.4f}")
    return texts


def _times(ratio: float) -> str:
    return f"{ratio:.1f} times" if ratio < 100 else f"{ratio:,.0f} times"


def _share(mails: Mails, members: Mask, where: str) -> str:
    count = int(members.sum())
    return f"{where} {percent(mails.failed[members].mean())} of {count:,}" if count else f"{where} no mail"


def _slips(mails: Mails, failed: Mask) -> str:
    domain = mails.dimensions[0]
    counts = np.bincount(domain.codes[failed & (domain.codes >= 0)], minlength=domain.size)
    names = [str(domain.labels[code]) for code in np.argsort(-counts, kind="stable") if counts[code]]
    return listed((f"{name} for {suggested_domain(name)}" for name in names), len(names), _DOMAINS_TOLD)


def _rest(mails: Mails, free: Mask, excess: int) -> dict[str, Any]:
    failed, count = int((free & mails.failed).sum()), int(free.sum())
    other = "other " if count < (~mails.earlier).sum() else ""
    evidence = f"no {other}mail failed" if count else f"no {other}mail"
    if failed:
        pattern = (
            "with no pattern beyond the ordinary" if 2 * failed < count else "and nothing tells them from the others"
        )
        evidence = f"{percent(failed / count)} of {count:,} {other}mails failed, {pattern}"
    ask = "Ask the platform for the reasons of a few samples, or add the remarks it made when it took the mails."
    return {
        "what": "the rest: nothing found that explains it",
        "confidence": "unexplained",
        "failed": failed,
        "excess": excess,
        "evidence": evidence,
        "next_step": ask if failed else "",
        "condition": "",
        "kind": "rest",
        "mails": count,
    }
