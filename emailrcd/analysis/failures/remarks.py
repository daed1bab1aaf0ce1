"""Remarks: what the platform said about a mail when it was sent, joined by id, and grouped into reasons."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ...errors import EmailrcdError, RoundedIdsError
from ..inputs import check_frame
from .dimensions import Dimension, Mark, encoded
from .mails import REMARK

_ID = "emailid"
_MOST_REASONS = 50

Submissions = pd.DataFrame | str | os.PathLike[str] | Sequence[Any] | Mapping[str, Any]


def join(records: pd.DataFrame, submissions: Submissions) -> pd.DataFrame:
    """Put the platform's remarks beside the records, from saved replies of the sending endpoints or their callbacks.

    Parameters
    ----------
    records : DataFrame
        A records frame.
    submissions : DataFrame, path, JSON text or objects
        What you kept: a table with ``emailId`` and ``remark``; a ``.csv``, ``.json`` or ``.jsonl`` file; replies as they came.

    Returns
    -------
    DataFrame
        The records with a column ``remark``, missing where none is known. Of several remarks for an id the last counts.

    Raises
    ------
    EmailrcdError
        There are no ``emailId`` and ``remark`` in `submissions`, or none of its ids is among the records.
    """
    check_frame(records)
    known = _remarks(_table(submissions))
    remarks = records["email_id"].map(known)
    if len(records) and remarks.isna().all():
        raise EmailrcdError(
            f"None of the {len(known):,} ids with a remark is among the {len(records):,} records. Are these the submissions "
            "of the same mails?"
        )
    if REMARK in records:
        remarks = remarks.fillna(records[REMARK])
    return records.assign(**{REMARK: remarks.astype("str")})


def remark_dimensions(remarks: pd.Series[Any]) -> list[Dimension]:
    """Sort mail by what the remarks say: without addresses, ids and other numbers that differ from mail to mail."""
    codes, labels = pd.factorize(remarks)
    texts = (
        pd.Series(labels, dtype="str")
        .str.replace(r"<?\S+@\S+", "…", regex=True)
        .str.replace(r"\d{4,}|\b[0-9a-f]{8,}\b", "…", regex=True, case=False)
        .str.replace(r"\s+", " ", regex=True)
        .str.strip()
    )
    reasons, names = encoded(texts.where(texts != ""))
    reason = np.append(reasons, np.int32(-1))[codes]
    return [
        Dimension(mark.about, mark.kind, "class", np.where(reason == code, 0, -1).astype(np.int32), [True], mark=mark)
        for code, mark in enumerate(map(remark_mark, names[:_MOST_REASONS]))
    ]


def remark_mark(text: str) -> Mark:
    """Return the class of mails with the same remark."""
    about, advice = f"the platform remarks “{text}”", "Read the remark: it is what the platform says."
    return Mark("remark", about, advice, stated=True, condition=f"remark == {json.dumps(text, ensure_ascii=False)}")


def _remarks(table: pd.DataFrame) -> pd.Series[Any]:
    names = {str(name).replace("_", "").lower(): name for name in table.columns}
    if _ID not in names or REMARK not in names:
        raise EmailrcdError(
            "The submissions need emailId and remark. There are "
            f"{', '.join(map(str, table.columns)) or 'no columns at all'}."
        )
    ids = table[names[_ID]]
    if pd.api.types.is_float_dtype(ids.dtype):
        raise RoundedIdsError(
            "The emailId of the submissions are floating-point numbers, so they are rounded. Read them as text."
        )
    remarks = table[names[REMARK]]
    spoken = (ids.notna() & remarks.notna()).to_numpy()
    known = pd.Series(remarks[spoken].astype("str").to_numpy(), index=ids[spoken].astype("str").str.strip())
    return known[~known.index.duplicated(keep="last")]


def _table(submissions: Submissions) -> pd.DataFrame:
    if isinstance(submissions, pd.DataFrame):
        return submissions
    if isinstance(submissions, str | os.PathLike):
        text = os.fspath(submissions)
        if text.lstrip()[:1] in ("[", "{"):
            return pd.DataFrame(list(_entries(_parsed(text))))
        file = Path(text).expanduser()
        if not file.is_file():
            raise EmailrcdError(f"There is no file {file.absolute()}. Check the name and the folder.")
        if file.suffix.lower() == ".csv":
            return pd.read_csv(file, dtype="str", encoding="utf-8-sig")
        return pd.DataFrame(list(_entries(_parsed(file.read_text(encoding="utf-8-sig")))))
    return pd.DataFrame(list(_entries(submissions)))


def _parsed(text: str) -> object:
    """Return what JSON says: one value, or one on each line."""
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        pass
    try:
        return [json.loads(line) for line in text.splitlines() if line.strip()]
    except json.JSONDecodeError as error:
        raise EmailrcdError(f"The submissions are no JSON ({error}). Give .json, .jsonl or .csv.") from None


def _entries(value: object) -> Iterator[Mapping[str, Any]]:
    """Yield the objects with an id, however deep they stand in replies."""
    if isinstance(value, Mapping):
        if any(str(name).replace("_", "").lower() == _ID for name in value):
            yield value
        else:
            for inner in value.values():
                yield from _entries(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _entries(inner)
