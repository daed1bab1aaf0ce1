"""Queries with a ledger: nothing settled is asked again, nothing committed is lost, order is kept."""

from __future__ import annotations

import datetime
import json
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections import Counter
from itertools import islice
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emailrcd import Client, Credentials, Ledger, Sandbox
from emailrcd.api.credentials import SANDBOX
from emailrcd.errors import EmailrcdError, LedgerError, QueryStopped
from emailrcd.query.progress import Progress
from emailrcd.records.frame import OPEN, SETTLED, STATUSES

pytestmark = pytest.mark.usefixtures("quick_retries")

HOUR = 3_600.0


class Clock:
    """The sandbox's time, moved by hand."""

    def __init__(self) -> None:
        self.now = time.time()

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def path(tmp_path):
    return tmp_path / "history.sqlite"


def asked(sandbox: Sandbox, since: int = 0) -> list[str]:
    return [email_id for call in sandbox.calls[since:] for email_id in call.ids]


def query(sandbox: Sandbox, ids: object, ledger: object, **settings: object) -> pd.DataFrame:
    return sandbox.client().query(ids, ledger=ledger, progress=False, on_notice=lambda _: None, **settings)


def test_settled_mail_is_not_asked_again_and_open_mail_is(sandbox, path):
    ids = sandbox.sample_ids(2_000)
    first = query(sandbox, ids, path)
    calls = len(sandbox.calls)
    second = query(sandbox, ids, str(path))
    still_open = first.loc[first["status"].isin(OPEN), "email_id"].tolist()
    assert still_open
    assert asked(sandbox, calls) == still_open
    settled = first["status"].isin(SETTLED)
    pd.testing.assert_frame_equal(first[settled], second[settled])
    assert second["email_id"].tolist() == ids
    assert second.dtypes.equals(first.dtypes)


def test_refresh_asks_everything_and_the_ledger_learns_it(sandbox, path):
    ids = sandbox.sample_ids(300)
    with Ledger(path) as ledger:
        first = query(sandbox, ids, ledger)
        second = query(sandbox, ids, ledger, refresh=True)
        assert Counter(asked(sandbox)) == Counter(ids * 2)
        assert (second["queried_at"] > first["queried_at"]).all()
        assert (ledger.records()["queried_at"] > ledger.records()["first_asked"]).all()


@pytest.mark.parametrize("fresh_for", [60, datetime.timedelta(minutes=1)])
def test_open_mail_is_not_asked_while_its_answer_is_fresh(sandbox, path, fresh_for):
    ids = sandbox.sample_ids(400)
    first = query(sandbox, ids, path)
    calls = len(sandbox.calls)
    second = query(sandbox, ids, path, fresh_for=fresh_for)
    assert len(sandbox.calls) == calls
    pd.testing.assert_frame_equal(first, second)
    query(sandbox, ids, path, fresh_for=0)
    assert len(sandbox.calls) == calls + 1


@pytest.mark.parametrize("fresh_for", [-1, float("nan"), "1h"])
def test_a_length_of_time_that_is_none_is_refused_by_name(sandbox, path, fresh_for):
    with pytest.raises(EmailrcdError, match="fresh_for"):
        query(sandbox, ["x"], path, fresh_for=fresh_for)


def test_it_is_told_how_many_ids_came_from_the_ledger_and_the_total_counts_the_others(sandbox, path):
    ids = sandbox.sample_ids(1_000)
    query(sandbox, ids[:600], path, fresh_for=60)
    told: list[str] = []
    seen: list[Progress] = []
    records = sandbox.client().query(
        ids, ledger=path, fresh_for=60, progress=False, on_notice=told.append, on_progress=seen.append
    )
    assert {progress.total for progress in seen} == {400}
    assert seen[-1].done == 400
    assert "600 ids were answered from the ledger and not asked." in told
    assert records.attrs["emailrcd"]["notices"] == told


