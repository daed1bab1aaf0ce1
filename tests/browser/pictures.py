"""Makes the pictures of README from the sandbox: ``make pictures``."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

from emailrcd import Sandbox
from tests.browser.host import Host, hosted

DOCS = Path(__file__).parents[2] / "docs"
ARGUMENTS = ["--no-sandbox", "--disable-gpu"]


def of_a_campaign(page: Page, host: Host) -> None:
    page.get_by_role("button", name="Take a sample campaign").click()
    page.get_by_role("button", name="Query 2,000 ids").click()
    expect(page.get_by_role("img", name=re.compile("^Delivery rate over time"))).to_be_visible()
    page.get_by_role("button", name="Investigate the failures").click()
    expect(page.get_by_role("cell", name=re.compile("unexplained$"))).to_be_visible()
    host.settle(page)


def of_few_mails(page: Page, host: Host) -> None:
    with Sandbox() as sandbox:
        page.get_by_label("Email ids 邮件ID").fill("\n".join(sandbox.sample_ids(4)))
    page.get_by_role("button", name="Query 4 ids").click()
    expect(page.get_by_role("article")).to_have_count(4)
    host.settle(page)


PICTURES = {
    "explorer.png": (of_a_campaign, "light", 2_060),
    "explorer-dark.png": (of_a_campaign, "dark", 2_060),
    "explorer-few.png": (of_few_mails, "light", 1_120),
}


def main() -> None:
    """Make all pictures."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        sys.exit("The pictures need Chromium: apt install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        for name, (prepare, scheme, height) in PICTURES.items():
            with hosted() as host:
                context = browser.new_context(
                    viewport={"width": 1136, "height": height}, color_scheme=scheme, reduced_motion="reduce"
                )
                page = context.new_page()
                page.goto(host.address)
                prepare(page, host)
                page.evaluate("scrollTo(0, 0)")
                page.screenshot(path=DOCS / name)
                context.close()
            print(DOCS / name)
        browser.close()


if __name__ == "__main__":
    main()
