// The order of a live list: what should be where, and what may move now.
//
// A list that moves under the hand makes people open the wrong conversation, so: order is worked out at most once a
// second, not at all while the pointer or the keyboard is in the list, and the selected row keeps its place.
import type { Conversation } from '../protocol/api.ts';

/** A person reads a list about once a second; moving rows more often than that only flickers. */
export const REORDER_EVERY_MS = 1000;

/** How long after a key the keyboard still counts as being in the list. */
export const KEYBOARD_HOLD_MS = 3000;

/** Which conversations a list shows; the parts of `GET /conversations` that a client can check by itself. */
export type Filter = Record<string, string>;

/** True when the conversation belongs in a list with this filter. `me` is the signed-in agent. */
export function matches(filter: Filter, conversation: Conversation, me: string): boolean {
  const { assignment } = conversation;
  if (filter.status ? conversation.status !== filter.status : conversation.status === 'merged') return false;
  if (filter.assignee === 'none') {
    if (assignment.state !== 'unassigned') return false;
  } else if (filter.assignee) {
    const agent = filter.assignee === 'me' ? me : filter.assignee;
    if (assignment.agent_id !== agent || assignment.state === 'unassigned') return false;
  }
  if (filter.team && (assignment.team_id ?? 'none') !== filter.team) return false;
  if (filter.inbox && conversation.inbox_id !== filter.inbox) return false;
  if (filter.shop && conversation.shop_id !== filter.shop) return false;
  if (filter.contact && conversation.contact.id !== filter.contact) return false;
  if (filter.tag && !conversation.tags.includes(filter.tag)) return false;
  if (filter.priority && conversation.priority !== filter.priority) return false;
  if (filter.stage && conversation.stage !== filter.stage) return false;
  if (filter.needs_reply && String(conversation.needs_reply) !== filter.needs_reply) return false;
  return true;
}

/** Newest activity first; equal times by id, so that the order is the same everywhere. */
export function byActivity(a: Conversation, b: Conversation): number {
  if (a.last_activity_at !== b.last_activity_at) return a.last_activity_at < b.last_activity_at ? 1 : -1;
  return a.id < b.id ? 1 : a.id > b.id ? -1 : 0;
}

/** The wanted order, but with the selected row where the eye last saw it. */
export function arrange(wanted: string[], shown: string[], selected: string | null): string[] {
  if (!selected) return wanted;
  const place = shown.indexOf(selected);
  if (place < 0) return wanted;
  const rest = wanted.filter((id) => id !== selected);
  return rest.toSpliced(Math.min(place, rest.length), 0, selected);
}

/** What keeps a list from moving. */
export interface Hold {
  pointerInside: boolean;
  /** When a key last moved the selection. */
  keyAt: number;
  menuOpen: boolean;
  /** Rows are being marked for one command: what is marked has to stay in sight. */
  marking: boolean;
}

/** True when rows may move now. */
export function mayReorder(hold: Hold, now: number, lastReorderAt: number): boolean {
  if (hold.pointerInside || hold.menuOpen || hold.marking) return false;
  if (now - hold.keyAt < KEYBOARD_HOLD_MS) return false;
  return now - lastReorderAt >= REORDER_EVERY_MS;
}

/** How many rows are not where they should be: the number on the "updates" pill. */
export function countMoved(wanted: string[], shown: string[], changed: ReadonlySet<string>): number {
  if (changed.size === 0) return 0;
  const place = new Map(shown.map((id, index) => [id, index]));
  const wantedIds = new Set(wanted);
  let moved = 0;
  for (const id of changed) {
    const at = place.get(id);
    if (at === undefined ? wantedIds.has(id) : wanted[at] !== id) moved += 1;
  }
  return moved;
}
