// The connection: one websocket that comes back for ever and resumes where it stood.
import type { ClientFrame, ServerFrame } from '../protocol/frames.ts';

/**
 * `connecting`: no connection yet or again. `catching_up`: connected, events of the gap are coming.
 * `live`: everything up to now is here. `stopped`: on purpose.
 */
export type ConnectionState = 'connecting' | 'catching_up' | 'live' | 'stopped';

/** The first wait before trying again; doubled each time. */
const BACKOFF_MIN_MS = 500;
/** An agent looks at the screen: more than 15 s between tries feels broken. */
const BACKOFF_MAX_MS = 15_000;
/** Proxies close silent connections after 30 to 60 s. */
const PING_EVERY_MS = 20_000;
/** Two pings without any answer: the connection is dead though nobody said so. */
const SILENCE_MAX_MS = 45_000;

/** What the socket needs from the world; tests give their own. */
export interface World {
  open(): WebSocketLike;
  now(): number;
  random(): number;
  setTimeout(run: () => void, ms: number): number;
  clearTimeout(id: number): void;
}

export interface WebSocketLike {
  readyState: number;
  send(data: string): void;
  close(code?: number): void;
  onopen: ((event: never) => void) | null;
  onclose: ((event: never) => void) | null;
  onmessage: ((event: never) => void) | null;
}

export interface SocketEvents {
  state(state: ConnectionState): void;
  frame(frame: ServerFrame): void;
  /** The position was too old: read everything again, then call `resume(head)`. */
  resync(head: number): void;
}

export class Socket {
  state: ConnectionState = 'stopped';
  /** The journal position up to which everything was received; null before the first connection. */
  seq: number | null = null;
  /** When the next try happens, in `now()` time; null while connected. */
  retryAt: number | null = null;

  /** Tries that failed since the last success. */
  failures = 0;

  private ws: WebSocketLike | null = null;
  private retryTimer = 0;
  private pingTimer = 0;
  private lastHeard = 0;

  constructor(
    private readonly world: World,
    private readonly events: SocketEvents,
  ) {}

  start(): void {
    if (this.state === 'stopped') this.connect();
  }

  stop(): void {
    this.become('stopped');
    this.world.clearTimeout(this.retryTimer);
    this.drop();
  }

  /** Tries now instead of waiting: the network came back, or the person asked. */
  retryNow(): void {
    if (this.state === 'connecting' && this.retryAt !== null) {
      this.world.clearTimeout(this.retryTimer);
      this.connect();
    }
  }

  /** False when there is no connection; presence and typing are lost without harm then. */
  send(frame: ClientFrame): boolean {
    if (!this.ws || this.ws.readyState !== 1) return false;
    this.ws.send(JSON.stringify(frame));
    return true;
  }

  /** Goes on at a position after a resync. */
  resume(head: number): void {
    this.seq = head;
    this.send({ type: 'subscribe', since: head });
  }

  private connect(): void {
    this.become('connecting');
    this.retryAt = null;
    const ws = this.world.open();
    this.ws = ws;
    this.lastHeard = this.world.now();
    ws.onmessage = ((event: { data: string }) => {
      if (this.ws === ws) this.receive(event.data);
    }) as never;
    ws.onclose = (() => {
      if (this.ws === ws) this.retry();
    }) as never;
    this.schedulePing();
  }

  private receive(data: string): void {
    this.lastHeard = this.world.now();
    const frame = JSON.parse(data) as ServerFrame;
    switch (frame.type) {
      case 'hello':
        this.become('catching_up');
        this.seq ??= frame.head;
        this.events.frame(frame);
        this.send({ type: 'subscribe', since: this.seq });
        return;
      case 'event':
        // A position that was passed already was sent twice around a reconnect.
        if (this.seq !== null && frame.seq <= this.seq) return;
        this.seq = frame.seq;
        this.events.frame(frame);
        return;
      case 'caught_up':
        this.seq = Math.max(this.seq ?? 0, frame.head);
        this.failures = 0;
        this.events.frame(frame);
        this.become('live');
        return;
      case 'resync':
        this.become('catching_up');
        this.events.resync(frame.head);
        return;
      default:
        this.events.frame(frame);
    }
  }

  private retry(): void {
    this.drop();
    if (this.state === 'stopped') return;
    const ceiling = Math.min(BACKOFF_MAX_MS, BACKOFF_MIN_MS * 2 ** this.failures);
    this.failures += 1;
    // Half fixed, half random: a restarted server is not hit by everybody in the same instant.
    const wait = ceiling / 2 + (ceiling / 2) * this.world.random();
    this.retryAt = this.world.now() + wait;
    this.become('connecting');
    this.retryTimer = this.world.setTimeout(() => this.connect(), wait);
  }

  private schedulePing(): void {
    this.world.clearTimeout(this.pingTimer);
    this.pingTimer = this.world.setTimeout(() => {
      if (this.world.now() - this.lastHeard > SILENCE_MAX_MS) this.retry();
      else {
        this.send({ type: 'ping' });
        this.schedulePing();
      }
    }, PING_EVERY_MS);
  }

  private drop(): void {
    this.world.clearTimeout(this.pingTimer);
    const ws = this.ws;
    this.ws = null;
    if (ws) {
      ws.onmessage = ws.onclose = ws.onopen = null;
      ws.close();
    }
  }

  private become(state: ConnectionState): void {
    if (this.state === state) return;
    this.state = state;
    this.events.state(state);
  }
}
