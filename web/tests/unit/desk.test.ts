// The whole client against a server that is only functions: gaps, sending, conflicts, resync.
import { beforeEach, describe, expect, it, vi } from 'vitest';

import type { Conversation, Me, Message } from '../../src/protocol/api.ts';
import { Desk } from '../../src/sync/desk.svelte.ts';
import { Api, ApiError } from '../../src/sync/http.ts';
import { MemoryShelf } from '../../src/sync/outbox.ts';
import { conversation, event, ME, message, wrote } from './builders.ts';

type Handler = (path: string, body: Record<string, unknown>) => unknown;

let handlers: Record<string, Handler>;
let calls: { method: string; path: string; body: Record<string, unknown> }[];
let ws: { says(frame: unknown): void; breaks(): void; sent: unknown[] };
let shelf: MemoryShelf;
let desk: Desk;
let ids: number;

function fail(status: number, code: string, unseen: Message[] = []): never {
  throw new ApiError(status, code as 'conflict', code, unseen);
}

class TestApi extends Api {
  constructor() {
    super();
    const answer = async (method: string, path: string, body: unknown = {}) => {
      calls.push({ method, path, body: body as Record<string, unknown> });
      const key = Object.keys(handlers).find((it) => new RegExp(`^${it}$`).test(`${method} ${path.split('?')[0]}`));
      return key ? handlers[key]!(path, body as Record<string, unknown>) : { items: [], next_cursor: null };
    };
    this.get = ((path: string, query: Record<string, string>) => answer('GET', path, query)) as never;
    this.post = ((path: string, body: unknown) => answer('POST', path, body)) as never;
    this.put = ((path: string, body: unknown) => answer('PUT', path, body)) as never;
  }
}

const settle = async () => {
  for (let i = 0; i < 20; i += 1) await Promise.resolve();
};

function make() {
  const sockets: (typeof ws)[] = [];
  desk = new Desk(
    new TestApi(),
    {
      open: () => {
        const fake = { readyState: 1, sent: [] as unknown[], onopen: null, onclose: null as null | (() => void), onmessage: null as null | ((e: unknown) => void), send: (data: string) => fake.sent.push(JSON.parse(data)), close: () => {}, says: (frame: unknown) => fake.onmessage?.({ data: JSON.stringify(frame) }), breaks: () => fake.onclose?.() };
        ws = fake;
        sockets.push(fake);
        return fake as never;
      },
      now: () => performance.now(),
      random: () => 0,
      setTimeout: (run, ms) => setTimeout(run, ms) as unknown as number,
      clearTimeout: (id) => clearTimeout(id),
      nextFrame: (run) => run(),
      newId: () => `client_${(ids += 1)}`,
    },
    shelf,
  );
  return desk.start({ id: ME, name: 'Me', permissions: [] } as unknown as Me);
}

function live(head = 10) {
  ws.says({ type: 'hello', head, server: '1', now: new Date().toISOString() });
  ws.says({ type: 'caught_up', head });
}

beforeEach(async () => {
  vi.useFakeTimers();
  ids = 0;
  calls = [];
  handlers = {};
  shelf = new MemoryShelf();
  await make();
});

describe('live', () => {
  it('fetches conversations that it does not know together, and folds what came meanwhile on top', async () => {
    live();
    handlers['GET /conversations'] = () => ({ items: [conversation('a', { seq: 11 }), conversation('b', { seq: 12 })], next_cursor: null });
    ws.says(wrote(11, 'a'));
    ws.says(wrote(12, 'b'));
    ws.says(wrote(13, 'a'));
    await vi.advanceTimersByTimeAsync(200);
    const fetches = calls.filter((it) => it.path === '/conversations' && it.body.ids);
    expect(fetches).toHaveLength(1);
    expect(fetches[0]?.body.ids).toBe('a,b');
    expect(desk.store.get('a')).toMatchObject({ seq: 13, message_count: 1 });
    expect(desk.store.get('b')?.seq).toBe(12);
  });

  it('misses nothing that happens while a thread is being read', async () => {
    live();
    desk.store.put(conversation('a'));
    let answer: (page: unknown) => void = () => {};
    handlers['GET /conversations/a/messages'] = () => new Promise((resolve) => (answer = resolve));
    const thread = desk.thread('a');
    await settle();
    ws.says(wrote(12, 'a'));
    answer({ items: [message('a', 9)], next_cursor: null });
    await settle();
    expect(thread.messages.map((it) => it.seq)).toEqual([9, 12]);
  });

  it('reads lists and threads again after a resync, then goes on at the head', async () => {
    live();
    handlers['GET /conversations'] = () => ({ items: [conversation('a', { seq: 50 })], next_cursor: null });
    handlers['GET /conversations/a/messages'] = () => ({ items: [message('a', 49)], next_cursor: null });
    const list = desk.openList({ status: 'open' });
    desk.thread('a');
    await settle();
    calls = [];
    ws.says({ type: 'resync', head: 60 });
    await settle();
    expect(calls.filter((it) => it.path === '/conversations' && !it.body.ids)).toHaveLength(1);
    expect(calls.filter((it) => it.path === '/conversations/a/messages')).toHaveLength(1);
    expect(ws.sent.at(-1)).toEqual({ type: 'subscribe', since: 60 });
    expect(desk.connection).toBe('catching_up');
    ws.says({ type: 'caught_up', head: 60 });
    expect(desk.connection).toBe('live');
    expect(list.order).toEqual(['a']);
  });

  it('shows typing until the message comes or six seconds have passed', () => {
    live();
    desk.store.put(conversation('a'));
    const typing = { type: 'ephemeral', what: 'typing', conversation_id: 'a', agents: [], contact: true };
    ws.says(typing);
    expect(desk.presence.of('a').contactTyping).toBe(true);
    ws.says(wrote(11, 'a'));
    expect(desk.presence.of('a').contactTyping).toBe(false);
    ws.says(typing);
    vi.advanceTimersByTime(6500);
    desk.tick();
    expect(desk.presence.of('a').contactTyping).toBe(false);
  });
});

