"""Lists of runs and events: what is chosen, what comes in, and coming back to them."""

from playwright.sync_api import expect


def rows(page):
    return page.locator(".list .row:not(.head)")


def test_new_runs_are_let_in_beside_a_selection(page, orchestrator, app):
    orchestrator.send("app/echo", {"value": 1})
    orchestrator.advance()
    page.goto("/runs")
    rows(page).first.get_by_role("checkbox").click()
    expect(page.get_by_text("1 run selected")).to_be_visible()
    orchestrator.send("app/echo", {"value": 2})
    orchestrator.advance()
    page.get_by_role("button", name="1 new run").click()
    expect(rows(page)).to_have_count(2)
    expect(page.get_by_text("1 run selected")).to_be_visible()


def test_back_leads_to_where_one_was(page, orchestrator, app):
    orchestrator.request("POST", "/e/key", [{"name": "app/nothing", "data": {}}] * 120)
    page.goto("/events")
    expect(rows(page)).to_have_count(50)
    page.get_by_role("button", name="Show more").click()
    expect(rows(page)).to_have_count(100)
    rows(page).nth(90).get_by_role("link").focus()
    before = page.evaluate("scrollY")
    # A click may scroll before it clicks.
    page.keyboard.press("Enter")
    page.wait_for_url("**/events/*")
    expect(page.get_by_role("heading", name="app/nothing")).to_be_visible()
    page.go_back()
    expect(rows(page)).to_have_count(100)
    page.wait_for_function("before => Math.abs(scrollY - before) < 2", arg=before)


def test_what_cant_be_read_is_not_taken_for_empty_and_read_again(page, orchestrator, app):
    orchestrator.send("app/echo", {"value": 1})
    page.route("**/v1/runs?*", lambda route: route.fulfill(status=503, json={"error": "the disk is full", "status": 503}))
    page.goto("/runs")
    expect(page.get_by_role("alert")).to_contain_text("the disk is full")
    expect(page.get_by_text("No app has registered")).to_have_count(0)
    expect(page.get_by_role("heading", name="No runs yet")).to_have_count(0)
    page.unroute("**/v1/runs?*")
    expect(rows(page)).to_have_count(1)
    expect(page.get_by_role("alert")).to_have_count(0)


def test_a_time_can_be_typed(page, orchestrator, app):
    page.goto("/runs?after=2026-01-01T00:00:00.000Z")
    start = page.get_by_label("From", exact=True)
    start.focus()
    page.keyboard.type("02032025")
    expect(start).to_be_focused()
    start.blur()
    page.wait_for_url("**/runs?after=2025-0*")


def test_runs_that_have_ended_leave_a_list_of_those_that_run(page, orchestrator, app):
    for _ in range(3):
        orchestrator.send("app/signed.up", {"email": "a@example.com"})
    page.goto("/runs?status=Running")
    expect(rows(page)).to_have_count(3)
    rows(page).first.hover()
    orchestrator.request("POST", "/v1/cancellations", {"run_ids": [run["run_id"] for run in orchestrator.get("/v1/runs")]})
    expect(rows(page)).to_have_count(0)


def test_a_selection_is_there_when_one_comes_back(page, orchestrator, app):
    for number in range(3):
        orchestrator.send("app/echo", {"value": number})
    orchestrator.advance()
    page.goto("/runs")
    for index in range(2):
        rows(page).nth(index).get_by_role("checkbox").click()
    rows(page).nth(2).get_by_role("link").click()
    expect(page.get_by_role("button", name="Rerun", exact=True)).to_be_visible()
    page.go_back()
    expect(page.get_by_text("2 runs selected")).to_be_visible()
    expect(page.locator(".row.selected")).to_have_count(2)


def test_back_to_another_filter_leads_to_what_one_had_chosen(page, orchestrator, app):
    orchestrator.request("POST", "/e/key", [{"name": "app/echo", "data": {"value": 1}}] * 60)
    orchestrator.advance("1s")
    page.goto("/runs")
    page.get_by_role("button", name="Show more").click()
    expect(rows(page)).to_have_count(60)
    rows(page).nth(55).get_by_role("checkbox").click()
    expect(page.get_by_text("1 run selected")).to_be_visible()
    # As a script would, for a click scrolls to what it clicks.
    before = page.locator(".tab-completed").evaluate("tab => { const y = scrollY; tab.click(); return y; }")
    assert before > 0
    page.wait_for_url("**/runs?status=Completed")
    expect(page.get_by_text("1 run selected")).to_have_count(0)
    page.go_back()
    expect(page.get_by_text("1 run selected")).to_be_visible()
    expect(rows(page)).to_have_count(60)
    page.wait_for_function("before => Math.abs(scrollY - before) < 2", arg=before)


def test_a_search_says_that_more_has_come(page, orchestrator, app):
    orchestrator.send("app/echo", {"value": 1})
    orchestrator.advance()
    for path, name in [("/runs", "run"), ("/events?name=app/echo", "event")]:
        page.goto(f"{path}{'&' if '?' in path else '?'}if=event.data.value > 0")
        expect(page.locator(".live")).to_have_text("Live")
        before = rows(page).count()
        orchestrator.send("app/echo", {"value": 2})
        page.get_by_role("button", name=f"1 {name} came or changed: search again").click()
        expect(rows(page)).to_have_count(before + 1)


def test_a_condition_that_is_none_is_explained(page, orchestrator, app):
    page.goto("/runs?if=Ada")
    # The mark stands under its place.
    expect(page.get_by_role("alert").locator("pre")).to_contain_text("^")
    expect(page.locator("main")).to_contain_text('event.data.name.contains("Ada")')
    # What one filters by is there all the same.
    expect(page.get_by_label("Function").get_by_role("option", name="Echo")).to_have_count(1)


def test_what_a_search_has_found_further_down_stays(page, orchestrator, app):
    for number in range(3):
        orchestrator.send("app/echo", {"value": number})
    orchestrator.advance()
    ids = [run["run_id"] for run in orchestrator.get("/v1/runs")]

    def answer(route):
        """A search that finds one run in each part that it looks at."""
        response = route.fetch()
        runs = {run["run_id"]: run for run in response.json()["data"]}
        after = next((number + 1 for number, run in enumerate(ids) if f"cursor={run}" in route.request.url), 0)
        found = [runs[ids[after]]] if ids[after] in runs else []
        has_more = after < 2
        route.fulfill(json={"data": found, "page": {"cursor": ids[after] if has_more else None, "has_more": has_more, "scanned": 1000}})

    page.route("**/v1/runs?*if=*", answer)
    page.goto("/runs?if=true")
    expect(rows(page)).to_have_count(1)
    page.get_by_role("button", name="Look further").click()
    expect(rows(page)).to_have_count(2)
    for count in (2, 3):
        with page.expect_response("**/v1/runs?*if=*"):
            # As where more has changed than a message holds.
            orchestrator.advance()
        expect(rows(page)).to_have_count(count)
        if count == 2:
            page.get_by_role("button", name="Look further").click()
            expect(page.get_by_text("That is all.")).to_be_visible()


def test_the_last_hour_moves_on(orchestrator, app, open_page):
    orchestrator.send("app/echo", {"value": 1})
    page = open_page(orchestrator.origin)
    page.clock.install()
    page.goto("/runs?span=1h")
    expect(rows(page)).to_have_count(1)
    # Until the list has settled, nothing else reads it.
    expect(page.locator(".live")).to_have_text("Live")
    with page.expect_request(lambda request: "/v1/runs?" in request.url and "after=" in request.url):
        page.clock.run_for(61_000)
    expect(rows(page)).to_have_count(1)
