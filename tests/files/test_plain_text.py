"""Pasted text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emailrcd.errors import IdsError
from emailrcd.ids import take

A, B, C, D = (f"220803111234100000{n}" for n in range(1, 5))

SEPARATORS = [",", "，", "、", ";", "；", "|", " ", "\t", "\n", "\r\n", "\r", "\u3000", "\u2028", ", ", " ;\n", ",\n"]
SURROUNDINGS = ["{}", '"{}"', "'{}'", "“{}”", "({})", "[{}]", "【{}】", "（{}）", "<{}>", "「{}」", '="{}"']
long_ids = st.integers(0, 9999).map(lambda n: f"22080311123410{n:04}1")


@given(st.lists(long_ids), st.sampled_from(SEPARATORS), st.sampled_from(SURROUNDINGS), st.sampled_from(["", "\n", ","]))
def test_ids_are_found_between_whatever_separates_and_surrounds_them(ids, separator, surrounding, end):
    found = take(separator.join(map(surrounding.format, ids)) + end)
    assert found.ids == list(dict.fromkeys(ids))
    assert (found.given, found.duplicates, found.refused) == (len(ids), len(ids) - len(found.ids), [])


@pytest.mark.parametrize(
    "heading", ["emailId", "Email ID", "id", "邮件编号", '"email_id"', "emailId:", "Email ID：", "ID"]
)
def test_a_heading_is_no_id(heading):
    for between in ("\n", " \r\n\n", "\r"):
        found = take(f"\n{heading}{between}{A}\n{B}\n!")
        assert found.ids == [A, B]
        assert found.refused[0].where.startswith("line")


@pytest.mark.parametrize("text", [f"emailId: {A}, {B}", f"Email ID:{A} {B}", f"邮件ID：{A}、{B}", f"emailId,{A},{B}"])
def test_a_heading_may_stand_in_the_line_of_the_ids(text):
    assert take(text).ids == [A, B]


def test_what_is_no_id_is_named_by_its_line():
    refused = take(f"emailId\r\n{A}\r\n\r\n “” {B}, li@qq.com\ra=b").refused
    assert [(entry.where, entry.text) for entry in refused] == [("line 4", "(an address)"), ("line 5", "a=b")]


@pytest.mark.parametrize("sign", [",", "，", "'", " ", "\u00a0", "\u202f"])
def test_the_groups_of_a_long_number_are_one_id(sign):
    grouped = [f"{int(email_id):,}".replace(",", sign) for email_id in (A, B, C)]
    assert take("\n".join(grouped)).ids == [A, B, C]
    found = take("; ".join(grouped))
    assert found.ids == [A, B, C]
    assert found.notices == ["Digits in groups, as in 2,208,031,112,341,000,001, were read as one number."]
    assert take(grouped).ids == [A, B, C]
    assert take([f"{A[:4]} {A[4:8]} {A[8:12]} {A[12:16]} {A[16:]}"]).ids == [A]


def test_short_numbers_are_not_put_together():
    numbers = ["2", *map(str, range(100, 110))]
    for between in (",", " ", ", ", "\n"):
        assert take(between.join(numbers)).ids == numbers


def test_a_zero_width_space_in_an_id_does_not_cut_it():
    for sign in ("\u200b", "\ufeff", "\u00ad", "\u2060"):
        assert take("\n".join(f"{email_id[:9]}{sign}{email_id[9:]}" for email_id in (A, B))).ids == [A, B]


def test_what_stands_around_the_id_of_a_log_line_is_not_asked():
    lines = [
        f"2026-11-22 10:00:0{n},123 INFO [main] sent emailId={email_id} to bob code=0"
        for n, email_id in enumerate((A, B))
    ]
    found = take("\n".join(lines))
    assert (found.ids, found.refused) == ([A, B], [])
    assert found.notices == ["The ids were taken out of the words around them."]


def test_text_without_ids_has_none():
    for text in ("", " \n\t\u3000", ",;\n", '"" ()'):
        found = take(text)
        assert (found.ids, found.given, found.refused) == ([], 0, [])


def test_ids_in_a_line_or_in_lines_are_no_table():
    for text in (
        A,
        f"{A}\t{B}",
        f"{A},{B}\n{C},{D}",
        f"{A};\n{B};\n{C}",
        f"'{A}',\n'{B}',\n",
        "x,y\nz,u",
        f"{A},{B}\n{C}",
    ):
        found = take(text)
        assert (found.column, found.context, found.refused) == (None, None, [])


def test_cells_pasted_from_a_spreadsheet_are_a_table():
    for text in (
        f"emailId\tname\n{A}\tLi Wei\n{B}\t",
        f"Report\t\n\t\nname\temailId\nLi Wei\t{A}\n\t{B}\n",
        f"sep=,\nemailId,name\n{A},Li Wei\n{B},",
        f"\ufeff{A}|Li Wei\n{B}|",
        f"{A}\tLi Wei\n{B}\t",
    ):
        found = take(text)
        assert found.ids == [A, B]
        assert found.context.iloc[:, 0].fillna("").tolist() == ["Li Wei", ""]


def test_an_id_in_brackets_in_a_cell_makes_a_table_no_list():
    found = take(f"emailId\tnote\n{A}\tsent for mail ({B})\n{C}\t")
    assert (found.ids, list(found.context)) == ([A, C], ["note"])


def test_one_line_of_a_spreadsheet_is_a_table():
    found = take(f"{A}\tLi Wei")
    assert found.ids == [A]
    assert found.context.iloc[0, 0] == "Li Wei"
    assert "no header row" in found.notices[0]


def test_words_above_long_ids_are_a_header():
    assert take(f"order,mail\nx,{A}\ny,{B}").ids == [A, B]


def test_python_lists_and_sets_are_read_as_they_are_printed():
    for text in (
        f"['{A}', '{B}']",
        f"{{'{A}', '{B}'}}",
        f"[{A}, {B},]",
        f"({A}, {B})",
        f"[{A}, {B}]",
        f'["{A}", "{B}"]',
    ):
        assert take(text).ids == [A, B]


def test_broken_json_is_refused_and_says_where():
    with pytest.raises(IdsError, match=r"is not JSON \(.* in line 2\): .* Get the whole of it"):
        take(f'{{"array":\n[{{"emailId": "{A}"')
    assert "may have been cut off" in take("[" * 100_000).notices[0]


@given(st.text(st.sampled_from("\n\r\t ,;|\"'=[]{}:。a1\ud800@") | st.characters(), max_size=60))
def test_any_text_gives_ids_or_an_error_that_says_so(text):
    try:
        found = take(text)
    except IdsError as exc:
        said = str(exc)
    else:
        assert found.given == len(found.ids) + found.duplicates + len(found.refused)
        said = repr(found.notices) + repr(found.refused)
    assert "@" not in said
