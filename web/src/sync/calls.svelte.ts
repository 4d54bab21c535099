// The calls that are going on, kept true by events. Also the place where somebody who wants to call says so, since the
// phone itself is loaded only where there is one.
import type { Call } from '../protocol/calls.ts';
import type { EventFrame, PhoneFrame } from '../protocol/frames.ts';
import { foldCall, isFinal } from './calls.ts';
import type { Api } from './http.ts';

/** Whom to call. What is not known is asked. */
export interface DialRequest {
  contactId?: string;
  /** A number that somebody wrote, in place of the contact's own. */
  number?: string;
  name?: string;
  conversationId?: string;
  inboxId?: string;
}

/** Finished calls that are remembered, so that a late copy does not bring one back; a busy hour of a desk. */
const DONE_MAX = 500;

export class Calls {
  live: Call[] = $state.raw([]);
  loaded = $state(false);
  /** Goes up with every event of a call. */
  version = $state(0);
  /** Somebody wants to call. */
  request: DialRequest | null = $state.raw(null);

  /** Told what the line says. */
  online: (frame: PhoneFrame) => void = () => {};

  private done = new Set<string>();
  /** What came while the list was being read: newer than it. */
  private missed: Call[] | null = null;
  private reading = 0;

  constructor(private readonly api: Api) {}

  async load(): Promise<void> {
    const reading = (this.reading += 1);
    this.missed = [];
    try {
      const items = await this.api.all<Call>('/calls', { state: 'live' });
      if (reading !== this.reading) return;
      let live = items.reduce((all: Call[], call) => foldCall(all, call, this.done), []);
      for (const call of this.missed ?? []) live = foldCall(live, call, this.done);
      this.live = live;
      this.loaded = true;
    } catch {
      // Events go on; the next connection reads again.
    } finally {
      if (reading === this.reading) this.missed = null;
    }
  }

  fold(frame: EventFrame): void {
    this.version += 1;
    const call = frame.data.call as Call | undefined;
    if (call?.id) this.put(call);
  }

  /** Takes in a call as it is now. */
  put(call: Call): void {
    this.missed?.push(call);
    this.live = foldCall(this.live, call, this.done);
    if (!isFinal(call)) return;
    this.done.add(call.id);
    const [oldest] = this.done;
    if (this.done.size > DONE_MAX && oldest) this.done.delete(oldest);
  }
}
