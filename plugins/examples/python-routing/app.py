"""The agent who helped last, else the least busy one who speaks the language."""

from wit_world import exports
from wit_world.exports.routing import Candidate, Decision, Request, Target, Target_Agent, Target_Wait
from wit_world.imports import config


def decide(target: Target, reason: str) -> Decision:
    return Decision(target=target, priority=None, add_tags=[], reason=reason)


class Routing(exports.Routing):
    def route(self, r: Request) -> Decision:
        required = set(r.required_skills)

        def able(it: Candidate) -> bool:
            return it.online and it.in_scope and not it.passed and it.load < it.capacity and required <= set(it.skills)

        free = [it for it in r.candidates if able(it)]
        last = next((it for it in free if it.id == r.previous_agent), None)
        if last and config.get("prefer_last_agent") != "false":
            return decide(Target_Agent(last.id), "returning customer")
        language = (r.conversation.language or "").split("-")[0]
        speakers = [it for it in free if language in it.skills]
        best = min(speakers or free, key=lambda it: (it.load / it.capacity, it.id), default=None)
        if best is None:
            return decide(Target_Wait(), "nobody is free")
        return decide(Target_Agent(best.id), f"least busy ({best.load}/{best.capacity})")
