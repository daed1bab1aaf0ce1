"""Single values."""

from __future__ import annotations

import datetime
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from emailrcd.errors import RoundedIdsError
from emailrcd.files.cells import bare, is_empty
from emailrcd.ids import take
from emailrcd.ids.model import Refused
from emailrcd.ids.values import as_id, gather, looks_like_id
from emailrcd.wording import quoted

A, B = "2208031112341000001", "2208031112341000002"


@pytest.mark.parametrize(
    "value",
    [
        A,
        f" {A}\u00a0",
        f"\u200b'{A}'\ufeff",
        f"“{A}”",
        f'="{A}"',
        A.translate({48 + digit: 0x660 + digit for digit in range(10)}),
        int(A),
        (A,),
        np.int64(A),
        np.uint64(A),
        Decimal(A),
        Decimal(f"{A}.0"),
    ],
)
def test_an_id_is_taken_however_it_is_dressed(value):
    assert as_id(value) == A


def test_a_float_that_is_small_enough_to_be_exact_is_an_id():
    assert take([7.0, np.float32(8), 0.0, 2.0**53 - 1]).ids == ["7", "8", "0", "9007199254740991"]


@pytest.mark.parametrize("value", [None, "", " \u3000", '""', '=""', float("nan"), np.float32("nan"), pd.NA, pd.NaT])
def test_nothing_is_an_empty_id(value):
    assert is_empty(value)
    with pytest.raises(ValueError, match="empty id"):
        as_id(value)


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (True, "but bool"),
        (np.True_, "but bool"),
        (-5, "only a whole number"),
        (1.5, "only a whole number"),
        ("123.45", "'.' cannot be"),
        (Decimal("1.5"), "only a whole number"),
        (Decimal("NaN"), "only a whole number"),
        (Decimal("Infinity"), "only a whole number"),
        (10**64, "at most 64 digits"),
        pytest.param(10**5000, "at most 64 digits", id="5001 digits"),
        ("a" * 65, "too long: 65 characters"),
        (datetime.date(2026, 11, 24), "but date"),
        (pd.Timestamp("2026-11-24"), "but Timestamp"),
        (pd.Timedelta("1h"), "but Timedelta"),
        (np.datetime64("2026-11-24"), "but date"),
        (A.encode(), "bytes"),
        (("a", "b"), "tuple: give rows as a list or a DataFrame"),
        ("li@qq.com", "e-mail address"),
        (f"{A},{B}", "',' cannot be"),
        ("邮件", "'邮'"),
    ],
)
def test_what_is_no_id_is_refused_and_says_why(value, why):
    ids = take([value, A])
    assert ids.ids == [A]
    ((where, text, reason),) = ids.refused
    assert where == "item 1"
    assert why in reason
    assert "@" not in text


@pytest.mark.parametrize(
    "value",
    [
        *(2.2e18, 2.0**53, float("inf"), -1e20, "2.20803E+18", "2,20803E+18", "2.2e+18", "22E+17", "2.208031112341E18"),
        *(f"{A[:-3]}000.0", f"{A},00", f"{A[:-3]}000.", f"{A[:-3]}."),
    ],
)
def test_what_was_a_float_is_rounded_and_refused(value):
    with pytest.raises(RoundedIdsError, match="1 id has been rounded by a spreadsheet or a float: item 2"):
        take([A, value])


def test_numbers_of_a_spreadsheet_are_exact_up_to_15_digits():
    assert as_id(999_999_999_999_999.0, spreadsheet=True) == "9" * 15
    with pytest.raises(RoundedIdsError):
        gather([1e15], str, spreadsheet=True)


def test_whole_numbers_beside_missing_ones_are_exact():
    for values in ([int(A), None], pd.Series([int(A), None], dtype="Int64"), pd.Series([int(A), None], dtype=object)):
        ids = take(values)
        assert ids.ids == [A]
        assert [entry.why for entry in ids.refused] == ["empty id"]


def test_a_whole_number_too_large_for_64_bits_is_taken_exactly():
    assert take([10**63 + 1, int(A)]).ids == [str(10**63 + 1), A]


@pytest.mark.parametrize(
    "value",
    [
        *(A, int(A), 2.2e18, Decimal(A), "2.20803E+18", f'"{A}"', "1" * 15, "9" * 25, "٣" * 19),
        *(10**14, 10**25 - 1, 1e15, Decimal(10**15)),
    ],
)
def test_the_shape_of_an_id_is_known_even_when_it_was_rounded(value):
    assert looks_like_id(value)


@pytest.mark.parametrize(
    "value",
    [
        *("abc", "1" * 14, "1" * 26, True, None, 5, 1e30, "²" * 19, datetime.date.min),
        *(10**14 - 1, 10**25, 999_999_999_999_999.0, 1e25),
    ],
)
def test_other_values_do_not_have_the_shape_of_an_id(value):
    assert not looks_like_id(value)


def test_only_the_ends_are_laid_bare():
    assert bare('  "a b" ') == "a b"


def test_what_is_left_out_and_what_is_refused_is_named_with_its_place():
    gathered = gather(
        ["total", A, None, 5.5, B],
        lambda place: f"row {place + 1}",
        leftover=lambda place: "a total" if place == 0 else None,
    )
    assert gathered.texts == [A, B]
    assert gathered.places.tolist() == [1, 4]
    assert gathered.left_out == [Refused("row 1", quoted("total"), "a total")]
    assert gathered.refused == [
        Refused("row 3", "", "empty id"),
        Refused("row 4", quoted(5.5), "only a whole number of at most 64 digits can be an id"),
    ]
    assert gather([A], str) == ([A], [0], [], [])


def test_nothing_is_lost_of_more_values_than_are_read_at_once():
    values = [f"'{A}", *(str(number) for number in range(100_000)), "a b", B]
    gathered = gather(values, str)
    assert gathered.texts == [A, *values[1:100_001], B]
    assert [entry.where for entry in gathered.refused] == ["100001"]
