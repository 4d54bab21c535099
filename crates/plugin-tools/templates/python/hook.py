"""Tells another system that a conversation was resolved."""

import json

from componentize_py_types import Err
from wit_world import exports
from wit_world.exports.hooks import Event
from wit_world.exports.lifecycle import Info
from wit_world.imports import config, http
from wit_world.imports.types import Failure, RetryAdvice


class Hooks(exports.Hooks):
    def on_event(self, e: Event) -> None:
        if e.conversation is None:
            return
        # The same event may come again: the other side knows it by its number.
        told = {"seq": e.seq, "name": e.name, "conversation": e.conversation.id}
        response = http.fetch(
            http.Request(
                method="POST",
                url=config.get("url") or "",
                headers=[("content-type", http.Value_Plain("application/json"))],
                payload=http.Payload_Bytes(json.dumps(told).encode()),
                timeout_ms=8000,
                max_response_bytes=65536,
            )
        )
        if response.status >= 300:
            passes = response.status == 429 or response.status >= 500
            advice = RetryAdvice.RETRY if passes else RetryAdvice.NO_RETRY
            raise Err(Failure(f"http_{response.status}", "the other system did not take it", advice, None))


class Lifecycle(exports.Lifecycle):
    def describe(self) -> Info:
        return Info("{{name}}", "0.1.0")

    def start(self) -> None:
        pass

    def migrate(self, from_version: str) -> None:
        pass

    def health(self) -> str:
        return json.dumps({"ok": True})

    def on_timer(self, key: str, payload: str) -> None:
        pass
