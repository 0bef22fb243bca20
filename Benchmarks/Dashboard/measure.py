"""How fast the dashboard is with a million runs stored.

Usage: measure.py PATH_OF_ORCHESTRATOR [RUNS]. Makes a database with runs of ten functions, opens the pages in a
headless Chromium, and prints a table: the median of five.
"""

import os
import pathlib
import random
import sqlite3
import statistics
import sys
import tempfile
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


def measure_reads(origin):
    def read(path):
        def work():
            with urllib.request.urlopen(origin + path) as answer:
                answer.read()
        return statistics.median(seconds(work) for _ in range(ROUNDS))

    for name, path in [
        ("runs, first page", "/v1/runs?summary=true"), ("runs, failed", "/v1/runs?summary=true&status=Failed"),
        ("runs, running", "/v1/runs?summary=true&status=Running"),
        ("runs of a function, failed", "/v1/runs?summary=true&status=Failed&function=acme-echo"),
        ("runs of an app", "/v1/runs?summary=true&app=acme"),
        ("runs, condition that fits 1 in 1,000", "/v1/runs?summary=true&if=event.data.total%20%3D%3D%207"),
        ("totals", "/v1/runs/totals"), ("totals of a function", "/v1/runs/totals?function=acme-echo"),
        ("failures of 30 days", "/v1/failures?after=2000-01-01T00:00:00Z"),
        ("metrics of a function, 24 h", "/v1/functions/acme-echo/metrics"), ("events, first page", "/v1/events?summary=true"),
        ("events of a name", "/v1/events?summary=true&name=app/event.3"),
    ]:
        print(f"| {name} | {read(path):.0f} ms |", flush=True)


PAINTED = """() => {
    const entry = performance.getEntriesByName('first-contentful-paint')[0];
    return new Promise((resolve) => {
        const look = () => document.querySelector('.runs .row:not(.head)')
            ? requestAnimationFrame(() => setTimeout(() => resolve(performance.now()))) : requestAnimationFrame(look);
        look();
    });
}"""

FILTERED = """(status) => new Promise((resolve) => {
    const begun = performance.now();
    [...document.querySelectorAll('.tab')].find((tab) => tab.textContent.startsWith(status)).click();
    const look = () => {
        const rows = [...document.querySelectorAll('.runs .row:not(.head)')];
        const isDone = rows.length && rows.every((row) => row.textContent.includes(status));
        if (isDone) requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - begun)));
        else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
})"""


def measure_pages(origin):
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=[] if os.getuid() else ["--no-sandbox"])
        paints, filters = [], []
        for _ in range(ROUNDS):
            context = browser.new_context(base_url=origin)
            page = context.new_page()
            page.goto("/runs")
            paints.append(page.evaluate(PAINTED))
            page.wait_for_timeout(300)
            filters.append(page.evaluate(FILTERED, "Failed"))
            context.close()
        print(f"| page: the runs are painted after | {statistics.median(paints):.0f} ms |")
        print(f"| page: a filter is painted after | {statistics.median(filters):.0f} ms |")
        browser.close()


def main():
    binary, count = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/state.sqlite"

        def start():
            return Orchestrator(binary, "--sqlite", path, "--no-discovery", "--no-poll")

        orchestrator = start()
        app = App(orchestrator.origin)
        orchestrator.register(app.url)
        orchestrator.stop()
        print(f"making {count} runs took {seconds(lambda: seed(path, count)) / 1000:.0f} s", file=sys.stderr)
        orchestrator = start()
        try:
            measure_reads(orchestrator.origin)
            measure_pages(orchestrator.origin)
        finally:
            orchestrator.stop()
            app.stop()


main()