def test_few_open_mails_among_many_settled_fill_the_calls(sandbox, path):
    ids = sandbox.sample_ids(8_000)
    query(sandbox, [email_id for n, email_id in enumerate(ids) if n % 20], path, fresh_for=60)
    calls = len(sandbox.calls)
    query(sandbox, ids, path, fresh_for=60)
    assert [call.count for call in sandbox.calls[calls:]] == [200, 200]


def test_rows_duplicates_and_columns_of_a_frame_are_as_without_a_ledger(sandbox, path):
    ids = sandbox.sample_ids(60)
    frame = pd.DataFrame({"emailId": ids + ids[::3], "status": range(80)}, index=range(80, 0, -1))
    query(sandbox, ids[10:40], path)
    with_ledger = query(sandbox, frame, path)
    without = sandbox.client().query(frame, progress=False, on_notice=lambda _: None)
    assert with_ledger.index.equals(without.index)
    # What is open may have settled from one query to the next.
    settled = with_ledger["status"].isin(SETTLED)
    pd.testing.assert_frame_equal(
        with_ledger[settled].drop(columns="queried_at"), without[settled].drop(columns="queried_at")
    )


def test_a_generator_is_looked_up_a_window_at_a_time(sandbox, path):
    ids = sandbox.sample_ids(30_000)
    query(sandbox, ids[:1_000] + ids[1_500:2_500], path, fresh_for=600)
    calls = len(sandbox.calls)
    drawn = 0
    ahead: list[int] = []

    def endless():
        nonlocal drawn
        for email_id in ids:
            drawn += 1
            yield email_id

    stop = threading.Event()

    def watch(progress: Progress) -> None:
        ahead.append(drawn - progress.done - 2_000)
        if progress.done > 3_000:
            stop.set()

    with pytest.raises(QueryStopped) as caught:
        sandbox.client(connections=2).query(
            endless(),
            ledger=path,
            fresh_for=600,
            progress=False,
            on_progress=watch,
            on_notice=lambda _: None,
            stop=stop,
        )
    assert max(ahead) <= 2 * 8 * 200 + 2_000 + 200
    records = caught.value.records
    assert records["email_id"].tolist() == ids[: len(records)]
    assert drawn - 200 < len(records) <= drawn
    assert set(records["status"][:1_000]).isdisjoint({"unanswered"})
    assert not {*ids[:1_000], *ids[1_500:2_500]} & set(asked(sandbox, calls))


def test_a_generator_of_known_ids_asks_nothing(sandbox, path):
    ids = sandbox.sample_ids(5_000)
    first = query(sandbox, ids, path)
    calls = len(sandbox.calls)
    second = query(sandbox, iter(ids), path, fresh_for=600)
    assert len(sandbox.calls) == calls
    pd.testing.assert_frame_equal(first, second)


def test_ids_in_any_order_are_asked_in_the_order_of_the_ledger_and_come_out_in_theirs(sandbox, path):
    ids = sandbox.sample_ids(1_000)[::-1]
    client = sandbox.client(connections=1)
    records = client.query(ids, ledger=path, progress=False, on_notice=lambda _: None)
    assert asked(sandbox) == ids[::-1]
    assert records["email_id"].tolist() == ids
    assert records.index.tolist() == list(range(1_000))


@pytest.mark.parametrize(("recalled", "asked", "is_read"), [((0, 10), (1, 1), False), ((1, 9), (0, 90), True)])
@pytest.mark.parametrize("into_parts", [False, True])
def test_submit_times_are_estimated_from_recalled_and_asked_ids_together(
    sandbox, path, tmp_path, recalled, asked, is_read, into_parts
):
    sampled = iter(sandbox.sample_ids(100))
    known, new = (
        [f"no-time-{others}-{n}" for n in range(others)] + list(islice(sampled, n)) for others, n in (recalled, asked)
    )
    alone = query(sandbox, known, path)["submitted_at_estimated"]
    ids, options = [*known, *new], {"ledger": path, "progress": False, "on_notice": lambda _: None}
    if into_parts:
        records = sandbox.client().query_to(tmp_path / "answers", ids, **options).load()
    else:
        records = sandbox.client().query(ids, fresh_for=60, **options)
    assert records["email_id"].tolist() == ids
    assert alone.notna().any() != is_read
    assert records["submitted_at_estimated"].notna().sum() == (99 if is_read else 0)


