"""Words among ids: what is left out, what is told and asked, and what is taken out of prose and printed tables."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emailrcd.errors import IdsError
from emailrcd.ids import in_blocks, take, take_bytes

IDS = [f"22080311123410{n:05}" for n in range(1, 20, 2)]
LINES = "\n".join(IDS) + "\n"
TABLE = "emailId,campaign\n" + "".join(f"{email_id},x\n" for email_id in IDS)

LEFTOVERS = ["Total", "TOTAL (10)", "Grand Total: 10", "合计", "小计：10", "NULL", "null", "(null)", "N/A", "#N/A", "NaN",
             "none", "•", "-", "*", "—", "emailId", "EMAIL_ID", "Email ID", "邮件编号"]  # fmt: skip


@pytest.mark.parametrize("word", LEFTOVERS)
def test_headers_totals_nulls_and_bullets_are_left_out_of_files_and_texts_and_told(word):
    for place in (0, 5, 10):
        lines = [*IDS[:place], word, *IDS[place:]]
        for ids in (
            take("\n".join(lines)),
            take_bytes("\n".join(["emailId,c", *(f"{each},x" for each in lines), ""]).encode(), "a.csv"),
        ):
            assert (ids.ids, ids.refused, ids.suspects) == (IDS, [], {})
            if place:
                assert "left out" in ids.notices[0]


@pytest.mark.parametrize("word", ["banana", "0", "campaign7", "2208031112341", "Summe_7"])
def test_other_words_are_told_and_asked(word):
    for source in (LINES + word, [*IDS, word], pd.Series([*IDS, word]), pd.DataFrame({"emailId": [*IDS, word]})):
        ids = take(source)
        assert ids.ids == [*IDS, word]
        assert list(ids.suspects) == [word]
        assert f"1 entry is unlike the other ids: {word!r}" in ids.notices[0]


@pytest.mark.parametrize("word", ["Total", "NULL", "emailId", "-", "none"])
def test_in_python_everything_is_told_and_asked(word):
    for source in ([*IDS, word], pd.Series([*IDS, word]), pd.DataFrame({"emailId": [*IDS, word]})):
        assert take(source).ids == [*IDS, word]
        assert list(take(source).suspects) == [word]


def test_the_name_of_another_column_is_a_header_too():
    ids = take_bytes((TABLE + "campaign,emailId\n").encode(), "a.csv")
    assert (ids.ids, [entry.why for entry in ids.left_out]) == (IDS, ["a repeated header"])


@given(st.lists(st.from_regex(r"[a-z]{1,6}(-[a-z0-9]{1,8})?", fullmatch=True), min_size=1, max_size=9, unique=True))
def test_pure_lists_of_other_kinds_of_ids_stay_possible(ids):
    assert take(ids).ids == ids
    assert take(ids).suspects == {}


def test_what_is_left_out_is_told_once_for_all_blocks(tmp_path, monkeypatch):
    monkeypatch.setattr("emailrcd.files.table.ROWS", 4)
    (tmp_path / "a.csv").write_text(TABLE + "NULL,x\n" + TABLE)
    found = list(in_blocks(tmp_path / "a.csv")())
    assert [entry.text for ids in found for entry in ids.left_out] == ["NULL", "emailId"]
    assert [email_id for ids in found for email_id in ids.ids] == IDS * 2


def joined(form: str, between: str = "\n") -> str:
    return between.join(form.format(email_id, n) for n, email_id in enumerate(IDS, 1))


@pytest.mark.parametrize(
    "text",
    [
        joined("https://console.example.com/mail/detail?emailId={}&tab=1"),
        joined("https://console.example.com/mail/{}/detail"),
        joined("2026-11-01 12:00:00 INFO sent ok emailId={} rcpt=a***"),
        joined("20261101120000123 INFO sent {} ok"),
        joined('2026-11-01 12:00:00 INFO {{"emailId": "{}", "to": "a"}}'),
        joined("mail.log:{1}:emailId={0}"),
        joined("• {}"), joined("- {}"), joined("* {}"), joined("- [ ] {}"),
        joined("{1}. {0}"), joined("{1}) {0}"), joined("{1}、{0}"),
        "SELECT * FROM mail WHERE email_id IN (" + joined("'{}'", ", ") + ");",
        "SELECT *\nFROM mail\nWHERE email_id IN (\n" + joined("  '{}'", ",\n") + "\n);",
        "INSERT INTO m (email_id, c) VALUES\n" + joined("('{}', 'x')", ",\n") + ";",
        joined("('{}', 'x')", ",\n"),
        "appId=x&emailId=" + "%2C".join(IDS),
        "Hi, please check\n" + LINES + "thanks, Li",
        "# exported by tool\n# 2026-11-01\n" + LINES + "(10 rows affected)\n",
        joined("\u200e{}\u200e"), joined("\u202a{}\u202c"), joined("{}\u00ad"), joined("\u2066{}\u2069"),
        joined("{}").translate({48 + digit: 0xFF10 + digit for digit in range(10)}),
        joined("{}").translate({48 + digit: 0x660 + digit for digit in range(10)}),
        joined("{}", "，"), joined("{}.", " "), joined("{}。"),
        joined("\x1b[32m{}\x1b[0m"), joined("\x1b[36mINFO\x1b[0m sent \x1b[1m{}\x1b[0m ok"),
        joined('2026-11-01 INFO {{"emailId": "{}", "traceId": "1234567890123456789"}}'),
        repr(np.array(IDS)), str(np.array(IDS)), str(pd.Series(IDS)), 'c("' + joined("{}", '", "') + '")',
    ],
)  # fmt: skip
def test_ids_are_taken_out_of_what_people_paste(text):
    ids = take(text)
    ids.check()
    assert ids.ids == IDS


BORDER = "+---------------------+------+\n"
PRINTED = {
    "mysql": f"{BORDER}| emailId             | c    |\n{BORDER}"
    + joined("| {} | x    |")
    + f"\n{BORDER}10 rows in set (0.00 sec)\n",
    "psql": "       email_id       | c \n----------------------+---\n" + joined("  {} | x") + "\n(10 rows)\n",
    "psql, one column": "      email_id       \n---------------------\n" + joined(" {}") + "\n(10 rows)\n",
    "psql, expanded": joined("-[ RECORD {1} ]-------\nemail_id | {0}\nc        | x"),
    "mysql, vertical": joined(
        "*************************** {1}. row ***************************\nemailId: {0}\n      c: x"
    ),
    "markdown": "| emailId | c |\n|:--|--:|\n" + joined("| {} | x |"),
    "markdown without edges": "emailId | c\n--- | ---\n" + joined("{} | x"),
    "box": "┌─────────┬───┐\n│ emailId │ c │\n├─────────┼───┤\n" + joined("│ {} │ x │") + "\n└─────────┴───┘\n",
    "sqlcmd": "email_id             campaign\n-------------------- --------\n"
    + joined("{}  x")
    + "\n\n(10 rows affected)\n",
    "PowerShell": "email_id            campaign\n--------            --------\n" + joined("{} autumn sale"),
    "PowerShell, bars": "email_id            c\n--------            -\n" + joined("{} a|b"),
    "sqlcmd, twice": "email_id            c\n------------------- -\n"
    + "\n".join(f"{email_id} x" for email_id in IDS[:4])
    + "\n\n(4 rows affected)\nemail_id            c\n------------------- -\n"
    + "\n".join(f"{email_id} x" for email_id in IDS[4:])
    + "\n\n(6 rows affected)\n",
    "PowerShell, numbers": "n             email_id\n-             --------\n" + joined("{1:<3}{0:>19}"),
    "polars": "shape: (10, 2)\n┌─────────┬─────┐\n│ emailId ┆ c   │\n│ ---     ┆ --- │\n│ str     ┆ i64 │\n╞═════════╪═════╡\n"
    + joined("│ {} ┆ 5   │")
    + "\n└─────────┴─────┘",
    "pandas": "               emailId c\n" + joined("{1}  {0} x"),
}


@pytest.mark.parametrize("kind", PRINTED)
def test_tables_as_programs_print_them_are_read(kind):
    ids = take(PRINTED[kind])
    ids.check()
    assert (ids.ids, ids.suspects) == (IDS, {})
    assert not any("announces" in notice for notice in ids.notices)


def test_a_rule_below_ids_makes_no_table_of_them():
    assert take("# Report\n\n---\n\n" + joined("- {}") + "\n\n---\n").ids == IDS


def test_a_printed_table_that_announces_more_rows_than_it_holds_is_told():
    ids = take(PRINTED["psql"].replace(f"  {IDS[3]} | x\n", ""))
    assert "announces 10 rows and holds 9" in ids.notices[0]


@pytest.mark.parametrize(
    "text",
    [
        str(pd.Series(IDS * 9)),
        str(pd.DataFrame({"emailId": IDS * 9})),
        repr(np.array(IDS * 999)),
        LINES + "…\n" + LINES,
        PRINTED["polars"].replace(IDS[4], "…" + " " * 18).replace("┆ 5 ", "┆ … "),
    ],
)
def test_what_a_library_left_out_when_it_printed_a_table_is_told(text):
    assert any("ellipsis stands where rows were left out" in notice for notice in take(text).notices)


def test_a_pause_in_a_line_of_a_log_is_not_told():
    assert take(joined("Sending {} ... done")).notices == ["The ids were taken out of the words around them."]


@pytest.mark.parametrize(
    "text",
    [
        "Delivery report 2026-11-01\n\n" + TABLE,
        "# exported by tool\n# 2026-11-01\n" + TABLE,
        "Report, November\n" + TABLE,
        "Mail,\n" + TABLE,
        TABLE.replace(",x", ",x,"),
        TABLE.replace("\n", "\r\n") + "\x1a",
        TABLE + "\n(10 rows affected)\n",
        TABLE + "\nTotal rows: 10\nCompletion time: 2026-11-01T10:00:00\n",
        TABLE + "\nEnd of report\n",
        TABLE + ",Total\n",
        TABLE.replace(",", "，"),
        TABLE.replace(",", "；"),
    ],
)
def test_what_exports_put_around_a_table_is_left_out(text):
    ids = take_bytes(text.encode(), "a.csv")
    ids.check()
    assert (ids.ids, ids.context["campaign"].tolist()) == (IDS, ["x"] * 10)


def test_a_row_with_more_or_fewer_cells_is_never_shifted():
    for text in (TABLE + f"{IDS[0]},x,y\n", "emailId,a,b\n" + f"{IDS[0]},x\n", "emailId,c\n" + f"1,{IDS[0]},x\n" * 3):
        with pytest.raises(IdsError, match=r"Row \d+ of a\.csv has \d cells where the first row has \d"):
            take_bytes(text.encode(), "a.csv")


def test_what_is_left_out_is_shown_without_what_dresses_it():
    (entry,) = take_bytes(f"{TABLE} \u200bNULL ,x\n".encode(), "ids.csv").left_out
    assert (entry.where, entry.text) == ("row 12", "NULL")
