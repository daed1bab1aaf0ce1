"""How mail is found by its address: each is logged under a number made of its address, and the log is sorted now and then.

An index of SQLite would be written to in as many places as there are addresses in a commit, and would make the file larger by
a third. A log is written to at its end. Once it is long it is sorted into 256 pieces, by the first byte of the numbers, and
packed; whoever looks for an address reads one piece of each sorting, and the log.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from sqlite3 import Connection
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ..derived import mailboxes
from .rows import listed

_LOGGED = 65_536
"""Entries after which the log is sorted."""

_PIECES = 256
_ENTRY = np.dtype([("number", "<u4"), ("email_id", "<i8")])
_LOW = 0xFFFF
"""What is kept of a number in a piece, besides the byte that all of it have in common."""

_FITS = r"^(?:[1-9]\d{0,17}|[1-8]\d{18})$"
"""An id that 8 bytes hold; others are in a table of their own."""


def enter(connection: Connection, located: Sequence[tuple[str, str]]) -> None:
    """Log mail, given as ids and addresses."""
    if not located:
        return
    ids, addresses = [email_id for email_id, _ in located], [address for _, address in located]
    keys = mailboxes(pa.array(addresses, pa.large_string())).cast(pa.large_binary())
    numbers = np.fromiter(map(zlib.crc32, keys.to_pylist()), np.uint32, len(ids))
    texts = pa.array(ids, pa.large_string())
    fits = pc.match_substring_regex(texts, _FITS).to_numpy(zero_copy_only=False)
    others = ((int(numbers[place]), ids[place]) for place in np.flatnonzero(~fits))
    connection.executemany("INSERT OR IGNORE INTO address_other VALUES (?, ?)", others)
    if not fits.any():
        return
    entries = np.empty(np.count_nonzero(fits), _ENTRY)
    entries["number"] = numbers[fits]
    entries["email_id"] = texts.filter(pa.array(fits)).cast(pa.int64()).to_numpy()
    (logged,) = connection.execute("SELECT coalesce(max(place), 0) FROM address_log").fetchone()
    connection.execute("INSERT INTO address_log VALUES (?, ?)", (logged + len(entries), entries.tobytes()))
    if logged + len(entries) >= _LOGGED:
        _sort_log(connection)


def candidates(connection: Connection, address: str) -> list[str]:
    """Return the ids of mail to a folded address, and now and then one of other mail."""
    number = zlib.crc32(address.encode())
    (last,) = connection.execute("SELECT coalesce(max(place), -1) FROM address_index").fetchone()
    places = msgspec.json.encode(list(range(number >> 24, last + 1, _PIECES))).decode()
    pieces = connection.execute("SELECT entries FROM json_each(?) CROSS JOIN address_index ON place = value", (places,))
    found = [_unpacked(packed) for (packed,) in pieces]
    found += [np.frombuffer(entries, _ENTRY) for (entries,) in connection.execute("SELECT entries FROM address_log")]
    ids = {int(each) for entries in found for each in entries["email_id"][entries["number"] & _LOW == number & _LOW]}
    other = connection.execute("SELECT email_id FROM address_other WHERE number = ?", (number,))
    return [*map(str, ids), *(email_id for (email_id,) in other)]


def forget(connection: Connection, ids: Sequence[str]) -> None:
    """Forget mail with these ids."""
    connection.execute("DELETE FROM address_other WHERE email_id IN (SELECT value FROM json_each(?))", (listed(ids),))
    gone = np.array([int(email_id) for email_id in ids if re.match(_FITS, email_id)], np.int64)
    for place, packed in connection.execute("SELECT place, entries FROM address_index").fetchall():
        entries = _unpacked(packed)
        kept = entries[~np.isin(entries["email_id"], gone)]
        if len(kept) < len(entries):
            connection.execute("UPDATE address_index SET entries = ? WHERE place = ?", (_packed(kept), place))
    for place, logged in connection.execute("SELECT place, entries FROM address_log").fetchall():
        entries = np.frombuffer(logged, _ENTRY)
        kept = entries[~np.isin(entries["email_id"], gone)]
        if len(kept) < len(entries):
            connection.execute("UPDATE address_log SET entries = ? WHERE place = ?", (kept.tobytes(), place))


def _sort_log(connection: Connection) -> None:
    logged = connection.execute("SELECT entries FROM address_log ORDER BY place").fetchall()
    entries = np.concatenate([np.frombuffer(each, _ENTRY) for (each,) in logged])
    entries = entries[np.argsort(entries["number"] >> 24, kind="stable")]
    bounds = np.searchsorted(entries["number"] >> 24, np.arange(_PIECES + 1))
    (first,) = connection.execute("SELECT coalesce(max(place) + 1, 0) FROM address_index").fetchone()
    connection.executemany(
        "INSERT INTO address_index VALUES (?, ?)",
        ((first + piece, _packed(entries[bounds[piece] : bounds[piece + 1]])) for piece in range(_PIECES)),
    )
    connection.execute("DELETE FROM address_log")


def _packed(entries: npt.NDArray[Any]) -> bytes:
    """Return entries of one piece in some 7 bytes each: ids that lie near each other have most bytes in common."""
    columns = entries["email_id"].astype("<i8").view(np.uint8).reshape(-1, 8).T
    return zlib.compress(entries["number"].astype("<u2").tobytes() + columns.tobytes(), 1)


def _unpacked(packed: bytes) -> npt.NDArray[Any]:
    raw = zlib.decompress(packed)
    entries = np.empty(len(raw) // 10, _ENTRY)
    entries["number"] = np.frombuffer(raw, "<u2", len(entries))
    columns = np.frombuffer(raw, np.uint8, offset=2 * len(entries)).reshape(8, -1)
    entries["email_id"] = np.ascontiguousarray(columns.T).view("<i8").ravel()
    return entries
