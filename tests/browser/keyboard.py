"""A user without a mouse."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect


def reach(page: Page, target: Locator) -> None:
    """Press Tab until the focus is there."""
    expect(target).to_be_visible()
    for _ in range(150):
        if target.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError("not reached by Tab")


def press(page: Page, target: Locator, key: str = "Enter") -> None:
    """Reach a control and press a key on it."""
    reach(page, target)
    page.keyboard.press(key)


def go_the_whole_way(page: Page) -> None:
    """Ids, query, filters, sorting, investigation, report and export."""
    page.evaluate("document.activeElement.blur()")
    press(page, page.get_by_role("button", name="Take a sample campaign"))
    query = page.get_by_role("button", name="Query 2,000 ids")
    expect(query).to_be_enabled()
    press(page, query)
    expect(page.get_by_text("2,000 of 2,000 records shown")).to_be_visible()
    reach(page, page.get_by_label("Domain", exact=True))
    page.keyboard.type("qq.com")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name=re.compile("^Domain contains qq.com"))).to_be_visible()
    press(page, page.get_by_role("button", name=re.compile(r"^Tencent QQ: .* Show these only")))
    expect(page.get_by_role("button", name=re.compile("^Provider: Tencent QQ"))).to_be_visible()
    press(page, page.get_by_role("button", name="Investigate the failures"))
    expect(page.get_by_role("cell", name=re.compile("unexplained$"))).to_be_visible()
    heading = page.get_by_role("columnheader", name="Address")
    for sorted_as in ("ascending", "descending", "none"):
        press(page, heading.get_by_role("button"))
        expect(heading).to_have_attribute("aria-sort", sorted_as)
    for name, suffix in (("XLSX for Excel", ".xlsx"), ("Report as web page", ".html")):
        reach(page, page.get_by_role("button", name=name))
        with page.expect_download() as download:
            page.keyboard.press("Enter")
        assert download.value.suggested_filename.endswith(suffix)
