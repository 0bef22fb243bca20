"""The real orchestrator as a child process, and an app on the official Python SDK that can be broken and mended."""

import datetime
import json
import logging
import os
import re
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request

import flask
import inngest
import inngest.flask
from werkzeug.serving import make_server

logging.getLogger("werkzeug").setLevel(logging.ERROR)


class Orchestrator:
    """The binary as a child process."""

    def __init__(self, binary, *arguments, command="dev", environment=None):
        self.process = subprocess.Popen(
            [binary, command, "--port", "0", *arguments], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            text=True, env=environment)
        line = self.process.stdout.readline()
        self.origin = re.search(r"http://\S+", line).group()
        self.headers = {}

    @classmethod
    def dev(cls, binary, *arguments):
        return cls(binary, "--ephemeral", "--no-discovery", "--no-poll", "--retry-interval", "1", *arguments)

    def request(self, method, path, body=None, headers=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            self.origin + path, data=data, method=method, headers={**self.headers, **(headers or {})})
        with urllib.request.urlopen(request, timeout=60) as answer:
            content = answer.read()
            return json.loads(content) if content else None

    def get(self, path):
        return self.request("GET", path)["data"]

    def send(self, name, data=None):
        return self.request("POST", "/e/key", {"name": name, "data": data or {}})["ids"][0]

    def advance(self, span="0s"):
        return self.request("POST", "/v1/clock", {"advance": span})["data"]

    def register(self, url):
        self.request("PUT", "/v1/apps", {"url": url})

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=60)


class SwiftApp:
    """The app of Tests/CopiedApp as a child process, registered."""

    def __init__(self, binary, orchestrator):
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self.process = subprocess.Popen(
            [binary, str(port)], stderr=subprocess.DEVNULL,
            env={**os.environ, "INNGEST_DEV": orchestrator.origin, "MAIL_SERVER": "mail.example"})
        deadline = time.monotonic() + 60
        while True:
            try:
                return orchestrator.register(f"http://127.0.0.1:{port}/api/inngest")
            except urllib.error.HTTPError:
                assert time.monotonic() < deadline, "the app does not come up"
                time.sleep(0.1)

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=60)


class Relay:
    """A connection between browser and orchestrator that can be cut."""

    def __init__(self, origin):
        self.target = ("127.0.0.1", int(origin.rsplit(":", 1)[1]))
        self.lock = threading.Lock()
        self.is_cut = False
        self.open = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.origin = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.accepting = threading.Thread(target=self.accept)
        self.accepting.start()

    def accept(self):
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            # Under the lock, so that no connection comes about beside a cut.
            with self.lock:
                if self.is_cut:
                    near.close()
                    continue
                try:
                    far = socket.create_connection(self.target)
                except OSError:
                    near.close()
                    continue
                self.open += [near, far]
            for source, drain in [(near, far), (far, near)]:
                threading.Thread(target=self.pump, args=(source, drain), daemon=True).start()

    @classmethod
    def pump(cls, source, drain):
        try:
            while content := source.recv(65536):
                drain.sendall(content)
        except OSError:
            pass
        cls.end([source, drain])

    @staticmethod
    def end(sockets):
        for one in sockets:
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def cut(self):
        with self.lock:
            self.is_cut = True
            self.end(self.open)
            self.open = []

    def mend(self):
        self.is_cut = False

    def stop(self):
        self.cut()
        # Closing alone does not wake who waits in accept.
        self.end([self.listener])
        self.accepting.join(timeout=60)
        self.listener.close()


