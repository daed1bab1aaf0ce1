"""Records in many files: a folder of Parquet parts, each whole, each telling of which ids it is."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

import msgspec
import pandas as pd
import pyarrow as pa
from pyarrow import parquet

from .errors import EmailrcdError
from .files import whole_file
from .records import COLUMNS, dtyped, typed

PART_ROWS = 100_000
"""Rows of every part but the last."""

_MANIFEST = "emailrcd.json"
_VERSION = 1
_NAME = re.compile(r"part-(\d{5,})\.parquet")
_MARK = b"emailrcd"


class Manifest(msgspec.Struct, frozen=True):
    """What a folder of parts says of itself: whom its ids were asked, and whether all of them have been."""

    base_url: str
    app_id: str
    sandbox: bool = False
    rows: int = PART_ROWS
    complete: bool = False
    version: int = _VERSION


class _Mark(msgspec.Struct, frozen=True):
    """What a part says of itself in its metadata."""

    ids: str
    unanswered: int


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
        return sum(_opened(file).metadata.num_rows for file in self._files)

    def __iter__(self) -> Iterator[pd.DataFrame]:
        """Yield the records frame of each part."""
        return self.frames()

    @property
    def columns(self) -> pd.Index[str]:
        """The names of the columns, the user's after the nine."""
        names: list[str] = _opened(self._files[0]).schema_arrow.names
        return pd.Index(names)

    def frames(self, columns: Sequence[str] | None = None) -> Iterator[pd.DataFrame]:
        """Yield the records frame of each part, or only some of its columns.

        Raises
        ------
        EmailrcdError
            A part is damaged.
        """
        for file in self._files:
            frame = _read(file, columns)
            frame = typed(frame, file.name) if columns is None else dtyped(frame)
            frame.attrs = deepcopy(self.attrs)
            yield frame

    def load(self) -> pd.DataFrame:
        """Return all records as one frame; it has to fit in memory."""
        records = pd.concat(list(self), ignore_index=True)
        records.attrs = deepcopy(self.attrs)
        return records


class Store:
    """A folder that parts are written to.

    Parameters
    ----------
    directory : path
        Made, for its owner alone, if there is none.
    manifest : Manifest
        Whom the ids are asked.

    Raises
    ------
    EmailrcdError
        The folder cannot be made, holds something else, or parts with the answers of another server or application.
    """

    def __init__(self, directory: str | os.PathLike[str], manifest: Manifest) -> None:
        self.directory = Path(directory).expanduser()
        self._manifest = manifest
        try:
            self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            strangers = [name for name in os.listdir(self.directory) if not name.startswith(".")]
        except OSError as exc:
            problem = exc.strerror or type(exc).__name__
        else:
            self._claim(strangers)
            return
        raise EmailrcdError(f"The folder {self.directory.absolute()} cannot be used: {problem}. Choose another place.")

    def holds(self, number: int, ids: str) -> bool:
        """Tell whether the part with that number is finished: it is there, and every id of it has been answered.

        Parameters
        ----------
        number : int
            Counted from 0.
        ids : str
            The fingerprint of the ids that belong there.

        Raises
        ------
        EmailrcdError
            It holds other ids.
        """
        if not self.has(number):
            return False
        mark = _mark(self._file(number))
        if mark.ids != ids:
            raise self._other_ids(number)
        return not mark.unanswered

    def is_for(self, manifest: Manifest) -> bool:
        """Tell whether it holds the answers of that server for that application."""
        return manifest.base_url == self._manifest.base_url and manifest.app_id == self._manifest.app_id

    def has(self, number: int) -> bool:
        """Tell whether there is a part with that number."""
        return self._file(number).exists()

    def write(self, number: int, records: pd.DataFrame) -> None:
        """Write a part; it is there as a whole or not at all."""
        table = pa.Table.from_pandas(records, preserve_index=False)
        unanswered = int((records["status"] == "unanswered").sum())
        mark = msgspec.json.encode(_Mark(digest(records["email_id"].tolist()), unanswered))
        table = table.replace_schema_metadata({**(table.schema.metadata or {}), _MARK: mark})
        with whole_file(self._file(number)) as stream:
            parquet.write_table(table, stream)

    def finish(self, parts: int) -> None:
        """Say that the folder holds all ids, in that many parts.

        Raises
        ------
        EmailrcdError
            There are more parts: they hold other ids.
        """
        for number in part_files(self.directory):
            if number >= parts:
                raise self._other_ids(number)
        self._tell(msgspec.structs.replace(self._manifest, complete=True))

    def _claim(self, present: Sequence[str]) -> None:
        known = read_manifest(self.directory)
        if known is None:
            if present:
                raise EmailrcdError(
                    f"{self.directory.absolute()} is neither empty nor a folder of parts. Name a new folder."
                )
            self._tell(self._manifest)
        elif msgspec.structs.replace(known, complete=False) != self._manifest:
            raise EmailrcdError(
                f"{self.directory.absolute()} holds answers of {known.base_url} for the application {known.app_id} in parts "
                f"of {known.rows:,}, not of {self._manifest.base_url} for {self._manifest.app_id} in parts of "
                f"{self._manifest.rows:,}. Name another folder."
            )

    def _tell(self, manifest: Manifest) -> None:
        with whole_file(self.directory / _MANIFEST) as stream:
            stream.write(msgspec.json.encode(manifest))

    def _file(self, number: int) -> Path:
        return self.directory / f"part-{number:05}.parquet"

    def _other_ids(self, number: int) -> EmailrcdError:
        return EmailrcdError(
            f"{self.directory.absolute()} was made from other ids, or the same in another order: {self._file(number).name} "
            "does not hold the ids that belong there. Name another folder."
        )


