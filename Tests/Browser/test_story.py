"""The whole story: a campaign fails, is seen, understood, mended, replayed from the step that failed, and finishes."""

from playwright.sync_api import expect


def test_a_failing_campaign_is_set_right(page, orchestrator, app):
    app.mail_works = False
    page.goto("/failures")
    expect(page.get_by_role("heading", name="Nothing has failed")).to_be_visible()

    # See it fail, without touching the page.
    for number in range(3):
        orchestrator.send("app/signed.up", {"email": f"user{number}@example.com"})
    orchestrator.advance("5s")
    group = page.locator(".group")
    expect(group).to_have_count(1)
    expect(group).to_contain_text("RuntimeError")
    expect(group).to_contain_text("step send welcome")
    expect(group.get_by_role("button", name="Replay 3 runs")).to_be_visible()

    # Read the error.
    group.get_by_role("link", name="the latest run").click()
    expect(page.get_by_role("region", name="The error")).to_contain_text("mail.example refuses the connection")
    page.get_by_text("Stack trace").first.click()
    expect(page.locator("pre.code").first).to_contain_text("send_mail")
    page.get_by_role("button", name="send welcome: Failed").click()
    panel = page.get_by_role("complementary", name="Step send welcome")
    expect(panel.locator(".attempts > li")).to_have_count(2)
    assert "step=" in page.url

    # Mend the app, and replay one run from the step that failed.
    app.mail_works = True
    looked_up = len([run for run in orchestrator.get("/v1/runs") if run["status"] == "Failed"])
    assert looked_up == 3
    panel.get_by_role("button", name="Rerun from here").click()
    page.get_by_role("dialog").get_by_role("button", name="Rerun from here").click()
    page.wait_for_url("**/runs/*")
    expect(page.get_by_role("button", name="look up user: Completed")).to_contain_text("taken over")
    expect(page.get_by_role("button", name="send welcome: Completed")).to_be_visible()
    expect(page.get_by_role("region", name="What it waits for")).to_contain_text("let it sink in")

    # Watch it finish: time passes, the click does not come.
    orchestrator.advance("5d")
    expect(page.locator(".run-head .status")).to_have_text("Completed")
    expect(page.get_by_role("button", name="tips: Completed")).to_be_visible()
    expect(page.get_by_role("tabpanel")).to_contain_text('"letter-to-user')

    # Replay the others at one click, and see what came of it.
    page.goto("/failures?span=7d")
    expect(page.locator(".group-count")).to_contain_text("open of 3")
    page.get_by_role("button", name="Replay 2 runs").click()
    page.get_by_role("dialog").get_by_role("button", name="Replay 2 runs").click()
    expect(page.locator(".bulk")).to_contain_text("2 runs replayed")
    expect(page.get_by_role("heading", name="All of it was run again")).to_be_visible()
    orchestrator.advance("5d")
    page.goto("/runs?status=Completed&function=acme-campaign")
    expect(page.locator(".runs .row:not(.head)")).to_have_count(3)


def test_a_rerun_from_a_step_takes_edited_input(page, orchestrator, app):
    orchestrator.send("app/signed.up", {"email": "old@example.com"})
    orchestrator.advance("5s")
    run = orchestrator.get("/v1/runs")[0]["run_id"]

    def report_input(route):
        # The SDK of these tests reports none.
        real = route.fetch()
        body = real.json()
        for entry in body["data"]["history"]:
            if entry["kind"] == "step.completed" and entry["label"] == "send welcome":
                entry["input"] = ["old@example.com"]
        route.fulfill(response=real, json=body)

    page.route(f"**/v1/runs/{run}/timeline*", report_input)
    page.goto(f"/runs/{run}")
    page.get_by_role("button", name="send welcome: Completed").click()
    page.get_by_role("button", name="Rerun from here").click()
    dialog = page.get_by_role("dialog")
    field = dialog.get_by_role("textbox")
    expect(field).to_have_value('[\n  "old@example.com"\n]')
    field.fill("[oops")
    expect(dialog.get_by_role("button", name="Rerun from here")).to_be_disabled()
    field.fill('["new@example.com"]')
    dialog.get_by_role("button", name="Rerun from here").click()
    page.wait_for_url(lambda url: run not in url)
    # What the step makes of it is the SDK's business; the official one for Python takes no other input.
    assert rerun_of(page, orchestrator)["input"] == ["new@example.com"]


