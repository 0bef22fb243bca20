"""Pictures of the main pages. Usage: screenshots.py PATH_OF_ORCHESTRATOR FOLDER"""

import os
import pathlib
import sys

from playwright.sync_api import sync_playwright

from durable import App, Orchestrator


def furnish(orchestrator, app):
    """Days of a small company."""
    for day in range(3):
        for number in range(14):
            orchestrator.send("shop/ordered", {"total": 20 + number * 7, "items": ["book", "pen"][: number % 2 + 1]})
            orchestrator.advance("17m")
        orchestrator.send("shop/ordered", {"total": -4})
        for number in range(5):
            orchestrator.send("app/signed.up", {"email": f"user{day}{number}@example.com", "name": "Ada"})
        orchestrator.send("mail/clicked", {"email": f"user{max(0, day - 1)}1@example.com"})
        orchestrator.advance("19h")
    app.mail_works = False
    for number in range(17):
        orchestrator.send("app/signed.up", {"email": f"new{number}@example.com"})
        orchestrator.advance("3m")
    orchestrator.send("shop/ordered", {"total": 99, "items": ["lamp"]})
    orchestrator.advance("5m")


def pages(orchestrator):
    def run(status, function="acme-campaign"):
        return orchestrator.get(f"/v1/runs?status={status}&function={function}&limit=1")[0]["run_id"]

    failed = run("Failed")
    history = orchestrator.get(f"/v1/runs/{failed}/timeline")["history"]
    step = next(entry["step_id"] for entry in history if entry["kind"] == "step.failed")
    return {
        "runs": "/runs", "run": f"/runs/{failed}?step={step}", "waterfall": f"/runs/{run('Completed')}",
        "failures": "/failures", "function": "/functions/acme-order?span=7d", "clock": "/clock"}


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
