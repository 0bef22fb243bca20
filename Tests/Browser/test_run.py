"""What the page of a run shows and does."""

import datetime
import json
import re

import pytest

from playwright.sync_api import expect


def test_limits_of_a_run_do_not_make_its_function_wait(page, orchestrator, app):
    orchestrator.send("app/signed.up", {"email": "a@example.com"})
    orchestrator.advance("5s")
    run = orchestrator.get("/v1/runs")[0]["run_id"]

    def answer(route):
        real = route.fetch()
        body = real.json()
        body["data"]["waiting"].append({"kind": "finish_timeout", "label": "finish", "since": body["data"]["run"]["queued_at"],
                                        "until": "2099-01-01T00:00:00.000Z", "text": "is cancelled unless it has ended by 2099"})
        route.fulfill(response=real, body=json.dumps(body))

    page.route("**/timeline?*", answer)
    page.goto(f"/runs/{run}")
    expect(page.get_by_role("region", name="What it waits for")).to_contain_text("2099")
    expect(page.locator(".bar-row").first).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("function: Queued"))).to_have_count(0)


def runs_of(orchestrator, function):
    """The oldest first."""
    return [run["run_id"] for run in reversed(orchestrator.get(f"/v1/runs?function={function}"))]


def test_a_run_that_was_skipped_or_cancelled_says_why(page, orchestrator, app):
    for name, data in [("app/lone", {"id": 7}), ("app/lone", {"id": 8}), ("app/stop", {"id": 7}), ("app/lone", {"id": 9})]:
        stop = orchestrator.send(name, data)
        orchestrator.advance("1s")
    first, skipped, last = runs_of(orchestrator, "acme-lone")
    why = page.get_by_role("region", name="Why it ended")
    page.goto("/runs?status=Skipped")
    page.get_by_role("link", name="Lone").click()
    expect(why).to_contain_text("Why it was skipped")
    expect(why).to_contain_text("singleton")
    why.get_by_role("link", name="The run under way").click()
    page.wait_for_url(f"**/runs/{first}")
    expect(why).to_contain_text("Why it was cancelled")
    why.get_by_role("link", name="The event").click()
    expect(page.get_by_role("heading", name="app/stop")).to_be_visible()
    job = orchestrator.request("POST", "/v1/cancellations", {"run_ids": [last]})["data"]["id"]
    page.goto(f"/runs/{last}")
    why.get_by_role("link", name="The job").click()
    page.wait_for_url(f"**/jobs/{job}?kind=cancel")
    expect(page.get_by_role("heading", name="Cancellation")).to_be_visible()


def test_a_run_says_all_the_rules_that_it_waits_for(page, orchestrator, app):
    for number in range(3):
        orchestrator.send("app/narrow", {"customer": "ada"})
    runs = runs_of(orchestrator, "acme-narrow")
    page.goto(f"/runs/{runs[2]}")
    why = page.get_by_role("region", name="What it waits for")
    expect(why).to_contain_text("waits for 2 rules at place 2")
    gates = why.locator(".gates li")
    expect(gates).to_have_count(2)
    for gate in gates.all():
        expect(gate).to_contain_text("1 of 1 held")
        expect(gate.get_by_role("link")).to_have_attribute("href", f"/runs/{runs[0]}")
    expect(gates.filter(has_text="event.data.customer").locator("code")).to_contain_text("ada")
    app.door.set()
    expect(why).to_have_count(0)
    expect(page.locator(".run-head .status")).to_have_text("Completed")


def test_a_failed_step_is_not_blamed_for_what_the_function_did(page, orchestrator, app):
    orchestrator.send("app/caught")
    orchestrator.advance("1s")
    page.goto(f"/runs/{runs_of(orchestrator, 'acme-caught')[0]}")
    failure = page.get_by_role("region", name="The error")
    expect(failure).to_contain_text("the function's own")
    expect(failure).not_to_contain_text("in step")


def test_a_json_tree_opens_searches_and_stays_small(page, orchestrator, app):
    value = {"list": [{"name": f"entry {number}"} for number in range(500)], "deep": {"a": {"b": {"c": "needle"}}}}
    orchestrator.send("app/echo", {"value": value})
    orchestrator.advance()
    page.goto(f"/runs/{orchestrator.get('/v1/runs')[0]['run_id']}")
    panel = page.get_by_role("tabpanel")
    expect(panel.get_by_text("500 elements")).to_be_visible()
    panel.get_by_role("searchbox").fill("needle")
    expect(panel.locator(".hit.current")).to_contain_text("needle")
    panel.get_by_role("searchbox").fill("entry 499")
    expect(panel.locator(".hit.current")).to_contain_text("entry 499")
    assert panel.locator(".json-line").count() < 2000


