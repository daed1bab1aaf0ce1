"""Words for numbers and for text from outside."""

from __future__ import annotations

import math

from hypothesis import example, given
from hypothesis import strategies as st

from emailrcd.wording import distinct, duration, harmless, percent

_UNITS = {"s": 1, "min": 60, "h": 3_600, "days": 86_400}


@given(st.floats(0, 1e9))
def test_a_length_of_time_is_told_to_within_a_twentieth(seconds):
    number, unit = duration(seconds).split()
    told = float(number.replace(",", "")) * _UNITS[unit]
    assert math.isclose(told, seconds, rel_tol=0.06, abs_tol=0.06)


@given(st.floats(0, 1, exclude_min=True, exclude_max=True), st.integers(0, 3))
@example(0.005, 0)
@example(0.9995, 1)
def test_what_is_neither_nothing_nor_all_is_never_rounded_to_it(share, decimals):
    assert percent(share, decimals) not in (percent(0, decimals), percent(1, decimals))


@given(st.text())
def test_harmless_text_keeps_its_length_and_holds_nothing_that_a_terminal_obeys(text):
    shown = harmless(text)
    assert len(shown) == len(text)
    assert not set(shown) & set("\x1b\x07\x9b\r\u202e\u2066\u200f\u2028")


@given(st.lists(st.sampled_from(["x", "x (2)", "x (2) (2)", "y"])))
def test_labels_are_told_apart_whatever_they_were_called(labels):
    told = distinct(labels)
    assert len(set(told)) == len(labels)
    assert all(name.startswith(label) for name, label in zip(told, labels, strict=True))
