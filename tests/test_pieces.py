"""Any number of ids in pieces of equal size, no id in two of them."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emailrcd.errors import IdsError
from emailrcd.pieces import Pieces

some_examples = settings(max_examples=40)


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return tmp_path_factory.mktemp("pieces") / "mine.parquet"


@given(
    st.lists(st.integers(0, 30), max_size=60), st.integers(1, 8), st.sampled_from(["list", "iterator", "frame", "file"])
)
@some_examples
def test_pieces_hold_every_id_once_where_it_first_appears_with_its_columns(file, numbers, size, kind):
    frame = pd.DataFrame({"email_id": [f"2208031112{n:09}" for n in numbers], "place": range(len(numbers))})
    frame["email_id"] = frame["email_id"].astype("str")
    frame.to_parquet(file)
    source = {"list": frame["email_id"].tolist(), "iterator": iter(frame["email_id"]), "frame": frame, "file": file}[
        kind
    ]
    pieces = list(Pieces(source, None if kind in ("list", "iterator") else "email_id", size))
    expected = frame.drop_duplicates("email_id")
    assert [email_id for piece in pieces for email_id in piece.ids] == expected["email_id"].tolist()
    assert [len(piece.ids) for piece in pieces[:-1]] == [size] * (len(pieces) - 1)
    assert len(pieces) == max(1, -(-len(expected) // size))
    if kind in ("frame", "file") and numbers:
        assert [n for piece in pieces for n in piece.context["place"]] == expected["place"].tolist()


def test_an_iterator_is_drawn_a_piece_at_a_time():
    drawn = []
    pieces = iter(Pieces((drawn.append(n) or f"22080311123410{n:05}" for n in range(100)), None, 10))
    assert drawn == []
    next(pieces)
    assert len(drawn) == 10


def test_what_is_no_id_is_named_by_its_place_among_all_entries():
    entries = [f"22080311123410{n:05}" for n in range(25)] + ["no!id"]
    with pytest.raises(IdsError, match="item 26"):
        list(Pieces(iter(entries), None, 10))


def test_repeated_entries_are_counted_wherever_they_repeat():
    ids = [f"22080311123410{n:05}" for n in range(15)]
    pieces = Pieces(iter([ids[0], *ids, *ids]), None, 10)
    assert [len(piece.ids) for piece in pieces] == [10, 5]
    assert pieces.notices == ["16 ids appear again further on; they are asked once."]
