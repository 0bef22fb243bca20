"""What each page shows and does."""

import datetime
import re
import urllib.parse
import zoneinfo

from playwright.sync_api import expect


def rows(page):
    return page.locator(".list .row:not(.head)")


def test_runs_come_in_by_themselves(page, orchestrator, app):
    page.goto("/runs")
    expect(page.get_by_role("heading", name="No runs yet")).to_be_visible()
    orchestrator.send("app/echo", {"value": 1})
    expect(rows(page)).to_have_count(1)
    expect(rows(page).first).to_contain_text("Completed")
    expect(page.get_by_role("button", name=re.compile("Completed 1"))).to_be_visible()
    # Under the pointer nothing moves.
    rows(page).first.hover()
    orchestrator.send("app/echo", {"value": 2})
    expect(page.get_by_role("button", name="1 new run")).to_be_visible()
    expect(rows(page)).to_have_count(1)
    page.get_by_role("button", name="1 new run").click()
    expect(rows(page)).to_have_count(2)


def test_a_dropped_connection_catches_up_without_duplicates(orchestrator, app, relay, open_page):
    page = open_page(relay.origin)
    page.goto("/runs")
    orchestrator.send("app/echo", {"value": 0})
    expect(rows(page)).to_have_count(1)
    relay.cut()
    expect(page.locator(".live")).to_have_text("Reconnecting")
    for number in range(3):
        orchestrator.send("app/echo", {"value": number})
    orchestrator.advance()
    relay.mend()
    expect(page.locator(".live")).to_have_text("Live")
    expect(rows(page)).to_have_count(4)
    ids = page.locator(".runs .cell-id[title^='01']").evaluate_all("cells => cells.map(cell => cell.title)")
    assert len(ids) == len(set(ids)) == 4


def test_filters_are_in_the_url(page, orchestrator, app):
    for total in [5, 50, 500]:
        orchestrator.send("shop/ordered", {"total": total})
    orchestrator.send("shop/ordered", {"total": -1})
    orchestrator.send("app/echo", {"value": 1})
    orchestrator.advance("7h")
    page.goto("/runs")
    expect(rows(page)).to_have_count(5)
    page.get_by_role("button", name=re.compile("Failed")).click()
    expect(rows(page)).to_have_count(1)
    page.get_by_role("button", name=re.compile("^All")).click()
    page.get_by_label("Function").select_option("Order")
    expect(rows(page)).to_have_count(4)
    page.get_by_role("searchbox").fill("event.data.total > 10 && output.paid")
    page.get_by_role("searchbox").press("Enter")
    expect(rows(page)).to_have_count(2)
    page.reload()
    expect(rows(page)).to_have_count(2)
    expect(page.get_by_role("searchbox")).to_have_value("event.data.total > 10 && output.paid")
    page.go_back()
    expect(rows(page)).to_have_count(4)
    page.get_by_role("searchbox").fill("event.data.total >")
    page.get_by_role("searchbox").press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("if:")


def test_a_range_of_time_is_chosen_and_kept_in_the_url(orchestrator, app, open_page):
    for number in range(3):
        orchestrator.send("shop/ordered", {"total": number})
        orchestrator.advance("25h")
    page = open_page(orchestrator.origin, timezone_id="Asia/Kolkata")
    page.goto("/runs?function=acme-order")
    expect(page.locator(".runs .row:not(.head)")).to_have_count(3)
    page.get_by_label("Time", exact=True).select_option("From … to …")
    # A day back, to begin with.
    expect(page.locator(".runs .row:not(.head)")).to_have_count(0)
    times = [run["queued_at"] for run in orchestrator.get("/v1/runs?function=acme-order")]
    middle = datetime.datetime.fromisoformat(times[1])
    zone = zoneinfo.ZoneInfo("Asia/Kolkata")
    for label, hours in [("From", -1), ("To", 1)]:
        time = (middle + datetime.timedelta(hours=hours)).astimezone(zone)
        page.get_by_label(label, exact=True).fill(time.strftime("%Y-%m-%dT%H:%M:%S"))
        page.get_by_label(label, exact=True).blur()
    expect(page.locator(".runs .row:not(.head)")).to_have_count(1)
    expect(page.locator(".runs time")).to_have_attribute("datetime", times[1])
    query = urllib.parse.parse_qs(urllib.parse.urlsplit(page.url).query)
    assert query["after"][0][:13] == (middle - datetime.timedelta(hours=1)).isoformat()[:13]
    # The link alone says it.
    other = open_page(orchestrator.origin)
    other.goto(page.url)
    expect(other.locator(".runs time")).to_have_attribute("datetime", times[1])
    expect(other.get_by_label("From", exact=True)).not_to_have_value("")
    page.get_by_label("Time", exact=True).select_option("Any time")
    expect(page.locator(".runs .row:not(.head)")).to_have_count(3)
    expect(page.get_by_label("From", exact=True)).to_have_count(0)


