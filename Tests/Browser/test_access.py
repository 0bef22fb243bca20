"""Who may do what, by keyboard alone, and whether everybody can use it."""

import os

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from durable import Orchestrator


@pytest.fixture
def guarded(binary, tmp_path):
    environment = {
        **os.environ, "INNGEST_SIGNING_KEY": "signkey-test-12345678abcdef00", "INNGEST_EVENT_KEY": "event-key",
        "ORCHESTRATOR_DASHBOARD_USER": "ada:correct horse", "ORCHESTRATOR_DASHBOARD_VIEWER": "guest:only looking"}
    orchestrator = Orchestrator(binary, "--sqlite", str(tmp_path / "state.sqlite"), command="start", environment=environment)
    yield orchestrator
    orchestrator.stop()


def log_in(page, name, password):
    # The URL is that of the form before the form is drawn.
    form = page.locator("form.login")
    form.get_by_label("Name").fill(name)
    form.get_by_label("Password or token").fill(password)
    form.get_by_role("button", name="Log in").click()


def log_in_anew(page, name, password):
    page.get_by_role("button", name="Log out").click()
    page.wait_for_url("**/login")
    log_in(page, name, password)
    page.wait_for_url("**/runs")


def send_after_the_session(guarded, open_page):
    """A dialog in which something is written, and cannot be sent any more."""
    page = open_page(guarded.origin)
    page.goto("/login?next=/events")
    log_in(page, "ada", "correct horse")
    page.get_by_role("button", name="Send event").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("app/hello")
    dialog.get_by_role("textbox", name="Data").fill('{"kept": true}')
    page.context.clear_cookies()
    dialog.get_by_role("button", name="Send", exact=True).click()
    expect(dialog).to_contain_text("log in in another tab")
    return page, dialog


def test_login_leads_back_to_the_page_that_was_asked_for(guarded, open_page):
    page = open_page(guarded.origin)
    page.goto("/events?span=1h")
    page.wait_for_url("**/login?next=*")
    log_in(page, "ada", "wrong password")
    expect(page.get_by_role("alert")).to_contain_text("wrong")
    log_in(page, "ada", "correct horse")
    page.wait_for_url("**/events?span=1h")
    page.get_by_role("button", name="Send event").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("app/hello")
    dialog.get_by_role("button", name="Send", exact=True).click()
    page.wait_for_url("**/events/*")
    page.get_by_role("button", name="Log out").click()
    page.wait_for_url("**/login")
    page.goto("/runs")
    page.wait_for_url("**/login?next=*")


def test_a_viewer_sees_no_way_to_change_anything(guarded, open_page):
    page = open_page(guarded.origin)
    page.goto("/login")
    log_in(page, "guest", "only looking")
    page.wait_for_url("**/runs")
    expect(page.get_by_text("guest · viewer")).to_be_visible()
    page.goto("/events")
    expect(page.get_by_role("heading", name="No events yet")).to_be_visible()
    expect(page.get_by_role("button", name="Send event")).to_have_count(0)
    expect(page.get_by_role("link", name="Clock")).to_have_count(0)
    page.goto("/events?send=1")
    expect(page.get_by_role("heading", name="No events yet")).to_be_visible()
    # Here an event needs a key.
    expect(page.locator("pre.code")).to_contain_text("/e/$INNGEST_EVENT_KEY")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_what_is_being_written_outlives_the_session(guarded, open_page):
    page, dialog = send_after_the_session(guarded, open_page)
    other = page.context.new_page()
    other.goto("/login")
    log_in(other, "ada", "correct horse")
    other.wait_for_url("**/runs")
    expect(dialog.get_by_role("textbox", name="Data")).to_have_value('{"kept": true}')
    dialog.get_by_role("button", name="Send", exact=True).click()
    page.wait_for_url("**/events/*")
    expect(page.locator("main")).to_contain_text("kept")


def test_who_gives_up_writing_after_the_session_has_to_log_in(guarded, open_page):
    page, dialog = send_after_the_session(guarded, open_page)
    dialog.get_by_role("button", name="Back").click()
    page.wait_for_url("**/login?next=*")


def test_login_does_not_lead_elsewhere(guarded, open_page):
    page = open_page(guarded.origin)
    page.goto("/login?next=//evil.example/")
    log_in(page, "ada", "correct horse")
    page.wait_for_url(f"{guarded.origin}/runs")


def test_where_a_session_ends_the_form_shows_and_leads_back(guarded, open_page):
    page = open_page(guarded.origin)
    page.goto("/login?next=/events?span=1h")
    log_in(page, "ada", "correct horse")
    page.wait_for_url("**/events?span=1h")
    expect(page.locator("main h1")).to_have_text("Events")
    length = page.evaluate("history.length")

    def expire(route):
        if "span=7d" in page.url:
            page.context.clear_cookies()
        route.continue_()

    # When it asks for other events, not before: what else it asks for must not be the first to find out.
    page.route("**/v1/events?*", expire)
    page.get_by_label("Time").select_option("7d")
    page.wait_for_url("**/login?next=*")
    expect(page.get_by_role("button", name="Log in")).to_be_visible()
    page.unroute("**/v1/events?*", expire)
    # The page that can't be seen is not behind the form.
    assert page.evaluate("history.length") <= length + 1
    log_in(page, "ada", "correct horse")
    page.wait_for_url("**/events?span=7d")
    expect(page.locator("main h1")).to_have_text("Events")