def test_a_large_value_waits_until_it_is_asked_for(page, orchestrator, app):
    orchestrator.send("app/echo", {"size": 4_000_000})
    orchestrator.advance()
    page.goto(f"/runs/{orchestrator.get('/v1/runs')[0]['run_id']}")
    page.get_by_role("tabpanel").get_by_role("button", name="Load all 3.8 MB").click()
    page.get_by_role("tabpanel").get_by_role("button", name="show all 3.8 MB").click()
    string = page.get_by_role("tabpanel").locator(".json-string")
    assert string.evaluate("element => element.textContent.length") == 4_000_002


def test_a_large_input_is_there_when_it_is_asked_for(page, orchestrator, app):
    orchestrator.send("app/signed.up", {"email": "a@example.com"})
    orchestrator.advance("5s")
    run = orchestrator.get("/v1/runs")[0]["run_id"]
    step = next(entry for entry in orchestrator.get(f"/v1/runs/{run}/timeline")["history"] if entry.get("label") == "send welcome")["step_id"]
    large = ["x" * 40_000]

    def answer(route):
        # As the server cuts it; the SDK of these tests tells no inputs.
        real = route.fetch()
        body = real.json()
        for entry in body["data"]["history"]:
            if entry["kind"] == "step.completed" and entry["step_id"] == step:
                entry.update({"input_size": 40_004, "input_preview": '["xxx'} if "max_value" in route.request.url else {"input": large})
        route.fulfill(response=real, body=json.dumps(body))

    page.route("**/v1/runs/*/timeline*", answer)
    page.goto(f"/runs/{run}?step={step}")
    panel = page.get_by_role("complementary")
    panel.get_by_role("button", name="Load all 39 KB").click()
    expect(panel.get_by_role("button", name="show all 39 KB")).to_be_visible()
    panel.get_by_role("button", name="Rerun from here").click()
    expect(page.get_by_role("dialog").get_by_role("textbox")).to_have_value(json.dumps(large, indent=2))