def digest(ids: Sequence[str]) -> str:
    """Return a fingerprint of `ids` in their order."""
    return hashlib.blake2b("\n".join(ids).encode(), digest_size=16).hexdigest()


def part_files(directory: Path) -> dict[int, Path]:
    """Return the parts in a folder by their numbers, in order."""
    try:
        names = os.listdir(directory)
    except OSError as exc:
        problem = exc.strerror or type(exc).__name__
    else:
        found = [(int(match[1]), directory / match[0]) for match in map(_NAME.fullmatch, names) if match]
        return dict(sorted(found))
    raise EmailrcdError(f"The folder {directory.absolute()} cannot be read: {problem}. Check its name.")


def read_manifest(directory: Path) -> Manifest | None:
    """Return what a folder of parts says of itself; None if it is none.

    Raises
    ------
    EmailrcdError
        It was written by another version, or is damaged.
    """
    file = directory / _MANIFEST
    if not file.exists():
        return None
    try:
        manifest = msgspec.json.decode(file.read_bytes(), type=Manifest)
    except (OSError, msgspec.DecodeError):
        manifest = None
    if manifest is None or manifest.version != _VERSION:
        raise EmailrcdError(f"{file.absolute()} is damaged, or of another version of emailrcd. Name another folder.")
    return manifest


def _opened(file: Path) -> parquet.ParquetFile:
    try:
        return parquet.ParquetFile(file)
    except (OSError, pa.ArrowException) as exc:
        problem = type(exc).__name__
    raise EmailrcdError(f"{file.absolute()} cannot be read ({problem}). Delete it, and query_to asks its ids again.")


def _mark(file: Path) -> _Mark:
    try:
        with _opened(file) as part:
            return msgspec.json.decode((part.schema_arrow.metadata or {}).get(_MARK, b""), type=_Mark)
    except msgspec.DecodeError:
        problem = f"{file.absolute()} was not written by query_to. Name another folder, or move it away."
    raise EmailrcdError(problem)


def _read(file: Path, columns: Sequence[str] | None) -> pd.DataFrame:
    with _opened(file) as part:
        try:
            frame: pd.DataFrame = part.read(None if columns is None else list(dict.fromkeys(columns))).to_pandas()
        except (OSError, pa.ArrowException) as exc:
            problem = type(exc).__name__
        else:
            return frame
    raise EmailrcdError(f"{file.absolute()} cannot be read ({problem}). Delete it, and query_to asks its ids again.")
