"""Asking again for what is open, with growing pauses, until all is settled."""

from __future__ import annotations

import threading
import time
from contextlib import suppress

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emailrcd import Ledger, Sandbox
from emailrcd.analysis.settling import settled_between, settling_in_words
from emailrcd.errors import (
    AccountLocked,
    EmailrcdError,
    QueryInterrupted,
    QueryStopped,
    RoundedIdsError,
    TroubleSpreads,
)
from emailrcd.ids import take
from emailrcd.query.watch import Keep, Round, rounds, updated
from emailrcd.records.builder import Answers, Builder
from emailrcd.records.frame import OPEN, SETTLED
from tests.query.interrupts import Interrupting

pytestmark = pytest.mark.usefixtures("quick_retries")

HOUR = 3_600.0


class Time(threading.Event):
    """A stop event whose waiting moves the time instead of letting it pass."""

    def __init__(self, stop_after: int = 1_000) -> None:
        super().__init__()
        self.now = time.time()
        self.pauses: list[float] = []
        self._stop_after = stop_after

    def __call__(self) -> float:
        return self.now

    def wait(self, timeout=None):
        self.pauses.append(timeout)
        self.now += timeout
        if len(self.pauses) >= self._stop_after:
            self.set()
        return self.is_set()


def frame(**status: str) -> pd.DataFrame:
    answers = Answers.undecided(list(status))
    answers.close(range(len(status)), "", "")
    answers.status = list(status.values())
    builder = Builder()
    builder.add(0, answers.obtained())
    return builder.frame()


class Script:
    """Answers each round from a list: statuses by id, or an error to raise."""

    def __init__(self, *answers: object) -> None:
        self.answers = list(answers)
        self.asked: list[object] = []

    def __call__(self, ids: object, keep: Keep) -> None:
        self.asked.append(take(ids).ids)
        answer = self.answers.pop(0)
        if isinstance(answer, BaseException):
            answer.records = keep(frame(**dict.fromkeys(self.asked[-1], "unanswered")), [])
            raise answer
        keep(frame(**answer), [])


def watched(script: Script, clock: Time, **settings: object) -> list[pd.DataFrame]:
    options = {"deadline": HOUR, "first_pause": 10, "longest_pause": 60, "on_round": None, **settings}
    return list(rounds(script, lambda records, _: records, ["a", "b", "c"], stop=clock, clock=clock, **options))


def statuses(records: pd.DataFrame) -> str:
    return " ".join(records["status"])


def test_only_what_is_not_settled_is_asked_again_and_all_rows_are_yielded_each_time():
    script = Script(
        {"a": "sending", "b": "delivered", "c": "unanswered"},
        {"a": "sending", "c": "not_found"},
        {"a": "failed", "c": "delivered"},
    )
    clock = Time()
    seen = watched(script, clock)
    assert [statuses(records) for records in seen] == [
        "sending delivered unanswered",
        "sending delivered not_found",
        "failed delivered delivered",
    ]
    assert script.asked == [["a", "b", "c"], ["a", "c"], ["a", "c"]]
    assert all(records["email_id"].tolist() == ["a", "b", "c"] for records in seen)


def test_the_last_open_ids_are_not_taken_for_rounded_ones():
    # Floats could hold both, which as a source of their own would speak against them.
    known = {"2611240900001000960": "sending", "2611240900001001472": "sending"}
    with pytest.raises(RoundedIdsError):
        take(list(known))
    many = {f"26112409000010{n:05}": "delivered" for n in range(1, 64)} | known
    script = Script(many, dict.fromkeys(known, "delivered"))
    assert len(watched(script, Time())) == 2


def test_ids_that_the_api_refuses_are_not_asked_again():
    script = Script({"a": "invalid", "b": "failed", "c": "delivered"})
    assert len(watched(script, Time())) == 1


