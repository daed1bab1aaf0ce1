"""The page by itself, in a real browser: keyboard, focus, charts one can touch, few mails, phones, dark, screen readers."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from emailrcd import Sandbox
from tests.browser.conftest import context_of
from tests.browser.host import Host, hosted
from tests.browser.keyboard import go_the_whole_way, press, reach


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Host]:
    for name in ("APP_ID", "API_KEY", "API_SECRET", "BASE_URL"):
        monkeypatch.delenv(f"EMAILRCD_{name}", raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    with hosted() as running:
        yield running


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    # Without motion: what is measured or touched stays where it is.
    made = context_of(browser, reduced_motion="reduce")
    made.grant_permissions(["clipboard-read", "clipboard-write"])
    yield made
    made.close()


def opened(context: BrowserContext, host: Host) -> Page:
    page = context.new_page()
    # Raising in a handler would end Playwright's event loop, and with it all tests that follow.
    page.on("pageerror", lambda error: host.page_errors.append(error.stack or str(error)))
    page.goto(host.address)
    expect(page.get_by_role("region", name="Which server")).to_be_visible()
    return page


@pytest.fixture
def page(host: Host, context: BrowserContext) -> Page:
    """The app's page; fixtures end in the opposite order, so that the page goes before its server does."""
    return opened(context, host)


@pytest.fixture
def queried(page: Page, host: Host) -> Page:
    """The page with the result of the sample campaign, all of it drawn."""
    page.get_by_role("button", name="Take a sample campaign").click()
    page.get_by_role("button", name="Query 2,000 ids").click()
    expect(page.get_by_text("2,000 of 2,000 records shown")).to_be_visible()
    drawn(page, host)
    return page


def drawn(page: Page, host: Host) -> None:
    """Wait until the app has drawn all, and the page has got it."""
    host.settle(page)
    expect(page.get_by_role("img", name=re.compile("^Delivery rate over time"))).to_be_visible()


def shown(page: Page) -> int:
    return int(re.match(r"[\d,]+", page.get_by_text(re.compile(r"records shown$")).inner_text())[0].replace(",", ""))


def give_many(page: Page, sandbox: Sandbox, folder: Path) -> None:
    """Upload 20,000 ids."""
    path = folder / "many.txt"
    path.write_text("\n".join(sandbox.sample_ids(20_000)))
    page.get_by_label("File with email ids").set_input_files(path)
    expect(page.get_by_text(re.compile("20,000 ids from many.txt"))).to_be_visible()


# Keys and focus.


def test_no_key_leaves_the_app(queried: Page) -> None:
    queried.evaluate("""() => {
        window.heard = [];
        for (const name of ["keydown", "keypress", "keyup"]) {
            for (const capture of [true, false]) document.addEventListener(name, (event) => heard.push(event.key), { capture });
        }
    }""")
    for place in (
        queried.get_by_role("button", name="Query 2,000 ids"),
        queried.get_by_label("Email ids 邮件ID"),
        queried.get_by_role("radio", name="Sandbox"),
        queried.get_by_label("Breakdown by"),
        queried.get_by_role("slider"),
        queried.get_by_role("group", name="Records, page by page"),
    ):
        place.focus()
        for key in ("d", "d", "x", "m", "b", "ArrowDown", "ArrowUp", "Escape", "Control+b"):
            queried.keyboard.press(key)
    assert queried.evaluate("heard") == []


def test_radios_and_selects_are_changed_by_arrows(queried: Page) -> None:
    queried.get_by_role("radio", name="Sandbox").focus()
    queried.keyboard.press("ArrowDown")
    expect(queried.get_by_role("radio", name="Real API")).to_be_checked()
    expect(queried.get_by_text("SANDBOX", exact=True)).to_be_hidden()
    by = queried.get_by_label("Breakdown by")
    by.focus()
    before = by.input_value()
    queried.keyboard.press("ArrowDown")
    expect(by).not_to_have_value(before)


def focused(page: Page) -> str:
    return page.evaluate("document.activeElement.ariaLabel || document.activeElement.textContent")


def test_focus_stays_where_it_was_when_what_it_was_on_is_drawn_anew(queried: Page, host: Host) -> None:
    tile = queried.get_by_role("button", name=re.compile("^Failed"))
    for element, same in ((tile, "Failed"), (queried.get_by_role("button", name=re.compile("^Address")), "Address")):
        element.focus()
        queried.keyboard.press("Enter")
        drawn(queried, host)
        expect(queried.get_by_text("of 2,000 records shown")).to_be_visible()
        assert focused(queried).startswith(same)
    last = queried.get_by_role("button", name="Last »")
    last.focus()
    queried.keyboard.press("Enter")
    expect(last).to_be_disabled()
    assert focused(queried) == "Last »"


