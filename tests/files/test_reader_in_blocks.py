"""Files read in blocks: what comes out is what comes out of the whole."""

from __future__ import annotations

import csv
import io

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emailrcd.errors import AmbiguousColumnError, IdsError, RoundedIdsError
from emailrcd.ids import in_blocks, take

A = 2208031112341000001


@pytest.fixture(autouse=True, scope="module")
def small_blocks():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("emailrcd.files.table.ROWS", 4)
        yield


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("blocks")


def together(file: object, column: str | None = None) -> tuple[list[str], pd.DataFrame | None]:
    found = list(in_blocks(file, column)())
    for ids in found:
        ids.check()
    contexts = [ids.context for ids in found if ids.context is not None]
    return [i for ids in found for i in ids.ids], pd.concat(contexts, ignore_index=True) if contexts else None


cells = st.text(st.sampled_from('ab,;"\n é邮'), max_size=12)


@pytest.mark.slow
@given(
    st.lists(st.tuples(cells, cells), min_size=1, max_size=12),
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "gb18030"]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
@settings(max_examples=150)
def test_a_table_in_blocks_is_the_table_as_a_whole(folder, rows, delimiter, end, encoding, quoting):
    written = io.StringIO(newline="")
    writer = csv.writer(written, delimiter=delimiter, lineterminator=end, quoting=quoting)
    writer.writerow(["campaign", "emailId", "note"])
    writer.writerows([one.replace("é", "e") if encoding == "gb18030" else one, A + n, other.replace("é", "e")]
                     for n, (one, other) in enumerate(rows))  # fmt: skip
    file = folder / "mine.csv"
    file.write_bytes(written.getvalue().encode(encoding))
    whole = take(file)
    ids, context = together(file)
    assert ids == whole.ids == [str(A + n) for n in range(len(rows))]
    pd.testing.assert_frame_equal(context, whole.context)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("ids.txt", "Email ID:\n" + "\n".join(str(A + n) for n in range(40))),
        ("ids.txt", "，".join(f"{A + n}" + "\n" * (n % 3 == 0) for n in range(40))),
        ("ids.txt", "emailId|x\n" + "\n".join(f"{A + n}|{n}" for n in range(40))),
        ("ids.txt", f"[{A}, {A + 1}]"),
        ("ids.csv", ",".join(str(A + n) for n in range(40))),
        ("ids.csv", "sep=;\nemailId;x\n" + "\n".join(f"{A + n};{n}" for n in range(40))),
        ("ids.csv", "\n".join(str(A + n) for n in range(40))),
        ("ids.tsv", "Report\t\nemailId\tx\n" + "\r".join(f"{A + n}\t{n}" for n in range(40))),
        ("ids.csv", "emailId,x\r" + "\r".join(f"{A + n},{n}" for n in range(40))),
        ("ids.csv", "emailId,x,,\n" + "\n".join(f"{A + n},{n},," for n in range(40))),
        ("ids.json", f'{{"array": [\n{{"emailId": "{A}", "remark": "x"}},\n{{"emailId": "{A + 1}"}}]}}'),
        ("ids.jsonl", "\n".join(f'{{"array": [{{"emailId": "{A + n}"}}]}}' for n in range(40))),
        ("ids.jsonl", "\n".join(f'["{A + n}"]' for n in range(40))),
        ("ids.jsonl", f'[\n"{A}",\n"{A + 1}"\n]'),
    ],
)
def test_files_of_every_kind_in_blocks_are_what_they_are_as_a_whole(folder, name, text):
    file = folder / name
    file.write_text(text, newline="")
    whole = take(file)
    ids, context = together(file)
    assert ids == whole.ids
    assert context is whole.context or context.equals(whole.context)


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("x.csv", "emailId,x\n" + "".join(f"{A + n},1\n" for n in range(30)) + f"{A},2,3\n", "Row 32 of x.csv has 3 cells"),
        ("x.csv", "emailId,x\n" + "".join(f'{A + n},"a\n{n}"\n' for n in range(30)) + "a b,2\n", r"row 32 \('a b'"),
        ("x.csv", "emailId,x\n" + "".join(f"{A + n},1\n" for n in range(30)) + f'{A},"2\n{A},3\n', "quote may not be closed"),
        ("x.csv", "emailId,\n" + "".join(f"{A + n},\n" for n in range(30)) + f"{A},2\n",
         "Row 32 of x.csv has 2 cells where the first row has 1"),
        ("x.txt", "".join(f"{A + n}\n" for n in range(30)) + "a!b", r"line 31 \('a!b'"),
        ("x.jsonl", "".join(f'{{"emailId": "{A + n}"}}\n' for n in range(30)) + "{oops", "Entry 31 of x.jsonl cannot be"),
        ("x.csv", "", None),
        ("x.csv", "emailId,x\n", None),
    ],
)  # fmt: skip
def test_what_is_wrong_further_down_is_named_by_its_place_in_the_file(folder, name, text, told):
    (folder / name).write_text(text, newline="")
    if told is None:
        assert [ids.notices for ids in in_blocks(folder / name)()][-1] == [f"There is no email id in {name}."]
    else:
        with pytest.raises(IdsError, match=told):
            together(folder / name)


def test_rounded_ids_are_refused_by_the_first_block_of_them(folder):
    (folder / "x.csv").write_text("emailId\n" + "2.20803E+18\n" * 100)
    with pytest.raises(RoundedIdsError, match="row 2, row 3, row 4"):
        next(in_blocks(folder / "x.csv")())


def test_what_cannot_be_read_is_refused_as_it_is_as_a_whole(folder, tmp_path):
    (folder / "x.csv").write_bytes(b"emailId\n\xff\xff\xff\0")
    with pytest.raises(IdsError, match="not text in UTF-8"):
        list(in_blocks(folder / "x.csv")())
    (folder / "x.csv").write_text("a,b\n1,2\n")
    with pytest.raises(AmbiguousColumnError, match="No column of x.csv"):
        list(in_blocks(folder / "x.csv")())
    with pytest.raises(IdsError, match="There is no file"):
        in_blocks(tmp_path / "nothing.csv")


def test_an_open_file_of_text_is_read_from_where_it_stands(tmp_path):
    ids = [str(A + n) for n in range(100)]
    opened = io.StringIO("remark\nemailId,a\n" + "".join(f"{each},x\n" for each in ids))
    opened.readline()
    found, context = together(opened)
    assert (found, len(context)) == (ids, 100)
    assert not opened.closed
    path = tmp_path / "ids.csv"
    path.write_bytes("emailId,活动\n2208031112341000001,春\n".encode("gbk"))
    with path.open(encoding="gbk") as file:
        assert take(file).context["活动"].tolist() == ["春"]
    with (
        path.open(encoding="utf-8") as file,
        pytest.raises(IdsError, match="ids.csv cannot be read .* another encoding"),
    ):
        take(file)
