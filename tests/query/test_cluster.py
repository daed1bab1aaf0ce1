"""Queries over a real Dask cluster of two processes."""

from __future__ import annotations

import _thread
import os
import re
import signal
import threading
import urllib.request
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import dask
import dask.dataframe as dd
import distributed
import pandas as pd
import pytest

import emailrcd
from emailrcd import Client, Parts, Sandbox, cluster, errors
from emailrcd.api.credentials import SANDBOX
from emailrcd.errors import EmailrcdError, EmailrcdWarning, IdsError, MissingExtra, QueryInterrupted, QueryStopped
from emailrcd.records.frame import SETTLED

pytestmark = pytest.mark.slow

ROWS = 400
LATENCY = 0.02
SECRETS = (SANDBOX.api_key, SANDBOX.api_secret)


@pytest.fixture(scope="module")
def slow():
    with Sandbox(latency=LATENCY) as running:
        yield running


@pytest.fixture(scope="module")
def two_workers(slow):
    with local(slow, 2, dashboard_address="127.0.0.1:0") as connected:
        yield connected


@pytest.fixture
def dask_client(two_workers):
    # A test may have killed one, and another takes its place in its own time.
    two_workers.wait_for_workers(2, timeout=60)
    return two_workers


@contextmanager
def local(sandbox: Sandbox, workers: int, **settings: object) -> Iterator[distributed.Client]:
    """A cluster of processes on this machine that ask the sandbox."""
    settings = {"dashboard_address": "127.0.0.1:0", "memory_limit": 0, "env": environment(sandbox), **settings}
    made = distributed.LocalCluster(n_workers=workers, threads_per_worker=1, **settings)
    with made, distributed.Client(made) as connected:
        yield connected


@pytest.fixture(autouse=True)
def small_parts(monkeypatch):
    monkeypatch.setattr(cluster, "PART_ROWS", ROWS)


def environment(sandbox: Sandbox) -> dict[str, str]:
    return {
        "EMAILRCD_APP_ID": SANDBOX.app_id,
        "EMAILRCD_API_KEY": SANDBOX.api_key,
        "EMAILRCD_API_SECRET": SANDBOX.api_secret,
        "EMAILRCD_BASE_URL": sandbox.base_url,
    }


def query_to(folder, ids, dask_client, **settings) -> Parts:
    settings = {"max_rate": None, "progress": False, "on_notice": lambda _: None, **settings}
    return cluster.query_to(folder, ids, dask_client, **settings)


def asked(sandbox: Sandbox, since: int) -> Counter[str]:
    return Counter(email_id for call in sandbox.calls[since:] for email_id in call.ids)


def test_a_cluster_writes_what_a_query_returns(slow, dask_client, tmp_path):
    ids, calls = slow.sample_ids(2_100), len(slow.calls)
    parts = query_to(tmp_path / "answers", iter(ids), dask_client)
    assert parts.complete
    assert [len(records) for records in parts] == [ROWS] * 5 + [100]
    assert asked(slow, calls) == Counter(ids)
    # What had settled by then is the same a moment later; what was open may have settled meanwhile.
    written, expected = parts.load(), slow.client().query(ids, progress=False)
    settled = written["status"].isin(SETTLED)
    pd.testing.assert_frame_equal(
        written[settled].drop(columns="queried_at"), expected[settled].drop(columns="queried_at")
    )


def test_finished_parts_are_not_asked_again_and_context_is_kept(slow, dask_client, tmp_path):
    frame = slow.sample_campaign(1_000)
    query_to(tmp_path, frame, dask_client)
    (tmp_path / "part-00001.parquet").unlink()
    calls = len(slow.calls)
    parts = query_to(tmp_path, frame, dask_client)
    assert asked(slow, calls) == Counter(frame["email_id"][ROWS : 2 * ROWS])
    pd.testing.assert_frame_equal(parts.load()[list(frame.columns)], frame)