def test_the_focus_goes_from_query_to_cancel_and_on_to_what_goes_on(context: BrowserContext, tmp_path: Path) -> None:
    # A call a second: 20,000 ids last long enough to be cancelled on any machine.
    with Sandbox() as sandbox, hosted(sandbox.client(max_rate=1)) as slow:
        page = opened(context, slow)
        give_many(page, sandbox, tmp_path)
        query = page.get_by_role("button", name="Query 20,000 ids")
        query.focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("button", name="Cancel")).to_be_focused()
        expect(page.get_by_role("status").filter(has_text="ids/s")).to_be_visible()
        page.keyboard.press("Enter")
        expect(
            page.get_by_role("status").filter(has_text=re.compile("^Cancelled · .* of 20,000 answered"))
        ).to_be_visible()
        expect(page.get_by_role("button", name=re.compile("^Go on with"))).to_be_focused()
        slow.settle(page)


def test_the_whole_way_by_keyboard_alone(page: Page, host: Host) -> None:
    go_the_whole_way(page)
    host.settle(page)


def test_the_ledger_by_keyboard_alone(page: Page, host: Host, sandbox: Sandbox) -> None:
    host.app.use_api(sandbox.credentials, sandbox.base_url)
    host.app.set_ids(sandbox.sample_ids(40))
    host.app.query()
    host.settle(page)
    press(page, page.get_by_text("Find a person's mail, open saved"))
    reach(page, page.get_by_label("Find a person's mail", exact=True))
    page.keyboard.type("sandbox")
    page.keyboard.press("Enter")
    expect(page.get_by_text(re.compile(r"^\d+ mails to sandbox"))).to_be_visible()
    press(page, page.get_by_role("button", name="What is still open?"))
    expect(page.get_by_text(re.compile("^40 mails remembered"))).to_be_visible()
    reach(page, page.get_by_label("Forget mail last answered more than"))
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("0")
    press(page, page.get_by_role("button", name="Forget", exact=True))
    expect(page.get_by_role("button", name="Yes, forget it for good")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text(re.compile("^40 mails forgotten"))).to_be_visible()


def test_ids_that_may_be_rounded_are_confirmed_by_keyboard(page: Page, host: Host) -> None:
    with Sandbox() as sandbox:
        ids = ["2208031112341000000", *sandbox.sample_ids(3)]
    page.get_by_label("Email ids 邮件ID").fill("\n".join(ids))
    query = page.get_by_role("button", name="Query 4 ids")
    expect(query).to_be_enabled()
    back = page.get_by_role("button", name="Go back")
    question = page.get_by_role("alert").filter(has_text="1 id looks rounded")
    query.focus()
    page.keyboard.press("Enter")
    expect(question).to_be_visible()
    expect(back).to_be_focused()
    page.keyboard.press("Enter")
    expect(question).to_be_hidden()
    expect(query).to_be_focused()
    page.keyboard.press("Enter")
    expect(back).to_be_focused()
    page.keyboard.press("Shift+Tab")
    expect(page.get_by_role("button", name="Query anyway")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("article")).to_have_count(4)
    expect(question).to_be_hidden()
    host.settle(page)


def test_the_heading_of_an_investigation_says_what_it_compares_with(queried: Page, host: Host) -> None:
    host.app.compare_with(host.app.records)
    queried.get_by_role("button", name="Investigate the failures").click()
    expect(queried.get_by_role("heading", name="Why did it fail, compared with the records given?")).to_be_visible()
    host.settle(queried)


# The answer first.


def test_the_result_is_scrolled_to_unless_motion_is_unwanted(browser: Browser, host: Host) -> None:
    for motion in ("no-preference", "reduce"):
        context = context_of(browser, viewport={"width": 900, "height": 500}, reduced_motion=motion)
        page = opened(context, host)
        page.get_by_role("button", name="Take a sample campaign").click()
        page.get_by_role("button", name="Query 2,000 ids").click()
        expect(page.get_by_text("2,000 of 2,000 records shown")).to_be_visible()
        drawn(page, host)
        if motion == "reduce":
            expect(page.get_by_role("heading", name="What became of the mail?")).to_be_in_viewport()
        else:
            expect(page.get_by_role("button", name=re.compile("^Failed"))).to_be_in_viewport()
        context.close()