@pytest.mark.parametrize("count", [1000, 10_000])
def test_a_run_with_very_many_steps_is_there_at_once(page, orchestrator, app, count):
    """And ten entries of history for each. Made up, for the SDK would take minutes; of a real one the figures are in
    docs/benchmarks.md."""
    start = "2026-01-01T00:00:00.000Z"
    run = {"run_id": "01M85J847RWYZ4DAYPWP4CE3D4", "function_id": "x", "function": "acme-fan", "function_name": "Fan out",
           "app": "acme", "function_version": 1, "status": "Completed", "queued_at": start, "scheduled_for": start,
           "started_at": start, "ended_at": "2026-01-01T00:10:00.000Z", "output": 1}
    history, steps = [], []
    for number in range(count):
        minute, second = divmod(number * 599 // count, 60)
        at = f"2026-01-01T00:{minute:02}:{second:02}.500Z"
        step = f"{number:040x}"
        history += [{"number": len(history) + extra, "at": at, "kind": "call", "step_id": step, "attempt": extra,
                     "queued_at": start, "due_at": start, "started_at": at, **({"error": {"message": "no"}, "retry_at": at}
                     if extra < 8 else {})} for extra in range(9)]
        history.append({"number": len(history), "at": at, "kind": "step.completed", "step_id": step, "label": f"part {number}"})
        steps.append({"id": step, "name": f"part {number}", "position": number, "value": {"data": number}})
    answer = {"data": {"run": run, "events": [], "steps": steps, "history": history, "waiting": []}, "metadata": {"fetched_at": start}}
    body = json.dumps(answer)
    page.route("**/timeline?*", lambda route: route.fulfill(body=body, content_type="application/json"))
    page.goto("/runs")
    expect(page.locator("main h1")).to_be_visible()
    page.evaluate("""() => {
        new MutationObserver((_, observer) => {
            if (!document.querySelector('.bar-row')) return;
            observer.disconnect();
            requestAnimationFrame(() => requestAnimationFrame(() => { window.done = performance.now(); }));
        }).observe(document.body, {childList: true, subtree: true});
        history.pushState(null, '', '/runs/01M85J847RWYZ4DAYPWP4CE3D4');
        dispatchEvent(new PopStateEvent('popstate'));
    }""")
    # Making up this answer takes the test longer than showing it takes the page.
    expect(page.get_by_role("button", name="part 0: Completed")).to_be_visible(timeout=120_000)
    page.wait_for_function("() => window.done")
    took = page.evaluate("done - performance.getEntriesByType('resource').find((one) => one.name.includes('/timeline?')).responseEnd")
    # What it takes on a machine that does nothing else is in docs/benchmarks.md; this notices what grows without bound.
    assert took < count * 5, f"{took} ms"
    assert page.locator(".bar-row").count() < 100
    page.evaluate("scrollTo(0, 30000)")
    expect(page.get_by_role("button", name=re.compile("part 87[0-9]: Completed")).first).to_be_visible()
    page.get_by_role("button", name=re.compile("part 87[0-9]: Completed")).first.click()
    expect(page.get_by_role("complementary")).to_be_visible()
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    expect(page.get_by_role("button", name=f"part {count - 1}: Completed")).to_be_visible()
    assert page.locator(".bar-row").count() < 100
    page.get_by_role("tab", name=f"History ({count * 10})").click()
    expect(page.locator(".history-line").last).to_be_visible()
    assert page.locator(".history-line").count() < 200


def test_a_link_to_a_step_shows_it(page, orchestrator, app):
    orchestrator.send("app/fan", {"steps": 100})
    orchestrator.advance()
    run = orchestrator.get("/v1/runs")[0]["run_id"]
    last = orchestrator.get(f"/v1/runs/{run}/timeline")["steps"][-1]
    page.goto(f"/runs/{run}?step={last['id']}")
    expect(page.get_by_role("complementary", name=f"Step {last['name']}")).to_be_visible()
    expect(page.get_by_role("button", name=f"{last['name']}: Completed")).to_be_in_viewport()


def test_a_pause_is_said_once(page, orchestrator, app):
    orchestrator.send("shop/ordered", {"total": 1})
    orchestrator.advance("1s")
    orchestrator.request("POST", "/v1/functions/acme-order/pause", {"cancel_after": "7d"})
    orchestrator.advance("7h")
    page.goto(f"/runs/{runs_of(orchestrator, 'acme-order')[0]}")
    waits = page.get_by_role("region", name="What it waits for").get_by_role("listitem")
    expect(waits).to_have_count(1)
    expect(waits).to_contain_text("is paused since")
    expect(page.get_by_role("button", name=re.compile("function: Queued, queued"))).to_be_visible()


def test_what_is_queued_says_for_how_long(page, orchestrator, app):
    for _ in range(2):
        orchestrator.send("app/narrow", {"customer": "ada"})
    first, second = runs_of(orchestrator, "acme-narrow")

    def begin_earlier(route):
        # While a call is open, the clock can't be moved.
        real = route.fetch()
        body = real.json()
        for place, name in [(body["data"]["run"], "queued_at"), (body["data"]["waiting"][0], "since")]:
            place[name] = (datetime.datetime.fromisoformat(place[name]) - datetime.timedelta(seconds=93)).isoformat()
        route.fulfill(response=real, json=body)

    page.route("**/timeline?*", begin_earlier)
    for run, label in [(first, "Narrow: Running, 1m 3"), (second, "Narrow: Queued, queued 1m 3")]:
        page.goto(f"/runs/{run}")
        row = page.get_by_role("button", name=re.compile(label))
        expect(row).to_be_visible()
        # A time on a bar would look like a gap in it.
        time = row.locator(".bar-time").bounding_box()
        bars = [bar.bounding_box() for bar in row.locator(".bar").all()]
        assert bars and all(bar["x"] + bar["width"] <= time["x"] + 1 for bar in bars)
        track = page.locator(".waterfall").bounding_box()
        assert time["x"] + time["width"] <= track["x"] + track["width"]


def test_a_run_that_was_cancelled_in_its_first_call_shows_that_call(page, orchestrator, app):
    for _ in range(2):
        orchestrator.send("app/narrow", {"customer": "ada"})
    runs = runs_of(orchestrator, "acme-narrow")
    page.goto(f"/runs/{runs[0]}")
    expect(page.get_by_role("button", name=re.compile("Narrow: Running"))).to_be_visible()
    for run in reversed(runs):
        orchestrator.request("DELETE", f"/v1/runs/{run}")
    expect(page.get_by_role("button", name=re.compile("function: Cancelled"))).to_be_visible()
    page.goto(f"/runs/{runs[1]}")
    expect(page.get_by_role("region", name="Timeline")).to_contain_text("The app was not called")


def test_a_step_among_many_is_found(page, orchestrator, app):
    orchestrator.send("app/fan", {"steps": 40})
    orchestrator.send("app/echo", {"value": 1})
    orchestrator.advance()
    page.goto(f"/runs/{runs_of(orchestrator, 'acme-fan')[0]}")
    field = page.get_by_role("searchbox", name="Find steps")
    bars = page.get_by_role("list", name="Steps").get_by_role("listitem")
    field.press_sequentially("Part 3")
    expect(bars).to_have_count(11)
    expect(page.locator(".axis-name")).to_contain_text("11 of 40 steps")
    page.reload()
    expect(field).to_have_value("Part 3")
    expect(bars).to_have_count(11)
    field.fill("failed")
    expect(bars).to_have_count(0)
    field.fill("completed")
    expect(page.get_by_role("button", name="part 0: Completed")).to_be_visible()
    field.fill("")
    expect(page).not_to_have_url(re.compile("steps="))
    page.goto(f"/runs/{runs_of(orchestrator, 'acme-echo')[0]}")
    expect(bars.first).to_be_visible()
    expect(field).to_have_count(0)


@pytest.mark.parametrize("width, depth", [(375, 14), (1280, 60)])
def test_a_deep_value_can_be_read(page, orchestrator, app, width, depth):
    value = "needle in the hay"
    for _ in range(depth):
        value = {"inner": value}
    orchestrator.send("app/echo", {"value": value})
    orchestrator.advance()
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"/runs/{runs_of(orchestrator, 'acme-echo')[0]}")
    panel = page.get_by_role("tabpanel")
    panel.get_by_role("searchbox").fill("needle")
    hit = panel.locator(".hit.current")
    expect(hit).to_be_in_viewport(ratio=0.9)
    assert hit.bounding_box()["width"] > 150 and hit.bounding_box()["height"] < 60
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_keys_with_slashes_are_not_nested_ones(page, orchestrator, app):
    orchestrator.send("app/echo", {"value": {"a/b": {"c": "needle"}, "a": {"b": {"c": "no"}, "~1": {"d": "other"}}}})
    orchestrator.advance()
    page.goto(f"/runs/{runs_of(orchestrator, 'acme-echo')[0]}")
    panel = page.get_by_role("tabpanel")
    panel.get_by_role("searchbox").fill("needle")
    expect(panel.locator(".hit")).to_have_count(1)
    expect(panel.locator(".hit")).to_contain_text("needle")
    panel.get_by_role("searchbox").fill("other")
    expect(panel.locator(".hit.current")).to_contain_text("other")
    # Closing one of them leaves the other as it is.
    def toggle(key):
        return panel.locator(".json-toggle").filter(has=page.locator(".json-key").get_by_text(key, exact=True))

    toggle("a/b").click()
    expect(toggle("a/b")).to_have_attribute("aria-expanded", "false")
    expect(toggle("b")).to_have_attribute("aria-expanded", "true")


