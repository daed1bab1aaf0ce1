"""The notebook in a browser: from ids to export, and nothing left behind."""

from __future__ import annotations

import contextlib
import io
import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from python_calamine import CalamineWorkbook

from emailrcd import Sandbox
from emailrcd.api.contract import sign
from tests.browser.conftest import WIDGETS, Lab, open_in_lab, open_in_notebook_7, save

NOTEBOOK = "01_explore.ipynb"
ADDRESS = re.compile(r"[\w.]+\.sandbox@")


@pytest.fixture
def app(lab: Lab, page: Page) -> Page:
    open_in_lab(lab, page, NOTEBOOK)
    expect(page.get_by_role("region", name="Which server")).to_be_visible()
    return page


def query(app: Page) -> None:
    app.get_by_role("button", name=re.compile(r"^Query [\d,]+ ids")).click()
    expect(app.get_by_role("region", name="Records")).to_be_visible()


def result(app: Page, status: str) -> int:
    tile = app.get_by_role("button", name=re.compile(rf"^{status}"))
    return int(tile.locator("strong").inner_text().replace(",", ""))


def test_from_a_sample_to_charts_filters_and_an_excel_file(app: Page) -> None:
    app.get_by_role("button", name="Take a sample campaign").click()
    expect(app.get_by_text(re.compile(r"2,000 ids from a sample campaign"))).to_be_visible()
    query(app)
    expect(app.get_by_text("SANDBOX", exact=True)).to_be_visible()
    expect(app.get_by_text("2,000 of 2,000 records shown")).to_be_visible()
    expect(app.get_by_role("status").filter(has_text="2,000 answered in")).to_be_visible()
    for name in ("Delivery by provider", "Delivery rate over time"):
        expect(app.get_by_role("img", name=re.compile(name))).to_be_visible()

    failed = result(app, "Failed")
    assert 0 < failed < 1000
    app.get_by_role("button", name=re.compile("^Failed")).click()
    expect(app.get_by_text(f"{failed:,} of 2,000 records shown")).to_be_visible()
    expect(app.get_by_role("button", name=re.compile("^Status: failed"))).to_be_visible()
    app.get_by_label("Breakdown by").select_option("campaign")
    expect(app.get_by_role("img", name=re.compile("Delivery by campaign"))).to_be_visible()

    with app.expect_download() as download:
        app.get_by_role("button", name="XLSX for Excel").click()
    assert re.fullmatch(r"sandbox-records-[\d-]+-status-failed\.xlsx", download.value.suggested_filename)
    data = Path(download.value.path()).read_bytes()
    rows = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()
    assert len(rows) == failed + 1
    assert {row[rows[0].index("status")] for row in rows[1:]} == {"failed"}
    assert all(re.fullmatch(r"\d{19}", row[0]) for row in rows[1:])


def test_pasted_ids_are_counted_at_once_and_rounded_ones_are_refused(app: Page) -> None:
    with Sandbox() as sandbox:
        ids = sandbox.sample_ids(25)
    field = app.get_by_label("Email ids 邮件ID")
    field.fill("，".join([*ids, ids[0]]) + "\nno!id")
    expect(app.get_by_text(re.compile("25 ids from pasted text · 1 duplicate.* · 1 entry refused"))).to_be_visible()
    expect(app.get_by_text(re.compile("no!id"))).to_be_visible()
    field.fill("2.20803E+18\n2.20804E+18")
    expect(app.get_by_role("alert").filter(has_text=re.compile("rounded"))).to_be_visible()
    expect(app.get_by_role("button", name="Query", exact=True)).to_be_disabled()
    field.fill("\n".join(ids))
    query(app)
    expect(app.get_by_text("25 of 25 records shown")).to_be_visible()
    app.get_by_role("button", name="Next ›").click()
    expect(app.get_by_text("21–25 of 25")).to_be_visible()
    app.get_by_label("Search in the records").fill(ids[7])
    expect(app.get_by_text("1 of 25 records shown")).to_be_visible()