def test_few_mails_come_as_cards_with_a_sentence_to_copy(page: Page, host: Host) -> None:
    with Sandbox() as sandbox:
        ids = sandbox.sample_ids(3)
    page.get_by_label("Email ids 邮件ID").fill("\n".join(ids))
    page.get_by_role("button", name="Query 3 ids").click()
    card = page.get_by_role("article", name=f"Mail {ids[0]}")
    expect(card).to_be_visible()
    host.settle(page)
    above = card.bounding_box()["y"]
    assert above < page.get_by_role("region", name="Result").bounding_box()["y"]
    expect(page.get_by_role("article")).to_have_count(3)
    sentence = card.locator("[lang=en] p").inner_text()
    card.get_by_role("button", name="Copy in English").click()
    page.wait_for_function("async (text) => await navigator.clipboard.readText() === text", arg=sentence)
    page.get_by_role("button", name=ids[1], exact=True).click()
    expect(page.get_by_text(f"{ids[1]} is on the clipboard.")).to_be_visible()


def test_one_mail_has_a_card_and_no_charts(page: Page, host: Host) -> None:
    with Sandbox() as sandbox:
        ids = sandbox.sample_ids(1)
    page.get_by_label("Email ids 邮件ID").fill(ids[0])
    page.get_by_role("button", name="Query 1 id").click()
    expect(page.get_by_role("article")).to_have_count(1)
    expect(page.get_by_role("region", name="Charts")).to_be_hidden()
    host.settle(page)


# Charts one can touch.


def test_a_bar_tells_its_numbers_and_filters_by_a_click(queried: Page, host: Host) -> None:
    bar = queried.get_by_role("button", name=re.compile(r"^NetEase: "))
    bar.hover()
    tip = queried.locator(".tip").first
    expect(tip).to_contain_text("NetEase: ")
    expect(tip).to_contain_text("delivered")
    bar.click()
    chip = queried.get_by_role("button", name=re.compile("^Provider: NetEase"))
    expect(chip).to_be_visible()
    netease = int((host.app.records["provider"] == "NetEase").sum())
    assert shown(queried) == netease < 2_000
    chip.click()
    expect(queried.get_by_text("2,000 of 2,000 records shown")).to_be_visible()


def test_periods_are_taken_by_a_drag_and_by_keys(queried: Page, host: Host) -> None:
    strip = queried.get_by_role("slider")
    strip.scroll_into_view_if_needed()
    box = strip.bounding_box()
    middle = box["y"] + box["height"] / 2
    queried.mouse.move(box["x"] + 0.1 * box["width"], middle)
    queried.mouse.down()
    queried.mouse.move(box["x"] + 0.5 * box["width"], middle, steps=4)
    queried.mouse.up()
    chip = queried.get_by_role("button", name=re.compile(r"^Sent 2\d{3}-\d\d-\d\d \d\d:00 to "))
    expect(chip).to_be_visible()
    assert 0 < shown(queried) < 2_000
    drawn(queried, host)
    chip.click()
    expect(queried.get_by_text("2,000 of 2,000 records shown")).to_be_visible()
    drawn(queried, host)
    strip.focus()
    queried.keyboard.press("Home")
    said = strip.get_attribute("aria-valuetext")
    ids = int(re.search(r": ([\d,]+) ids?", said)[1].replace(",", ""))
    queried.keyboard.press("Enter")
    expect(chip).to_be_visible()
    assert shown(queried) == ids


def test_the_code_is_shown_and_follows_the_filters(queried: Page) -> None:
    queried.get_by_role("button", name="Show the code").click()
    code = queried.get_by_role("group", name="The code")
    expect(code).to_contain_text("records = app.records")
    queried.get_by_role("button", name=re.compile("^Failed")).click()
    expect(code).to_be_hidden()
    queried.get_by_role("button", name="Show the code").click()
    expect(code).to_contain_text("['status'].isin(['failed'])")


# Everybody.

AXE = Path(__file__).parent / "axe" / "axe.min.js"
"""axe-core of Deque, under the licence beside it."""

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

STATES = (
    "start",
    "credentials",
    "refusal",
    "progress",
    "charts loading",
    "result",
    "filtered",
    "investigation",
    "question",
    "few ids",
    "ledger",
    "examination",
)


