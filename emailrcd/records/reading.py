"""Reading saved records, whatever they were saved as."""

from __future__ import annotations

import os
import re
import warnings
from contextlib import suppress
from pathlib import Path

import pandas as pd

from ..errors import AmbiguousColumnError, EmailrcdError, EmailrcdWarning
from ..files.reader import tables_in_files
from ..ids import IdLandmarks, rows_with_ids
from .builder import empty
from .frame import COLUMNS, typed
from .ledger import Ledger, is_ledger
from .parts import Parts

_ZONE = re.compile(r" \(([A-Za-z]+(?:[/_+-][A-Za-z0-9_+-]+)*)\)$")


def read_records(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Read records that were saved: a file, a folder of parts, or a ledger.

    Parameters
    ----------
    path : str or path
        A file written from a records frame (Parquet, CSV, Excel, JSON lines), a folder that `emailrcd.Client.query_to` has
        written, or the file of an `emailrcd.Ledger`.

    Returns
    -------
    DataFrame
        The nine columns with their dtypes, then the user's as they were saved (text from CSV). Records that do not fit in
        memory are read part by part: `emailrcd.Parts`.

    Raises
    ------
    EmailrcdError
        There is nothing of that name, it is of another kind, or it does not hold records.
    """
    file = Path(path).expanduser()
    if file.is_dir():
        return Parts(file).load()
    if not file.is_file():
        raise EmailrcdError(f"There is no file {file.absolute()}. Check the name and the folder.")
    if is_ledger(file):
        with Ledger(file) as ledger:
            return ledger.records()
    return typed(_read(file), file.name)


def holds_records(file: Path) -> bool:
    """Tell whether a file holds records, and not ids: a ledger, or a table with all columns of records."""
    if is_ledger(file):
        return True
    try:
        block = next(iter(tables_in_files(file, IdLandmarks("email_id"))[0].blocks()), None)
    except EmailrcdError:
        return False
    return block is not None and set(COLUMNS) <= {_ZONE.sub("", str(name)) for name in block.frame.columns}


def _read(file: Path) -> pd.DataFrame:
    try:
        frame, notices = rows_with_ids(file, "email_id")
    except AmbiguousColumnError:
        # What is lacking is said by the check of the columns.
        return pd.DataFrame()
    if frame.empty and file.suffix.lower() == ".jsonl":
        return empty()
    for notice in notices:
        warnings.warn(notice, EmailrcdWarning, stacklevel=3)
    frame = _without_zones(frame)
    if file.suffix.lower() == ".parquet":
        return frame
    text: pd.DataFrame = frame.select_dtypes("str")
    frame[text.columns] = text.mask(text == "")
    if "to_address" in frame:
        # Undoes what keeps a spreadsheet from taking an address for a formula.
        frame["to_address"] = frame["to_address"].str.replace(r"^'(?=\s*[=+\-@＝＋－＠])", "", regex=True)
    return frame


def _without_zones(frame: pd.DataFrame) -> pd.DataFrame:
    """Return times of a workbook, which knows no zones, in the zones that its header names."""
    zones = {name: found[1] for name in frame.columns if (found := _ZONE.search(str(name)))}
    for name, zone in zones.items():
        values = frame[name]
        if pd.api.types.is_datetime64_dtype(values.dtype) or values.isna().all():
            with suppress(ValueError, KeyError):
                frame[name] = pd.to_datetime(values).dt.tz_localize(zone, ambiguous=True, nonexistent="shift_forward")
                frame = frame.rename(columns={name: _ZONE.sub("", str(name))})
    return frame
