"""Successful replies made to break the contract in one way each."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from .protocol import Payload

FOREIGN_ID = "1501010000001000001"
"""The id of the row nobody asked for."""

MALFORMED = b'<html>{"status": "0", "reason": '
WRONG_SHAPE = b'{"code": 200, "message": "ok", "data": []}'


def missing_rows(reply: Payload) -> Payload:
    """Drop a row, while ``nofound`` stays as it was."""
    return {**reply, "array": reply["array"][1:]}


def double_rows(reply: Payload) -> Payload:
    """Add a second row for an id that says the opposite of the first; for a settled id where there is one."""
    if not reply["array"]:
        return reply
    entry = next((entry for entry in reply["array"] if entry["status"] != "-1"), reply["array"][0])
    opposite = {**entry, "status": "0" if entry["status"] == "1" else "1", "receiveTime": ""}
    return {**reply, "array": [*reply["array"], opposite]}


def foreign_row(reply: Payload) -> Payload:
    """Add a row for an id that was not asked for."""
    foreign = {
        "emailId": FOREIGN_ID,
        "toAddress": "nobody.sandbox@mail1.example",
        "receiveTime": "2015-01-01T00:00:30+08:00",
        "status": "0",
    }
    return {**reply, "array": [*reply["array"], foreign]}


def counts(reply: Payload) -> Payload:
    """Count one failed mail more than there are rows for, as the vendor's own example does."""
    return {**reply, "fail": str(int(reply["fail"]) + 1)}


def bad_time(reply: Payload) -> Payload:
    """Give one row, a delivered one where there is one, a time that is none."""
    rows = [dict(entry) for entry in reply["array"]]
    if rows:
        next((entry for entry in rows if entry["status"] == "0"), rows[0])["receiveTime"] = "2021-02-30 25:61"
    return {**reply, "array": rows}


TAMPER: Mapping[str, Callable[[Payload], Payload]] = {
    "missing_rows": missing_rows,
    "double_rows": double_rows,
    "foreign_row": foreign_row,
    "counts": counts,
    "bad_time": bad_time,
}
"""What each fault does to a successful reply."""
