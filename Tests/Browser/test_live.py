"""What changes while a page opens, reads or is away is on the page in the end."""

import re
import time

import pytest
from playwright.sync_api import expect


def rows(page):
    return page.locator(".list .row:not(.head)")


class Held:
    """A request of a page that waits until it is let go: the first, or one after `passed` others.
    `answered`: with the answer as it was then."""

    def __init__(self, page, pattern, answered=False, passed=0):
        self.page = page
        self.passed = passed
        self.route = self.answer = None
        self.is_held = False
        self.answered = answered
        page.route(pattern, self.hold)

    def hold(self, route):
        if self.route or self.passed:
            self.passed -= 0 if self.route else 1
            return route.continue_()
        self.route = route
        if self.answered:
            self.answer = route.fetch()
        self.is_held = True

    def wait(self):
        deadline = time.monotonic() + 30
        while not self.is_held:
            assert time.monotonic() < deadline, "the page does not ask"
            self.page.wait_for_timeout(10)

    def let_go(self):
        if self.answered:
            self.route.fulfill(response=self.answer)
        else:
            self.route.continue_()


EVERY_PAGE = [
    ("/runs", ".runs .row:not(.head)"), ("/events", ".events .row:not(.head)"), ("/failures", ".group"),
    ("/clock", ".timers .row:has-text('payment term')"),
    ("/functions/acme-order", ".event-runs .row"),
]


def happen(orchestrator):
    """A run that sleeps, and one that fails."""
    orchestrator.send("shop/ordered", {"total": 3})
    orchestrator.send("shop/ordered", {"total": -1})
    orchestrator.advance("1s")


@pytest.mark.parametrize("path,what", EVERY_PAGE)
def test_what_happens_before_the_stream_begins_is_not_lost(page, orchestrator, app, path, what):
    # The page does not wait for its stream.
    live = Held(page, "**/v1/live*")
    page.goto(path)
    expect(page.locator(".placeholder")).to_have_count(0)
    expect(page.locator(what)).to_have_count(0)
    expect(page.locator(".live")).to_have_text("Connecting")
    live.wait()
    happen(orchestrator)
    live.let_go()
    expect(page.locator(".live")).to_have_text("Live")
    expect(page.locator(what).first).to_be_visible()


@pytest.mark.parametrize("path,what,read", [
    (path, what, read) for (path, what), read in zip(EVERY_PAGE, [
        "**/v1/runs?*", "**/v1/events?*", "**/v1/failures?*", "**/v1/timers?*", "**/v1/runs?*"])])
@pytest.mark.parametrize("passed", [0, 1], ids=["at once", "when the stream has begun"])
def test_what_happens_while_a_page_reads_is_not_lost(orchestrator, app, open_page, path, what, read, passed):
    page, witness = open_page(orchestrator.origin), open_page(orchestrator.origin)
    held = Held(page, read, answered=True, passed=passed)
    page.goto(path)
    held.wait()
    expect(page.locator(".live")).to_have_text("Live")
    witness.goto("/runs")
    happen(orchestrator)
    expect(witness.locator(".runs .status-failed")).to_have_count(1)
    held.let_go()
    expect(page.locator(what).first).to_be_visible()


def test_a_run_that_changes_while_it_is_read_is_read_again(orchestrator, app, open_page):
    happen(orchestrator)
    run = next(run["run_id"] for run in orchestrator.get("/v1/runs") if run["status"] == "Running")
    page, witness = open_page(orchestrator.origin), open_page(orchestrator.origin)
    held = Held(page, "**/timeline?*", answered=True)
    page.goto(f"/runs/{run}")
    held.wait()
    witness.goto("/runs")
    expect(witness.locator(".live")).to_have_text("Live")
    orchestrator.advance("7h")
    expect(witness.locator(".runs .status-completed")).to_have_count(1)
    held.let_go()
    expect(page.locator(".run-head .status")).to_have_text("Completed")