@pytest.mark.parametrize("width", [375, 1280])
def test_long_names_stay_where_they_belong(page, orchestrator, app, width):
    app.mail_works = False
    orchestrator.send("app/signed.up", {"email": "ada@example.com"})
    orchestrator.advance("5s")

    def lengthen(route):
        real = route.fetch()
        route.fulfill(response=real, body=real.text().replace("RuntimeError", "R" * 200).replace("send welcome", "s" * 200))

    page.route("**/v1/failures?*", lengthen)
    page.route("**/timeline?*", lengthen)
    page.set_viewport_size({"width": width, "height": 800})
    for path in ["/failures", f"/runs/{runs_of(orchestrator, 'acme-campaign')[0]}"]:
        page.goto(path)
        expect(page.locator("h2").filter(has_text="R" * 200)).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        for box in page.locator(".group-main, .failure").all():
            assert box.evaluate("box => box.scrollWidth <= box.clientWidth")


def test_a_time_that_is_none_of_the_choices_is_the_last_day(page, orchestrator, app):
    orchestrator.send("shop/ordered", {"total": -1})
    orchestrator.advance("3d")
    page.goto("/failures?span=bogus")
    expect(page.get_by_role("heading", name="Nothing has failed")).to_be_visible()
    expect(page.get_by_label("Time", exact=True)).to_have_value("24h")
    page.goto("/functions/acme-order?span=bogus")
    expect(page.get_by_label("Time", exact=True)).to_have_value("24h")
