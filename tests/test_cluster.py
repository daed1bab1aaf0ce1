"""Queries over a real Dask cluster of two processes."""

from __future__ import annotations

import os
import signal
import threading
from collections import Counter

import distributed
import pandas as pd
import pytest

from emailrcd import Parts, Sandbox, cluster
from emailrcd.credentials import SANDBOX
from emailrcd.errors import EmailrcdError
from emailrcd.records import SETTLED, STATUSES

ROWS = 400
SECRETS = (SANDBOX.api_key, SANDBOX.api_secret)


@pytest.fixture(scope="module")
def slow():
    with Sandbox(latency=0.02) as running:
        yield running


@pytest.fixture(scope="module")
def dask_client(slow):
    made = distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, memory_limit=0, env=environment(slow)
    )
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
    return cluster.query_to(folder, ids, dask_client, max_rate=None, progress=False, **settings)


def asked(sandbox: Sandbox, since: int) -> Counter[str]:
    return Counter(email_id for call in sandbox.calls[since:] for email_id in call.ids)


def test_a_cluster_writes_what_a_query_returns(slow, dask_client, tmp_path):
    ids, calls = slow.sample_ids(2_100), len(slow.calls)
    parts = query_to(tmp_path / "answers", iter(ids), dask_client)
    assert parts.complete
    assert [len(records) for records in parts] == [ROWS] * 5 + [100]
    assert asked(slow, calls) == Counter(ids)
    expected = slow.client().query(ids, progress=False)
    settled = expected["status"].isin(SETTLED)
    pd.testing.assert_frame_equal(
        parts.load()[settled].drop(columns="queried_at"), expected[settled].drop(columns="queried_at")
    )


def test_finished_parts_are_not_asked_again_and_context_is_kept(slow, dask_client, tmp_path):
    frame = slow.sample_campaign(1_000)
    query_to(tmp_path, frame, dask_client)
    (tmp_path / "part-00001.parquet").unlink()
    calls = len(slow.calls)
    parts = query_to(tmp_path, frame, dask_client)
    assert asked(slow, calls) == Counter(frame["email_id"][ROWS : 2 * ROWS])
    pd.testing.assert_frame_equal(parts.load()[list(frame.columns)], frame)


def test_a_killed_worker_loses_no_id(slow, dask_client, tmp_path):
    dask_client.wait_for_workers(2)
    ids, folder = slow.sample_ids(8_000), tmp_path / "answers"
    victim = next(iter(dask_client.run(os.getpid).values()))
    begun = threading.Event()

    def kill_in_the_midst():
        while not begun.wait(0.01):
            if len(list(folder.glob("part-*"))) >= 3:
                os.kill(victim, signal.SIGKILL)
                return

    killer = threading.Thread(target=kill_in_the_midst)
    killer.start()
    try:
        records = query_to(folder, ids, dask_client, connections=2).load()
    finally:
        begun.set()
        killer.join()
    dask_client.wait_for_workers(2)
    assert victim not in dask_client.run(os.getpid).values()
    assert records["email_id"].tolist() == ids
    assert records["status"].isin(STATUSES[:4]).all()


def test_the_limits_of_all_tasks_together_are_those_given(slow, dask_client, tmp_path, monkeypatch):
    shares, at_once, submitted = [], 0, dask_client.submit
    running: set[object] = set()

    def submit(function, store, number, piece, share, **settings):
        nonlocal at_once
        future = submitted(function, store, number, piece, share, **settings)
        shares.append(share)
        running.add(future)
        at_once = max(at_once, sum(not other.done() for other in running))
        return future

    monkeypatch.setattr(dask_client, "submit", submit)
    for connections, tasks in ((1, 1), (5, 2)):
        shares.clear()
        running.clear()
        at_once = 0
        cluster.query_to(tmp_path / str(connections), slow.sample_ids(2_000), dask_client, connections=connections,
                         max_rate=300, progress=False)  # fmt: skip
        assert at_once <= tasks
        assert {share.connections * tasks for share in shares} <= {connections, connections - 1}
        assert {share.max_rate * tasks for share in shares} == {300}


def test_a_fatal_error_is_told_and_carries_neither_records_nor_a_secret(slow, dask_client, tmp_path):
    slow.inject("-4", times=2)
    with pytest.raises(EmailrcdError, match=r"Part \d+ was not finished") as caught:
        query_to(tmp_path, slow.sample_ids(900), dask_client)
    assert caught.value.code == "-4"
    assert caught.value.records is None
    assert not any(secret in str(caught.value) for secret in SECRETS)


def test_no_secret_is_in_a_task_a_log_or_a_part(slow, dask_client, tmp_path, monkeypatch):
    sent, submitted = [], dask_client.submit

    def submit(*arguments, **settings):
        sent.append(distributed.protocol.pickle.dumps(arguments))
        return submitted(*arguments, **settings)

    monkeypatch.setattr(dask_client, "submit", submit)
    query_to(tmp_path, slow.sample_ids(900), dask_client)
    told = [*sent, repr(dask_client.get_worker_logs()).encode(), repr(dask_client.get_scheduler_logs()).encode()]
    told += [file.read_bytes() for file in tmp_path.iterdir()]
    assert len(sent) == 3
    assert not any(secret.encode() in text for secret in SECRETS for text in told)


def test_workers_without_credentials_are_refused_before_anything_is_asked(slow, dask_client, tmp_path):
    def forget():
        cluster._client.cache_clear()
        return {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("EMAILRCD_")}

    def remember(kept):
        os.environ.update(kept)

    calls = len(slow.calls)
    kept = next(iter(dask_client.run(forget).values()))
    try:
        with pytest.raises(EmailrcdError, match=r"The worker tcp://.* cannot ask: "):
            query_to(tmp_path / "answers", slow.sample_ids(10), dask_client)
    finally:
        dask_client.run(remember, kept)
    assert not (tmp_path / "answers").exists()
    assert len(slow.calls) == calls
