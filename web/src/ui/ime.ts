// The one guard for keys that may belong to an input method. Every Enter, Escape, arrow and shortcut goes through here;
// `npm run check` refuses raw comparisons with 'Enter' anywhere else.

/** Some input methods send the key that ended the composition once more, right after it. */
const AFTER_COMPOSITION_MS = 50;

let compositionEndedAt = -Infinity;

/** Watches a page for the end of compositions; call once. */
export function watchCompositions(target: EventTarget, now: () => number = () => performance.now()): void {
  target.addEventListener('compositionend', () => (compositionEndedAt = now()), true);
}

type Key = Pick<KeyboardEvent, 'key' | 'isComposing' | 'keyCode'>;

/** True when the key belongs to an input method that is choosing characters. */
export function isImeKey(event: Key, now: number = performance.now()): boolean {
  return event.isComposing || event.keyCode === 229 || now - compositionEndedAt < AFTER_COMPOSITION_MS;
}

/** True for an Enter that the person meant for us. */
export function isEnter(event: Key, now?: number): boolean {
  return event.key === 'Enter' && !isImeKey(event, now);
}

/** True for an Escape that the person meant for us. */
export function isEscape(event: Key, now?: number): boolean {
  return event.key === 'Escape' && !isImeKey(event, now);
}

/** The key of a shortcut in lower case, or null when an input method has it. Letters also from non-Latin layouts. */
export function shortcutKey(event: Key & Pick<KeyboardEvent, 'code'>, now?: number): string | null {
  if (isImeKey(event, now)) return null;
  if (event.key.length === 1 && event.key.charCodeAt(0) > 127) {
    const full = FULL_WIDTH[event.key];
    if (full) return full;
    const letter = /^Key([A-Z])$/.exec(event.code)?.[1];
    return letter ? letter.toLowerCase() : null;
  }
  return event.key.length === 1 ? event.key.toLowerCase() : event.key;
}

const FULL_WIDTH: Record<string, string> = { '；': ';', '／': '/', '、': '/', '？': '?', '［': '[', '］': ']' };
