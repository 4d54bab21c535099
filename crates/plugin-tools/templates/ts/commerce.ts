// Orders of a shop with a small JSON API: `GET {shop_url}/orders?email=…`, `GET {shop_url}/orders/ID`, and
// `POST {shop_url}/orders/ID/notes`. An order is
// { "id": "7", "number": "2026-7", "status": "paid", "currency": "EUR", "total": 3290, "placed_at": 1767225600000 }.
import { get } from 'plugboard:plugin/config@0.1.0';
import { fetch } from 'plugboard:plugin/http@0.1.0';
import type * as CommerceWorld from 'plugboard:plugin/commerce@0.1.0';
import type * as HttpWorld from 'plugboard:plugin/http@0.1.0';
import type * as IngressWorld from 'plugboard:plugin/ingress@0.1.0';
import type * as LifecycleWorld from 'plugboard:plugin/lifecycle@0.1.0';
import type * as PollerWorld from 'plugboard:plugin/poller@0.1.0';
import type { Failure, RetryAdvice } from 'plugboard:plugin/types@0.1.0';

const TOKEN = 'shop_token';

interface Told {
  id: string;
  number: string;
  status: string;
  currency: string;
  // In the smallest unit.
  total: number;
  placed_at: number;
}

function fail(code: string, message: string, advice: RetryAdvice = 'no-retry'): never {
  const payload: Failure = { code, message, advice };
  throw Object.assign(new Error(message), { payload });
}

function ask(method: string, path: string, headers: HttpWorld.Request['headers'] = [], body?: unknown): HttpWorld.Response {
  const shop = get('shop_url') ?? fail('settings', 'shop_url is empty');
  return fetch({
    method,
    url: `${shop}/orders${path}`,
    // The token is named, and never enters this program.
    headers: [
      ['authorization', { tag: 'bearer', val: TOKEN }],
      ['content-type', { tag: 'plain', val: 'application/json' }],
      ...headers,
    ],
    payload: body === undefined ? { tag: 'empty' } : { tag: 'bytes', val: new TextEncoder().encode(JSON.stringify(body)) },
    timeoutMs: 8000,
    maxResponseBytes: 1 << 20,
  });
}

function told(response: HttpWorld.Response): unknown {
  if (response.status === 429 || response.status >= 500) fail(`http_${response.status}`, 'try again later', 'retry');
  if (response.status >= 300) fail(`http_${response.status}`, `the shop answered ${response.status}`);
  try {
    return JSON.parse(new TextDecoder().decode(response.body));
  } catch {
    return fail('invalid', 'the shop answered no JSON');
  }
}

function order(it: Told): CommerceWorld.Order {
  return {
    id: it.id,
    number: it.number,
    status: it.status,
    total: { currency: it.currency, minor: BigInt(it.total) },
    placedAt: BigInt(it.placed_at),
    lines: [],
    url: undefined,
    tracking: [],
    actions: ['note'],
  };
}

function getOrder(id: string): CommerceWorld.Order | undefined {
  const response = ask('GET', `/${encodeURIComponent(id)}`);
  return response.status === 404 ? undefined : order(told(response) as Told);
}

export const commerce: typeof CommerceWorld = {
  findOrders(who, query, limit) {
    if (query !== undefined) {
      const found = getOrder(query);
      return found ? [found] : [];
    }
    const email = who.identities.find((it) => it.scheme === 'email')?.value;
    if (email === undefined) return [];
    const all = told(ask('GET', `?email=${encodeURIComponent(email)}`)) as Told[];
    return all.slice(0, limit).map(order);
  },

  getOrder,

  act(orderId, action, args, idempotencyKey) {
    if (action !== 'note') fail('invalid', `the shop knows no ${action}`);
    const note = { text: (JSON.parse(args) as { text?: string }).text };
    told(ask('POST', `/${encodeURIComponent(orderId)}/notes`, [['idempotency-key', { tag: 'plain', val: idempotencyKey }]], note));
    return JSON.stringify({ noted: true });
  },
};

// This shop does not tell of changes.
export const ingress: typeof IngressWorld = {
  onWebhook: () => ({ status: 404, headers: [], body: new Uint8Array(), events: [], pull: false }),
};

export const poller: typeof PollerWorld = {
  poll: (cursor) => ({ events: [], cursor: cursor ?? new Uint8Array(), more: false, nextInMs: 3_600_000 }),
};

export const lifecycle: typeof LifecycleWorld = {
  describe: () => ({ name: '{{name}}', version: '0.1.0' }),
  start() {},
  migrate() {},
  health: () => JSON.stringify({ ok: true }),
  onTimer() {},
};
