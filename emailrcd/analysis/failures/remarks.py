"""Remarks: what the platform said about a mail when it was sent, joined by id, and grouped into reasons."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from ...errors import AmbiguousColumnError, EmailrcdError
from ...ids import rows_with_ids
from ..inputs import check_frame
from .dimensions import Mark, Mask, encoded
from .mails import REMARK

_MOST_REASONS = 50

Submissions = pd.DataFrame | str | os.PathLike[str] | Sequence[Any] | Mapping[str, Any]


def join(records: pd.DataFrame, submissions: Submissions) -> pd.DataFrame:
    """Put the platform's remarks beside the records, from saved replies of the sending endpoints or their callbacks.

    Parameters
    ----------
    records : DataFrame
        A records frame.
    submissions : DataFrame, path, JSON text or objects
        What you kept: a table with ``emailId`` and ``remark``; a file; replies as they came.

    Returns
    -------
    DataFrame
        The records with a column ``remark``, missing where none is known. Of several remarks for an id the last counts.

    Raises
    ------
    EmailrcdError
        There are no ``emailId`` and ``remark`` in `submissions`, or none of its ids is among the records.
    """
    records = check_frame(records)
    known = _remarks(submissions)
    remarks = records["email_id"].map(known)
    if len(records) and remarks.isna().all():
        raise EmailrcdError(
            f"None of the {len(known):,} ids with a remark is among the {len(records):,} records. Are these the submissions "
            "of the same mails?"
        )
    if REMARK in records:
        remarks = remarks.fillna(records[REMARK])
    return records.assign(**{REMARK: remarks.astype("str")})


def remark_marks(remarks: pd.Series[Any]) -> dict[Mark, Mask]:
    """Return which mails have the same remark: without addresses, ids and other numbers that differ from mail to mail."""
    codes, labels = pd.factorize(remarks)
    texts = (
        pd.Series(labels, dtype="str")
        .str.replace(r"<?\S+@\S+", "…", regex=True)
        .str.replace(r"\d{4,}|\b[0-9a-f]{8,}\b", "…", regex=True, case=False)
        .str.replace(r"\s+", " ", regex=True)
        .str.strip()
    )
    reasons, names = encoded(texts.where(texts != "").reindex(codes))
    marks = {}
    for code, text in enumerate(names[:_MOST_REASONS]):
        about, condition = f"the platform remarks “{text}”", f"remark == {json.dumps(text, ensure_ascii=False)}"
        mark = Mark("remark", about, "Read the remark: it is what the platform says.", condition=condition)
        marks[mark] = reasons == code
    return marks


def _remarks(submissions: Submissions) -> pd.Series[Any]:
    try:
        table, _ = rows_with_ids(submissions)
    except AmbiguousColumnError as exc:
        raise EmailrcdError(f"The submissions need emailId and remark. {exc}") from None
    name = next((name for name in table.columns if str(name).lower() == REMARK), None)
    if name is None:
        raise EmailrcdError(f"The submissions need emailId and remark. There are {', '.join(map(str, table.columns))}.")
    spoken = table[table[name].notna()]
    known = pd.Series(spoken[name].astype("str").to_numpy(), index=spoken["email_id"])
    return known[~known.index.duplicated(keep="last")]