describe('sending', () => {
  const outgoing = { kind: 'reply' as const, text: '您好', attachments: [] };

  beforeEach(async () => {
    live();
    desk.store.put(conversation('a', { seq: 10 }));
    handlers['GET /conversations/a/messages'] = () => ({ items: [message('a', 10)], next_cursor: null });
    desk.thread('a');
    await settle();
  });

  it('shows the message at once and knows its echo', async () => {
    let answer: (it: Message) => void = () => {};
    handlers['POST /conversations/a/messages'] = () => new Promise((resolve) => (answer = resolve as never));
    void desk.send('a', outgoing);
    await settle();
    expect(desk.thread('a').pending).toMatchObject([{ state: 'sending', client_id: 'client_1' }]);
    const stored = message('a', 11, { kind: 'outbound', author: { type: 'agent', id: ME }, client_id: 'client_1', text: '您好' });
    ws.says(event(11, 'message.created', 'a', { message: stored, waiting: { on: 'contact', since: null } }));
    expect(desk.thread('a').pending).toEqual([]);
    answer(stored);
    await settle();
    expect(desk.thread('a').messages.filter((it) => it.client_id === 'client_1')).toHaveLength(1);
    expect(await shelf.all()).toEqual([]);
  });

  it('sends what the agent has seen along', async () => {
    handlers['POST /conversations/a/messages'] = (_, body) => message('a', 11, { client_id: body.client_id as string });
    await desk.send('a', outgoing);
    expect(calls.find((it) => it.method === 'POST')?.body).toMatchObject({ seen_seq: 10, client_id: 'client_1', kind: 'reply' });
  });

  it('holds a reply back when somebody wrote meanwhile, shows what is new, keeps the text, and can send it again', async () => {
    const unseen = message('a', 11, { text: '等等' });
    handlers['POST /conversations/a/messages'] = () => fail(409, 'conflict', [unseen]);
    await desk.send('a', outgoing);
    const thread = desk.thread('a');
    expect(thread.pending).toMatchObject([{ state: 'conflict', text: '您好' }]);
    expect(thread.unseen).toEqual([unseen]);
    expect(thread.messages.at(-1)).toEqual(unseen);
    handlers['POST /conversations/a/messages'] = (_, body) => message('a', 12, { kind: 'outbound', author: { type: 'agent', id: ME }, client_id: body.client_id as string });
    await desk.sendAgain(thread.pending[0]!);
    expect(calls.at(-1)?.body).toMatchObject({ seen_seq: 11, client_id: 'client_1' });
    expect(thread.pending).toEqual([]);
  });

  it('keeps a message that did not get through and sends it with the same id after catching up', async () => {
    handlers['POST /conversations/a/messages'] = () => fail(0, 'unavailable');
    await desk.send('a', outgoing);
    expect(desk.thread('a').pending).toMatchObject([{ state: 'waiting' }]);
    expect(await shelf.all()).toHaveLength(1);
    handlers['POST /conversations/a/messages'] = (_, body) => message('a', 12, { kind: 'outbound', author: { type: 'agent', id: ME }, client_id: body.client_id as string });
    ws.breaks();
    await vi.advanceTimersByTimeAsync(2000);
    live(12);
    await settle();
    expect(calls.filter((it) => it.method === 'POST').map((it) => it.body.client_id)).toEqual(['client_1', 'client_1']);
    expect(desk.thread('a').pending).toEqual([]);
    expect(await shelf.all()).toEqual([]);
  });

  it('says so when the server refuses, and loses no text', async () => {
    handlers['POST /conversations/a/messages'] = () => fail(422, 'invalid');
    await desk.send('a', outgoing);
    const [pending] = desk.thread('a').pending;
    expect(pending).toMatchObject({ state: 'failed', text: '您好' });
    await desk.withdraw(pending!);
    expect(await shelf.all()).toEqual([]);
  });

  it('sends two quick messages one after the other', async () => {
    const order: string[] = [];
    const answers: (() => void)[] = [];
    handlers['POST /conversations/a/messages'] = (_, body) =>
      new Promise((resolve) => {
        order.push(body.text as string);
        answers.push(() => resolve(message('a', 10 + order.length, { kind: 'outbound', author: { type: 'agent', id: ME }, client_id: body.client_id as string })));
      });
    void desk.send('a', { ...outgoing, text: 'one' });
    void desk.send('a', { ...outgoing, text: 'two' });
    await settle();
    expect(order).toEqual(['one']);
    answers[0]!();
    await settle();
    expect(order).toEqual(['one', 'two']);
  });

  it('blocks while the connection catches up', () => {
    const thread = desk.thread('a');
    expect(desk.isCaughtUp(thread)).toBe(true);
    ws.breaks();
    expect(desk.isCaughtUp(thread)).toBe(false);
  });

  it('brings unsent text back after a crash; what is old is not sent by itself', async () => {
    const old = { client_id: 'old', conversation_id: 'a', kind: 'reply' as const, text: 'alt', attachments: [], send_at: null, seen_seq: 1, at: new Date(Date.now() - 3_600_000).toISOString(), state: 'waiting' as const, error: null };
    await shelf.put(old);
    calls = [];
    await make();
    live();
    await settle();
    expect(desk.thread('a').pending).toMatchObject([{ client_id: 'old', state: 'failed' }]);
    expect(calls.filter((it) => it.method === 'POST')).toEqual([]);
  });
});

