"""What is shown of addresses: never what fewer than five people share, nor what could be worked out from the rest."""

from __future__ import annotations

import re
from collections import Counter

import pandas as pd
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from emailrcd.records.derived import mailboxes
from emailrcd.records.providers import provider_of
from emailrcd.reporting.anonymity import FEW, shown_of
from emailrcd.reporting.masking import HIDDEN, Masking

DOMAINS = ["qq.com", "foxmail.com", "gmail.com", "icloud.com", "mac.com", "one.example", "two.example", "例子.公司"]
ADDRESSES = st.lists(
    st.builds("{}{}@{}".format, st.sampled_from("abjü名"), st.integers(0, 12), st.sampled_from(DOMAINS)), max_size=60
)


def masking_of(addresses: list[str]) -> Masking:
    return Masking(pd.DataFrame({"to_address": pd.Series(addresses, dtype="str")}))


@given(ADDRESSES)
def test_each_masked_form_stands_for_five_people_or_for_everybody(addresses):
    masking = masking_of(addresses)
    people = set(mailboxes(pa.array(addresses, pa.string())).to_pylist())
    forms = Counter(masking.address(person) for person in people)
    assert all(count >= FEW for count in forms.values()) or set(forms) == {f"{HIDDEN}@{HIDDEN}"}


@given(ADDRESSES)
def test_domains_that_are_not_named_are_five_people_at_their_provider_or_all_there(addresses):
    people = set(mailboxes(pa.array(addresses, pa.string())).to_pylist())
    named = shown_of(pd.Series(addresses, dtype="str")).domains
    hidden = Counter(
        provider_of(person.partition("@")[2]) for person in people if person.partition("@")[2] not in named
    )
    of_providers = Counter(provider_of(person.partition("@")[2]) for person in people)
    assert all(count >= FEW or count == of_providers[provider] for provider, count in hidden.items())


def test_mails_to_one_person_do_not_show_a_domain():
    to_one = ["me@lao-wang.example"] * 4 + ["her@lao-wang.example"]
    assert not re.search(
        "lao-wang|m\\*|h\\*", masking_of([*to_one, *(f"x{n}@qq.com" for n in range(9))]).text(to_one[0])
    )


def test_spellings_and_plus_tags_of_an_address_are_one_person():
    one = ["li@one.example", "LI@One.example", "li+news@one.example", "li+a@one.example", "<li@one.example>"]
    assert shown_of(pd.Series(one, dtype="str")).domains == frozenset()


def test_the_smallest_of_what_is_shown_is_hidden_with_a_rest_that_is_too_small():
    addresses = [f"a{n}@qq.com" for n in range(20)] + [f"b{n}@qq.com" for n in range(6)] + ["c@qq.com"]
    shown = shown_of(pd.Series(addresses, dtype="str"))
    assert shown.initials == {("qq.com", "a")}
    assert shown_of(pd.Series(["z@foxmail.com", *addresses], dtype="str")).domains == frozenset()