def test_a_file_of_40_megabytes_arrives(app: Page, tmp_path: Path) -> None:
    with Sandbox() as sandbox:
        ids = sandbox.sample_ids(1000)
    row = ",".join(["x" * 40_000, "y"])
    path = tmp_path / "big.csv"
    path.write_text("emailId,note,more\n" + "".join(f"{i},{row}\n" for i in ids))
    assert path.stat().st_size > 40e6
    app.get_by_label("File with email ids").set_input_files(path)
    expect(app.get_by_text(re.compile("1,000 ids from big.csv"))).to_be_visible()


def use_api(app: Page, server: Sandbox) -> None:
    """Type the credentials of a server."""
    app.get_by_label("Real API").check()
    app.get_by_label("App id").fill(server.credentials.app_id)
    app.get_by_label("API key").fill(server.credentials.api_key)
    app.get_by_label("API secret").fill(server.credentials.api_secret)
    app.get_by_label("Base URL").fill(server.base_url)
    app.get_by_role("button", name="Use these credentials").click()
    expect(app.get_by_text(re.compile("credentials from this form"))).to_be_visible()


def set_rate(app: Page, calls_a_second: str) -> None:
    rate = app.get_by_label("Calls a second, at most")
    rate.fill(calls_a_second)
    rate.press("Tab")


def test_100_000_ids_are_cancelled_after_the_first_and_go_through_after_all(app: Page, tmp_path: Path) -> None:
    with Sandbox() as server:
        path = tmp_path / "ids.txt"
        path.write_text("\n".join(server.sample_ids(100_000)))
        app.get_by_label("File with email ids").set_input_files(path)
        expect(app.get_by_text(re.compile("100,000 ids from ids.txt"))).to_be_visible()
        use_api(app, server)
        # Slow enough to be cancelled on any machine, long before its end.
        set_rate(app, "1")
        app.get_by_role("button", name="Query 100,000 ids").click()
        expect(app.get_by_role("status").filter(has_text="ids/s")).to_be_visible()
        app.get_by_role("button", name="Cancel", exact=True).click()
        cancelled = app.get_by_role("status").filter(has_text=re.compile("^Cancelled · .* of 100,000 answered"))
        expect(cancelled).to_be_visible()
        expect(app.get_by_role("button", name=re.compile("^Only what was answered"))).to_be_visible()
        set_rate(app, "1000")
        app.get_by_role("button", name=re.compile("^Go on with")).click()
        expect(app.get_by_text("100,000 of 100,000 records shown")).to_be_visible()
    expect(app.get_by_text(re.compile(r"^of 9\d,\d{3} settled$"))).to_be_visible()
    assert sum(result(app, status) for status in ("Delivered", "Failed", "Sending", "Not found")) == 100_000


@pytest.fixture(params=[True, False], ids=["widget state saved", "widget state not saved"])
def careless_app(lab: Lab, page: Page, request: pytest.FixtureRequest) -> Iterator[Page]:
    """The app in a JupyterLab that saves widget state into notebooks, and in one that does not."""
    settings = lab.folder.parent / "settings" / WIDGETS
    before = settings.read_text()
    settings.write_text(json.dumps({"saveState": request.param}))
    try:
        open_in_lab(lab, page, NOTEBOOK)
        yield page
    finally:
        settings.write_text(before)


def test_secrets_signatures_and_addresses_are_nowhere_but_where_they_belong(lab: Lab, careless_app: Page) -> None:
    app = careless_app
    with Sandbox() as server:
        who, ids = server.credentials, server.sample_ids(300)
        began = int(time.time())
        use_api(app, server)
        expect(app.get_by_label("API secret")).to_have_value("")
        app.get_by_label("Email ids 邮件ID").fill("\n".join(ids))
        query(app)
        app.get_by_role("button", name="Check the connection").click()
        expect(app.get_by_role("cell", name="key and secret", exact=True)).to_be_visible()
        app.get_by_role("button", name="Investigate the failures").click()
        expect(app.get_by_role("cell", name=re.compile("unexplained$"))).to_be_visible()
        with app.expect_download() as download:
            app.get_by_role("button", name="CSV for programs").click()
        # It is saved with the notebook, too.
        expect(app.locator(".emailrcd-still").get_by_text("300 answered in")).to_have_count(1)
    assert ADDRESS.search(app.get_by_role("region", name="Records").inner_text())
    save(app)
    secrets = {who.api_key, who.api_secret}
    secrets |= {sign(who.api_key, who.api_secret, at) for at in range(began - 5, int(time.time()) + 5)}
    folder = lab.folder.parent
    saved = [path for path in folder.rglob("*") if path.is_file()]
    assert {NOTEBOOK, "history.sqlite", "lab.log"} <= {path.name for path in saved}
    assert any(".ipynb_checkpoints" in path.parts for path in saved)
    for path in [*saved, Path(download.value.path())]:
        try:
            text = path.read_bytes().decode("utf-8", "replace")
        except FileNotFoundError:
            # JupyterLab writes some files anew under another name.
            continue
        assert not [word for word in secrets if word in text], path
        # The ledger and the export are the user's own; nothing else holds a mail's address.
        if not path.name.startswith("history.sqlite") and path in saved:
            assert not ADDRESS.search(text), path
            assert ids[0] not in text, path
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            line = process.read_bytes().decode("utf-8", "replace")
            assert who.api_secret not in line


