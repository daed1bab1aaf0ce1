"""Work in threads."""

from __future__ import annotations

import threading

from emailrcd.explorer.background import Background

PATIENCE = 60


def test_of_drawings_of_one_name_only_the_last_wish_is_drawn():
    background = Background(lambda exc: None)
    drawn, begun, go_on = [], threading.Event(), threading.Event()

    def first():
        begun.set()
        assert go_on.wait(PATIENCE)
        drawn.append("first")

    background.draw("chart", first)
    assert begun.wait(PATIENCE)
    for number in range(5):
        background.draw("chart", lambda number=number: drawn.append(number))
    background.draw("other", lambda: drawn.append("other"))
    go_on.set()
    assert background.wait(PATIENCE)
    assert drawn == ["first", 4, "other"]


def test_what_a_task_raises_is_handed_on_and_the_next_one_is_done():
    failures, done = [], []
    background = Background(failures.append)

    def broken():
        raise ValueError("no")

    background.draw("chart", broken)
    background.draw("other", lambda: done.append(1))
    background.run(broken)
    assert background.wait(PATIENCE)
    assert [str(exc) for exc in failures] == ["no", "no"]
    assert done == [1]


def test_waiting_ends_when_time_is_up():
    background = Background(lambda exc: None)
    go_on = threading.Event()
    background.run(go_on.wait)
    assert not background.wait(0.01)
    go_on.set()
    assert background.wait(PATIENCE)
