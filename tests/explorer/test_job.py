"""The query in a thread."""

from __future__ import annotations

import threading

import pytest

from emailrcd.explorer.background import Background
from emailrcd.explorer.job import Job, Task, describe
from emailrcd.ids import take
from emailrcd.query.client import Progress

PATIENCE = 60


class Follower:
    """Takes what a job says."""

    def __init__(self) -> None:
        self.outcome = None
        self.told = threading.Event()
        self.rounds = []

    def progressed(self, progress) -> None:
        self.told.set()

    def watched(self, records, found) -> None:
        self.rounds.append((records, found))

    def ended(self, outcome) -> None:
        self.outcome = outcome


def following() -> tuple[Follower, Background, Job]:
    follower, background = Follower(), Background(lambda exc: None)
    return follower, background, Job(follower, background)


def test_a_job_ends_with_records_and_notices(sandbox):
    follower, background, job = following()
    ids = sandbox.sample_ids(5)
    job.start(sandbox.client(), Task(take([*ids, ids[0]])))
    assert background.wait(PATIENCE)
    assert follower.outcome.records["email_id"].tolist() == ids
    assert follower.outcome.notices == ["1 duplicate is asked once."]
    assert follower.outcome.problem == ""


def test_a_query_can_be_cancelled(sandbox):
    follower, background, job = following()
    job.start(sandbox.client(max_rate=1), Task(take(sandbox.sample_ids(20_000))))
    assert follower.told.wait(PATIENCE)
    assert not background.wait(0)
    job.cancel()
    assert background.wait(PATIENCE)
    assert len(follower.outcome.records) == 20_000
    assert follower.outcome.stopped
    assert follower.outcome.problem == ""


def test_an_error_comes_as_a_message_with_what_was_obtained(sandbox):
    sandbox.inject("-4")
    follower, background, job = following()
    job.start(sandbox.client(), Task(take(sandbox.sample_ids(5))))
    assert background.wait(PATIENCE)
    assert "用户锁定" in follower.outcome.problem
    assert follower.outcome.records["status"].tolist() == ["unanswered"] * 5


def test_a_defect_is_told_and_not_lost():
    follower, background, job = following()
    job.start(None, Task(take(["2208031112341000001"])))
    assert background.wait(PATIENCE)
    assert "defect of emailrcd (AttributeError)" in follower.outcome.problem


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
    assert describe(progress) == said
