/** The one guard on every Enter, Escape and arrow: a key that belongs to an input method is not ours. */

/** Safari reports the Enter that confirms a candidate after the composition has ended. */
const AFTER_COMPOSITION_MS = 50;
let endedAt = -Infinity;

addEventListener("compositionend", (event) => (endedAt = event.timeStamp), true);

export function isImeKey(event: KeyboardEvent): boolean {
  return event.isComposing || event.keyCode === 229 || event.timeStamp - endedAt < AFTER_COMPOSITION_MS;
}

/** The key, or null when an input method has it. */
export function keyOf(event: KeyboardEvent): string | null {
  return isImeKey(event) ? null : event.key;
}
