import { keyOf } from "./ime.ts";

const FOCUSABLE = 'a[href],button:not([disabled]),textarea:not([disabled]),input:not([disabled]),[tabindex="0"]';

/** Keeps Tab inside `root`: a chat that covers the whole screen must not lose the focus to what it covers. */
export function trapTab(event: KeyboardEvent, root: HTMLElement): void {
  if (keyOf(event) !== "Tab") return;
  const all = [...root.querySelectorAll<HTMLElement>(FOCUSABLE)].filter((element) => element.offsetParent !== null);
  const first = all[0];
  const last = all.at(-1);
  if (!first || !last) return;
  const at = document.activeElement;
  if (event.shiftKey && (at === first || !root.contains(at))) {
    event.preventDefault();
    last.focus();
  } else if (!event.shiftKey && (at === last || !root.contains(at))) {
    event.preventDefault();
    first.focus();
  }
}