class App:
    """ACME, whose mail server can be taken away and given back."""

    def __init__(self, origin):
        self.mail_works = True
        self.door = threading.Event()
        web = flask.Flask("acme")
        self.server = make_server("127.0.0.1", 0, web, threaded=True)
        origin_of_app = f"http://127.0.0.1:{self.server.server_port}"
        self.url = f"{origin_of_app}/api/inngest"
        client = inngest.Inngest(app_id="acme", is_production=False, api_base_url=origin, event_api_base_url=origin,
                                 logger=logging.getLogger("quiet"))
        inngest.flask.serve(web, client, self.functions(client), serve_origin=origin_of_app, serve_path="/api/inngest")
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.door.set()
        self.server.shutdown()
        self.server.server_close()

    def send_mail(self, to):
        if not self.mail_works:
            raise RuntimeError(f"mail.example refuses the connection: {to} gets no letter")
        return {"letter": f"letter-to-{to}"}

    @staticmethod
    def fail():
        raise RuntimeError("the step's")

    def functions(self, client):
        def function(fn_id, event, name=None, **settings):
            return client.create_function(
                fn_id=fn_id, name=name or fn_id, trigger=inngest.TriggerEvent(event=event), **settings)

        @function("campaign", "app/signed.up", name="Drip campaign", retries=1)
        def campaign(ctx: inngest.ContextSync) -> object:
            user = ctx.step.run("look up user", lambda: {"email": ctx.event.data["email"], "plan": "free"})
            letter = ctx.step.run("send welcome", self.send_mail, user["email"])
            ctx.step.sleep("let it sink in", datetime.timedelta(days=1))
            click = ctx.step.wait_for_event("click", event="mail/clicked", timeout=datetime.timedelta(days=3),
                                            if_exp="event.data.email == async.data.email")
            both = ctx.group.parallel((lambda: ctx.step.run("tips", lambda: "tips sent"),
                                       lambda: ctx.step.run("offer", lambda: "offer sent")))
            return {"user": user, "letter": letter, "clicked": click is not None, "sent": list(both)}

        @function("echo", "app/echo", name="Echo", retries=0)
        def echo(ctx: inngest.ContextSync) -> object:
            data = ctx.event.data
            value = "x" * int(data["size"]) if "size" in data else data.get("value")
            return ctx.step.run(str(data.get("step", "echo")), lambda: value)

        @function("fan", "app/fan", name="Fan out", retries=0)
        def fan(ctx: inngest.ContextSync) -> object:
            count = int(ctx.event.data["steps"])
            ctx.group.parallel(tuple(
                (lambda number: lambda: ctx.step.run(f"part {number}", lambda: number))(number)
                for number in range(count)))
            return count

        @function("order", "shop/ordered", name="Order", retries=3)
        def order(ctx: inngest.ContextSync) -> object:
            if ctx.event.data.get("total", 0) < 0:
                raise inngest.NonRetriableError("an order can't have a negative total")
            ctx.step.run("reserve", lambda: {"items": ctx.event.data.get("items", [])})
            ctx.step.sleep("payment term", datetime.timedelta(hours=6))
            return {"paid": True, "total": ctx.event.data.get("total", 0)}

        @client.create_function(fn_id="report", name="Weekly report", trigger=inngest.TriggerCron(cron="0 9 * * 1"))
        def report(ctx: inngest.ContextSync) -> object:
            return ctx.step.run("collect", lambda: {"signups": 12})

        @function("busy", "app/busy", name="Busy", retries=0, concurrency=[inngest.Concurrency(limit=2, key="event.data.customer")],
                  throttle=inngest.Throttle(limit=5, period=datetime.timedelta(hours=1), burst=3),
                  debounce=inngest.Debounce(period=datetime.timedelta(minutes=1), timeout=datetime.timedelta(minutes=10)),
                  priority=inngest.Priority(run="event.data.urgent ? 60 : 0"),
                  cancel=[inngest.Cancel(event="app/stop", if_exp="event.data.id == async.data.id")])
        def busy(ctx: inngest.ContextSync) -> object:
            return ctx.event.data

        @function("few", "app/few", name="Few", rate_limit=inngest.RateLimit(limit=1, period=datetime.timedelta(hours=2)),
                  singleton=inngest.Singleton(mode="skip"))
        def few(ctx: inngest.ContextSync) -> object:
            return ctx.event.data

        @function("batch", "app/batched", name="Batch", batch_events=inngest.Batch(max_size=10, timeout=datetime.timedelta(seconds=30)))
        def batch(ctx: inngest.ContextSync) -> object:
            return len(ctx.events)

        @function("lone", "app/lone", name="Lone", singleton=inngest.Singleton(mode="skip"),
                  cancel=[inngest.Cancel(event="app/stop", if_exp="event.data.id == async.data.id")])
        def lone(ctx: inngest.ContextSync) -> object:
            ctx.step.sleep("long", datetime.timedelta(days=1))
            return ctx.event.data

        @function("narrow", "app/narrow", name="Narrow", retries=0,
                  concurrency=[inngest.Concurrency(limit=1), inngest.Concurrency(limit=1, key="event.data.customer")])
        def narrow(ctx: inngest.ContextSync) -> object:
            return ctx.step.run("pass the door", lambda: self.door.wait(600))

        @function("caught", "app/caught", name="Caught", retries=0)
        def caught(ctx: inngest.ContextSync) -> object:
            try:
                ctx.step.run("try", self.fail)
            except inngest.StepError:
                raise RuntimeError("the function's own") from None

        @function("asking", "app/asking", name="Asking", retries=0)
        def asking(ctx: inngest.ContextSync) -> object:
            return ctx.step.invoke("ask for it", function=order, data={"total": -1})

        return [campaign, echo, fan, order, report, busy, few, batch, lone, narrow, caught, asking]
