"""Reading saved records, whatever they were saved as."""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd
import pyarrow as pa

from ..errors import EmailrcdError
from .builder import empty
from .frame import typed
from .ledger import Ledger, is_ledger
from .parts import Parts


def read_records(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Read records that were saved: a file, a folder of parts, or a ledger.

    Parameters
    ----------
    path : str or path
        A ``.parquet``, ``.csv`` or ``.jsonl`` file written from a records frame, a folder that `emailrcd.Client.query_to` has
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
    try:
        return typed(_read(file), file.name)
    except (ValueError, OSError, pa.ArrowException) as exc:
        problem = type(exc).__name__
    raise EmailrcdError(f"{file.name} cannot be read ({problem}): it is damaged, or not what its name says.")


def _read(file: Path) -> pd.DataFrame:
    match file.suffix.lower():
        case ".parquet":
            return pd.read_parquet(file)
        case ".csv":
            frame = pd.read_csv(file, dtype="str", keep_default_na=False, na_values=[""], encoding="utf-8-sig")
            # Undoes what keeps a spreadsheet from taking an address for a formula.
            if "to_address" in frame:
                frame["to_address"] = frame["to_address"].str.replace(r"^'(?=\s*[=+\-@＝＋－＠])", "", regex=True)
            return frame
        case ".jsonl":
            frame = pd.read_json(file, lines=True, dtype=False)
            return frame if len(frame) else empty()
    raise EmailrcdError(
        f"{file.name} cannot be read as records. Saved records are .parquet, .csv or .jsonl files, "
        "folders of parts, or ledgers."
    )
