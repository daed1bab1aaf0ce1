"""Looking for a piece of text."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emailrcd.explorer.filters import Filters
from emailrcd.explorer.population import Population

VALUES = st.lists(
    st.one_of(st.none(), st.sampled_from(["Li.Lei@QQ.com", "双十一", "İ", "", "a+b.*"]), st.text(max_size=4))
)


def found(values: pd.Series, text: str) -> list[bool]:
    return Filters(text=text).mask(Population(pd.DataFrame({"note": values}), "UTC")).tolist()


@given(VALUES, st.sampled_from(["li", "LI.", "qq", "双", ".*", "a", "+"]), st.sampled_from(["str", "category"]))
def test_what_holds_a_text_is_found_in_whatever_case_and_nothing_else(values, text, dtype):
    expected = [value is not None and text.lower() in value.lower() for value in values]
    assert found(pd.Series(values, dtype="str").astype(dtype), text) == expected


@pytest.mark.parametrize(("text", "count"), [("SPRING", 100), ("autumn", 100), ("x", 0)])
def test_values_that_repeat_are_found_too(text, count):
    assert sum(found(pd.Series(["spring", None, "autumn"] * 100, dtype="str"), text)) == count


def test_objects_are_found_as_they_are_written():
    assert found(pd.Series([["x"], {"y": 1}, None], dtype=object), "'y'") == [False, True, False]