def test_another_host_or_app_is_another_ledger_page(path):
    with Sandbox(seed=1) as one, Sandbox(seed=2) as two, Ledger(path) as ledger:
        ids = one.sample_ids(100)
        query(one, ids, ledger)
        query(two, ids, ledger)
        assert asked(two) == ids
        assert len(ledger) == 200
        assert set(ledger.records()["base_url"]) == {one.base_url, two.base_url}
        assert ledger.records().attrs["emailrcd"]["sandbox"] is True


def test_no_secret_is_in_the_file(sandbox, path):
    credentials = Credentials("SANDBOX", SANDBOX.api_key, SANDBOX.api_secret)
    client = Client(credentials, base_url=sandbox.base_url, max_rate=None)
    with Ledger(path) as ledger:
        client.query(sandbox.sample_ids(100), ledger=ledger, progress=False, on_notice=lambda _: None)
        for file in path.parent.iterdir():
            for secret in (SANDBOX.api_key, SANDBOX.api_secret):
                assert secret.encode() not in file.read_bytes()


def test_answers_of_a_query_that_a_fatal_error_ended_are_kept(sandbox, path):
    ids = sandbox.sample_ids(2_000)
    client = sandbox.client(connections=1)
    sandbox.inject("latency", times=5, seconds=0)
    sandbox.inject("-4", times=1)
    with pytest.raises(EmailrcdError):
        client.query(ids, ledger=path, progress=False, on_notice=lambda _: None)
    with Ledger(path) as ledger:
        assert len(ledger) == 1_000
    calls = len(sandbox.calls)
    records = query(sandbox, ids, path, fresh_for=600)
    assert sorted(asked(sandbox, calls)) == ids[1_000:]
    assert records["email_id"].tolist() == ids
    assert set(records["status"]) <= {*SETTLED, *OPEN}


def test_a_ledger_that_cannot_be_opened_stops_before_anything_is_asked(sandbox, path):
    path.write_text("no ledger")
    with pytest.raises(LedgerError, match="is not a ledger"):
        query(sandbox, sandbox.sample_ids(3), path)
    assert sandbox.calls == []


def test_a_full_disk_ends_the_query_and_the_answers_are_on_the_error(sandbox, path):
    ids = sandbox.sample_ids(2_000)
    with Ledger(path) as ledger:
        ledger._database.rows(f"PRAGMA max_page_count = {ledger._database.rows('PRAGMA page_count')[0][0]}")
        with pytest.raises(LedgerError, match="disk is full") as caught:
            query(sandbox, ids, ledger)
    records = caught.value.records
    assert records["email_id"].tolist() == ids
    assert (records["status"] != "unanswered").any()


def test_answers_are_kept_when_the_callers_own_code_fails(sandbox, path):
    def fail(progress: Progress) -> None:
        if progress.done:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        query(sandbox, sandbox.sample_ids(2_000), path, on_progress=fail)
    with Ledger(path) as ledger:
        assert len(ledger) > 0


def test_a_ledger_in_memory_does_too(sandbox):
    ids = sandbox.sample_ids(100)
    with Ledger(":memory:") as ledger:
        query(sandbox, ids, ledger)
        query(sandbox, ids, ledger, fresh_for=60)
    assert len(sandbox.calls) == 1


