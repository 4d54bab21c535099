// Every conversation that this client knows, one signal each: an update redraws one row, not the list.
import { untrack } from 'svelte';

import type { Conversation } from '../protocol/api.ts';
import type { EventFrame } from '../protocol/frames.ts';
import { foldConversation } from './reducer.ts';

/** One conversation that a component can watch. */
export class ConversationCell {
  value: Conversation = $state.raw() as Conversation;

  constructor(conversation: Conversation) {
    this.value = conversation;
  }
}

/** Ids asked for in one call; the server's limit. */
const FETCH_MAX = 200;

/** Unknown conversations are collected this long, so that a burst of events costs one call. */
const FETCH_DELAY_MS = 120;

/** 256 events for one conversation that is being fetched; more than that and the fetched copy is newer anyway. */
const WAITING_MAX = 256;

export type Change = (id: string, before: Conversation | undefined, after: Conversation) => void;

export class Store {
  readonly cells = new Map<string, ConversationCell>();
  /** The signed-in agent. */
  me = '';
  /** Goes up with every conversation that was not here before. */
  private arrivals = $state(0);

  private readonly listeners = new Set<Change>();
  private readonly wanted = new Set<string>();
  private readonly waiting = new Map<string, EventFrame[]>();
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly fetchByIds: (ids: string[]) => Promise<Conversation[]>) {}

  /** A conversation; who watches one that is not here yet hears of it when it comes. */
  find(id: string): ConversationCell | undefined {
    const cell = this.cells.get(id);
    if (!cell) void this.arrivals;
    return cell;
  }

  get(id: string): Conversation | undefined {
    return this.cells.get(id)?.value;
  }

  onchange(listener: Change): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Takes in what was read; an older copy than the one here changes nothing. */
  put(conversation: Conversation): ConversationCell {
    const cell = this.cells.get(conversation.id);
    if (!cell) {
      const fresh = new ConversationCell(conversation);
      this.cells.set(conversation.id, fresh);
      this.arrivals += 1;
      this.tell(conversation.id, undefined, conversation);
      return fresh;
    }
    const before = untrack(() => cell.value);
    if (conversation.seq >= before.seq) this.set(cell, before, conversation);
    return cell;
  }

  /** Folds an event in; a conversation that is not here is fetched, together with others. */
  fold(frame: EventFrame): void {
    const id = frame.conversation_id;
    if (!id) return;
    if (frame.kind === 'conversation.created' && frame.data.conversation) {
      this.put(frame.data.conversation as Conversation);
      return;
    }
    const cell = this.cells.get(id);
    if (!cell) {
      this.reread(id, frame);
      return;
    }
    const before = untrack(() => cell.value);
    this.set(cell, before, foldConversation(before, frame, this.me));
  }

  /** Reads a conversation (again) with the next batch. */
  reread(id: string, frame?: EventFrame): void {
    this.wanted.add(id);
    if (frame) {
      const frames = this.waiting.get(id) ?? [];
      if (frames.length < WAITING_MAX) frames.push(frame);
      this.waiting.set(id, frames);
    }
    this.timer ??= setTimeout(() => void this.fetchWanted(), FETCH_DELAY_MS);
  }

  /** Lets go of conversations that nobody looks at. */
  keepOnly(wanted: (id: string) => boolean): void {
    for (const id of this.cells.keys()) if (!wanted(id)) this.cells.delete(id);
  }

  private async fetchWanted(): Promise<void> {
    const ids = [...this.wanted].slice(0, FETCH_MAX);
    for (const id of ids) this.wanted.delete(id);
    this.timer = this.wanted.size > 0 ? setTimeout(() => void this.fetchWanted(), FETCH_DELAY_MS) : undefined;
    try {
      for (const conversation of await this.fetchByIds(ids)) this.put(conversation);
    } catch {
      // The list stays as it is; the next event about them, or a reconnect, asks again.
    }
    for (const id of ids) {
      const frames = this.waiting.get(id) ?? [];
      this.waiting.delete(id);
      if (this.cells.has(id)) for (const frame of frames) this.fold(frame);
    }
  }

  private set(cell: ConversationCell, before: Conversation, after: Conversation): void {
    if (after === before) return;
    cell.value = after;
    this.tell(after.id, before, after);
  }

  private tell(id: string, before: Conversation | undefined, after: Conversation): void {
    for (const listener of this.listeners) listener(id, before, after);
  }
}
