"""What is shown of the records: filters, table, charts."""

from __future__ import annotations

import re

import pandas as pd
import pytest
from python_calamine import CalamineWorkbook

import emailrcd
from emailrcd.explorer import Filters
from tests.explorer.frames import frame
from tests.explorer.page import NO_FILTERS, PATIENCE, SAMPLE_IDS


def test_filters_drive_table_charts_and_files_alike(queried, act, tmp_path):
    app = queried.app
    act("toggle-value", column="status", value="failed")
    act("set-filters", provider="Tencent QQ", domain="", text="")
    wanted = app.records[(app.records["status"] == "failed") & (app.records["provider"] == "Tencent QQ")]
    pd.testing.assert_frame_equal(app.shown, wanted)
    assert queried.last("table")["total"] == len(wanted)
    assert [row[0] for row in queried.last("chart", name="breakdown")["rows"]] == ["Tencent QQ"]
    path = app.export(tmp_path / "x.xlsx")
    assert len(CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()) == len(wanted) + 1
    app.filter(Filters())
    assert len(app.shown) == SAMPLE_IDS


def test_numbers_on_the_tiles_stay_when_one_of_them_is_chosen(queried, act):
    before = {tile["status"]: tile["count"] for tile in queried.last("numbers")["tiles"]}
    act("toggle-value", column="status", value="failed")
    assert {tile["status"]: tile["count"] for tile in queried.last("numbers")["tiles"]} == before


def test_filters_are_said_in_words_and_taken_back_one_by_one(queried, act):
    for status in ("failed", "not_found"):
        act("toggle-value", column="status", value=status)
    act("set-filters", provider="Google", domain="gmail, qq", text="li")
    assert queried.last("results")["filters"] == [
        ("value:status", "Status: failed or not found"),
        ("value:provider", "Provider: Google"),
        ("domain", "Domain contains gmail or qq"),
        ("text", "Search: li"),
    ]
    for name, left in (("text", 3), ("value:provider", 2), ("", 0)):
        act("drop-filter", name=name)
        assert len(queried.last("results")["filters"]) == left
    assert len(queried.app.shown) == SAMPLE_IDS


def test_a_bar_that_is_touched_filters_and_another_one_beside_it(queried, act):
    marks = queried.last("chart", name="breakdown")["marks"]
    by_count = queried.app.records["provider"].value_counts()
    first, second = marks[0]["value"], marks[1]["value"]
    assert first == by_count.index[0]
    assert f"{by_count.iloc[0]:,} ids" in marks[0]["text"]
    act("toggle-value", column="provider", value=first)
    assert (queried.app.shown["provider"] == first).all()
    act("toggle-value", column="provider", value=second)
    assert set(queried.app.shown["provider"]) == {first, second}
    act("toggle-value", column="provider", value=first)
    assert set(queried.app.shown["provider"]) == {second}


def test_periods_that_are_touched_filter_by_time(queried, act):
    chart = queried.last("chart", name="timeline")
    counts = [int(row[1].replace(",", "")) for row in chart["rows"]]
    assert len(chart["marks"]) == len(counts)
    act("set-period", first=6, last=3)
    assert len(queried.app.shown) == sum(counts[3:7])
    (name, words), *rest = queried.last("results")["filters"]
    assert name == "period"
    assert re.fullmatch(r"Sent 2\d{3}-\d\d-\d\d \d\d:\d\d to 2\d{3}-\d\d-\d\d \d\d:\d\d", words)
    assert rest == []


def test_the_last_of_periods_that_differ_in_length_is_shown_to_its_end(page, tmp_path):
    # The first month has 28 days, the last 31.
    times = pd.to_datetime(["2021-02-15 12:00", "2022-06-15 12:00", "2023-03-01 12:00", "2023-03-31 12:00"], utc=True)
    page.app.open(emailrcd.write_records(frame(["delivered"] * 4, sent_at=times), tmp_path / "saved.parquet"))
    assert page.app.wait(PATIENCE)
    rows = page.last("chart", name="timeline")["rows"]
    assert rows[-1][:2] == ["Wed 2023-03-01 00:00", "2"]
    page.say("set-period", first=len(rows) - 1, last=len(rows) - 1)
    assert page.app.wait(PATIENCE)
    assert len(page.app.shown) == 2


def test_marks_lie_in_the_picture_and_do_not_overlap(queried):
    for name, along in (("breakdown", ("top", "height")), ("timeline", ("left", "width"))):
        ends = 0.0
        for mark in queried.last("chart", name=name)["marks"]:
            start, length = (mark[each] for each in along)
            assert start >= ends - 1e-3
            ends = start + length
        assert ends <= 1


