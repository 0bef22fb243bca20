"""How fast the dashboard is with a million runs stored.

Usage: measure.py PATH_OF_ORCHESTRATOR [RUNS]. Makes a database with runs of all functions of the test's app, opens the
pages in a headless Chromium, and prints a table: the median of five, with what is aimed at. Ends with 1 where an aim is
missed.
"""

import http.server
import os
import pathlib
import random
import sqlite3
import statistics
import sys
import tempfile
import threading
import time
import urllib.request

from playwright.sync_api import sync_playwright

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "Tests" / "Browser"))
from durable import App, Orchestrator  # noqa: E402

DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
ROUNDS = 5


def digits(value, width):
    text = ""
    for _ in range(width):
        text = DIGITS[value & 31] + text
        value >>= 5
    return text


def seed(path, count):
    """Runs over 30 days: 90 % completed, 5 % failed, 3 % cancelled, the rest running."""
    database = sqlite3.connect(path)
    functions = [row[0] for row in database.execute("SELECT id FROM functions ORDER BY id")]
    columns = [row[1] for row in database.execute("PRAGMA table_info(runs)")]
    optional = {row[1] for row in database.execute("PRAGMA table_info(runs)") if not row[3]}
    randoms = random.Random(7)
    now = int(time.time() * 1000)
    start = now - 30 * 86_400_000
    database.execute("PRAGMA synchronous = OFF")
    database.execute("PRAGMA cache_size = -500000")
    events, runs, failures = [], [], []

    def flush():
        with database:
            database.executemany("INSERT INTO events (id, name, ts, received_at, body) VALUES (?, ?, ?, ?, ?)", events)
            database.executemany(f"INSERT INTO runs ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})", runs)
            database.executemany("INSERT INTO failures VALUES (?, ?, ?, 'send', 'MailError', 'no connection', ?, NULL)", failures)
        for rows in (events, runs, failures):
            rows.clear()

    empty = {name: None if name in optional else 0 for name in columns}
    for number in range(count):
        at = start + number * (now - start) // count
        prefix = digits(at, 10) + "0" * 10
        event, run = prefix + digits(number * 2, 6), prefix + digits(number * 2 + 1, 6)
        status = randoms.choices([2, 3, 4, 1], [90, 5, 3, 2])[0]
        function = functions[number % len(functions)]
        ended = at + 5 + number % 20_000 if status != 1 else None
        events.append((event, f"app/event.{number % 10}", at, at,
                       f'{{"data":{{"number":{number},"total":{number % 1000}}},"name":"app/event.{number % 10}","ts":{at}}}'.encode()))
        values = {**empty, "id": run, "function_id": function, "event_id": event, "created_at": at, "scheduled_for": at,
                  "status": status, "started_at": at + 5, "ended_at": ended,
                  "output": b'{"message":"no connection","name":"MailError"}' if status == 3 else b'{"ok":true}'}
        runs.append(tuple(values.values()))
        if status == 3:
            failures.append((run, function, ended, function))
        if len(runs) == 50_000:
            flush()
    flush()
    database.close()


def seconds(work):
    begun = time.perf_counter()
    work()
    return (time.perf_counter() - begun) * 1000


def measure_reads(origin, table):
    def read(path):
        def work():
            with urllib.request.urlopen(origin + path) as answer:
                answer.read()
        return [seconds(work) for _ in range(ROUNDS)]

    for name, path in [
        ("runs, first page", "/v1/runs?summary=true"), ("runs, failed", "/v1/runs?summary=true&status=Failed"),
        ("runs, running", "/v1/runs?summary=true&status=Running"),
        ("runs of a function, failed", "/v1/runs?summary=true&status=Failed&function=acme-echo"),
        ("runs of an app", "/v1/runs?summary=true&app=acme"),
        ("runs, condition that fits 1 in 1,000", "/v1/runs?summary=true&if=event.data.total%20%3D%3D%207"),
        ("totals, counted by the first and kept for the others", "/v1/runs/totals"),
        ("totals of a function", "/v1/runs/totals?function=acme-echo"),
        ("failures of 30 days", "/v1/failures?after=2000-01-01T00:00:00Z"),
        ("metrics of a function, 24 h", "/v1/functions/acme-echo/metrics"), ("events, first page", "/v1/events?summary=true"),
        ("events of a name", "/v1/events?summary=true&name=app/event.3"),
    ]:
        table.add(f"API: {name}", read(path))


# What is there when a frame begins is painted in it, and what waits for its turn comes after that.
PAINTED = """() => new Promise((resolve) => {
    const look = () => document.querySelector('.runs .row:not(.head)')
        ? setTimeout(() => resolve(performance.now())) : requestAnimationFrame(look);
    requestAnimationFrame(look);
})"""

# Until another list has been read, and that is painted.
FILTERED = """() => new Promise((resolve) => {
    const begun = performance.now();
    const painted = () => requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - begun)));
    const isRead = () => performance.getEntriesByType('resource').some((one) =>
        one.startTime >= begun && one.responseEnd && new URL(one.name).pathname === '/v1/runs');
    const look = () => {
        if (isRead() && document.querySelector('.runs .row:not(.head)')) painted();
        else requestAnimationFrame(look);
    };
    window.change();
    look();
})"""

OPENED = """(path) => new Promise((resolve) => {
    const begun = performance.now();
    const look = () => document.querySelector('.bar-row')
        ? requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - begun))) : requestAnimationFrame(look);
    history.pushState(null, '', path);
    dispatchEvent(new PopStateEvent('popstate'));
    look();
})"""

