#!/usr/bin/env python3
"""The other side of the channel, and the agent who answers.

`receive PORT FILE` takes what the desk sends, and writes a line for each request; `token URL EMAIL PASSWORD` waits for the desk and
prints a session's token; `prove URL TOKEN FILE` checks that the message became a conversation, answers it, and waits for the answer;
`talk URL TOKEN PAGE` does the same on the page on which one is a customer of a provider that is played.
"""

import hashlib
import hmac
import http.server
import json
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

SECS_MAX = 60


def call(url, method, path, body=None, token=None):
    request = urllib.request.Request(url + path, method=method)
    request.add_header("Content-Type", "application/json")
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(request, data, timeout=30) as answer:
        return json.load(answer)


def wait(what, look):
    """What `look` finds, once it finds something."""
    end = time.monotonic() + SECS_MAX
    while time.monotonic() < end:
        try:
            found = look()
        except (urllib.error.URLError, ConnectionError, FileNotFoundError):
            found = None
        if found:
            return found
        time.sleep(0.1)
    raise SystemExit(f"{what}: not within {SECS_MAX} s")


def receive(port, file):
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            right = hmac.new(b"secret", body, hashlib.sha256).hexdigest()
            line = {"signed": self.headers.get("x-signature") == right, "body": json.loads(body)}
            with Path(file).open("a") as out:
                out.write(json.dumps(line) + "\n")
            answer = b'{"id": "m2"}'
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_):
            pass

    http.server.HTTPServer(("127.0.0.1", int(port)), Handler).serve_forever()


def token(url, email, password):
    wait("the desk starts", lambda: urllib.request.urlopen(f"{url}/healthz", timeout=5).read())
    session = call(url, "POST", "/api/v1/sessions", {"email": email, "password": password})
    print(session["token"])


def prove(url, token, file):
    def get(path):
        return call(url, "GET", path, token=token)["items"]

    conversations = get("/api/v1/conversations")
    assert len(conversations) == 1, conversations
    messages = f"/api/v1/conversations/{conversations[0]['id']}/messages"
    texts = [it["text"] for it in get(messages) if it["text"]]
    assert "Hello" in texts, texts
    call(url, "POST", messages, {"kind": "reply", "text": "Hi Ann", "client_id": "ten-minutes"}, token)
    sent = wait("the answer reaches the other side", lambda: Path(file).read_text().splitlines())
    line = json.loads(sent[0])
    assert line["signed"], line
    body = line["body"]
    assert (body["thread"], body["to"], body["text"]) == ("t1", "u1", "Hi Ann"), body


def talk(url, token, page):
    base, provider = page.rstrip("/").rsplit("/", 1)
    control = f"/control/{provider}"
    call(base, "POST", f"{control}/say", {"person": "customer-1", "name": "Bea", "text": "Is it there?"})

    def arrived():
        conversations = call(url, "GET", "/api/v1/conversations", token=token)["items"]
        return [it["id"] for it in conversations if it["contact"]["name"] == "Bea"]

    conversation = wait("what Bea wrote becomes a conversation", arrived)[0]
    messages = f"/api/v1/conversations/{conversation}/messages"
    call(url, "POST", messages, {"kind": "reply", "text": "Hi Bea", "client_id": "talk"}, token)

    def answered():
        lines = call(base, "GET", f"{control}/lines?person=customer-1")
        return [it for it in lines if not it["from_person"]]

    assert wait("Bea is answered", answered)[0]["text"] == "Hi Bea"


if __name__ == "__main__":
    {"receive": receive, "token": token, "prove": prove, "talk": talk}[sys.argv[1]](*sys.argv[2:])
