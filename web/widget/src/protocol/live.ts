/**
 * The live connection: a websocket that resumes by journal position and comes back by itself; long polling while sockets fail.
 * It knows nothing of threads: it asks where the client stands, and says what came.
 */

import { ApiError, type Api } from "./api.ts";
import { backoff, type Clock } from "./clock.ts";
import type { ClientFrame, ServerFrame, VisitorMessage } from "./types.ts";

export type LiveState = "off" | "connecting" | "live" | "polling" | "lost";

/** What the connection needs of a socket; `WebSocket` fits. */
export interface Socket {
  send(data: string): void;
  close(): void;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: (() => void) | null;
  onerror: (() => void) | null;
}

export interface LiveDeps {
  api: Api;
  clock: Clock;
  /** Undefined where there are no websockets. */
  openSocket?: ((url: string, protocols: string[]) => Socket) | undefined;
  token(): string | null;
  /** The position up to which nothing is missing. */
  since(): number;
  onMessage(message: VisitorMessage): void;
  /** Everything up to here was received. */
  onPosition(seq: number): void;
  onTyping(): void;
  onState(state: LiveState): void;
  /** The token is worthless. */
  onUnauthenticated(): void;
}

/** A server that does not say hello within this time is not there. */
const HELLO_TIMEOUT_MS = 10_000;
/** A dead connection shows itself only when something is asked of it. */
const PING_EVERY_MS = 25_000;
const PONG_TIMEOUT_MS = 10_000;
/** One failure can be chance; after two in a row the network may not let sockets through. */
const FAILURES_BEFORE_POLLING = 2;
const POLL_WAIT_SECS = 25;
/** While polling, a socket is tried again this often. */
const RETRY_SOCKET_EVERY_MS = 60_000;

export class Live {
  #deps: LiveDeps;
  #state: LiveState = "off";
  #socket: Socket | null = null;
  #ready = false;
  #failures = 0;
  #cancelTimer: (() => void) | null = null;
  #cancelPing: (() => void) | null = null;
  #poll: AbortController | null = null;

  constructor(deps: LiveDeps) {
    this.#deps = deps;
  }

  get state(): LiveState {
    return this.#state;
  }