# From top to bottom and back in two seconds: how long the frames took.
SCROLLED = """() => new Promise((resolve) => {
    const times = [];
    const begun = performance.now();
    let last = begun;
    const height = document.documentElement.scrollHeight;
    const frame = (now) => {
        times.push(now - last);
        last = now;
        const part = (now - begun) / 1000;
        if (part >= 2) return resolve(times.slice(1).sort((a, b) => a - b));
        scrollTo(0, height * (part < 1 ? part : 2 - part));
        requestAnimationFrame(frame);
    };
    requestAnimationFrame((now) => { last = now; requestAnimationFrame(frame); });
})"""

FILTERS = [
    ("status", "[...document.querySelectorAll('.tab')].find((tab) => tab.textContent.startsWith('Failed')).click()"),
    ("function", "choose('Function', 'acme-echo')"),
    ("time", "choose('Time', '7d')"),
    ("a condition that fits 1 in 1,000", "search('event.data.total == 7')"),
]

HELPERS = """
    const choose = (label, value) => {
        const select = document.querySelector(`select[aria-label="${label}"]`);
        select.value = value;
        select.dispatchEvent(new Event('change'));
    };
    const search = (text) => {
        const field = document.querySelector('main input[type=search]');
        field.value = text;
        field.dispatchEvent(new Event('change'));
    };"""


class Floor(http.server.BaseHTTPRequestHandler):
    """A page of one row that one script makes: what no page can be faster than here and now."""

    FILES = {
        "/": ("text/html", b"<!doctype html><title>Floor</title><script type=module src=/row.js></script><div class=runs></div>"),
        "/row.js": ("text/javascript", b"document.querySelector('.runs').innerHTML = '<p class=row>row</p>'"),
    }

    def do_GET(self):
        kind, content = self.FILES.get(self.path, ("text/plain", b""))
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


class Table:
    """Figures with their aims."""

    def __init__(self):
        self.is_met = True
        print("| measured | median | min … max | aim |\n| --- | --- | --- | --- |", flush=True)

    def add(self, name, times, aim=None):
        median = statistics.median(times)
        verdict = "" if aim is None else f"≤ {aim} ms: {'met' if median <= aim else 'missed'}"
        self.is_met = self.is_met and (aim is None or median <= aim)
        print(f"| {name} | {median:.0f} ms | {min(times):.0f} … {max(times):.0f} | {verdict} |", flush=True)


def measure_pages(origin, long_run, table):
    with sync_playwright() as playwright:
        floor = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Floor)
        threading.Thread(target=floor.serve_forever, daemon=True).start()
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=[] if os.getuid() else ["--no-sandbox"])
        paints, floors, opened, frames = [], [], [], []
        filters = {name: [] for name, _ in FILTERS}
        for _ in range(ROUNDS):
            context = browser.new_context(base_url=origin)
            page = context.new_page()
            page.goto("/runs")
            paints.append(page.evaluate(PAINTED))
            bare = browser.new_context()
            empty = bare.new_page()
            empty.goto(f"http://127.0.0.1:{floor.server_port}/")
            floors.append(empty.evaluate(PAINTED))
            bare.close()
            for name, change in FILTERS:
                page.goto("/runs")
                page.evaluate(PAINTED)
                page.wait_for_function("() => document.querySelectorAll('select option').length > 8")
                page.evaluate(f"() => {{ {HELPERS} window.change = () => {{ {change}; }}; }}")
                filters[name].append(page.evaluate(FILTERED))
            opened.append(page.evaluate(OPENED, f"/runs/{long_run}"))
            frames.append(page.evaluate(SCROLLED))
            context.close()
        browser.close()
        floor.shutdown()
    table.add("page: one row of one script is painted, from a cold start: the floor", floors)
    table.add("page: the list of runs is painted, from a cold start", paints, 300)
    for name, times in filters.items():
        table.add(f"page: a filter by {name} is painted", times, 500)
    table.add("page: a run with 1,000 steps is painted", opened, 500)
    table.add("page: a frame while that run is scrolled, 95th percentile", [one[int(len(one) * 0.95)] for one in frames], 50)
    table.add("page: the longest frame of those", [one[-1] for one in frames])


def make_long_run(orchestrator):
    """A real run with 1,000 steps."""
    event = orchestrator.send("app/fan", {"steps": 1000})
    while True:
        runs = orchestrator.get(f"/v1/events/{event}/runs?summary=true")
        if runs and runs[0]["ended_at"]:
            return runs[0]["run_id"]
        time.sleep(0.5)


def main():
    binary, count = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/state.sqlite"

        def start():
            return Orchestrator(binary, "--sqlite", path, "--no-discovery", "--no-poll")

        orchestrator = start()
        app = App(orchestrator.origin)
        orchestrator.register(app.url)
        try:
            print(f"a run with 1,000 steps took {seconds(lambda: make_long_run(orchestrator)) / 1000:.0f} s", file=sys.stderr)
            long_run = orchestrator.get("/v1/runs")[0]["run_id"]
            orchestrator.stop()
            print(f"making {count} runs took {seconds(lambda: seed(path, count)) / 1000:.0f} s", file=sys.stderr)
            orchestrator = start()
            table = Table()
            measure_reads(orchestrator.origin, table)
            measure_pages(orchestrator.origin, long_run, table)
        finally:
            orchestrator.stop()
            app.stop()
    return 0 if table.is_met else 1


sys.exit(main())
