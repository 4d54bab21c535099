import { beforeEach, expect, it } from 'vitest';

import type { ServerFrame } from '../../src/protocol/frames.ts';
import { Socket, type WebSocketLike } from '../../src/sync/socket.ts';

class FakeSocket implements WebSocketLike {
  readyState = 1;
  sent: unknown[] = [];
  onopen = null;
  onclose: ((event: never) => void) | null = null;
  onmessage: ((event: never) => void) | null = null;
  send(data: string) {
    this.sent.push(JSON.parse(data));
  }
  close() {
    this.readyState = 3;
  }
  says(frame: unknown) {
    this.onmessage?.({ data: JSON.stringify(frame) } as never);
  }
  breaks() {
    this.readyState = 3;
    this.onclose?.({} as never);
  }
}

let opened: FakeSocket[];
let timers: { run: () => void; at: number; id: number }[];
let now: number;
let states: string[];
let frames: ServerFrame[];
let resyncs: number[];
let socket: Socket;
const last = () => opened.at(-1)!;

function pass(ms: number) {
  const until = now + ms;
  for (;;) {
    const next = timers.filter((it) => it.at <= until).sort((a, b) => a.at - b.at)[0];
    if (!next) break;
    timers = timers.filter((it) => it !== next);
    now = next.at;
    next.run();
  }
  now = until;
}

beforeEach(() => {
  opened = [];
  timers = [];
  now = 0;
  states = [];
  frames = [];
  resyncs = [];
  let id = 0;
  socket = new Socket(
    {
      open: () => {
        const ws = new FakeSocket();
        opened.push(ws);
        return ws;
      },
      now: () => now,
      random: () => 0.5,
      setTimeout: (run, ms) => {
        timers.push({ run, at: now + ms, id: (id += 1) });
        return id;
      },
      clearTimeout: (gone) => {
        timers = timers.filter((it) => it.id !== gone);
      },
    },
    { state: (it) => states.push(it), frame: (it) => frames.push(it), resync: (head) => resyncs.push(head) },
  );
  socket.start();
});

const event = (seq: number) => ({ type: 'event', seq, kind: 'message.created', at: '', conversation_id: 'a', data: {} });

it('subscribes where the journal stands at first, and is live once caught up', () => {
  last().says({ type: 'hello', head: 40, server: '1', now: '' });
  expect(last().sent).toEqual([{ type: 'subscribe', since: 40 }]);
  expect(socket.state).toBe('catching_up');
  last().says({ type: 'caught_up', head: 40 });
  expect(socket.state).toBe('live');
});

it('resumes after the last event that it got, not after what time has passed', () => {
  last().says({ type: 'hello', head: 40, server: '1', now: '' });
  last().says({ type: 'caught_up', head: 40 });
  last().says(event(41));
  last().breaks();
  expect(socket.state).toBe('connecting');
  pass(20_000);
  expect(opened).toHaveLength(2);
  last().says({ type: 'hello', head: 90, server: '1', now: '' });
  expect(last().sent).toEqual([{ type: 'subscribe', since: 41 }]);
  last().says(event(42));
  expect(socket.state).toBe('catching_up');
  last().says({ type: 'caught_up', head: 90 });
  expect(socket.state).toBe('live');
  expect(socket.seq).toBe(90);
});

it('drops what it has seen already', () => {
  last().says({ type: 'hello', head: 40, server: '1', now: '' });
  last().says(event(41));
  last().says(event(41));
  last().says(event(40));
  expect(frames.filter((it) => it.type === 'event')).toHaveLength(1);
});

it('never gives up, waits longer each time, and starts over after success', () => {
  const waits = [];
  for (let round = 0; round < 12; round += 1) {
    last().breaks();
    waits.push(socket.retryAt! - now);
    pass(20_000);
  }
  expect(opened).toHaveLength(13);
  expect(waits[0]).toBe(375);
  expect(waits.at(-1)).toBe(11_250);
  last().says({ type: 'hello', head: 1, server: '1', now: '' });
  last().says({ type: 'caught_up', head: 1 });
  last().breaks();
  expect(socket.retryAt! - now).toBe(375);
});

it('tries at once when told that the network is back', () => {
  last().breaks();
  socket.retryNow();
  expect(opened).toHaveLength(2);
});

it('asks to read everything again when its position is too old, then goes on at the head', () => {
  last().says({ type: 'hello', head: 40, server: '1', now: '' });
  last().says({ type: 'resync', head: 99 });
  expect(resyncs).toEqual([99]);
  expect(socket.state).toBe('catching_up');
  socket.resume(99);
  expect(last().sent.at(-1)).toEqual({ type: 'subscribe', since: 99 });
});

it('notices a connection that died without a word', () => {
  last().says({ type: 'hello', head: 40, server: '1', now: '' });
  last().says({ type: 'caught_up', head: 40 });
  pass(130_000);
  expect(opened.length).toBeGreaterThan(1);
});

it('listens no more to a connection that it left', () => {
  const old = last();
  old.breaks();
  pass(1000);
  old.says(event(50));
  expect(frames).toHaveLength(0);
  socket.stop();
  pass(60_000);
  expect(opened).toHaveLength(2);
});
