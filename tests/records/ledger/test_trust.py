"""What a ledger does not trust: answers from the future and rows in which a bit has flipped; what it makes of old files."""

from __future__ import annotations

import random
import sqlite3
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from emailrcd import Ledger
from emailrcd.errors import EmailrcdWarning, LedgerError
from emailrcd.records.builder import Answers
from emailrcd.records.ledger import Source
from emailrcd.records.ledger.answers import recall, remember
from emailrcd.records.ledger.schema import APPLICATION_ID

FIRST_SCHEMA = """
CREATE TABLE source (
    source INTEGER PRIMARY KEY,
    base_url TEXT NOT NULL,
    app_id TEXT NOT NULL,
    UNIQUE (base_url, app_id)
);
CREATE TABLE mail (
    source INTEGER NOT NULL,
    email_id TEXT NOT NULL,
    status TEXT NOT NULL,
    to_address TEXT,
    receive_time TEXT,
    error TEXT,
    first_asked INTEGER NOT NULL,
    last_asked INTEGER NOT NULL,
    PRIMARY KEY (source, email_id)
) WITHOUT ROWID;
CREATE TABLE change (
    source INTEGER NOT NULL,
    email_id TEXT NOT NULL,
    at INTEGER NOT NULL,
    status TEXT NOT NULL,
    PRIMARY KEY (source, email_id, at)
) WITHOUT ROWID;
CREATE TRIGGER status_changed AFTER UPDATE OF status ON mail WHEN old.status <> new.status BEGIN
    INSERT INTO change SELECT old.source, old.email_id, old.first_asked, old.status WHERE NOT EXISTS
        (SELECT 1 FROM change WHERE (source, email_id) = (old.source, old.email_id));
    INSERT INTO change SELECT new.source, new.email_id, new.last_asked, new.status WHERE NOT EXISTS
        (SELECT 1 FROM change WHERE (source, email_id, at) = (new.source, new.email_id, new.last_asked));
END;
"""

HERE = Source("https://api.itniotech.com/email", "app-1")
HOUR = 3_600_000_000
A, B, C, D = (f"251124090000100000{number}" for number in range(1, 5))


def now() -> int:
    return time.time_ns() // 1_000


def enter(ledger: Ledger, at: int, **status: str) -> None:
    n = len(status)
    addresses = [f"li.wei{number}@qq.com" for number in range(n)]
    times = ["2025-11-24T09:30:03+08:00"] * n
    remember(ledger, HERE, [Answers(list(status), list(status.values()), addresses, times, [None] * n, np.full(n, at))])


@pytest.mark.parametrize("status", ["delivered", "sending", "not_found", "invalid"])
def test_an_answer_from_the_future_is_asked_again_and_told(tmp_path, status):
    with Ledger(":memory:") as ledger:
        enter(ledger, now() + 8 * HOUR, **{A: status})
        enter(ledger, now() - HOUR, **{B: "delivered"})
        recalled = recall(ledger, HERE, [A, B], fresh_since=0)
        assert (set(recalled.rows), recalled.early, recalled.damaged) == ({B}, 1, 0)


@pytest.mark.parametrize("early", ["delivered", "sending"])
@pytest.mark.parametrize("right", ["failed", "sending", "not_found"])
def test_any_answer_of_a_right_clock_replaces_one_from_the_future(early, right):
    with Ledger(":memory:") as ledger:
        enter(ledger, now() - 2 * HOUR, **{A: "not_found"})
        enter(ledger, now() + 8 * HOUR, **{A: early})
        at = now()
        enter(ledger, at, **{A: right})
        record = ledger.records().iloc[0]
        assert (record["status"], record["queried_at"]) == (right, pd.Timestamp(at, unit="us", tz="UTC"))
        assert recall(ledger, HERE, [A], fresh_since=0).early == 0
        history = ledger.history(A)
        assert history["status"].tolist() == ["not_found", right][right == "not_found" :]
        assert (history["first_seen"] <= pd.Timestamp.now("UTC")).all()


def test_a_status_from_the_future_is_not_in_the_history():
    with Ledger(":memory:") as ledger:
        enter(ledger, now() + 8 * HOUR, **{A: "sending"})
        enter(ledger, now(), **{A: "delivered"})
        history = ledger.history(A)
        assert history["status"].tolist() == ["delivered"]
        assert (history["first_seen"] <= pd.Timestamp.now("UTC")).all()


