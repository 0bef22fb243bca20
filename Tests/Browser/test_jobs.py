"""Many runs are cancelled and replayed: how far that is, what came of it, and why some of it was refused."""

import json
import re

from playwright.sync_api import expect


def rows(page):
    return page.locator(".list .row:not(.head)")


def select_all(page, count):
    page.goto("/runs")
    expect(rows(page)).to_have_count(count)
    page.get_by_role("checkbox", name="Select all that are shown").click()


def test_completed_runs_are_replayed_by_selection(page, orchestrator, app):
    for number in range(3):
        orchestrator.send("app/echo", {"value": number})
    orchestrator.send("shop/ordered", {"total": 1})
    orchestrator.advance("1s")
    select_all(page, 4)
    # The one that sleeps has not ended.
    page.get_by_role("button", name="Replay 3").click()
    # Rows would not move under the pointer.
    page.mouse.move(0, 0)
    expect(page.locator(".bulk")).to_contain_text("3 runs replayed")
    expect(rows(page)).to_have_count(7)
    page.get_by_role("link", name="Details").click()
    expect(page.get_by_role("heading", name="Replay")).to_be_visible()
    expect(rows(page)).to_have_count(3)
    new = [run["run_id"] for run in orchestrator.get("/v1/runs") if run.get("original_run_id")]
    links = page.locator(".job-runs [role=cell]:nth-child(2) a").evaluate_all("links => links.map((link) => link.textContent)")
    assert sorted(links) == sorted(new) and len(new) == 3


def test_a_job_shows_how_far_it_is(page, orchestrator, app):
    for number in range(3):
        orchestrator.send("app/echo", {"value": number})
    orchestrator.advance()
    select_all(page, 3)

    is_held = True

    def half_way(route):
        if not is_held:
            return route.continue_()
        answer = route.fetch()
        data = {**answer.json()["data"], "status": "Running", "done": 1, "failed": 1, "total": 3}
        route.fulfill(response=answer, body=json.dumps({**answer.json(), "data": data}))

    page.route("**/v1/replays/*", half_way)
    page.get_by_role("button", name="Replay 3").click()
    expect(page.locator(".bulk")).to_contain_text("Replaying 2 of 3 runs, 1 refused")
    bar = page.get_by_role("progressbar", name="Replaying")
    expect(bar).to_have_attribute("aria-valuenow", "2")
    expect(bar).to_have_attribute("aria-valuemax", "3")
    # It goes on wherever one looks meanwhile, and after a reload.
    page.get_by_role("link", name="Events").click()
    expect(page.locator(".bulk")).to_contain_text("Replaying 2 of 3 runs")
    page.reload()
    expect(page.locator(".bulk")).to_contain_text("Replaying 2 of 3 runs")
    page.get_by_role("link", name="Details").click()
    expect(page.get_by_role("progressbar", name="Replaying")).to_have_attribute("aria-valuenow", "2")
    is_held = False
    expect(page.locator(".job")).to_contain_text("3 runs replayed")
    page.reload()
    expect(page.locator(".job")).to_contain_text("3 runs replayed")


def test_what_is_refused_is_counted_and_explained(page, orchestrator, app):
    for number in range(2):
        orchestrator.send("app/echo", {"value": number})
    orchestrator.advance()
    select_all(page, 2)
    orchestrator.request("DELETE", f"/fn/remove?url={app.url}")
    page.get_by_role("button", name="Replay 2").click()
    expect(page.locator(".bulk")).to_contain_text("0 runs replayed, 2 refused")
    expect(page.get_by_role("progressbar")).to_have_attribute("aria-valuenow", "2")
    page.get_by_role("link", name="Details").click()
    page.get_by_role("checkbox", name=re.compile("refused ones only")).click()
    expect(rows(page)).to_have_count(2)
    expect(rows(page).first).to_contain_text("no longer registered")


def test_a_kind_of_failure_is_replayed_however_many_runs_it_has(page, orchestrator, app):
    orchestrator.request("POST", "/e/key", [{"name": "shop/ordered", "data": {"total": -1}} for _ in range(120)])
    orchestrator.advance()
    page.goto("/failures")
    asked = []
    page.on("request", lambda request: asked.append(request.post_data_json) if request.url.endswith("/v1/replays") else None)
    page.get_by_role("button", name="Replay 120 runs").click()
    page.get_by_role("dialog").get_by_role("button", name="Replay 120 runs").click()
    expect(page.locator(".bulk")).to_contain_text("120 runs replayed")
    # The server knows which they are: no list of them is sent.
    assert set(asked[0]) == {"failure", "after", "before"}
    # They fail again.
    expect(page.get_by_role("button", name="Replay 120 runs")).to_be_visible()


