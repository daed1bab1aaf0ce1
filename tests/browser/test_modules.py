"""Each module of the page by itself, in a blank page of a real browser: no notebook, no kernel, no network."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route

from emailrcd.explorer.widget import MODULES, STATIC
from tests.browser.conftest import context_of

TESTS = Path(__file__).parent / "modules"
RUN = """async (module) => {
    await import(`/tests/${module}.test.js`);
    return (await import("/tests/harness.js")).run();
}"""


def serve(route: Route) -> None:
    """Give a page the files of the app and of its tests, and nothing else."""
    folder, _, name = route.request.url.removeprefix("https://modules.test/").partition("/")
    if name:
        route.fulfill(path={"static": STATIC, "tests": TESTS}[folder] / name)
    else:
        route.fulfill(body="<!DOCTYPE html><title>Nothing</title><body></body>", content_type="text/html")


@pytest.fixture(scope="module")
def blank(browser: Browser) -> Iterator[Page]:
    context = context_of(browser)
    context.route("**", serve)
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("module", MODULES)
def test_a_module_does_by_itself_what_its_tests_say(blank: Page, module: str) -> None:
    blank.goto("https://modules.test/")
    assert blank.evaluate(RUN, module) == []


def test_no_file_of_tests_is_left_out() -> None:
    assert {path.name.removesuffix(".test.js") for path in TESTS.glob("*.test.js")} == set(MODULES)