  /** Reads what is there, then follows. */
  start(): void {
    if (this.#state !== "off") return;
    this.#failures = 0;
    this.#set("connecting");
    void this.#begin();
  }

  stop(): void {
    this.#drop();
    this.#set("off");
  }

  /** Tries now instead of when the timer says: the network is back, or somebody looks. */
  hurry(): void {
    if (this.#state === "lost") this.#connect();
    else if (this.#state === "live") this.#ping();
  }

  /** The network went away: says so at once instead of after a silent minute. */
  interrupted(): void {
    if (this.#state !== "off" && this.#state !== "lost") this.#failed();
  }

  /** Sends a frame if the socket is open; false otherwise. */
  send(frame: ClientFrame): boolean {
    if (!this.#socket || !this.#ready) return false;
    try {
      this.#socket.send(JSON.stringify(frame));
      return true;
    } catch {
      return false;
    }
  }

  async #begin(): Promise<void> {
    const reading = new AbortController();
    this.#poll = reading;
    try {
      await this.#readAll(0, reading.signal);
    } catch (error) {
      if (!reading.signal.aborted) this.#failed(error);
      return;
    }
    if (!reading.signal.aborted) this.#connect();
  }

  #connect(): void {
    const { openSocket, api, clock } = this.#deps;
    const token = this.#deps.token();
    if (!token) return this.stop();
    this.#drop();
    if (!openSocket) return void this.#pollLoop();
    let socket: Socket;
    try {
      socket = openSocket(api.socketUrl(), [`bearer.${token}`]);
    } catch {
      return this.#failed();
    }
    this.#socket = socket;
    socket.onmessage = (event) => {
      if (socket === this.#socket && typeof event.data === "string") this.#frame(event.data);
    };
    socket.onclose = socket.onerror = () => {
      if (socket === this.#socket) this.#failed();
    };
    this.#cancelTimer = clock.after(HELLO_TIMEOUT_MS, () => this.#failed());
  }

  #frame(text: string): void {
    let frame: ServerFrame;
    try {
      frame = JSON.parse(text) as ServerFrame;
    } catch {
      return;
    }
    switch (frame.type) {
      case "hello":
        this.#cancelTimer?.();
        this.#ready = true;
        this.send({ type: "subscribe", since: this.#deps.since() });
        this.#schedulePing();
        break;
      case "event":
        if (frame.kind === "message.created" && frame.data.message) this.#deps.onMessage(frame.data.message);
        this.#deps.onPosition(frame.seq);
        break;
      case "caught_up":
        this.#failures = 0;
        this.#deps.onPosition(frame.head);
        this.#set("live");
        break;
      case "resync":
        void this.#resync(frame.head);
        break;
      case "ephemeral":
        if (frame.what === "typing" && !frame.contact) this.#deps.onTyping();
        break;
      case "pong":
        this.#schedulePing();
        break;
      case "error":
        break;
    }
  }

  /** Too far behind for the journal: the messages themselves are still there. */
  async #resync(head: number): Promise<void> {
    const socket = this.#socket;
    try {
      await this.#readAll();
    } catch (error) {
      if (socket === this.#socket) this.#failed(error);
      return;
    }
    if (socket !== this.#socket) return;
    this.#deps.onPosition(head);
    this.send({ type: "subscribe", since: this.#deps.since() });
  }

  /** Reads every page after the position. Messages that come meanwhile come again by the socket, and are the same. */
  async #readAll(waitSecs = 0, signal?: AbortSignal): Promise<void> {
    const token = this.#deps.token();
    if (!token) return;
    const since = this.#deps.since();
    let cursor: string | null = null;
    let last = since;
    do {
      const page = await this.#deps.api.messages(token, { since, cursor, waitSecs: cursor ? 0 : waitSecs }, signal);
      if (signal?.aborted) return;
      for (const message of page.items) {
        this.#deps.onMessage(message);
        last = Math.max(last, message.seq);
      }
      cursor = page.next_cursor;
    } while (cursor);
    this.#deps.onPosition(last);
  }

  #failed(error?: unknown): void {
    if (this.#state === "off") return;
    this.#drop();
    if (error instanceof ApiError && error.code === "unauthenticated") return this.#deps.onUnauthenticated();
    this.#failures++;
    if (this.#failures >= FAILURES_BEFORE_POLLING) return void this.#pollLoop();
    this.#set("lost");
    this.#cancelTimer = this.#deps.clock.after(backoff(this.#failures - 1, this.#deps.clock), () => this.#connect());
  }

  async #pollLoop(): Promise<void> {
    const poll = new AbortController();
    this.#poll = poll;
    const { clock, openSocket } = this.#deps;
    const socketRetryAt = clock.now() + RETRY_SOCKET_EVERY_MS;
    let errors = 0;
    // The first answer must be quick: it tells whether polling works at all.
    let waitSecs = 0;
    while (!poll.signal.aborted) {
      try {
        await this.#readAll(waitSecs, poll.signal);
        if (poll.signal.aborted) return;
        // A server that was away and is back most likely takes sockets, too.
        const wasAway = errors > 0;
        if (openSocket && (wasAway || clock.now() >= socketRetryAt)) {
          this.#failures = wasAway ? 0 : FAILURES_BEFORE_POLLING - 1;
          return this.#connect();
        }
        this.#set("polling");
        waitSecs = POLL_WAIT_SECS;
      } catch (error) {
        if (poll.signal.aborted) return;
        if (error instanceof ApiError && error.code === "unauthenticated") {
          this.#drop();
          return this.#deps.onUnauthenticated();
        }
        waitSecs = 0;
        this.#set("lost");
        const asked = error instanceof ApiError ? (error.retryAfterSecs ?? 0) * 1000 : 0;
        await this.#sleep(Math.max(asked, backoff(errors++, clock, 500, 10_000)));
      }
    }
  }

  /** Ends early when the connection is dropped. */
  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#deps.clock.after(ms, resolve);
      this.#cancelTimer = () => {
        cancel();
        resolve();
      };
    });
  }

  #schedulePing(): void {
    this.#cancelPing?.();
    this.#cancelPing = this.#deps.clock.after(PING_EVERY_MS, () => this.#ping());
  }

  #ping(): void {
    if (!this.send({ type: "ping" })) return;
    this.#cancelPing?.();
    this.#cancelPing = this.#deps.clock.after(PONG_TIMEOUT_MS, () => this.#failed());
  }

  #drop(): void {
    const socket = this.#socket;
    this.#socket = null;
    this.#ready = false;
    this.#poll?.abort();
    this.#poll = null;
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    this.#cancelPing?.();
    this.#cancelPing = null;
    try {
      socket?.close();
    } catch {
      // It was closed already.
    }
  }

  #set(state: LiveState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#deps.onState(state);
  }
}
