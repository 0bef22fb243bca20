"""A browser, an orchestrator with an app for each test, and a page that fails the test on any error in its console."""

import os
import re

import pytest
from playwright.sync_api import expect, sync_playwright

from durable import App, Orchestrator, Relay

# How long a page may take, in milliseconds: on a machine that is busy with other things it takes much longer.
PATIENCE = 30_000
expect.set_options(timeout=PATIENCE)


def pytest_addoption(parser):
    parser.addoption("--orchestrator", help="the path of the orchestrator's binary")
    parser.addoption("--renew-copied", action="store_true", help="write Tests/CopiedTests anew")


@pytest.fixture(scope="session")
def binary(request):
    return request.config.getoption("--orchestrator")


@pytest.fixture(scope="session")
def browser():
    with sync_playwright() as playwright:
        sandbox = [] if os.getuid() else ["--no-sandbox"]
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=sandbox)
        yield browser
        browser.close()


@pytest.fixture
def orchestrator(binary):
    orchestrator = Orchestrator.dev(binary)
    yield orchestrator
    orchestrator.stop()


@pytest.fixture
def app(orchestrator):
    app = App(orchestrator.origin)
    orchestrator.register(app.url)
    yield app
    app.stop()


@pytest.fixture
def relay(orchestrator):
    relay = Relay(orchestrator.origin)
    yield relay
    relay.stop()


# What a page is told in its console when a test cuts its connection: which one, is a matter of the moment.
CUT = r"net::ERR_(EMPTY_RESPONSE|INCOMPLETE_CHUNKED_ENCODING|CONNECTION_\w+|CONTENT_LENGTH_MISMATCH|SOCKET_NOT_CONNECTED)"


class Watched:
    """A page of the dashboard, and what went wrong in it."""

    def __init__(self, browser, origin, **options):
        self.origin = origin
        self.context = browser.new_context(base_url=origin, viewport={"width": 1280, "height": 800}, **options)
        self.context.set_default_timeout(PATIENCE)
        self.page = self.context.new_page()
        self.problems = []
        self.page.on("console", self.heard)
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("dialog", lambda dialog: (self.problems.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        self.page.on("request", self.asked)

    def heard(self, message):
        # A refusal that the page shows to its user is in the console, too.
        if message.type == "error" and not re.search(rf"status of (4\d\d|503)|{CUT}", message.text):
            self.problems.append(message.text)

    def asked(self, request):
        if not request.url.startswith(self.origin):
            self.problems.append(f"asked another origin: {request.url}")

    def close(self):
        # What a test answers in the server's place is answered to the end: an answer broken off fails the next test.
        self.page.unroute_all(behavior="wait")
        self.context.close()
        assert not self.problems, self.problems


@pytest.fixture
def open_page(browser):
    """Is asked for after what it talks to, so that the pages close first."""
    opened = []

    def open_page(origin, **options):
        watched = Watched(browser, origin, **options)
        opened.append(watched)
        return watched.page

    yield open_page
    for watched in opened:
        watched.close()


@pytest.fixture
def page(orchestrator, app, open_page):
    return open_page(orchestrator.origin)
