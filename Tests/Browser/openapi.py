"""The server against its own OpenAPI document, with requests that schemathesis makes up.

Usage: openapi.py PATH_OF_ORCHESTRATOR. No answer may be a 5xx, none may have another shape or status than documented.
"""

import pathlib
import subprocess
import sys

from durable import App, Orchestrator

def main():
    orchestrator = Orchestrator.dev(sys.argv[1])
    app = App(orchestrator.origin)
    try:
        orchestrator.register(app.url)
        app.mail_works = False
        orchestrator.send("app/signed.up", {"email": "a@example.com"})
        orchestrator.send("app/echo", {"value": {"a": [1, None, "x"]}})
        orchestrator.advance("5s")
        return subprocess.call([
            str(pathlib.Path(sys.executable).parent / "schemathesis"), "run", f"{orchestrator.origin}/openapi.json",
            "--checks", "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance",
            "--phases", "examples,coverage,fuzzing", "--max-examples", "15", "--max-time", "25",
            "--request-timeout", "20", "--generation-deterministic", "--no-color",
            # Streams do not end, the clock may have years to go, and made-up URLs are not to be called.
            "--exclude-path", "/v1/live", "--exclude-operation-id", "moveClock", "--exclude-operation-id", "syncApp"])
    finally:
        app.stop()
        orchestrator.stop()


sys.exit(main())