def test_a_query_tells_what_it_asked_again(sandbox, tmp_path):
    ids = sandbox.sample_ids(30)
    client = sandbox.client()
    with Ledger(tmp_path / "history.sqlite") as ledger:
        answers = Answers(ids, ["failed"] * 30, [None] * 30, [None] * 30, [None] * 30, np.full(30, now() + 8 * HOUR))
        client.query(ids, ledger=ledger, progress=False)
        source = Source(*ledger.records().loc[0, ["base_url", "app_id"]])
        ledger.forget(ids=ids)
        remember(ledger, source, [answers])
        notices: list[str] = []
        records = client.query(ids, ledger=ledger, fresh_for=1e6, progress=False, on_notice=notices.append)
        assert (records["queried_at"] <= pd.Timestamp.now("UTC")).all()
        assert [notice[:47] for notice in notices] == ["30 answers of the ledger bear a time to come, a"]
        client.query(ids, ledger=ledger, fresh_for=1e6, progress=False, on_notice=notices.append)
        assert notices[1:] == ["30 ids were answered from the ledger and not asked."]


def test_a_merged_file_of_a_clock_that_was_ahead_is_told_and_loses(tmp_path):
    with Ledger(":memory:") as colleague:
        enter(colleague, now() + 8 * HOUR, **{A: "delivered", B: "sending"})
        colleague.to_parquet(tmp_path / "theirs.parquet")
    with Ledger(":memory:") as ledger:
        enter(ledger, now() - HOUR, **{A: "sending"})
        with pytest.warns(EmailrcdWarning, match="2 answers in theirs.parquet .* asked again"):
            ledger.merge_parquet(tmp_path / "theirs.parquet")
        assert ledger.records().set_index("email_id")["status"].to_dict() == {A: "sending", B: "sending"}
        assert recall(ledger, HERE, [B], fresh_since=0).early == 1


def flip(path: Path, generator: random.Random, needles: list[bytes]) -> None:
    """Flip a bit in what one of the `needles` stands in."""
    data = bytearray(path.read_bytes())
    needle = generator.choice(needles)
    place = data.index(needle) + generator.randrange(len(needle))
    data[place] ^= 1 << generator.randrange(8)
    path.write_bytes(data)


def test_a_flipped_bit_in_any_field_is_noticed(tmp_path):
    path, generator = tmp_path / "history.sqlite", random.Random(0)
    with Ledger(path) as ledger:
        enter(ledger, 1_763_964_000_000_000, **{A: "delivered", B: "failed"})
        ledger._database.rows("PRAGMA wal_checkpoint(TRUNCATE)")
        right = ledger.records().drop(columns="submitted_at_estimated")
    whole = path.read_bytes()
    needles = [
        A.encode() + b"delivered", b"li.wei0@qq.com", b"2025-11-24T09:30:03+08:00", (1_763_964_000_000_000).to_bytes(8)[1:],
    ]  # fmt: skip
    noticed = 0
    for _ in range(150):
        path.write_bytes(whole)
        flip(path, generator, needles)
        try:
            with Ledger(path) as ledger:
                recalled = recall(ledger, HERE, [A, B], fresh_since=0)
                for email_id, row in recalled.rows.items():
                    expected = right.set_index("email_id").loc[email_id]
                    assert (row[1], row[2]) == (expected["status"], expected["to_address"])
                    assert pd.Timestamp(row[3]) == expected["received_at"]
                    assert pd.Timestamp(row[5], unit="us", tz="UTC") == expected["queried_at"]
                records = ledger.records()
                noticed += bool(records.attrs["emailrcd"]["notices"])
                sound = records[records["status"] != "unanswered"].drop(columns="submitted_at_estimated")
                pd.testing.assert_frame_equal(
                    sound.reset_index(drop=True),
                    right[right["email_id"].isin(sound["email_id"])].reset_index(drop=True),
                )
        except LedgerError:
            noticed += 1
    assert noticed == 150


@pytest.mark.slow
def test_a_flipped_bit_anywhere_in_the_file_gives_no_wrong_answer(tmp_path):
    path, generator = tmp_path / "history.sqlite", random.Random(5)
    with Ledger(path) as ledger:
        for at, status in ((now() - 2 * HOUR, "sending"), (now() - HOUR, "delivered")):
            enter(ledger, at, **{f"251124{n:013}": status for n in range(1_000)})
        ledger._database.rows("PRAGMA wal_checkpoint(TRUNCATE)")
        right = ledger.records().set_index("email_id").drop(columns="submitted_at_estimated")
    whole = path.read_bytes()
    for _ in range(150):
        data = bytearray(whole)
        data[generator.randrange(len(data))] ^= 1 << generator.randrange(8)
        for file in path.parent.iterdir():
            file.unlink()
        path.write_bytes(data)
        try:
            with Ledger(path) as ledger:
                records = ledger.records()
        except LedgerError:
            continue
        sound = records[records["status"] != "unanswered"].set_index("email_id").drop(columns="submitted_at_estimated")
        assert sound.equals(right.loc[sound.index])
        assert len(sound) == len(right) or records.attrs["emailrcd"]["notices"]


