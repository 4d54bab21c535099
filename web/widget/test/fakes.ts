/** A desk, a clock and sockets that do what a test says. */

import { ApiError, Unreachable, type Api } from "../src/protocol/api.ts";
import type { Clock } from "../src/protocol/clock.ts";
import { Conversation } from "../src/protocol/conversation.ts";
import type { Socket } from "../src/protocol/live.ts";
import type { Storage } from "../src/protocol/storage.ts";
import type { ClientFrame, ServerFrame, VisitorMessage, WidgetConfig } from "../src/protocol/types.ts";

export class FakeClock implements Clock {
  time = Date.parse("2026-11-22T09:00:00Z");
  #timers: { at: number; run: () => void }[] = [];

  now = () => this.time;
  random = () => 0.5;
  after = (ms: number, run: () => void) => {
    const timer = { at: this.time + ms, run };
    this.#timers.push(timer);
    return () => void (this.#timers = this.#timers.filter((other) => other !== timer));
  };

  /** Lets time pass, timers in their order, promises settled after each. */
  async pass(ms: number): Promise<void> {
    const until = this.time + ms;
    await settle();
    for (;;) {
      const next = this.#timers.filter((timer) => timer.at <= until).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.time = next.at;
      this.#timers = this.#timers.filter((timer) => timer !== next);
      next.run();
      await settle();
    }
    this.time = until;
  }
}

export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  await new Promise((resolve) => setTimeout(resolve, 0));
}

export class FakeSocket implements Socket {
  sent: ClientFrame[] = [];
  closed = false;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: (() => void) | null = null;
  onerror: (() => void) | null = null;

  constructor(
    readonly url: string,
    readonly protocols: string[],
  ) {}

  send(data: string): void {
    this.sent.push(JSON.parse(data) as ClientFrame);
  }
  close(): void {
    this.closed = true;
  }
  say(frame: ServerFrame): void {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }
  cut(): void {
    this.onclose?.();
  }
}

/** The server's side: what was written, in the order of the journal. */
export class FakeDesk {
  messages: VisitorMessage[] = [];
  seq = 0;
  down = false;
  postErrors: ApiError[] = [];
  /** Stores the message, but the answer never arrives. */
  loseAnswers = 0;
  sessions = 0;
  validTokens = new Set<string>();
  posted: string[] = [];
  seen: number[] = [];
  polls = 0;
  opened: unknown[] = [];
  config: WidgetConfig = {
    inbox_id: "i",
    title: "Shop",
    color: "#1f6f5c",
    locale: null,
    greeting: "Hello!",
    away_message: null,
    open_now: true,
    prechat: "off",
    offline_form: false,
    proactive_after_secs: null,
    identity: "off",
    attachment_bytes_max: 1000,
  };
  pageSize = 200;

  say(text: string, kind: "inbound" | "outbound" = "outbound", client_id?: string): VisitorMessage {
    const message: VisitorMessage = {
      id: `m${++this.seq}`,
      seq: this.seq,
      kind,
      text,
      at: "2026-11-22T09:00:00Z",
      attachments: [],
      ...(client_id ? { client_id } : { agent_name: "Mei" }),
    };
    this.messages.push(message);
    return message;
  }

  frame(message: VisitorMessage): ServerFrame {
    return { type: "event", seq: message.seq, kind: "message.created", at: message.at, conversation_id: "c", data: { message } };
  }

  #reach(token?: string): void {
    if (this.down) throw new Unreachable();
    if (token !== undefined && !this.validTokens.has(token)) throw new ApiError("unauthenticated", 401, "");
  }

  api: Api = {
    config: async () => {
      this.#reach();
      return this.config;
    },
    openSession: async (body) => {
      this.#reach(body.visitor_token);
      this.opened.push(body);
      if (body.identity_token === "expired") throw new ApiError("unauthenticated", 401, "");
      if (this.config.identity === "enforce" && !body.identity_token) throw new ApiError("forbidden", 403, "");
      const token = body.visitor_token ?? `t${++this.sessions}`;
      this.validTokens.add(token);
      return {
        visitor_token: token,
        conversation_id: this.messages.length > 0 ? "c" : null,
        contact_id: body.identity_token ? "known" : `anonymous-${token}`,
        verified: Boolean(body.identity_token),
      };
    },
    post: async (token, body) => {
      this.#reach(token);
      const error = this.postErrors.shift();
      if (error) throw error;
      this.posted.push(body.client_id);
      const message =
        this.messages.find((known) => known.client_id === body.client_id) ?? this.say(body.text, "inbound", body.client_id);
      if (this.loseAnswers > 0) {
        this.loseAnswers--;
        throw new Unreachable();
      }
      return { message, conversation_id: "c" };
    },
    messages: async (token, { since, cursor, waitSecs }, signal) => {
      this.#reach(token);
      const read = () => this.messages.filter((message) => message.seq > Math.max(since, Number(cursor ?? 0)));
      if (waitSecs) {
        this.polls++;
        while (read().length === 0 && !signal?.aborted && !this.down) await new Promise((resolve) => setTimeout(resolve, 1));
        if (signal?.aborted) throw new Unreachable();
        this.#reach(token);
      }
      const items = read();
      const page = items.slice(0, this.pageSize);
      return { items: page, next_cursor: items.length > page.length ? String(page.at(-1)!.seq) : null };
    },
    seen: async (_token, seq) => void this.seen.push(seq),
    upload: () => ({ done: Promise.reject(new Unreachable()), cancel: () => {} }),
    attachment: async () => new Blob(),
    socketUrl: () => "ws://desk/ws",
  };
}

export function memoryStorage(): Storage & { map: Map<string, string> } {
  const map = new Map<string, string>();
  return {
    map,
    get: (key) => map.get(key) ?? null,
    set: (key, value) => void map.set(key, value),
    remove: (key) => void map.delete(key),
  };
}

/** One visitor's browser. `sockets` says whether the network lets websockets through. */
export function visitor(desk = new FakeDesk(), storage = memoryStorage(), sockets: "open" | "blocked" | "none" = "open") {
  const clock = new FakeClock();
  const opened: FakeSocket[] = [];
  const kept: (string | null)[] = [];
  let ids = 0;
  const network = { sockets };
  const conversation = new Conversation({
    api: desk.api,
    clock,
    storage,
    openSocket:
      sockets === "none"
        ? undefined
        : (url, protocols) => {
            const socket = new FakeSocket(url, protocols);
            opened.push(socket);
            if (network.sockets === "blocked" || desk.down) queueMicrotask(() => socket.cut());
            return socket;
          },
    newId: () => `id-${++ids}-${storage.map.size}`,
    locale: () => "en",
    onKeepsake: (keepsake) => kept.push(keepsake),
  });
  /** Answers the newest socket as the server does. */
  const welcome = () => {
    const socket = opened.at(-1)!;
    socket.say({ type: "hello", head: desk.seq, server: "1", now: "" });
    const subscribe = socket.sent.findLast((frame) => frame.type === "subscribe");
    if (subscribe?.type !== "subscribe") throw new Error("not subscribed");
    for (const message of desk.messages.filter((known) => known.seq > subscribe.since)) socket.say(desk.frame(message));
    socket.say({ type: "caught_up", head: desk.seq });
    return socket;
  };
  const texts = () => conversation.state.thread.messages.map((message) => message.text);
  return { desk, clock, storage, conversation, opened, kept, welcome, texts, network };
}