def test_no_answer_does_not_take_the_place_of_an_answer():
    script = Script({"a": "sending"}, {"a": "unanswered"}, {"a": "delivered"})
    assert [statuses(records) for records in watched(script, Time())] == ["sending", "sending", "delivered"]


def test_no_answer_takes_the_place_of_an_older_one_that_was_none():
    records, newer = frame(a="unanswered", b="sending"), frame(a="unanswered", b="unanswered")
    records["error"], newer["error"] = "the server was busy", "the network was gone"
    newer["queried_at"] += pd.Timedelta("1h")
    result = updated(records, newer)
    assert result["error"].tolist() == ["the network was gone", "the server was busy"]
    assert result["queried_at"].tolist() == [newer["queried_at"][0], records["queried_at"][1]]


def test_pauses_grow_up_to_the_longest_and_the_last_round_is_at_the_deadline():
    clock = Time()
    told: list[Round] = []
    seen = watched(Script(*[{"a": "sending"}] * 9), clock, deadline=200, on_round=told.append)
    assert clock.pauses == [10, 20, 40, 60, 60, 10]
    assert len(seen) == 7
    assert [one.number for one in told] == list(range(1, 8))
    assert [one.pause for one in told] == [*clock.pauses, None]
    assert told[0] == Round(1, settled=0, open=1, unanswered=0, pause=10)


def test_no_time_at_all_is_one_round():
    assert len(watched(Script({"a": "sending"}), Time(), deadline=0)) == 1


def test_stop_in_a_pause_ends_it_without_another_round():
    assert len(watched(Script({"a": "sending"}, {"a": "sending"}), Time(stop_after=2))) == 2


def test_stop_in_the_midst_of_a_round_yields_what_it_found():
    clock = Time()

    class Stopping(Script):
        def __call__(self, ids, keep):
            if self.asked:
                clock.set()
            super().__call__(ids, keep)

    script = Stopping({"a": "sending", "b": "sending"}, QueryStopped("stopped"))
    assert [statuses(records) for records in watched(script, clock)] == ["sending sending"] * 2


def test_trouble_that_spreads_is_waited_out_but_not_in_the_first_round():
    script = Script({"a": "sending"}, TroubleSpreads("dead"), {"a": "delivered"})
    assert [statuses(records) for records in watched(script, Time())] == ["sending", "sending", "delivered"]
    with pytest.raises(TroubleSpreads):
        watched(Script(TroubleSpreads("dead")), Time())


@pytest.mark.parametrize("error", [AccountLocked("-4"), QueryInterrupted("Ctrl-C")])
def test_what_cannot_heal_ends_the_watch_with_all_records(error):
    script = Script({"a": "sending", "b": "delivered"}, error)
    with pytest.raises(type(error)) as caught:
        watched(script, Time())
    assert statuses(caught.value.records) == "sending delivered"


def test_a_frame_keeps_rows_index_and_columns_when_answers_come():
    records = frame(a="sending", b="not_found").iloc[[0, 1, 0]].set_axis([7, 5, 7])
    records["who"] = ["x", "y", "z"]
    records.attrs["emailrcd"] = {"notices": []}
    result = updated(records, frame(a="delivered"))
    assert result["status"].tolist() == ["delivered", "not_found", "delivered"]
    assert result.index.tolist() == [7, 5, 7]
    assert result["who"].tolist() == ["x", "y", "z"]
    assert result.dtypes.equals(records.dtypes)
    assert result["status"].dtype == records["status"].dtype
    assert records["status"].tolist() == ["sending", "not_found", "sending"]


IDS = st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=12)
ANSWERS = st.dictionaries(st.sampled_from("abcdefgh"), st.sampled_from([*SETTLED, *OPEN, "unanswered"]), min_size=1)


