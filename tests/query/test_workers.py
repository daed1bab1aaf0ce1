"""Threads that answer batches a window ahead."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import pytest

from emailrcd.errors import AuthenticationFailed, EmailrcdError, QueryStopped
from emailrcd.query.workers import BATCHES_AHEAD, Workers
from emailrcd.records.builder import Answers


def delivered(ids: Sequence[str]) -> tuple[Answers, EmailrcdError | None]:
    answers = Answers.undecided(ids)
    answers.close(range(len(ids)), "delivered", "")
    return answers, None


def run(workers: Workers, batches, stop=None) -> dict[int, Answers]:
    taken: dict[int, Answers] = {}
    try:
        workers.run(iter(batches), taken.__setitem__, lambda: None, stop)
    finally:
        workers.end(taken.__setitem__)
    return taken


def test_every_batch_is_answered_under_its_number():
    taken = run(Workers(delivered, 3, threading.Event()), [[f"{n}"] for n in range(100)])
    assert sorted(taken) == list(range(100))
    assert all(answers.ids == [f"{index}"] for index, answers in taken.items())


def test_no_more_batches_are_in_flight_than_connections():
    lock = threading.Lock()
    now = most = 0
    meet = threading.Barrier(3)

    def ask(ids):
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        meet.wait(10)
        with lock:
            now -= 1
        return delivered(ids)

    run(Workers(ask, 3, threading.Event()), [[f"{n}"] for n in range(30)])
    assert most == 3


def test_batches_are_drawn_a_window_ahead_of_the_first_unanswered_one():
    first_may_end = threading.Event()
    drawn: list[int] = []
    ahead: list[int] = []

    def batches():
        for n in range(200):
            drawn.append(n)
            yield [f"{n}"]

    def ask(ids):
        if ids == ["0"]:
            first_may_end.wait(10)
        return delivered(ids)

    workers = Workers(ask, 2, threading.Event())

    def tick():
        if len(workers.in_flight) == 1:
            ahead.append(len(drawn))
            first_may_end.set()

    workers.run(batches(), lambda *_: None, tick, None)
    workers.end(lambda *_: None)
    assert ahead[0] == 2 * BATCHES_AHEAD
    assert len(drawn) == 200


def test_an_error_ends_the_work_and_what_was_not_answered_is_known():
    def ask(ids):
        answers, _ = delivered(ids)
        return answers, AuthenticationFailed("-1") if ids == ["5"] else None

    halt = threading.Event()
    workers = Workers(ask, 1, halt)
    with pytest.raises(AuthenticationFailed):
        run(workers, [[f"{n}"] for n in range(100)])
    assert halt.is_set()
    assert list(workers.in_flight) == list(range(6, workers.drawn))


def test_a_stop_ends_the_work_while_a_call_hangs():
    stop, never = threading.Event(), threading.Event()

    def ask(ids):
        stop.set()
        never.wait(60)
        return delivered(ids)

    workers = Workers(ask, 2, threading.Event())
    with pytest.raises(QueryStopped):
        run(workers, [["a"], ["b"]], stop)
    assert list(workers.in_flight) == [0, 1]
    never.set()


def test_a_defect_ends_the_query_with_its_place_and_without_its_text():
    def ask(ids):
        raise KeyError("li.wei@qq.com")

    with pytest.raises(EmailrcdError, match=r"KeyError in test_workers\.py, line \d+") as caught:
        run(Workers(ask, 1, threading.Event()), [["a"]])
    assert "li.wei" not in str(caught.value)