def test_a_watch_shows_what_is_still_open_until_it_is_cancelled(app: Page) -> None:
    app.get_by_role("button", name="Take a sample campaign").click()
    app.get_by_label("Watch open mail").check()
    query(app)
    # Whichever round it is by then.
    said = re.compile(r"^Round \d+: [\d,]+ settled, [\d,]+ open · next round in [\d.]+ (s|min)$")
    expect(app.get_by_text(said)).to_be_visible()
    expect(app.get_by_role("img", name=re.compile("^Open mail"))).to_be_visible()
    expect(app.get_by_role("heading", name="Still open, oldest first")).to_be_visible()
    app.get_by_role("button", name="Cancel", exact=True).click()
    expect(app.get_by_text("The watch was stopped.")).to_be_visible()


def test_an_investigation_leads_to_the_mails_and_to_working_lists(app: Page) -> None:
    app.get_by_role("button", name="Take a sample campaign").click()
    query(app)
    app.get_by_role("button", name="Investigate the failures").click()
    table = app.get_by_role("region", name="Investigation")
    expect(table.get_by_text("mistyped domain").first).to_be_visible()
    table.get_by_role("button", name=re.compile("^Show mails")).first.click()
    expect(app.get_by_role("button", name=re.compile("^Only failed mails behind row 1"))).to_be_visible()
    with app.expect_download() as download:
        table.get_by_role("button", name=re.compile("^Correct the address")).click()
    assert download.value.suggested_filename.startswith("sandbox-correct-with-addresses-")
    rows = CalamineWorkbook.from_path(download.value.path()).get_sheet_by_index(0).to_python()
    assert "suggestion" in rows[0]
    app.get_by_role("button", name="Show all", exact=True).click()
    expect(app.get_by_text("2,000 of 2,000 records shown")).to_be_visible()


def test_a_wrong_key_is_told_where_it_was_typed_or_asked(app: Page) -> None:
    with Sandbox() as server:
        app.get_by_label("Real API").check()
        app.get_by_role("button", name="Use these credentials").click()
        expect(app.get_by_role("alert").filter(has_text="The app id is empty")).to_be_visible()
        app.get_by_label("App id").fill("SANDBOX")
        app.get_by_label("API key").fill("wrong")
        app.get_by_label("API secret").fill("wrong")
        app.get_by_label("Base URL").fill(server.base_url)
        app.get_by_label("API secret").press("Enter")
        app.get_by_label("Email ids 邮件ID").fill("2208031112341000001")
        app.get_by_role("button", name="Query 1 id").click()
        expect(app.get_by_role("alert").filter(has_text="身份验证错误")).to_be_visible()


def test_a_wrong_path_is_one_readable_message(app: Page) -> None:
    app.get_by_label("or a path here").fill("nowhere.csv")
    app.get_by_role("button", name="Read it").click()
    expect(app.get_by_role("alert").filter(has_text="nowhere.csv")).to_be_visible()


