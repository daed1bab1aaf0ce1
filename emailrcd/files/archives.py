"""What a file is by its first bytes, and packed files as what is in them."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile
import zlib
from collections.abc import Callable
from functools import partial
from pathlib import Path, PurePath
from typing import BinaryIO, cast

from ..errors import IdsError, in_place_of
from .table import Content

_CHUNK = 1 << 20
_LARGEST = 16 << 30
_MAGIC: dict[bytes, Callable[..., object]] = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ\0": lzma.open}
DAMAGES = (EOFError, OSError, ValueError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, RuntimeError)
"""What unpacking may raise."""

PACKED = (".gz", ".bz2", ".xz", ".zip")
"""How the names of packed files end."""

_FOREIGN = {
    b"%PDF": "a PDF document",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"7z\xbc\xaf\x27\x1c": "a 7-Zip archive: unpack it, and give what is in it",
    b"Rar!": "a RAR archive: unpack it, and give what is in it",
    b"\x28\xb5\x2f\xfd": "packed with Zstandard: unpack it, and give what is in it",
    b"ARROW1": "an Arrow (Feather) file: write it as Parquet",
    b"SQLite format 3": "an SQLite database: export the table as CSV",
    b"MIME-Version:": "a web page in one file (MHTML): save it in Excel as .xlsx",
    b"{\\rtf": "a document: export the table as CSV",
}
ZIP = b"PK\x03\x04"
OLE = b"\xd0\xcf\x11\xe0"


def unpacked(content: Content) -> list[Content]:
    """Return what is in a packed file; a file that is not packed, or a workbook, as it is.

    Raises
    ------
    IdsError
        It cannot be unpacked, or it is of a kind that holds no table.
    """
    with content.open() as opened:
        begin = opened.read(512)
    for magic, unpack in _MAGIC.items():
        if begin.startswith(magic):
            path = PurePath(content.name)
            name = path.stem if path.suffix.lower() in PACKED else content.name
            return unpacked(_checked(Content(name, partial(_opened, unpack, content)), content.name))
    for magic, what in _FOREIGN.items():
        if begin.startswith(magic):
            remedy = "" if ":" in what else ": export the table as CSV or Excel"
            raise IdsError(f"{content.name} is {what}{remedy}.")
    if begin[257:262] == b"ustar":
        raise IdsError(f"{content.name} is a tar archive: unpack it, and give what is in it.")
    if begin.startswith(ZIP):
        return _members(content)
    if PurePath(content.name).suffix.lower() in PACKED:
        raise IdsError(
            f"{content.name} is not an archive, whatever its name says. Name it for what it is, or get it again."
        )
    return [content]


def _members(content: Content) -> list[Content]:
    try:
        with content.open() as opened, zipfile.ZipFile(opened) as archive:
            names = [member.filename for member in archive.infolist() if not member.is_dir()]
    except DAMAGES:
        # Said by who reads workbooks, since most of them are.
        return [content]
    if "xl/workbook.xml" in names or "content.xml" in names:
        return [content]
    for folder, what in (("word/", "a Word document"), ("ppt/", "a presentation"), ("Index/", "a Numbers document")):
        if any(name.startswith(folder) for name in names):
            raise IdsError(f"{content.name} is {what}: export the table in it as CSV or Excel.")
    if "xl/workbook.bin" in names:
        raise IdsError(f"{content.name} is a binary workbook (.xlsb): save it in Excel as .xlsx.")
    wanted = [name for name in names if not name.startswith("__MACOSX/") and not PurePath(name).name.startswith(".")]
    if not wanted:
        raise IdsError(f"{content.name} is an archive (ZIP) with nothing in it.")
    members = [_checked(Content(PurePath(name).name, partial(_member, content, name)), content.name) for name in wanted]
    return [inner for member in members for inner in unpacked(member)]


def _opened(unpack: Callable[..., object], content: Content) -> BinaryIO:
    return cast("BinaryIO", unpack(_seekable(content)))


def _member(content: Content, name: str) -> BinaryIO:
    return cast("BinaryIO", zipfile.ZipFile(_seekable(content)).open(name))


def _seekable(content: Content) -> Path | io.BytesIO:
    """Return what need not be closed by who reads what is packed in it."""
    if content.path is not None:
        return content.path
    with content.open() as opened:
        return io.BytesIO(opened.read())


def _checked(content: Content, archive: str) -> Content:
    """Return what is in an archive once all of it has been unpacked, so that nothing can fail on the way."""
    with in_place_of(*DAMAGES, error=partial(_not_unpacked, archive)), content.open() as opened:
        size = 0
        while data := opened.read(_CHUNK):
            size += len(data)
            if size > _LARGEST:
                raise _not_unpacked(archive, "there is too much in it")
    return content


def _not_unpacked(archive: str, why: str) -> IdsError:
    return IdsError(
        f"{archive} cannot be unpacked ({why}): it is damaged, cut off or protected by a password. Get it again, or unpack "
        "it yourself and give what is in it."
    )
