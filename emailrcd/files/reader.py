"""The way in: files, their content and pasted text, whatever they are, as tables in blocks."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from pathlib import PurePath
from typing import Any

from ..errors import IdsError, in_place_of
from .archives import OLE, PACKED, ZIP, unpacked
from .cells import bare
from .console import console_blocks, is_console_table
from .delimited import delimited_blocks
from .encodings import Text, as_text
from .ends import clean, lines_in
from .json_text import is_json_lines, json_blocks, json_line_blocks, parsed
from .layout import layout_of
from .parquet import MAGIC, parquet_table
from .paths import SUFFIXES, TABLES, contents_of
from .plain_text import is_table, plain_blocks
from .table import Block, Content, Landmarks, Table
from .workbooks import Sheet, workbook_tables

_FIRST_LINES = 1_000
"""By which a text is known."""

_JSON_LINES = (".jsonl", ".ndjson")
_BINARIES = (".xlsx", ".xls", ".xlsm", ".ods", ".parquet")
_JSON = re.compile(r"(?:\{|\[\s*\{)\s*\"")
"""Begins no table, whatever the name of the file says."""

_MARKUP = re.compile(r"(?i)<(?:!doctype|html|head|body|table|div|style|meta|\?xml|!--)")


def tables_in_files(source: Any, landmarks: Landmarks, sheet: Sheet = None) -> list[Table]:
    """Return the tables in the files that `source` names.

    Raises
    ------
    IdsError
        There is no such file, or it cannot be read.
    """
    return [table for content in contents_of(source) for table in tables_in(content, landmarks, sheet)]


def tables_in_bytes(data: bytes, name: str, landmarks: Landmarks, sheet: Sheet = None) -> list[Table]:
    """Return the tables in a file's content; a name without an end stands for text that was pasted."""
    return tables_in(Content(name, lambda: io.BytesIO(data)), landmarks, sheet, is_file=bool(PurePath(name).suffix))


def tables_in_open(file: Any, landmarks: Landmarks, sheet: Sheet = None) -> list[Table]:
    """Return the tables in a file that is open."""
    path = PurePath(file.name if isinstance(getattr(file, "name", None), str) else "the file given")
    # What gzip.open gives has been unpacked, and is called as it was before.
    name = path.stem if path.suffix.lower() in PACKED else path.name
    with in_place_of(OSError, ValueError, error=partial(_not_readable, name)):
        data = file.read()
    if isinstance(data, str):
        data = data.encode(errors="replace")
    if not isinstance(data, bytes | bytearray):
        raise IdsError(f"{name} returns {type(data).__name__}, and neither text nor bytes. Give the file itself.")
    return tables_in_bytes(bytes(data), name, landmarks, sheet)


def _not_readable(name: str, why: str) -> IdsError:
    return IdsError(
        f"{name} cannot be read ({why}): it is closed, open for writing alone, or in another encoding. Open it anew, or give "
        "its name."
    )


def tables_in(content: Content, landmarks: Landmarks, sheet: Sheet = None, *, is_file: bool = True) -> list[Table]:
    """Return the tables in a file: of an archive or a workbook there may be several.

    Raises
    ------
    IdsError
        It cannot be read.
    """
    inner = unpacked(content)
    if inner[0] is not content:
        # A packed file may be called what is in it is called.
        return [table for each in inner for table in tables_in(each, landmarks, sheet)]
    tables = _tables(content, landmarks, sheet)
    for table in tables:
        table.is_file = is_file
    return tables


def _tables(content: Content, landmarks: Landmarks, sheet: Sheet) -> list[Table]:
    with content.open() as opened:
        begin = opened.read(len(MAGIC))
    suffix = PurePath(content.name).suffix.lower()
    if begin in (ZIP, OLE):
        with content.open() as opened:
            return workbook_tables(opened.read(), content.name, landmarks, sheet)
    if begin == MAGIC:
        return [parquet_table(content)]
    return [_text_table(as_text(content), suffix, landmarks)]


def _text_table(text: Text, suffix: str, landmarks: Landmarks) -> Table:
    with text.open() as opened:
        begin = "".join(map(clean, islice(opened, _FIRST_LINES)))
    start = begin.lstrip()
    if suffix in _JSON_LINES and (not start or is_json_lines(begin) or start[:1] not in ("{", "[")):
        return _streamed(text, partial(json_line_blocks, landmarks=landmarks))
    if _MARKUP.match(start):
        raise IdsError(
            f"{text.name} is HTML or XML, whatever its name says. Open it in Excel and save it as .xlsx, or copy its table and "
            "paste that."
        )
    if suffix in _BINARIES:
        if not any(map(landmarks.within, begin.splitlines())):
            raise IdsError(
                f"{text.name} is not what its name says. Save it again, or name it for what it is: {', '.join(SUFFIXES)}."
            )
        text.notices.append(f"{text.name} is text, whatever its name says, and was read as that.")
    if suffix in TABLES and not _JSON.match(start):
        return _delimited(text, begin, landmarks)
    is_named = suffix == ".json"
    if (is_named or start[:1] in ("{", "[")) and (
        found := _json(text, begin, landmarks, is_named=is_named)
    ) is not None:
        return found
    if is_console_table(begin):
        return _streamed(text, partial(console_blocks, landmarks=landmarks))
    if is_table(begin, landmarks):
        return _delimited(text, begin, landmarks)
    return _entries(text, landmarks)


def _delimited(text: Text, begin: str, landmarks: Landmarks) -> Table:
    layout = layout_of(begin, landmarks)
    lines = [line for line in begin.splitlines() if line.strip()]
    if len(lines) == 1 and layout.names is None and layout.width > 1:
        cells = lines[0].split(layout.delimiter)
        if all(landmarks.is_value(cell) or not bare(cell) for cell in cells):
            # One line of ids is not a table of one row.
            return _entries(text, landmarks)
    return _streamed(text, partial(delimited_blocks, layout=layout, landmarks=landmarks))


def _entries(text: Text, landmarks: Landmarks) -> Table:
    table = _streamed(text, partial(plain_blocks, landmarks=landmarks))
    table.is_list = True
    return table


def _streamed(text: Text, blocks: Callable[[Table, Iterator[str]], Iterator[Block]]) -> Table:
    """Return a table that is read in blocks of the lines of its text."""
    table = Table(text.name, notices=list(text.notices))
    table.blocks = lambda: blocks(table, lines_in(text, table))
    return table


def _json(text: Text, begin: str, landmarks: Landmarks, *, is_named: bool) -> Table | None:
    """Return the table of a text that is called JSON or begins like it; None if it is entries in brackets."""
    if is_json_lines(begin) and (is_named or "{" in begin):
        return _streamed(text, partial(json_line_blocks, landmarks=landmarks))
    whole = _all(text).strip()
    try:
        value = parsed(whole)
    except ValueError as exc:
        problem = str(exc)
    else:
        return _streamed(text, lambda table, _: json_blocks(table, value, landmarks))
    if not is_named and (":" not in whole or (whole[0] == "[" and "{" not in whole)):
        return None
    raise IdsError(
        f"{text.name} is not JSON ({problem}): it may be damaged or cut off. Get the whole of it, or give the ids alone, as "
        "text."
    )


def _all(text: Text) -> str:
    with text.open() as opened:
        return opened.read()
