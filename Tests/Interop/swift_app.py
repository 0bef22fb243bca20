"""A served Swift app, with keys, and the official Python package on the other side: its signatures and its models.

Usage: swift_app.py PATH_OF_SAMPLE_APP. Prints a line per check that fails, and how many passed.
"""

import http.server
import inspect
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import urllib.error
import urllib.request

from inngest._internal import net, server_lib, transforms, types
from inngest._internal.server_lib import registration

from harness import free_port, until

SIGNING_KEY = "signkey-test-" + "0123456789abcdef" * 4
FALLBACK_KEY = "signkey-test-" + "fedcba9876543210" * 4
EVENT_KEY = "an-event-key"
CLOUD = server_lib.ServerKind.CLOUD


class Registry:
    """Takes registrations in, as the orchestrator does, and keeps what came."""

    def __init__(self):
        received = self.received = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                received.append((self.path, dict(self.headers.items()), json.loads(body)))
                answer = json.dumps({"ok": True, "modified": True}).encode()
                self.send_response(200)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.origin = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


class SwiftApp:
    """The sample app as a child process."""

    def __init__(self, path, registry, folder):
        port = free_port()
        self.url = f"http://127.0.0.1:{port}/api/inngest"
        environment = dict(
            os.environ, PORT=str(port), DATABASE=f"{folder}/acme.sqlite", INNGEST_SIGNING_KEY=SIGNING_KEY,
            INNGEST_SIGNING_KEY_FALLBACK=FALLBACK_KEY, INNGEST_EVENT_KEY=EVENT_KEY, INNGEST_BASE_URL=registry.origin)
        self.process = subprocess.Popen([path], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until(self.answers, what="the app did not start")

    def answers(self):
        try:
            return self.send("GET")[0]
        except urllib.error.URLError:
            return None

    def send(self, method, body=b"", query="", key=None, headers=None):
        """Returns the status, the headers in lower case, and the body."""
        request = urllib.request.Request(self.url + query, data=body or None, method=method, headers=headers or {})
        if key:
            # A signature of nothing is one of the time alone.
            signed = net.sign_request(body, key) if body else net.sign_response(b"", key)
            request.add_header("X-Inngest-Signature", signed)
        try:
            answer = urllib.request.urlopen(request, timeout=20)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            return answer.status, {name.lower(): value for name, value in answer.headers.items()}, answer.read()


def expect_signed(headers, body, key=SIGNING_KEY):
    found = net.validate_response_sig(body=body, headers=headers, mode=CLOUD, signing_key=key)
    assert found == key, found


def expect_refused(app, **request):
    status, headers, body = app.send(**request)
    assert status == 401, (status, body)


def parse(model, value):
    """What the package's own model makes of JSON. It wants its enumerations by name, and itself writes what they mean."""
    kinds = {"mode": server_lib.ServerKind, "deploy_type": server_lib.DeployType, "framework": server_lib.Framework}
    if model is server_lib.AuthenticatedInspection:
        del kinds["framework"]
    parsed = model.from_raw(
        {name: kinds[name](item) if name in kinds else item for name, item in value.items()})
    assert isinstance(parsed, model), parsed
    return parsed


# The models write the names of the wire and read those of Python.
NAMES = {(field.serialization_alias or name).lower(): name
         for _, model in inspect.getmembers(registration, inspect.isclass) if issubclass(model, types.BaseModel)
         for name, field in model.model_fields.items()}
NAMES["deploytype"] = "deploy_type"
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


def as_python(value, key=None):
    """Names as the models read them, durations in milliseconds."""
    if isinstance(value, dict):
        return {NAMES.get(name.lower(), name): as_python(item, NAMES.get(name.lower())) for name, item in value.items()}
    if isinstance(value, list):
        return [as_python(item) for item in value]
    if key in ("timeout", "period", "start", "finish") and isinstance(value, str):
        assert re.fullmatch(r"(\d+[smhdw])+", value), value
        return sum(int(number) * SECONDS[unit] for number, unit in re.findall(r"(\d+)([smhdw])", value)) * 1000
    return value


def functions_of(value):
    """What is not there is nothing: the package leaves it out, too, when it sends."""
    absent = dict.fromkeys(registration.FunctionConfig.model_fields)
    functions = [absent | as_python(function) for function in value]
    for function in functions:
        # The model of either trigger fails where the other is tried first.
        function["triggers"] = [
            parse(registration.TriggerCron if "cron" in trigger else registration.TriggerEvent, trigger)
            for trigger in function["triggers"]]
    return functions


def expect_functions(functions, app):
    assert {function.id for function in functions} >= {"acme-drip-campaign", "acme-weekly-report"}, functions
    for function in functions:
        (step,) = function.steps.values()
        assert step.runtime.type == "http" and step.runtime.url == f"{app.url}?fnId={function.id}&stepId=step", step


def sync_body(app):
    return json.dumps({"url": app.url}).encode()


def check_sync(app, registry):
    expect_refused(app, method="PUT", body=sync_body(app), key="signkey-test-00ff")
    registry.received.clear()
    status, headers, body = app.send("PUT", sync_body(app), key=SIGNING_KEY)
    assert status == 200 and json.loads(body)["modified"] is True, body
    assert headers["x-inngest-sync-kind"] == server_lib.SyncKind.OUT_OF_BAND.value, headers
    expect_signed(headers, body)
    ((path, sent, raw),) = registry.received
    assert path == "/fn/register"
    # The package sends the hash alone; servers take it with the prefix, too, as the SDKs of other languages send it.
    scheme, token = sent["authorization"].split(" ")
    assert scheme == "Bearer"
    assert transforms.remove_signing_key_prefix(token) == transforms.hash_signing_key(SIGNING_KEY), token
    assert sent["x-inngest-expected-server-kind"] == CLOUD.value and ":v" in sent["x-inngest-sdk"]
    # The package lists the frameworks of its own language.
    parsed = parse(registration.SynchronizeRequest, as_python(raw) | {
        "framework": "flask", "functions": functions_of(raw["functions"])})
    assert parsed.app_name == "acme" and parsed.url == app.url and parsed.sdk == sent["x-inngest-sdk"]
    expect_functions(parsed.functions, app)


def check_in_band_sync(app, registry):
    registry.received.clear()
    status, headers, body = app.send("PUT", sync_body(app), key=FALLBACK_KEY, headers={
        "X-Inngest-Sync-Kind": server_lib.SyncKind.IN_BAND.value})
    assert status == 200 and headers["x-inngest-sync-kind"] == server_lib.SyncKind.IN_BAND.value, (status, body)
    expect_signed(headers, body)
    raw = json.loads(body)
    parsed = parse(registration.InBandSynchronizeResponse, as_python(raw) | {
        "framework": "flask", "functions": functions_of(raw["functions"]), 
        "inspection": parse(server_lib.AuthenticatedInspection, raw["inspection"])})
    assert parsed.app_id == "acme" and parsed.sdk_language == "swift"
    expect_functions(parsed.functions, app)
    assert registry.received == [], "it registered by a call as well"


def check_introspection(app, registry):
    status, headers, body = app.send("GET")
    stranger = json.loads(body)
    assert parse(server_lib.UnauthenticatedInspection, stranger).function_count > 1
    assert stranger["authentication_succeeded"] is None and "app_id" not in stranger and "hash" not in body.decode()
    _, _, body = app.send("GET", key="signkey-test-00ff")
    assert json.loads(body)["authentication_succeeded"] is False and "app_id" not in json.loads(body)
    for key in [SIGNING_KEY, FALLBACK_KEY]:
        status, headers, body = app.send("GET", key=key)
        parsed = parse(server_lib.AuthenticatedInspection, json.loads(body))
        expect_signed(headers, body)
        assert parsed.signing_key_hash == transforms.hash_signing_key(SIGNING_KEY)
        assert parsed.signing_key_fallback_hash == transforms.hash_signing_key(FALLBACK_KEY)
        assert parsed.event_key_hash == transforms.hash_event_key(EVENT_KEY)
        assert parsed.mode == CLOUD and parsed.api_origin == registry.origin


def check_trust_probe(app, registry):
    status, headers, body = app.send("POST", query="?probe=trust", key=SIGNING_KEY)
    assert status == 200, body
    expect_signed(headers, body)
    expect_refused(app, method="POST", query="?probe=trust")


def call(steps=None, stack=(), target="step"):
    """The body and the query of a call, written by the package."""
    event = server_lib.Event(id="e1", name="app/signup.completed", ts=1732300000000, data={
        "userID": "u1", "email": "ada@example.com", "name": "Ada"})
    request = server_lib.ServerRequest(
        ctx=server_lib.ServerRequestCtx(
            attempt=0, disable_immediate_execution=False, max_attempts=4, run_id="01HF7YAT00E1GNW5DVS1MP5ZFZ",
            stack=server_lib.ServerRequestCtxStack(stack=list(stack))),
        event=event, events=[event], steps=steps or {}, use_api=False).to_dict()
    assert isinstance(request, dict), request
    return json.dumps(request).encode(), f"?fnId=acme-drip-campaign&stepId={target}"


def check_call(app, registry):
    body, query = call()
    expect_refused(app, method="POST", body=body, query=query)
    expect_refused(app, method="POST", body=body, query=query, key="signkey-test-00ff")
    for key in [SIGNING_KEY, FALLBACK_KEY]:
        status, headers, answer = app.send("POST", body, query, key)
        assert status == 206, (status, answer)
        expect_signed(headers, answer)
        assert headers["x-inngest-req-version"] == server_lib.PREFERRED_EXECUTION_VERSION
        (op,) = json.loads(answer)
        assert server_lib.Opcode(op["op"]) == server_lib.Opcode.STEP_RUN, op
        assert op["id"] == transforms.hash_step_id("welcome"), op


def check_next_call(app, registry):
    """With the first step memoized the function goes on to a wait."""
    body, query = call()
    (welcome,) = json.loads(app.send("POST", body, query, SIGNING_KEY)[2])
    body, query = call({welcome["id"]: {"data": welcome["data"]}}, [welcome["id"]])
    status, headers, answer = app.send("POST", body, query, SIGNING_KEY)
    (op,) = json.loads(answer)
    assert status == 206 and server_lib.Opcode(op["op"]) == server_lib.Opcode.WAIT_FOR_EVENT, (status, op)
    assert op["id"] == transforms.hash_step_id("click"), op
    expect_signed(headers, answer)


CHECKS = [check_sync, check_in_band_sync, check_introspection, check_trust_probe, check_call, check_next_call]


def main(path):
    passed = failed = 0
    registry = Registry()
    with tempfile.TemporaryDirectory() as folder:
        app = SwiftApp(path, registry, folder)
        try:
            for check in CHECKS:
                try:
                    check(app, registry)
                    passed += 1
                except Exception as error:
                    failed += 1
                    print(f"{check.__name__}: {error!r}")
        finally:
            app.process.terminate()
            app.process.wait(timeout=20)
    print(f"Swift app: {passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
