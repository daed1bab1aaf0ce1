"""Any number of ids in chunks of equal size, no id in two of them."""

from __future__ import annotations

import json

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emailrcd.errors import IdsError
from emailrcd.ids import in_blocks
from emailrcd.query.chunks import Chunks

some_examples = settings(max_examples=60)
KINDS = ("list", "iterator", "series", "frame", "parquet", "csv", "jsonl")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("chunks")


@pytest.fixture(autouse=True, scope="module")
def small_blocks():
    with pytest.MonkeyPatch.context() as patch:
        sizes = {
            "files.table.ROWS": 7,
            "files.parquet.ROWS": 7,
            "ids.sources.ROWS": 7,
            "ids.sources._DRAWN": 4,
        }
        for name, size in sizes.items():
            patch.setattr(f"emailrcd.{name}", size)
        yield


def source_of(kind: str, frame: pd.DataFrame, folder: object) -> object:
    match kind:
        case "list":
            return frame["email_id"].tolist()
        case "iterator":
            return iter(frame["email_id"].tolist())
        case "series":
            return frame["email_id"]
        case "parquet":
            frame.to_parquet(folder / "mine.parquet")
        case "csv":
            frame.to_csv(folder / "mine.csv", index=False)
        case "jsonl":
            frame.to_json(folder / "mine.jsonl", orient="records", lines=True)
        case "frame":
            return frame
    return folder / f"mine.{kind}"


def entries(numbers: list[int]) -> pd.DataFrame:
    frame = pd.DataFrame({"email_id": [f"22080311{n:011}" for n in numbers], "place": range(len(numbers))})
    return frame.astype({"email_id": "str"})


@given(st.lists(st.integers(1, 30), max_size=60), st.integers(1, 8), st.sampled_from(KINDS))
@some_examples
def test_chunks_hold_every_id_once_where_it_first_appears_with_its_columns(folder, numbers, size, kind):
    frame = entries(numbers)
    found = Chunks(source_of(kind, frame, folder), "email_id" if kind in ("frame", "csv", "parquet") else None, size)
    chunks = [(list(chunk.draw()), chunk.context) for chunk in found]
    expected = frame.drop_duplicates("email_id")
    assert [email_id for ids, _ in chunks for email_id in ids] == expected["email_id"].tolist()
    assert [len(ids) for ids, _ in chunks[:-1]] == [size] * (len(chunks) - 1)
    assert len(chunks) == max(1, -(-len(expected) // size))
    if kind not in ("list", "iterator", "series") and numbers:
        assert [int(n) for _, context in chunks for n in context["place"]] == expected["place"].tolist()
    repeated = len(frame) - len(expected)
    assert any(notice.startswith(f"{repeated} duplicate") for notice in found.notices()) == bool(repeated)
    if kind != "iterator":
        assert [size for _, size in found.outline] == [len(ids) for ids, _ in chunks]


@pytest.mark.parametrize("size", [3, 8, 100])
def test_ids_without_columns_have_none_beside_them_and_shift_none(folder, size):
    frame = entries(range(1, 20))
    for alone in (frame[["email_id"]], pa.Table.from_pandas(frame[["email_id"]]).to_reader()):
        chunks = [(list(chunk.draw()), chunk.context) for chunk in Chunks(alone, None, size)]
        assert [email_id for ids, _ in chunks for email_id in ids] == frame["email_id"].tolist()
        assert {context is None for _, context in chunks} == {True}
    (folder / "alone.txt").write_text("\n".join(entries(range(100, 110))["email_id"]))
    frame.to_csv(folder / "mine.csv", index=False)
    files = [folder / "alone.txt", folder / "mine.csv", folder / "alone.txt"]
    places = [place for chunk in Chunks(files, None, size) for place in chunk.context["place"]]
    assert [None if pd.isna(place) else int(place) for place in places] == [None] * 10 + list(range(19))


def test_an_iterator_is_drawn_no_further_than_a_piece_is():
    drawn = []
    chunks = iter(Chunks((drawn.append(n) or f"22080311123410{n:05}" for n in range(100)), None, 10))
    first = next(chunks).draw()
    assert drawn == []
    next(first)
    assert len(drawn) == 4
    assert len(list(first)) == 9
    next(chunks)
    assert len(drawn) == 12


@pytest.mark.parametrize(("kind", "place"), [("iterator", "item 26"), ("list", "item 26"), ("series", "index 25"),
                                             ("parquet", "row 26"), ("csv", "row 27"), ("jsonl", "item 26")])  # fmt: skip
def test_what_is_no_id_is_named_by_its_place_among_all_entries_before_anything_can_be_asked(folder, kind, place):
    frame = pd.DataFrame({"email_id": [*entries(list(range(25)))["email_id"], "no!id"]})
    chunks = Chunks(iter(frame["email_id"]), None, 10) if kind == "iterator" else None
    with pytest.raises(IdsError, match=rf"1 of 2\d entries is not an email id: {place} "):
        list(chunks or Chunks(source_of(kind, frame, folder), None, 10))


def test_ids_that_look_rounded_are_told_by_the_look_of_all_of_them():
    genuine = [2208031112341000001 + n for n in range(30)]
    genuine[3] = int(float(genuine[3]))
    genuine[25] = int(float(genuine[25])) + 512
    chunks = Chunks(genuine, None, 10)
    list(chunks)
    assert [notice.split(":")[0] for notice in chunks.notices()] == [
        f"2 ids look rounded by a spreadsheet or a float ({genuine[3]}, {genuine[25]})"
    ]


def test_a_column_of_json_lines_is_of_one_kind_in_all_chunks(folder):
    rows = [{"emailId": f"22080311123410{n:05}", "vip": n % 2 == 0} for n in range(20)]
    rows[3] |= {"n": 1, "mixed": 1}
    rows[17] |= {"n": 2.5, "mixed": "x", "late": "y"}
    (folder / "mine.jsonl").write_text("\n".join(map(json.dumps, rows)))
    contexts = [chunk.context for chunk in _drawn(Chunks(folder / "mine.jsonl", None, 5))]
    assert len({tuple(context.dtypes.astype(str).items()) for context in contexts}) == 1
    whole = pd.concat(contexts, ignore_index=True)
    assert whole.dtypes.astype(str).to_dict() == {"vip": "boolean", "n": "Float64", "mixed": "str", "late": "str"}
    assert whole["mixed"].dropna().to_dict() == {3: "1", 17: "x"}


def _drawn(chunks):
    for chunk in chunks:
        list(chunk.draw())
        yield chunk


def test_a_file_is_read_in_blocks(folder):
    entries(list(range(1_000))).to_csv(folder / "mine.csv", index=False)
    assert max(len(ids.ids) for ids in in_blocks(folder / "mine.csv")()) < 10
