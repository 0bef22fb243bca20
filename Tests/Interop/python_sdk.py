"""The official Python SDK, unchanged, on the real orchestrator: in dev mode, then signed.

Usage: python_sdk.py PATH_OF_ORCHESTRATOR. Prints a line per check that fails, and how many passed.
"""

import hashlib
import json
import logging
import sys
import tempfile

from harness import Orchestrator, Served, run_checks
from python_app import App, make_client

logging.getLogger("werkzeug").setLevel(logging.ERROR)


# Steps


def check_everything(orchestrator, app):
    event = orchestrator.send("py/everything", id=7)
    orchestrator.advance("6h")
    orchestrator.send("py/reply", id=8)
    orchestrator.send("py/reply", id=7)
    orchestrator.advance("1s")
    run = orchestrator.run_of(event)
    assert run["status"] == "Completed", run
    assert run["output"] == {"one": {"x": 1}, "reply": {"id": 7}, "both": [1, 2], "invoked": {"doubled": 8}, "sent": 1}
    steps = orchestrator.steps_of(run)
    assert steps[:3] == ["one", "nap", "reply"] and sorted(steps[3:5]) == ["left", "right"], steps


def check_ends(orchestrator, app):
    for name, status, text in [
            ("timeout", "Completed", "true"), ("caught", "Completed", "division by zero"),
            ("uncaught", "Failed", "no good"), ("hopeless", "Failed", "never again"),
            ("heavy", "Completed", "6000000"), ("by-id", "Completed", "42"), ("same-ids", "Completed", "[0, 1, 2]"),
            ("recovers", "Completed", "at last"), ("invokes-failure", "Completed", "no good"),
            ("mixed-group", "Completed", '["ran", null, true, {"doubled": 2}]')]:
        event = orchestrator.send(f"py/{name}")
        orchestrator.advance("3h")
        run = orchestrator.run_of(event)
        assert run["status"] == status and text in json.dumps(run["output"]), (name, run)
    assert app.notes.count("hopeless") == 1, "it said that it is not to be tried again"
    assert app.notes.count("flaky") == 3


def check_retry_after(orchestrator, app):
    event = orchestrator.send("py/later")
    orchestrator.advance("29m")
    assert orchestrator.run_of(event)["status"] == "Running"
    orchestrator.advance("2m")
    assert orchestrator.run_of(event)["output"] == 1


def check_failure_handler(orchestrator, app):
    orchestrator.send("py/watched")
    orchestrator.advance("1s")
    assert app.notes.count("watched failure") >= 1
    runs = orchestrator.request("GET", "/v1/runs?function=py-watched-failure")["data"]
    assert [run["output"] for run in runs] == ["handled"], runs


def check_triggers(orchestrator, app):
    orchestrator.advance("61m")
    ticks = orchestrator.request("GET", "/v1/runs?function=py-ticking")["data"]
    assert ticks[0]["output"] == {"name": "inngest/scheduled.timer", "cron": "0 * * * *"}, ticks[0]
    assert orchestrator.runs_of(orchestrator.send("py/two", n=1)) == []
    for event in [orchestrator.send("py/two", n=11), orchestrator.send("py/wild.card")]:
        orchestrator.advance("1s")
        assert orchestrator.run_of(event)["status"] == "Completed"


def check_model(orchestrator, app):
    event = orchestrator.send("py/model")
    orchestrator.advance("1m")
    run = orchestrator.run_of(event)
    assert run["output"] == "you said hello", run
    assert app.model_calls == ["Bearer model-key"] * 2, app.model_calls
    assert "model-key" not in json.dumps(orchestrator.timeline_of(run)), "the key is shown"


def check_event_ids(orchestrator, app):
    first = orchestrator.send_event({"name": "py/same-ids", "id": "only-once"})
    second = orchestrator.send_event({"name": "py/same-ids", "id": "only-once"})
    orchestrator.advance("1s")
    assert len(orchestrator.runs_of(first)) == 1 and orchestrator.runs_of(second) == []


def check_encryption(orchestrator, app):
    event = orchestrator.send("py/secret")
    orchestrator.advance("1s")
    run = orchestrator.run_of(event)
    assert run["status"] == "Completed", run
    stored = orchestrator.timeline_of(run)
    assert stored["steps"][0]["value"]["data"]["__STRATEGY__"] == "inngest/libsodium", stored["steps"]
    assert "plain" not in json.dumps(run["output"]), run["output"]


def check_rerun_from_a_step(orchestrator, app):
    event = orchestrator.send("py/same-ids")
    orchestrator.advance("1s")
    run = orchestrator.run_of(event)
    step = orchestrator.timeline_of(run)["steps"][1]["id"]
    answer = orchestrator.request("POST", f"/v1/runs/{run['run_id']}/rerun", {"from_step": {"step_id": step}})
    orchestrator.advance("1s")
    again = orchestrator.request("GET", f"/v1/runs/{answer['data']['run_id']}")["data"]
    assert again["status"] == "Completed" and again["output"] == [0, 1, 2], again


def check_registration(orchestrator, app):
    again = orchestrator.request("PUT", "/v1/apps", {"url": app.url})
    assert again["data"]["url"] == app.url
    functions = {f["slug"]: f for f in orchestrator.request("GET", "/v1/apps/py/functions")["data"]}
    assert len(functions) == len(app.functions) + 1, "each function, and one handler of failures"
    assert functions["py-hopeless"]["retries"] == 5 and functions["py-watched-failure"]["retries"] == 0
    assert functions["py-ticking"]["triggers"][0]["cron"] == "0 * * * *"


