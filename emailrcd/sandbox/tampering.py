"""Replies made to break the contract, or to strain it, in one way each."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from .protocol import Payload

FOREIGN_ID = "1501010000001000001"
"""The id of the row nobody asked for."""

BODIES: Mapping[str, bytes] = {
    "malformed": b'Internal error: {"status": "0", "reason": ',
    "portal": b"<!DOCTYPE html><html><head><title>Welcome to SANDBOX WiFi</title></head><body>Please log in.</body></html>",
    "wrong_shape": b'{"code": 200, "message": "ok", "data": []}',
    "nested": b'{"status": "0", "reason": "success", "extra": ' + b"[" * 100_000,
}
"""What is sent in place of a reply, by the fault's name."""

_COUNTS = ("success", "fail", "sending", "nofound")
_STRANGE = (None, True, 1.5, {"value": "0"}, ["0"])


def missing_rows(reply: Payload, _luck: int) -> Payload:
    """Drop a row, while ``nofound`` stays as it was."""
    return {**reply, "array": reply["array"][1:]}


def double_rows(reply: Payload, _luck: int) -> Payload:
    """Add a second row for an id that contradicts the first: by its status, for an open mail by its address."""
    if not reply["array"]:
        return reply
    entry = next((entry for entry in reply["array"] if entry["status"] != "-1"), reply["array"][0])
    if entry["status"] == "-1":
        other = {**entry, "toAddress": "nobody.sandbox@mail1.example"}
    else:
        other = {**entry, "status": "0" if entry["status"] == "1" else "1", "receiveTime": ""}
    return {**reply, "array": [*reply["array"], other]}


def repeated_rows(reply: Payload, _luck: int) -> Payload:
    """Send every row twice."""
    return {**reply, "array": reply["array"] * 2}


def foreign_row(reply: Payload, _luck: int) -> Payload:
    """Add a row for an id that was not asked for."""
    foreign = {
        "emailId": FOREIGN_ID,
        "toAddress": "nobody.sandbox@mail1.example",
        "receiveTime": "2015-01-01T00:00:30+08:00",
        "status": "0",
    }
    return {**reply, "array": [*reply["array"], foreign]}


def counts(reply: Payload, luck: int) -> Payload:
    """Make one of the four counts too large or, where it is not 0, too small by one; the vendor's own example has such."""
    field = _COUNTS[luck % 4]
    right = int(reply[field])
    return {**reply, field: str(right - 1 if right and luck % 8 > 3 else right + 1)}


def bad_time(reply: Payload, _luck: int) -> Payload:
    """Give one row, a delivered one where there is one, a time that does not exist."""
    rows = [dict(entry) for entry in reply["array"]]
    if rows:
        next((entry for entry in rows if entry["status"] == "0"), rows[0])["receiveTime"] = "2021-02-30 25:61"
    return {**reply, "array": rows}


def bad_bytes(reply: Payload, luck: int) -> Payload:
    """Put a byte that is not UTF-8 into one address."""
    return _with_row(reply, luck, lambda row: {**row, "toAddress": "\udcff" + row["toAddress"]})


def unknown_status(reply: Payload, luck: int) -> Payload:
    """Give one row a status that is not documented."""
    return _with_row(reply, luck, lambda row: {**row, "status": "2"})


def missing_field(reply: Payload, luck: int) -> Payload:
    """Leave out a field of the reply or of one of its rows."""
    field, luck = _field(reply, luck)
    if field in reply:
        return _without(reply, field)
    return _with_row(reply, luck, lambda row: _without(row, field.removeprefix("row.")))


def wrong_type(reply: Payload, luck: int) -> Payload:
    """Give a field of the reply or of one of its rows a value of another type."""
    field, luck = _field(reply, luck)
    luck, choice = divmod(luck, len(_STRANGE))
    if field in reply:
        return {**reply, field: _STRANGE[choice]}
    return _with_row(reply, luck, lambda row: {**row, field.removeprefix("row."): _STRANGE[choice]})


def numbers(reply: Payload, _luck: int) -> Payload:
    """Write numbers where the vendor documents strings of digits; they mean the same."""
    rows = [{**row, "emailId": int(row["emailId"]), "status": int(row["status"])} for row in reply["array"]]
    return {**reply, **{field: int(reply[field]) for field in ("status", *_COUNTS)}, "array": rows}


TAMPER: Mapping[str, Callable[[Payload, int], Payload]] = {
    tamper.__name__: tamper
    for tamper in (
        missing_rows,
        double_rows,
        repeated_rows,
        foreign_row,
        counts,
        bad_time,
        bad_bytes,
        unknown_status,
        missing_field,
        wrong_type,
        numbers,
    )
}
"""What each fault does to a successful reply; the number given picks one where there are several forms."""


def _field(reply: Payload, luck: int) -> tuple[str, int]:
    """Pick a field that the contract needs, one of a row written ``row.<field>``; return it and the luck that is left."""
    fields = ["status", *_COUNTS, "array", *(f"row.{field}" for row in reply["array"][:1] for field in row)]
    luck, choice = divmod(luck, len(fields))
    return fields[choice], luck


def _with_row(reply: Payload, luck: int, change: Callable[[Payload], Payload]) -> Payload:
    rows = list(reply["array"])
    if rows:
        place = luck % len(rows)
        rows[place] = change(rows[place])
    return {**reply, "array": rows}


def _without(fields: Payload, field: str) -> Payload:
    return {name: value for name, value in fields.items() if name != field}
