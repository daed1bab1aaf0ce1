"""Mail to an address, or to addresses that hold a text."""

from __future__ import annotations

import re
from contextlib import suppress
from sqlite3 import Connection

import idna

from .addresses import candidates, folded
from .rows import COLUMNS, STORED, Row, listed

MOST = 10_000
"""Mails that are found at most."""

_WHOLE = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def search(connection: Connection, text: str) -> list[tuple[Row, int]]:
    """Return at most `MOST` rows and one more, each with its source, of mail to the address `text`, or one that holds it."""
    (wanted,) = folded([text])
    if not _WHOLE.fullmatch(wanted):
        return _holding(connection, wanted)
    ids = listed(candidates(connection, wanted))
    sources = [source for (source,) in connection.execute("SELECT source FROM source")]
    rows = [(row, source) for source in sources for row in connection.execute(STORED, (ids, source))]
    addresses = folded([row[2] or "" for row, _ in rows])
    return [found for found, address in zip(rows, addresses, strict=True) if address == wanted][: MOST + 1]


def _holding(connection: Connection, part: str) -> list[tuple[Row, int]]:
    """Look through all mail: a part of an address is in no index."""
    spellings = {part}
    with suppress(idna.IDNAError):
        spellings.add(idna.encode(part.lstrip("@")).decode())
    patterns = ["%" + re.sub("([%_!])", r"!\1", spelling) + "%" for spelling in sorted(spellings)]
    where = " OR ".join(["to_address LIKE ? ESCAPE '!'"] * len(patterns))
    rows = connection.execute(f"SELECT {COLUMNS}, source FROM mail WHERE {where} LIMIT ?", (*patterns, MOST + 1))
    return [(row[:-1], row[-1]) for row in rows]
