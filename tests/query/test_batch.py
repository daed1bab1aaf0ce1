"""One batch asked until each of its ids has an answer."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emailrcd.api.reply import Counts, Mail, Reply
from emailrcd.errors import (
    AuthenticationFailed,
    ConnectionFailed,
    EmailrcdError,
    IdsRefused,
    QueryStopped,
    ServerFault,
    TooManyIds,
    TroubleSpreads,
    UnknownCode,
)
from emailrcd.query import batch
from emailrcd.query.batch import BatchResolver

Answer = Callable[[list[str]], Reply]


class Scripted:
    """Stands in for the network: answers each call by a function and remembers the calls."""

    def __init__(self, answer: Answer) -> None:
        self.calls: list[list[str]] = []
        self.accepted = False
        self._answer = answer

    def send(self, ids: Sequence[str], halt: threading.Event) -> Reply:
        assert isinstance(halt, threading.Event)  # Without it, nothing could stop the call.
        self.calls.append(list(ids))
        return self._answer(list(ids))


def delivered(ids: list[str]) -> Reply:
    return Reply(Counts(len(ids), 0, 0, 0), [Mail(i, "a@qq.com", "", "0") for i in ids])


def resolving(answer: Answer, accepted: bool = False) -> tuple[BatchResolver, Scripted]:
    transport = Scripted(answer)
    transport.accepted = accepted
    return BatchResolver(transport, threading.Event()), transport


def refusing(*bad: str, largest: int = 200) -> Answer:
    def answer(ids: list[str]) -> Reply:
        if len(ids) > largest:
            raise TooManyIds("-28")
        if set(ids) & set(bad):
            raise IdsRefused("-5")
        return delivered(ids)

    return answer


IDS = [f"id{n}" for n in range(200)]


def test_ids_unlike_the_others_are_asked_apart_and_one_that_is_refused_costs_the_others_nothing():
    resolver, transport = resolving(refusing("id7"))
    answers, error = resolver.resolve(IDS, {"id7"})
    assert error is None
    assert [len(call) for call in transport.calls] == [199, 1, 1]
    assert [email_id for email_id, status in zip(IDS, answers.status, strict=True) if status != "delivered"] == ["id7"]
    assert answers.status[7] == "invalid"


def test_ids_unlike_the_others_that_are_accepted_cost_one_call():
    resolver, transport = resolving(refusing())
    answers, _ = resolver.resolve(IDS, set(IDS[::2]))
    assert [len(call) for call in transport.calls] == [100, 100]
    assert set(answers.status) == {"delivered"}
    assert resolver.account.calls == 2


def test_a_batch_of_nothing_but_ids_unlike_the_others_costs_one_call():
    resolver, transport = resolving(refusing())
    resolver.resolve(["a", "b"], {"a", "b"})
    assert transport.calls == [["a", "b"]]


def test_abnormal_ids_are_isolated_and_the_rest_is_answered():
    resolver, _ = resolving(refusing("id7", "id8", "id150"))
    answers, error = resolver.resolve(IDS)
    assert error is None
    assert [i for i, s in zip(IDS, answers.status, strict=True) if s == "invalid"] == ["id7", "id8", "id150"]
    assert answers.status.count("delivered") == 197
    assert "-5" in answers.error[7]
    assert "字段为空或查询ID异常" in answers.error[7]


def test_an_abnormal_id_asked_before_any_acceptance_waits_for_it():
    resolver, _ = resolving(refusing("a"))
    answers, error = resolver.resolve(["a", "b"])
    assert (answers.status, error) == (["invalid", "delivered"], None)


@pytest.mark.parametrize("ids", [["a"], ["a", "b", "c"], IDS])
def test_if_all_of_the_first_batch_is_refused_nothing_is_invalid_and_the_app_id_is_pointed_at(ids):
    resolver, transport = resolving(refusing(*ids))
    answers, error = resolver.resolve(ids)
    alone = min(len(ids), batch.CALLS_BEFORE_ACCEPTANCE - 1)
    assert isinstance(error, IdsRefused)
    assert error.code == "-5"
    assert f"Not one id was accepted, of {alone} asked alone. Most likely the app id is wrong" in str(error)
    assert set(answers.status) == {"unanswered"}
    assert set(answers.error) == {"The query ended before this id was answered."}
    assert len(transport.calls) == 1 + alone
    assert resolver.account.calls == 0


def test_what_the_api_says_of_a_refusal_is_told():
    def answer(ids: list[str]) -> Reply:
        raise IdsRefused("-5", "appId is empty")

    _, error = resolving(answer)[0].resolve(["a"])
    assert isinstance(error, IdsRefused)
    assert error.reason == "appId is empty"


def test_the_app_id_is_not_accused_while_a_call_was_given_up():
    def answer(ids: list[str]) -> Reply:
        raise ConnectionFailed("connection refused") if ids == ["a"] else IdsRefused("-5")

    resolver, _ = resolving(answer)
    answers, error = resolver.resolve(["a", "b"])
    assert (answers.status, error) == (["unanswered"] * 2, None)
    assert answers.error[0] == "connection refused"
    assert "was refused, and none was accepted yet. API code -5" in answers.error[1]


def test_once_the_client_was_accepted_a_refused_id_is_invalid():
    resolver, _ = resolving(refusing("a"), accepted=True)
    answers, error = resolver.resolve(["a"])
    assert (answers.status, error) == (["invalid"], None)


def test_isolating_has_a_bound(monkeypatch):
    monkeypatch.setattr(batch, "ISOLATING_CALLS", 5)
    resolver, transport = resolving(refusing(*IDS[::2]), accepted=True)
    answers, error = resolver.resolve(IDS)
    assert error is None
    assert len(transport.calls) < 30
    assert set(answers.status) >= {"unanswered"}
    assert "query this id again" in answers.error[answers.status.index("unanswered")]


def test_isolating_may_cost_what_its_bound_says_beside_one_call_for_each_batch(monkeypatch):
    monkeypatch.setattr(batch, "ISOLATING_CALLS", 5)
    resolver, transport = resolving(refusing(*IDS), accepted=True)
    for batches in (1, 2, 3):
        resolver.resolve(IDS)
        assert len(transport.calls) == 5 + batches


def test_batches_are_isolated_at_the_same_time_once_the_client_was_accepted():
    both = threading.Barrier(2)

    def answer(ids: list[str]) -> Reply:
        both.wait(10)
        return refusing("bad")(ids)

    resolver, transport = resolving(answer, accepted=True)
    results = []
    threads = [threading.Thread(target=lambda: results.append(resolver.resolve(["bad", "good"]))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answers.status for answers, _ in results] == [["invalid", "delivered"]] * 2
    assert len(transport.calls) == 8


def test_code_28_makes_batches_smaller_and_they_stay_smaller():
    resolver, transport = resolving(refusing(largest=60))
    answers, _ = resolver.resolve(IDS)
    assert set(answers.status) == {"delivered"}
    assert resolver.size == 50
    before = len(transport.calls)
    resolver.resolve(IDS)
    assert [len(call) for call in transport.calls[before:]] == [50] * 4


def test_a_size_learned_is_a_number_of_ids_and_goes_down_to_one():
    resolver, transport = resolving(refusing(largest=3))
    resolver.resolve(IDS[:7])
    assert resolver.size == 3
    assert [len(call) for call in transport.calls] == [7, 3, 2, 2]
    resolver, transport = resolving(refusing(largest=1))
    answers, _ = resolver.resolve(["a", "b"])
    assert answers.status == ["delivered"] * 2
    assert transport.calls == [["a", "b"], ["a"], ["b"]]


def test_a_size_once_taken_is_kept_when_a_call_of_it_is_refused_as_too_large():
    faults = [TooManyIds("-28"), None, None]

    def answer(ids: list[str]) -> Reply:
        if len(transport.calls) > 1 and (fault := faults.pop(0)):
            raise fault
        return delivered(ids)

    resolver, transport = resolving(answer)
    resolver.resolve(IDS)
    answers, _ = resolver.resolve(IDS)
    assert set(answers.status) == {"delivered"}
    assert [len(call) for call in transport.calls] == [200, 200, 100, 100]
    assert resolver.size == 200


def test_an_id_refused_alone_is_invalid_only_when_it_is_refused_twice():
    refusals = [IdsRefused("-5")]

    def answer(ids: list[str]) -> Reply:
        if ids == ["a"] and refusals:
            raise refusals.pop()
        return delivered(ids)

    resolver, transport = resolving(answer, accepted=True)
    answers, error = resolver.resolve(["a"])
    assert (answers.status, error) == (["delivered"], None)
    assert transport.calls == [["a"], ["a"]]


def test_a_server_that_takes_no_id_at_all_leaves_it_unanswered():
    resolver, _ = resolving(refusing(largest=0))
    answers, error = resolver.resolve(["a"])
    assert (answers.status, error) == (["unanswered"], None)
    assert "-28" in answers.error[0]


def test_a_batch_that_stays_unanswered_carries_its_error_and_the_query_goes_on():
    def answer(ids: list[str]) -> Reply:
        raise ConnectionFailed("connection refused")

    resolver, _ = resolving(answer)
    answers, error = resolver.resolve(["a", "b"])
    assert (answers.status, answers.error, error) == (["unanswered"] * 2, ["connection refused"] * 2, None)


@pytest.mark.parametrize("trouble", [ServerFault("-23"), UnknownCode("-77")])
def test_trouble_that_spreads_stops_the_query(trouble):
    def answer(ids: list[str]) -> Reply:
        raise trouble

    resolver, transport = resolving(answer)
    errors = [resolver.resolve([f"{n}"])[1] for n in range(5)]
    assert errors[:4] == [None] * 4
    assert isinstance(errors[4], TroubleSpreads)
    assert str(trouble) in str(errors[4])
    assert transport.calls == [["0"], ["1"], ["2"], ["3"], ["4"]]


def test_who_waits_for_another_leaves_when_the_query_ends():
    halt, asked, never = threading.Event(), threading.Event(), threading.Event()

    def answer(ids: list[str]) -> Reply:
        if len(ids) == 1:
            asked.set()
            never.wait(60)
        raise IdsRefused("-5")

    resolver = BatchResolver(Scripted(answer), halt)
    ends: list[EmailrcdError | None] = []
    isolating = threading.Thread(target=resolver.resolve, args=(IDS,), daemon=True)
    waiting = threading.Thread(target=lambda: ends.append(resolver.resolve(IDS[:100])[1]), daemon=True)
    isolating.start()
    assert asked.wait(10)
    waiting.start()
    halt.set()
    waiting.join(10)
    assert isinstance(ends[0], QueryStopped)
    never.set()
    isolating.join(10)


@pytest.mark.parametrize("good", [range(1, 200, 2), range(0, 200, 3), [7, 120], range(150, 200)])
def test_ids_that_are_acceptable_are_found_however_they_lie_and_the_app_id_is_not_accused(good):
    bad = [email_id for n, email_id in enumerate(IDS) if n not in set(good)]
    resolver, _ = resolving(refusing(*bad))
    answers, error = resolver.resolve(IDS)
    assert error is None
    assert answers.status == ["delivered" if n in set(good) else "invalid" for n in range(200)]


def test_a_small_first_batch_is_decided_whole_before_the_app_id_is_accused():
    for good in range(100):
        resolver, _ = resolving(refusing(*IDS[:good], *IDS[good + 1 : 100]))
        answers, error = resolver.resolve(IDS[:100])
        assert error is None
        assert answers.status[good] == "delivered"
        assert answers.status.count("invalid") == 99


@pytest.mark.parametrize("trouble", [ConnectionFailed("refused"), AuthenticationFailed("-1"), IdsRefused("-5")])
def test_a_settled_row_stands_also_if_asking_once_more_fails(trouble):
    rows = [Mail("a", "a@qq.com", "", "0"), Mail("a", "a@qq.com", "", "-1"), Mail("b", "b@qq.com", "", "-1")]

    def answer(ids: list[str]) -> Reply:
        if len(transport.calls) > 1:
            raise trouble
        return Reply(Counts(1, 0, 2, 0), [*rows, Mail("b", "c@qq.com", "", "-1")])

    resolver, transport = resolving(answer)
    answers, _ = resolver.resolve(["a", "b"])
    assert answers.status == ["delivered", "unanswered"]
    assert answers.error[0] is None
    assert transport.calls == [["a", "b"], ["a", "b"]]


def test_a_success_between_keeps_trouble_from_spreading():
    def answer(ids: list[str]) -> Reply:
        if ids == ["good"]:
            return delivered(ids)
        raise ConnectionFailed("refused")

    resolver, _ = resolving(answer)
    assert [resolver.resolve([i])[1] for i in [*"abcd", "good", *"efgh"]] == [None] * 9


def test_a_fatal_error_ends_the_query_and_keeps_what_the_batch_had():
    def answer(ids: list[str]) -> Reply:
        if len(ids) > 2:
            raise TooManyIds("-28")
        if "c" in ids:
            raise AuthenticationFailed("-1")
        return delivered(ids)

    resolver, _ = resolving(answer)
    answers, error = resolver.resolve(list("abcd"))
    assert isinstance(error, AuthenticationFailed)
    assert answers.status == ["delivered", "delivered", "unanswered", "unanswered"]


def test_ids_left_open_to_doubt_are_asked_once_more_and_alone():
    def answer(ids: list[str]) -> Reply:
        return Reply(Counts(1, 0, 0, 0), [Mail("a", "a@qq.com", "", "0")]) if "a" in ids else delivered(ids)

    resolver, transport = resolving(answer)
    answers, _ = resolver.resolve(["a", "b", "c"])
    assert answers.status == ["delivered"] * 3
    assert transport.calls == [["a", "b", "c"], ["b", "c"]]


@pytest.mark.parametrize(
    ("first", "second", "status"),
    [(["0", "1"], ["1", "-1"], "failed"), (["0", "-1"], ["-1"], "delivered"), (["-1", "-1"], [], "not_found")],
)
def test_rows_that_contradict_each_other_are_decided_by_those_of_a_second_call(first, second, status):
    def answer(ids: list[str]) -> Reply:
        rows = [Mail("a", f"{n}@qq.com", "", word) for n, word in enumerate(second if transport.calls[1:] else first)]
        return Reply(Counts(0, 0, 0, int(not rows)), rows)

    resolver, transport = resolving(answer)
    answers, _ = resolver.resolve(["a"])
    assert (answers.status, resolver.account.calls) == ([status], 2)


def test_an_id_is_not_found_against_a_count_that_claims_its_row_only_when_two_replies_say_so():
    resolver, transport = resolving(lambda ids: Reply(Counts(1, 0, 0, 1), []))
    answers, _ = resolver.resolve(["a"])
    assert answers.status == ["not_found"]
    assert transport.calls == [["a"], ["a"]]


def test_an_id_never_covered_is_unanswered_after_two_calls():
    resolver, transport = resolving(lambda ids: Reply(Counts(0, 0, 0, 0), []))
    answers, _ = resolver.resolve(["a"])
    assert answers.status == ["unanswered"]
    assert len(transport.calls) == 2


def test_only_one_batch_looks_for_an_acceptable_id_while_the_others_wait():
    all_asked = threading.Barrier(4)

    def answer(ids: list[str]) -> Reply:
        if len(ids) == 200:
            all_asked.wait(10)
        if ids[0] != "good":
            raise IdsRefused("-5")
        return delivered(ids)

    resolver, transport = resolving(answer)
    work = [["good" if n == 100 else f"{batch}-{n}" for n in range(200)] for batch in range(4)]
    threads = [threading.Thread(target=resolver.resolve, args=(ids,)) for ids in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    isolating = [ids for ids in transport.calls if len(ids) < 200]
    accepted = next(position for position, ids in enumerate(isolating) if ids[0] == "good")
    assert len({frozenset(i.split("-")[0] for i in ids if i != "good") for ids in isolating[:accepted]}) == 1


@settings(deadline=None)
@given(
    ids=st.lists(st.integers(0, 10_000).map(str), min_size=1, max_size=200, unique=True),
    largest=st.integers(1, 200),
    data=st.data(),
)
def test_no_id_is_lost_and_no_call_is_too_large_whatever_the_server_refuses(ids, largest, data):
    bad = data.draw(st.sets(st.sampled_from(ids)))
    resolver, transport = resolving(refusing(*bad, largest=largest), accepted=True)
    answers, error = resolver.resolve(ids)
    assert error is None
    assert list(answers.ids) == ids
    assert answers.status == ["invalid" if i in bad else "delivered" for i in ids]
    assert max(map(len, transport.calls)) <= 200