@contextmanager
def meanwhile(due: Callable[[], bool], act: Callable[[], object]) -> Iterator[None]:
    """Do something, once, in the midst of a query."""
    over = threading.Event()

    def wait() -> None:
        while not over.wait(0.005):
            if due():
                act()
                return

    thread = threading.Thread(target=wait)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def parts_in(folder) -> int:
    return len(list(folder.glob("part-*")))


def pids(dask_client: distributed.Client) -> list[int]:
    return list(dask_client.run(os.getpid, on_error="ignore").values())


def same_answers(parts: Parts, sandbox: Sandbox, ids: list[str]) -> None:
    records, expected = parts.load(), sandbox.client().query(ids, progress=False)
    assert records["email_id"].tolist() == ids
    assert not records["status"].isin(["unanswered", "invalid"]).any()
    settled = records["status"].isin(SETTLED)
    pd.testing.assert_frame_equal(
        records[settled].drop(columns="queried_at"), expected[settled].drop(columns="queried_at")
    )


def test_a_killed_worker_loses_no_id_and_only_its_part_in_hand_is_asked_again(slow, dask_client, tmp_path):
    dask_client.wait_for_workers(2)
    ids, folder, calls = slow.sample_ids(8_000), tmp_path / "answers", len(slow.calls)
    victim = pids(dask_client)[0]
    with meanwhile(lambda: parts_in(folder) >= 3, lambda: os.kill(victim, signal.SIGKILL)):
        parts = query_to(folder, ids, dask_client, connections=2)
    again = {ids.index(email_id) // ROWS for email_id, n in asked(slow, calls).items() if n > 1}
    assert len(again) <= 1
    same_answers(parts, slow, ids)
    dask_client.wait_for_workers(2)
    assert victim not in pids(dask_client)


def test_a_part_whose_workers_keep_dying_ends_the_query_with_advice_and_keeps_the_others(slow, tmp_path):
    ids, folder = slow.sample_ids(5 * ROWS), tmp_path / "answers"
    with dask.config.set({"distributed.scheduler.allowed-failures": 1}), local(slow, 1) as dask_client:
        deaths = []

        def die() -> None:
            while len(deaths) < 2:
                before = len(slow.calls)
                victim = pids(dask_client)
                if victim and victim[0] not in deaths:
                    while len(slow.calls) == before and parts_in(folder) < 5:
                        pass
                    os.kill(victim[0], signal.SIGKILL)
                    deaths.append(victim[0])

        with (
            meanwhile(lambda: parts_in(folder) >= 2, die),
            pytest.raises(EmailrcdError, match=r"Part \d was not finished: 2 workers died .* Their logs tell why"),
        ):
            query_to(folder, ids, dask_client, connections=1)
        finished = parts_in(folder)
        assert 2 <= finished < 5
        calls = len(slow.calls)
        dask_client.wait_for_workers(1)
        same_answers(query_to(folder, ids, dask_client), slow, ids)
    assert set(asked(slow, calls)) >= set(ids[finished * ROWS :])


def test_the_limits_hold_for_all_workers_together_while_some_join_and_others_die(slow, tmp_path):
    ids, folder, calls = slow.sample_ids(8_000), tmp_path / "answers", len(slow.calls)
    connections, max_rate = 3, 12
    with local(slow, 1) as dask_client:

        def come_and_go() -> None:
            dask_client.cluster.scale(3)
            dask_client.wait_for_workers(3)
            os.kill(pids(dask_client)[0], signal.SIGKILL)

        with meanwhile(lambda: parts_in(folder) >= 1, come_and_go):
            query_to(folder, ids, dask_client, connections=connections, max_rate=max_rate)
    came = sorted(call.at for call in slow.calls[calls:])
    # A call lasts the latency at least: those that came within it before another were in flight with it.
    assert max(place - bisect_left(came, at - LATENCY) for place, at in enumerate(came, 1)) <= connections
    assert max(bisect_right(came, at + 1) - place for place, at in enumerate(came)) <= max_rate + connections


@pytest.mark.parametrize(("connections", "tasks"), [(1, 1), (5, 2)])
def test_no_more_tasks_run_at_once_than_there_are_shares(slow, dask_client, tmp_path, monkeypatch, connections, tasks):
    shares, at_once, submitted, running = [], 0, dask_client.submit, set()

    def submit(*arguments, **settings):
        nonlocal at_once
        future = submitted(*arguments, **settings)
        shares.append(arguments[-1])
        running.add(future)
        at_once = max(at_once, sum(not other.done() for other in running))
        return future

    dask_client.wait_for_workers(2)
    monkeypatch.setattr(dask_client, "submit", submit)
    query_to(tmp_path / "answers", slow.sample_ids(2_000), dask_client, connections=connections, max_rate=300)
    assert at_once <= tasks
    assert {share["connections"] * tasks for share in shares} <= {connections, connections - 1}
    assert {share["max_rate"] * tasks for share in shares} == {300}


def test_what_workers_notice_is_told_once_for_all_parts(slow, dask_client, tmp_path):
    told: list[str] = []
    slow.inject("foreign_row", times=3)
    query_to(tmp_path / "answers", slow.sample_ids(1_000), dask_client, on_notice=told.append)
    assert [notice for notice in told if "not asked for" in notice] == [
        "The API sent 3 rows for ids that were not asked for; they are left out."
    ]


def test_progress_is_told_and_after_a_stop_the_same_call_goes_on(slow, dask_client, tmp_path):
    ids, told, stop = slow.sample_ids(12_000), [], threading.Event()

    def after_a_while(progress):
        told.append(progress)
        if progress.done >= 2 * ROWS:
            stop.set()

    with pytest.raises(QueryStopped, match="finished parts are kept"):
        query_to(tmp_path, ids, dask_client, connections=2, max_rate=20, on_progress=after_a_while, stop=stop)
    assert [progress.total for progress in told] == [12_000] * len(told)
    assert told[-1].calls * 200 == told[-1].done == len(Parts(tmp_path)) == 2 * ROWS
    assert not Parts(tmp_path).complete
    told.clear()
    query_to(tmp_path, ids, dask_client, on_progress=told.append)
    assert told[0].total == told[-1].done == 12_000 - 2 * ROWS


def test_a_stop_ends_what_workers_are_doing_in_the_midst_of_their_parts(slow, dask_client, tmp_path, monkeypatch):
    monkeypatch.setattr(cluster, "PART_ROWS", 4_000)
    dask_client.wait_for_workers(2)
    stop, calls = threading.Event(), len(slow.calls)
    with meanwhile(lambda: len(slow.calls) >= calls + 2, stop.set), pytest.raises(QueryStopped):
        query_to(tmp_path, slow.sample_ids(8_000), dask_client, connections=2, max_rate=10, stop=stop)
    # A worker has one thread: it takes another task when it has ended what it was doing.
    dask_client.gather(
        [dask_client.submit(int, n, workers=[name]) for n, name in enumerate(dask_client.run(os.getpid))]
    )
    assert len(slow.calls) - calls < 20
    assert parts_in(tmp_path) == 0


def test_ctrl_c_says_how_many_ids_are_finished_and_that_the_same_call_goes_on(slow, dask_client, tmp_path):
    ids, calls = slow.sample_ids(8_000), len(slow.calls)
    with (
        meanwhile(lambda: parts_in(tmp_path) >= 2, _thread.interrupt_main),
        pytest.raises(QueryInterrupted, match=r"hold [\d,]+ ids; the same call goes on from them"),
    ):
        query_to(tmp_path, ids, dask_client, connections=2, max_rate=30)
    finished = parts_in(tmp_path)
    assert 2 <= finished < 20
    same_answers(query_to(tmp_path, ids, dask_client), slow, ids)
    assert sum(asked(slow, calls).values()) < 2 * 8_000 + 4 * ROWS


def test_a_fatal_error_is_told_with_its_worker_and_carries_neither_records_nor_a_secret(slow, dask_client, tmp_path):
    slow.inject("-8", times=2)
    with pytest.raises(EmailrcdError, match=r"Part \d+ was not finished: on the worker tcp://127") as caught:
        query_to(tmp_path, slow.sample_ids(900), dask_client)
    assert caught.value.code == "-8"
    assert caught.value.records is None
    assert not any(secret in str(caught.value) for secret in SECRETS)


def test_before_anything_is_asked_the_hosts_are_named_that_the_allow_list_must_know(slow, dask_client, tmp_path):
    # A worker of the test before may still be at a call of its own.
    ids, told = slow.sample_ids(9_010)[9_000:], []

    def note(notice):
        told.append((notice, asked(slow, 0).keys() & set(ids)))

    query_to(tmp_path / "x", ids, dask_client, on_notice=note)
    assert re.match(r"Calls to http://127.* come from 2 workers on one host: 127\.0\.0\.1\..*code -8", told[0][0])
    assert told[0][1] == set()
    with pytest.warns(EmailrcdWarning, match="code -8") as warned:
        cluster.query_to(tmp_path / "y", slow.sample_ids(10), dask_client, progress=False)
    assert {warning.filename for warning in warned} == {__file__}


def test_no_secret_is_in_a_task_a_log_a_page_of_the_scheduler_or_a_part(slow, dask_client, tmp_path, monkeypatch):
    sent, submitted = [], dask_client.submit

    def submit(*arguments, **settings):
        sent.append(distributed.protocol.pickle.dumps(arguments) + repr((arguments, settings)).encode())
        return submitted(*arguments, **settings)

    monkeypatch.setattr(dask_client, "submit", submit)
    pages: list[bytes] = []
    with meanwhile(lambda: parts_in(tmp_path) >= 1, lambda: pages.extend(scheduler_pages(dask_client))):
        query_to(tmp_path, slow.sample_ids(6_000), dask_client, max_rate=40)
    sent += [repr(dask_client.get_worker_logs()).encode(), repr(dask_client.get_scheduler_logs()).encode()]
    sent += [repr(dask_client.run_on_scheduler(everything_known)).encode(), repr(dask_client).encode()]
    files = [file.read_bytes() for file in tmp_path.iterdir()]
    assert any(b"emailrcd-part" in page for page in pages)
    assert not any(secret.encode() in text for secret in SECRETS for text in [*sent, *pages, *files])
    assert not any(re.search(rb"(?i)\bsign\b|api-key", text) for text in [*sent, *pages, *files])


def everything_known(dask_scheduler) -> list[str]:
    return [repr(state) + repr(state.run_spec) for state in dask_scheduler.tasks.values()] + [
        repr(dask_scheduler.get_events()), repr(list(dask_scheduler.transition_log)),
    ]  # fmt: skip


def scheduler_pages(dask_client: distributed.Client) -> list[bytes]:
    base = dask_client.dashboard_link.removesuffix("/status")
    workers = [urllib.request.quote(worker, safe="") for worker in dask_client.run(os.getpid)]
    paths = ["status", "info/main/workers.html", "info/main/logs.html", "info/main/exceptions.html", "metrics",
             "json/counts.json", *(f"info/{kind}/{worker}.html" for kind in ("worker", "logs", "call-stacks")
                                     for worker in workers)]  # fmt: skip
    return [urllib.request.urlopen(f"{base}/{path}").read() for path in paths]


@pytest.fixture
def forgetful(dask_client):
    """The workers without the credentials, or with others, for a while."""

    def exchange(other: dict[str, str]) -> dict[str, str]:
        kept = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("EMAILRCD_")}
        os.environ.update(other)
        return kept

    dask_client.wait_for_workers(2)
    address, kept = next(iter(dask_client.run(exchange, {}).items()))
    dask_client.run(exchange, kept)
    yield lambda other: dask_client.run(exchange, other, workers=[address])
    dask_client.run(exchange, kept)


