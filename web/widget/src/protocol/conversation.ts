/**
 * The visitor's conversation: session, thread, outbox and live connection as one thing with one state.
 * Plain TypeScript: no DOM, no words, no colours.
 */

import { ApiError, Unreachable, type Api, type Upload } from "./api.ts";
import { backoff, type Clock } from "./clock.ts";
import { Live, type LiveState, type Socket } from "./live.ts";
import { Outbox } from "./outbox.ts";
import type { Storage } from "./storage.ts";
import {
  advance,
  discard,
  EMPTY,
  enqueue,
  lastOutboundSeq,
  mark,
  receive,
  unreadAfter,
  type Pending,
  type Thread,
} from "./thread.ts";
import type { Attachment, OpenVisitorSession, VisitorMessage, VisitorSession, WidgetConfig } from "./types.ts";

/** Why nothing can be written. */
export type Refusal = "identity_needed" | "identity_invalid" | "forbidden" | "not_found";

export interface State {
  config: WidgetConfig | null;
  session: VisitorSession | null;
  thread: Thread;
  live: LiveState;
  /** Somebody at the desk types. */
  typing: boolean;
  unread: number;
  refusal: Refusal | null;
  /** False while a returning visitor's history is on its way. */
  historyKnown: boolean;
}

export interface ConversationDeps {
  api: Api;
  clock: Clock;
  storage: Storage;
  openSocket?: ((url: string, protocols: string[]) => Socket) | undefined;
  newId(): string;
  locale(): string;
  /** Something worth keeping in the shop's own storage as well; null: forget it. */
  onKeepsake(keepsake: string | null): void;
}

/** Frames of typing are good for six seconds; we say it every three. */
const TYPING_EVERY_MS = 3_000;
const TYPING_LASTS_MS = 6_000;
/** Office hours change; a config older than this is read again when the widget opens. */
const CONFIG_LASTS_MS = 5 * 60_000;

/** What is kept of a visitor between pages. */
interface Keepsake {
  token: string;
  seen: number;
}

