"""Orders of a shop with a small JSON API: `GET {shop_url}/orders?email=…`, `GET {shop_url}/orders/ID`, and
`POST {shop_url}/orders/ID/notes`. An order is
`{"id": "7", "number": "2026-7", "status": "paid", "currency": "EUR", "total": 3290, "placed_at": 1767225600000}`.
"""

import json
from typing import NoReturn
from urllib.parse import quote

from componentize_py_types import Err
from wit_world import exports
from wit_world.exports.commerce import Money, Order
from wit_world.exports.ingress import Reply, Webhook
from wit_world.exports.lifecycle import Info
from wit_world.exports.poller import Batch
from wit_world.imports import config, http
from wit_world.imports.types import ContactView, Failure, RetryAdvice

TOKEN = "shop_token"


def fail(code: str, message: str, advice: RetryAdvice = RetryAdvice.NO_RETRY) -> NoReturn:
    raise Err(Failure(code, message, advice, None))


def ask(method: str, path: str, headers: list[tuple[str, http.Value]] = [], body: object = None) -> http.Response:
    shop = config.get("shop_url") or fail("settings", "shop_url is empty")
    payload = http.Payload_Empty() if body is None else http.Payload_Bytes(json.dumps(body).encode())
    # The token is named, and never enters this program.
    known: list[tuple[str, http.Value]] = [
        ("authorization", http.Value_Bearer(TOKEN)),
        ("content-type", http.Value_Plain("application/json")),
    ]
    return http.fetch(
        http.Request(
            method=method,
            url=f"{shop}/orders{path}",
            headers=[*known, *headers],
            payload=payload,
            timeout_ms=8000,
            max_response_bytes=1 << 20,
        )
    )


def told(response: http.Response):
    if response.status == 429 or response.status >= 500:
        fail(f"http_{response.status}", "try again later", RetryAdvice.RETRY)
    if response.status >= 300:
        fail(f"http_{response.status}", f"the shop answered {response.status}")
    try:
        return json.loads(response.body)
    except ValueError:
        fail("invalid", "the shop answered no JSON")


def order(it) -> Order:
    try:
        total = Money(it["currency"], it["total"])
        return Order(it["id"], it["number"], it["status"], total, it["placed_at"], [], None, [], ["note"])
    except (KeyError, TypeError):
        fail("invalid", "the shop's order lacks something")


class Commerce(exports.Commerce):
    def find_orders(self, who: ContactView, query: str | None, limit: int) -> list[Order]:
        if query is not None:
            found = self.get_order(query)
            return [found] if found else []
        email = next((it.value for it in who.identities if it.scheme == "email"), None)
        if email is None:
            return []
        return [order(it) for it in told(ask("GET", f"?email={quote(email, safe='')}"))[:limit]]

    def get_order(self, id: str) -> Order | None:
        response = ask("GET", f"/{quote(id, safe='')}")
        return None if response.status == 404 else order(told(response))

    def act(self, order_id: str, action: str, args: str, idempotency_key: str) -> str:
        if action != "note":
            fail("invalid", f"the shop knows no {action}")
        headers: list[tuple[str, http.Value]] = [("idempotency-key", http.Value_Plain(idempotency_key))]
        note = {"text": json.loads(args).get("text")}
        told(ask("POST", f"/{quote(order_id, safe='')}/notes", headers, note))
        return json.dumps({"noted": True})


# This shop does not tell of changes.
class Ingress(exports.Ingress):
    def on_webhook(self, w: Webhook) -> Reply:
        return Reply(status=404, headers=[], body=b"", events=[], pull=False)


class Poller(exports.Poller):
    def poll(self, cursor: bytes | None) -> Batch:
        return Batch(events=[], cursor=cursor or b"", more=False, next_in_ms=3_600_000)


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
