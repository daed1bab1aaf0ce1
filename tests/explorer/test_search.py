"""Looking for a piece of text."""

from __future__ import annotations

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from emailrcd.explorer.search import Texts

IDS = st.lists(st.one_of(st.none(), st.sampled_from(["2208031112341000001", "7", "77"])))

VALUES = st.lists(
    st.one_of(st.none(), st.sampled_from(["Li.Lei@QQ.com", "双十一", "İ", "", "a+b.*"]), st.text(max_size=4))
)


@given(VALUES, st.sampled_from(["li", "LI.", "qq", "双", ".*", "a", "+"]), st.sampled_from(["str", "category"]))
def test_what_holds_a_text_is_found_in_whatever_case_and_nothing_else(values, text, dtype):
    found = Texts(pd.Series(values, dtype="str").astype(dtype)).contain(text)
    assert found.tolist() == [value is not None and text.lower() in value.lower() for value in values]


@given(IDS, st.sampled_from(["7", "22", "7a", "a", "٧"]))
def test_numbers_are_found_and_no_name_among_them(values, text):
    found = Texts(pd.Series(values, dtype="str")).contain(text)
    assert found.tolist() == [value is not None and text in value for value in values]


def test_values_that_repeat_and_objects_are_found_too():
    repeated = pd.Series(["spring", None, "autumn"] * 100, dtype="str")
    assert Texts(repeated).contain("SPRING").sum() == 100
    assert Texts(pd.Series([["x"], {"y": 1}, None], dtype=object)).contain("'y'").tolist() == [False, True, False]