@settings(max_examples=100, deadline=None)
@given(ids=IDS, before=st.data(), after=ANSWERS)
def test_each_row_has_the_newer_answer_if_there_is_one(ids, before, after):
    old = {email_id: before.draw(st.sampled_from([*OPEN, "unanswered"])) for email_id in ids}
    records = frame(**old).set_index("email_id").loc[ids].reset_index()
    records = records[frame(a="sending").columns]
    result = updated(records, frame(**after))
    expected = [
        after[i] if i in after and (after[i] != "unanswered" or old[i] == "unanswered") else old[i] for i in ids
    ]
    assert result["status"].tolist() == expected
    assert result["email_id"].tolist() == ids


# With the sandbox


def test_mail_settles_under_the_eyes_of_a_watch(tmp_path):
    clock = Time()
    with Sandbox(clock=clock) as sandbox:
        ids = sandbox.sample_ids(3_000)
        known = [sandbox.world.facts(email_id).known for email_id in ids]
        campaign = pd.DataFrame({"emailId": ids, "n": range(3_000)}, index=np.arange(3_000)[::-1])
        client = sandbox.client()
        with Ledger(tmp_path / "history.sqlite") as ledger:
            watch = client.watch(
                campaign,
                ledger=ledger,
                first_pause=600,
                longest_pause=HOUR,
                stop=clock,
                deadline=10**9,
                on_notice=lambda _: None,
            )
            first = last = next(watch)
            for last in watch:
                assert last is client.last_records
                assert last["email_id"].tolist() == ids
                assert last["n"].tolist() == list(range(3_000))
                assert last.index.equals(first.index)
                if clock.now > time.time() + 24 * HOUR:
                    clock.set()
            settled = last["status"].isin(SETTLED)
            assert settled.tolist() == known
            assert last.loc[~settled, "status"].eq("not_found").all()
            assert last["submitted_at_estimated"].equals(first["submitted_at_estimated"])
            changed = first["status"].isin(OPEN) & settled
            times = settled_between(first, last)
            assert sorted(times["email_id"]) == sorted(last.loc[changed, "email_id"])
            assert (times["settled_by"] > times["last_seen_open"]).all()
            assert (times["took_at_most"] > pd.Timedelta(0)).all()
            assert settling_in_words(first, last).startswith(
                f"{len(times)} mails settled meanwhile: half of them within "
            )
            assert settling_in_words(last, last) == ""
            example = times["email_id"].iloc[0]
            assert ledger.history(example)["status"].iloc[-1] == times["status"].iloc[0]
            assert len(ledger.history(example)) > 1
        assert len(sandbox.calls) < 15 + len(clock.pauses) * 2 + 4


class Interrupted(Time):
    """Ctrl-C in a pause, of which one has passed before."""

    def wait(self, timeout=None):
        if self.pauses:
            raise KeyboardInterrupt
        return super().wait(timeout)


@pytest.mark.parametrize("where", ["pause", "round", "on_round"])
def test_an_interrupted_watch_carries_all_records(where):
    clock = Interrupted() if where == "pause" else Time()
    with Sandbox(clock=clock) as sandbox:
        ids, client, rounds = sandbox.sample_ids(2_000), sandbox.client(), []

        def interrupt(_: object) -> None:
            if len(rounds) == 2:
                raise KeyboardInterrupt

        at = {} if where == "pause" else {"on_progress" if where == "round" else "on_round": interrupt}
        watch = client.watch(ids, stop=clock, deadline=10**9, on_notice=lambda _: None, **at)
        with pytest.raises(QueryInterrupted) as caught:
            rounds.extend(watch)
    assert len(rounds) == 2
    assert caught.value.records is client.last_records
    assert client.last_records["email_id"].tolist() == ids
    answered = rounds[-1]["status"].isin(SETTLED)
    pd.testing.assert_frame_equal(client.last_records[answered], rounds[-1][answered])