def test_a_worker_without_credentials_is_refused_before_anything_is_asked(slow, dask_client, tmp_path, forgetful):
    calls = len(slow.calls)
    forgetful({})
    with pytest.raises(EmailrcdError, match=r"The worker tcp://.* cannot ask: .*their own environment"):
        query_to(tmp_path / "answers", slow.sample_ids(10), dask_client)
    forgetful({**environment(slow), "EMAILRCD_APP_ID": "another"})
    with pytest.raises(EmailrcdError, match="credentials of different applications or servers"):
        query_to(tmp_path / "answers", slow.sample_ids(10), dask_client)
    assert not (tmp_path / "answers").exists()
    assert len(slow.calls) == calls


def test_a_worker_that_asks_for_another_application_later_writes_nothing(slow, dask_client, tmp_path, forgetful):
    def change(notice):
        forgetful({**environment(slow), "EMAILRCD_APP_ID": "another"})

    with pytest.raises(EmailrcdError, match="its credentials are of another application"):
        query_to(tmp_path, slow.sample_ids(6_000), dask_client, max_rate=100, on_notice=change)


def test_a_folder_begun_by_a_client_is_finished_by_a_cluster_and_told(slow, dask_client, tmp_path, monkeypatch):
    ids, told = slow.sample_ids(1_000), []
    monkeypatch.setattr("emailrcd.query.client.PART_ROWS", ROWS)
    slow.client().query_to(tmp_path, ids, progress=False)
    (tmp_path / "part-00002.parquet").unlink()
    parts = query_to(tmp_path, ids + ids[:5], dask_client, on_notice=told.append)
    assert told[1:] == ["5 duplicates are asked once.", "2 finished parts were there and not asked again."]
    same_answers(parts, slow, ids)


