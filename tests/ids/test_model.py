"""What comes out of a source, and what messages say about it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emailrcd.errors import IdsError
from emailrcd.ids import Ids, take
from emailrcd.ids.model import Refused
from emailrcd.wording import counted, listed, quoted


def test_ids_without_refused_entries_pass_and_others_are_refused_by_name():
    take(["a", "b"]).check()
    with pytest.raises(IdsError, match=r"^1 of 2 entries is not an email id: item 2 \(''.*empty id\)\. Correct"):
        take(["a", None]).check()
    with pytest.raises(
        IdsError, match=r"5 of 6 entries are not email ids: item 2 .*, item 3 .*, item 4 .* and 2 more\."
    ):
        take(["a", *[None] * 5]).check()


def test_the_repr_counts_and_shows_no_id():
    assert repr(Ids(["a"] * 1000, 1002, 1, [Refused("row 2", "", "empty id")])) == (
        "<Ids: 1,000 ids, 1 duplicates, 1 refused>"
    )


def test_a_list_in_a_message_is_short():
    assert listed(["a", "b"], 2) == "a, b"
    assert listed(iter("abcdef"), 1_003) == "a, b, c and 1,000 more"
    assert (counted(1, "row"), counted(2, "row"), counted(0, "entry", "entries")) == ("1 row", "2 rows", "0 entries")


@given(st.text(max_size=600), st.text(st.characters(categories=["L", "N", "P"]), min_size=1, max_size=50))
def test_quoted_text_is_short_and_printable_and_bears_no_address(before, name):
    said = quoted(f"{before} {name}@qq.com")
    assert len(said) <= 40
    assert said.isprintable()
    assert "@" not in said


def test_a_number_of_any_size_can_be_quoted():
    assert len(quoted(10**9999)) <= 40
