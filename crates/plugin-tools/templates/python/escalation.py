"""Tells the owner, and raises the priority, when a contact has waited too long."""

from wit_world import exports
from wit_world.exports.escalation import Action_Notify, Action_RaisePriority, Answer, Audience_Owner, Request
from wit_world.imports import config


class Escalation(exports.Escalation):
    def escalate(self, r: Request) -> Answer:
        minutes = int(config.get("minutes") or "5")
        since = r.conversation.waiting_since
        if since is None:
            return Answer([], 0, None, "nobody waits")
        due = since + minutes * 60_000
        if r.now < due:
            return Answer([], 0, due - r.now, "not yet")
        if r.level > 0:
            return Answer([], r.level, None, "was told")
        text = f"A contact has waited {minutes} minutes"
        return Answer([Action_Notify((Audience_Owner(), text)), Action_RaisePriority(2)], 1, None, "waited too long")
