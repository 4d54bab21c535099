// A channel over JSON webhooks. Your system POSTs messages to the inbox's webhook address:
//   { "id": "m1", "thread": "t1", "from": { "id": "u1", "name": "Ann" }, "text": "Hello", "at": 1767225600000 }
// and gets what agents write at `outgoing_url`:
//   { "key": "...", "thread": "t1", "to": "u1", "text": "Hi" }    answer: { "id": "m2" }
// Both carry `x-signature`, the hex HMAC-SHA256 of the body. The key never enters this program.
import { account, get } from 'plugboard:plugin/config@0.1.0';
import { fetch } from 'plugboard:plugin/http@0.1.0';
import { hmac, verifyHmac } from 'plugboard:plugin/secrets@0.1.0';
import type * as ChannelWorld from 'plugboard:plugin/channel@0.1.0';
import type * as IngressWorld from 'plugboard:plugin/ingress@0.1.0';
import type * as LifecycleWorld from 'plugboard:plugin/lifecycle@0.1.0';
import type { Failure, RetryAdvice } from 'plugboard:plugin/types@0.1.0';

const KEY = 'signing_key';

interface Incoming {
  id: string;
  thread: string;
  from: { id: string; name?: string };
  text: string;
  at: number;
}

function fail(code: string, message: string, advice: RetryAdvice = 'no-retry', retryAfterMs?: number): never {
  const payload: Failure = { code, message, advice, retryAfterMs };
  throw Object.assign(new Error(message), { payload });
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function fromHex(text: string): Uint8Array {
  const pairs = /^([0-9a-f]{2})*$/i.test(text) ? (text.match(/../g) ?? []) : [];
  return Uint8Array.from(pairs, (pair) => parseInt(pair, 16));
}

function parse(body: Uint8Array): Incoming | undefined {
  try {
    const it = JSON.parse(new TextDecoder().decode(body)) as Incoming;
    const whole = [it.id, it.thread, it.from?.id, it.text].every((part) => typeof part === 'string');
    return whole && Number.isSafeInteger(it.at) && it.at >= 0 ? it : undefined;
  } catch {
    return undefined;
  }
}

function answer(status: number, events: IngressWorld.Reply['events'] = []): IngressWorld.Reply {
  return { status, headers: [], body: new Uint8Array(), events, pull: false };
}

export const ingress: typeof IngressWorld = {
  onWebhook(webhook) {
    const signature = webhook.headers.find(([name]) => name.toLowerCase() === 'x-signature')?.[1] ?? '';
    if (!verifyHmac('sha256', KEY, webhook.body, fromHex(signature))) return answer(401);
    const message = parse(webhook.body);
    if (!message) return answer(400);
    return answer(200, [
      {
        tag: 'message',
        val: {
          dedupeKey: message.id,
          threadKey: message.thread,
          sender: { scheme: 'json', scope: account(), value: message.from.id, displayName: message.from.name, verified: false },
          sentAt: BigInt(message.at),
          parts: [{ tag: 'text', val: message.text }],
          replyTo: undefined,
          extras: [],
        },
      },
    ]);
  },
};

export const channel: typeof ChannelWorld = {
  describeChannel() {
    return { media: [], maxText: 4096, maxAttachmentBytes: 0n, html: false, typing: false, receipts: 'sent', window: undefined };
  },

  send(message) {
    const text = message.parts.flatMap((part) => (part.tag === 'text' ? [part.val] : [])).join('\n');
    const body = new TextEncoder().encode(
      JSON.stringify({ key: message.idempotencyKey, thread: message.threadKey, to: message.to.value, text }),
    );
    const response = fetch({
      method: 'POST',
      url: get('outgoing_url') ?? fail('settings', 'outgoing_url is empty'),
      headers: [
        ['content-type', { tag: 'plain', val: 'application/json' }],
        ['x-signature', { tag: 'plain', val: hex(hmac('sha256', KEY, body)) }],
      ],
      payload: { tag: 'bytes', val: body },
      timeoutMs: 8000,
      maxResponseBytes: 65536,
    });
    if (response.status === 429 || response.status >= 500) {
      const seconds = Number(response.headers.find(([name]) => name.toLowerCase() === 'retry-after')?.[1]);
      const wait = seconds > 0 ? Math.min(Math.ceil(seconds * 1000), 86_400_000) : undefined;
      fail(`http_${response.status}`, 'try again later', 'retry', wait);
    }
    if (response.status === 404) fail('not-found', 'the other side knows no such customer');
    if (response.status >= 300) fail(`http_${response.status}`, `the receiver answered ${response.status}`);
    let id: unknown;
    try {
      id = (JSON.parse(new TextDecoder().decode(response.body)) as { id?: unknown }).id;
    } catch {
      id = undefined;
    }
    // Whoever answers 2xx took the message; our own key serves as its id if there is none.
    return { providerId: typeof id === 'string' ? id : message.idempotencyKey, events: [] };
  },

  connect() {
    return JSON.stringify({ outgoing_url: get('outgoing_url') });
  },

  disconnect() {},
};

export const lifecycle: typeof LifecycleWorld = {
  describe: () => ({ name: 'typescript-channel', version: '0.1.0' }),
  start() {},
  migrate() {},
  health: () => JSON.stringify({ ok: true }),
  onTimer() {},
};
