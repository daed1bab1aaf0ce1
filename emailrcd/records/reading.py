"""Reading saved records, whatever they were saved as."""

from __future__ import annotations

import os
import re
import warnings
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import msgspec
import pandas as pd

from ..errors import AmbiguousColumnError, EmailrcdError, EmailrcdWarning
from ..files.reader import tables_in_files
from ..ids import IdLandmarks, rows_with_ids
from ..wording import quoted
from .builder import empty
from .frame import TIMES, are_of_records, typed, zone_in
from .ledger import Ledger, is_ledger
from .parts import Parts

_OFFSET = re.compile(r"(?:[Zz]|[+-]\d{2}:?\d{2})\s*$")


def read_records(source: str | os.PathLike[str] | BinaryIO) -> pd.DataFrame:
    """Read records that were saved: a file, a folder of parts, or a ledger.

    Parameters
    ----------
    source : str, path or open binary file
        A file written from a records frame (Parquet, CSV, Excel, JSON lines), a folder that `emailrcd.Client.query_to` has
        written, or the file of an `emailrcd.Ledger`. An open file needs a ``name`` that tells its kind; it cannot be a ledger.

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
    records, notices = records_and_notices(source)
    for notice in notices:
        warnings.warn(notice, EmailrcdWarning, stacklevel=2)
    return records


def records_and_notices(source: str | os.PathLike[str] | BinaryIO) -> tuple[pd.DataFrame, list[str]]:
    """Read records as `read_records` does, and return beside them what the user should know of how they were read."""
    if isinstance(source, list | tuple):
        raise EmailrcdError(
            "Records are read from one place at a time: read each, then put them together with pandas.concat."
        )
    if not isinstance(source, str | os.PathLike):
        return _of_table(source, Path(source.name).name)
    file = Path(source).expanduser()
    if file.is_dir():
        return _of_parts(Parts(file))
    if not file.is_file():
        raise EmailrcdError(f"There is no file {file.absolute()}. Check the name and the folder.")
    if is_ledger(file):
        with Ledger(file) as ledger:
            return ledger.records(), []
    return _of_table(file, file.name)


def holds_records(file: Path) -> bool:
    """Tell whether a file holds records, and not ids: a ledger, or a table with columns of records."""
    if is_ledger(file):
        return True
    try:
        block = next(iter(tables_in_files(file, IdLandmarks("email_id"))[0].blocks()), None)
    except EmailrcdError:
        return False
    return block is not None and are_of_records(block.frame.columns)


def _of_parts(parts: Parts) -> tuple[pd.DataFrame, list[str]]:
    records = parts.load()
    if parts.complete:
        return records, []
    unanswered = int((records["status"] == "unanswered").sum())
    notice = (
        f"{parts.directory.name} is not finished: it holds {len(records):,} ids, {unanswered:,} of them unanswered, and not "
        "those that were still to be queried. Whoever began it can go on with the same ids and the same folder."
    )
    records.attrs["emailrcd"] = records.attrs["emailrcd"] | {"notices": [notice]}
    return records, [notice]


def _of_table(source: Path | BinaryIO, name: str) -> tuple[pd.DataFrame, list[str]]:
    frame, notices = _read(source, Path(name).suffix.lower())
    records, origin = typed(frame, name), frame.attrs.get("emailrcd")
    records.attrs = {}
    # A file can bear anything under that name.
    with suppress(msgspec.ValidationError):
        records.attrs["emailrcd"] = msgspec.convert(origin, dict[str, str | bool | list[str]])
    return records, notices


def _read(source: Path | BinaryIO, suffix: str) -> tuple[pd.DataFrame, list[str]]:
    try:
        frame, notices = rows_with_ids(source, "email_id")
    except AmbiguousColumnError:
        # What is lacking is said by the check of the columns.
        return pd.DataFrame(), []
    if frame.empty and suffix == ".jsonl":
        return empty(), notices
    if suffix != ".parquet":
        text: pd.DataFrame = frame.select_dtypes("str")
        frame[text.columns] = text.mask(text == "")
        if "to_address" in frame:
            # Undoes what keeps a spreadsheet from taking an address for a formula.
            frame["to_address"] = frame["to_address"].str.replace(r"^'(?=\s*[=+\-@＝＋－＠])", "", regex=True)
    frame = _without_zones(frame)
    return frame, notices + _zoneless(frame)


def _without_zones(frame: pd.DataFrame) -> pd.DataFrame:
    """Return times of a workbook, which knows no zones, or of what was saved from one, in the zones that its header names."""
    for heading in frame.columns:
        name, zone = zone_in(str(heading))
        if not zone:
            continue
        times = pd.to_datetime(frame[heading], format="ISO8601", errors="coerce")
        if times.isna().equals(frame[heading].isna()):
            with suppress(ValueError, KeyError):
                frame[heading] = times.dt.tz_localize(zone, ambiguous=True, nonexistent="shift_forward")
                frame = frame.rename(columns={heading: name})
    return frame


def _zoneless(frame: pd.DataFrame) -> list[str]:
    """Say which times name no zone; they are read as UTC, and may be eight hours off."""
    notices = []
    for name in frame.columns.intersection(list(TIMES)):
        values = frame[name].dropna()
        if isinstance(values.dtype, pd.StringDtype):
            values = values[~values.str.contains(_OFFSET)]
        elif not pd.api.types.is_datetime64_dtype(values.dtype):
            continue
        if len(values):
            notices.append(
                f"Times in {name} name no zone, such as {quoted(str(values.iloc[0]))!r}, and were read as UTC. If they are of "
                "another zone, write it behind them, as in 2026-11-24T09:30:03+08:00."
            )
    return notices
