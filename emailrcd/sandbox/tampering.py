"""Replies made to break the contract, or to strain it, in one way each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random

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


def missing_rows(reply: Payload, _random: Random) -> None:
    """Drop a row, while ``nofound`` stays as it was."""
    del reply["array"][:1]


def double_rows(reply: Payload, _random: Random) -> None:
    """Add a second row for an id that contradicts the first: by its status, for an open mail by its address."""
    for row in sorted(reply["array"], key=_is_open)[:1]:
        if _is_open(row):
            other = {"toAddress": "nobody.sandbox@mail1.example"}
        else:
            other = {"status": "0" if row["status"] == "1" else "1", "receiveTime": ""}
        reply["array"].append(row | other)


def repeated_rows(reply: Payload, _random: Random) -> None:
    """Send every row twice."""
    reply["array"] *= 2


def foreign_row(reply: Payload, _random: Random) -> None:
    """Add a row for an id that was not asked for."""
    reply["array"].append(
        {
            "emailId": FOREIGN_ID,
            "toAddress": "nobody.sandbox@mail1.example",
            "receiveTime": "2015-01-01T00:00:30+08:00",
            "status": "0",
        }
    )


def counts(reply: Payload, random: Random) -> None:
    """Make one of the four counts wrong by one; the vendor's own example has such."""
    field = random.choice(_COUNTS)
    right = int(reply[field])
    reply[field] = str(right + random.choice((-1, 1)) if right else 1)


def bad_time(reply: Payload, _random: Random) -> None:
    """Give one row, a delivered one where there is one, a time that does not exist."""
    for row in sorted(reply["array"], key=_is_not_delivered)[:1]:
        row["receiveTime"] = "2021-02-30 25:61"


def bad_bytes(reply: Payload, random: Random) -> None:
    """Put a byte that is not UTF-8 into one address."""
    row = _row(reply, random)
    row["toAddress"] = "\udcff" + row.get("toAddress", "")


def unknown_status(reply: Payload, random: Random) -> None:
    """Give one row a status that is not documented."""
    _row(reply, random)["status"] = "2"


def missing_field(reply: Payload, random: Random) -> None:
    """Leave out a field of the reply or of one of its rows."""
    fields, name = _field(reply, random)
    del fields[name]


def wrong_type(reply: Payload, random: Random) -> None:
    """Give a field of the reply or of one of its rows a value of another type."""
    fields, name = _field(reply, random)
    fields[name] = random.choice(_STRANGE)


def numbers(reply: Payload, _random: Random) -> None:
    """Write numbers where the vendor documents strings of digits; they mean the same."""
    for fields in (reply, *reply["array"]):
        for name in fields.keys() & {"emailId", "status", *_COUNTS}:
            fields[name] = int(fields[name])


TAMPER: Mapping[str, Callable[[Payload, Random], None]] = {
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
"""What each fault does to a successful reply; where it has several forms, chance picks one."""


def _is_open(row: Payload) -> bool:
    return bool(row["status"] == "-1")


def _is_not_delivered(row: Payload) -> bool:
    return bool(row["status"] != "0")


def _row(reply: Payload, random: Random) -> Payload:
    """Pick a row; where there is none, one that nobody will see."""
    return random.choice(reply["array"] or [{}])


def _field(reply: Payload, random: Random) -> tuple[Payload, str]:
    """Pick a field that the contract needs, of the reply or of a row."""
    fields = random.choice([reply, _row(reply, random) or reply])
    return fields, random.choice([name for name in fields if name != "reason"])