def rerun_of(page, orchestrator):
    """How the run that the page shows was started again."""
    timeline = orchestrator.get(f"/v1/runs/{page.url.rsplit('/', 1)[1].partition('?')[0]}/timeline")
    return next(entry for entry in timeline["history"] if entry["kind"] == "run.rerun")


def test_a_rerun_from_a_step_of_unknown_input_runs_it_as_it_was(page, orchestrator, app):
    """An input that is given to the official SDK for Python becomes the step's result: it is not asked for one."""
    orchestrator.send("app/signed.up", {"email": "old@example.com"})
    orchestrator.advance("5s")
    run = orchestrator.get("/v1/runs")[0]["run_id"]
    page.goto(f"/runs/{run}")
    page.get_by_role("button", name="send welcome: Completed").click()
    page.get_by_role("button", name="Rerun from here").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("the app did not report its input")
    expect(dialog.get_by_role("textbox")).to_have_count(0)
    dialog.get_by_role("button", name="Rerun from here").click()
    page.wait_for_url(lambda url: run not in url)
    page.get_by_role("button", name="send welcome: Completed").click()
    expect(page.get_by_role("complementary")).to_contain_text("letter-to-old@example.com")
    assert "input" not in rerun_of(page, orchestrator)


def test_a_sleep_is_skipped_and_a_run_cancelled(page, orchestrator, app):
    orchestrator.send("app/signed.up", {"email": "a@example.com"})
    orchestrator.advance("5s")
    run = orchestrator.get("/v1/runs")[0]["run_id"]
    page.goto(f"/runs/{run}")
    page.get_by_role("button", name="End the sleep now").click()
    waits = page.get_by_role("region", name="What it waits for")
    expect(waits).to_contain_text("mail/clicked")
    page.get_by_role("button", name="Cancel", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel the run").click()
    expect(page.locator(".run-head .status")).to_have_text("Cancelled")
    expect(waits).to_have_count(0)


def test_a_step_that_failed_is_named_and_tried_again_at_once(page, orchestrator, app):
    app.mail_works = False
    orchestrator.request("POST", "/v1/clock", {"pause": True})
    orchestrator.send("app/signed.up", {"email": "ada@example.com"})
    orchestrator.advance()
    page.goto("/runs")
    page.get_by_role("link", name="Drip campaign").click()
    waiting = page.get_by_role("region", name="What it waits for")
    # The step ran in a call for the function as a whole.
    expect(waiting).to_contain_text("send welcome failed; attempt 2 follows")
    app.mail_works = True
    waiting.get_by_role("button", name="Try again now").click()
    expect(page.get_by_role("button", name="send welcome: Completed, 2 attempts")).to_contain_text("×2")


def test_a_failed_run_leads_to_the_run_that_it_had_started(page, orchestrator, app):
    orchestrator.send("app/asking", {})
    orchestrator.advance("1s")
    child = next(run["run_id"] for run in orchestrator.get("/v1/runs") if run["function"] == "acme-order")
    page.goto("/runs?function=acme-asking")
    page.get_by_role("link", name="Asking").click()
    failure = page.get_by_role("region", name="The error")
    expect(failure).to_contain_text("in step ask for it")
    expect(page.locator(".bar-invoke")).to_have_css("background-color", page.locator(".legend .bar-failed").evaluate(
        "bar => getComputedStyle(bar).backgroundColor"))
    failure.get_by_role("button", name="ask for it").click()
    expect(page.get_by_role("complementary", name="Step ask for it")).to_be_visible()
    failure.get_by_role("link").click()
    page.wait_for_url(f"**/runs/{child}")
