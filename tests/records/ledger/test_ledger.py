"""The local history: what it keeps, what it gives back, what it refuses, what it forgets."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import stat
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emailrcd import Ledger, read_records
from emailrcd.errors import EmailrcdError, LedgerError, RoundedIdsError
from emailrcd.records.builder import Answers, empty
from emailrcd.records.frame import COLUMNS, OPEN, SETTLED, STATUSES
from emailrcd.records.ledger import Source, default_path, opening
from emailrcd.records.ledger.answers import recall
from emailrcd.records.ledger.answers import remember as enter
from emailrcd.records.stuck import ADVICE

HERE = Source("https://api.itniotech.com/email", "app-1")
ELSEWHERE = Source("https://api.onbuka.com/v3/email", "app-1")
NOON = 1_763_964_000_000_000
MINUTE = 60_000_000
A, B, C = "2611240900001000001", "2611240900001000002", "2611240900001000003"
TIME = "2026-11-24T09:30:03+08:00"


def answers(at: int, **status: str) -> Answers:
    """Answers given `at` a time: ``answers(NOON, **{A: "sending"})``."""
    found = Answers.undecided(list(status))
    for place, (email_id, word) in enumerate(status.items()):
        found.status[place] = word
        if word in ("delivered", "failed", "sending"):
            found.address[place] = f"li.wei{email_id[-1]}@qq.com"
            found.time[place] = TIME if word == "delivered" else ""
        if word in ("invalid", "unanswered"):
            found.error[place] = "why"
    found.queried_at = np.full(len(status), at)
    return found


def remember(ledger: Ledger, at: int, source: Source = HERE, **status: str) -> None:
    enter(ledger, source, [answers(at, **status)])


def status_of(ledger: Ledger, email_id: str) -> str:
    records = ledger.records()
    return records.set_index("email_id")["status"][email_id]


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def ledger():
    with Ledger(":memory:") as ledger:
        yield ledger


@pytest.fixture
def path(tmp_path):
    return tmp_path / "history.sqlite"


def test_what_was_answered_comes_back_as_a_records_frame(ledger):
    remember(ledger, NOON, **{B: "failed", A: "delivered", C: "not_found"})
    records = ledger.records()
    assert tuple(records.columns) == (*COLUMNS, "base_url", "app_id", "first_asked")
    assert records[list(COLUMNS)].dtypes.equals(empty().dtypes)
    assert records["email_id"].tolist() == [A, B, C]
    assert records["status"].tolist() == ["delivered", "failed", "not_found"]
    assert records["to_address"].tolist()[:2] == ["li.wei1@qq.com", "li.wei2@qq.com"]
    assert records["received_at"][0] == pd.Timestamp(TIME)
    assert (records["queried_at"] == pd.Timestamp(NOON, unit="us", tz="UTC")).all()
    assert records["base_url"].tolist() == [HERE.base_url] * 3
    assert len(ledger) == 3


def test_an_empty_ledger_gives_an_empty_frame_and_is_a_ledger_all_the_same(ledger):
    assert ledger.records()[list(COLUMNS)].dtypes.equals(empty().dtypes)
    assert len(ledger) == len(ledger.stuck()) == len(ledger.history(A)) == 0
    assert ledger


def test_first_and_last_time_asked_are_kept(ledger):
    remember(ledger, NOON, **{A: "sending"})
    remember(ledger, NOON + MINUTE, **{A: "sending"})
    record = ledger.records().iloc[0]
    assert record["queried_at"] - record["first_asked"] == pd.Timedelta("1min")


def test_every_change_of_status_is_kept_with_its_time(ledger):
    for minutes, status in enumerate(("not_found", "sending", "sending", "delivered", "delivered")):
        remember(ledger, NOON + minutes * MINUTE, **{A: status, B: "delivered"})
    history = ledger.history(A)
    assert history["status"].tolist() == ["not_found", "sending", "delivered"]
    assert ((history["first_seen"] - history["first_seen"][0]) / pd.Timedelta("1min")).tolist() == [0, 1, 3]
    assert ledger.history(B)["status"].tolist() == ["delivered"]


def test_the_changes_of_all_mails_of_a_commit_are_kept(ledger):
    remember(ledger, NOON, **{A: "sending", B: "not_found", C: "sending"})
    remember(ledger, NOON + MINUTE, **{A: "delivered", B: "sending", C: "failed"})
    assert ledger.history(A)["status"].tolist() == ["sending", "delivered"]
    assert ledger.history(B)["status"].tolist() == ["not_found", "sending"]
    assert ledger.history(C)["status"].tolist() == ["sending", "failed"]


def test_of_two_answers_of_one_moment_the_first_stays(ledger):
    remember(ledger, NOON, **{A: "failed"})
    remember(ledger, NOON, **{A: "delivered"})
    assert status_of(ledger, A) == "failed"


@pytest.mark.parametrize("settled", SETTLED)
@pytest.mark.parametrize("status", [*OPEN, "invalid", "unanswered"])
def test_a_settled_answer_gives_way_to_a_settled_one_only(ledger, settled, status):
    remember(ledger, NOON, **{A: settled})
    before = ledger.records()
    remember(ledger, NOON + MINUTE, **{A: status})
    pd.testing.assert_frame_equal(ledger.records(), before)
    other = "failed" if settled == "delivered" else "delivered"
    remember(ledger, NOON + MINUTE, **{A: other})
    assert ledger.history(A)["status"].tolist() == [settled, other]


def test_an_answer_that_comes_late_does_not_replace_a_later_one(ledger):
    remember(ledger, NOON, **{A: "sending"})
    remember(ledger, NOON - MINUTE, **{A: "not_found"})
    assert status_of(ledger, A) == "sending"


def test_no_answer_is_not_kept(ledger):
    remember(ledger, NOON, **{A: "unanswered", B: "invalid"})
    assert ledger.records()["email_id"].tolist() == [B]


def test_an_id_means_another_mail_to_another_host_or_app(ledger):
    remember(ledger, NOON, **{A: "delivered"})
    remember(ledger, NOON, ELSEWHERE, **{A: "failed"})
    remember(ledger, NOON, Source(HERE.base_url, "app-2"), **{A: "sending"})
    assert len(ledger) == 3
    assert set(recall(ledger, HERE, [A], 0).rows) == {A}
    assert recall(ledger, HERE, [A], 0).rows[A][1] == "delivered"
    assert recall(ledger, Source("https://nobody", "app-1"), [A], 0).rows == {}
    assert ledger.history(A)["base_url"].nunique() == 2


def test_records_are_filtered_by_status_and_time(ledger):
    remember(ledger, NOON, **{A: "delivered", B: "sending"})
    remember(ledger, NOON + MINUTE, **{C: "failed"})
    assert ledger.records("sending")["email_id"].tolist() == [B]
    assert ledger.records(SETTLED)["email_id"].tolist() == [A, C]
    edge = pd.Timestamp(NOON + MINUTE, unit="us", tz="UTC").tz_convert("Asia/Shanghai")
    assert ledger.records(since=edge)["email_id"].tolist() == [C]
    assert ledger.records(until=edge)["email_id"].tolist() == [A, B]
    assert len(ledger.records(until=str(edge.tz_convert("UTC").tz_localize(None)))) == 2


@pytest.mark.parametrize(
    "wrong", [{"status": "bounced"}, {"since": "yesterday-ish"}, {"since": 20261116}, {"until": ""}]
)
def test_a_filter_that_makes_no_sense_is_refused_by_name(ledger, wrong):
    with pytest.raises(EmailrcdError, match="bounced|since|until"):
        ledger.records(**wrong)


def test_stuck_mail_is_listed_oldest_first_with_advice_by_age(ledger):
    now = pd.Timestamp.now("Asia/Shanghai")
    ages = [pd.Timedelta(age) for age in ("1min", "5h", "3D", "91D")]
    ids = {f"{now - age:%y%m%d%H%M%S}100000{n}": age for n, age in enumerate(ages)}
    for status in OPEN:
        remember(ledger, NOON, Source(HERE.base_url, status), **dict.fromkeys(ids, status))
    remember(ledger, NOON, **{A: "delivered"})
    stuck = ledger.stuck()
    assert len(stuck) == 8
    assert stuck["open_for"].is_monotonic_decreasing
    for status in OPEN:
        advice = stuck.loc[stuck["status"] == status, "advice"].tolist()
        sentences = [sentence for _, sentence in reversed(ADVICE[status])]
        assert advice == [*sentences[:1] * (len(ages) - len(sentences)), *sentences]
    assert stuck.loc[stuck["status"] == "not_found", "advice"].iloc[0].startswith("Probably expired")


def test_stuck_mail_whose_id_tells_no_time_is_as_old_as_the_first_question(ledger):
    began = pd.Timestamp.now("UTC") - pd.Timedelta("2h")
    remember(ledger, began.value // 1_000, opaque="sending")
    assert pd.Timedelta("2h") <= ledger.stuck()["open_for"][0] < pd.Timedelta("3h")


def test_repr_shows_the_place_and_no_address(ledger, path):
    remember(ledger, NOON, **{A: "delivered"})
    assert repr(ledger) == "<emailrcd.Ledger :memory:>"
    with Ledger(path) as ledger:
        assert str(path) in repr(ledger)


def test_the_file_and_its_side_files_are_readable_by_their_owner_alone(path):
    before = os.umask(0)
    try:
        with Ledger(path) as ledger:
            remember(ledger, NOON, **{A: "delivered"})
            files = sorted(path.parent.iterdir())
            assert [file.name for file in files] == [f"history.sqlite{end}" for end in ("", "-shm", "-wal")]
            assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    finally:
        os.umask(before)


def test_what_one_ledger_wrote_the_next_one_reads(path):
    with Ledger(path) as ledger:
        remember(ledger, NOON, **{A: "sending"})
        remember(ledger, NOON + 1, **{A: "failed"})
    with Ledger(str(path)) as ledger:
        assert ledger.history(A)["status"].tolist() == ["sending", "failed"]


def test_a_closed_ledger_says_so(path):
    ledger = Ledger(path)
    ledger.close()
    ledger.close()
    with pytest.raises(LedgerError, match="closed"):
        len(ledger)


# Files that are no ledger


def a_database_of_another_program(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.executescript("CREATE TABLE mail (a); INSERT INTO mail VALUES (1);")
    connection.close()


def text(path: Path) -> None:
    path.write_text("email_id\n2208031112341000001\n")


def another_version(path: Path) -> None:
    filled(path)
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 7")
    connection.close()


def other_tables(path: Path) -> None:
    filled(path)
    connection = sqlite3.connect(path)
    connection.execute("DROP TABLE change")
    connection.close()


def a_piece_overwritten(path: Path) -> None:
    filled(path)
    with path.open("r+b") as file:
        file.seek(5 * 4096)
        file.write(b"\xff" * 9_000)


def cut_short(path: Path) -> None:
    filled(path)
    os.truncate(path, path.stat().st_size - 6_000)


def header_damaged(path: Path) -> None:
    filled(path)
    with path.open("r+b") as file:
        file.seek(16)
        file.write(b"\xff" * 8)


def filled(path: Path) -> None:
    with Ledger(path) as ledger:
        remember(ledger, NOON, **{f"26112409000010{n:05}": "delivered" for n in range(2_000)})


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (a_database_of_another_program, "another program"),
        (text, "not an SQLite file"),
        (another_version, "version 7"),
        (other_tables, "damaged"),
        (a_piece_overwritten, "damaged"),
        (cut_short, "damaged"),
        (header_damaged, "damaged"),
    ],
)
def test_a_file_that_is_no_ledger_is_refused_and_left_byte_for_byte(path, make, told):
    make(path)
    before = digest(path)
    with pytest.raises(LedgerError, match=told) as caught:
        Ledger(path)
    assert str(path) in str(caught.value)
    assert digest(path) == before
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_an_empty_file_becomes_a_ledger(path):
    path.touch()
    with Ledger(path) as ledger:
        assert len(ledger) == 0


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(LedgerError, match="no folder .*nowhere"):
        Ledger(tmp_path / "nowhere" / "history.sqlite")


def test_a_folder_in_place_of_a_file_is_refused(tmp_path):
    with pytest.raises(LedgerError, match="not an SQLite file"):
        Ledger(tmp_path)


@pytest.mark.parametrize("what", ["file", "folder"])
def test_what_cannot_be_written_is_told_at_once(path, monkeypatch, what):
    filled(path)
    closed = path if what == "file" else path.parent
    real = os.access
    # The superuser, who often runs tests, may write everything.
    monkeypatch.setattr(os, "access", lambda name, mode: Path(name) != closed and real(name, mode))
    with pytest.raises(LedgerError, match="cannot be written"):
        Ledger(path)


def test_a_network_file_system_is_recognised_and_a_local_path_suggested(path, tmp_path, monkeypatch):
    mounts = tmp_path / "mounts"
    mounts.write_text(
        "/dev/vda / ext4 rw 0 0\n"
        f"nas:/home {path.parent.parent} nfs4 rw 0 0\n"
        "nas:/share /mnt/with\\040blank cifs rw 0 0\n"
        "/dev/vdb /mnt/with\\040blank/local xfs rw 0 0\n"
    )
    assert opening.network_file_system(path.parent, mounts) == "nfs4"
    assert opening.network_file_system(Path("/mnt/with blank/x"), mounts) == "cifs"
    assert opening.network_file_system(Path("/mnt/with blank/local/x"), mounts) is None
    assert opening.network_file_system(Path("/home"), mounts) is None
    assert opening.network_file_system(Path("/home"), tmp_path / "none") is None
    monkeypatch.setattr(opening.network_file_system, "__defaults__", (mounts,))
    with pytest.raises(LedgerError, match=r"nfs4.*/var/tmp/history.sqlite"):
        Ledger(path)
    assert not path.exists()


def test_the_default_place_is_the_users_data_folder_and_private(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert default_path() == tmp_path / "data" / "emailrcd" / "history.sqlite"
    assert stat.S_IMODE(default_path().parent.stat().st_mode) == 0o700
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "file"))
    with pytest.raises(LedgerError, match="cannot be made"):
        default_path()


# Trouble while it is used


def test_a_full_disk_is_told_and_what_was_committed_stays(path):
    with Ledger(path) as ledger:
        remember(ledger, NOON, **{A: "delivered"})
        pages = ledger._database.rows("PRAGMA page_count")[0][0]
        ledger._database.rows(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(LedgerError, match="disk is full"):
            remember(ledger, NOON, **{f"{n}": "delivered" for n in range(2_000)})
        assert len(ledger) == 1


def test_a_ledger_that_another_holds_is_told_after_a_while(path, monkeypatch):
    with Ledger(path) as ledger:
        ledger._database.rows("PRAGMA busy_timeout = 10")
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(LedgerError, match="locked by another process"):
            remember(ledger, NOON, **{A: "delivered"})
        other.execute("ROLLBACK")
        other.close()
        remember(ledger, NOON, **{A: "delivered"})


def test_an_error_of_sqlite_never_quotes_what_is_stored():
    error = sqlite3.OperationalError("near li.wei@qq.com")
    error.sqlite_errorname = "SQLITE_IOERR_READ"
    told = opening.in_words("/x", error)
    assert "SQLITE_IOERR_READ" in told
    assert "li.wei" not in told


def test_two_processes_write_one_ledger_at_once(path):
    script = textwrap.dedent("""
        import sys
        from emailrcd import Ledger
        from emailrcd.records.ledger import Source
        from emailrcd.records.ledger.answers import remember
        from emailrcd.records.builder import Answers
        who = int(sys.argv[2])
        with Ledger(sys.argv[1]) as ledger:
            for batch in range(50):
                answers = Answers.undecided([f"{who}-{batch}-{n}" for n in range(100)] + ["both"])
                answers.close(range(101), "not_found" if who else "sending", "")
                remember(ledger, Source("https://host/email", "app"), [answers.obtained()])
    """)
    running = [subprocess.Popen([sys.executable, "-c", script, path, str(who)]) for who in range(2)]
    assert [process.wait(60) for process in running] == [0, 0]
    with Ledger(path) as ledger:
        assert len(ledger) == 2 * 50 * 100 + 1
        assert ledger._database.rows("PRAGMA integrity_check") == [("ok",)]


# Forgetting


def traces(path: Path, needle: str) -> list[str]:
    return [file.name for file in path.parent.iterdir() if needle.encode() in file.read_bytes()]


def test_what_is_forgotten_leaves_no_byte_in_file_or_log(path):
    with Ledger(path) as ledger:
        remember(ledger, NOON, **{f"26112409010010{n:05}": "delivered" for n in range(3_000)})
        remember(ledger, NOON, **{A: "sending"})
        enter(ledger, HERE, [Answers([B], ["failed"], ["secret.person@qq.com"], [""], [None], np.array([NOON]))])
        remember(ledger, NOON + 1, **{B: "delivered"})
        enter(ledger, HERE, [Answers([B], ["failed"], ["secret.person@qq.com"], [""], [None], np.array([NOON + 2]))])
        assert traces(path, "secret.person")
        assert ledger.forget(ids=[B, "never seen"]) == 1
        assert traces(path, "secret.person") == []
        assert traces(path, B) == []
        assert len(ledger) == 3_001
        assert len(ledger.history(B)) == 0
        assert status_of(ledger, A) == "sending"


def test_mail_is_forgotten_by_age(ledger):
    remember(ledger, NOON, **{A: "delivered", B: "sending"})
    remember(ledger, NOON + MINUTE, **{B: "delivered", C: "failed"})
    assert ledger.forget(ids=C, before=pd.Timestamp(NOON, unit="us")) == 0
    assert ledger.forget(before=pd.Timestamp(NOON + MINUTE, unit="us")) == 1
    assert ledger.records()["email_id"].tolist() == [B, C]


def test_forgetting_nothing_in_particular_is_refused(ledger):
    with pytest.raises(EmailrcdError, match="what to forget"):
        ledger.forget()


@pytest.mark.parametrize("before", ["12/10/2026", "1.2.2026 09:00", "10-12-26"])
def test_nothing_is_forgotten_or_chosen_by_a_date_that_reads_two_ways(ledger, before):
    remember(ledger, NOON, **{A: "delivered"})
    with pytest.raises(EmailrcdError, match="before is .*can be read in several ways. Write"):
        ledger.forget(before=before)
    for limit in ("since", "until"):
        with pytest.raises(EmailrcdError, match=f"{limit} is .*can be read in several ways"):
            ledger.records(**{limit: before})
    assert len(ledger) == 1
    assert ledger.forget(before="24/10/2025") == 0
    assert ledger.forget(before="2026-10-12") == 1


def test_ids_that_pandas_read_as_integers_are_ids(ledger):
    remember(ledger, NOON, **{A: "delivered", B: "failed"})
    assert ledger.history(np.int64(A))["status"].tolist() == ["delivered"]
    assert ledger.forget(ids=pd.Series([int(A), int(B)])) == 2
    for refused in (lambda: ledger.history(float(A)), lambda: ledger.forget(ids=[float(A)])):
        with pytest.raises(RoundedIdsError, match="Give the id as text"):
            refused()


def test_what_is_forgotten_is_overwritten_before_the_file_is_written_anew(path):
    with Ledger(path) as ledger:
        assert ledger._database.rows("PRAGMA secure_delete") == [(1,)]
        remember(ledger, NOON, **{A: "delivered"})
        ledger._database.rows("PRAGMA wal_checkpoint(TRUNCATE)")
        ledger._database.rows("DELETE FROM mail")
        ledger._database.rows("DELETE FROM address_log")
        ledger._database.rows("PRAGMA wal_checkpoint(TRUNCATE)")
        assert traces(path, "li.wei") == []


def test_traces_that_another_reader_keeps_alive_are_told(path):
    with Ledger(path) as ledger:
        remember(ledger, NOON, **{A: "delivered"})
        ledger._database.rows("PRAGMA busy_timeout = 10")
        reader = sqlite3.connect(path, isolation_level=None)
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM mail").fetchall()
        with pytest.raises(LedgerError, match="traces remain"):
            ledger.forget(ids=[A])
        reader.execute("ROLLBACK")
        reader.close()
        assert ledger.forget(ids=[A]) == 0
        assert traces(path, "li.wei") == []


# Parquet


def test_parquet_gives_records_to_read_and_the_same_ledger_again(ledger, tmp_path):
    file = tmp_path / "history.parquet"
    remember(ledger, NOON, **{A: "sending", B: "invalid", C: "delivered"})
    remember(ledger, NOON + MINUTE, ELSEWHERE, **{A: "delivered"})
    remember(ledger, NOON + MINUTE, **{A: "failed"})
    assert ledger.to_parquet(file) == 4
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert read_records(file)["status"].tolist() == ledger.records()["status"].tolist()
    with Ledger(":memory:") as other:
        for _ in range(2):
            assert other.merge_parquet(file) == 4
            pd.testing.assert_frame_equal(other.records(), ledger.records())
            pd.testing.assert_frame_equal(other.history(A), ledger.history(A))
    assert [path.name for path in tmp_path.iterdir()] == [file.name]


def test_an_empty_ledger_is_written_and_merged_too(ledger, tmp_path):
    assert ledger.to_parquet(tmp_path / "empty.parquet") == 0
    assert ledger.merge_parquet(tmp_path / "empty.parquet") == 0


def test_merging_keeps_the_history_of_both(ledger, tmp_path):
    with Ledger(":memory:") as other:
        remember(other, NOON, **{A: "not_found", B: "sending", C: "delivered"})
        remember(other, NOON + 2 * MINUTE, **{A: "sending"})
        other.to_parquet(tmp_path / "other.parquet")
    remember(ledger, NOON + MINUTE, **{A: "sending", B: "delivered", C: "delivered"})
    remember(ledger, NOON + 3 * MINUTE, **{A: "failed"})
    ledger.merge_parquet(tmp_path / "other.parquet")
    assert ledger.history(A)["status"].tolist() == ["not_found", "sending", "failed"]
    assert ledger.history(B)["status"].tolist() == ["sending", "delivered"]
    assert ledger.history(C)["status"].tolist() == ["delivered"]
    assert (ledger.records()["first_asked"] == pd.Timestamp(NOON, unit="us", tz="UTC")).all()


def test_what_another_ledger_knew_first_is_history_also_where_both_agree_by_now(ledger, tmp_path):
    with Ledger(":memory:") as other:
        remember(other, NOON, **{A: "sending", B: "delivered"})
        other.to_parquet(tmp_path / "other.parquet")
    for minutes, status in enumerate(("not_found", "sending"), 1):
        remember(ledger, NOON + minutes * MINUTE, **{A: status, B: status})
    ledger.merge_parquet(tmp_path / "other.parquet")
    assert ledger.history(A)["status"].tolist() == ["sending", "not_found", "sending"]
    assert ledger.history(B)["status"].tolist()[0] == "delivered"


@pytest.mark.parametrize("make", ["none", "text", "records"])
def test_a_file_that_no_ledger_wrote_is_not_merged(ledger, tmp_path, make):
    file = tmp_path / "x.parquet"
    if make == "text":
        file.write_text("x")
    elif make == "records":
        empty().to_parquet(file)
    with pytest.raises(EmailrcdError, match="no file|cannot be read|not written by a ledger"):
        ledger.merge_parquet(file)


def test_a_place_that_cannot_be_written_is_told(ledger, tmp_path):
    with pytest.raises(EmailrcdError, match="no folder"):
        ledger.to_parquet(tmp_path / "none" / "x.parquet")
    (tmp_path / "x.parquet").mkdir()
    with pytest.raises(EmailrcdError, match="cannot be written"):
        ledger.to_parquet(tmp_path / "x.parquet")
    assert [path.name for path in tmp_path.iterdir()] == ["x.parquet"]


EVENTS = st.lists(st.tuples(st.sampled_from([A, B, C]), st.sampled_from(STATUSES)), max_size=30)


@settings(max_examples=60, deadline=None)
@given(events=EVENTS)
def test_each_mail_has_the_status_its_events_lead_to_and_a_history_without_repeats(events):
    expected: dict[str, str] = {}
    seen: dict[str, list[str]] = {}
    with Ledger(":memory:") as ledger:
        for minute, (email_id, status) in enumerate(events):
            remember(ledger, NOON + minute * MINUTE, **{email_id: status})
            old = expected.get(email_id)
            if status != "unanswered" and (status in SETTLED or old not in SETTLED):
                expected[email_id] = status
                if old != status:
                    seen.setdefault(email_id, []).append(status)
        records = ledger.records()
        assert dict(zip(records["email_id"], records["status"], strict=True)) == expected
        for email_id, statuses in seen.items():
            assert ledger.history(email_id)["status"].tolist() == statuses
        known = recall(ledger, HERE, [A, B, C], fresh_since=1e10).rows
        assert set(known) == {email_id for email_id, status in expected.items() if status in SETTLED}


def test_a_ledger_that_is_forgotten_closes_its_file(tmp_path):
    ledger = Ledger(tmp_path / "l.sqlite")
    connection = ledger._database._connection
    del ledger
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        connection.execute("SELECT 1")
