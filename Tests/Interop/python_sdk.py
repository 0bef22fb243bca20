"""The official Python SDK, unchanged, on the real orchestrator: in dev mode, and signed. Each check in both.

Usage: python_sdk.py PATH_OF_ORCHESTRATOR [CHECK]. Prints a line per check that fails, and how many passed.
Each check has an orchestrator and an app of its own. In signed mode time passes as it does, some seconds a check.
"""

import concurrent.futures
import hashlib
import json
import logging
import sys

import inngest
from inngest_encryption import EncryptionMiddleware

from harness import Mode, Orchestrator, Served, ServedAsync, until
from python_app import SECRET, App, make_client
from python_async_app import make_async_app

logging.getLogger("werkzeug").setLevel(logging.ERROR)

# Steps


def check_everything(orchestrator, app):
    event = orchestrator.send("py/everything", id=7)
    until(lambda: "one" in orchestrator.steps_of(orchestrator.run_of(event)))
    orchestrator.passes(1.2)
    orchestrator.waiting(event, "event")
    orchestrator.send("py/reply", id=8)
    orchestrator.send("py/reply", id=7)
    run = orchestrator.ended(event)
    assert run["status"] == "Completed", run
    assert run["output"] == {"one": {"x": 1}, "reply": {"id": 7}, "both": [1, 2], "invoked": {"doubled": 8}, "sent": 1}
    steps = orchestrator.steps_of(run)
    assert steps[:3] == ["one", "nap", "reply"] and sorted(steps[3:5]) == ["left", "right"], steps


def expect_end(orchestrator, name, status, text, units=0):
    event = orchestrator.send(f"py/{name}")
    if units:
        orchestrator.waiting(event, "event")
        orchestrator.passes(units)
    run = orchestrator.ended(event)
    assert run["status"] == status and text in json.dumps(run["output"], ensure_ascii=False), (name, run)


def check_ends(orchestrator, app):
    expect_end(orchestrator, "uncaught", "Failed", "no good")
    expect_end(orchestrator, "hopeless", "Failed", "never again")
    expect_end(orchestrator, "invokes-failure", "Completed", "no good")
    assert app.notes.count("hopeless") == 1, "it said that it is not to be tried again"


def check_step_failures(orchestrator, app):
    expect_end(orchestrator, "caught", "Completed", "division by zero")
    expect_end(orchestrator, "recovers", "Completed", "at last")
    expect_end(orchestrator, "hopeless-step", "Failed", "never again")
    assert app.notes.count("flaky") == 3
    assert app.notes.count("hopeless-step") == 1, "it said that it is not to be tried again"


def check_waits(orchestrator, app):
    expect_end(orchestrator, "timeout", "Completed", "true", units=1.2)
    expect_end(orchestrator, "mixed-group", "Completed", '["ran", null, true, {"doubled": 2}]', units=1.2)


def check_ids(orchestrator, app):
    expect_end(orchestrator, "by-id", "Completed", "42")
    expect_end(orchestrator, "same-ids", "Completed", "[0, 1, 2]")


def check_big_state(orchestrator, app):
    expect_end(orchestrator, "heavy", "Completed", "6000000")


def check_cut_text(orchestrator, app):
    expect_end(orchestrator, "cut", "Completed", "cut \ufffd")


def check_race(orchestrator, app):
    """Each end in a race lets the function go on; otherwise the last of the group does."""
    racing, waiting = orchestrator.send("py/racing"), orchestrator.send("py/not-racing")
    until(lambda: "racing" in app.notes, what="the chain did not go on beside the wait")
    until(lambda: "first" in orchestrator.steps_of(orchestrator.run_of(waiting)))
    orchestrator.passes(0.5)
    assert "not-racing" not in app.notes, "it went on before the group had ended"
    orchestrator.send("py/go-on")
    assert orchestrator.ended(racing)["output"] == "done" and orchestrator.ended(waiting)["output"] == "done"
    assert app.notes.count("racing") == 1 and app.notes.count("not-racing") == 1, app.notes


