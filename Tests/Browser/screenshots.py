"""Pictures of the main pages. Usage: screenshots.py PATH_OF_ORCHESTRATOR FOLDER"""

import os
import pathlib
import sys

from playwright.sync_api import sync_playwright

from durable import App, Orchestrator


def furnish(orchestrator, app):
    """A day of a small company, and a bad evening. The SDK reckons sleeps by this machine's clock: they are short later."""
    for number in range(6):
        orchestrator.send("app/signed.up", {"email": f"user{number}@example.com", "name": "Ada"})
        for order in range(4):
            orchestrator.send("shop/ordered", {"total": 20 + number * 7 + order, "items": ["book", "pen"][: order % 2 + 1]})
        orchestrator.advance("13m")
    orchestrator.send("shop/ordered", {"total": -4})
    orchestrator.advance("1d2h")
    orchestrator.send("mail/clicked", {"email": "user1@example.com"})
    orchestrator.advance("9h")
    orchestrator.send("mail/clicked", {"email": "user4@example.com"})
    app.mail_works = False
    for number in range(17):
        orchestrator.send("app/signed.up", {"email": f"new{number}@example.com"})
        orchestrator.advance("3m")
    orchestrator.send("shop/ordered", {"total": 99, "items": ["lamp"]})
    orchestrator.send("app/echo", {"value": 1})
    orchestrator.advance("5m")


def pages(orchestrator):
    def run(status, function="acme-campaign"):
        return orchestrator.get(f"/v1/runs?status={status}&function={function}&limit=1")[0]["run_id"]

    failed = run("Failed")
    history = orchestrator.get(f"/v1/runs/{failed}/timeline")["history"]
    step = next(entry["step_id"] for entry in history if entry["kind"] == "step.failed")
    return {
        "runs": "/runs", "run": f"/runs/{failed}?step={step}", "waterfall": f"/runs/{run('Completed')}",
        "failures": "/failures", "events": "/events", "function": "/functions/acme-order?span=7d", "apps": "/apps",
        "clock": "/clock"}


def main(binary, folder):
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    orchestrator = Orchestrator.dev(binary)
    app = App(orchestrator.origin)
    try:
        orchestrator.register(app.url)
        furnish(orchestrator, app)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path="/usr/bin/chromium", args=[] if os.getuid() else ["--no-sandbox"])
            for scheme in ["light", "dark"]:
                page = browser.new_context(
                    base_url=orchestrator.origin, color_scheme=scheme, viewport={"width": 1200, "height": 720}).new_page()
                for name, path in pages(orchestrator).items():
                    page.goto(path)
                    page.locator("main h1").wait_for()
                    page.locator(".live-live").wait_for()
                    page.wait_for_timeout(500)
                    page.screenshot(path=folder / f"{name}-{scheme}.png")
            browser.close()
    finally:
        app.stop()
        orchestrator.stop()


main(*sys.argv[1:])
