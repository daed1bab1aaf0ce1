"""What a query owes its user besides records, added up over chunks and parts."""

from __future__ import annotations

import pickle
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from emailrcd.api.reply import Counts
from emailrcd.query.account import Account

counts = st.integers(0, 1_000)
words = st.sampled_from(["", "one", "another"])
accounts = st.builds(
    Account,
    *[counts] * 3,
    st.dictionaries(words, st.integers(1, 9)).map(Counter),
    st.dictionaries(words, st.integers(1, 9)).map(Counter),
    counts,
    words,
    counts,
    counts,
    words,
    counts,
)


@given(accounts, accounts, accounts)
def test_accounts_of_parts_add_up_in_any_grouping(one, other, third):
    assert (one + other) + third == one + (other + third)
    assert one + Account() == Account() + one == one


@given(accounts)
def test_an_account_comes_back_from_a_worker_as_it_was(account):
    assert pickle.loads(pickle.dumps(account)) == account


def test_the_first_example_is_told_with_the_number_of_all():
    account = Account()
    for sent in (1, 2):
        account.compare(Counts(sent, 0, 0, 0), Counts(0, 0, 0, sent))
    account += Account(malformed=2, first_malformed="yesterday") + Account(malformed=1, first_malformed="noon")
    disagreements, times = account.notices()
    assert disagreements.startswith("In 2 replies the API's counts disagree with its rows (the first: 1 delivered")
    assert times.startswith("3 values of receiveTime are not times of ISO 8601 with an offset (the first: 'yesterday')")


def test_what_stays_unanswered_is_told_with_its_most_frequent_reason_and_what_to_do():
    advice = ("ask it again", "ask them again")
    assert Account().left_unanswered(advice) == []
    assert Account(unanswered=Counter(late=1)).left_unanswered(advice) == [
        "1 id stays unanswered; ask it again. The most frequent reason: late"
    ]
    assert (Account(unanswered=Counter(late=1)) + Account(unanswered=Counter(lost=2))).left_unanswered(advice) == [
        "3 ids stay unanswered; ask them again. The most frequent reason: lost"
    ]
