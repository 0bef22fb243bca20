"""What "Copy as a test" gives, letter by letter, is what stands in Tests/CopiedTests. There `swift test` compiles it and
runs it against the same app.

`--renew-copied` writes the files anew."""

import datetime
import pathlib
import re

import pytest

from durable import SwiftApp

FOLDER = pathlib.Path(__file__).parents[1] / "CopiedTests"


@pytest.fixture
def swift_app(orchestrator, binary):
    app = SwiftApp(pathlib.Path(binary).parent / "CopiedApp", orchestrator)
    yield app
    app.stop()


def make_runs(orchestrator):
    """A run of each function."""
    def send(name, data, span):
        orchestrator.send(name, data)
        orchestrator.advance(span)

    send("app/signed.up", {"email": 'quo"te@example.com'}, "25h")
    send("mail/clicked", {"email": 'quo"te@example.com'}, "1s")
    orchestrator.request("POST", "/v1/signals", {"signal": "consent", "data": True})
    send("app/asked", {}, "7h")
    send("app/uploaded", {}, "1s")
    send("app/scanned", {"text": "x" * 40_000}, "1s")
    send("app/rested", {}, "2h")
    rested = next(run["run_id"] for run in orchestrator.get("/v1/runs") if run["function"] == "acme-rest")
    orchestrator.request("DELETE", f"/v1/runs/{rested}")
    for name in ["shop/paid", "app/imported", "app/broke", "app/quoted", "shop/ordered"]:
        send(name, {}, "10m")
    for number in range(3):
        orchestrator.send("app/batched", {"number": number})
    # The report sleeps for longer than a week: the next one is under way when it ends.
    orchestrator.advance("16d")


def seconds(time):
    return int(datetime.datetime.fromisoformat(time).timestamp())


def test_a_run_of_each_kind_becomes_the_test_that_is_known_to_pass(page_of_swift_app, orchestrator, request):
    page = page_of_swift_app
    make_runs(orchestrator)
    runs = {run["function"].removeprefix("acme-"): run for run in orchestrator.get("/v1/runs?limit=100")}
    copied = {}
    for name, run in runs.items():
        page.goto(f"/runs/{run['run_id']}")
        page.get_by_role("button", name="Copy as a test").click()
        text = page.get_by_role("dialog").locator("pre").text_content()
        if "cron" in run:
            # The tick is another one each week: the second before it, whichever it is.
            text, replaced = re.subn(rf"1970: {seconds(run['queued_at']) - 1}\)", "1970: 1767603599)", text)
            assert replaced == 1
        copied[f"{name.capitalize()}RunTests.swift"] = text
    if request.config.getoption("--renew-copied"):
        for name, text in copied.items():
            (FOLDER / name).write_text(text)
    assert copied == {path.name: path.read_text() for path in FOLDER.glob("*RunTests.swift")}


@pytest.fixture
def page_of_swift_app(orchestrator, swift_app, open_page):
    return open_page(orchestrator.origin)
