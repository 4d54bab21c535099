// How mailboxes fare, read now and then: whether mail flows is no event of the journal.
import type { MailboxHealth } from '../protocol/api.ts';
import type { Desk } from './desk.svelte.ts';
import { readMailboxes } from './mail.ts';

/** A mailbox counts as stopped after minutes; telling of it within half a minute more is soon enough. */
const EVERY_MS = 30_000;

export class Mailboxes {
  items: MailboxHealth[] = $state.raw([]);
  loaded = $state(false);
  error: unknown = $state.raw(null);
  readonly stopped = $derived(this.items.filter((it) => it.state === 'stopped'));
  private timer: ReturnType<typeof setInterval> | undefined;

  constructor(private readonly desk: Desk) {}

  /** Reads until the returned function is called; a desk without email inboxes asks nothing. */
  watch(): () => void {
    const look = () => {
      if (this.desk.connection === 'live' && this.desk.directory.inboxes.some((it) => it.channel === 'email')) void this.load();
    };
    look();
    this.timer = setInterval(look, EVERY_MS);
    return () => clearInterval(this.timer);
  }

  async load(): Promise<void> {
    try {
      this.items = await readMailboxes(this.desk);
      this.error = null;
      this.loaded = true;
    } catch (error) {
      this.error = error;
    }
  }
}