def test_many_runs_are_cancelled_together(page, orchestrator, app):
    for number in range(4):
        orchestrator.send("shop/ordered", {"total": number})
    orchestrator.advance("1s")
    page.goto("/runs")
    expect(rows(page)).to_have_count(4)
    page.get_by_role("checkbox", name="Select all that are shown").click()
    page.get_by_role("button", name="Cancel 4").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel 4 runs").click()
    expect(page.locator(".bulk")).to_contain_text("4 runs cancelled")
    page.get_by_role("button", name=re.compile("Cancelled")).click()
    expect(rows(page)).to_have_count(4)


def test_events_are_sent_and_sent_again(page, orchestrator, app):
    page.goto("/events")
    expect(page.get_by_role("heading", name="No events yet")).to_be_visible()
    page.get_by_role("button", name="Send event").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("app/echo")
    dialog.get_by_label("Data").fill('{"value": "first"}')
    dialog.get_by_role("button", name="Send", exact=True).click()
    page.wait_for_url("**/events/*")
    expect(page.locator(".event-runs .row")).to_contain_text("Completed")
    page.get_by_role("button", name="Send again").click()
    expect(dialog.get_by_label("Data")).to_have_value(re.compile("first"))
    dialog.get_by_label("Recent payloads").select_option(index=1)
    dialog.get_by_label("Data").fill('{"value": "second"}')
    dialog.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator(".json-body")).to_contain_text("second")
    page.goto("/events?if=event.data.value == 'second'")
    expect(rows(page)).to_have_count(1)
    orchestrator.send("app/other", {"value": "x"})
    page.goto("/events")
    expect(rows(page)).to_have_count(3)


def test_an_event_is_sent_again_with_its_user_and_version(page, orchestrator, app):
    [event] = orchestrator.request("POST", "/e/key", {"name": "app/known", "data": {"a": 1}, "user": {"id": "u1"}, "v": "2"})["ids"]
    page.goto(f"/events/{event}")
    page.get_by_role("button", name="Send again").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("With the event's user and version.")
    dialog.get_by_role("button", name="Send", exact=True).click()
    page.wait_for_url(lambda url: event not in url)
    again = orchestrator.get(f"/v1/events/{page.url.rsplit('/', 1)[1]}")
    assert (again["user"], again["v"], again["data"]) == ({"id": "u1"}, "2", {"a": 1})


def test_a_number_that_is_rounded_is_pointed_out(page, orchestrator, app):
    page.goto("/events?send=1")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Data").fill('{"id": 12345678901234567890, "text": "12345678901234567890"}')
    expect(dialog).to_contain_text("12345678901234567890 becomes 12345678901234567000: write it as text to keep it.")
    dialog.get_by_label("Data").fill('{"id": 9007199254740991, "text": "12345678901234567890"}')
    expect(dialog).not_to_contain_text("becomes")
    dialog.get_by_label("Name").fill("app/number")
    dialog.get_by_role("button", name="Send", exact=True).click()
    page.wait_for_url("**/events/*")
    expect(page.locator(".json-number")).to_have_text("9007199254740991")


def test_nodes_say_how_they_are(page, orchestrator, app):
    page.goto("/runs")
    page.get_by_title("Nodes").click()
    expect(page.locator(".card")).to_have_count(1)
    expect(page.locator(".card")).to_contain_text("running")
    other = {**orchestrator.get("/v1/nodes")[0], "id": "01ARZ3NDEKTSV4RRFFQ69G5FAV", "name": "b<b>:8288", "state": "lost", "open_calls": 7, "room": 50}
    page.route("**/v1/nodes", lambda route: route.fulfill(json={"data": [*orchestrator.get("/v1/nodes"), other], "metadata": {}}))
    page.reload()
    expect(page.locator(".card")).to_have_count(2)
    expect(page.locator(".card").last).to_contain_text("lost")
    expect(page.locator(".card").last).to_contain_text("7 of 50")


def test_a_page_is_followed_by_the_next(page, orchestrator, app):
    orchestrator.request("POST", "/e/key", [{"name": f"app/number.{number}", "data": {}} for number in range(120)])
    page.goto("/events")
    expect(rows(page)).to_have_count(50)
    page.get_by_role("button", name="Show more").click()
    expect(rows(page)).to_have_count(100)
    page.get_by_role("button", name="Show more").click()
    expect(rows(page)).to_have_count(120)
    expect(page.get_by_text("That is all.")).to_be_visible()
    names = page.locator(".events .cell-main").all_text_contents()
    assert sorted(names) == sorted(f"app/number.{number}" for number in range(120))


