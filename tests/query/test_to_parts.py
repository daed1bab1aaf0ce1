"""Queries in instalments: whole parts or none, nothing asked twice, nothing held that need not be."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
import threading
import time
import tracemalloc
import warnings
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emailrcd import Client, Parts, Sandbox, read_records
from emailrcd.api.credentials import SANDBOX
from emailrcd.errors import EmailrcdError, EmailrcdWarning, IdsError, QueryStopped
from emailrcd.query import client
from emailrcd.records.frame import COLUMNS, SETTLED, STATUSES

pytestmark = pytest.mark.usefixtures("quick_retries", "small_parts")

ROWS = 500


@pytest.fixture
def small_parts(monkeypatch):
    monkeypatch.setattr(client, "PART_ROWS", ROWS)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "answers"


def query_to(sandbox: Sandbox, folder: Path, ids: object, told: list[str] | None = None, **settings: object) -> Parts:
    notices = [] if told is None else told
    return sandbox.client().query_to(folder, ids, progress=False, on_notice=notices.append, **settings)


def asked(sandbox: Sandbox, since: int = 0) -> list[str]:
    return [email_id for call in sandbox.calls[since:] for email_id in call.ids]


@pytest.mark.parametrize("kind", [list, iter, pd.Series])
def test_parts_hold_what_a_query_returns(sandbox, folder, kind):
    ids = sandbox.sample_ids(1_201)
    parts = query_to(sandbox, folder, kind(ids))
    assert [len(records) for records in parts] == [500, 500, 201]
    assert parts.complete
    records = read_records(folder)
    assert records["email_id"].tolist() == ids
    assert Counter(asked(sandbox)) == Counter(ids)
    expected = sandbox.client().query(ids, progress=False)
    # What is open may have settled from one query to the next.
    settled = records["status"].isin(SETTLED)
    pd.testing.assert_frame_equal(
        records[settled].drop(columns="queried_at"), expected[settled].drop(columns="queried_at")
    )
    assert records.attrs["emailrcd"]["sandbox"]


def test_finished_parts_are_not_asked_again_and_missing_ones_are(sandbox, folder):
    ids = sandbox.sample_ids(1_300)
    query_to(sandbox, folder, ids)
    (folder / "part-00001.parquet").unlink()
    for source in (ids, iter(ids)):
        calls, told = len(sandbox.calls), []
        query_to(sandbox, folder, source, told)
        assert read_records(folder)["email_id"].tolist() == ids
    assert Counter(asked(sandbox)) == Counter(ids) + Counter(ids[500:1_000])
    assert len(sandbox.calls) == calls
    assert told == ["3 finished parts were there and not asked again."]


@given(st.lists(st.integers(0, 40), max_size=60), st.integers(1, 9))
@settings(max_examples=15)
def test_every_id_of_a_generator_is_in_one_part_where_it_first_appears(tmp_path_factory, numbers, rows):
    ids = [f"22080311123410{number:04}1" for number in numbers]  # with zeros at their end they would look rounded
    with pytest.MonkeyPatch.context() as patch, Sandbox() as sandbox:
        patch.setattr(client, "PART_ROWS", rows)
        parts = query_to(sandbox, tmp_path_factory.mktemp("x") / "y", iter(ids))
        distinct = list(dict.fromkeys(ids))
        assert parts.load()["email_id"].tolist() == distinct
        assert [len(records) for records in parts][:-1] == [rows] * ((len(distinct) - 1) // rows)
        assert Counter(asked(sandbox)) == Counter(distinct)


def test_repeated_ids_of_a_generator_are_told(sandbox, folder):
    ids, told = sandbox.sample_ids(700), []
    assert len(query_to(sandbox, folder, iter(ids + ids), told)) == 700
    assert told == ["700 duplicates are asked once."]


def test_of_a_generator_a_few_calls_are_drawn_before_the_first_is_made(sandbox, folder, monkeypatch):
    monkeypatch.setattr(client, "PART_ROWS", 100_000)
    ids, drawn = sandbox.sample_ids(20_000), 0
    drawn_at: list[int] = []

    def counted():
        nonlocal drawn
        for drawn, email_id in enumerate(ids, start=1):
            if len(sandbox.calls) > len(drawn_at):
                drawn_at.append(drawn)
            yield email_id

    one = sandbox.client(connections=1)
    one.query_to(folder, counted(), progress=False, on_progress=lambda progress: drawn_at.append(drawn))
    assert drawn_at[0] <= 2_000 + 8 * 200
    with pytest.raises(QueryStopped):
        one.query_to(folder.with_name("other"), counted(), progress=False, stop=_set())
    assert drawn <= 2_000 + 8 * 200


def _set() -> threading.Event:
    event = threading.Event()
    event.set()
    return event


def test_columns_of_a_frame_stand_beside_an_ids_first_appearance(sandbox, folder):
    frame = sandbox.sample_campaign(900)
    twice = pd.concat([frame, frame.assign(campaign="again")]).rename(columns={"template": "status"})
    told: list[str] = []
    parts = query_to(sandbox, folder, twice, told)
    records = parts.load()
    assert list(records.columns) == [*COLUMNS, "campaign", "input_status", "sent_at"]
    pd.testing.assert_series_equal(records["campaign"], frame["campaign"])
    pd.testing.assert_series_equal(records["sent_at"], frame["sent_at"])
    assert told[:2] == ["900 duplicates are asked once.", "Of rows with the same id the first one's columns are kept."]
    assert [notice for notice in told if "input_status" in notice] == told[2:]


def test_a_column_of_mixed_values_is_of_one_kind_in_all_parts(sandbox, folder):
    ids = sandbox.sample_ids(1_000)
    some = [None] * 500 + [True] * 500
    frame = pd.DataFrame({"email_id": ids, "vip": pd.Series(some, dtype=object), "text": [None] * 999 + ["x"]})
    dtypes = {str(records[["vip", "text"]].dtypes.to_dict()) for records in query_to(sandbox, folder, frame)}
    assert len(dtypes) == 1


def test_a_parquet_file_and_an_open_text_file_are_read_part_by_part(sandbox, folder, tmp_path):
    frame = sandbox.sample_campaign(1_100)
    pd.concat([frame, frame[:300]]).to_parquet(tmp_path / "mine.parquet")
    records = query_to(sandbox, folder, tmp_path / "mine.parquet").load()
    pd.testing.assert_frame_equal(records[["email_id", "campaign"]], frame[["email_id", "campaign"]])
    (tmp_path / "ids.txt").write_text("\n".join(frame["email_id"]))
    with (tmp_path / "ids.txt").open() as lines:
        assert query_to(sandbox, tmp_path / "other", lines).load()["email_id"].tolist() == frame["email_id"].tolist()


def test_what_is_no_id_in_a_parquet_file_is_named_by_its_row(sandbox, folder, tmp_path):
    frame = pd.DataFrame({"email_id": [*sandbox.sample_ids(800), "a b"]})
    frame.to_parquet(tmp_path / "mine.parquet")
    with pytest.raises(IdsError, match="row 801"):
        query_to(sandbox, folder, str(tmp_path / "mine.parquet"))
    (tmp_path / "mine.parquet").write_bytes(b"PAR1 no more")
    with pytest.raises(IdsError, match="cannot be read as a Parquet file"):
        query_to(sandbox, tmp_path / "other", str(tmp_path / "mine.parquet"))


def test_bad_ids_leave_no_folder_and_no_ids_an_empty_part(sandbox, folder):
    with pytest.raises(IdsError):
        query_to(sandbox, folder, ["a b"])
    assert not folder.exists()
    for source in ([], iter([])):
        assert len(query_to(sandbox, folder, source)) == 0


def test_other_ids_are_refused_before_anything_is_asked(sandbox, folder):
    ids = sandbox.sample_ids(1_200)
    query_to(sandbox, folder, ids)
    calls = len(sandbox.calls)
    for other in (ids[::-1], ids[:600], ids[:700] + ids[800:]):
        with pytest.raises(EmailrcdError, match="made from other ids"):
            query_to(sandbox, folder, other)
    with pytest.raises(EmailrcdError, match="made from other ids"):
        query_to(sandbox, folder, iter(ids[:500]))
    assert len(sandbox.calls) == calls


def test_stopped_it_leaves_whole_parts_and_goes_on_from_them(sandbox, folder):
    ids, stop = sandbox.sample_ids(5_000), threading.Event()

    def after_a_while(progress):
        if progress.done >= 2_000:
            stop.set()

    slow = sandbox.client(connections=2, max_rate=50)
    with pytest.raises(QueryStopped) as caught:
        slow.query_to(folder, ids, progress=False, on_progress=after_a_while, stop=stop)
    assert caught.value.records is None
    parts = Parts(folder)
    assert not parts.complete
    assert 0 < len(parts) < 5_000
    assert {len(records) for records in parts} == {ROWS}
    assert not (parts.load()["status"] == "unanswered").any()
    assert query_to(sandbox, folder, ids).load()["email_id"].tolist() == ids
    # Only what was in flight, or answered of a part that was not finished, is asked twice.
    assert len(asked(sandbox)) < 5_000 + 8 * ROWS


def test_with_a_ledger_nothing_settled_is_asked_twice(folder, tmp_path):
    now = time.time()
    # Time stands still: mail that settles between the two queries is rightly asked twice.
    with Sandbox(clock=lambda: now) as sandbox:
        ids = sandbox.sample_ids(4_000)
        # The ninth call ends the query, in the midst of a part.
        sandbox.inject("latency", times=8, seconds=0)
        sandbox.inject("-4", times=1)
        with pytest.raises(EmailrcdError):
            sandbox.client(connections=1).query_to(folder, ids[::-1], ledger=tmp_path / "l.sqlite", progress=False)
        notices: list[str] = []
        records = query_to(sandbox, folder, ids[::-1], notices, ledger=tmp_path / "l.sqlite").load()
        assert records["email_id"].tolist() == ids[::-1]
        settled = set(records.loc[records["status"].isin(SETTLED), "email_id"])
        count = Counter(asked(sandbox))
    # Only the call that was refused.
    assert sum(count[email_id] > 1 for email_id in settled) <= 200
    assert any("answered from the ledger" in notice for notice in notices)


def test_a_fatal_error_leaves_only_whole_parts(sandbox, folder):
    sandbox.inject("-4", times=50)
    with pytest.raises(EmailrcdError) as caught:
        query_to(sandbox, folder, sandbox.sample_ids(3_000))
    assert caught.value.code == "-4"
    assert all(len(pd.read_parquet(file)) == ROWS for file in folder.glob("*.parquet"))


def test_a_part_in_the_midst_of_which_the_query_ended_is_not_written(sandbox, folder):
    sandbox.inject("latency", times=2, seconds=0)
    sandbox.inject("-4", times=9)
    with pytest.raises(EmailrcdError):
        sandbox.client(connections=1).query_to(folder, sandbox.sample_ids(ROWS), progress=False)
    assert not list(folder.glob("part-*"))


def test_parts_with_ids_unanswered_are_told_and_asked_again(sandbox, folder):
    ids, told = sandbox.sample_ids(1_000), []
    sandbox.inject("malformed", times=2)
    patient = sandbox.client(attempts=1, connections=1)
    patient.query_to(folder, ids, progress=False, on_notice=told.append)
    assert "400 ids stay unanswered; the same call asks their parts again" in told[-1]
    told.clear()
    records = query_to(sandbox, folder, ids, told).load()
    assert not (records["status"] == "unanswered").any()
    assert told == ["1 finished part was there and not asked again."]


def test_notices_are_warned_about_where_the_client_was_called(sandbox, folder):
    ids = sandbox.sample_ids(10)
    sandbox.inject("bad_time", times=1)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        sandbox.client().query_to(folder, [*ids, ids[0]], progress=False)
    assert {warning.category for warning in caught} == {EmailrcdWarning}
    assert {warning.filename for warning in caught} == {__file__}
    assert any("receiveTime" in str(warning.message) for warning in caught)


def test_no_secret_is_in_a_part_or_its_folder(sandbox, folder):
    query_to(sandbox, folder, sandbox.sample_ids(600))
    for file in folder.iterdir():
        for secret in (SANDBOX.api_key, SANDBOX.api_secret):
            assert secret.encode() not in file.read_bytes()


def test_killed_it_leaves_only_whole_parts_and_loses_no_id(folder):
    script = textwrap.dedent(f"""
        import sys
        from emailrcd import Client, Sandbox
        from emailrcd.query import client
        client.PART_ROWS = {ROWS}
        ids = sys.stdin.read().split()
        api = Client(Sandbox.credentials, base_url=sys.argv[1], connections=4, max_rate=100)
        api.query_to(sys.argv[2], ids, progress=False, on_progress=lambda p: p.done >= 1_500 and print("far", flush=True))
    """)
    with Sandbox() as sandbox:
        ids = sandbox.sample_ids(6_000)
        command = [sys.executable, "-c", script, sandbox.base_url, str(folder)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
            child.stdin.write(" ".join(ids))
            child.stdin.close()
            assert child.stdout.readline() == "far\n"
            child.send_signal(signal.SIGKILL)
        assert all(len(pd.read_parquet(file)) == ROWS for file in folder.glob("part-*.parquet"))
        with Client(SANDBOX, base_url=sandbox.base_url, max_rate=None) as again:
            records = again.query_to(folder, ids, progress=False, on_notice=lambda _: None).load()
        assert records["email_id"].tolist() == ids
        assert records["status"].isin(STATUSES[:4]).all()


@pytest.fixture(scope="module")
def elsewhere():
    """A sandbox in a process of its own, so that what it remembers is not counted here."""
    code = "import emailrcd, sys; s = emailrcd.Sandbox(); print(s.base_url, flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        yield child.stdout.readline().strip()
        child.stdin.close()


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["csv", "txt", "jsonl", "parquet", "iterator"])
def test_memory_does_not_grow_with_the_number_of_ids(elsewhere, tmp_path, monkeypatch, kind):
    for name, size in (("files.table.ROWS", 300), ("files.parquet.ROWS", 300), ("ids.sources.ROWS", 300)):
        monkeypatch.setattr(f"emailrcd.{name}", size)
    few, many = 9_000, 36_000
    peaks = {}
    for n in (1_000, few, many):  # the first one loads what is loaded once
        frame = pd.DataFrame({"emailId": [f"22080311123410{k:05}" for k in range(n)], "campaign": "autumn"})
        source = write(frame, kind, tmp_path) if kind != "iterator" else (f"22080311123410{k:05}" for k in range(n))
        del frame
        tracemalloc.start()
        with Client(SANDBOX, base_url=elsewhere, connections=1, max_rate=None) as asking:
            asking.query_to(tmp_path / f"{n}", source, progress=False, on_notice=lambda _: None)
        peaks[n] = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    # An id that is held takes 68 bytes and more; how many parts are under way at once makes a difference of some 250,000.
    assert (peaks[many] - peaks[few]) / (many - few) < 20


def write(frame: pd.DataFrame, kind: str, folder: Path) -> Path:
    file = folder / f"mine{len(frame)}.{kind}"
    match kind:
        case "csv":
            frame.to_csv(file, index=False)
        case "txt":
            file.write_text("\n".join(frame["emailId"]))
        case "jsonl":
            frame.to_json(file, orient="records", lines=True)
        case "parquet":
            frame.to_parquet(file)
    return file
