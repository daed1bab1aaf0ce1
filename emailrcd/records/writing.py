"""Writing records to a file."""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd

from ..files.tables import SUFFIXES, Suffix, to_bytes
from ..files.writer import target, write_whole
from .dates import check_zone
from .frame import is_sandbox


def write_records(records: pd.DataFrame, path: str | os.PathLike[str], tz: str = "Asia/Shanghai") -> Path:
    """Write records, or any other table, to a file; an older one of that name is replaced as a whole.

    Parameters
    ----------
    records : DataFrame
        A records frame, or any table. An index with a name becomes a column.
    path : str or path
        Ends in ``.xlsx``, ``.csv``, ``.parquet`` or ``.jsonl``, which tells the kind.
    tz : str
        The zone of times in XLSX, which knows no zones; the header names it. The other kinds keep the instant.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    EmailrcdError
        The name has another end, the folder does not exist, the file cannot be written, or the table is larger than a sheet
        of Excel.
    """
    file = target(path, SUFFIXES)
    suffix = next(each for each in SUFFIXES if each == file.suffix.lower())
    return write_whole(as_file(records, suffix, tz), file)


def as_file(records: pd.DataFrame, suffix: Suffix, tz: str = "Asia/Shanghai") -> bytes:
    """Return records as the content of a file, marked where they come from the sandbox."""
    check_zone(tz)
    return to_bytes(records, suffix, tz, "SANDBOX records" if is_sandbox(records) else "records")