def bring_about(state: str, page: Page, host: Host, sandbox: Sandbox, drawing: threading.Event) -> None:
    """Bring the page into one of its states; where charts are loading, none is drawn before `drawing` is set."""
    if state in ("credentials", "refusal", "examination"):
        page.get_by_role("radio", name="Real API").check()
        expect(page.get_by_label("API secret")).to_be_visible()
    if state == "refusal":
        page.get_by_role("button", name="Use these credentials").click()
        expect(page.get_by_role("alert").filter(has_text="The app id is empty")).to_be_visible()
    if state == "examination":
        page.get_by_role("button", name="Check the connection").click()
        expect(page.get_by_role("heading", name="The connection")).to_be_visible()
    if state == "question":
        page.get_by_label("Email ids 邮件ID").fill("\n".join(["2208031112341000000", *sandbox.sample_ids(3)]))
        page.get_by_role("button", name="Query 4 ids").click()
        expect(page.get_by_role("button", name="Query anyway")).to_be_visible()
    if state in ("few ids", "ledger"):
        host.app.use_api(sandbox.credentials, sandbox.base_url)
        page.get_by_label("Email ids 邮件ID").fill("\n".join(sandbox.sample_ids(12)))
        page.get_by_role("button", name="Query 12 ids").click()
        expect(page.get_by_role("article")).to_have_count(12)
    if state == "ledger":
        page.get_by_text("Find a person's mail, open saved").click()
        page.get_by_role("button", name="What is still open?").click()
        expect(page.get_by_text(re.compile("mails remembered"))).to_be_visible()
        page.get_by_label("Find a person's mail", exact=True).fill("sandbox")
        page.get_by_role("button", name="Find", exact=True).click()
        expect(page.get_by_text(re.compile(r"^\d+ mails to sandbox"))).to_be_visible()
    if state == "progress":
        sandbox.inject("latency", times=1_000, seconds=2)
        host.app.use_api(sandbox.credentials, sandbox.base_url)
        give_many(page, sandbox, Path.cwd())
        page.get_by_role("button", name="Query 20,000 ids").click()
        expect(page.get_by_role("button", name="Cancel")).to_be_visible()
    if state == "charts loading":
        host.app._session.background.draw("nothing", drawing.wait)
    if state in ("charts loading", "result", "filtered", "investigation"):
        page.get_by_role("button", name="Take a sample campaign").click()
        page.get_by_role("button", name="Query 2,000 ids").click()
        expect(page.get_by_text("2,000 of 2,000 records shown")).to_be_visible()
    if state in ("result", "filtered", "investigation"):
        drawn(page, host)
        for summary in page.locator("summary:visible", has_text="The same as numbers").all():
            summary.click()
    if state == "filtered":
        page.get_by_role("button", name=re.compile("^Failed")).click()
        page.get_by_role("button", name="Show the code").click()
        expect(page.get_by_role("group", name="The code")).to_be_visible()
        page.get_by_text("Columns", exact=True).click()
        drawn(page, host)
    if state == "investigation":
        page.get_by_role("button", name="Investigate the failures").click()
        expect(page.get_by_role("cell", name=re.compile("unexplained$"))).to_be_visible()


def violations(page: Page) -> list[str]:
    page.add_script_tag(path=AXE)
    found = page.evaluate(
        "(tags) => axe.run(document, { runOnly: { type: 'tag', values: tags }, rules: { 'target-size': { enabled: true } } })",
        RULES,
    )
    return [
        f"{each['id']}: {node['target']} {node['failureSummary']}"
        for each in found["violations"]
        for node in each["nodes"]
    ]


@pytest.mark.slow
@pytest.mark.parametrize("width", [1280, 320])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("state", STATES)
def test_nobody_is_shut_out(
    browser: Browser, host: Host, sandbox: Sandbox, state: str, scheme: str, width: int
) -> None:
    size = {"width": width, "height": 800}
    context = context_of(browser, viewport=size, color_scheme=scheme, reduced_motion="reduce")
    page = opened(context, host)
    drawing = threading.Event()
    bring_about(state, page, host, sandbox, drawing)
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    small = page.evaluate("""() => [...document.querySelectorAll("#app :is(button, select, input, summary)")]
        .filter((each) => each.checkVisibility() && each.type !== "file")
        .map((each) => (["radio", "checkbox"].includes(each.type) ? each.closest("label") : each))
        .filter((each) => each.getBoundingClientRect().height < 24 || each.getBoundingClientRect().width < 24)
        .map((each) => each.outerHTML)""")
    assert small == []
    drawing.set()
    host.app.cancel()
    host.settle(page)
    context.close()
