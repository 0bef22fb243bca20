"""The official Python SDK, unchanged, on the real orchestrator.

Usage: python_sdk.py PATH_OF_ORCHESTRATOR. Prints a line per check that fails, and how many passed.
"""

import datetime
import json
import logging
import subprocess
import sys
import threading
import urllib.request

import flask
import inngest
import inngest.flask
from werkzeug.serving import make_server

logging.getLogger("werkzeug").setLevel(logging.ERROR)


class Orchestrator:
    """The binary as a child process, with its clock."""

    def __init__(self, path, port, *arguments):
        self.origin = f"http://127.0.0.1:{port}"
        self.process = subprocess.Popen(
            [path, "dev", "--ephemeral", "--no-discovery", "--no-poll", "--retry-interval", "1", "--port", str(port)],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.process.stdout.readline()

    def request(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.origin + path, data=data, method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def advance(self, span):
        self.request("POST", "/v1/clock", {"advance": span})

    def send(self, name, **data):
        return self.request("POST", "/e/key", {"name": name, "data": data})["ids"][0]

    def run_of(self, event):
        runs = self.request("GET", f"/v1/events/{event}/runs")["data"]
        assert len(runs) == 1, f"{len(runs)} runs of one event"
        return runs[0]

    def steps_of(self, run):
        timeline = self.request("GET", f"/v1/runs/{run['run_id']}/timeline")["data"]
        return [step["name"] for step in timeline["steps"]]


def free_port():
    import socket

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def make_app(origin):
    client = inngest.Inngest(app_id="py", is_production=False, api_base_url=origin, event_api_base_url=origin,
                             logger=logging.getLogger("quiet"))

    def function(fn_id, event, **settings):
        return client.create_function(fn_id=fn_id, trigger=inngest.TriggerEvent(event=event), **settings)

    @function("child", "py/child", retries=0)
    def child(ctx: inngest.ContextSync) -> object:
        return {"doubled": ctx.event.data["n"] * 2}

    @function("everything", "py/everything", retries=1)
    def everything(ctx: inngest.ContextSync) -> object:
        step = ctx.step
        one = step.run("one", lambda: {"x": 1})
        step.sleep("nap", datetime.timedelta(hours=5))
        reply = step.wait_for_event("reply", event="py/reply", timeout=datetime.timedelta(days=1),
                                    if_exp="event.data.id == async.data.id")
        both = ctx.group.parallel((lambda: step.run("left", lambda: 1), lambda: step.run("right", lambda: 2)))
        invoked = step.invoke("invoke", function=child, data={"n": 4})
        sent = step.send_event("send", inngest.Event(name="py/sent", data={"k": 1}))
        return {"one": one, "reply": reply.data if reply else None, "both": list(both), "invoked": invoked,
                "sent": len(sent)}

    @function("timeout", "py/timeout", retries=0)
    def timeout(ctx: inngest.ContextSync) -> object:
        return ctx.step.wait_for_event("never", event="py/never", timeout=datetime.timedelta(hours=1)) is None

    @function("caught", "py/caught", retries=1)
    def caught(ctx: inngest.ContextSync) -> object:
        try:
            ctx.step.run("boom", lambda: 1 / 0)
        except inngest.StepError as error:
            return error.message
        return "not thrown"

    @function("uncaught", "py/uncaught", retries=0)
    def uncaught(ctx: inngest.ContextSync) -> None:
        raise ValueError("no good")

    @function("hopeless", "py/hopeless", retries=5)
    def hopeless(ctx: inngest.ContextSync) -> None:
        raise inngest.NonRetriableError("never again")

    @function("heavy", "py/heavy", retries=0)
    def heavy(ctx: inngest.ContextSync) -> object:
        return sum(len(ctx.step.run(f"part {n}", lambda: "x" * 2_000_000)) for n in range(3))

    app = flask.Flask("py")
    inngest.flask.serve(app, client, [child, everything, timeout, caught, uncaught, hopeless, heavy])
    return app


def check_everything(orchestrator):
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


def check_ends(orchestrator):
    for name, status, text in [("timeout", "Completed", "true"), ("caught", "Completed", "division by zero"),
                               ("uncaught", "Failed", "no good"), ("hopeless", "Failed", "never again"),
                               ("heavy", "Completed", "6000000")]:
        event = orchestrator.send(f"py/{name}")
        orchestrator.advance("2h")
        run = orchestrator.run_of(event)
        assert run["status"] == status and text in json.dumps(run["output"]), (name, run)


def main():
    orchestrator = Orchestrator(sys.argv[1], free_port())
    server = make_server("127.0.0.1", 0, make_app(orchestrator.origin), threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    passed, failed = 0, 0
    try:
        orchestrator.request("PUT", "/v1/apps", {"url": f"http://127.0.0.1:{server.server_port}/api/inngest"})
        for check in [check_everything, check_ends]:
            try:
                check(orchestrator)
                passed += 1
            except Exception as error:
                failed += 1
                print(f"{check.__name__}: {error!r}")
    finally:
        orchestrator.process.terminate()
        orchestrator.process.wait(timeout=20)
        server.shutdown()
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
