"""What draws, asks and hands over: a window ahead, in a few threads, and whatever runs out."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from types import SimpleNamespace

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emailrcd import Ledger
from emailrcd.api.reply import Counts, Mail, Reply
from emailrcd.errors import AuthenticationFailed, EmailrcdError, QueryStopped, ResourcesExhausted
from emailrcd.query import client
from emailrcd.query.chunks import OneChunk
from emailrcd.query.runner import BATCHES_AHEAD, Runner
from emailrcd.query.sinks import ToFrame
from emailrcd.records.builder import Builder
from emailrcd.records.frame import SETTLED

pytestmark = pytest.mark.usefixtures("quick_retries")

Answer = Callable[[Sequence[str]], Reply]


def delivered(ids: Sequence[str]) -> Reply:
    return Reply(Counts(len(ids), 0, 0, 0), [Mail(email_id, "", "", "0") for email_id in ids])


def made_up(n: int) -> list[str]:
    return [f"22080311123410{k:05}" for k in range(n)]


def run(answer: Answer, ids: Iterable[str], connections: int, **settings: object) -> tuple[pd.DataFrame, object]:
    """Return the records and what ended the query early, with something that answers in place of an API."""
    transport = SimpleNamespace(
        send=lambda ids, halt: answer(ids),
        limiter=SimpleNamespace(paused=0.0),
        connections=connections,
        max_rate=None,
        accepted=False,
    )
    sink = ToFrame(lambda records, notices: records)
    error = Runner(transport, OneChunk(ids, None), sink).run(**settings)
    return sink.records, error


def test_no_more_calls_are_in_flight_than_connections():
    lock, meet = threading.Lock(), threading.Barrier(3)
    now = most = 0

    def answer(ids):
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        meet.wait(10)
        with lock:
            now -= 1
        return delivered(ids)

    records, error = run(answer, made_up(30 * 200), 3)
    assert error is None
    assert most == 3
    assert records["email_id"].tolist() == made_up(30 * 200)


def test_batches_are_drawn_a_window_ahead_of_the_first_unanswered_one():
    first_may_end = threading.Event()
    ids, drawn, ahead = made_up(60 * 200), 0, []

    def generator():
        nonlocal drawn
        for email_id in ids:
            drawn += 1
            yield email_id

    def answer(batch):
        if batch[0] == ids[0]:
            first_may_end.wait(10)
        return delivered(batch)

    def watch(progress):
        if progress.done == (2 * BATCHES_AHEAD - 1) * 200:
            ahead.append(drawn)
            first_may_end.set()

    records, error = run(answer, generator(), 2, on_progress=watch)
    assert error is None
    assert ahead[0] == 2 * BATCHES_AHEAD * 200
    assert records["email_id"].tolist() == ids


def test_an_error_that_no_call_survives_ends_the_query_and_what_was_answered_is_kept():
    def answer(ids):
        if ids[0] == made_up(1_001)[1_000]:
            raise AuthenticationFailed("-1")
        return delivered(ids)

    records, error = run(answer, made_up(6_000), 1)
    assert isinstance(error, AuthenticationFailed)
    assert error.records is records
    assert records["status"].tolist() == ["delivered"] * 1_000 + ["unanswered"] * 5_000


def test_a_stop_ends_the_query_while_calls_hang():
    stop, never = threading.Event(), threading.Event()

    def answer(ids):
        stop.set()
        never.wait(60)
        return delivered(ids)

    records, error = run(answer, made_up(400), 2, stop=stop)
    never.set()
    assert isinstance(error, QueryStopped)
    assert records["status"].tolist() == ["unanswered"] * 400


def test_a_defect_ends_the_query_with_its_place_and_without_its_text():
    def answer(ids):
        raise KeyError("li.wei@qq.com")

    records, error = run(answer, made_up(1), 1)
    assert isinstance(error, EmailrcdError)
    assert "KeyError in test_runner.py, line " in str(error)
    assert "li.wei" not in str(error)
    assert len(records) == 1


@pytest.mark.parametrize("started", [0, 2])
def test_threads_that_cannot_be_started_are_told_and_what_was_obtained_is_kept(sandbox, monkeypatch, started):
    start, left = threading.Thread.start, [None] * started

    def refuse(thread):
        if thread.name.startswith("emailrcd-"):
            if not left:
                raise RuntimeError("can't start new thread")
            left.pop()
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", refuse)
    ids, api = sandbox.sample_ids(1_000), sandbox.client(connections=4)
    with pytest.raises(ResourcesExhausted, match=f"only {started} of 4 threads") as caught:
        api.query(ids, progress=False)
    assert caught.value.records is api.last_records
    assert api.last_records["email_id"].tolist() == ids


def in_a_reply(api, monkeypatch):
    def run_out(reply, answers, *rest):
        raise MemoryError

    monkeypatch.setattr("emailrcd.query.batch.match", run_out)
    return {}


def in_the_frame(api, monkeypatch):
    frame, times = Builder.frame, [None]

    def run_out(builder):
        if times:
            times.pop()
            raise MemoryError
        return frame(builder)

    monkeypatch.setattr(Builder, "frame", run_out)
    return {}


def in_on_progress(api, monkeypatch):
    def run_out(progress):
        if progress.done:
            raise MemoryError

    return {"on_progress": run_out}


@pytest.mark.parametrize("where", [in_a_reply, in_the_frame, in_on_progress])
@pytest.mark.parametrize("kind", [list, iter])
def test_memory_that_runs_out_is_told_and_what_was_obtained_is_kept(sandbox, monkeypatch, where, kind):
    ids, api = sandbox.sample_ids(4_000), sandbox.client(connections=1)
    options = where(api, monkeypatch)
    with pytest.raises(ResourcesExhausted, match="memory of this machine ran out.*query_to") as caught:
        api.query(kind(ids), progress=False, **options)
    records = caught.value.records
    assert records is api.last_records
    assert records["email_id"].tolist() == ids[: len(records)]
    assert len(records)


@pytest.mark.slow
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    n=st.integers(0, 1_500),
    known=st.floats(0, 1),
    rows=st.integers(1, 700),
    kind=st.sampled_from([list, iter]),
    random=st.randoms(use_true_random=False),
)
def test_a_frame_and_parts_hold_the_same_records_in_the_same_order(
    sandbox, tmp_path_factory, n, known, rows, kind, random
):
    ids = sandbox.sample_ids(n)
    random.shuffle(ids)
    options = {"progress": False, "on_notice": lambda _: None}
    api = sandbox.client()
    with pytest.MonkeyPatch.context() as patch, Ledger(":memory:") as ledger:
        patch.setattr(client, "PART_ROWS", rows)
        api.query(random.sample(ids, int(known * n)), ledger=ledger, **options)
        parts = api.query_to(tmp_path_factory.mktemp("x") / "y", kind(ids), ledger=ledger, **options).load()
        frame = api.query(kind(ids), ledger=ledger, **options)
    assert frame["email_id"].tolist() == parts["email_id"].tolist() == ids
    settled = parts["status"].isin(SETTLED)
    varying = ["submitted_at_estimated"]  # of each part for itself
    pd.testing.assert_frame_equal(frame[settled].drop(columns=varying), parts[settled].drop(columns=varying))