def test_a_damaged_row_is_told_asked_again_and_replaced(tmp_path):
    with Ledger(tmp_path / "history.sqlite") as ledger:
        enter(ledger, now() - HOUR, **{A: "delivered", B: "failed"})
        ledger._database.rows(f"UPDATE mail SET to_address = 'somebody@else.com' WHERE email_id = '{A}'")
        recalled = recall(ledger, HERE, [A, B], fresh_since=0)
        assert (set(recalled.rows), recalled.damaged) == ({B}, 1)
        records = ledger.records()
        assert records["email_id"].tolist() == [A, B]
        assert records["status"].tolist() == ["unanswered", "failed"]
        assert records.loc[0, ["to_address", "queried_at"]].isna().all()
        assert "damaged" in records.loc[0, "error"]
        assert "1 row of the ledger is damaged" in records.attrs["emailrcd"]["notices"][0]
        assert len(ledger.find("somebody@else.com")) == 0
        enter(ledger, now(), **{A: "failed"})
        assert ledger.records()["status"].tolist() == ["failed", "failed"]
        assert ledger.find("li.wei0@qq.com")["email_id"].tolist() == [A]


def test_a_damaged_row_costs_the_others_of_a_commit_nothing_and_is_found_by_its_new_address():
    with Ledger(":memory:") as ledger:
        enter(ledger, now() - HOUR, **{A: "sending", B: "sending", C: "sending", D: "sending"})
        ledger._database.rows(f"UPDATE mail SET error = 'x' WHERE email_id IN ('{B}', '{C}')")
        ids, addresses = [A, B, C, D], ["new.a@qq.com", "new.b@qq.com", None, "new.d@qq.com"]
        statuses = ["delivered", "delivered", "not_found", "failed"]
        remember(ledger, HERE, [Answers(ids, statuses, addresses, [None] * 4, [None] * 4, np.full(4, now()))])
        assert ledger.records()["status"].tolist() == statuses
        for email_id, address in zip(ids, addresses, strict=True):
            assert address is None or ledger.find(address)["email_id"].tolist() == [email_id]


def test_a_row_that_slipped_to_another_application_is_damaged():
    with Ledger(":memory:") as ledger:
        enter(ledger, now() - HOUR, **{A: "delivered"})
        there = Source(HERE.base_url, "app-2")
        remember(ledger, there, [Answers([B], ["failed"], [None], [None], [None], np.full(1, now()))])
        ledger._database.rows(f"UPDATE mail SET source = 3 - source WHERE email_id = '{A}'")
        recalled = recall(ledger, there, [A, B], fresh_since=0)
        assert (set(recalled.rows), recalled.damaged) == ({B}, 1)


def test_a_damaged_change_is_no_part_of_a_history(tmp_path):
    with Ledger(tmp_path / "history.sqlite") as ledger:
        enter(ledger, now() - 2 * HOUR, **{A: "sending"})
        enter(ledger, now() - HOUR, **{A: "delivered"})
        ledger._database.rows("UPDATE change SET at = at + 1024 WHERE status = 'sending'")
        assert ledger.history(A)["status"].tolist() == ["delivered"]


def old_ledger(path: Path, mails: int) -> None:
    connection = sqlite3.connect(path)
    connection.executescript(f"{FIRST_SCHEMA} PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = 1;")
    connection.execute("INSERT INTO source VALUES (1, ?, ?)", HERE)
    rows = [
        (
            1,
            f"25112409{n:011}",
            "sending",
            f"user{n % 500}@qq.com",
            "",
            None,
            1_763_964_000_000_000,
            1_763_964_060_000_000,
        )
        for n in range(mails)
    ]
    connection.executemany("INSERT INTO mail VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)
    connection.execute("UPDATE mail SET status = 'delivered', last_asked = last_asked + 1 WHERE email_id LIKE '%0'")
    connection.commit()
    connection.close()


def test_a_ledger_of_the_first_version_is_brought_up_to_date(tmp_path):
    path = tmp_path / "history.sqlite"
    old_ledger(path, 30_000)
    with Ledger(path) as ledger:
        records = ledger.records()
        assert len(records) == len(ledger) == 30_000
        assert not records.attrs["emailrcd"]["notices"]
        assert records["status"].value_counts()["delivered"] == 3_000
        assert ledger.history(records["email_id"][0])["status"].tolist() == ["sending", "delivered"]
        assert len(ledger.find("USER7@qq.com")) == 60
        assert recall(ledger, HERE, [records["email_id"][1]], fresh_since=0).rows
    with Ledger(path) as ledger:
        pd.testing.assert_frame_equal(ledger.records(), records)


def test_an_interrupted_step_to_the_new_version_leaves_the_old_one(tmp_path, monkeypatch):
    path = tmp_path / "history.sqlite"
    old_ledger(path, 500)

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("emailrcd.records.ledger.addresses.enter", interrupted)
        with pytest.raises(KeyboardInterrupt):
            Ledger(path)
    with Ledger(path) as ledger:
        assert len(ledger.records()) == 500
