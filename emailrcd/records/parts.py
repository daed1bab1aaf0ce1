"""Records in many files: a folder of Parquet parts, each whole, each telling of which ids it is."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

import pandas as pd

from ..errors import EmailrcdError
from .frame import COLUMNS, checked, typed
from .store import opened, part_files, read_manifest


class Parts:
    """Records in a folder of Parquet parts, read one part at a time; `emailrcd.Client.query_to` writes them.

    `summary`, `breakdown`, `timeline` and their charts take it in place of a frame. No id is in two parts.
    `submitted_at_estimated` is there for the whole column of a part or not at all: those of the parts that follow are not known
    when it is written.

    Parameters
    ----------
    directory : str or path
        The folder.

    Attributes
    ----------
    directory : Path
        The folder.
    complete : bool
        False while a query has not come to its end: ids are missing here.
    attrs : dict
        Where the records come from, as in the ``attrs`` of a frame.

    Raises
    ------
    EmailrcdError
        There is no such folder, or it holds no parts.

    Examples
    --------
    >>> import tempfile
    >>> from emailrcd import Sandbox
    >>> with Sandbox() as sandbox, tempfile.TemporaryDirectory() as folder:
    ...     parts = sandbox.client().query_to(folder, ["2208031112341000001", "2208031112341000003"])
    ...     [len(records) for records in parts], parts.complete
    ([2], True)
    """

    def __init__(self, directory: str | os.PathLike[str]) -> None:
        self.directory = Path(directory).expanduser()
        self._files = list(part_files(self.directory).values())
        manifest = read_manifest(self.directory)
        if manifest is None or not self._files:
            raise EmailrcdError(f"{self.directory.absolute()} holds no parts. Client.query_to writes them.")
        self.complete = manifest.complete
        self.attrs: dict[Any, Any] = {"emailrcd": {"base_url": manifest.base_url, "sandbox": manifest.sandbox}}
        lacking = [name for name in COLUMNS if name not in self.columns]
        if lacking:
            raise EmailrcdError(f"{self._files[0]} holds no records frame: it lacks the columns {', '.join(lacking)}.")

    def __repr__(self) -> str:
        unfinished = "" if self.complete else ", not complete"
        return f"<emailrcd.Parts {self.directory}, {len(self):,} records in {len(self._files):,} parts{unfinished}>"

    def __len__(self) -> int:
        """Return how many records there are."""
        return sum(map(_length, self._files))

    def __iter__(self) -> Iterator[pd.DataFrame]:
        """Yield the records frame of each part."""
        return self.frames()

    @property
    def columns(self) -> pd.Index[str]:
        """The names of the columns, the user's after the nine."""
        with opened(self._files[0]) as part:
            names: list[str] = part.schema_arrow.names
        return pd.Index(names)

    def frames(self, columns: Sequence[str] | None = None) -> Iterator[pd.DataFrame]:
        """Yield the records frame of each part, or only some of its columns.

        Raises
        ------
        EmailrcdError
            A part is damaged.
        """
        for file in self._files:
            with opened(file) as part:
                frame = part.read(None if columns is None else list(dict.fromkeys(columns))).to_pandas()
            frame = typed(frame, file.name) if columns is None else checked(frame, file.name, ())
            frame.attrs = deepcopy(self.attrs)
            yield frame

    def load(self) -> pd.DataFrame:
        """Return all records as one frame; it has to fit in memory."""
        records = pd.concat(list(self), ignore_index=True)
        records.attrs = deepcopy(self.attrs)
        return records


def _length(file: Path) -> int:
    with opened(file) as part:
        return int(part.metadata.num_rows)
