// Which key does what. One listener for the page; every key passes the guard for input methods first.
import { DEFAULTS, isCallAct, keyOf, PREFIX, tableOf, worksInFields, type Act } from '../ui/keys.ts';

export type { Act } from '../ui/keys.ts';

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
  private prefixAt = -Infinity;

  /** `table` says what each key does at the moment. */
  constructor(private readonly table: () => ReadonlyMap<string, Act> = () => tableOf(DEFAULTS)) {}

  /** What a key means here; null for nothing. */
  act(event: KeyboardEvent, context: Context, now: number): Act | null {
    const key = keyOf(event, now);
    if (key === null) return null;
    const table = this.table();
    const anywhere = worksInFields(key) ? (table.get(key) ?? null) : null;
    // A caller does not wait for a window to be closed.
    if (context.inDialog) return anywhere && isCallAct(anywhere) ? anywhere : null;
    if (worksInFields(key)) return anywhere;
    if (context.inField || !context.singleKeys) return null;
    if (now - this.prefixAt < PAIR_MS) {
      this.prefixAt = -Infinity;
      const second = table.get(`${PREFIX} ${key}`);
      if (second) return second;
    }
    if (key === PREFIX) {
      this.prefixAt = now;
      return null;
    }
    // Arrows belong to a control that has the focus.
    if (context.onControl && key.includes('Arrow')) return null;
    return table.get(key) ?? null;
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
