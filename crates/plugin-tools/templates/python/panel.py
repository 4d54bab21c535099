"""A card beside the conversation, and a button on it that marks it for following up."""

import json

from wit_world import exports
from wit_world.exports.lifecycle import Info
from wit_world.exports.panel import Action, Block, Block_Buttons, Block_Facts, Block_Text, Card
from wit_world.imports import commands
from wit_world.imports.types import ConversationView

TAG = "follow-up"


def card(locale: str, marked: bool, messages: int) -> Card:
    def say(english: str, chinese: str) -> str:
        return chinese if locale.startswith("zh") else english

    facts = Block_Facts([(say("Messages", "\u6d88\u606f\u6570"), str(messages))])
    last: Block
    if marked:
        last = Block_Text(say("Will be followed up", "\u5df2\u6807\u8bb0\u8ddf\u8fdb"))
    else:
        last = Block_Buttons([Action(TAG, say("Follow up", "\u6807\u8bb0\u8ddf\u8fdb"), None, "{}")])
    return Card(say("Follow-up", "\u8ddf\u8fdb"), [facts, last], None)


class Panel(exports.Panel):
    def render(self, c: ConversationView, locale: str) -> Card:
        return card(locale, TAG in c.tags, c.message_count)

    def on_action(self, c: ConversationView, locale: str, action_id: str, args: str) -> Card:
        commands.execute(c.id, commands.Command_AddTags([TAG]))
        return card(locale, True, c.message_count)


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
