/**
 * Messages on their way out: one at a time, in order, again until the server has them. The client id makes repeating safe.
 * What is not confirmed is kept in storage, so that no text is lost to a reload.
 */

import { ApiError, type Api } from "./api.ts";
import { backoff, type Clock } from "./clock.ts";
import type { Pending, SendState } from "./thread.ts";
import type { PostedVisitorMessage } from "./types.ts";

export interface OutboxDeps {
  api: Api;
  clock: Clock;
  /** The oldest message that is not marked as failed. */
  next(): Pending | undefined;
  mark(clientId: string, state: SendState, reason?: string): void;
  onPosted(posted: PostedVisitorMessage, clientId: string): void;
  /** A token, opening a session when there is none; rejects with what the server said. */
  token(): Promise<string>;
  /** The token is worthless: the next one must be new. */
  forgetToken(): void;
}

export class Outbox {
  #deps: OutboxDeps;
  #busy = false;
  #failures = 0;
  #cancelTimer: (() => void) | null = null;
  #stopped = false;
  /** The server asked for quiet until then. */
  #notBefore = 0;

  constructor(deps: OutboxDeps) {
    this.#deps = deps;
  }

  /** Sends what waits, now, unless the server asked for quiet. */
  pump(): void {
    if (this.#deps.clock.now() < this.#notBefore) return;
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    if (!this.#busy && !this.#stopped) void this.#run();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancelTimer?.();
  }

  async #run(): Promise<void> {
    this.#busy = true;
    let entry: Pending | undefined;
    let renewed = false;
    while (!this.#stopped && (entry = this.#deps.next())) {
      const { clientId, text, attachments } = entry;
      try {
        const token = await this.#deps.token();
        const body = { text, client_id: clientId, attachments: attachments.map((file) => file.id) };
        const posted = await this.#deps.api.post(token, body);
        this.#failures = 0;
        renewed = false;
        this.#deps.onPosted(posted, clientId);
      } catch (error) {
        if (error instanceof ApiError && error.code === "unauthenticated" && !renewed) {
          renewed = true;
          this.#deps.forgetToken();
        } else if (error instanceof ApiError && !error.passing) {
          this.#deps.mark(clientId, "failed", error.code);
        } else {
          this.#deps.mark(clientId, "waiting", error instanceof ApiError ? error.code : "unreachable");
          const asked = error instanceof ApiError ? (error.retryAfterSecs ?? 0) * 1000 : 0;
          this.#notBefore = this.#deps.clock.now() + asked;
          const delay = Math.max(asked, backoff(this.#failures++, this.#deps.clock, 800, 15_000));
          this.#cancelTimer = this.#deps.clock.after(delay, () => this.pump());
          break;
        }
      }
    }
    this.#busy = false;
  }
}
