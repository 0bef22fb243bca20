"""The clock of `dev`, and pages that reckon by it."""

from playwright.sync_api import expect


def rows(page):
    return page.locator(".list .row:not(.head)")


def test_time_passes(page, orchestrator, app):
    orchestrator.send("app/signed.up", {"email": "a@example.com"})
    orchestrator.advance("1s")
    page.goto("/clock")
    expect(rows(page).filter(has_text="let it sink in")).to_be_visible()
    # On some days the weekly report comes first.
    labels = [timer["label"] for timer in orchestrator.get("/v1/timers")]
    for label in labels[:labels.index("let it sink in") + 1]:
        expect(rows(page).first).to_contain_text(label)
        page.get_by_role("button", name="To the next timer").click()
    expect(rows(page).filter(has_text="click")).to_be_visible()
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("paused", exact=True)).to_be_visible()
    page.get_by_label("Time to let pass").fill("3d1s")
    page.get_by_role("button", name="Advance").click()
    expect(rows(page)).to_have_count(1)
    expect(rows(page)).to_contain_text("Weekly report")
    # It is under way until the clock has arrived.
    expect(page.get_by_role("button", name="Let it run")).to_be_enabled()
    runs = orchestrator.get("/v1/runs")
    assert [run["status"] for run in runs if run["function"] == "acme-campaign"] == ["Completed"]


def test_a_clock_that_is_moved_elsewhere_is_another_one_everywhere(page, orchestrator, app):
    orchestrator.send("shop/ordered", {"total": 1})
    orchestrator.advance("1s")
    page.goto("/runs")
    rows(page).first.get_by_role("link").click()
    waiting = page.get_by_role("region", name="What it waits for")
    expect(waiting).to_contain_text("in 5h")
    orchestrator.advance("3h")
    expect(waiting).to_contain_text("in 2h")


def test_where_the_clock_stands_nothing_counts_on(orchestrator, app, open_page):
    orchestrator.send("shop/ordered", {"total": 1})
    orchestrator.advance("1s")
    orchestrator.request("POST", "/v1/clock", {"pause": True})
    page = open_page(orchestrator.origin)
    page.clock.install()
    page.goto("/runs")
    expect(page.locator(".live")).to_have_text("Live")
    duration = rows(page).first.locator(".cell-number")
    expect(duration).to_contain_text("so far")
    before = duration.text_content()
    page.clock.run_for(30_000)
    expect(duration).to_have_text(before)
    # Until somebody lets it run.
    orchestrator.request("POST", "/v1/clock", {"run": True})
    page.wait_for_function("""(before) => {
        const duration = document.querySelector(".list .row:not(.head) .cell-number");
        return duration.textContent !== before;
    }""", arg=before)


def test_a_clock_that_stands_falls_behind(page, orchestrator, app):
    orchestrator.request("POST", "/v1/clock", {"pause": True})
    while orchestrator.get("/v1/clock")["offset_ms"] > -1001:
        pass
    page.goto("/clock")
    expect(page.locator(".clock-face")).to_contain_text("behind this machine")


def test_a_clock_that_waits_for_a_call_says_so_and_is_given_up(page, orchestrator, app):
    event = orchestrator.send("app/narrow", {"customer": "ada"})
    page.goto("/clock")
    page.get_by_role("button", name="+1h").click()
    journey = page.get_by_role("status").filter(has_text="time passes")
    run = orchestrator.get(f"/v1/events/{event}/runs")[0]["run_id"]
    expect(journey.get_by_role("link")).to_have_attribute("href", f"/runs/{run}")
    expect(page.get_by_role("button", name="+1d")).to_be_disabled()
    journey.get_by_role("button", name="Give up").click()
    expect(page.get_by_role("alert")).to_contain_text("1 call is still open")
    expect(page.get_by_role("button", name="+1d")).to_be_enabled()
    # Not moved, and not behind either.
    expect(page.locator(".clock-face")).to_contain_text("as this machine's clock")