def send_many(orchestrator, count):
    """Runs that sleep, and half as many that fail."""
    orchestrator.request("POST", "/e/key", [{"name": "shop/ordered", "data": {"total": -1 if number % 3 == 0 else number}} for number in range(count)])
    orchestrator.advance("1s")


def posted(page):
    """What the page asks the API to change."""
    asked = []
    page.on("request", lambda request: asked.append((request.url.rsplit("/", 1)[1], request.post_data_json)) if request.method == "POST" else None)
    return asked


def test_all_that_match_are_cancelled_however_many_are_shown(page, orchestrator, app):
    send_many(orchestrator, 120)
    orchestrator.send("app/lone", {"id": 1})
    orchestrator.advance("1s")
    asked = posted(page)
    page.goto("/runs?function=acme-order")
    page.get_by_role("checkbox", name="Select all that are shown").click()
    selection = page.get_by_role("group", name="Selected runs")
    expect(selection).to_contain_text("50 runs selected")
    selection.get_by_role("button", name="Select all 120 that match").click()
    expect(selection).to_contain_text("All 120 that match selected")
    expect(selection.get_by_role("button", name="Replay 40")).to_be_enabled()
    selection.get_by_role("button", name="Cancel 80").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel all 80 that match").click()
    expect(page.locator(".bulk")).to_contain_text("80 runs cancelled")
    expect(selection).to_have_count(0)
    [(kind, which)] = asked
    assert which.pop("started_before")
    assert (kind, which) == ("cancellations", {"function": "acme-order", "statuses": ["Queued", "Running"]})
    totals = orchestrator.get("/v1/runs/totals")["totals"]
    # The run of another function goes on.
    assert (totals["Running"], totals["Cancelled"], totals["Failed"]) == (1, 80, 40)


def test_all_that_match_a_condition_and_a_status_are_replayed(page, orchestrator, app):
    send_many(orchestrator, 180)
    asked = posted(page)
    page.goto("/runs?status=Failed&if=error.message.contains('negative')")
    expect(rows(page)).to_have_count(50)
    page.get_by_role("checkbox", name="Select all that are shown").click()
    selection = page.get_by_role("group", name="Selected runs")
    selection.get_by_role("button", name="Select all that match").click()
    # A choice among those that are shown is not all any more.
    rows(page).first.get_by_role("checkbox").click()
    expect(selection).to_contain_text("49 runs selected")
    rows(page).first.get_by_role("checkbox").click()
    selection.get_by_role("button", name="Select all that match").click()
    expect(selection.get_by_role("button", name="Cancel all")).to_be_disabled()
    selection.get_by_role("button", name="Replay all").click()
    page.get_by_role("dialog").get_by_role("button", name="Replay all that match").click()
    expect(page.locator(".bulk")).to_contain_text("60 runs replayed")
    [(kind, which)] = asked
    assert which.pop("before")
    assert (kind, which) == ("replays", {"all": True, "if": "error.message.contains('negative')", "statuses": ["Failed"]})


def test_what_comes_in_while_one_is_asked_is_not_meant(page, orchestrator, app):
    send_many(orchestrator, 120)
    page.goto("/runs?function=acme-order")
    page.get_by_role("checkbox", name="Select all that are shown").click()
    selection = page.get_by_role("group", name="Selected runs")
    selection.get_by_role("button", name="Select all 120 that match").click()
    selection.get_by_role("button", name="Cancel 80").click()
    orchestrator.advance("1s")
    orchestrator.send("shop/ordered", {"total": 1})
    page.get_by_role("dialog").get_by_role("button", name="Cancel all 80 that match").click()
    expect(page.locator(".bulk")).to_contain_text("80 runs cancelled")
    assert orchestrator.get("/v1/runs/totals")["totals"]["Running"] == 1


