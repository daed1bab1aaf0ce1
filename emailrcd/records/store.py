"""A folder of Parquet parts being written: each whole, each telling of which ids it is."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pandas as pd
import pyarrow as pa
from pyarrow import parquet

from ..errors import EmailrcdError, in_place_of
from ..files.writer import clear_unfinished, whole_file

PART_ROWS = 100_000
"""Rows of every part but the last."""

_MANIFEST = "emailrcd.json"
_VERSION = 1
_NAME = re.compile(r"part-(\d{5,})\.parquet")
_MARK = b"emailrcd"


class Manifest(msgspec.Struct, frozen=True):
    """What a folder of parts says of itself: which server its ids were asked of, and whether all have been."""

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


class Store:
    """A folder that parts are written to.

    Parameters
    ----------
    directory : path
        Made, for its owner alone, if there is none.
    manifest : Manifest
        Which server the ids are asked of, for which application.

    Raises
    ------
    EmailrcdError
        The folder cannot be made, holds something else, or parts with the answers of another server or application.
    """

    def __init__(self, directory: str | os.PathLike[str], manifest: Manifest) -> None:
        self.directory = Path(directory).expanduser()
        self._manifest = manifest
        with in_place_of(OSError, error=self._unusable):
            self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            strangers = [name for name in os.listdir(self.directory) if not name.startswith(".")]
        self._claim(strangers)
        clear_unfinished(self.directory)

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

    def _unusable(self, why: str) -> EmailrcdError:
        return EmailrcdError(f"The folder {self.directory.absolute()} cannot be used: {why}. Choose another place.")

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
    with in_place_of(
        OSError,
        error=lambda why: EmailrcdError(f"The folder {directory.absolute()} cannot be read: {why}. Check its name."),
    ):
        names = os.listdir(directory)
    found = [(int(match[1]), directory / match[0]) for match in map(_NAME.fullmatch, names) if match]
    return dict(sorted(found))


def read_manifest(directory: Path) -> Manifest | None:
    """Return what a folder of parts says of itself; None if it is not one.

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


@contextmanager
def opened(file: Path) -> Iterator[parquet.ParquetFile]:
    """Open a part."""

    def unreadable(why: str) -> EmailrcdError:
        return EmailrcdError(f"{file.absolute()} cannot be read ({why}). Delete it, and query_to asks its ids again.")

    with in_place_of(OSError, pa.ArrowException, error=unreadable), parquet.ParquetFile(file) as part:
        yield part


def _mark(file: Path) -> _Mark:
    with opened(file) as part:
        metadata = part.schema_arrow.metadata or {}
    try:
        return msgspec.json.decode(metadata.get(_MARK, b""), type=_Mark)
    except msgspec.DecodeError:
        raise EmailrcdError(
            f"{file.absolute()} was not written by query_to. Name another folder, or move it away."
        ) from None
