"""The orchestrator's binary as a child process, and web servers for apps, for the checks beside this file."""

import datetime
import json
import socket
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request

import uvicorn
from werkzeug.serving import make_server


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def until(condition, seconds=30, what="it did not come about"):
    """Asks until something is so."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.02)
    raise AssertionError(what if isinstance(what, str) else what())


class Mode:
    """How the orchestrator is run. Checks count time in units, which are as long as the mode can bear."""

    def __init__(self, name, unit, keys):
        self.name = name
        self.unit = datetime.timedelta(seconds=unit)
        self.keys = keys


class Orchestrator:
    """`orchestrator dev` without keys, whose clock can be moved, or `orchestrator start` with keys."""

    def __init__(self, path, mode, hashed_key=None):
        self.mode = mode
        self.event_key = mode.keys.get("event_key", "key")
        self.hashed_key = hashed_key
        self.folder = tempfile.TemporaryDirectory()
        if mode.keys:
            command = ["start", "--sqlite", f"{self.folder.name}/state.sqlite", "--signing-key",
                       mode.keys["signing_key"], "--event-key", self.event_key]
        else:
            command = ["dev", "--ephemeral", "--no-discovery", "--no-poll"]
        self.process = subprocess.Popen([path, *command, "--retry-interval", "1", "--port", "0"],
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        # "orchestrator ... at http://127.0.0.1:port"
        self.origin = self.process.stdout.readline().split()[-1]

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=30)
        self.process.stdout.close()
        self.folder.cleanup()

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

    def passes(self, units):
        """Time passes: at once where the clock can be moved, as it does where it can't."""
        span = self.mode.unit * units
        if self.mode.keys:
            time.sleep(span.total_seconds())
        else:
            self.request("POST", "/v1/clock", {"advance": f"{int(span.total_seconds())}s"})

    def send(self, name, **data):
        return self.send_event({"name": name, "data": data})

    def send_event(self, event):
        return self.request("POST", f"/e/{self.event_key}", event)["ids"][0]

    def event(self, event):
        return self.request("GET", f"/v1/events/{event}")["data"]

    def runs_of(self, event):
        return self.request("GET", f"/v1/events/{event}/runs")["data"]

    def runs_of_function(self, function):
        return self.request("GET", f"/v1/runs?limit=1000&function=py-{function}")["data"]

    def run_of(self, event):
        """The run of an event, once it is there."""
        return until(lambda: self.runs_of(event), what=f"no run of {event}")[0]

    def ended(self, event):
        """The run of an event, once it has ended."""
        def look():
            runs = self.runs_of(event)
            return runs if runs and all(run["ended_at"] for run in runs) else None

        runs = until(look, what=lambda: f"the run of {event} did not end: {self.runs_of(event)}")
        assert len(runs) == 1, f"{len(runs)} runs of one event"
        return runs[0]

    def waiting(self, event, kind):
        """Returns when the run of an event waits."""
        run = self.run_of(event)
        until(lambda: any(entry["kind"] == kind for entry in self.timeline_of(run)["waiting"]),
              what=lambda: f"it does not wait: {self.timeline_of(run)['waiting']}")
        return run

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


class ServedAsync:
    """A FastAPI app on a port of this machine."""

    def __init__(self, app):
        self.server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="critical"))
        self.thread = threading.Thread(target=self.server.run, daemon=True)
        self.thread.start()
        until(lambda: self.server.started, what="uvicorn did not start")
        port = self.server.servers[0].sockets[0].getsockname()[1]
        self.origin = f"http://127.0.0.1:{port}"
        self.url = self.origin + "/api/inngest"

    def stop(self):
        self.server.should_exit = True
        self.thread.join(timeout=10)