def test_a_replay_says_what_became_of_its_runs(page, orchestrator, app):
    app.mail_works = False
    orchestrator.send("app/signed.up", {"email": "ada@example.com"})
    orchestrator.send("shop/ordered", {"total": -1})
    orchestrator.advance("1h")
    app.mail_works = True
    orchestrator.request("POST", "/v1/replays", {"all": True})
    orchestrator.advance()
    job = orchestrator.get("/v1/replays")[0]["id"]
    page.goto(f"/jobs/{job}")
    results = page.get_by_label("What became of them")
    # One sleeps; the other has failed again.
    expect(results).to_contain_text("1 Running")
    expect(results).to_contain_text("1 Failed")
    expect(rows(page).filter(has_text="Failed")).to_have_count(1)
    orchestrator.advance("5d")
    expect(results).to_contain_text("1 Completed")
    expect(results).not_to_contain_text("Running")


def test_the_bar_says_how_a_replay_went(page, orchestrator, app):
    for _ in range(3):
        orchestrator.send("shop/ordered", {"total": -1})
    orchestrator.advance()
    page.goto("/failures")
    page.get_by_role("button", name="Replay 3 runs").click()
    page.get_by_role("dialog").get_by_role("button", name="Replay 3 runs").click()
    expect(page.locator(".bulk")).to_contain_text("3 runs replayed")
    orchestrator.advance()
    expect(page.locator(".bulk")).to_contain_text("3 Failed")


def test_a_job_is_followed_while_its_server_fails_for_a_moment(page, orchestrator, app):
    orchestrator.send("app/echo", {"value": 1})
    orchestrator.advance()
    run = orchestrator.get("/v1/runs")[0]["run_id"]
    job = orchestrator.request("POST", "/v1/replays", {"run_ids": [run]})["data"]["id"]
    asked = []

    def answer(route):
        asked.append(route.request.url)
        if len(asked) == 2:
            return route.fulfill(status=429, body='{"error":"busy","status":429}')
        response = route.fetch()
        data = {**response.json()["data"], **({"status": "Running", "done": 0} if len(asked) < 4 else {})}
        route.fulfill(response=response, body=json.dumps({**response.json(), "data": data}))

    page.route(f"**/v1/replays/{job}*", answer)
    page.goto(f"/jobs/{job}")
    expect(page.locator(".job")).to_contain_text("Replaying 0")
    expect(page.locator(".job")).to_contain_text("1 run replayed")
    expect(page.get_by_role("alert")).to_have_count(0)


def test_runs_of_a_job_stay_while_it_is_followed(page, orchestrator, app):
    send_many(orchestrator, 360)
    orchestrator.request("POST", "/v1/replays", {"function": "acme-order"})
    orchestrator.advance("1s")
    job = orchestrator.get("/v1/replays")[0]["id"]
    is_running = True

    def answer(route):
        response = route.fetch()
        data = {**response.json()["data"], **({"status": "Running"} if is_running else {})}
        route.fulfill(response=response, body=json.dumps({**response.json(), "data": data}))

    page.route(f"**/v1/replays/{job}*", answer)
    page.goto(f"/jobs/{job}")
    expect(rows(page)).to_have_count(100)
    page.get_by_role("button", name="Show more").click()
    expect(rows(page)).to_have_count(120)
    for _ in range(2):
        with page.expect_response(f"**/v1/replays/{job}*"):
            pass
    expect(rows(page)).to_have_count(120)
    is_running = False
    expect(page.locator(".job")).to_contain_text("120 runs replayed")
    expect(rows(page)).to_have_count(120)


def test_a_group_of_failures_leads_to_those_that_are_open(page, orchestrator, app):
    for _ in range(3):
        orchestrator.send("shop/ordered", {"total": -1})
    orchestrator.advance()
    again = orchestrator.get("/v1/runs")[0]["run_id"]
    page.goto("/failures")
    expect(page.get_by_role("button", name="Replay 3 runs")).to_be_visible()
    group = orchestrator.get("/v1/failures")["groups"][0]["id"]
    new = orchestrator.request("POST", f"/v1/runs/{again}/rerun")["data"]["run_id"]
    orchestrator.advance()
    page.locator(".group h2 a").click()
    # What was run again has failed again: that is open, and the first is not.
    expect(rows(page)).to_have_count(3)
    expect(page.get_by_role("checkbox", name=f"Select run {new}")).to_be_visible()
    expect(page.get_by_role("checkbox", name=f"Select run {again}")).to_have_count(0)
    expect(page.locator(".tab-failed")).to_contain_text("3")
    expect(page.locator(".tab-completed")).to_contain_text("0")
    assert f"failure={group}" in page.url and "span=24h" in page.url
    page.get_by_role("button", name="one kind of failure").click()
    expect(rows(page)).to_have_count(4)
