"""A report in a real browser, with the network off."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

import emailrcd
from emailrcd.sandbox import Sandbox
from tests.browser.conftest import context_of

HOSTILE = "</script><img src=x onerror=\"document.title='owned'\">"


@pytest.fixture(scope="session")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    with Sandbox() as sandbox, sandbox.client() as client:
        records = client.query(sandbox.sample_campaign(2_000), progress=False)
    records.loc[records.index[:5], "campaign"] = HOSTILE
    before = records.iloc[:800]
    path = tmp_path_factory.mktemp("report") / "monday.html"
    return emailrcd.report(records, path, title="周一 Monday", before=before, columns="campaign")


@pytest.fixture
def opened(browser: Browser, report: Path) -> Iterator[tuple[Page, list[str]]]:
    """The report in a page, and everything the browser complains about or asks the network for."""
    context = context_of(browser, offline=True)
    page = context.new_page()
    troubles: list[str] = []
    page.on("console", lambda message: troubles.append(message.text))
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("request", lambda request: request.url.startswith(("file:", "data:")) or troubles.append(request.url))
    page.goto(report.as_uri())
    yield page, troubles
    context.close()


def column(page: Page, name: str) -> list[str]:
    place = page.locator("#table th button").all_text_contents().index(name)
    return page.locator(f"#table tbody tr td:nth-child({place + 1})").all_text_contents()


def test_it_opens_without_a_complaint_and_asks_nobody_for_anything(opened):
    page, troubles = opened
    expect(page.get_by_role("heading", name="周一 Monday")).to_be_visible()
    expect(page.get_by_text("SANDBOX").first).to_be_visible()
    pointing = page.locator("[src], [href]").all()
    targets = [each.get_attribute("src") or each.get_attribute("href") for each in pointing]
    assert targets
    assert all(target.startswith(("#", "data:")) for target in targets)
    loaded = page.eval_on_selector_all("img", "all => all.map(each => each.complete && each.naturalWidth > 0)")
    assert loaded == [True]
    assert page.title() == "SANDBOX – 周一 Monday"
    assert troubles == []


def test_every_entry_of_the_contents_leads_somewhere(opened):
    page, _ = opened
    for link in page.locator("nav a").all():
        link.click()
        assert page.evaluate("document.querySelector(decodeURIComponent(location.hash)) !== null")


def test_mails_are_searched_sorted_and_paged(opened):
    page, troubles = opened
    total = int(re.search(r"of ([\d,]+)", page.locator("#found").inner_text())[1].replace(",", ""))
    assert total == 2_000
    assert column(page, "Status")[0] == "failed"

    page.get_by_label("Search").fill("qq.com delivered")
    assert set(column(page, "Status")) == {"delivered"}
    assert all("qq.com" in address for address in column(page, "Address"))
    page.get_by_label("Search").fill("no such thing")
    expect(page.locator("#found")).to_have_text("none found")
    page.get_by_label("Search").fill("")

    head = page.get_by_role("button", name="Email id")
    head.click()
    first = column(page, "Email id")
    assert first == sorted(first)
    head.click()
    last = column(page, "Email id")
    assert last == sorted(last, reverse=True)
    assert last[0] > first[0]
    page.get_by_role("button", name="Next page").click()
    expect(page.locator("#found")).to_have_text("51–100 of 2,000")
    assert column(page, "Email id")[0] < last[-1]
    page.get_by_role("button", name="Previous page").click()
    expect(page.get_by_role("button", name="Previous page")).to_be_disabled()
    assert troubles == []


def test_empty_cells_come_last_either_way(opened):
    page, _ = opened
    for _ in range(2):
        page.get_by_role("button", name="Received").click()
        assert column(page, "Received")[0] != ""


def test_a_hostile_name_is_shown_and_not_obeyed(opened):
    page, troubles = opened
    page.get_by_label("Search").fill("onerror")
    assert column(page, "campaign") == [HOSTILE] * 5
    assert page.title() != "owned"
    assert troubles == []


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (390, "dark"), (1280, "dark")])
def test_it_fits_a_phone_and_follows_dark_mode(browser, report, width, scheme):
    context = context_of(browser, offline=True, viewport={"width": width, "height": 800}, color_scheme=scheme)
    page = context.new_page()
    page.goto(report.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    light = page.evaluate("getComputedStyle(document.body).backgroundColor").strip("rgb()").split(",")
    assert (int(light[0]) > 128) == (scheme == "light")
    context.close()


def test_print_has_a_list_of_its_own_and_no_controls(opened):
    page, _ = opened
    expect(page.locator("#printed")).to_be_hidden()
    page.emulate_media(media="print", color_scheme="dark")
    expect(page.locator("#printed")).to_be_visible()
    expect(page.get_by_label("Search")).to_be_hidden()
    expect(page.locator("nav")).to_be_hidden()
    assert page.locator("#printed tbody tr").count() == 50
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.pdf().startswith(b"%PDF")


def test_without_its_script_the_first_mails_are_there(browser, report):
    context = context_of(browser, offline=True, java_script_enabled=False)
    page = context.new_page()
    page.goto(report.as_uri())
    expect(page.locator("#printed tbody tr").first).to_be_visible()
    expect(page.locator("#list")).to_be_hidden()
    context.close()


def test_no_address_is_in_what_the_browser_holds(opened):
    page, _ = opened
    assert ".sandbox@" not in page.content()
    assert ".sandbox@" not in json.dumps(page.evaluate("document.getElementById('data').textContent"))