def test_a_tab_goes_on_with_the_session_that_another_has_begun(guarded, open_page):
    first = open_page(guarded.origin)
    first.goto("/login")
    log_in(first, "ada", "correct horse")
    first.wait_for_url("**/runs")
    first.goto("/apps")
    expect(first.get_by_role("button", name="Sync", exact=True)).to_be_visible()
    # What it reads by itself must not find out meanwhile.
    expect(first.locator(".live")).to_have_text("Live")
    second = first.context.new_page()
    second.goto("/events")
    log_in_anew(second, "ada", "correct horse")
    # Nobody has looked at the first one since.
    first.get_by_label("Where its functions are served").fill("http://127.0.0.1:1/api/inngest")
    first.get_by_role("button", name="Sync", exact=True).click()
    expect(first.get_by_role("alert")).to_contain_text("127.0.0.1:1")


def test_a_tab_that_is_looked_at_again_says_who_is_logged_in(guarded, open_page):
    first = open_page(guarded.origin)
    first.goto("/login")
    log_in(first, "ada", "correct horse")
    first.wait_for_url("**/runs")
    second = first.context.new_page()
    second.goto("/runs")
    log_in_anew(second, "guest", "only looking")
    look_at(first)
    expect(first.get_by_text("guest · viewer")).to_be_visible()


def test_a_form_that_is_looked_at_again_knows_of_a_login_in_another_tab(guarded, open_page):
    first = open_page(guarded.origin)
    first.goto("/events?span=7d")
    first.wait_for_url("**/login?next=*")
    second = first.context.new_page()
    second.goto("/login")
    log_in(second, "ada", "correct horse")
    second.wait_for_url("**/runs")
    look_at(first)
    first.wait_for_url("**/events?span=7d")
    expect(first.locator("main h1")).to_have_text("Events")


def test_an_answer_that_comes_late_does_not_end_a_newer_session(guarded, open_page):
    first = open_page(guarded.origin)
    first.goto("/login?next=/events")
    log_in(first, "ada", "correct horse")
    held = []
    first.route("**/v1/events?*received_after*", lambda route: held.append(route))
    with first.expect_request("**/v1/events?*received_after*"):
        first.get_by_label("Time").select_option("7d")
    second = first.context.new_page()
    second.goto("/runs")
    log_in_anew(second, "ada", "correct horse")
    with first.expect_response("**/v1/session"):
        look_at(first)
    expect(first.get_by_text("ada", exact=True)).to_be_visible()
    for route in held:
        route.fulfill(status=401, json={"error": "nobody is logged in", "status": 401})
    first.unroute("**/v1/events?*received_after*")
    # It is read again.
    expect(first.get_by_role("heading", name="No event fits")).to_be_visible()
    assert "/login" not in first.url


def look_at(page):
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


@pytest.fixture
def without_users(binary, tmp_path):
    environment = {**os.environ, "INNGEST_SIGNING_KEY": "abcd", "INNGEST_EVENT_KEY": "k"}
    orchestrator = Orchestrator(binary, "--sqlite", str(tmp_path / "s.sqlite"), command="start", environment=environment)
    yield orchestrator
    orchestrator.stop()


def test_without_users_it_says_how_to_add_them(without_users, open_page):
    page = open_page(without_users.origin)
    page.goto("/")
    expect(page.get_by_text("ORCHESTRATOR_DASHBOARD_USER")).to_be_visible()


def test_by_keyboard_alone(page, orchestrator, app):
    orchestrator.send("app/echo", {"step": "one", "value": 1})
    orchestrator.advance()
    page.goto("/events")
    expect(page.get_by_role("link", name="app/echo")).to_be_visible()
    press = page.keyboard.press
    press("g")
    press("r")
    page.wait_for_url("**/runs")
    # The page of the events has a link of this name, too.
    expect(page.get_by_role("heading", name="Runs")).to_be_visible()
    expect(page.get_by_role("link", name="Echo")).to_be_visible()
    press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    press("Escape")
    press("j")
    expect(page.get_by_role("link", name="Echo")).to_be_focused()
    press("x")
    expect(page.get_by_text("1 run selected")).to_be_visible()
    press("x")
    press("Enter")
    page.wait_for_url("**/runs/*")
    expect(page.get_by_role("button", name="one: Completed")).to_be_visible()
    press("j")
    press("Enter")
    expect(page.get_by_role("complementary")).to_be_visible()
    press("Escape")
    expect(page.get_by_role("complementary")).to_have_count(0)
    press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.goto("/runs")
    expect(page.get_by_role("link", name="Echo")).to_be_visible()
    press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()


