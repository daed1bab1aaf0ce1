"""Ids drawn from an iterator, a piece at a time."""

from __future__ import annotations

from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emailrcd.errors import IdsError, RoundedIdsError
from emailrcd.ids import Stream

A = 2208031112341000001


def test_a_stream_is_drawn_no_further_than_needed():
    drawn: list[int] = []
    ids = iter(Stream((drawn.append(n) or f"id-{n}" for n in range(10**9)), 3))
    assert list(islice(ids, 3)) == ["id-0", "id-1", "id-2"]
    assert len(drawn) == 3
    assert list(Stream(iter([]), 5)) == []


@given(st.lists(st.sampled_from("abcdef"), max_size=30), st.integers(1, 10))
def test_a_stream_gives_each_id_once_in_order_of_first_appearance(ids, size):
    stream = Stream(iter(ids), size)
    assert list(stream) == list(dict.fromkeys(ids)) == stream.drawn()


def test_a_stream_names_an_entry_by_its_place():
    with pytest.raises(IdsError, match=r"item 1,002 \(''.*: empty id\)"):
        list(Stream([*(f"id-{n}" for n in range(1_001)), None], 100))


@pytest.mark.parametrize("last", ["no!id", 1.5, float(A), None, OSError("gone"), KeyboardInterrupt()])
def test_what_was_drawn_before_an_end_is_known_also_within_a_piece(last):
    def entries():
        yield from ["a", "b", "a", "c"]
        if isinstance(last, BaseException):
            raise last
        yield last

    stream = Stream(entries(), 3)
    with pytest.raises((IdsError, OSError, KeyboardInterrupt)):
        list(stream)
    assert stream.drawn() == ["a", "b", "c"]
    assert stream.drawn() == ["a", "b", "c"]


def test_duplicates_are_counted_over_all_pieces():
    stream = Stream(["a", "b", "a", "b", "c", "a"], 2)
    list(stream)
    assert stream.notices == ["3 duplicates are asked once."]


def test_ids_that_look_rounded_are_told_by_the_look_of_the_whole_stream():
    ids = [A + n for n in range(4)]
    ids[2] = int(float(ids[2]))
    stream = Stream(ids, 4)
    list(stream)
    (notice,) = stream.notices
    assert f"1 id looks rounded by a spreadsheet or a float ({ids[2]})" in notice


def test_a_piece_of_rounded_ids_is_refused():
    with pytest.raises(RoundedIdsError, match="item 3, item 4"):
        list(Stream([A, A + 1, int(float(A)), int(float(A)) - 512], 2))