def test_a_function_says_what_it_does_and_how_it_is_doing(page, orchestrator, app):
    orchestrator.send("app/echo", {"value": 1})
    orchestrator.advance()
    page.goto("/functions?q=echo")
    expect(rows(page)).to_have_count(1)
    page.get_by_role("link", name="Echo").click()
    expect(page.get_by_role("heading", name="Echo")).to_be_visible()
    expect(page.locator(".config")).to_contain_text("app/echo")
    expect(page.get_by_role("img", name=re.compile("Runs that ended: completed 1"))).to_be_visible()
    page.get_by_role("button", name="Invoke").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox").fill('{"value": {"deep": [1, 2]}}')
    dialog.get_by_role("button", name="Invoke").click()
    page.wait_for_url("**/runs/*")
    expect(page.locator(".run-head .status")).to_have_text("Completed")
    expect(page.get_by_role("tabpanel")).to_contain_text("deep")


def test_a_function_says_its_rules_in_words(page, orchestrator, app):
    page.goto("/functions/acme-busy")
    config = page.locator(".config")
    expect(config).to_contain_text("at most 2 steps at once, for each event.data.customer")
    expect(config).to_contain_text("at most 5 runs start in 1h")
    expect(config).to_contain_text("starts when 1m passed without another event, after 10m at the latest")
    expect(config).to_contain_text("by event.data.urgent ? 60 : 0")
    expect(config).to_contain_text("on app/stop where event.data.id == async.data.id")
    page.goto("/functions/acme-few")
    expect(config).to_contain_text("at most 1 run in 2h; other events start none")
    expect(config).to_contain_text("one run at a time: events meanwhile start none")
    page.goto("/functions/acme-batch")
    expect(config).to_contain_text("of up to 10 events, or what came in 30s")
    page.goto("/functions/acme-echo")
    expect(config).to_contain_text("never: a step that fails has failed")


def test_a_function_is_paused_and_goes_on(page, orchestrator, app):
    page.goto("/functions/acme-echo")
    page.get_by_role("button", name="Pause").click()
    page.get_by_role("dialog").get_by_role("button", name="Hold them, cancel after 7 days").click()
    expect(page.get_by_text("Paused since")).to_contain_text("is held, and cancelled in 6d 23h unless you resume")
    event = orchestrator.send("app/echo", {"value": 1})
    page.goto(f"/events/{event}")
    expect(page.locator(".event-runs .status")).to_have_text("Skipped")
    page.goto("/functions")
    expect(rows(page).filter(has_text="Echo")).to_contain_text("paused")
    page.get_by_role("link", name="Echo").click()
    page.get_by_role("button", name="Resume").click()
    expect(page.get_by_text("Paused since")).to_have_count(0)
    orchestrator.send("app/echo", {"value": 2})
    expect(page.locator(".event-runs .status-completed")).to_have_count(1)


def test_an_event_says_what_it_did_not_start_and_why(page, orchestrator, app):
    orchestrator.send("app/few")
    event = orchestrator.send("app/few")
    page.goto(f"/events/{event}")
    stopped = page.locator(".why-not")
    expect(stopped).to_contain_text("acme-few")
    expect(stopped).to_contain_text("rate limit")


def test_each_event_of_a_batch_leads_to_its_run(page, orchestrator, app):
    events = [orchestrator.send("app/batched", {"number": number}) for number in range(2)]
    orchestrator.advance("31s")
    for event in events:
        page.goto(f"/events/{event}")
        expect(page.get_by_role("table", name="Runs").get_by_role("link", name="Batch")).to_be_visible()
    page.get_by_role("link", name="Batch").click()
    page.get_by_role("tab", name="Events").click()
    expect(page.locator(".event-block")).to_have_count(2)


def test_an_invocation_that_is_kept_back_says_why(page, orchestrator, app):
    page.goto("/functions/acme-batch")
    page.get_by_role("button", name="Invoke").click()
    page.get_by_role("dialog").get_by_role("button", name="Invoke").click()
    page.wait_for_url("**/events/*")
    expect(page.locator(".why-not")).to_contain_text("batch")


