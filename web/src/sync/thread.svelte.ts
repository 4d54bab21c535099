// The messages of one conversation, with what this agent has sent and the server has not confirmed.
import type { Attachment, ComposeMail, Message, PostKind } from '../protocol/api.ts';
import type { EventFrame } from '../protocol/frames.ts';
import type { Page } from './http.ts';
import { ApiError } from './http.ts';
import { foldMessages, insertMessage, mergeMessages } from './reducer.ts';

/** What an agent wants to send. */
export interface Outgoing {
  kind: PostKind;
  text: string;
  attachments: Attachment[];
  send_at?: string | null;
  mail?: ComposeMail | null;
}

/**
 * A message on its way. `waiting`: no connection, sent again after catching up. `conflict`: somebody wrote meanwhile,
 * the agent decides. `failed`: the server said no; the text is kept.
 */
export interface Pending {
  client_id: string;
  conversation_id: string;
  kind: PostKind;
  text: string;
  attachments: Attachment[];
  send_at: string | null;
  /** What it has besides its text when it goes by mail. */
  mail?: ComposeMail | null;
  seen_seq: number;
  at: string;
  state: 'sending' | 'waiting' | 'conflict' | 'failed';
  error: string | null;
}

const PAGE = 50;

export class Thread {
  messages: Message[] = $state.raw([]);
  pending: Pending[] = $state.raw([]);
  loading = $state(false);
  loaded = $state(false);
  hasEarlier = $state(false);
  error: ApiError | null = $state.raw(null);
  /** Messages that others wrote while this agent was writing: the answer to a `conflict`. */
  unseen: Message[] = $state.raw([]);

  /** Events that came while a page was being read: folded again on top of it. */
  private missed: EventFrame[] = [];
  private reading = 0;

  constructor(
    readonly id: string,
    private readonly read: (query: Record<string, string | number>) => Promise<Page<Message>>,
  ) {}

  async load(): Promise<void> {
    const reading = (this.reading += 1);
    this.loading = true;
    this.error = null;
    this.missed = [];
    try {
      const page = await this.read({ limit: PAGE });
      if (reading !== this.reading) return;
      let messages = page.items;
      for (const frame of this.missed) messages = foldMessages(messages, frame);
      this.messages = messages;
      this.hasEarlier = Boolean(page.next_cursor);
      this.loaded = true;
      this.dropConfirmed();
    } catch (error) {
      if (reading === this.reading) this.error = error as ApiError;
    } finally {
      if (reading === this.reading) this.loading = false;
    }
  }

  async loadEarlier(): Promise<void> {
    const first = this.messages[0];
    if (!first || !this.hasEarlier || this.loading) return;
    this.loading = true;
    try {
      const page = await this.read({ limit: PAGE, before: first.id });
      this.messages = mergeMessages(this.messages, page.items);
      this.hasEarlier = Boolean(page.next_cursor) && page.items.length > 0;
    } catch (error) {
      this.error = error as ApiError;
    } finally {
      this.loading = false;
    }
  }

  fold(frame: EventFrame): void {
    if (this.loading) this.missed.push(frame);
    if (!this.loaded) return;
    const next = foldMessages(this.messages, frame);
    if (next === this.messages) return;
    this.messages = next;
    this.dropConfirmed();
  }

  /** Reads one message again: how a mail fares with each recipient is told by no event. */
  async reread(id: string): Promise<void> {
    const known = this.messages.find((it) => it.id === id);
    if (!known) return;
    try {
      const page = await this.read({ after: Math.max(0, known.seq - 1), limit: 1 });
      const now = page.items.find((it) => it.id === id);
      if (now) this.messages = this.messages.map((it) => (it.id === id ? now : it));
    } catch {
      // What is shown stays; opening the conversation again reads it.
    }
  }

  confirm(message: Message): void {
    this.messages = insertMessage(this.messages, message);
    this.dropConfirmed();
  }

  setPending(pending: Pending): void {
    const at = this.pending.findIndex((it) => it.client_id === pending.client_id);
    this.pending = at < 0 ? [...this.pending, pending] : this.pending.with(at, pending);
  }

  dropPending(clientId: string): void {
    this.pending = this.pending.filter((it) => it.client_id !== clientId);
  }

  private dropConfirmed(): void {
    if (this.pending.length === 0) return;
    const confirmed = new Set(this.messages.map((it) => it.client_id).filter(Boolean));
    const left = this.pending.filter((it) => !confirmed.has(it.client_id));
    if (left.length !== this.pending.length) this.pending = left;
  }
}
