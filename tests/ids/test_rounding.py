"""Ids that a spreadsheet or a float has rounded."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emailrcd.errors import RoundedIdsError
from emailrcd.ids import Stream, take, take_bytes
from emailrcd.ids.rounding import suspicion
from emailrcd.sandbox.samples import sample_ids

A = 2208031112341000001
PLAUSIBLE = 2208031112340999936

numbers = st.datetimes(pd.Timestamp(2015, 1, 1), pd.Timestamp(2026, 12, 31)).flatmap(
    lambda sent: st.integers(0, 9_999_999).map(lambda n: int(f"{sent:%y%m%d%H%M%S}{n:07}"))
)
some_numbers = st.lists(numbers, min_size=3, max_size=30)


def bears_a_trace(number: int) -> bool:
    return int(float(number)) == number or number % 10_000 == 0


genuine = st.lists(numbers, min_size=1, max_size=30).filter(lambda ids: not all(map(bears_a_trace, ids)))


def by_float(number: int) -> int:
    return int(float(number))


def by_excel(number: int) -> int:
    return number // 10_000 * 10_000


@given(some_numbers, st.sampled_from([by_float, by_excel]), st.sampled_from([int, str]))
def test_ids_that_were_rounded_are_refused_though_they_look_fine(ids, rounded, kind):
    with pytest.raises(RoundedIdsError, match="item 1, item 2, item 3.*export the ids again"):
        take([kind(rounded(number)) for number in ids])
    with pytest.raises(RoundedIdsError, match="line 1, line 2, line 3"):
        take("\n".join(str(rounded(number)) for number in ids))


@given(some_numbers, st.sampled_from(["{:.5E}", "{:.2e}", "{:.17g}", "{!r}", "{:.1f}"]))
def test_ids_written_as_floats_are_refused(ids, written):
    texts = [written.format(float(number)) for number in ids]
    with pytest.raises(RoundedIdsError, match="item 1"):
        take(texts)
    with pytest.raises(RoundedIdsError, match="row 2"):
        take_bytes("\n".join(["emailId;x", *(f"{text};y" for text in texts)]).encode(), "ids.csv")


@given(some_numbers)
def test_columns_of_floats_are_refused_by_their_rows(ids):
    column = pd.Series([float(number) for number in ids], index=[f"r{n}" for n in range(len(ids))])
    for source in (column, column.astype(object), pd.DataFrame({"emailId": column}), column.astype("Float64")):
        with pytest.raises(RoundedIdsError, match=r"index r0, index r1, index r2"):
            take(source)
    with pytest.raises(RoundedIdsError, match="item 1"):
        take(column.to_numpy())


@given(some_numbers)
@settings(max_examples=20)
def test_numeric_cells_of_excel_are_refused_in_the_file_and_after_pandas_has_read_it(workbook, ids):
    data = workbook([["emailId", "x"], *([number, "y"] for number in ids)])
    with pytest.raises(RoundedIdsError, match="row 2, row 3, row 4"):
        take_bytes(data, "ids.xlsx")
    frame = pd.read_excel(io.BytesIO(data), engine="calamine")
    for column in (frame["emailId"], frame["emailId"].astype(str), frame["emailId"].astype(float)):
        with pytest.raises(RoundedIdsError):
            take(column)
    buffer = io.BytesIO()
    frame.to_parquet(buffer)
    with pytest.raises(RoundedIdsError, match="row 1"):
        take_bytes(buffer.getvalue(), "ids.parquet")


@given(genuine)
def test_genuine_ids_are_never_refused(ids):
    texts = [str(number) for number in ids]
    distinct = list(dict.fromkeys(texts))
    for source in (
        ids,
        texts,
        pd.Series(ids),
        np.array(ids),
        pd.DataFrame({"emailId": ids}),
        str(ids),
        " ".join(texts),
    ):
        assert take(source).ids == distinct


@given(st.integers(1, 10**15 - 1))
def test_short_numbers_are_never_refused(number):
    assert take([number, float(number), str(number)]).ids == [str(number)]


def test_one_suspicious_id_among_good_ones_is_told_and_passes():
    ids = take([PLAUSIBLE, *range(A, A + 10)])
    assert len(ids.ids) == 11
    (notice,) = ids.notices
    assert notice.startswith("1 id looks rounded by a spreadsheet or a float (item 1)")
    assert "Compare" in notice


def test_several_suspicious_ids_among_good_ones_are_counted_and_told():
    ids = take(pd.DataFrame({"emailId": [A, *(by_excel(A) + n * 10_000 for n in range(5)), PLAUSIBLE, PLAUSIBLE]}))
    assert "7 ids look rounded by a spreadsheet or a float (index 1, index 2, index 3 and 4 more)" in ids.notices[-1]


def test_as_many_suspicious_ids_as_chance_explains_are_not_worth_telling():
    rng = np.random.default_rng(5)
    assert suspicion([str(A + n) for n in rng.integers(0, 10**15, 100_000)], 100_000).ids == []


def test_many_more_than_chance_explains_are_told():
    ids = [str(A + n) for n in range(0, 60_000, 3)]
    rounded = [str(by_float(A) + n * 256) for n in range(1, 2_000)]
    assert set(rounded) <= set(suspicion([*ids, *rounded], 22_000).ids)


def test_two_ids_are_rounded_if_chance_does_not_explain_it_and_one_is_told():
    assert suspicion([str(PLAUSIBLE), str(by_excel(A))], 2).certain
    assert suspicion([str(PLAUSIBLE)], 1) == ([str(PLAUSIBLE)], False)
    assert not suspicion([str(PLAUSIBLE), str(A)], 2).certain


def test_rounding_makes_neighbours_equal_which_is_seen_too():
    with pytest.raises(RoundedIdsError, match="3 ids have been rounded"):
        take([by_float(A + n) for n in range(3)])


def test_a_single_id_of_17_digits_with_even_chances_is_nothing_to_tell():
    assert suspicion(["10000000000000016"], 1) == ([], False)


def test_zeros_in_front_are_no_digits_lost():
    assert suspicion([f"{n:019}" for n in range(5)], 5) == ([], False)


def test_ids_longer_than_64_bits_are_looked_at_too():
    assert suspicion([str(10**22 + n * 10**8) for n in range(3)], 3).certain
    assert not suspicion([str(10**22 + n) for n in range(1, 4)], 3).certain


@given(st.integers(0, 99), st.integers(1_700_000_000, 1_900_000_000), st.integers(1, 500))
def test_samples_of_the_sandbox_never_look_rounded(seed, now, n):
    assert suspicion(sample_ids(seed, now, n), n) == ([], False)


def test_a_stream_of_rounded_ids_is_refused():
    with pytest.raises(RoundedIdsError, match="item 3, item 4"):
        list(Stream([A, A + 1, by_float(A), by_excel(A)], 2))
