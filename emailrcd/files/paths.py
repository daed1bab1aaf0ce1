"""Names of files, patterns and URLs: which files they stand for."""

from __future__ import annotations

import glob
import os
import re
from pathlib import Path
from typing import Any, BinaryIO, cast
from urllib.parse import urlsplit
from urllib.request import url2pathname

from ..errors import IdsError
from .cells import bare
from .table import Content, Landmarks

SUFFIXES = (
    ".txt", ".csv", ".tsv", ".xlsx", ".xls", ".xlsm", ".ods", ".json", ".jsonl", ".ndjson", ".parquet", ".gz", ".zip",
)  # fmt: skip
"""How the names of files mostly end; those with other ends are looked into, too."""

TABLES = (".csv", ".tsv", ".tab", ".psv")
"""Those that are tables, whatever their text looks like."""

_LONGEST_PATH = 1_000
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://\S+")


def names_files(source: object, landmarks: Landmarks) -> bool:
    """Tell whether `source` is the name of a file, a pattern or a URL, or several, rather than what is in them."""
    if isinstance(source, os.PathLike):
        return True
    if isinstance(source, list | tuple):
        return bool(source) and all(
            isinstance(item, str | os.PathLike) and names_files(item, landmarks) for item in source
        )
    if (
        not isinstance(source, str)
        or not source.strip()
        or len(source) > _LONGEST_PATH
        or "\n" in source.strip()
        or "\0" in source
    ):
        return False
    name = bare(source)
    if _URL.fullmatch(name):
        return name.lower().endswith(SUFFIXES) or not landmarks.within(name)
    return name.lower().endswith(SUFFIXES) or _is_file(source) or _is_file(name) or _is_folder(name)


def contents_of(source: Any) -> list[Content]:
    """Return the files that `source` names, which are there and can be read.

    Raises
    ------
    IdsError
        They cannot.
    """
    sources = source if isinstance(source, list | tuple) else [source]
    return [_content(file) for each in sources for file in _files(each)]


def _is_folder(name: str) -> bool:
    return any(sign in name for sign in (os.sep, os.altsep or os.sep)) and os.path.isdir(os.path.expanduser(name))


def _is_file(name: str) -> bool:
    return os.path.isfile(os.path.expanduser(name))


def _files(source: str | os.PathLike[str]) -> list[Path]:
    """Return the files that a path, a URL of this machine or a pattern names."""
    name = os.fspath(source)
    if isinstance(source, str) and not os.path.lexists(name):
        # Windows copies a path in quotes, or behind a direction mark.
        name = bare(name)
    if _URL.fullmatch(name):
        parts = urlsplit(name)
        if parts.scheme.lower() != "file":
            raise IdsError(
                f"{parts.scheme}://{parts.hostname or ''}… is a URL; nothing is fetched from the network. Download the file, "
                "and give its name."
            )
        name = url2pathname(parts.path)
    # Unlike Path.expanduser, this leaves the home of somebody unknown as it stands.
    file = Path(os.path.expanduser(name))
    if not os.path.lexists(file) and any(sign in name for sign in "*?["):
        found = sorted(Path(each) for each in glob.glob(str(file), recursive=True) if os.path.isfile(each))
        if not found:
            raise IdsError(f"No file matches the pattern {file}. Check the name and the folder.")
        return found
    if os.path.isdir(file):
        raise IdsError(f"{file} is a folder. Name a file in it: {', '.join(SUFFIXES)}.")
    return [file]


def _content(file: Path) -> Content:
    try:
        file.open("rb").close()
    except FileNotFoundError:
        raise IdsError(f"There is no file {file.absolute()}. Check the name and the folder.") from None
    except OSError as exc:
        raise IdsError(f"{file.absolute()} cannot be read: {exc.strerror or type(exc).__name__}.") from None
    return Content(file.name, lambda: cast("BinaryIO", file.open("rb")), file)