def test_an_event_that_starts_a_run_while_it_is_read_shows_it(orchestrator, app, open_page):
    event = orchestrator.send("shop/ordered", {"total": 3})
    orchestrator.advance("1s")
    page, witness = open_page(orchestrator.origin), open_page(orchestrator.origin)
    held = Held(page, "**/v1/events/*/runs?*", answered=True)
    page.goto(f"/events/{event}")
    held.wait()
    witness.goto("/runs")
    expect(witness.locator(".live")).to_have_text("Live")
    orchestrator.advance("7h")
    expect(witness.locator(".runs .status-completed")).to_have_count(1)
    held.let_go()
    expect(page.locator(".event-runs .status")).to_have_text("Completed")


def test_an_older_answer_does_not_replace_a_newer_one(page, orchestrator, app):
    happen(orchestrator)
    held = Held(page, "**/v1/failures?*", answered=True)
    page.goto("/failures?function=acme-echo")
    held.wait()
    # Somebody chooses another function while the first answer is under way.
    page.get_by_label("Function").select_option("Order")
    expect(page.locator(".group")).to_have_count(1)
    held.let_go()
    page.evaluate("() => new Promise((resolve) => setTimeout(() => requestAnimationFrame(resolve), 300))")
    expect(page.locator(".group")).to_have_count(1)


def test_a_payload_that_comes_late_does_not_replace_what_one_has_typed(page, orchestrator, app):
    event = orchestrator.send("app/echo", {"value": "first"})
    page.goto(f"/events/{event}")
    page.get_by_role("button", name="Send again").click()
    dialog = page.get_by_role("dialog")
    held = Held(page, f"**/v1/events/{event}", answered=True)
    dialog.get_by_label("Recent payloads").select_option(index=1)
    held.wait()
    dialog.get_by_label("Data").fill('{"value": "second"}')
    held.let_go()
    page.evaluate("() => new Promise((resolve) => setTimeout(() => requestAnimationFrame(resolve), 200))")
    expect(dialog.get_by_label("Data")).to_have_value('{"value": "second"}')


def test_pages_are_there_that_were_not_loaded_before(orchestrator, app, relay, open_page):
    happen(orchestrator)
    page = open_page(relay.origin)
    blocked = []
    # The first page alone is loaded; the others not yet, when the connection is lost.
    page.route("**/assets/page-*", lambda route: route.continue_() if "page-runs" in route.request.url else (blocked.append(route), route.abort("connectionreset")))
    page.goto("/runs")
    expect(rows(page)).to_have_count(2)
    page.get_by_role("link", name="Failures").click()
    expect(page.get_by_text("does not answer")).to_be_visible()
    assert blocked
    page.unroute("**/assets/page-*")
    page.get_by_role("link", name="Failures").click()
    expect(page.locator(".group")).to_have_count(1)


def test_without_a_stream_a_page_reads_all_the_same(page, orchestrator, app):
    happen(orchestrator)
    page.route("**/v1/live*", lambda route: route.fulfill(status=429, body='{"error":"500 live streams are open"}', content_type="application/json"))
    page.goto("/runs")
    expect(rows(page)).to_have_count(2)
    expect(page.locator(".live")).to_have_text("Reconnecting")


def test_more_at_once_than_a_message_holds_ends_up_on_the_page(page, orchestrator, app):
    page.goto("/runs")
    expect(page.locator(".live")).to_have_text("Live")
    # One commit: a message names 60 of these at most.
    orchestrator.request("POST", "/e/key", [{"name": "app/echo", "data": {"value": number}} for number in range(150)])
    orchestrator.advance()
    expect(page.get_by_role("button", name=re.compile("Completed 150"))).to_be_visible()
    expect(page.locator(".runs .status-completed")).to_have_count(50)
    # What comes in by itself does not make the page longer and longer.
    expect(rows(page)).to_have_count(50)
    page.get_by_role("button", name="Show more").click()
    expect(rows(page)).to_have_count(100)
    page.get_by_role("button", name="Show more").click()
    expect(rows(page)).to_have_count(150)
    ids = page.locator(".runs .cell-id[title^='01']").evaluate_all("cells => cells.map(cell => cell.title)")
    assert ids == sorted(set(ids), reverse=True)