def check_retry_after(orchestrator, app):
    events = [orchestrator.send("py/later"), orchestrator.send("py/step-later")]
    until(lambda: {"later", "step-later"} <= set(app.notes))
    orchestrator.passes(0.4)
    assert [orchestrator.run_of(event)["status"] for event in events] == ["Running"] * 2, "they came back too soon"
    orchestrator.passes(0.8)
    assert [orchestrator.ended(event)["output"] for event in events] == [1, "came back"]


def check_failure_handler(orchestrator, app):
    orchestrator.send("py/watched")
    until(lambda: [run.get("output") for run in orchestrator.runs_of_function("watched-failure")] == ["handled"])
    assert app.notes.count("watched failure") >= 1


def check_triggers(orchestrator, app):
    assert orchestrator.runs_of(orchestrator.send("py/two", n=1)) == []
    for event in [orchestrator.send("py/two", n=11), orchestrator.send("py/wild.card")]:
        assert orchestrator.ended(event)["status"] == "Completed"


def check_schedule(orchestrator, app):
    orchestrator.passes(1.1)
    ticks = until(lambda: [run for run in orchestrator.runs_of_function("ticking") if run["ended_at"]])
    assert ticks[0]["output"] == {"name": "inngest/scheduled.timer", "cron": "0 * * * *"}, ticks[0]


def check_model(orchestrator, app):
    run = orchestrator.ended(orchestrator.send("py/model"))
    assert run["output"] == "you said hello", run
    assert app.model_calls == ["Bearer model-key"] * 2, app.model_calls
    assert "model-key" not in json.dumps(orchestrator.timeline_of(run)), "the key is shown"


def check_event_ids(orchestrator, app):
    first = orchestrator.send_event({"name": "py/same-ids", "id": "only-once"})
    second = orchestrator.send_event({"name": "py/same-ids", "id": "only-once"})
    orchestrator.ended(first)
    assert orchestrator.runs_of(second) == []


def check_encryption(orchestrator, app):
    """The sender encrypts a field of the event, the function what it returns; the orchestrator reads neither."""
    sender = make_client(orchestrator.origin, orchestrator.mode.keys, middleware=[EncryptionMiddleware.factory(SECRET)])
    event = sender.send_sync(inngest.Event(name="py/secret", data={"encrypted": {"pin": 1234}, "open": 1}))[0]
    run = orchestrator.ended(event)
    assert run["status"] == "Completed", run
    stored = orchestrator.event(event)["data"]
    assert stored["encrypted"]["__ENCRYPTED__"] is True and stored["open"] == 1, stored
    step = orchestrator.timeline_of(run)["steps"][0]["value"]["data"]
    assert step["__STRATEGY__"] == "inngest/libsodium", step
    assert "plain" not in json.dumps(run["output"]) and "__ENCRYPTED__" in json.dumps(run["output"]), run["output"]


def check_rerun_from_a_step(orchestrator, app):
    run = orchestrator.ended(orchestrator.send("py/same-ids"))
    step = orchestrator.timeline_of(run)["steps"][1]["id"]
    answer = orchestrator.request("POST", f"/v1/runs/{run['run_id']}/rerun", {"from_step": {"step_id": step}})
    path = f"/v1/runs/{answer['data']['run_id']}"
    until(lambda: orchestrator.request("GET", path)["data"]["ended_at"])
    assert orchestrator.request("GET", path)["data"]["output"] == [0, 1, 2]


def check_registration(orchestrator, app):
    again = orchestrator.request("PUT", "/v1/apps", {"url": app.url})
    assert again["data"]["url"] == app.url
    functions = {f["slug"]: f for f in orchestrator.request("GET", "/v1/apps/py/functions")["data"]}
    assert len(functions) == len(app.functions) + 1, "each function, and one handler of failures"
    assert functions["py-hopeless"]["retries"] == 5 and functions["py-watched-failure"]["retries"] == 0
    assert functions["py-ticking"]["triggers"][0]["cron"] == "0 * * * *"


# Flow control of events


