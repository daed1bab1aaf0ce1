"""Which column holds the ids."""

from __future__ import annotations

import pandas as pd
import pytest

from emailrcd.errors import AmbiguousColumnError
from emailrcd.ids import take, take_bytes

A, B, C, D = (f"220803111234100000{n}" for n in range(1, 5))


@pytest.mark.parametrize(
    "name",
    [
        "emailId",
        "email_id",
        "EMAIL-ID",
        " Email ID ",
        "mailId",
        "mail_ids",
        "邮件ID",
        "邮件 id",
        "平台邮件ID",
        "邮件编号",
    ],
)
def test_a_column_is_known_by_its_name_even_if_another_one_has_the_shape(name):
    ids = take(pd.DataFrame({"order": [A, B], name: ["x", "y"]}))
    assert ids.ids == ["x", "y"]
    assert ids.column == name


def test_a_column_is_known_by_the_shape_of_nearly_all_its_values():
    values = [f"22080311123420{n:05}" for n in range(97)]
    ids = take(pd.DataFrame({"who": range(100), "mail": [*values, None, "typo", A]}))
    assert ids.column == "mail"
    assert len(ids.ids) == 99
    assert len(ids.refused) == 1


def test_a_column_called_id_will_do_where_no_other_has_the_shape():
    assert take(pd.DataFrame({"ID": ["x", "y"], "who": ["Li", "Wei"]})).column == "ID"
    assert take(pd.DataFrame({"ID": ["1", "2"], "mail": [A, B]})).column == "mail"


def test_an_only_column_holds_the_ids():
    assert take(pd.DataFrame({"anything": ["x", "y"]})).ids == ["x", "y"]


@pytest.mark.parametrize(
    ("frame", "candidates"),
    [
        (pd.DataFrame({"a": [A], "b": [B], "c": ["x"]}), ("a", "b")),
        (pd.DataFrame({"email_id": ["x"], "emailId": ["y"], "c": [A]}), ("email_id", "emailId")),
        (pd.DataFrame({"id": ["x"], "ids": ["y"], "c": ["z"]}), ("id", "ids")),
        (pd.DataFrame({"a": ["x"], "b": ["y"]}), ("a", "b")),
    ],
)
def test_between_several_columns_nothing_is_guessed_and_the_candidates_are_listed(frame, candidates):
    with pytest.raises(AmbiguousColumnError) as caught:
        take(frame)
    assert caught.value.candidates == candidates
    for name in candidates:
        assert repr(name) in str(caught.value)
    assert "column='<its name>'" in str(caught.value)


def test_a_table_without_columns_is_refused():
    with pytest.raises(AmbiguousColumnError, match="it has no columns"):
        take(pd.DataFrame())


def test_of_very_many_columns_a_dozen_are_listed():
    with pytest.raises(AmbiguousColumnError, match="'c11' and 88 more"):
        take(pd.DataFrame({f"c{n}": ["x"] for n in range(100)}))


def test_the_user_names_the_column_exactly_or_nearly():
    frame = pd.DataFrame({"Mail No": [A], "mail_no": [B], "other": [C]})
    assert take(frame, column="mail_no").ids == [B]
    assert take(frame, column="OTHER").ids == [C]
    with pytest.raises(AmbiguousColumnError, match="2 columns named 'MAIL-NO'"):
        take(frame, column="MAIL-NO")
    with pytest.raises(AmbiguousColumnError, match="no column named 'x'.*'Mail No', 'mail_no', 'other'"):
        take(frame, column="x")


@pytest.mark.parametrize("source", [f"a,b\n{A},{B}\n{C},{D}", f'[{{"a": {A}, "b": {B}}}, {{"a": {C}, "b": {D}}}]'])
def test_the_user_names_the_column_of_text_and_json_too(source):
    with pytest.raises(AmbiguousColumnError):
        take(source)
    ids = take(source, column="b")
    assert ids.ids == [B, D]
    assert ids.context["a"].astype(str).tolist() == [A, C]


def test_the_user_names_the_column_of_json_lines_too():
    assert take(f'{{"a": "{A}", "b": "{B}"}}\n{{"a": "{C}", "b": "{D}"}}', column="b").ids == [B, D]


def test_two_columns_of_the_same_name_are_told_apart_and_not_guessed_between():
    table = f"emailId,emailId\n{A},{B}"
    with pytest.raises(AmbiguousColumnError, match="'emailId', 'emailId \\(2\\)'"):
        take(table)
    assert take(table, column="emailId (2)").ids == [B]


def test_a_row_that_names_the_ids_stands_above_them():
    assert take_bytes(f"Report\n\nx,Email ID\ny,{A}\n".encode(), "a.csv").context["x"].tolist() == ["y"]
    assert take_bytes(f"{A}\nemailId\n{B}\n".encode(), "a.csv").ids == [A, B]
