"""The way in: files, bytes, streams."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emailrcd.errors import EmailrcdError, IdsError
from emailrcd.ids import take, take_bytes

A, B, C = (f"220803111234100000{n}" for n in range(1, 4))
TABLE = f"邮件ID,活动\n{A},春节\n{B},中秋\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_text_is_read_in_the_encodings_it_comes_in(encoding):
    for name, table in (("ids.csv", TABLE), ("ids.txt", TABLE), ("ids.tsv", TABLE.replace(",", "\t"))):
        ids = take_bytes(table.encode(encoding), name)
        assert ids.ids == [A, B]
        assert ids.column == "邮件ID"
        assert ids.context["活动"].tolist() == ["春节", "中秋"]


@pytest.mark.parametrize("data", [bytes(range(256)), TABLE.encode("utf-16-le"), b"\xff\xff\0"])
def test_what_is_no_text_is_refused_whatever_its_name_says(data):
    for name in ("ids.csv", "ids.txt", "ids.json"):
        with pytest.raises(IdsError, match=f"{name} is not text in UTF-8, UTF-16 or GB18030. Save it as CSV UTF-8"):
            take_bytes(data, name)


@pytest.mark.parametrize("name", ["ids.xlsx", "ids.XLS", "ids.parquet"])
def test_a_file_with_the_name_of_another_kind_is_refused_and_says_so(name):
    for data in (b"\x01\x02", b"P", b""):
        with pytest.raises(IdsError, match="is not what its name says. Save it again"):
            take_bytes(data, name)


@pytest.mark.parametrize("name", ["ids.xls", "ids.xlsx"])
def test_what_is_called_excel_is_read_if_it_is_a_table_of_text_and_named_if_it_is_a_page(name):
    ids = take_bytes(TABLE.replace(",", "\t").encode(), name)
    assert (ids.ids, ids.context["活动"].tolist()) == ([A, B], ["春节", "中秋"])
    assert f"{name} is text, whatever its name says" in ids.notices[0]
    for page in ("<html><table><tr><td>" + A, '<?xml version="1.0"?><Workbook>'):
        with pytest.raises(IdsError, match=f"{name} is HTML or XML, whatever its name says. Open it in Excel"):
            take_bytes(page.encode(), name)


def test_excel_and_parquet_are_known_by_their_content(workbook):
    buffer = io.BytesIO()
    pd.DataFrame({"emailId": [A]}).to_parquet(buffer)
    for data in (buffer.getvalue(), workbook([["emailId"], [A]])):
        assert take_bytes(data, "ids.csv").ids == take(data).ids == take(bytearray(data)).ids == [A]


def test_parquet_keeps_whole_numbers_beside_missing_ones_exact():
    buffer = io.BytesIO()
    frame = pd.DataFrame({"n": pd.array([1, None, 2], "Int64"), "email_id": pd.array([int(A), None, int(B)], "Int64")})
    frame["tags"] = [["a", "b"], [], None]
    frame.set_index("n").to_parquet(buffer)
    ids = take_bytes(buffer.getvalue(), "ids.parquet")
    assert ids.ids == [A, B]
    assert ids.refused == [("row 2", "", "empty id")]
    assert [list(tags) if tags is not None else None for tags in ids.context["tags"]] == [["a", "b"], None]


def test_a_damaged_parquet_file_is_refused_and_says_what_to_do():
    with pytest.raises(IdsError, match=r"ids\.parquet cannot be read as a Parquet file .*write it again"):
        take_bytes(b"PAR1 and no more", "ids.parquet")


def test_files_are_named_by_text_or_path(tmp_path, monkeypatch):
    file = tmp_path / "ids.csv"
    file.write_text(TABLE, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    copied_in_windows = (f'"{file}"', f"\u202a{file}", f" {file} ")
    for source in (file, str(file), "ids.csv", Path("ids.csv"), "~/ids.csv", Path("~/ids.csv"), *copied_in_windows):
        assert take(source).ids == [A, B]
    assert take(file, column="邮件id").ids == [A, B]


def test_a_file_that_is_not_there_or_a_folder_is_refused_and_says_what_to_do(tmp_path):
    with pytest.raises(IdsError, match=r"There is no file /.*/none\.csv\. Check the name and the folder"):
        take(tmp_path / "none.csv")
    with pytest.raises(IdsError, match=r"There is no file .*~nobody-of-that-name/ids\.csv"):
        take("~nobody-of-that-name/ids.csv")
    with pytest.raises(IdsError, match=r"is a folder\. Name a file in it"):
        take(tmp_path)
    with pytest.raises(IdsError, match=r"is a folder\. Name a file in it"):
        take(f"{tmp_path}/")
    with pytest.raises(IdsError, match="cannot be read: File name too long"):
        take("x" * 300 + ".csv")


def test_text_is_no_file_name():
    for text in (A, f"{A}\n{B}.csv", "x" * 1_001 + ".csv"):
        assert take(text).given
    with pytest.raises(IdsError, match="the pasted text is not text"):
        take("a\0.csv")


def test_a_file_without_ids_says_so():
    for name in ("ids.csv", "ids.txt", "ids.jsonl"):
        assert take_bytes(b"", name).notices == [f"There is no email id in {name}."]


def test_ids_taken_once_are_not_taken_again():
    ids = take([A])
    assert take(ids) is ids


words = st.text(st.characters(categories=["L", "N", "P", "S"]), max_size=12)
# Ctrl-Z ends a file, as old programs write it.
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\x1a"), max_size=12)
# A cell like id_S repeats the header.
ids_of_all_kinds = st.from_regex(r"22080311123410[0-9]{4}[13579]|(?!id)[a-z]{2}_[A-Z0-9-]{1,20}", fullmatch=True)


def rows_with(context: st.SearchStrategy[str]) -> st.SearchStrategy[list[tuple[str, str]]]:
    return st.lists(st.tuples(ids_of_all_kinds, context), min_size=1, max_size=8, unique_by=lambda row: row[0])


def check(found, rows: list[tuple[str, str]]) -> None:
    assert found.ids == [email_id for email_id, _ in rows]
    assert (found.given, found.refused, found.column) == (len(rows), [], "emailId")
    context = [""] * len(rows) if found.context is None else found.context["note"].fillna("").tolist()
    assert context == [note for _, note in rows]


@given(rows_with(texts), st.sampled_from(",;\t|"), st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
def test_delimited_text_gives_back_ids_and_context(rows, delimiter, encoding):
    file = io.StringIO()
    csv.writer(file, delimiter=delimiter).writerows([("emailId", "note"), *rows])
    # However a line ends within a cell.
    rows = [(email_id, note.replace("\r\n", "\n").replace("\r", "\n")) for email_id, note in rows]
    check(take_bytes(file.getvalue().encode(encoding), "ids.csv"), rows)
    check(take(file.getvalue()), rows)


@given(rows_with(texts))
def test_json_and_parquet_give_back_ids_and_context(rows):
    objects = [{"emailId": email_id, "note": note} for email_id, note in rows]
    check(take_bytes(json.dumps(objects, ensure_ascii=False, indent=1).encode(), "ids.json"), rows)
    check(take("\n".join(map(json.dumps, objects))), rows)
    check(take(objects), rows)
    file = io.BytesIO()
    pd.DataFrame(objects).to_parquet(file)
    check(take_bytes(file.getvalue(), "ids.parquet"), rows)


@given(rows_with(words))
@settings(max_examples=30)
def test_excel_gives_back_ids_and_context(workbook, rows):
    check(take_bytes(workbook([("emailId", "note"), *rows]), "ids.xlsx"), rows)


ADDRESS = "li.wei@example.com"


@pytest.mark.parametrize(
    "source",
    [
        ADDRESS,
        f"{A}\n{ADDRESS}",
        [ADDRESS, f"Li Wei <{ADDRESS}>", (ADDRESS,), ADDRESS.encode(), [ADDRESS]],
        pd.Series(["!"], index=[ADDRESS]),
        pd.DataFrame({"emailId": [ADDRESS], "x": [ADDRESS]}, index=[ADDRESS]),
        pd.DataFrame({ADDRESS: [A], f"{ADDRESS}2": [B]}),
        pd.DataFrame({ADDRESS: ["x"], "y": ["x"]}),
        pd.DataFrame({"emailId": [2.2e18]}, index=[ADDRESS]),
        f"{ADDRESS}\n{A}\n",
        f"emailId,{ADDRESS}\n{A}\n",
        f"emailId,x\n{A},{ADDRESS},{ADDRESS}\n",
        f'{{"toAddress": "{ADDRESS}"}}',
        f'{{"toAddress": "{ADDRESS}',
        f'[{{"emailId": "{ADDRESS}"}}]',
        f"{ADDRESS},x\n{A},{B}\n",
    ],
)
def test_no_message_holds_an_address(source):
    said = []
    for taken in (lambda: take(source), lambda: take(source, column=ADDRESS)):
        try:
            ids = taken()
            said += [*ids.notices, *(entry.text for entry in ids.refused)]
            ids.check()
        except EmailrcdError as exc:
            said.append(str(exc))
    assert said
    assert "@" not in "".join(said)
