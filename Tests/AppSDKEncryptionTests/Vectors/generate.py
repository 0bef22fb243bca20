"""Makes official.json: values encrypted by the official Python package, for EncryptionTests.

    python3 -m venv v && v/bin/pip install inngest==0.5.18 inngest_encryption==0.1.0 && v/bin/python generate.py

inngest and inngest_encryption are under the Apache License 2.0 (https://github.com/inngest/inngest-py); what they
encrypt here is our own, and none of their code is in the result.
"""

import json
import logging
import pathlib

import inngest
from inngest_encryption import EncryptionMiddleware

VALUES = [
    None, True, 0, -1.5, 9007199254740991, "", "plain", "Grüße, 世界 🌍 \"quoted\" \\ \u0000", [], {},
    [1, [2, {"three": 3}]], {"b": 1, "a": {"nested": [None, False]}}, "x" * 10000,
]


def middleware(key):
    client = inngest.Inngest(app_id="vectors", is_production=False, logger=logging.getLogger())
    return EncryptionMiddleware(client, None, key)


def event(key, data):
    sent = inngest.Event(name="vector", data=data)
    middleware(key).before_send_events([sent])
    return sent.data


cases = []
for key in ["secret", "ключ", "a" * 200]:
    cases += [{"key": key, "value": value, "encrypted": middleware(key)._encrypt(value)} for value in VALUES]
events = [
    {"key": "secret", "data": data, "encrypted": event("secret", data)}
    for data in [{"encrypted": {"card": "4242"}, "order": 7}, {"encrypted": "text"}, {"order": 7}]
]
path = pathlib.Path(__file__).with_name("official.json")
path.write_text(json.dumps({"values": cases, "events": events}, ensure_ascii=True, indent=1) + "\n")