QUERY = textwrap.dedent("""
    import json, sys, warnings
    import emailrcd
    warnings.simplefilter("ignore")
    base_url, path, ids = sys.argv[1], sys.argv[2], json.load(open(sys.argv[3]))
    client = emailrcd.Client(emailrcd.Sandbox.credentials, base_url=base_url, connections=4, max_rate=None)
    records = client.query(ids, ledger=path, progress=False)
    print(json.dumps(dict(zip(records["email_id"], records["status"]))))
""")


def start_query(sandbox: Sandbox, path: Path, ids: list[str]) -> subprocess.Popen[str]:
    listed = path.with_name("ids.json")
    listed.write_text(json.dumps(ids))
    command = [sys.executable, "-c", QUERY, sandbox.base_url, str(path), str(listed)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


@pytest.mark.slow
@pytest.mark.parametrize("calls_before_death", [15, 40])
def test_a_killed_query_is_finished_by_the_next_without_asking_what_was_committed(path, calls_before_death):
    with Sandbox(latency=0.1) as sandbox:
        ids = sandbox.sample_ids(12_000)
        process = start_query(sandbox, path, ids)
        while len(sandbox.calls) < calls_before_death:
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(0.01)
        process.kill()
        process.communicate(timeout=60)
        assert process.returncode == -signal.SIGKILL
        calls = len(sandbox.calls)
        with Ledger(path) as ledger:
            committed = set(ledger.records()["email_id"])
            settled = set(ledger.records(SETTLED)["email_id"])
        assert committed <= set(asked(sandbox))
        assert len(committed) < len(ids)
        process = start_query(sandbox, path, ids)
        output, _ = process.communicate(timeout=120)
        assert process.returncode == 0
        again = Counter(asked(sandbox, calls))
        assert not settled & set(again)
        assert set(again) | settled == set(ids)
        found = json.loads(output)
        assert list(found) == ids
        assert set(found.values()) <= {*SETTLED, *OPEN}


def test_two_processes_finish_on_one_ledger(path):
    with Sandbox(latency=0.01) as sandbox:
        ids = sandbox.sample_ids(6_000)
        running = [start_query(sandbox, path, ids) for _ in range(2)]
        outputs = [process.communicate(timeout=120)[0] for process in running]
        assert [process.returncode for process in running] == [0, 0]
        for output in outputs:
            assert list(json.loads(output)) == ids
        with Ledger(path) as ledger:
            assert sorted(ledger.records()["email_id"]) == sorted(ids)


FAULTS = ("reset", "close", "truncated", "malformed", "500", "503", "-23", "-28", "-5", "-99", "missing_rows", "counts")


@pytest.mark.slow
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    n=st.integers(1, 900),
    known=st.floats(0, 1),
    faults=st.lists(st.tuples(st.sampled_from(FAULTS), st.integers(1, 4)), max_size=8),
    connections=st.integers(1, 6),
    as_generator=st.booleans(),
    random=st.randoms(use_true_random=False),
)
def test_whatever_fails_no_id_is_lost_and_nothing_settled_is_asked_again(
    n, known, faults, connections, as_generator, random
):
    clock = Clock()
    with Sandbox(clock=clock) as sandbox, Ledger(":memory:") as ledger:
        ids = sandbox.sample_ids(n)
        random.shuffle(ids)
        query(sandbox, random.sample(ids, int(known * n)), ledger)
        for name, times in faults:
            sandbox.inject(name, times=times)
        client = sandbox.client(connections=connections, attempts=2)
        for last in (False, True):
            if last:
                clock.now += HOUR / 60
                sandbox.faults._injected.clear()
            settled = set(ledger.records(SETTLED)["email_id"])
            calls = len(sandbox.calls)
            source = iter(ids) if as_generator and last else ids
            try:
                records = client.query(source, ledger=ledger, progress=False, on_notice=lambda _: None)
            except EmailrcdError as exc:
                records = exc.records
            assert records["email_id"].tolist() == ids
            assert records["status"].isin(STATUSES).all()
            assert not settled & set(asked(sandbox, calls))
        assert not set(records["status"]) & {"unanswered", "invalid"}
        assert len(ledger) == n