def check_batches(orchestrator, app):
    events = [orchestrator.send("py/batched", n=n) for n in range(4)]
    runs = [orchestrator.ended(event) for event in events[:3]]
    assert len({run["run_id"] for run in runs}) == 1 and runs[0]["output"] == [0, 1, 2], runs
    assert orchestrator.runs_of(events[3]) == []
    orchestrator.passes(1.1)
    assert orchestrator.ended(events[3])["output"] == [3]


def check_debounce(orchestrator, app):
    for n in range(3):
        orchestrator.send("py/debounced", n=n, key="a")
        orchestrator.passes(0.4)
    orchestrator.send("py/debounced", n=9, key="b")
    assert orchestrator.runs_of_function("debounced") == []
    orchestrator.passes(1.2)
    ended = until(lambda: [run for run in orchestrator.runs_of_function("debounced") if run["ended_at"]][1:]
                  and orchestrator.runs_of_function("debounced"))
    assert sorted(run["output"][0] for run in ended) == [2, 9], ended


def check_rate_limit_and_idempotency(orchestrator, app):
    for function in ["limited", "once"]:
        for key in ["a", "a", "b"]:
            orchestrator.send(f"py/{function}", key=key)
        until(lambda function=function: app.notes.count(function) == 2)
    orchestrator.passes(1.2)
    for function in ["limited", "once"]:
        orchestrator.send(f"py/{function}", key="a")
    until(lambda: app.notes.count("limited") == 3)
    assert app.notes.count("once") == 2 and len(orchestrator.runs_of_function("limited")) == 3


def check_singleton(orchestrator, app):
    for function, end in [("alone", "Skipped"), ("newest", "Cancelled")]:
        for key in ["a", "a", "b"]:
            orchestrator.send(f"py/{function}", key=key)
        statuses = sorted(["Running", "Running", end])
        until(lambda function=function, statuses=statuses: statuses == sorted(
            run["status"] for run in orchestrator.runs_of_function(function)),
            what=lambda function=function: str(orchestrator.runs_of_function(function)))


def check_cancel(orchestrator, app):
    events = [orchestrator.send("py/cancelled", n=n) for n in range(2)]
    for event in events:
        orchestrator.waiting(event, "event")
    orchestrator.send("py/stop", n=1)
    assert orchestrator.ended(events[1])["status"] == "Cancelled"
    assert orchestrator.run_of(events[0])["status"] == "Running"


def check_timeouts(orchestrator, app):
    event = orchestrator.send("py/hurried")
    orchestrator.waiting(event, "event")
    orchestrator.passes(1.2)
    assert orchestrator.ended(event)["status"] == "Cancelled"


# Flow control of calls


def check_throttle(orchestrator, app):
    """One start a period for each key; the others wait, and come one after the other."""
    for key in ["a", "a", "a", "b"]:
        orchestrator.send("py/throttled", key=key)
    started = lambda key: app.notes.count(("throttled", key))  # noqa: E731
    until(lambda: started("a") == 1 and started("b") == 1)
    for expected in [2, 3]:
        assert started("a") == expected - 1, app.notes
        orchestrator.passes(1.05)
        until(lambda expected=expected: started("a") == expected)
    assert started("b") == 1


