// Which key does what. One listener for the page; every key passes the guard for input methods first.
import { shortcutKey } from '../ui/ime.ts';

export type Act =
  | 'next' | 'previous' | 'open' | 'back' | 'reply' | 'note' | 'assign' | 'take' | 'snooze' | 'resolve' | 'unread'
  | 'tag' | 'priority' | 'stage' | 'macro' | 'search' | 'help' | 'palette' | 'side' | 'merge' | 'why'
  | 'go inbox' | 'go unassigned' | 'go settings';

const SINGLE: Record<string, Act> = {
  j: 'next', ArrowDown: 'next', ']': 'next',
  k: 'previous', ArrowUp: 'previous', '[': 'previous',
  Escape: 'back',
  r: 'reply', n: 'note', a: 'assign', i: 'take', h: 'snooze', e: 'resolve', u: 'unread', l: 'tag', p: 'priority',
  ';': 'macro', '/': 'search', '?': 'help', c: 'side',
};

/** Keys after `g`. */
const GO: Record<string, Act> = { i: 'go inbox', u: 'go unassigned', s: 'go settings' };

/** The second key of a pair has to come within this time. */
const PAIR_MS = 900;

interface Context {
  /** The event comes from a field that takes text. */
  inField: boolean;
  /** A modal window is open: it has the keys. */
  inDialog: boolean;
  /** The event comes from a button, link or the like. */
  onControl: boolean;
  singleKeys: boolean;
}

export class Keymap {
  private goAt = -Infinity;

  /** What a key means here; null for nothing. */
  act(event: KeyboardEvent, context: Context, now: number): Act | null {
    const key = shortcutKey(event, now);
    if (key === null || context.inDialog) return null;
    const command = event.ctrlKey || event.metaKey;
    if (command && !event.altKey && !event.shiftKey && key === 'k') return 'palette';
    if (command || event.altKey || context.inField || !context.singleKeys) return null;
    if (now - this.goAt < PAIR_MS) {
      this.goAt = -Infinity;
      const go = GO[key];
      if (go) return go;
    }
    if (key === 'g') {
      this.goAt = now;
      return null;
    }
    // Arrows belong to a control that has the focus.
    if (context.onControl && key.startsWith('Arrow')) return null;
    return SINGLE[key] ?? null;
  }
}

/** What the event's target means for shortcuts. */
export function contextOf(event: KeyboardEvent, singleKeys: boolean): Context {
  const target = event.target instanceof HTMLElement ? event.target : null;
  return {
    inField: Boolean(target && (target.isContentEditable || target.closest('input:not([type=checkbox], [type=radio], [type=color]), textarea, select'))),
    inDialog: Boolean(document.querySelector('dialog[open]')),
    onControl: Boolean(target?.closest('button, a, summary, input, [role=log]')),
    singleKeys,
  };
}