@pytest.mark.parametrize("open_in", [open_in_lab, open_in_notebook_7])
def test_a_reloaded_page_shows_the_results_again_and_the_still_goes_on_to_follow(
    lab: Lab, page: Page, open_in: Callable[[Lab, Page, str], None]
) -> None:
    app = page
    open_in(lab, app, NOTEBOOK)
    app.get_by_role("button", name="Take a sample campaign").click()
    query(app)
    still = app.locator(".emailrcd-still")
    expect(still.get_by_text("2,000 answered in")).to_have_count(1)
    save(app)
    app.reload()
    expect(app.get_by_text("2,000 of 2,000 records shown")).to_be_visible()
    with Sandbox() as sandbox:
        app.get_by_label("Email ids 邮件ID").fill("\n".join(sandbox.sample_ids(25)))
    app.get_by_role("button", name="Query 25 ids").click()
    expect(still.get_by_text(re.compile("The last result: SANDBOX · 25 answered in"))).to_have_count(1)
    expect(still).to_be_hidden()
    save(app)
    assert "The last result: SANDBOX · 25 answered in" in (lab.folder / NOTEBOOK).read_text()


def cells(app: Page) -> int:
    return app.locator(".jp-Notebook-cell").count()


def keys_stay_in(app: Page) -> None:
    """Press what a notebook takes for commands: nothing of it, and none of the results, may go."""
    before = cells(app)
    for place in (
        app.get_by_role("button", name="Investigate the failures"),
        app.get_by_role("radio", name="Sandbox"),
        app.get_by_label("Breakdown by"),
    ):
        place.focus()
        for key in ("d", "d", "x", "b", "a", "m", "Escape", "0", "0"):
            app.keyboard.press(key)
    assert cells(app) == before
    expect(app.get_by_role("dialog")).to_have_count(0)
    app.get_by_role("radio", name="Sandbox").focus()
    app.keyboard.press("ArrowDown")
    expect(app.get_by_role("radio", name="Real API")).to_be_checked()
    app.get_by_label("Domain", exact=True).focus()
    app.keyboard.type("qq.com")
    app.keyboard.press("Enter")
    expect(app.get_by_role("button", name=re.compile("^Domain contains qq.com"))).to_be_visible()
    expect(app.get_by_text(re.compile("of 2,000 records shown"))).to_be_visible()


def test_no_key_pressed_in_the_app_is_a_command_of_jupyterlab(app: Page) -> None:
    app.get_by_role("button", name="Take a sample campaign").click()
    query(app)
    keys_stay_in(app)


def test_a_notebook_that_is_opened_again_shows_a_still_of_the_last_result(lab: Lab, app: Page) -> None:
    app.get_by_role("button", name="Take a sample campaign").click()
    query(app)
    expect(app.get_by_role("img", name=re.compile("Delivery rate over time"))).to_be_visible()
    still = app.locator(".emailrcd-still")
    expect(still.get_by_text(re.compile("The last result: SANDBOX"))).to_have_count(1)
    expect(still).to_be_hidden()
    save(app)
    notebook = lab.folder / NOTEBOOK
    lab.end_kernels()
    app.goto("about:blank")
    app.goto(f"{lab.url(f'lab/tree/{NOTEBOOK}')}&reset")
    expect(still).to_be_visible()
    expect(still.get_by_role("img")).to_have_count(2)
    expect(app.get_by_text("Error displaying widget")).to_be_hidden()
    done = subprocess.run(
        [sys.executable, "-m", "jupyter", "nbconvert", "--to", "html", "--stdout", str(notebook)],
        capture_output=True,
        check=True,
    )
    page = done.stdout.decode()
    assert "The last result: SANDBOX" in page
    assert "emailrcd.Explorer:" not in page
    assert not ADDRESS.search(page)


def test_the_app_works_in_notebook_7_with_its_answer_in_view_and_its_keys_stay_there_too(lab: Lab, page: Page) -> None:
    open_in_notebook_7(lab, page, NOTEBOOK)
    expect(page.get_by_role("region", name="Which server")).to_be_visible()
    page.get_by_role("button", name="Take a sample campaign").click()
    query(page)
    # The last of all outputs, which Notebook 7 would shut into a box if they are long.
    expect(page.locator(".emailrcd-still").get_by_text("2,000 answered in")).to_have_count(1)
    for said in (page.get_by_role("status").filter(has_text="2,000 answered in"), page.get_by_text("Failed 失败")):
        expect(said).to_be_in_viewport()
    keys_stay_in(page)