def check_concurrency(orchestrator, app):
    """One call at a time for each key, and of two keys at once: `a` ends when `b` has begun."""
    events = [orchestrator.send("py/narrow", key=key) for key in ["a", "a", "a", "b"]]
    for event in events:
        assert orchestrator.ended(event)["status"] == "Completed"
    for key in ["a", "b"]:
        kinds = [kind for kind, of in app.notes if of == key]
        assert kinds == ["begins", "ends"] * (len(kinds) // 2), app.notes
    assert app.notes.index(("begins", "b")) < app.notes.index(("ends", "a")), app.notes


def check_priority(orchestrator, app):
    """With one place, those that wait go by their priority, whenever they came."""
    events = [orchestrator.send("py/prior", n=0)]
    until(lambda: app.notes)
    events += [orchestrator.send("py/prior", n=n) for n in [1, 300, 600, 2]]
    app.gate.set()
    for event in events:
        orchestrator.ended(event)
    assert [n for _, n in app.notes] == [0, 600, 300, 2, 1], app.notes


# Async functions, streamed


def check_async(orchestrator, app, streaming=inngest.Streaming.DISABLE):
    client = make_client(orchestrator.origin, orchestrator.mode.keys)
    served = ServedAsync(make_async_app(client, orchestrator.mode.unit, streaming))
    try:
        orchestrator.register(served.url)
        event = orchestrator.send("py/async-steps")
        until(lambda: "one" in orchestrator.steps_of(orchestrator.run_of(event)))
        orchestrator.passes(1.2)
        assert orchestrator.ended(event)["output"] == [1, 2, 3]
        failed = orchestrator.ended(orchestrator.send("py/async-fails"))
        assert failed["status"] == "Failed" and "never" in json.dumps(failed["output"]), failed
        calls = [entry for entry in orchestrator.timeline_of(failed)["history"] if entry["kind"] == "call"]
        assert len(calls) == 1, calls
    finally:
        served.stop()


def check_streaming(orchestrator, app):
    check_async(orchestrator, app, inngest.Streaming.FORCE)


# Keys


def check_strangers(orchestrator, app):
    assert orchestrator.status_of("POST", "/e/wrong", {"name": "a"}) == 401
    key, orchestrator.hashed_key = orchestrator.hashed_key, "signkey-test-0000"
    try:
        assert orchestrator.status_of("GET", "/v1/runs") == 401
        assert orchestrator.status_of("POST", "/v1/signals", {"signal": "s"}) == 401
    finally:
        orchestrator.hashed_key = key


CHECKS = [
    check_everything, check_ends, check_step_failures, check_waits, check_ids, check_big_state, check_cut_text,
    check_race, check_retry_after, check_failure_handler, check_triggers, check_model, check_event_ids,
    check_encryption, check_rerun_from_a_step, check_registration, check_batches, check_debounce,
    check_rate_limit_and_idempotency, check_singleton, check_cancel, check_timeouts, check_throttle,
    check_concurrency, check_priority, check_async, check_streaming,
]
# A schedule has a minute at least, and `dev` asks for no keys.
ONLY_DEV, ONLY_SIGNED = [check_schedule], [check_strangers]

SIGNING_KEY = "signkey-test-" + "0123456789abcdef" * 4
HASHED_KEY = "signkey-test-" + hashlib.sha256(bytes.fromhex(SIGNING_KEY[13:])).hexdigest()
DEV = Mode("dev", unit=3600, keys={})
SIGNED = Mode("signed", unit=3, keys={"signing_key": SIGNING_KEY, "event_key": "an-event-key"})


def passes(path, mode, check):
    """Whether a check passes, on an orchestrator and an app of its own; if not, says why."""
    orchestrator = Orchestrator(path, mode, HASHED_KEY if mode.keys else None)
    app = App(make_client(orchestrator.origin, mode.keys), mode.unit)
    served = Served(app.flask)
    app.url, app.model_url = served.url, served.origin + "/model/v1"
    try:
        orchestrator.register(served.url)
        check(orchestrator, app)
        return True
    except Exception as error:
        print(f"{check.__name__} ({mode.name}): {error!r}")
        return False
    finally:
        orchestrator.stop()
        served.stop()


def main(path, only=None):
    checks = [(DEV, check) for check in CHECKS + ONLY_DEV] + [(SIGNED, check) for check in CHECKS + ONLY_SIGNED]
    if only:
        checks = [(mode, check) for mode, check in checks if check.__name__ == only]
    # Most of the time nothing happens, for time has to pass.
    with concurrent.futures.ThreadPoolExecutor(max_workers=3) as pool:
        results = list(pool.map(lambda pair: passes(path, *pair), checks))
    print(f"{results.count(True)} passed, {results.count(False)} failed")
    sys.exit(0 if results and all(results) else 1)


if __name__ == "__main__":
    main(*sys.argv[1:])
