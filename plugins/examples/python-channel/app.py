"""A channel over JSON webhooks. Your system POSTs messages to the inbox's webhook address:

    {"id": "m1", "thread": "t1", "from": {"id": "u1", "name": "Ann"}, "text": "Hello", "at": 1767225600000}

and gets what agents write at `outgoing_url`:

    {"key": "...", "thread": "t1", "to": "u1", "text": "Hi"}    answer: {"id": "m2"}

Both carry `x-signature`, the hex HMAC-SHA256 of the body. The key never enters this program.
"""

import json
from typing import NoReturn

from componentize_py_types import Err
from wit_world import exports
from wit_world.exports.channel import Capabilities, Sent
from wit_world.exports.ingress import Reply, Webhook
from wit_world.exports.lifecycle import Info
from wit_world.imports import config, http, secrets
from wit_world.imports.types import (
    Body_Text,
    ChannelEvent_Message,
    Failure,
    Identity,
    Inbound,
    Outbound,
    RetryAdvice,
)

KEY = "signing_key"


def fail(
    code: str, message: str, advice: RetryAdvice = RetryAdvice.NO_RETRY, retry_after_ms: int | None = None
) -> NoReturn:
    raise Err(Failure(code, message, advice, retry_after_ms))


def wait_ms(response: http.Response) -> int | None:
    """What the other side says of when to come back."""
    said = next((value for name, value in response.headers if name.lower() == "retry-after"), "")
    return min(int(said) * 1000, 86_400_000) if said.isdecimal() and len(said) < 10 else None


def answer(status: int, events=()) -> Reply:
    return Reply(status=status, headers=[], body=b"", events=list(events), pull=False)


def message(body: bytes) -> Inbound | None:
    try:
        it = json.loads(body)
        sender = Identity("json", config.account(), it["from"]["id"], it["from"].get("name"), False)
        texts = [it["id"], it["thread"], sender.value, it["text"]]
        if not all(isinstance(text, str) for text in texts) or not isinstance(it["at"], int) or it["at"] < 0:
            return None
        return Inbound(it["id"], it["thread"], sender, it["at"], [Body_Text(it["text"])], None, [])
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


class Ingress(exports.Ingress):
    def on_webhook(self, w: Webhook) -> Reply:
        signature = next((value for name, value in w.headers if name.lower() == "x-signature"), "")
        try:
            given = bytes.fromhex(signature)
        except ValueError:
            given = b""
        if not secrets.verify_hmac(secrets.Hash.SHA256, KEY, w.body, given):
            return answer(401)
        inbound = message(w.body)
        return answer(200, [ChannelEvent_Message(inbound)]) if inbound else answer(400)


class Channel(exports.Channel):
    def describe_channel(self) -> Capabilities:
        return Capabilities([], 4096, 0, False, False, "sent", None)

    def send(self, m: Outbound) -> Sent:
        text = "\n".join(part.value for part in m.parts if isinstance(part, Body_Text))
        fields = {"key": m.idempotency_key, "thread": m.thread_key, "to": m.to.value, "text": text}
        body = json.dumps(fields, ensure_ascii=False).encode()
        signature = secrets.hmac(secrets.Hash.SHA256, KEY, body).hex()
        response = http.fetch(
            http.Request(
                method="POST",
                url=config.get("outgoing_url") or fail("settings", "outgoing_url is empty"),
                headers=[
                    ("content-type", http.Value_Plain("application/json")),
                    ("x-signature", http.Value_Plain(signature)),
                ],
                payload=http.Payload_Bytes(body),
                timeout_ms=8000,
                max_response_bytes=65536,
            )
        )
        if response.status == 429 or response.status >= 500:
            fail(f"http_{response.status}", "try again later", RetryAdvice.RETRY, wait_ms(response))
        if response.status == 404:
            fail("not-found", "the other side knows no such customer")
        if response.status >= 300:
            fail(f"http_{response.status}", f"the receiver answered {response.status}")
        try:
            provider_id = json.loads(response.body)["id"]
        except (ValueError, KeyError, TypeError):
            provider_id = None
        # Whoever answers 2xx took the message; our own key serves as its id if there is none.
        return Sent(provider_id if isinstance(provider_id, str) else m.idempotency_key, [])

    def connect(self) -> str:
        return json.dumps({"outgoing_url": config.get("outgoing_url")})

    def disconnect(self) -> None:
        pass


class Lifecycle(exports.Lifecycle):
    def describe(self) -> Info:
        return Info("python-channel", "0.1.0")

    def start(self) -> None:
        pass

    def migrate(self, from_version: str) -> None:
        pass

    def health(self) -> str:
        return json.dumps({"ok": True})

    def on_timer(self, key: str, payload: str) -> None:
        pass
