"""A routing policy that does what the customer's last text says, and starts as its settings say."""

import sys

from wit_world import exports
from wit_world.exports.hooks import Event
from wit_world.exports.lifecycle import Info
from wit_world.exports.routing import Decision, Request, Target, Target_Agent, Target_Next, Target_Wait
from wit_world.imports import config, log

MIB = 1 << 20


def decide(target: Target, reason: str) -> Decision:
    return Decision(target=target, priority=None, add_tags=[], reason=reason)


def wait(reason: str) -> Decision:
    return decide(Target_Wait(), reason)


def endless() -> Decision:
    while True:
        pass


def memory() -> Decision:
    kept: list[bytes] = []
    while True:
        kept.append(b"x" * MIB)


def deeper(depth: int) -> int:
    return deeper(depth + 1) + 1


def recursion() -> Decision:
    # Its own guard would stop it long before the sandbox does.
    sys.setrecursionlimit(1_000_000_000)
    return wait(str(deeper(0)))


def many_tags() -> Decision:
    return Decision(target=Target_Wait(), priority=None, add_tags=[""] * 400_000, reason="")


def host_calls() -> Decision:
    while True:
        config.get("share")


def huge_log() -> Decision:
    log.write(log.Level.INFO, "x" * (12 * MIB), [])
    return wait("")


def output_flood() -> Decision:
    while True:
        log.write(log.Level.INFO, "x" * 1000, [])


def trap() -> Decision:
    raise ValueError("the rule fell over")


BOMBS = {
    "loop": endless,
    "memory": memory,
    "recursion": recursion,
    "huge answer": lambda: wait("x" * (4 * MIB)),
    "many tags": many_tags,
    "bad utf-8": lambda: wait("half a pair \ud800 alone"),
    "host calls": host_calls,
    "huge log": huge_log,
    "output flood": output_flood,
    "trap": trap,
}


class Routing(exports.Routing):
    def route(self, r: Request) -> Decision:
        bomb = BOMBS.get(r.conversation.last_text)
        if bomb:
            return bomb()
        best = min(r.candidates, key=lambda it: it.load, default=None)
        return decide(Target_Agent(best.id), "least busy") if best else decide(Target_Next(), "")


class Lifecycle(exports.Lifecycle):
    def describe(self) -> Info:
        return Info(name="bombs", version="0.1.0")

    def start(self) -> None:
        how = config.get("start")
        if how == "loop":
            endless()
        if how == "trap":
            raise ValueError("no start")

    def migrate(self, from_version: str) -> None:
        pass

    def health(self) -> str:
        return "{}"

    def on_timer(self, key: str, payload: str) -> None:
        pass


class Hooks(exports.Hooks):
    def on_event(self, e: Event) -> None:
        pass
