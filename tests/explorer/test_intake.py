"""What was given as ids, in the words the app shows."""

from __future__ import annotations

from emailrcd.explorer.intake import Intake
from emailrcd.ids import take, take_bytes


def test_ids_are_counted_in_words_and_long_lists_of_refused_entries_are_cut():
    intake = Intake()
    intake.take(lambda *_: take([*["a!"] * 20, "2208031112341000001"]), "a list")
    content = intake.content()
    assert content.text == "1 id from a list · 20 entries refused · 1 call"
    assert (len(content.refused), content.more) == (8, 12)


def test_a_source_that_cannot_be_read_is_a_message_and_a_later_one_takes_its_place():
    intake = Intake()
    intake.take(lambda column, _: take("nowhere.csv", column), "nowhere.csv")
    assert intake.ids is None
    assert "nowhere.csv" in intake.content().problem
    intake.take(lambda *_: take("2208031112341000001"), "text")
    assert intake.content().problem == ""
    intake.take(None, "")
    assert (intake.ids, intake.content().text) == (None, "")


def test_where_the_id_column_cannot_be_told_it_is_chosen_and_may_be_chosen_again():
    intake = Intake()
    table = "mail,task\n2208031112341000001,2208031112341000777\n"
    intake.take(lambda column, _: take(table, column), "a table")
    assert intake.content().columns == ["mail", "task"]
    for name, last in (("task", "777"), ("mail", "001")):
        intake.choose(name)
        assert intake.ids.ids[0].endswith(last)


def test_where_several_sheets_hold_ids_one_is_chosen(workbook):
    names = {"May": "2208031112341000001", "June": "2208031112341000003"}
    data = workbook(**{name: [["emailId"], [email_id]] for name, email_id in names.items()})
    intake = Intake()
    intake.take(lambda column, sheet: take_bytes(data, "a.xlsx", column, sheet=sheet), "a.xlsx")
    assert intake.content().columns == ["May", "June"]
    intake.choose("June")
    assert intake.ids.ids == [names["June"]]
