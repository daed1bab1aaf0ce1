"""Replies matched to the ids asked: no id lost, nothing guessed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emailrcd.api.reply import Counts, Mail, Reply
from emailrcd.query.account import Account
from emailrcd.query.matching import decide, match
from emailrcd.records.builder import Answers

DELIVERED, SENDING, FAILED = "0", "-1", "1"


def mail(email_id: str, status: str = DELIVERED, address: str = "a@qq.com", time: str = "") -> Mail:
    return Mail(email_id=email_id, to_address=address, receive_time=time, status=status)


def reply(*mails: Mail, nofound: int = 0) -> Reply:
    statuses = [m.status for m in mails]
    counts = Counts(statuses.count(DELIVERED), statuses.count(FAILED), statuses.count(SENDING), nofound)
    return Reply(counts, list(mails))


def entered(ids: list[str], *replies: Reply) -> tuple[Answers, dict[int, list[Mail]], Account]:
    answers, account = Answers.undecided(ids), Account()
    again: dict[int, list[Mail]] = {}
    for each in replies:
        again = match(each, answers, range(len(ids)), account)
    return answers, again, account


def test_rows_are_matched_by_id_and_not_by_position():
    answers, again, account = entered(
        ["a", "b"], reply(mail("b", FAILED, "b@qq.com"), mail("a", DELIVERED, "a@qq.com"))
    )
    assert answers.status == ["delivered", "failed"]
    assert answers.address == ["a@qq.com", "b@qq.com"]
    assert (again, account.notices()) == ({}, [])


def test_each_status_is_counted_as_the_reply_counts_it_and_a_time_is_kept():
    time = "2026-11-01T09:00:00+08:00"
    answers, again, account = entered(
        ["a", "b", "c"], reply(mail("a", DELIVERED, time=time), mail("b", FAILED), mail("c", SENDING))
    )
    assert answers.status == ["delivered", "failed", "sending"]
    assert answers.time == [time, "", ""]
    assert (again, account.notices()) == ({}, [])


def test_an_id_without_a_row_is_not_found_if_nofound_covers_it():
    answers, again, account = entered(["a", "b"], reply(mail("a"), nofound=1))
    assert answers.status == ["delivered", "not_found"]
    assert (again, account.notices()) == ({}, [])


def test_ids_that_nofound_does_not_cover_must_be_asked_again():
    answers, again, account = entered(["a", "b", "c"], reply(mail("a"), nofound=1))
    assert answers.status == ["delivered", "", ""]
    assert again == {1: [], 2: []}
    assert "1 not found by its counts, 1 delivered, 0 failed, 0 sending, 2 not found" in account.notices()[0]


def test_a_row_for_an_id_not_asked_for_is_reported_and_left_out():
    answers, again, account = entered(["a"], Reply(Counts(1, 0, 0, 0), [mail("a"), mail("z", FAILED)]))
    assert answers.status == ["delivered"]
    assert not again
    assert "1 rows for ids that were not asked for" in account.notices()[0]


def test_what_does_not_fit_is_counted_over_all_replies_of_a_query():
    account = Account()
    odd = Reply(Counts(0, 2, 0, 0), [mail("a", FAILED), mail("y"), mail("z")])._replace(repaired=2)
    for _ in range(2):
        match(odd, Answers.undecided(["a"]), [0], account)
    foreign, disagreements, unreadable = account.notices()
    assert foreign.startswith("The API sent 4 rows for ids")
    assert disagreements.startswith(
        "In 2 replies the API's counts disagree with its rows (the first: 0 delivered, 2 failed"
    )
    assert unreadable.startswith("In 4 rows the API sent bytes")


def test_an_id_whose_row_breaks_the_contract_is_asked_again_and_then_unanswered_and_costs_no_other():
    broken = reply(mail("a"))._replace(broken={"b": "unknown mail status - at `$.status`"}, counts=Counts(1, 1, 0, 0))
    answers, again, account = entered(["a", "b"], broken)
    assert answers.status == ["delivered", ""]
    assert again == {1: []}
    assert match(broken, answers, [1], account, again=True) == {1: []}
    decide(answers, 1, [], [])
    assert answers.status == ["delivered", "unanswered"]
    assert "unknown mail status" in answers.error[1]
    assert not account.disagreements


def test_rows_with_characters_that_could_not_be_read_are_told():
    _, _, account = entered(["a", "b"], reply(mail("a"), mail("b", address="\ufffd@qq.com"))._replace(repaired=1))
    assert "In 1 row the API sent bytes that are not characters" in account.notices()[0]


def test_identical_double_rows_collapse():
    answers, again, _ = entered(["7"], Reply(Counts(1, 0, 0, 0), [mail("7"), mail("7")]))
    assert answers.status == ["delivered"]
    assert not again


def test_different_double_rows_must_be_asked_again():
    answers, again, _ = entered(["a"], reply(mail("a"), mail("a", FAILED)))
    assert answers.status == [""]
    assert len(again[0]) == 2


@pytest.mark.parametrize(
    ("first", "second", "status"),
    [
        ([DELIVERED, SENDING], [DELIVERED, SENDING], "delivered"),
        ([DELIVERED, SENDING], [], "delivered"),
        ([DELIVERED, FAILED], [DELIVERED, FAILED], "unanswered"),
        ([DELIVERED, FAILED], [FAILED, SENDING], "failed"),
        ([], [], "unanswered"),
    ],
)
def test_a_settled_row_beats_an_open_one_and_two_settled_ones_beat_nothing(first, second, status):
    answers = Answers.undecided(["a"])
    decide(answers, 0, [mail("a", s) for s in first], [mail("a", s) for s in second])
    assert answers.status == [status]
    assert (answers.error[0] is None) == (status != "unanswered")


def test_contradicting_settled_rows_are_both_named_without_an_address():
    answers = Answers.undecided(["a"])
    rows = [mail("a", DELIVERED, time="2026-11-01T09:00:00+08:00"), mail("a", FAILED)]
    decide(answers, 0, rows, rows)
    assert answers.error[0] == (
        "The API gave different answers for this id: delivered at 2026-11-01T09:00:00+08:00 and failed without a time. "
        "Ask it again later."
    )


def test_an_address_in_place_of_a_time_is_not_quoted():
    answers = Answers.undecided(["a"])
    rows = [mail("a", DELIVERED, time="li.wei@qq.com"), mail("a", FAILED)]
    decide(answers, 0, rows, rows)
    assert "delivered at (an address)" in answers.error[0]


def test_of_different_open_rows_the_first_of_the_second_reply_is_taken():
    answers = Answers.undecided(["a"])
    first = [mail("a", SENDING, "x@qq.com"), mail("a", SENDING, "y@qq.com")]
    decide(answers, 0, first, [mail("a", SENDING, "b@qq.com"), mail("a", SENDING, "c@qq.com")])
    assert (answers.status, answers.address, answers.error) == (["sending"], ["b@qq.com"], [None])


def test_an_open_second_answer_stands_if_nothing_settled_contradicts_it():
    answers = Answers.undecided(["a"])
    answers.status[0] = "not_found"
    decide(answers, 0, [mail("a", SENDING), mail("a", SENDING, "b@qq.com")], [])
    assert answers.status == ["not_found"]


def test_an_id_that_no_reply_told_of_says_so():
    answers = Answers.undecided(["a"])
    decide(answers, 0, [], [])
    assert answers.error == [
        "The API sent no row for this id, and its count of ids not found does not cover it, also when asked again. "
        "Ask it again later."
    ]


def test_counts_that_disagree_are_told_with_their_numbers_and_the_rows_are_the_truth():
    answers, _, account = entered(["a"], Reply(Counts(0, 2, 0, 0), [mail("a", FAILED)]))
    assert answers.status == ["failed"]
    assert "2 failed" in account.notices()[0]
    assert "1 failed" in account.notices()[0]


def test_an_id_without_a_row_is_doubted_while_another_count_claims_a_row_more_and_believed_the_second_time():
    claiming = Reply(Counts(1, 0, 0, 1), [])
    answers, again, account = entered(["a"], claiming)
    assert (answers.status, again) == ([""], {0: []})
    assert match(claiming, answers, [0], account, again=True) == {}
    assert answers.status == ["not_found"]


rows_strategy = st.lists(
    st.builds(
        mail,
        st.sampled_from("abcdefgz"),
        st.sampled_from([DELIVERED, SENDING, FAILED]),
        st.sampled_from(["x@a", "y@a"]),
    )
)


@given(st.lists(st.sampled_from("abcdefg"), unique=True), rows_strategy, st.integers(0, 9))
def test_whatever_a_reply_holds_each_id_is_decided_or_asked_again_and_none_is_decided_against_the_rows(
    ids, rows, nofound
):
    answers, again, _ = entered(ids, reply(*rows, nofound=nofound))
    for position, email_id in enumerate(ids):
        told = {(m.status, m.to_address) for m in rows if m.email_id == email_id}
        if position in again:
            assert answers.status[position] == ""
            assert len(told) != 1
        elif answers.status[position] == "not_found":
            assert not told
            assert nofound
        else:
            assert len(told) == 1
