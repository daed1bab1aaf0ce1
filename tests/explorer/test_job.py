"""The query, and what came of it."""

from __future__ import annotations

import threading

import pytest

from emailrcd.explorer.job import Task, carry_out
from emailrcd.explorer.screens import progress as progress_of
from emailrcd.ids import take
from emailrcd.query.client import Progress


def carried_out(client, task, stop=None, on_progress=lambda _: None):
    return carry_out(client, task, stop or threading.Event(), on_progress, lambda *_: None)


def test_a_query_ends_with_records_and_notices(sandbox):
    ids = sandbox.sample_ids(5)
    outcome = carried_out(sandbox.client(), Task(take([*ids, ids[0]])))
    assert outcome.records["email_id"].tolist() == ids
    assert outcome.notices == ["1 duplicate is asked once."]
    assert outcome.problem == ""


def test_a_query_can_be_cancelled(sandbox):
    stop = threading.Event()
    outcome = carried_out(
        sandbox.client(max_rate=1), Task(take(sandbox.sample_ids(20_000))), stop, lambda _: stop.set()
    )
    assert len(outcome.records) == 20_000
    assert outcome.stopped
    assert outcome.problem == ""


def test_an_error_comes_as_a_message_with_what_was_obtained(sandbox):
    sandbox.inject("-4")
    outcome = carried_out(sandbox.client(), Task(take(sandbox.sample_ids(5))))
    assert "用户锁定" in outcome.problem
    assert outcome.records["status"].tolist() == ["unanswered"] * 5


def test_a_defect_is_told_and_not_lost():
    outcome = carried_out(None, Task(take(["2208031112341000001"])))
    assert "defect of emailrcd (AttributeError)" in outcome.problem


@pytest.mark.parametrize(
    ("progress", "said"),
    [
        (Progress(0, 5_000, 0, 0.0, 0.0), "0 of 5,000 ids"),
        (Progress(1_000, 5_000, 5, 2.0, 0.0), "1,000 of 5,000 ids · 500 ids/s · about 8 s left"),
        (Progress(1_000, 400_000, 5, 2.0, 0.0), "1,000 of 400,000 ids · 500 ids/s · about 13 min left"),
        (Progress(1_000, None, 5, 2.0, 0.0), "1,000 ids · 500 ids/s"),
        (Progress(200, 5_000, 1, 2.0, 9.6), "200 of 5,000 ids · the server asked to wait: going on in 10 s"),
    ],
)
def test_progress_is_said_in_words(progress, said):
    assert progress_of(progress).text == said