@pytest.mark.parametrize(
    ("settings", "told"),
    [({"connections": 0}, "connections must be from 1 to 64"), ({"connections": 999}, "connections must be from 1 to 64"),
     ({"max_rate": 0}, "max_rate must be")],
)  # fmt: skip
def test_bad_settings_and_ids_are_refused_before_anything_is_made(slow, dask_client, tmp_path, settings, told):
    with pytest.raises(EmailrcdError, match=told):
        query_to(tmp_path / "x", ["a"], dask_client, **settings)
    with pytest.raises(IdsError):
        query_to(tmp_path / "x", ["a b"], dask_client)
    with pytest.raises(EmailrcdError, match=r"distributed\.Client\('tcp://scheduler:8786'\)"):
        query_to(tmp_path / "x", ["a"], "tcp://scheduler:8786")
    assert not (tmp_path / "x").exists()


@pytest.mark.filterwarnings("ignore:The inplace keyword:DeprecationWarning")  # Dask's own use of pandas
def test_tables_of_a_dask_frame_are_counted_on_the_cluster(slow, dask_client, tmp_path):
    parts = query_to(tmp_path, slow.sample_campaign(2_000), dask_client)
    spread = dd.read_parquet(tmp_path / "part-*.parquet")
    pd.testing.assert_frame_equal(emailrcd.summary(spread), emailrcd.summary(parts))
    by = ["campaign", "provider"]
    pd.testing.assert_frame_equal(emailrcd.breakdown(spread, by), emailrcd.breakdown(parts, by))
    pd.testing.assert_frame_equal(emailrcd.timeline(spread), emailrcd.timeline(parts), check_freq=False)


def test_any_scheduler_address_will_do(slow, dask_client, tmp_path):
    with distributed.Client(dask_client.scheduler.address) as other:
        assert len(query_to(tmp_path, slow.sample_ids(500), other)) == 500
    with Client(SANDBOX, base_url=slow.base_url) as plain:
        assert len(plain.query_to(tmp_path / "x", slow.sample_ids(1), progress=False)) == 1


def test_without_dask_it_is_said_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setattr(errors, "find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match=r"A cluster needs distributed, .* pip install 'emailrcd\[dask\]'"):
        cluster.query_to(tmp_path, ["2208031112341000001"], None)
