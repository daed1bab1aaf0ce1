"""The notebook in a browser: from ids to export, and nothing left behind."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pytest
from conftest import Lab, open_in_lab, save
from playwright.sync_api import Page, expect
from python_calamine import CalamineWorkbook

from emailrcd import Sandbox

NOTEBOOK = "01_explore.ipynb"
ADDRESS = re.compile(r"[\w.]+\.sandbox@")


@pytest.fixture
def app(lab: Lab, page: Page) -> Page:
    open_in_lab(lab, page, NOTEBOOK)
    expect(page.get_by_role("heading", name="What became of the mail?")).to_be_visible(timeout=60_000)
    return page


def query(app: Page) -> None:
    app.get_by_role("button", name=re.compile(r"^Query [\d,]+ ids")).click()
    expect(app.get_by_role("region", name="Records")).to_be_visible(timeout=120_000)


def result(app: Page, status: str) -> int:
    tile = app.get_by_role("button", name=re.compile(rf"^{status}"))
    return int(tile.locator("strong").inner_text().replace(",", ""))


def test_from_a_sample_to_charts_filters_and_an_excel_file(app: Page) -> None:
    app.get_by_role("button", name="Take a sample campaign").click()
    expect(app.get_by_text(re.compile(r"2,000 ids from a sample campaign"))).to_be_visible()
    query(app)
    expect(app.get_by_text("SANDBOX", exact=True)).to_be_visible()
    expect(app.get_by_text("2,000 of 2,000 records shown")).to_be_visible()
    for name in ("Delivery rate by provider", "Mail by status"):
        picture = app.get_by_alt_text(re.compile(name))
        expect(picture).to_be_visible()
        assert picture.evaluate("image => image.naturalWidth") > 500

    failed = result(app, "Failed")
    assert 0 < failed < 1000
    app.get_by_role("button", name=re.compile("^Failed")).click()
    expect(app.get_by_text(f"{failed:,} of 2,000 records shown")).to_be_visible()
    app.get_by_label("Breakdown by").select_option("campaign")
    expect(app.get_by_alt_text(re.compile("Delivery rate by campaign"))).to_be_visible()

    with app.expect_download() as download:
        app.get_by_role("button", name="XLSX for Excel").click()
    assert download.value.suggested_filename == "sandbox-records.xlsx"
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
    expect(app.get_by_text(re.compile("1,000 ids from big.csv"))).to_be_visible(timeout=120_000)


def test_100_000_ids_go_through_and_a_query_can_be_cancelled(app: Page, tmp_path: Path) -> None:
    with Sandbox() as sandbox:
        ids = sandbox.sample_ids(100_000)
    path = tmp_path / "ids.txt"
    path.write_text("\n".join(ids))
    app.get_by_label("File with email ids").set_input_files(path)
    expect(app.get_by_text(re.compile("100,000 ids from ids.txt"))).to_be_visible(timeout=60_000)
    app.get_by_role("button", name="Query 100,000 ids").click()
    app.get_by_role("button", name="Cancel").click()
    expect(app.get_by_text(re.compile("The query was cancelled"))).to_be_visible(timeout=60_000)
    expect(app.get_by_text("100,000 of 100,000 records shown")).to_be_visible(timeout=60_000)
    assert result(app, "Unanswered") > 0
    app.get_by_role("button", name="Query 100,000 ids").click()
    expect(app.get_by_role("button", name=re.compile("^Unanswered"))).to_have_count(0, timeout=120_000)
    assert sum(result(app, status) for status in ("Delivered", "Failed", "Sending", "Not found")) == 100_000


def test_credentials_ids_and_addresses_are_not_in_the_saved_notebook(lab: Lab, app: Page) -> None:
    app.get_by_label("Real API").check()
    key, secret = "KEY-of-a-test", "SECRET-of-a-test"
    app.get_by_label("App id").fill("app-1")
    app.get_by_label("API key").fill(key)
    app.get_by_label("API secret").fill(secret)
    app.get_by_role("button", name="Use these credentials").click()
    expect(app.get_by_text(re.compile("App id app-1, credentials from this form"))).to_be_visible()
    expect(app.get_by_label("API secret")).to_have_value("")
    app.get_by_label("Sandbox").check()
    app.get_by_role("button", name="Take a sample campaign").click()
    query(app)
    identity = app.get_by_role("region", name="Records").locator("td").first.inner_text()
    assert ADDRESS.search(app.get_by_role("region", name="Records").inner_text())
    save(app)
    folder = lab.folder.parent
    saved = [path for path in folder.rglob("*") if path.is_file() and path.suffix != ".pem"]
    assert any(path.name == NOTEBOOK for path in saved)
    assert "widgets" in json.loads((lab.folder / NOTEBOOK).read_text())["metadata"]
    for path in saved:
        text = path.read_bytes().decode("utf-8", "replace")
        for word in (key, secret, identity):
            assert word not in text, path
        assert not ADDRESS.search(text), path


def test_a_wrong_path_is_one_readable_message(app: Page) -> None:
    app.get_by_label("or a path here").fill("nowhere.csv")
    app.get_by_role("button", name="Read it").click()
    expect(app.get_by_role("alert").filter(has_text="nowhere.csv")).to_be_visible()


def test_a_reloaded_page_shows_the_results_again(app: Page) -> None:
    app.get_by_role("button", name="Take a sample campaign").click()
    query(app)
    save(app)
    app.reload()
    expect(app.get_by_text("2,000 of 2,000 records shown")).to_be_visible(timeout=60_000)


def test_the_app_works_in_notebook_7(lab: Lab, page: Page) -> None:
    page.goto(lab.url(f"notebooks/{NOTEBOOK}"))
    expect(page.get_by_text("Python 3 (ipykernel)").first).to_be_visible(timeout=60_000)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.locator('[data-command="runmenu:run-all"]').click()
    expect(page.get_by_role("heading", name="What became of the mail?")).to_be_visible(timeout=60_000)
    page.get_by_role("button", name="Take a sample campaign").click()
    query(page)
    expect(page.get_by_text("2,000 of 2,000 records shown")).to_be_visible()
