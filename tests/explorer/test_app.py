"""The app as an object: what its buttons do, what it tells the browser, and what it never keeps."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from python_calamine import CalamineWorkbook

from emailrcd import Explorer, Sandbox
from emailrcd.api.credentials import Credentials
from emailrcd.errors import CredentialsError, EmailrcdError
from emailrcd.explorer import Filters
from emailrcd.explorer.app import SAMPLE_IDS
from emailrcd.records.builder import empty

PATIENCE = 60


class Browser:
    """What a browser would have been told; sends what a browser would send."""

    def __init__(self, app: Explorer) -> None:
        self.messages: list[tuple[dict, list[bytes]]] = []
        self._screen = app._screen
        self._screen.send = self._hear

    def _hear(self, content: dict, buffers: list[bytes] | None = None) -> None:
        json.dumps(content, allow_nan=False)
        self.messages.append((content, buffers or []))

    def say(self, kind: str, buffers: list[bytes] | None = None, **content: object) -> None:
        self._screen._handle_custom_msg({"type": kind, **content}, [memoryview(b) for b in buffers or []])

    def last(self, kind: str) -> dict:
        return next(content for content, _ in reversed(self.messages) if content["type"] == kind)

    def upload(self, name: str, data: bytes, piece: int = 1000) -> None:
        self.say("upload", number=1, name=name, size=len(data))
        while data and (offset := self.last("next")["offset"]) < len(data):
            self.say("piece", [data[offset : offset + piece]], number=1, offset=offset)


@pytest.fixture
def app(monkeypatch, tmp_path):
    for name in ("APP_ID", "API_KEY", "API_SECRET", "BASE_URL"):
        monkeypatch.delenv(f"EMAILRCD_{name}", raising=False)
    monkeypatch.chdir(tmp_path)
    return Explorer()


@pytest.fixture
def browser(app):
    return Browser(app)


@pytest.fixture
def queried(app, browser):
    browser.say("sample")
    browser.say("query", watch=False, refresh=False)
    assert app.wait(PATIENCE)
    return app


def test_records_and_shown_are_typed_and_empty_before_the_first_query(app):
    for frame in (app.records, app.shown):
        assert frame.empty
        assert frame.dtypes.equals(empty().dtypes)


def test_a_sample_is_queried_and_shown(queried, browser):
    assert len(queried.records) == SAMPLE_IDS
    assert queried.shown is queried.records
    state, results = browser.last("state"), browser.last("results")
    assert state["running"] is False
    assert results["sandbox"] is True
    assert sum(int(tile["count"].replace(",", "")) for tile in results["tiles"]) == SAMPLE_IDS
    for kind in ("breakdown", "timeline"):
        picture = next(buffers for content, buffers in reversed(browser.messages) if content["type"] == kind)
        assert picture[0].startswith(b"\x89PNG")
    assert len(browser.last("table")["rows"]) == 20


def test_filters_drive_table_numbers_charts_and_files_alike(queried, browser, tmp_path):
    browser.say("filter", statuses=["failed"], provider="Tencent QQ", domain="", text="")
    wanted = queried.records[(queried.records["status"] == "failed") & (queried.records["provider"] == "Tencent QQ")]
    pd.testing.assert_frame_equal(queried.shown, wanted)
    assert browser.last("table")["total"] == len(wanted)
    assert [row[0] for row in browser.last("breakdown")["rows"]] == ["Tencent QQ"]
    path = queried.export(tmp_path / "x.xlsx")
    assert len(CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()) == len(wanted) + 1
    queried.filter(Filters())
    assert len(queried.shown) == SAMPLE_IDS


def test_numbers_on_the_tiles_stay_when_one_of_them_is_chosen(queried, browser):
    before = {tile["status"]: tile["count"] for tile in browser.last("results")["tiles"]}
    browser.say("filter", statuses=["failed"], provider="", domain="", text="")
    assert {tile["status"]: tile["count"] for tile in browser.last("results")["tiles"]} == before


def test_the_table_is_sorted_and_turned_and_shows_times_in_the_zone_chosen(queried, browser):
    position = [column["name"] for column in browser.last("table")["columns"]].index("to_address")
    browser.say("sort", column=position, descending=False)
    first = queried.records["to_address"].min()
    assert browser.last("table")["rows"][0][position] == first
    browser.say("page", page=1)
    assert browser.last("table")["first"] == 20
    browser.say("sort", column=None, descending=False)
    browser.say("zone", zone="UTC")
    submitted = queried.records["submitted_at_estimated"].iloc[0]
    assert f"{submitted:%Y-%m-%d %H:%M:%S}" in browser.last("table")["rows"][0]


def test_a_breakdown_by_a_column_of_the_users(queried, browser):
    browser.say("by", by="campaign")
    assert browser.last("breakdown")["columns"][0] == "campaign"
    browser.say("by", by="nonsense")
    assert "nonsense" in browser.last("state")["problem"]


def test_an_upload_in_pieces_is_counted_and_its_refused_entries_are_named(app, browser):
    browser.say("source", source="sandbox")
    with Sandbox() as sandbox:
        ids = sandbox.sample_ids(300)
    browser.upload("mine.txt", "\n".join([*ids, ids[0], "no!id"]).encode())
    shown = browser.last("state")["ids"]
    assert shown["text"] == "300 ids from mine.txt · 1 duplicate, asked once · 1 entry refused · 2 calls"
    assert shown["refused"] == ["line 302: no!id – '!' cannot be in an id"]
    browser.say("query", watch=False, refresh=False)
    assert app.wait(PATIENCE)
    assert app.records["email_id"].tolist() == ids


def test_a_broken_upload_says_so_and_a_piece_of_an_earlier_one_is_ignored(browser):
    browser.say("upload", number=7, name="x.csv", size=10)
    browser.say("piece", [b"12345"], number=6, offset=0)
    assert browser.last("next")["offset"] == 0
    browser.say("piece", [b"12345"], number=7, offset=3)
    assert "upload of x.csv was broken" in browser.last("state")["problem"]
    browser.say("upload", number=8, name="y.csv", size=2**40)
    assert "larger than 1 GiB" in browser.last("state")["problem"]


def test_rounded_ids_are_one_readable_message(browser):
    browser.upload("x.csv", b"emailId\n2.20803E+18\n2.20804E+18\n")
    shown = browser.last("state")["ids"]
    assert shown["count"] == 0
    assert "rounded" in shown["problem"]
    assert "row 2" in shown["problem"]


def test_where_the_id_column_cannot_be_told_it_is_chosen(browser):
    browser.upload(
        "x.csv", b"mail,task\n2208031112341000001,2208031112341000777\n2208031112341000002,2208031112341000778\n"
    )
    assert browser.last("state")["ids"]["columns"] == ["mail", "task"]
    browser.say("column", column="task")
    shown = browser.last("state")["ids"]
    assert (shown["count"], shown["problem"], shown["columns"]) == (2, None, [])


def test_a_path_is_read_and_a_wrong_one_told(app, browser, tmp_path):
    Path("ids.csv").write_text("emailId\n2208031112341000001\n")
    browser.say("path", path="ids.csv")
    assert browser.last("state")["ids"]["text"] == "1 id from ids.csv · 1 call"
    browser.say("path", path="nowhere.csv")
    assert "nowhere.csv" in browser.last("state")["ids"]["problem"]
    app.set_ids(["2208031112341000001"])
    assert browser.last("state")["ids"]["count"] == 1


def test_a_query_without_ids_or_credentials_is_told(app, browser):
    browser.say("query", watch=False, refresh=False)
    assert "no ids" in browser.last("state")["problem"]
    app.set_ids(["2208031112341000001"])
    browser.say("source", source="api")
    browser.say("query", watch=False, refresh=False)
    assert "no credentials" in browser.last("state")["problem"]


def test_credentials_that_were_found_are_told_with_their_source(monkeypatch, browser):
    for name in ("APP_ID", "API_KEY", "API_SECRET"):
        monkeypatch.setenv(f"EMAILRCD_{name}", f"{name.lower()}-value")
    monkeypatch.setenv("EMAILRCD_BASE_URL", "https://mail.example/email")
    other = Browser(Explorer())
    other.say("ready")
    told = other.last("state")["connection"]
    assert told["held"] is True
    assert "app_id-value, credentials from the environment" in told["note"]
    assert "mail.example, which is not the vendor's" in told["warning"]
    assert "api_secret-value" not in json.dumps(other.messages, default=str)


def test_credentials_that_are_incomplete_are_told(monkeypatch):
    monkeypatch.setenv("EMAILRCD_APP_ID", "x")
    other = Browser(Explorer())
    other.say("source", source="api")
    assert "EMAILRCD_API_KEY" in other.last("state")["connection"]["note"]


def test_typed_credentials_are_used_never_told_and_can_be_forgotten(app, browser):
    with Sandbox() as sandbox:
        who = sandbox.credentials
        browser.say(
            "credentials", app_id=who.app_id, api_key=who.api_key, api_secret=who.api_secret, base_url=sandbox.base_url
        )
        assert browser.last("credentials")["problem"] == ""
        app.set_ids(sandbox.sample_ids(3))
        app.query()
        assert app.wait(PATIENCE)
    assert len(app.records) == 3
    for word in (who.api_key, who.api_secret):
        assert word not in json.dumps(browser.messages, default=str)
        assert word not in repr(app.__dict__)
        assert word not in json.dumps(app._screen.get_state(), default=str)
    browser.say("forget")
    assert browser.last("state")["connection"]["held"] is False


def test_credentials_that_cannot_be_used_are_told_at_once(app, browser):
    browser.say("credentials", app_id="a", api_key="b", api_secret="", base_url="")
    assert "api_secret is empty" in browser.last("credentials")["problem"]
    browser.say("credentials", app_id="a", api_key="b", api_secret="c", base_url="http://mail.example/email")
    assert "Plain http" in browser.last("credentials")["problem"]
    with pytest.raises(EmailrcdError, match="Plain http"):
        app.use_api(Credentials("a", "b", "c"), "http://mail.example/email")
    with pytest.raises(CredentialsError):
        app.use_api(Credentials("a", "b", " "))


def test_an_error_of_the_query_is_one_message_and_what_was_obtained_is_shown(browser):
    with Sandbox() as sandbox:
        app = Explorer(sandbox.client(connections=1))
        other = Browser(app)
        app.set_ids(sandbox.sample_ids(900))
        sandbox.inject("latency", seconds=0.0)
        sandbox.inject("-8")
        app.query()
        assert app.wait(PATIENCE)
    assert "-8" in other.last("state")["problem"]
    assert "限制IP访问" in other.last("state")["problem"]
    assert (app.records["status"] == "unanswered").sum() == 700
    assert other.last("results")["shown"] == "900 of 900 records shown"


def test_a_running_query_is_cancelled_and_keeps_what_it_got():
    with Sandbox(latency=0.05) as sandbox:
        app = Explorer(sandbox.client(connections=1))
        other = Browser(app)
        app.set_ids(sandbox.sample_ids(20_000))
        app.query()
        with pytest.raises(EmailrcdError, match="A query is running"):
            app.use_sandbox()
        other.say("cancel")
        assert app.wait(PATIENCE)
    assert any("cancelled" in notice for notice in other.last("state")["notices"])
    assert len(app.records) == 20_000
    assert (app.records["status"] == "unanswered").any()


def test_a_file_is_handed_over_in_pieces_and_marked_as_the_sandboxs(queried, browser):
    browser.say("export", what="shown", suffix=".csv")
    assert queried.wait(PATIENCE)
    offer = browser.last("file")
    assert offer["name"] == "sandbox-records.csv"
    data = b""
    while len(data) < offer["size"]:
        browser.say("download", number=offer["number"], offset=len(data))
        content, buffers = browser.messages[-1]
        assert content["offset"] == len(data)
        data += bytes(buffers[0])
    assert data.decode("utf-8-sig").count("\n") == SAMPLE_IDS + 1


def test_addresses_ids_and_pasted_text_never_become_state(queried, browser):
    state = json.dumps(queried._screen.get_state(), default=str)
    assert ".sandbox@" not in state
    assert queried.records["email_id"].iloc[0] not in state
    assert ".sandbox@" not in repr(queried)


def test_a_page_that_is_opened_later_is_told_everything(queried, browser):
    browser.messages.clear()
    browser.say("ready")
    assert {content["type"] for content, _ in browser.messages} == {
        "state",
        "results",
        "table",
        "breakdown",
        "timeline",
    }


def test_what_the_browser_says_wrongly_is_told_or_ignored_and_never_raised(queried, browser):
    browser.say("nonsense")
    browser.say("sort", column=99, descending=True)
    browser.say("page", page="x")
    assert "defect" in browser.last("state")["problem"]
    browser.say("page", page=10**9)
    assert browser.last("table")["page"] == SAMPLE_IDS // 20 - 1


def test_a_rate_that_is_none_is_refused_and_the_last_one_stays(browser):
    for rate in (None, 0, -3, "x"):
        browser.say("rate", rate=rate)
        assert "above 0" in browser.last("state")["problem"]
        assert browser.last("state")["connection"]["rate"] == 20
    browser.say("rate", rate=5)
    assert browser.last("state")["connection"]["rate"] == 5


def test_a_query_that_obtains_nothing_leaves_the_earlier_result(queried, browser):
    before = queried.records
    with Sandbox() as other:
        other.inject("-1")
        browser.say("credentials", app_id="SANDBOX", api_key="x", api_secret="y", base_url=other.base_url)
        queried.query()
        assert queried.wait(PATIENCE)
    assert "身份验证错误" in browser.last("state")["problem"]
    assert queried.records is before
    assert "query before" in browser.last("state")["notices"][0]


@pytest.mark.parametrize("odd", ["9999-12-31", "0001-01-01", "1900-01-01"])
def test_odd_times_of_sending_do_not_keep_a_query_from_ending(app, browser, odd):
    sample = app._connection.sandbox.sample_campaign(50)
    sample["sent_at"] = sample["sent_at"].astype(str)
    sample.loc[7, "sent_at"] = odd
    app.set_ids(sample)
    app.query()
    assert app.wait(PATIENCE)
    assert browser.last("state")["running"] is False
    assert browser.last("timeline")["problem"] == ""


def test_columns_of_one_name_and_names_that_are_no_texts_can_be_broken_down_by(app, browser):
    sample = app._connection.sandbox.sample_campaign(30)[["email_id", "campaign", "template"]]
    app.set_ids(sample.set_axis(["email_id", "x", "x"], axis=1).assign(y=1).rename(columns={"y": 7}))
    app.query()
    assert app.wait(PATIENCE)
    for name in ("x", "x (2)", "7"):
        browser.say("by", by=name)
        assert browser.last("breakdown")["columns"][0] == name


def test_an_investigation_is_shown_with_the_mails_and_lists_behind_it(queried, browser):
    browser.say("investigate")
    assert queried.wait(PATIENCE)
    shown = browser.last("investigation")
    assert shown["failed"] == (queried.records["status"] == "failed").sum()
    assert len(shown["rows"]) == len(queried.findings.table)
    browser.say("behind", rank=1)
    assert queried.shown["email_id"].tolist() == queried.findings.mails(1)["email_id"].tolist()
    assert "row 1" in browser.last("results")["only"]
    browser.say("behind", rank=None)
    assert len(queried.shown) == SAMPLE_IDS
    for name, count in shown["lists"].items():
        browser.say("export", what=name, suffix=".csv")
        assert queried.wait(PATIENCE)
        assert browser.last("file")["name"] == f"sandbox-{name}-with-addresses.csv"
        assert len(getattr(queried.findings, name)) == count
    browser.say("query", watch=False, refresh=False)
    assert queried.wait(PATIENCE)
    assert queried.findings is None
    assert browser.last("investigation")["rows"] == []


def test_the_connection_is_checked_and_shown_as_rows_and_as_text(app, browser):
    browser.say("checkup")
    assert app.wait(PATIENCE)
    shown = browser.last("checkup")
    assert shown["running"] is False
    assert {row[1] for row in shown["rows"]} <= {"ok", "warning", "failed", "skipped"}
    assert "nothing failed" in shown["text"]


def test_answers_are_remembered_but_not_the_sandboxs(monkeypatch, tmp_path, app, browser):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    with Sandbox() as server:
        who = server.credentials
        ids = server.sample_ids(40)
        app.set_ids(ids)
        app.use_sandbox()
        app.query()
        assert app.wait(PATIENCE)
        assert not list(tmp_path.rglob("*.sqlite"))
        browser.say(
            "credentials", app_id=who.app_id, api_key=who.api_key, api_secret=who.api_secret, base_url=server.base_url
        )
        assert str(tmp_path) in browser.last("state")["connection"]["ledger"]
        for asked in (len(ids), (app.records["status"].isin(["sending", "not_found"])).sum()):
            before = len(server.calls)
            app.query()
            assert app.wait(PATIENCE)
            assert sum(call.count for call in server.calls[before:]) == asked
        app.query(refresh=True)
        assert app.wait(PATIENCE)
        assert server.calls[-1].count == len(ids)
    assert len(list(tmp_path.rglob("history.sqlite"))) == 1


def test_a_watch_shows_each_round_and_what_is_stuck_and_can_be_stopped():
    with Sandbox() as sandbox:
        app = Explorer(sandbox.client())
        other = Browser(app)
        app.set_ids(sandbox.sample_ids(400))
        other.say("query", watch=True, refresh=False)
        while not any(content["type"] == "watch" and content["text"] for content, _ in other.messages):
            assert app._job.running
        other.say("cancel")
        assert app.wait(PATIENCE)
    shown = other.last("watch")
    still = app.records["status"].isin(["sending", "not_found"]).sum()
    assert shown["text"].startswith("Round 1: ")
    assert f"{still:,} still open" in shown["text"]
    assert len(shown["rows"]) == min(still, 10)
    assert all(row[4] for row in shown["rows"])
    assert "The watch was stopped." in other.last("state")["notices"]


def test_a_report_of_what_is_shown_is_masked_and_names_the_filters(queried, browser):
    browser.say("filter", statuses=[], provider="Google", domain="", text="")
    for suffix in (".html", ".pdf"):
        browser.say("export", what="report", suffix=suffix)
        assert queried.wait(PATIENCE)
        assert browser.last("file")["name"] == f"sandbox-report{suffix}"
    browser.say("export", what="report", suffix=".html")
    assert queried.wait(PATIENCE)
    page = queried._download.data.decode()
    assert "provider: Google" in page
    assert "SANDBOX" in page
    assert not [address for address in queried.shown["to_address"].dropna() if address in page]