describe('a list', () => {
  const page = (items: Conversation[]) => ({ items, next_cursor: null });
  const cnv = (id: string, secs: number, change: Partial<Conversation> = {}) => conversation(id, { last_activity_at: new Date(Date.parse('2026-11-22T08:00:00Z') + secs * 1000).toISOString().replace('Z', '000Z'), ...change });

  it('takes in what begins to fit, lets go what does not, and moves only when it may', async () => {
    live();
    handlers['GET /conversations'] = () => page([cnv('b', 2), cnv('a', 1)]);
    const list = desk.openList({ status: 'open' });
    await settle();
    expect(list.order).toEqual(['b', 'a']);
    list.hold.pointerInside = true;
    ws.says(wrote(11, 'a'));
    ws.says(event(12, 'conversation.created', 'c', { conversation: cnv('c', 5) }));
    desk.tick();
    expect(list.order).toEqual(['b', 'a']);
    expect(list.updates).toBe(2);
    list.hold.pointerInside = false;
    await vi.advanceTimersByTimeAsync(1100);
    desk.tick();
    expect(list.order).toEqual(['a', 'c', 'b']);
    expect(list.updates).toBe(0);
    ws.says(event(13, 'conversation.status_changed', 'b', { status: 'resolved', waiting: { on: 'nobody', since: null } }));
    expect(list.isMember('b')).toBe(false);
    await vi.advanceTimersByTimeAsync(1100);
    desk.tick();
    expect(list.order).toEqual(['a', 'c']);
  });

  it('goes up and down as the person sees it', async () => {
    live();
    handlers['GET /conversations'] = () => page([cnv('c', 3), cnv('b', 2), cnv('a', 1)]);
    const list = desk.openList({ status: 'open' });
    await settle();
    expect(list.neighbour('b', 1)).toBe('a');
    expect(list.neighbour('b', -1)).toBe('c');
    expect(list.neighbour(null, 1)).toBe('c');
    expect(list.neighbour('a', 1)).toBeNull();
  });

  it('reads older pages at the end and never loses a row to a race', async () => {
    live();
    handlers['GET /conversations'] = (_, query) => (query.cursor ? page([cnv('a', 1)]) : { items: [cnv('c', 3), cnv('b', 2)], next_cursor: 'x' });
    const list = desk.openList({ status: 'open' });
    await settle();
    await list.loadMore();
    expect(list.order).toEqual(['c', 'b', 'a']);
    expect(list.hasMore).toBe(false);
  });
});
