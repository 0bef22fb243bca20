"""The orchestrator's binary as a child process, and a Flask server, for the checks beside this file."""

import json
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request

from werkzeug.serving import make_server


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Orchestrator:
    """`orchestrator dev` without keys, whose clock can be moved, or `orchestrator start` with keys."""

    def __init__(self, path, database=None, signing_key=None, event_key="key", hashed_key=None):
        port = free_port()
        self.origin = f"http://127.0.0.1:{port}"
        self.event_key = event_key
        self.hashed_key = hashed_key
        if signing_key:
            mode = ["start", "--sqlite", database, "--signing-key", signing_key, "--event-key", event_key]
        else:
            mode = ["dev", "--ephemeral", "--no-discovery", "--no-poll"]
        self.process = subprocess.Popen([path, *mode, "--retry-interval", "1", "--port", str(port)],
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.process.stdout.readline()

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=20)

    def request(self, method, path, body=None, headers=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.origin + path, data=data, method=method, headers=headers or {})
        if self.hashed_key:
            request.add_header("Authorization", f"Bearer {self.hashed_key}")
        with urllib.request.urlopen(request, timeout=60) as answer:
            text = answer.read()
            return json.loads(text) if text else None

    def status_of(self, method, path, body=None, headers=None):
        try:
            self.request(method, path, body, headers)
            return 200
        except urllib.error.HTTPError as error:
            return error.code

    def register(self, url):
        self.request("PUT", "/v1/apps", {"url": url})

    def advance(self, span):
        self.request("POST", "/v1/clock", {"advance": span})

    def send(self, name, **data):
        return self.send_event({"name": name, "data": data})

    def send_event(self, event):
        return self.request("POST", f"/e/{self.event_key}", event)["ids"][0]

    def runs_of(self, event):
        return self.request("GET", f"/v1/events/{event}/runs")["data"]

    def run_of(self, event):
        runs = self.runs_of(event)
        assert len(runs) == 1, f"{len(runs)} runs of one event"
        return runs[0]

    def ended_run_of(self, event, seconds=30):
        """For `start`, whose clock runs as it does."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            runs = self.runs_of(event)
            if runs and runs[0]["ended_at"]:
                return runs[0]
            time.sleep(0.05)
        raise AssertionError(f"the run of {event} did not end: {self.runs_of(event)}")

    def timeline_of(self, run):
        return self.request("GET", f"/v1/runs/{run['run_id']}/timeline")["data"]

    def steps_of(self, run):
        return [step["name"] for step in self.timeline_of(run)["steps"]]


class Served:
    """A Flask app on a port of this machine."""

    def __init__(self, app):
        self.server = make_server("127.0.0.1", 0, app, threaded=True)
        self.origin = f"http://127.0.0.1:{self.server.server_port}"
        self.url = self.origin + "/api/inngest"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()


def run_checks(checks, *arguments):
    """Returns how many passed and how many failed, and says why these did."""
    passed = failed = 0
    for check in checks:
        try:
            check(*arguments)
            passed += 1
        except Exception as error:
            failed += 1
            print(f"{check.__name__}: {error!r}")
    return passed, failed
