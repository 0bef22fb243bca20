"""An app on the official Python SDK that uses everything the SDK has."""

import datetime
import logging
import threading
import time

import flask
import inngest
import inngest.flask
from inngest.experimental import ai
from inngest_encryption import EncryptionMiddleware

QUIET = logging.getLogger("quiet")
QUIET.setLevel(logging.CRITICAL)
SECRET = "shared secret"


def make_client(origin, keys, **settings):
    return inngest.Inngest(app_id="py", is_production=bool(keys), api_base_url=origin, event_api_base_url=origin,
                           logger=QUIET, **keys, **settings)


class App:
    """The functions, and what they noted while they ran."""

    def __init__(self, client, unit):
        self.client = client
        self.unit = unit
        self.functions = []
        self.notes = []
        self.model_calls = []
        self.gate = threading.Event()
        self.flask = flask.Flask("py")
        self.model_url = None
        self.flask.post("/model/v1/chat/completions")(self.model)
        self.add_steps()
        self.add_groups()
        self.add_failures()
        self.add_settings()
        self.add_queue_rules()
        self.add_encryption()
        inngest.flask.serve(self.flask, client, self.functions)

    def function(self, fn_id, event=None, **settings):
        settings.setdefault("trigger", inngest.TriggerEvent(event=event or f"py/{fn_id}"))

        def add(body):
            made = self.client.create_function(fn_id=fn_id, **settings)(body)
            self.functions.append(made)
            return made

        return add

    def model(self):
        """A language model that repeats what it is told; the second time, for it is busy at first."""
        self.model_calls.append(flask.request.headers.get("Authorization"))
        if len(self.model_calls) == 1:
            return {"error": "busy"}, 529
        said = flask.request.get_json()["messages"][0]["content"]
        return {"choices": [{"message": {"role": "assistant", "content": f"you said {said}"}}]}

    def add_steps(self):
        @self.function("child", retries=0)
        def child(ctx: inngest.ContextSync) -> object:
            return {"doubled": ctx.event.data["n"] * 2}

        @self.function("everything", retries=1)
        def everything(ctx: inngest.ContextSync) -> object:
            step = ctx.step
            one = step.run("one", lambda: {"x": 1})
            step.sleep("nap", self.unit)
            reply = step.wait_for_event("reply", event="py/reply", timeout=100 * self.unit,
                                        if_exp="event.data.id == async.data.id")
            both = ctx.group.parallel((lambda: step.run("left", lambda: 1), lambda: step.run("right", lambda: 2)))
            invoked = step.invoke("invoke", function=child, data={"n": 4})
            sent = step.send_event("send", inngest.Event(name="py/sent", data={"k": 1}))
            step.sleep_until("until", datetime.datetime.now(datetime.timezone.utc))
            return {"one": one, "reply": reply.data if reply else None, "both": list(both), "invoked": invoked,
                    "sent": len(sent)}

        @self.function("by-id", retries=0)
        def by_id(ctx: inngest.ContextSync) -> object:
            return ctx.step.invoke_by_id("invoke", app_id="py", function_id="child", data={"n": 21})

        @self.function("same-ids", retries=0)
        def same_ids(ctx: inngest.ContextSync) -> object:
            return [ctx.step.run("again", lambda number=number: number) for number in range(3)]

        @self.function("model", retries=2)
        def model(ctx: inngest.ContextSync) -> object:
            adapter = ai.openai.Adapter(auth_key="model-key", base_url=self.model_url, model="repeater")
            answer = ctx.step.ai.infer("ask", adapter=adapter,
                                       body={"messages": [{"role": "user", "content": "hello"}]})
            return answer["choices"][0]["message"]["content"]

        @self.function("timeout", retries=0)
        def timeout(ctx: inngest.ContextSync) -> object:
            return ctx.step.wait_for_event("never", event="py/never", timeout=self.unit) is None

        @self.function("heavy", retries=0)
        def heavy(ctx: inngest.ContextSync) -> object:
            return sum(len(ctx.step.run(f"part {n}", lambda: "x" * 2_000_000)) for n in range(3))

        @self.function("ticking", trigger=inngest.TriggerCron(cron="0 * * * *"), retries=0)
        def ticking(ctx: inngest.ContextSync) -> object:
            return {"name": ctx.event.name, "cron": ctx.event.data["cron"]}

        @self.function("two-triggers", retries=0, trigger=[
            inngest.TriggerEvent(event="py/two", expression="event.data.n > 10"), inngest.TriggerEvent(event="py/wild.*")])
        def two_triggers(ctx: inngest.ContextSync) -> object:
            return ctx.event.name

        @self.function("cut", retries=0)
        def cut(ctx: inngest.ContextSync) -> object:
            """A text that ends in the middle of a character."""
            return ctx.step.run("cut", lambda: "cut \ud83d")

    def add_groups(self):
        @self.function("mixed-group", retries=0)
        def mixed_group(ctx: inngest.ContextSync) -> object:
            step = ctx.step
            done = ctx.group.parallel((
                lambda: step.run("fast", lambda: "ran"), lambda: step.sleep("slow", self.unit),
                lambda: step.wait_for_event("reply", event="py/reply", timeout=self.unit),
                lambda: step.invoke("invoke", function=self.functions[0], data={"n": 1})))
            return [done[0], done[1], done[2] is None, done[3]]

        def chained(name, mode):
            """Two steps, one after the other, beside a wait."""
            @self.function(name, retries=0)
            def body(ctx: inngest.ContextSync) -> object:
                def chain():
                    ctx.step.run("first", lambda: 1)
                    return ctx.step.run("second", lambda: self.notes.append(name))

                wait = lambda: ctx.step.wait_for_event("slow", event="py/go-on", timeout=1000 * self.unit)  # noqa: E731
                ctx.group.parallel((chain, wait), parallel_mode=mode)
                return "done"

        chained("racing", inngest.ParallelMode.RACE)
        chained("not-racing", inngest.ParallelMode.WAIT)

    def add_failures(self):
        @self.function("caught", retries=1)
        def caught(ctx: inngest.ContextSync) -> object:
            try:
                ctx.step.run("boom", lambda: 1 / 0)
            except inngest.StepError as error:
                return error.message
            return "not thrown"

        @self.function("recovers", retries=3)
        def recovers(ctx: inngest.ContextSync) -> object:
            def flaky():
                self.notes.append("flaky")
                if self.notes.count("flaky") < 3:
                    raise ValueError("not yet")
                return "at last"

            return ctx.step.run("flaky", flaky)

        def come_back():
            raise inngest.RetryAfterError("come back", int(self.unit.total_seconds() * 1000))

        @self.function("later", retries=2)
        def later(ctx: inngest.ContextSync) -> object:
            self.notes.append("later")
            if self.notes.count("later") == 1:
                come_back()
            return ctx.attempt

        @self.function("step-later", retries=2)
        def step_later(ctx: inngest.ContextSync) -> object:
            def body():
                self.notes.append("step-later")
                return come_back() if self.notes.count("step-later") == 1 else "came back"

            return ctx.step.run("step", body)

        @self.function("uncaught", retries=0)
        def uncaught(ctx: inngest.ContextSync) -> None:
            raise ValueError("no good")

        def hopeless_body(name):
            self.notes.append(name)
            raise inngest.NonRetriableError("never again")

        @self.function("hopeless", retries=5)
        def hopeless(ctx: inngest.ContextSync) -> None:
            hopeless_body("hopeless")

        @self.function("hopeless-step", retries=5)
        def hopeless_step(ctx: inngest.ContextSync) -> None:
            ctx.step.run("step", lambda: hopeless_body("hopeless-step"))

        def on_failure(ctx: inngest.ContextSync) -> object:
            self.notes.append(ctx.event.data["error"]["message"])
            ctx.step.run("note", lambda: None)
            return "handled"

        @self.function("watched", retries=0, on_failure=on_failure)
        def watched(ctx: inngest.ContextSync) -> None:
            raise ValueError("watched failure")

        @self.function("invokes-failure", retries=0)
        def invokes_failure(ctx: inngest.ContextSync) -> object:
            try:
                ctx.step.invoke("invoke", function=uncaught)
            except inngest.StepError as error:
                return error.message
            return "not thrown"

    def add_settings(self):
        """Settings that decide over events: one function for each, so that a registration has all of them."""
        def noted(name):
            def body(ctx: inngest.ContextSync) -> object:
                self.notes.append(name)
                return [event.data.get("n") for event in ctx.events]

            return body

        def hold(ctx):
            """A wait, for the SDK counts sleeps from the machine's clock, and the orchestrator's may be ahead of it."""
            ctx.step.wait_for_event("hold", event="py/never", timeout=1000 * self.unit)

        period, key = self.unit, "event.data.key"
        self.function("batched", retries=0, batch_events=inngest.Batch(
            max_size=3, timeout=min(period, datetime.timedelta(seconds=30))))(noted("batched"))
        self.function("debounced", retries=0, debounce=inngest.Debounce(period=period, key=key))(noted("debounced"))
        self.function("limited", retries=0,
                      rate_limit=inngest.RateLimit(limit=1, period=period, key=key))(noted("limited"))
        self.function("once", retries=0, idempotency=key)(noted("once"))

        @self.function("alone", retries=0, singleton=inngest.Singleton(mode="skip", key=key))
        def alone(ctx: inngest.ContextSync) -> None:
            hold(ctx)

        @self.function("newest", retries=0, singleton=inngest.Singleton(mode="cancel", key=key))
        def newest(ctx: inngest.ContextSync) -> None:
            hold(ctx)

        @self.function("cancelled", retries=0, cancel=[
            inngest.Cancel(event="py/stop", if_exp="event.data.n == async.data.n")])
        def cancelled(ctx: inngest.ContextSync) -> None:
            hold(ctx)

        @self.function("hurried", retries=0, timeouts=inngest.Timeouts(finish=period))
        def hurried(ctx: inngest.ContextSync) -> None:
            hold(ctx)

    def add_queue_rules(self):
        """Settings that decide over calls."""
        key = "event.data.key"

        @self.function("throttled", retries=0, throttle=inngest.Throttle(limit=1, period=self.unit, key=key))
        def throttled(ctx: inngest.ContextSync) -> None:
            self.notes.append(("throttled", ctx.event.data["key"]))

        @self.function("narrow", retries=0, concurrency=[inngest.Concurrency(limit=1, key=key, scope="fn")])
        def narrow(ctx: inngest.ContextSync) -> None:
            """The calls of key `a` last until one of key `b` was made."""
            key = ctx.event.data["key"]
            self.notes.append(("begins", key))
            if key == "b":
                self.gate.set()
            self.gate.wait(timeout=20)
            time.sleep(0.1)
            self.notes.append(("ends", key))

        @self.function("prior", retries=0, priority=inngest.Priority(run="event.data.n"),
                       concurrency=[inngest.Concurrency(limit=1)])
        def prior(ctx: inngest.ContextSync) -> None:
            """The first call lasts until all events are in."""
            self.notes.append(("prior", ctx.event.data["n"]))
            self.gate.wait(timeout=20)

    def add_encryption(self):
        @self.function("secret", retries=0, middleware=[EncryptionMiddleware.factory(SECRET)])
        def secret(ctx: inngest.ContextSync) -> object:
            number = ctx.step.run("hidden", lambda: {"number": 7})
            return {"plain": number["number"] + ctx.event.data["encrypted"]["pin"]}