# Flow control


def count(orchestrator, function, status=None):
    query = f"/v1/runs?limit=1000&function=py-{function}" + (f"&status={status}" if status else "")
    return len(orchestrator.request("GET", query)["data"])


def check_batches(orchestrator, app):
    events = [orchestrator.send("py/batched", n=n) for n in range(4)]
    orchestrator.advance("1s")
    runs = [orchestrator.run_of(event) for event in events[:3]]
    assert len({run["run_id"] for run in runs}) == 1 and runs[0]["output"] == [0, 1, 2], runs
    assert orchestrator.runs_of(events[3]) == []
    orchestrator.advance("30s")
    assert orchestrator.run_of(events[3])["output"] == [3]


def check_debounce(orchestrator, app):
    for n in range(3):
        orchestrator.send("py/debounced", n=n, key="a")
        orchestrator.advance("5m")
    other = orchestrator.send("py/debounced", n=9, key="b")
    assert count(orchestrator, "debounced") == 0
    orchestrator.advance("11m")
    runs = orchestrator.request("GET", "/v1/runs?function=py-debounced")["data"]
    assert sorted(run["output"][0] for run in runs) == [2, 9], (runs, other)


def check_rate_limit_and_idempotency(orchestrator, app):
    for function in ["limited", "once"]:
        for key in ["a", "a", "b"]:
            orchestrator.send(f"py/{function}", key=key)
        orchestrator.advance("1s")
        assert count(orchestrator, function) == 2, function
    orchestrator.advance("11m")
    for function in ["limited", "once"]:
        orchestrator.send(f"py/{function}", key="a")
    orchestrator.advance("1s")
    assert count(orchestrator, "limited") == 3 and count(orchestrator, "once") == 2


def check_singleton(orchestrator, app):
    for key in ["a", "a", "b"]:
        orchestrator.send("py/alone", key=key)
    orchestrator.advance("1s")
    runs = orchestrator.request("GET", "/v1/runs?function=py-alone")["data"]
    assert sorted(run["status"] for run in runs) == ["Running", "Running", "Skipped"], runs


def check_cancel_and_timeouts(orchestrator, app):
    events = [orchestrator.send("py/cancelled", n=n) for n in range(2)]
    hurried = orchestrator.send("py/hurried")
    orchestrator.advance("1s")
    orchestrator.send("py/stop", n=1)
    orchestrator.advance("2h")
    statuses = [orchestrator.run_of(event)["status"] for event in events]
    assert statuses == ["Running", "Cancelled"], statuses
    assert orchestrator.run_of(hurried)["status"] == "Cancelled"


# With keys


def check_signed(orchestrator, app):
    run = orchestrator.ended_run_of(orchestrator.send("py/short", id="s1"))
    assert run["output"] == {"both": [1, 2], "invoked": {"doubled": 8}}, run
    names = {event["name"] for event in orchestrator.request("GET", "/v1/events?limit=50")["data"]}
    assert "py/told" in names, names


def check_signed_failures(orchestrator, app):
    run = orchestrator.ended_run_of(orchestrator.send("py/caught"))
    assert "division by zero" in json.dumps(run["output"]), run
    assert orchestrator.ended_run_of(orchestrator.send("py/hopeless"))["status"] == "Failed"


def check_signed_big_state(orchestrator, app):
    assert orchestrator.ended_run_of(orchestrator.send("py/heavy"))["output"] == 6_000_000


def check_strangers(orchestrator, app):
    assert orchestrator.status_of("POST", "/e/wrong", {"name": "a"}) == 401
    key, orchestrator.hashed_key = orchestrator.hashed_key, "signkey-test-0000"
    try:
        assert orchestrator.status_of("GET", "/v1/runs") == 401
        assert orchestrator.status_of("POST", "/v1/signals", {"signal": "s"}) == 401
    finally:
        orchestrator.hashed_key = key


# The SDK counts a retry-after from the machine's clock: that check comes before the orchestrator's is moved.
STEPS = [check_retry_after, check_everything, check_ends, check_failure_handler, check_triggers, check_model,
         check_event_ids, check_encryption, check_rerun_from_a_step, check_registration,
         check_batches, check_debounce, check_rate_limit_and_idempotency, check_singleton, check_cancel_and_timeouts]
SIGNED = [check_signed, check_signed_failures, check_signed_big_state, check_strangers]


def with_app(orchestrator, checks, **keys):
    app = App(make_client(orchestrator.origin, **keys))
    served = Served(app.flask)
    app.url, app.model_url = served.url, served.origin + "/model/v1"
    try:
        orchestrator.register(served.url)
        return run_checks(checks, orchestrator, app)
    finally:
        orchestrator.stop()
        served.stop()


def main():
    path = sys.argv[1]
    results = [with_app(Orchestrator(path), STEPS)]
    signing_key, event_key = "signkey-test-" + "0123456789abcdef" * 4, "an-event-key"
    hashed = "signkey-test-" + hashlib.sha256(bytes.fromhex(signing_key[13:])).hexdigest()
    with tempfile.TemporaryDirectory() as folder:
        orchestrator = Orchestrator(path, f"{folder}/state.sqlite", signing_key, event_key, hashed)
        results.append(with_app(orchestrator, SIGNED, signing_key=signing_key, event_key=event_key))
    passed, failed = (sum(column) for column in zip(*results))
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