def test_after_the_clock_stepped_back_a_watch_with_a_ledger_asks_again_for_what_is_open(sandbox, monkeypatch):
    ahead = 8 * HOUR
    real, real_ns = time.time, time.time_ns
    monkeypatch.setattr(time, "time", lambda: real() + ahead)
    monkeypatch.setattr(time, "time_ns", lambda: real_ns() + int(ahead * 1e9))
    ids, rounds = sandbox.sample_ids(1_000), []
    with Ledger(":memory:") as ledger:
        for records in sandbox.client().watch(ids, ledger=ledger, stop=Time(stop_after=2), on_notice=lambda _: None):
            rounds.append(records)
            ahead = 0
    still_open = rounds[0].loc[rounds[0]["status"].isin(OPEN), "email_id"].tolist()
    assert still_open
    assert sandbox.calls[-1].ids == tuple(still_open)
    assert (rounds[1].loc[rounds[0]["status"].isin(OPEN), "queried_at"] < rounds[0]["queried_at"].min()).all()


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(1, 2_500), times=st.integers(1, 3), with_ledger=st.booleans())
def test_an_interrupt_of_a_watch_at_any_line_leaves_all_records_with_the_client(sandbox, at, times, with_ledger):
    ids, client = sandbox.sample_ids(600), sandbox.client(connections=2)
    with Ledger(":memory:") as ledger:
        watch = client.watch(
            ids, stop=Time(stop_after=3), ledger=ledger if with_ledger else None, on_notice=lambda _: None
        )
        with suppress(KeyboardInterrupt), Interrupting(at, times):
            list(watch)
    assert client.last_records is None or client.last_records["email_id"].tolist() == ids


def test_stop_ends_a_pause_of_an_hour_at_once(sandbox):
    stop = threading.Event()
    watch = sandbox.client().watch(
        sandbox.sample_ids(300), first_pause=HOUR, stop=stop, on_round=lambda _: stop.set(), on_notice=lambda _: None
    )
    assert len(list(watch)) == 1


def test_a_ledger_can_be_named_by_its_path(sandbox, tmp_path):
    clock = Time(stop_after=2)
    path = tmp_path / "history.sqlite"
    rounds_seen = list(
        sandbox.client().watch(sandbox.sample_ids(300), ledger=path, stop=clock, on_notice=lambda _: None)
    )
    assert len(rounds_seen) == 2
    assert not path.with_name("history.sqlite-wal").exists()
    with Ledger(path) as ledger:
        assert len(ledger) == 300


def test_mail_that_the_ledger_knows_as_settled_is_not_asked_by_a_watch(sandbox, tmp_path):
    path = tmp_path / "history.sqlite"
    ids = sandbox.sample_ids(400)
    settled = sandbox.client().query(ids, ledger=path, progress=False, on_notice=lambda _: None)["status"].isin(SETTLED)
    list(sandbox.client().watch(ids, ledger=path, deadline=0, on_notice=lambda _: None))
    assert sandbox.calls[-1].count == (~settled).sum()


@pytest.mark.parametrize("name", ["deadline", "first_pause", "longest_pause"])
def test_a_length_of_time_that_is_none_is_refused_before_anything_is_asked(sandbox, name):
    with pytest.raises(EmailrcdError, match=name):
        sandbox.client().watch(sandbox.sample_ids(1), **{name: -1})
    assert sandbox.calls == []


def test_a_traceback_of_a_failed_watch_holds_no_address(sandbox):
    campaign = sandbox.sample_campaign(300).assign(mailto="li.wei@qq.com")
    stop = Time()
    client = sandbox.client()
    watch = client.watch(campaign, stop=stop, on_notice=lambda _: None)
    next(watch)
    sandbox.inject("-4", times=9)
    with pytest.raises(EmailrcdError) as caught:
        next(watch)
    assert caught.value.records is client.last_records
    assert len(client.last_records) == 300
    trace = caught.value.__traceback__.tb_next
    assert trace is not None
    while trace is not None:
        for value in trace.tb_frame.f_locals.values():
            assert "@qq.com" not in repr(value)
        trace = trace.tb_next
