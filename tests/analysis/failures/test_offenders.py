"""Addresses that failed before."""

from __future__ import annotations

from emailrcd.analysis.failures import investigate
from tests.analysis.failures.worlds import ordinary


def split(world):
    """Return earlier and later records of the same recipients: a hundred of them never take mail."""
    people = world.mails["to_address"].iloc[:600].to_numpy()
    which = world.random.integers(0, 600, len(world.mails))
    for column in ("to_address", "domain"):
        world.mails[column] = world.mails[column].iloc[:600].to_numpy()[which]
    dead = set(people[:60])
    world.plant(lambda mails: mails["to_address"].isin(dead), 1.0)
    records = world.records()
    return records.head(5_000), records.tail(3_000), dead


def test_addresses_that_failed_before_and_never_took_mail_are_found():
    earlier, later, dead = split(ordinary(2, 8_000))
    found = investigate(later, history=earlier)
    assert found.table.at[1, "kind"] == "history"
    assert set(found.mails(1)["to_address"]) == dead
    assert set(found.suppress["to_address"]) == dead


def test_mail_under_investigation_is_not_its_own_past():
    _, later, _ = split(ordinary(2, 8_000))
    assert "history" not in investigate(later, history=later).table["kind"].tolist()


def test_an_address_that_failed_once_is_no_offender():
    earlier, later, _ = split(ordinary(2, 8_000))
    once = earlier.drop_duplicates("to_address")
    assert "history" not in investigate(later, history=once).table["kind"].tolist()


def test_an_address_is_known_again_however_it_is_spelt():
    earlier, later, dead = split(ordinary(2, 8_000))
    spelt = earlier.assign(to_address=earlier["to_address"].str.upper().str.replace("@", "+news@"))
    found = investigate(later, history=spelt)
    assert set(found.mails(1)["to_address"]) == dead