export class Conversation {
  #deps: ConversationDeps;
  #state: State = {
    config: null,
    session: null,
    thread: EMPTY,
    live: "off",
    typing: false,
    unread: 0,
    refusal: null,
    historyKnown: true,
  };
  #listeners = new Set<(state: State) => void>();
  #live: Live;
  #outbox: Outbox;
  #keepsake: Keepsake | null = null;
  #identity: string | null = null;
  /** The server would not believe it. */
  #identityRefused = false;
  #details: { name?: string; email?: string } = {};
  #opening: Promise<string> | null = null;
  #active = false;
  #watching = false;
  #typedAt = 0;
  #configAt = 0;
  #cancelTyping: (() => void) | null = null;
  #cancelConfig: (() => void) | null = null;
  #configFailures = 0;
  #cancelReturn: (() => void) | null = null;
  #returnFailures = 0;
  #over = false;
  /** Outbound messages up to here were seen. */
  #seen = 0;

  constructor(deps: ConversationDeps) {
    this.#deps = deps;
    const { api, clock } = deps;
    this.#live = new Live({
      api,
      clock,
      openSocket: deps.openSocket,
      token: () => this.#keepsake?.token ?? null,
      since: () => this.#state.thread.since,
      onMessage: (message) => this.#receive(message),
      onPosition: (seq) => this.#set({ thread: advance(this.#state.thread, seq), historyKnown: true }),
      onTyping: () => this.#showTyping(true),
      onState: (live) => {
        this.#set({ live });
        if (live === "live" || live === "polling") {
          this.#outbox.pump();
          this.#tellSeen(true);
        }
      },
      onUnauthenticated: () => {
        this.#forgetToken();
        this.#live.stop();
        if (this.#active) void this.#token().catch(() => {});
      },
    });
    this.#outbox = new Outbox({
      api,
      clock,
      next: () => this.#state.thread.pending.find((entry) => entry.state !== "failed"),
      mark: (clientId, state, reason) => this.#setThread(mark(this.#state.thread, clientId, state, reason)),
      onPosted: ({ message, conversation_id }, clientId) => {
        this.#receive({ ...message, client_id: message.client_id ?? clientId });
        const { session } = this.#state;
        if (session && session.conversation_id !== conversation_id) {
          this.#set({ session: { ...session, conversation_id } });
        }
        this.#follow();
      },
      token: () => this.#token(),
      forgetToken: () => this.#forgetToken(),
    });
  }

  get state(): State {
    return this.#state;
  }

  subscribe(listener: (state: State) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** `keepsake` is what the shop's page kept for us; our own storage comes first. */
  start(keepsake: string | null, identity: string | null): void {
    this.#identity = identity;
    this.#keepsake = parse<Keepsake>(this.#deps.storage.get("visitor")) ?? parse<Keepsake>(keepsake);
    this.#seen = this.#keepsake?.seen ?? 0;
    const pending = parse<Pending[]>(this.#deps.storage.get("outbox")) ?? [];
    if (pending.length > 0) {
      const again = pending.map((entry): Pending => (entry.state === "failed" ? entry : { ...entry, state: "sending" }));
      this.#set({ thread: { ...this.#state.thread, pending: again } });
    }
    void this.#readConfig();
    if (this.#keepsake || identity) {
      this.#set({ historyKnown: false });
      void this.#comeBack();
    } else if (pending.length > 0) {
      this.#outbox.pump();
    }
  }

  /** Resumes the session of somebody who was here before; again while the server cannot be reached. */
  async #comeBack(): Promise<void> {
    this.#cancelReturn?.();
    this.#cancelReturn = null;
    try {
      await this.#token();
      this.#outbox.pump();
    } catch (error) {
      if (error instanceof ApiError && !error.passing) {
        this.#set({ historyKnown: true });
        return;
      }
      if (this.#over) return;
      const delay = backoff(this.#returnFailures++, this.#deps.clock);
      this.#cancelReturn = this.#deps.clock.after(delay, () => void this.#comeBack());
    }
  }

  /** The panel is open (or not). A closed panel follows only a conversation that goes on. */
  setActive(active: boolean): void {
    this.#active = active;
    if (active && this.#deps.clock.now() - this.#configAt > CONFIG_LASTS_MS) void this.#readConfig();
    if (active) this.#live.hurry();
    this.#follow();
  }

  /** Somebody really looks: panel open, page visible, window focused. Only then is a message seen. */
  setWatching(watching: boolean): void {
    this.#watching = watching;
    if (watching) this.#tellSeen(false);
  }

  networkChanged(online: boolean): void {
    if (!online) return this.#live.interrupted();
    this.#live.hurry();
    this.#outbox.pump();
    if (this.#cancelReturn) void this.#comeBack();
    if (!this.#state.config) void this.#readConfig();
  }

  /** Puts a message into the thread and sends it; returns its client id. */
  send(text: string, attachments: Attachment[] = []): string {
    const clientId = this.#deps.newId();
    const at = new Date(this.#deps.clock.now()).toISOString();
    this.#typedAt = 0;
    this.#setThread(enqueue(this.#state.thread, { clientId, text, attachments, at, state: "sending" }));
    this.#outbox.pump();
    return clientId;
  }

  retry(clientId: string): void {
    this.#setThread(mark(this.#state.thread, clientId, "sending"));
    this.#outbox.pump();
  }

  discard(clientId: string): void {
    this.#setThread(discard(this.#state.thread, clientId));
  }

  typing(): void {
    const now = this.#deps.clock.now();
    if (now - this.#typedAt < TYPING_EVERY_MS) return;
    if (this.#live.send({ type: "typing" })) this.#typedAt = now;
  }

  /** Opens the session ahead of the first message, so that sending it takes one way and not two. */
  prepare(): void {
    if (!this.#state.refusal) void this.#token().catch(() => {});
  }

  /** Name and email as typed into a form; they reach the desk with the session. */
  async introduce(details: { name?: string; email?: string }): Promise<void> {
    this.#details = details;
    await this.#token(true);
  }

  async upload(file: File, onProgress: (fraction: number) => void): Promise<Upload> {
    return this.#deps.api.upload(await this.#token(), file, onProgress);
  }

  async attachment(id: string): Promise<Blob> {
    return this.#deps.api.attachment(await this.#token(), id);
  }

  /** The shop says who this is, with a signed token. */
  async identify(identity: string): Promise<void> {
    if (identity === this.#identity && this.#state.session) return;
    this.#identity = identity;
    this.#identityRefused = false;
    this.#set({ refusal: null });
    await this.#token(true).catch(() => {});
    this.#outbox.pump();
  }

  /** Signs out: nothing of the visitor stays in this browser. */
  shutdown(): void {
    this.#over = true;
    this.#live.stop();
    this.#outbox.stop();
    this.#cancelReturn?.();
    this.#cancelConfig?.();
    this.#identity = null;
    this.#forgetToken();
    for (const key of ["outbox", "draft"]) this.#deps.storage.remove(key);
    this.#set({ session: null, thread: EMPTY, typing: false, unread: 0 });
    this.#listeners.clear();
  }

  async #readConfig(): Promise<void> {
    this.#cancelConfig?.();
    try {
      const config = await this.#deps.api.config();
      this.#configAt = this.#deps.clock.now();
      this.#configFailures = 0;
      const missing = config.identity === "enforce" && !this.#identity && !this.#state.session?.verified;
      const refusal = this.#state.refusal ?? (missing ? "identity_needed" : null);
      this.#set({ config, refusal });
    } catch (error) {
      if (error instanceof ApiError && !error.passing) {
        this.#set({ refusal: error.code === "forbidden" ? "forbidden" : "not_found" });
        return;
      }
      const delay = backoff(this.#configFailures++, this.#deps.clock);
      this.#cancelConfig = this.#deps.clock.after(delay, () => void this.#readConfig());
    }
  }

  /** The token; opens or resumes a session when there is none in this page, or when there is something new to say. */
  #token(anew = false): Promise<string> {
    const { session } = this.#state;
    if (session && !anew) return Promise.resolve(session.visitor_token);
    if (this.#opening && !anew) return this.#opening;
    const opening = this.#openSession().finally(() => {
      if (this.#opening === opening) this.#opening = null;
    });
    this.#opening = opening;
    return opening;
  }

  async #openSession(): Promise<string> {
    const body: OpenVisitorSession = { locale: this.#deps.locale(), ...this.#details };
    if (this.#keepsake) body.visitor_token = this.#keepsake.token;
    if (this.#identity && !this.#identityRefused) body.identity_token = this.#identity;
    let session: VisitorSession;
    try {
      session = await this.#deps.api.openSession(body).catch((error: unknown) => {
        if (!(error instanceof ApiError) || error.code !== "unauthenticated" || !body.visitor_token) throw error;
        // Expired or revoked: a new visitor, then. If it is the identity that is refused, this fails as well.
        const { visitor_token: _, ...anew } = body;
        return this.#deps.api.openSession(anew);
      });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const refused = error.code === "unauthenticated" || error.code === "invalid";
      if (this.#identity && refused && !this.#identityRefused) {
        // Without proof they can still write, unless the inbox enforces it; then the next answer says so.
        this.#identityRefused = true;
        return this.#openSession();
      }
      if (error.code === "unauthenticated" || error.code === "forbidden") {
        this.#set({ refusal: this.#identityRefused ? "identity_invalid" : "identity_needed" });
      }
      throw error;
    }
    // They signed out while the answer was on its way: it is not for anybody any more.
    if (this.#over) throw new Unreachable();
    const before = this.#state.session;
    if (before && before.contact_id !== session.contact_id) {
      // Another person now: their history, not the one of the visitor before.
      this.#live.stop();
      this.#set({ thread: { ...EMPTY, pending: this.#state.thread.pending } });
    } else if (before && before.visitor_token !== session.visitor_token) {
      this.#live.stop();
    }
    if (before && before.contact_id !== session.contact_id) this.#seen = 0;
    this.#keep(session.visitor_token);
    const unverified = this.#state.config?.identity === "enforce" && !session.verified;
    this.#set({ session, refusal: !unverified ? null : this.#identityRefused ? "identity_invalid" : "identity_needed" });
    this.#follow();
    if (this.#live.state === "off") this.#set({ historyKnown: true });
    return session.visitor_token;
  }

  /** Connects while there is something to hear. */
  #follow(): void {
    const { session } = this.#state;
    if (session && (this.#active || session.conversation_id)) this.#live.start();
    else this.#live.stop();
  }

  #receive(message: VisitorMessage): void {
    if (message.kind === "outbound" && this.#state.typing) this.#showTyping(false);
    this.#setThread(receive(this.#state.thread, message));
    if (message.kind === "outbound" && this.#watching) this.#tellSeen(false);
  }

  #showTyping(typing: boolean): void {
    this.#cancelTyping?.();
    this.#set({ typing });
    if (typing) this.#cancelTyping = this.#deps.clock.after(TYPING_LASTS_MS, () => this.#set({ typing: false }));
  }

  /** Says up to where was read; `again` also when nothing new was: after a reconnect the last word may have been lost. */
  #tellSeen(again: boolean): void {
    const token = this.#keepsake?.token;
    const seq = lastOutboundSeq(this.#state.thread);
    if (!token || seq === 0) return;
    if (this.#watching && seq > this.#seen) {
      this.#seen = seq;
      this.#keep(token);
      this.#set({ unread: unreadAfter(this.#state.thread, seq) });
    } else if (!again) return;
    if (this.#seen === 0 || this.#live.send({ type: "seen", seq: this.#seen })) return;
    this.#deps.api.seen(token, this.#seen).catch(() => {}); // Told again when the connection is back.
  }

  #keep(token: string): void {
    this.#keepsake = { token, seen: this.#seen };
    const text = JSON.stringify(this.#keepsake);
    this.#deps.storage.set("visitor", text);
    this.#deps.onKeepsake(text);
  }

  #forgetToken(): void {
    this.#keepsake = null;
    this.#deps.storage.remove("visitor");
    this.#deps.onKeepsake(null);
    this.#set({ session: null });
  }

  #setThread(thread: Thread): void {
    if (thread.pending !== this.#state.thread.pending) {
      if (thread.pending.length > 0) this.#deps.storage.set("outbox", JSON.stringify(thread.pending));
      else this.#deps.storage.remove("outbox");
    }
    this.#set({ thread, unread: unreadAfter(thread, this.#seen) });
  }

  #set(change: Partial<State>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of this.#listeners) listener(this.#state);
  }
}

function parse<T>(text: string | null): T | null {
  if (!text) return null;
  try {
    return JSON.parse(text) as T;
  } catch {
    return null;
  }
}
