"""CSV and TSV."""

from __future__ import annotations

import pytest

from emailrcd.errors import IdsError, RoundedIdsError
from emailrcd.ids import take, take_bytes

A, B, C, D = (f"220803111234100000{n}" for n in range(1, 5))


def read(text: str, name: str = "ids.csv", **options):
    return take_bytes(text.encode(), name, **options)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_delimiter_and_line_end_is_read(delimiter, end):
    ids = read(end.join(delimiter.join(row) for row in (["emailId", "a", "b"], [A, "1", "x y"], [B, "", "z"], [])))
    assert ids.ids == [A, B]
    assert ids.column == "emailId"
    assert ids.context.to_dict("list") == {"a": ["1", ""], "b": ["x y", "z"]}
    assert ids.notices == []


def test_a_first_line_may_name_the_delimiter():
    for text in (f"sep=;\nemailId;a\n{A};x,y\n", f'"sep=;"\r\nemailId;a\r\n{A};x,y', f"sep=;\remailId;a\r{A};x,y"):
        assert read(text).context["a"].tolist() == ["x,y"]
    assert read("sep=;\n").given == 0


def test_titles_may_stand_above_the_header():
    ids = read(f"Report,\n,\nemailId,a\n{A},x\n!,y\n")
    assert ids.ids == [A]
    assert ids.context["a"].tolist() == ["x"]
    assert ids.refused[0].where == "row 5"


def test_a_quoted_cell_may_span_lines_and_hold_the_delimiter():
    ids = read(f'emailId,a\n{A},"one, ""two""\nthree"\n\n{B},\n!,\n')
    assert ids.context["a"].tolist() == ['one, "two"\nthree', ""]
    assert ids.refused[0].where == "row 5"


def test_a_quote_that_is_never_closed_does_not_swallow_ids():
    for text in (f'emailId,a\n{A},"x\n{B},y\n', f'emailId,a\n{A},"x\n{B},y\n{C},"z\n'):
        with pytest.raises(IdsError, match=r"ids\.csv.*a quote may not be closed"):
            read(text)


def test_a_stray_quote_within_a_cell_is_text():
    assert read(f'emailId,a\n{A},5" disk\n').context["a"].tolist() == ['5" disk']


def test_a_very_long_cell_and_a_very_long_line_are_read():
    assert read(f'emailId,a\n{A},"{"x" * 200_000}"\n').ids == [A]
    assert len(read(",".join(f"22080311{n:011}" for n in range(10_000))).ids) == 10_000


def test_a_short_or_long_row_is_refused_by_its_number():
    with pytest.raises(IdsError, match=r"Row 4 of ids\.csv has 1 cell where the first row has 2\. .*try again"):
        read(f"emailId,a\n{A},x\n\n{B}\n")
    with pytest.raises(IdsError, match="Row 3 of the pasted table has 3 cells"):
        read(f"emailId,a\n{A},x\n{B},y,z", "the pasted table")


def test_blank_rows_are_no_entries_but_an_empty_id_beside_something_is():
    ids = read(f"emailId,a\n\n{A},x\n,\n , \n,z\n")
    assert (ids.ids, ids.given) == ([A], 2)
    assert ids.refused == [("row 6", "", "empty id")]


def test_without_a_header_the_ids_are_known_by_their_shape():
    ids = read(f"Li,{A}\nWei,{B}\n")
    assert ids.ids == [A, B]
    assert ids.context["column 1"].tolist() == ["Li", "Wei"]
    assert ids.notices == ["There is no header row; the ids were taken from column 2."]


def test_the_only_column_may_bear_any_name():
    ids = read(f"Sendungen\n{A}\n{B}\n")
    assert ids.ids == [A, B]
    assert ids.notices == ["The first row, 'Sendungen', was taken for the name of the column."]
    assert read(f"{A}\n{B}\n").ids == [A, B]


def test_one_line_of_ids_is_no_table():
    for text in (f"{A},{B}", f"{A};{B};\n", f'"{A}"|"{B}"'):
        assert read(text).ids == [A, B]


def test_names_are_made_distinct_and_empty_columns_without_one_at_the_end_are_left_out():
    ids = read(f"emailId,a (2),a,a,,time (UTC),time,,\n{A},1,2,3,4,5,6,,\n")
    assert ids.context.to_dict("list") == {
        "a (2)": ["1"], "a": ["2"], "a (3)": ["3"], "column 5": ["4"], "time (UTC)": ["5"], "time": ["6"]
    }  # fmt: skip


def test_guards_of_spreadsheets_are_taken_off():
    assert read(f'emailId,a\n"=""{A}""",x\n="{B}",y\n').ids == [A, B]


def test_ids_that_a_spreadsheet_saved_as_numbers_are_refused():
    with pytest.raises(RoundedIdsError, match=r"2 ids have been rounded .*: row 2, row 3\. .*export the ids again"):
        read("emailId;a\n2,20803E+18;x\n2,20803E+18;y\n")


def test_half_a_character_does_no_harm():
    assert take(f"emailId,a\n{A},x\ud83d").context["a"].tolist() == ["x?"]


def test_a_table_without_rows_has_no_ids_and_that_is_told():
    for text in ("", "\n\n", "emailId,a\n"):
        assert read(text).notices == ["There is no email id in ids.csv."]


def test_empty_cells_beyond_the_named_columns_may_be_there_or_not():
    rows = [f"{A},x", f"{B},y,", f"{C},z,,", f"{D},,"]
    found = take("\n".join(["emailId,name", *rows]) + "\n")
    assert found.ids == [A, B, C, D]
    assert found.context["name"].fillna("").tolist() == ["x", "y", "z", ""]