def test_events_come_in_by_themselves(page, orchestrator, app):
    page.goto("/events")
    expect(page.get_by_role("heading", name="No events yet")).to_be_visible()
    orchestrator.send("app/one")
    expect(rows(page)).to_have_count(1)
    orchestrator.send("app/two")
    expect(rows(page)).to_have_count(2)
    expect(rows(page).first).to_contain_text("app/two")
    rows(page).first.hover()
    orchestrator.send("app/three")
    expect(page.get_by_role("button", name="1 new event")).to_be_visible()
    expect(rows(page)).to_have_count(2)
    page.get_by_role("button", name="1 new event").click()
    expect(rows(page)).to_have_count(3)


SHIFTS = """() => {
    window.shifts = [];
    new PerformanceObserver((list) => window.shifts.push(...list.getEntries().map((one) => ({
        value: one.value, nodes: one.sources.map((source) => source.node?.className ?? source.node?.nodeName)})))).observe({ type: 'layout-shift' });
}"""


@pytest.mark.parametrize("path,send", [
    ("/runs", {"name": "shop/ordered", "data": {"total": -1}}), ("/events", {"name": "app/nothing", "data": {}})])
@pytest.mark.parametrize("reading", ["pointer", "focus", "scrolled"])
def test_what_comes_in_does_not_move_what_one_reads(page, orchestrator, app, path, send, reading):
    orchestrator.request("POST", "/e/key", [send] * 50)
    orchestrator.advance("1s")
    page.goto(path)
    expect(rows(page)).to_have_count(50)
    expect(page.locator(".live")).to_have_text("Live")
    if path == "/runs":
        # The tabs have their counts.
        expect(page.locator(".tab-failed .tab-count")).to_have_text("50")
    row = rows(page).nth(5)
    if reading == "pointer":
        row.hover()
    elif reading == "focus":
        row.locator("a").first.focus()
    else:
        page.mouse.wheel(0, 500)
        page.wait_for_function("() => scrollY > 400")
        row = rows(page).nth(20)
    at = "row => [row.textContent.match(/…\\w{8}/)[0], row.getBoundingClientRect().top]"
    before = row.evaluate(at)
    page.evaluate(SHIFTS)
    orchestrator.request("POST", "/e/key", [send] * 50)
    orchestrator.advance("1s")
    expect(page.get_by_role("button", name=re.compile("50 new"))).to_have_count(1)
    page.evaluate("() => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)))")
    assert row.evaluate(at) == before
    assert sum(shift["value"] for shift in page.evaluate("shifts")) < 0.001, page.evaluate("shifts")


def test_a_page_says_that_nobody_answers_and_counts_no_further(orchestrator, app, relay, open_page):
    orchestrator.send("shop/ordered", {"total": 1})
    orchestrator.advance("1s")
    page = open_page(relay.origin)
    page.goto("/runs")
    expect(page.locator(".live")).to_have_text("Live")
    page.clock.install()
    relay.cut()
    expect(page.locator(".live")).to_have_text("Reconnecting")
    page.clock.run_for(7000)
    expect(page.locator(".toasts")).to_contain_text("as old as its last answer")
    duration = page.locator(".list .row:not(.head) .cell-number")
    before = duration.text_content()
    page.clock.run_for(60_000)
    expect(duration).to_have_text(before)
    relay.mend()
    page.clock.run_for(5000)
    page.clock.resume()
    expect(page.locator(".live")).to_have_text("Live")
    expect(page.get_by_text("as old as its last answer")).to_have_count(0)
