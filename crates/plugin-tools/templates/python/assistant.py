"""Suggests answers from a list: each line of the setting `answers` is `word = answer`."""

import json

from wit_world import exports
from wit_world.exports.assistant import Suggestion, Turn
from wit_world.exports.lifecycle import Info
from wit_world.imports import config
from wit_world.imports.types import ConversationView


class Assistant(exports.Assistant):
    def suggest(self, c: ConversationView, turns: list[Turn], max: int) -> list[Suggestion]:
        said = c.last_text.lower()
        pairs = [line.partition("=") for line in (config.get("answers") or "").splitlines()]
        fitting = [answer.strip() for word, _, answer in pairs if word.strip() and word.strip().lower() in said]
        return [Suggestion(text, 0.75, []) for text in fitting[:max]]


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
