"""The rate shared by all connections. Times are those of a clock that the tests move."""

from __future__ import annotations

import threading

import pytest

from emailrcd.api import ratelimit
from emailrcd.api.ratelimit import RateLimiter


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


class Halt(threading.Event):
    """An event whose waiting moves the clock instead of taking time."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self.clock = clock

    def wait(self, timeout: float | None = None) -> bool:
        self.clock.now += timeout or 0
        return self.is_set()


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(ratelimit, "time", clock)
    return clock


def starts(limiter: RateLimiter, clock: Clock, calls: int) -> list[float]:
    halt = Halt(clock)
    times = []
    for _ in range(calls):
        assert limiter.acquire(halt)
        times.append(clock.now)
    return times


@pytest.mark.parametrize("max_rate", [0.5, 1, 20, 333])
def test_calls_start_at_the_rate_and_no_faster_at_the_start_or_after_a_rest(clock, max_rate):
    limiter = RateLimiter(max_rate)
    times = starts(limiter, clock, 100)
    clock.now += 3600
    times += starts(limiter, clock, 100)
    for begin in times:
        within = sum(begin <= time < begin + 0.999 for time in times)
        assert within <= max(1, max_rate)
    assert times[99] - times[0] == pytest.approx(99 / max_rate, abs=1)


def test_without_a_rate_nothing_waits(clock):
    assert starts(RateLimiter(None), clock, 1000) == [clock.now] * 1000


def test_a_pause_holds_for_everyone_also_without_a_rate(clock):
    limiter = RateLimiter(None)
    began = clock.now
    limiter.pause(30)
    assert limiter.paused == pytest.approx(30)
    assert starts(limiter, clock, 2)[0] == pytest.approx(began + 30)
    assert limiter.paused == 0


def test_a_shorter_pause_does_not_end_a_longer_one(clock):
    limiter = RateLimiter(5)
    limiter.pause(30)
    limiter.pause(1)
    assert limiter.paused == pytest.approx(30)


def test_a_halted_wait_gives_no_turn(clock):
    halt = Halt(clock)
    halt.set()
    assert not RateLimiter(1).acquire(halt)
