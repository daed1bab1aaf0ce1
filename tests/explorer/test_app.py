"""From ids to records: what the buttons do, and what the page is told."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pandas as pd
import pytest

from emailrcd import Sandbox, read_records, summary, write_records
from emailrcd.errors import EmailrcdError
from emailrcd.records.builder import empty
from tests.explorer.page import PATIENCE, SAMPLE_IDS, Page

MAYBE_ROUNDED, OTHER_MAYBE_ROUNDED = "2208031112341000000", "2208031112342000000"


def test_records_and_shown_are_typed_and_empty_before_the_first_query(app):
    for frame in (app.records, app.shown):
        assert frame.empty
        assert frame.dtypes.equals(empty().dtypes)
    assert app.findings is None


def test_a_sample_is_queried_and_shown(queried):
    assert len(queried.app.records) == SAMPLE_IDS
    assert queried.app.shown is queried.app.records
    state, numbers = queried.last("state"), queried.last("numbers")
    assert state["running"] is False
    assert state["sandbox"] is numbers["sandbox"] is True
    assert sum(int(tile["count"].replace(",", "")) for tile in numbers["tiles"]) == SAMPLE_IDS
    for name in ("breakdown", "timeline"):
        assert queried.last("chart", name=name)["svg"].startswith("<svg")
    assert len(queried.last("table")["rows"]) == 20
    assert queried.last("cards")["cards"] == []


def test_how_a_query_ended_is_said_in_a_line(queried):
    total = summary(queried.app.records).to_dict("records")[0]
    assert queried.last("state")["status"].startswith("2,000 answered in ")
    assert f"of {total['settled']:,} settled delivered · {total['open']:,} open" in queried.last("state")["status"]


def test_an_upload_in_chunks_is_counted_and_its_refused_entries_are_named(page):
    with Sandbox() as sandbox:
        ids = sandbox.sample_ids(300)
    page.upload("mine.txt", "\n".join([*ids, ids[0], "no!id"]).encode())
    shown = page.last("state")["ids"]
    assert shown["text"] == "300 ids from mine.txt · 1 duplicate, asked once · 1 entry refused · 2 calls"
    assert shown["refused"] == ["line 302: no!id – '!' cannot be in an id: give the id alone"]
    page.query()
    assert page.app.records["email_id"].tolist() == ids


def test_a_broken_upload_says_so_and_a_chunk_of_an_earlier_one_is_ignored(page):
    page.say("begin-upload", number=7, name="x.csv", size=10, purpose="ids")
    page.say("send-chunk", [b"12345"], number=6, offset=0)
    assert page.last("next")["offset"] == 0
    page.say("send-chunk", [b"12345"], number=7, offset=3)
    assert "upload of x.csv was broken" in page.problem
    page.say("begin-upload", number=8, name="y.csv", size=2**40, purpose="ids")
    assert "larger than 1 GiB" in page.problem


def test_rounded_ids_are_one_readable_message(page):
    page.upload("x.csv", b"emailId\n2.20803E+18\n2.20804E+18\n")
    shown = page.last("state")["ids"]
    assert shown["count"] == 0
    assert "rounded" in shown["problem"]
    assert "row 2" in shown["problem"]


@pytest.fixture
def doubtful(page):
    """The page with ids of which one may be rounded."""
    with Sandbox() as sandbox:
        genuine = sandbox.sample_ids(3)
    page.app.set_ids([MAYBE_ROUNDED, *genuine])
    return page


def test_ids_that_may_be_rounded_are_queried_only_once_that_is_confirmed(doubtful):
    doubtful.query()
    question = doubtful.last("state")["ids"]["question"]
    assert "1 id looks rounded" in question
    assert question.endswith("Query all the same?")
    assert doubtful.app.records.empty
    doubtful.query()
    assert doubtful.app.records.empty
    doubtful.say("start-query", watch=False, refresh=False, anyway=True)
    assert doubtful.app.wait(PATIENCE)
    assert len(doubtful.app.records) == 4
    assert doubtful.last("state")["ids"]["question"] == ""


def test_going_back_leaves_ids_that_may_be_rounded_unasked(doubtful):
    doubtful.query()
    doubtful.say("go-back")
    state = doubtful.last("state")
    assert (state["ids"]["question"], state["ids"]["count"], state["problem"]) == ("", 4, "")
    assert doubtful.app.wait(PATIENCE)
    assert doubtful.app.records.empty


def test_a_confirmation_holds_for_the_ids_it_was_asked_about_alone(doubtful):
    doubtful.query()
    doubtful.app.set_ids([OTHER_MAYBE_ROUNDED, "2208031112341000001", "2208031112341000003"])
    assert doubtful.last("state")["ids"]["question"] == ""
    doubtful.say("start-query", watch=False, refresh=False, anyway=True)
    assert doubtful.app.wait(PATIENCE)
    assert doubtful.app.records.empty
    assert doubtful.last("state")["ids"]["question"]


def test_ids_that_may_be_rounded_are_queried_at_once_from_python(doubtful):
    doubtful.app.query()
    assert doubtful.app.wait(PATIENCE)
    assert len(doubtful.app.records) == 4
    assert any("looks rounded" in notice for notice in doubtful.last("state")["notices"])


def test_good_ids_are_queried_without_a_question(queried):
    assert not [content for content, _ in queried.messages if content.get("ids", {}).get("question")]


def test_where_the_id_column_cannot_be_told_it_is_chosen(page):
    page.upload(
        "x.csv", b"mail,task\n2208031112341000001,2208031112341000777\n2208031112341000002,2208031112341000778\n"
    )
    assert page.last("state")["ids"]["columns"] == ["mail", "task"]
    page.say("choose-column", column="task")
    shown = page.last("state")["ids"]
    assert (shown["count"], shown["problem"], shown["columns"]) == (2, "", [])


def test_a_path_is_read_and_a_wrong_one_told(page):
    Path("ids.csv").write_text("emailId\n2208031112341000001\n")
    page.say("read-path", path="ids.csv", purpose="ids")
    assert page.last("state")["ids"]["text"] == "1 id from ids.csv · 1 call"
    page.say("read-path", path="nowhere.csv", purpose="ids")
    assert "nowhere.csv" in page.last("state")["ids"]["problem"]
    page.app.set_ids(["2208031112341000001"])
    assert page.last("state")["ids"]["count"] == 1


def test_a_query_without_ids_or_credentials_is_told(page):
    page.say("start-query", watch=False, refresh=False, anyway=False)
    assert "no ids" in page.problem
    page.app.set_ids(["2208031112341000001"])
    page.say("choose-source", source="api")
    page.say("start-query", watch=False, refresh=False, anyway=False)
    assert "no credentials" in page.problem


def test_an_error_of_the_query_is_one_message_and_what_was_obtained_is_shown():
    with Sandbox() as sandbox:
        page = Page(sandbox.client(connections=1))
        page.app.set_ids(sandbox.sample_ids(900))
        sandbox.inject("latency", seconds=0.0)
        sandbox.inject("-8")
        page.query()
    assert "-8" in page.problem
    assert "限制IP访问" in page.problem
    assert (page.app.records["status"] == "unanswered").sum() == 700
    assert page.last("results")["shown"] == "200 of 900 records shown"
    assert page.last("state")["unfinished"] == 700


def test_a_query_that_is_cancelled_shows_what_was_answered_and_goes_on():
    # A call a second: 20,000 ids last long enough to be cancelled on any machine.
    with Sandbox() as sandbox:
        page = Page(sandbox.client(max_rate=1))
        ids = sandbox.sample_ids(20_000)
        page.app.set_ids(ids)
        page.app.query()
        for refused in (page.app.use_sandbox, page.app.query):
            with pytest.raises(EmailrcdError, match="A query is running"):
                refused()
        page.say("cancel")
        assert page.app.wait(PATIENCE)
        answered = int((page.app.records["status"] != "unanswered").sum())
        state = page.last("state")
        assert state["unfinished"] == len(ids) - answered
        assert state["status"].startswith(f"Cancelled · {answered:,} of 20,000 answered")
    assert len(page.app.records) == len(ids)


def test_going_on_asks_the_rest_and_keeps_rows_and_columns_of_the_users():
    with Sandbox() as sandbox:
        page = Page(sandbox.client(connections=1))
        mine = pd.DataFrame({"email_id": sandbox.sample_ids(900), "campaign": "spring"}, index=range(5, 905))
        page.app.set_ids(mine)
        sandbox.inject("latency", seconds=0.0)
        sandbox.inject("-8")
        page.query()
        before = page.app.records
        shown = page.app.shown
        assert (shown["status"] != "unanswered").all()
        assert page.last("results")["filters"] == [("part", f"Only what was answered: {len(shown):,} of 900")]
        made = len(sandbox.calls)
        page.say("go-on")
        assert page.app.wait(PATIENCE)
        assert sum(call.count for call in sandbox.calls[made:]) == (before["status"] == "unanswered").sum()
    after = page.app.records
    assert (after["status"] != "unanswered").all()
    assert after.index.equals(mine.index)
    assert after["campaign"].tolist() == mine["campaign"].tolist()
    assert page.last("state")["unfinished"] == 0
    page.say("go-on")
    assert "Nothing is left to ask" in page.problem


def test_a_query_that_obtains_nothing_leaves_the_earlier_result(queried):
    before = queried.app.records
    with Sandbox() as other:
        other.inject("-1")
        queried.say("enter-credentials", app_id="SANDBOX", api_key="x", api_secret="y", base_url=other.base_url)
        queried.query()
    assert "身份验证错误" in queried.problem
    assert queried.app.records is before
    assert "query before" in queried.last("state")["notices"][0]


def test_a_page_that_is_opened_later_is_told_everything(queried):
    queried.messages.clear()
    queried.say("ready")
    assert queried.app.wait(PATIENCE)
    kinds = {content["type"] for content, _ in queried.messages}
    assert kinds == {"heard", "state", "results", "numbers", "cards", "table", "chart", "choices"}


def test_a_page_that_is_opened_while_a_query_ends_learns_of_the_end(page):
    hear = page.wire.hear

    def hear_and_open_another(content, buffers):
        hear(content, buffers)
        if content["type"] == "cards":
            page.wire.hear = hear
            page.say("ready")

    page.wire.hear = hear_and_open_another
    page.say("take-sample")
    page.query()
    assert page.last("state")["running"] is False
    page.app.use_sandbox()


def test_what_takes_a_while_is_heard_at_once(queried):
    go_on = threading.Event()
    queried.app._session.background.draw("nothing", go_on.wait)
    queried.messages.clear()
    queried.say("choose-chart", chart="heatmap")
    assert queried.messages[-1][0] == {"type": "heard"}
    go_on.set()
    assert queried.app.wait(PATIENCE)


@pytest.mark.parametrize(
    ("message", "named"),
    [
        ({"type": "nonsense"}, "nonsense"),
        ({"type": "turn-page", "page": "x"}, "page"),
        ({"type": "turn-page"}, "page"),
        ({"type": "export", "what": "shown"}, "suffix"),
        ({"type": "export", "what": "__class__", "suffix": ".csv"}, "what"),
        ({}, "type"),
    ],
)
def test_a_message_that_lacks_a_key_or_is_unknown_is_told_by_its_name(queried, message, named):
    queried.wire.say(message)
    assert "does not fit the app" in queried.problem
    assert named in queried.problem


def test_a_page_beyond_the_last_is_the_last(queried):
    queried.say("turn-page", page=10**9)
    assert queried.last("table")["page"] == SAMPLE_IDS // 20 - 1


@pytest.mark.parametrize("odd", ["9999-12-31", "0001-01-01", "1900-01-01"])
def test_odd_times_of_sending_do_not_keep_a_query_from_ending(page, odd):
    with Sandbox() as sandbox:
        sample = sandbox.sample_campaign(50)
    sample["sent_at"] = sample["sent_at"].astype(str)
    sample.loc[7, "sent_at"] = odd
    page.app.set_ids(sample)
    page.query()
    assert page.last("state")["running"] is False
    assert page.last("chart", name="timeline")["problem"] == ""


@pytest.mark.slow
def test_answers_are_remembered_but_not_the_sandboxs(tmp_path, page):
    app = page.app
    with Sandbox() as server:
        who = server.credentials
        ids = server.sample_ids(40)
        app.set_ids(ids)
        app.use_sandbox()
        page.query()
        assert not list(tmp_path.rglob("*.sqlite"))
        page.say("open-ledger")
        assert app.wait(PATIENCE)
        assert "not remembered" in page.problem
        app.use_api(who, server.base_url)
        assert str(tmp_path) in page.last("state")["connection"]["ledger"]
        asked = len(ids)
        for _ in range(2):
            before = len(server.calls)
            page.query()
            assert sum(call.count for call in server.calls[before:]) == asked
            asked = app.records["status"].isin(["sending", "not_found"]).sum()
        page.query(refresh=True)
        assert server.calls[-1].count == len(ids)
    assert len(list(tmp_path.rglob("history.sqlite"))) == 1
    page.say("open-ledger")
    assert app.wait(PATIENCE)
    still = app.records["status"].isin(["sending", "not_found"]).sum()
    assert page.last("ledger-content")["text"] == f"40 mails remembered, {still} still open"
    page.say("forget-mail", days=0)
    assert app.wait(PATIENCE)
    assert page.last("ledger-content")["text"].startswith("40 mails forgotten")


def test_a_watch_shows_each_round_and_what_is_stuck_and_can_be_stopped():
    with Sandbox() as sandbox:
        page = Page(sandbox.client())
        page.app.set_ids(sandbox.sample_ids(1_000))
        first_round = page.heard("watched")
        page.say("start-query", watch=True, refresh=False, anyway=False)
        assert first_round.wait(PATIENCE)
        assert "next round in 30 s" in page.last("watched")["text"]
        page.say("cancel")
        assert page.app.wait(PATIENCE)
    shown = page.last("watched")
    still = page.app.records["status"].isin(["sending", "not_found"]).sum()
    assert shown["text"].endswith(f"{still:,} open")
    assert len(shown["rows"]) == min(still, 10)
    assert all(row[4] for row in shown["rows"])
    assert "The watch was stopped." in page.last("state")["notices"]
    assert page.last("chart", name="open")["svg"]


def test_saved_results_are_opened_and_compared_with(queried, tmp_path):
    saved = write_records(queried.app.records, tmp_path / "monday.parquet")
    queried.app.set_ids(queried.app.records["email_id"].tolist()[:300])
    queried.query()
    queried.say("read-path", path=str(saved), purpose="before")
    assert queried.app.wait(PATIENCE)
    compared = queried.last("compared")
    assert compared["label"] == "monday.parquet"
    assert compared["text"].startswith("The failure rate went from ")
    assert compared["rows"]
    queried.say("drop-comparison")
    assert queried.app.wait(PATIENCE)
    assert queried.last("compared")["label"] == ""
    queried.say("read-path", path=str(saved), purpose="results")
    assert queried.app.wait(PATIENCE)
    pd.testing.assert_frame_equal(queried.app.records, read_records(saved))
    assert queried.last("state")["status"] == "2,000 records from monday.parquet"
    queried.say("read-path", path="nowhere.parquet", purpose="results")
    assert queried.app.wait(PATIENCE)
    assert "nowhere.parquet" in queried.problem


def test_the_badge_follows_what_is_asked(page):
    assert page.app is not None
    page.say("choose-source", source="api")
    assert page.last("state")["sandbox"] is False
    page.say("choose-source", source="sandbox")
    assert page.last("state")["sandbox"] is True


def test_an_examination_of_another_connection_goes(page):
    page.say("check-connection")
    assert page.app.wait(PATIENCE)
    shown = page.last("checkup")
    assert shown["running"] is False
    assert {row[1] for row in shown["rows"]} <= {"ok", "warning", "failed", "skipped"}
    assert not [cell for row in shown["rows"] for cell in row if "doctor(" in cell or "Credentials(" in cell]
    assert "nothing failed" in shown["text"]
    page.messages.clear()
    page.say("choose-source", source="api")
    assert page.last("checkup-gone")


def test_the_mail_of_few_ids_is_told_one_by_one_with_its_history(page):
    with Sandbox() as server:
        page.app.use_api(server.credentials, server.base_url)
        ids = server.sample_ids(12)
        page.app.set_ids(ids)
        page.query()
    cards = page.last("cards")["cards"]
    assert [card["email_id"] for card in cards] == ids
    for card, status in zip(cards, page.app.records["status"], strict=True):
        assert card["status"] == status
        assert "known as this since" in card["since"]
        assert card["meaning"]
        assert card["english"]
        assert card["chinese"]
    assert json.dumps(cards).count("{when}") == 0


def test_a_persons_mail_is_found_in_whatever_case_with_its_history(page):
    with Sandbox() as server:
        page.app.use_api(server.credentials, server.base_url)
        page.app.set_ids(server.sample_ids(300))
        page.query()
    address = page.app.records["to_address"].dropna().iloc[0]
    page.say("find", address=address.upper())
    assert page.app.wait(PATIENCE)
    found = page.last("found")
    mails = page.app.records["to_address"] == address
    assert [card["address"] for card in found["cards"]] == [address] * mails.sum()
    assert all(card["english"] for card in found["cards"])
    page.say("find", address=".sandbox@")
    assert page.app.wait(PATIENCE)
    assert "the newest 20 of which are below" in page.last("found")["text"]
    page.say("find", address="nobody@nowhere.example")
    assert page.app.wait(PATIENCE)
    assert page.last("found")["text"] == "No mail to nobody@nowhere.example is remembered."


def test_where_nothing_is_remembered_nobody_is_looked_for(page):
    page.app.use_sandbox()
    page.say("find", address="li.lei@qq.com")
    assert page.app.wait(PATIENCE)
    assert "not remembered" in page.problem