def test_apps_say_what_is_wrong_and_what_to_do(page, orchestrator, app):
    page.goto("/apps")
    expect(page.locator(".card")).to_contain_text("in sync")
    page.get_by_label("Where its functions are served").fill("http://127.0.0.1:9/api/inngest")
    page.get_by_role("button", name="Sync", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("127.0.0.1:9")


def test_an_empty_house_tells_the_next_step(orchestrator, open_page):
    page = open_page(orchestrator.origin)
    page.goto("/")
    expect(page.get_by_role("heading", name="Connect your app")).to_be_visible()
    expect(page.locator("pre.code")).to_contain_text("import AppSDK")


def test_hostile_payloads_are_shown_as_they_are(page, orchestrator, app):
    name = '<img src=x onerror=alert(1)>"\'\u202e\u0085 rtl \u0627\u0644 \U0001f642 \u0007'
    value = {"<script>alert(2)</script>": "</script><script>alert(3)</script>", "link": "javascript:alert(4)"}
    orchestrator.send("app/echo", {"step": name, "value": value})
    orchestrator.send("<b>bold</b>/event", {"x": "<svg onload=alert(5)>"})
    orchestrator.advance()
    run = next(run for run in orchestrator.get("/v1/runs"))["run_id"]
    for path in ["/runs", "/events", f"/runs/{run}", f"/runs/{run}?tab=history", f"/runs/{run}?tab=event"]:
        page.goto(path)
        expect(page.locator("main h1")).to_be_visible()
        expect(page.locator(".placeholder")).to_have_count(0)
        assert page.locator("main img, main script, main b, main svg[onload]").count() == 0
    page.goto(f"/runs/{run}")
    expect(page.locator(".bar-label").first).to_contain_text("<img src=x onerror=alert(1)>")
    expect(page.locator(".bar-label").first).to_contain_text("\u2407")
    expect(page.locator(".bar-label").first).to_contain_text("\\u202e\\u0085")
    # What turns the direction of text turns that of its own alone.
    assert page.locator(".json-key").evaluate_all("keys => keys.every((key) => key.tagName === 'BDI')")
    expect(page.get_by_role("tabpanel")).to_contain_text("</script><script>alert(3)</script>")


def test_a_double_click_does_it_once(page, orchestrator, app):
    orchestrator.send("app/echo", {"value": 1})
    orchestrator.advance()
    run = orchestrator.get("/v1/runs")[0]["run_id"]
    page.goto(f"/runs/{run}")
    page.get_by_role("button", name="Rerun", exact=True).dblclick()
    expect(page).not_to_have_url(re.compile(run))
    page.goto("/events?send=1")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("app/other")
    dialog.get_by_role("button", name="Send", exact=True).dblclick()
    page.wait_for_url("**/events/*")
    orchestrator.advance()
    assert len(orchestrator.get("/v1/runs")) == 2
    assert len(orchestrator.get("/v1/events?name=app/other")) == 1


def test_apps_of_one_address_are_both_shown(page, orchestrator, app):
    function = {"id": "renamed-f", "name": "f", "triggers": [{"event": "a"}], "steps": {"step": {
        "id": "step", "name": "step", "runtime": {"type": "http", "url": f"{app.url}?fnId=renamed-f&stepId=step"}}}}
    orchestrator.request("POST", "/fn/register", {
        "url": app.url, "deployType": "ping", "sdk": "py:v0.5.18", "v": "0.1", "framework": "flask", "appName": "renamed",
        "functions": [function]}, {"content-type": "application/json"})
    page.goto("/apps")
    expect(page.get_by_role("heading", name="acme", exact=True)).to_be_visible()
    expect(page.get_by_role("heading", name="renamed", exact=True)).to_be_visible()


def test_a_path_that_means_nothing_says_so(page, orchestrator, app):
    for path in ["/functions/100%", "/nothing/here"]:
        page.goto(path)
        expect(page.get_by_role("heading", name="Nothing here")).to_be_visible()


def test_a_dialog_closes_with_its_page(page, orchestrator, app):
    orchestrator.send("shop/ordered", {"total": 1})
    orchestrator.advance("1s")
    page.goto("/runs")
    rows(page).first.get_by_role("link").click()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", name="Runs")).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert orchestrator.get("/v1/runs")[0]["status"] == "Running"


def test_what_was_typed_stays_where_it_is_refused(page, orchestrator, app):
    page.goto("/functions/acme-echo")
    page.get_by_role("button", name="Invoke").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox").fill("[1, 2, 3]")
    dialog.get_by_role("button", name="Invoke").click()
    expect(dialog.locator(".editor-problem")).to_contain_text("object")
    expect(dialog.get_by_role("textbox")).to_have_value("[1, 2, 3]")
    # Nor is it lost by a click beside it.
    page.mouse.click(5, 5)
    dialog.get_by_role("textbox").fill('{"value": "mended"}')
    dialog.get_by_role("button", name="Invoke").click()
    page.wait_for_url("**/runs/*")
    expect(page.get_by_role("tabpanel")).to_contain_text("mended")
