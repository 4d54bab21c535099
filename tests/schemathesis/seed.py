#!/usr/bin/env python3
"""Waits for the server, signs in and makes one of everything: `seed.py URL EMAIL PASSWORD`. Prints tokens and ids as JSON.

Random ids only ever find nothing. With the ids of real things, the hooks let three of four requests reach what lies
behind the look-up.
"""

import json
import sys
import time
import urllib.error
import urllib.request

START_SECS_MAX = 30


def call(method, path, body=None, token=None):
    request = urllib.request.Request(URL + path, method=method)
    request.add_header("Content-Type", "application/json")
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(request, data, timeout=10) as answer:
        return json.load(answer)


def wait_until_healthy():
    for _ in range(START_SECS_MAX * 20):
        try:
            urllib.request.urlopen(f"{URL}/healthz", timeout=5).read()
            return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.05)
    raise SystemExit("the server does not start")


def make(path, body, token):
    """Makes one thing; an operation that this version does not have, or wants otherwise, only costs coverage."""
    try:
        return call("POST", path, body, token)
    except urllib.error.HTTPError as error:
        print(f"seed: POST {path}: {error.code} {error.read()[:200]!r}", file=sys.stderr)
        return {}


def ids_of_lists(document, token):
    """The first id of every list that takes no argument, by the path of the list."""
    found = {}
    for path, operations in document["paths"].items():
        if "get" not in operations or "{" in path or not path.startswith("/api/v1/"):
            continue
        try:
            items = call("GET", path, token=token).get("items") or []
            found[path] = items[0]["id"]
        except (urllib.error.HTTPError, IndexError, KeyError, AttributeError, TypeError, ValueError):
            continue
    return found


URL, email, password = sys.argv[1:4]
wait_until_healthy()
token = call("POST", "/api/v1/sessions", {"email": email, "password": password})["token"]
team = make("/api/v1/teams", {"name": "Fuzz"}, token)
make("/api/v1/agents", {"email": "second@example.com", "name": "Second", "role": "agent", "password": "second-4711-pw"}, token)
make("/api/v1/shops", {"name": "Fuzz shop"}, token)
inbox = make("/api/v1/inboxes", {"name": "Fuzz", "channel": "webchat", "settings": {}, "team_id": team.get("id")}, token)
chat = f"/chat/v1/{inbox['id']}"
visitor = make(f"{chat}/sessions", {"name": "访客", "email": "visitor@example.com", "locale": "zh"}, None)
posted = make(f"{chat}/messages", {"text": "你好 hello", "client_id": "seed"}, visitor["visitor_token"])
make("/api/v1/macros", {"name": "Hello", "text": "你好"}, token)
make("/api/v1/webhooks", {"name": "CRM", "url": "https://example.com/hook", "events": ["message.created"]}, token)

# The first rule compiles the engine of rules, if nobody did before.
rule = {"kind": "routing", "source": "def route(conv, candidates, now):\n    return None\n"}
call("PUT", "/api/v1/rules/seed", rule, token=token)
call("POST", "/api/v1/plugins/available/commerce-demo/install", {}, token=token)

document = call("GET", "/api/v1/openapi.json", token=token)
json.dump(
    {
        "token": token,
        "visitor_token": visitor["visitor_token"],
        "inbox": inbox["id"],
        "conversation": posted.get("conversation_id"),
        "lists": ids_of_lists(document, token),
    },
    sys.stdout,
)
