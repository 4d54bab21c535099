// Where the agent stands: which view, which conversation, which pane on a small screen.
import { getContext, setContext } from 'svelte';

import type { Desk } from '../../sync/desk.svelte.ts';
import type { ConversationList } from '../../sync/list.svelte.ts';
import type { Filter } from '../../sync/order.ts';
import { Marks } from './marks.svelte.ts';

export type Pane = 'list' | 'thread' | 'side';

export const BUILT_IN = ['mine', 'unassigned', 'needs_reply', 'open', 'snoozed', 'resolved'] as const;
export type BuiltIn = (typeof BUILT_IN)[number];

const FILTERS: Record<BuiltIn, Filter> = {
  mine: { status: 'open', assignee: 'me' },
  unassigned: { status: 'open', assignee: 'none' },
  needs_reply: { status: 'open', needs_reply: 'true' },
  open: { status: 'open' },
  snoozed: { status: 'snoozed' },
  resolved: { status: 'resolved' },
};

/** A view key as it stands in the address: `mine`, `team.ID`, `view.ID`. */
export function filterOf(key: string, desk: Desk): Filter | null {
  if (key in FILTERS) return FILTERS[key as BuiltIn];
  const [kind, id] = [key.slice(0, key.indexOf('.')), key.slice(key.indexOf('.') + 1)];
  if (kind === 'team') return { status: 'open', assignee: 'none', team: id };
  if (kind === 'view') return desk.directory.views.find((it) => it.id === id)?.filter ?? null;
  return null;
}

export class Workspace {
  viewKey = $state('');
  list: ConversationList | null = $state.raw(null);
  selected: string | null = $state(null);
  pane: Pane = $state('list');
  /** Conversations of this list that the next command is for. */
  readonly marks = new Marks();
  /** On narrow screens the views slide over the list. */
  navOpen = $state(false);
  /** Goes up when the keyboard should go to the composer, and which kind it should write. */
  composerCall: { at: number; kind: 'reply' | 'note' | null } = $state.raw({ at: 0, kind: null });
  /** Goes up when the keyboard should go to the list. */
  listCall = $state(0);

  constructor(
    readonly desk: Desk,
    private readonly go: (path: string, replace: boolean) => void,
  ) {}

  /** The address changed. */
  show(asked: string, conversation: string | null): void {
    // An address that means nothing shows everything that is open; a saved view may only not be known yet.
    const viewKey = asked.startsWith('view.') || filterOf(asked, this.desk) ? asked : 'open';
    if (viewKey !== this.viewKey || !this.list) this.openView(viewKey);
    if (conversation !== this.selected) {
      this.selected = conversation;
      if (this.list) this.list.selected = conversation;
      this.pane = conversation ? 'thread' : 'list';
    }
    this.navOpen = false;
  }

  select(id: string | null, replace = false): void {
    this.go(`/inbox/${this.viewKey}${id ? `/${id}` : ''}`, replace);
  }

  step(step: 1 | -1, now: number): void {
    if (!this.list) return;
    this.list.hold.keyAt = now;
    const next = this.list.neighbour(this.selected, step);
    // Many steps are one place in the history: "back" leaves the conversation, it does not replay the arrow keys.
    if (next) this.select(next, this.selected !== null);
  }

  /** Marks the open row, or the first one. */
  mark(): void {
    const id = this.selected ?? this.list?.order[0];
    if (id) this.marks.toggle(id);
  }

  /** Steps, and marks what it steps over. */
  markStep(step: 1 | -1, now: number): void {
    const next = this.list?.neighbour(this.selected, step);
    if (!next) return;
    this.marks.walk(this.selected, next);
    this.step(step, now);
  }

  /** Marks every row that has been read, or none when all were marked. */
  markAll(): void {
    const order = this.list?.order ?? [];
    if (order.every((id) => this.marks.has(id))) this.marks.clear();
    else this.marks.add(order);
  }

  /** Goes to the next conversation because this one is done. */
  advance(id: string): void {
    if (this.selected !== id || !this.list) return;
    this.select(this.list.neighbour(id, 1) ?? this.list.neighbour(id, -1), true);
  }

  write(kind: 'reply' | 'note' | null): void {
    this.pane = 'thread';
    this.composerCall = { at: this.composerCall.at + 1, kind };
  }

  focusList(): void {
    this.pane = 'list';
    this.listCall += 1;
  }

  private openView(viewKey: string): void {
    const filter = filterOf(viewKey, this.desk);
    if (this.list) this.desk.closeList(this.list);
    this.viewKey = viewKey;
    this.marks.clear();
    this.list = filter ? this.desk.openList(filter) : null;
  }

  /** A saved view was not known yet when it was asked for. */
  retry(): void {
    if (!this.list && this.viewKey) this.openView(this.viewKey);
  }
}

const KEY = Symbol('workspace');
export const setWorkspace = (workspace: Workspace) => setContext(KEY, workspace);
export const getWorkspace = () => getContext<Workspace>(KEY);
