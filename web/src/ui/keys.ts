// What keys do: which acts there are, which keys they have, and how a key is written down. Pure.
//
// A key is written `j`, `Shift+j`, `Ctrl+k` (also for Cmd), `F6`, or `g i` for two keys in a row.
import { shortcutKey } from './ime.ts';

export type Act =
  | 'next' | 'previous' | 'back' | 'mark' | 'mark down' | 'mark up' | 'mark all'
  | 'reply' | 'note' | 'compose' | 'assign' | 'take' | 'snooze' | 'resolve' | 'read' | 'unread' | 'tag' | 'priority' | 'stage' | 'macro' | 'merge' | 'why' | 'side'
  | 'palette' | 'search' | 'undo' | 'next pane' | 'previous pane' | 'help' | 'go inbox' | 'go unassigned' | 'go settings' | 'go keys'
  | CallAct | 'go calls';

/** What the phone does; these work everywhere, also in fields and in windows, since nobody lets a caller wait to close one. */
export type CallAct = 'call answer' | 'call decline' | 'call mute' | 'call hold' | 'call transfer' | 'call keypad' | 'call dial';

export type Keys = Record<Act, readonly string[]>;

/** As the app comes; the first of several is the one that is shown and changed. */
export const DEFAULTS: Keys = {
  next: ['j', 'ArrowDown', ']'],
  previous: ['k', 'ArrowUp', '['],
  back: ['Escape'],
  mark: ['x'],
  'mark down': ['Shift+j', 'Shift+ArrowDown'],
  'mark up': ['Shift+k', 'Shift+ArrowUp'],
  'mark all': ['Shift+x'],
  reply: ['r'],
  note: ['n'],
  compose: ['m'],
  assign: ['a'],
  take: ['i'],
  snooze: ['h'],
  resolve: ['e'],
  read: ['Shift+u'],
  unread: ['u'],
  tag: ['l'],
  priority: ['p'],
  stage: [],
  macro: [';'],
  merge: [],
  why: [],
  side: ['c'],
  palette: ['Ctrl+k'],
  search: ['/'],
  undo: ['z'],
  'next pane': ['F6'],
  'previous pane': ['Shift+F6'],
  help: ['?'],
  'go inbox': ['g i'],
  'go unassigned': ['g u'],
  'go settings': ['g s'],
  'go keys': ['g k'],
  'call answer': ['Ctrl+Alt+a'],
  'call decline': ['Ctrl+Alt+d'],
  'call mute': ['Ctrl+Alt+m'],
  'call hold': ['Ctrl+Alt+h'],
  'call transfer': ['Ctrl+Alt+t'],
  'call keypad': ['Ctrl+Alt+k'],
  'call dial': ['Ctrl+Alt+c'],
  'go calls': ['g c'],
};

/** In the order in which help and settings show them. */
export const GROUPS: { name: 'list' | 'conversation' | 'everywhere' | 'calls'; acts: Act[] }[] = [
  { name: 'list', acts: ['next', 'previous', 'back', 'mark', 'mark down', 'mark up', 'mark all'] },
  { name: 'conversation', acts: ['reply', 'note', 'assign', 'take', 'snooze', 'resolve', 'read', 'unread', 'tag', 'priority', 'stage', 'macro', 'merge', 'why', 'side'] },
  { name: 'everywhere', acts: ['palette', 'compose', 'search', 'undo', 'next pane', 'previous pane', 'help', 'go inbox', 'go unassigned', 'go settings', 'go keys'] },
  { name: 'calls', acts: ['call answer', 'call decline', 'call mute', 'call hold', 'call transfer', 'call keypad', 'call dial', 'go calls'] },
];

export const isCallAct = (act: Act): act is CallAct => act.startsWith('call ');

/** The first of two keys in a row; it does nothing alone. */
export const PREFIX = 'g';

/** Escape always leads back: a person who is lost tries it first. */
export const FIXED: ReadonlySet<Act> = new Set<Act>(['back']);

/** Keys that fields, buttons and browsers need for themselves. */
const RESERVED = new Set([PREFIX, 'Enter', 'Tab', 'Shift+Tab', ' ', 'Escape', 'Backspace', 'Delete', 'F5', 'F11', 'F12', ...'acnrtvwxz'.split('').map((it) => `Ctrl+${it}`)]);

const MODIFIERS = new Set(['Control', 'Shift', 'Alt', 'Meta', 'AltGraph', 'CapsLock', 'Fn', 'Dead', 'Unidentified']);

type KeyEvent = Pick<KeyboardEvent, 'key' | 'code' | 'isComposing' | 'keyCode' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'> & Partial<Pick<KeyboardEvent, 'getModifierState'>>;

/** How the key of an event is written; null when an input method has it, or for a modifier alone. */
export function keyOf(event: KeyEvent, now?: number): string | null {
  // AltGr writes letters; Windows tells it as Ctrl and Alt.
  if (event.ctrlKey && event.altKey && event.getModifierState?.('AltGraph')) return null;
  const key = shortcutKey(event, now);
  if (key === null || MODIFIERS.has(key)) return null;
  // Of a sign such as "?" the Shift is part already; of a letter it is not, since Caps Lock makes capitals as well.
  const shift = event.shiftKey && (key.length > 1 || /\p{L}/u.test(key));
  return `${event.ctrlKey || event.metaKey ? 'Ctrl+' : ''}${event.altKey ? 'Alt+' : ''}${shift ? 'Shift+' : ''}${key}`;
}

/** True for keys that write nothing, so that they also work in fields. */
export function worksInFields(key: string): boolean {
  return /^(Ctrl|Alt)\+|^(Shift\+)?F\d+$/.test(key);
}

/** What each key does. */
export function tableOf(keys: Keys): Map<string, Act> {
  const table = new Map<string, Act>();
  for (const [act, own] of Object.entries(keys) as [Act, readonly string[]][]) for (const key of own) table.set(key, act);
  return table;
}

/** Why a key cannot be given to an act; null when it can. */
export function refusal(keys: Keys, act: Act, key: string): { why: 'reserved' } | { why: 'taken'; by: Act } | null {
  if (RESERVED.has(key)) return { why: 'reserved' };
  const by = tableOf({ ...keys, [act]: [] }).get(key);
  return by ? { why: 'taken', by } : null;
}

const SHOWN: Record<string, string> = { ArrowDown: '↓', ArrowUp: '↑', ArrowLeft: '←', ArrowRight: '→', Escape: 'Esc', ' ': 'Space' };

/** The caps that a person presses, for `<kbd>`. */
export function capsOf(key: string, mac = false): string[] {
  return key.split(' ').flatMap((chord) => {
    const parts = chord === '+' ? ['+'] : chord.split(/\+(?=.)/);
    return parts.map((it) => (it === 'Ctrl' && mac ? '⌘' : (SHOWN[it] ?? (it.length === 1 ? it.toUpperCase() : it))));
  });
}