def test_escape_does_not_lose_what_was_typed_at_once(page, orchestrator, app):
    page.goto("/events")
    page.get_by_role("button", name="Send event").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("app/hello")
    page.keyboard.press("Escape")
    expect(dialog).to_contain_text("Escape again gives up")
    expect(dialog.get_by_label("Name")).to_have_value("app/hello")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_on_a_phone_all_of_the_frame_is_in_reach(orchestrator, app, open_page):
    page = open_page(orchestrator.origin)
    page.set_viewport_size({"width": 375, "height": 740})
    page.goto("/runs")
    expect(page.locator(".live")).to_be_in_viewport(ratio=1)
    for name in ["Light or dark", "Keys"]:
        expect(page.get_by_title(name)).to_be_in_viewport(ratio=1)
    page.get_by_role("link", name="Clock").click()
    page.wait_for_url("**/clock")
    # The keyboard goes on in the page that has been opened.
    expect(page.locator("main")).to_be_focused()


def paths(orchestrator):
    runs = orchestrator.get("/v1/runs")
    by_status = {run["status"]: run["run_id"] for run in runs}
    failed = orchestrator.get(f"/v1/runs/{by_status['Failed']}/timeline")
    step = next(entry["step_id"] for entry in failed["history"] if entry.get("step_id"))
    jobs = [orchestrator.request("POST", path, {"run_ids": [by_status[status]]})["data"]["id"]
            for path, status in [("/v1/replays", "Completed"), ("/v1/cancellations", "Completed")]]
    return [f"/jobs/{jobs[0]}", f"/jobs/{jobs[1]}?kind=cancel", "/runs", "/failures", "/events", f"/events/{runs[0]['event_id']}", "/functions", "/functions/acme-campaign",
            "/apps", "/nodes", "/clock", f"/runs/{by_status['Failed']}?step={step}", f"/runs/{by_status['Running']}?tab=history",
            f"/runs/{by_status['Completed']}?tab=event"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(orchestrator, app, open_page, scheme):
    app.mail_works = False
    orchestrator.send("app/signed.up", {"email": "a@example.com"})
    orchestrator.send("shop/ordered", {"total": 3})
    orchestrator.send("app/echo", {"value": {"a": [1, None, True]}})
    orchestrator.advance("5s")
    page = open_page(orchestrator.origin, color_scheme=scheme)
    for path in paths(orchestrator):
        page.goto(path)
        expect(page.locator("main h1")).to_be_visible()
        expect(page.locator(".placeholder")).to_have_count(0)
        # The pulse of what runs would be measured in its faintest moment.
        results = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]})
        assert results.violations_count == 0, f"{path}\n{results.generate_report()}"


@pytest.mark.parametrize("width", [375, 768, 900])
def test_a_narrow_screen_is_wide_enough(orchestrator, app, open_page, width):
    app.mail_works = False
    orchestrator.send("app/signed.up", {"email": "a@example.com"})
    orchestrator.send("shop/ordered", {"total": 3})
    orchestrator.send("app/echo", {"value": {"long": "word" * 100}})
    orchestrator.advance("5s")
    page = open_page(orchestrator.origin)
    page.set_viewport_size({"width": width, "height": 700})
    for path in paths(orchestrator):
        page.goto(path)
        expect(page.locator("main h1")).to_be_visible()
        expect(page.locator(".placeholder")).to_have_count(0)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


# What shows that an element has the focus: around itself, or around the row that it covers.
FOCUS = """() => {
    const marks = (element) => {
        const { outlineStyle, outlineWidth, boxShadow, borderColor, backgroundColor } = getComputedStyle(element);
        return JSON.stringify([outlineStyle === 'none' ? '' : outlineWidth, boxShadow, borderColor, backgroundColor]);
    };
    const around = (element) => [element, element.closest('.row'), element.closest('label'), element.closest('.search')].filter(Boolean);
    const element = document.activeElement;
    const focused = around(element).map(marks);
    element.blur();
    const blurred = around(element).map(marks);
    element.focus();
    const box = element.getBoundingClientRect();
    return {
        name: element.getAttribute('aria-label') ?? element.textContent.trim().slice(0, 40), tag: element.localName,
        isMarked: focused.some((one, index) => one !== blurred[index]),
        isSeen: box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight,
        isPage: element === document.body,
    };
}"""


def test_keyboard_focus_is_seen_everywhere(orchestrator, app, open_page):
    app.mail_works = False
    orchestrator.send("app/signed.up", {"email": "a@example.com"})
    orchestrator.send("shop/ordered", {"total": 3})
    orchestrator.send("app/echo", {"value": {"a": [1, None, True]}})
    orchestrator.advance("5s")
    page = open_page(orchestrator.origin)
    for path in paths(orchestrator):
        page.goto(path)
        expect(page.locator("main h1")).to_be_visible()
        expect(page.locator(".placeholder")).to_have_count(0)
        count = page.locator("a[href], button:not(:disabled), input, select, textarea, summary, [tabindex='0']").count()
        seen = set()
        for _ in range(min(count, 60)):
            page.keyboard.press("Tab")
            focus = page.evaluate(FOCUS)
            if focus["isPage"]:
                break
            assert focus["isMarked"] and focus["isSeen"], f"{path}: {focus}"
            seen.add(focus["name"])
        # The frame alone has eleven.
        assert len(seen) >= 11, f"{path}: {seen}"