@pytest.mark.parametrize("by", ["hour of the day", "weekday"])
def test_hours_and_weekdays_are_groups_like_columns(queried, act, by):
    assert by in queried.last("choices")["columns"]
    act("group-by", column=by)
    rows = queried.last("chart", name="breakdown")["rows"]
    assert sum(int(row[1].replace(",", "")) for row in rows) == SAMPLE_IDS
    act("toggle-value", column=by, value=rows[0][0])
    assert len(queried.app.shown) == int(rows[0][1].replace(",", ""))


def test_neither_raw_times_nor_single_addresses_are_offered_as_groups(queried):
    columns = queried.last("choices")["columns"]
    assert {"provider", "domain", "campaign", "template"} <= set(columns)
    assert not {"email_id", "to_address", "received_at", "submitted_at_estimated", "queried_at", "sent_at"} & set(
        columns
    )


def test_a_column_that_is_not_there_is_told(queried, act):
    for message in (
        {"kind": "group-by", "column": "nonsense"},
        {"kind": "sort", "column": "nonsense", "descending": True},
    ):
        act(**message)
        assert "'nonsense'" in queried.problem


@pytest.mark.parametrize("chart", ["heatmap", "settle_times", "timeline"])
def test_the_chart_of_times_can_be_chosen_and_has_its_numbers_beside_it(queried, act, chart):
    act("choose-chart", chart=chart)
    shown = queried.last("chart", name="timeline")
    assert shown["svg"]
    assert shown["alt"]
    assert len(shown["rows"]) > 5
    assert {len(row) for row in shown["rows"]} == {len(shown["columns"])}
    assert queried.last("results")["chart"] == chart


def test_the_table_is_sorted_turned_and_shows_times_in_the_zone_chosen(queried, act):
    names = [column["name"] for column in queried.last("table")["columns"]]
    position = names.index("to_address")
    act("sort", column="to_address", descending=False)
    assert queried.last("table")["rows"][0][position] == queried.app.records["to_address"].min()
    act("turn-page", page=1)
    assert queried.last("table")["first"] == 20
    act("set-page-rows", rows=50)
    assert (queried.last("table")["first"], len(queried.last("table")["rows"])) == (0, 50)
    act("sort", column=None, descending=False)
    act("set-zone", zone="UTC")
    submitted = queried.app.records["submitted_at_estimated"].iloc[0]
    assert f"{submitted:%Y-%m-%d %H:%M:%S}" in queried.last("table")["rows"][0]


def test_columns_are_chosen_and_the_id_stays(queried, act):
    act("choose-columns", names=["status", "campaign"])
    assert [column["name"] for column in queried.last("table")["columns"]] == ["email_id", "status", "campaign"]


def test_a_table_keeps_its_order_length_of_page_and_columns_over_a_query(queried, act):
    act("sort", column="email_id", descending=True)
    act("set-page-rows", rows=50)
    act("choose-columns", names=["status"])
    queried.query()
    shown = queried.last("table")
    assert (shown["sorted"], shown["descending"], shown["page_rows"]) == ("email_id", True, 50)
    assert [column["name"] for column in shown["columns"]] == ["email_id", "status"]
    assert shown["rows"][0][0] == queried.app.records["email_id"].max()


def test_a_comparison_follows_the_filters(queried, act):
    app = queried.app
    app.compare_with(app.records.assign(email_id="earlier-" + app.records["email_id"]))
    act("toggle-value", column="provider", value="NetEase")
    settled = app.shown["status"].isin(["delivered", "failed"]).sum()
    compared = queried.last("compared")
    assert f"of {settled} settled" in compared["text"]
    assert [row[0] for row in compared["rows"]] == ["NetEase"]
    act("toggle-value", column="status", value="sending")
    compared = queried.last("compared")
    assert compared["label"] == "the records given"
    assert "settled" in compared["text"]
    assert compared["rows"] == []
    act("drop-comparison")
    assert queried.last("compared")["label"] == ""


def test_columns_of_one_name_and_names_that_are_not_texts_can_be_broken_down_by(page):
    with emailrcd.Sandbox() as sandbox:
        sample = sandbox.sample_campaign(30)[["email_id", "campaign", "template"]]
    page.app.set_ids(sample.set_axis(["email_id", "x", "x"], axis=1).assign(y=1).rename(columns={"y": 7}))
    page.query()
    for name in ("x", "x (2)", "7"):
        page.say("group-by", column=name)
        assert page.app.wait(PATIENCE)
        assert page.last("chart", name="breakdown")["columns"][0] == name


def test_before_a_query_nothing_is_drawn_and_nothing_fails(page):
    for kind, content in (
        ("ready", {}),
        ("set-filters", NO_FILTERS),
        ("turn-page", {"page": 3}),
        ("set-period", {"first": 0, "last": 4}),
        ("investigate", {}),
    ):
        page.say(kind, **content)
        assert page.app.wait(PATIENCE)
    assert "defect" not in page.problem
