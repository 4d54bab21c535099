// F6 goes around the panes: what Tab would do in a hundred steps. A pane is entered where it was left.

/** Where each pane had the focus last. */
const left = new WeakMap<Element, HTMLElement>();

const FOCUSABLE = 'a[href], button:not(:disabled), input:not(:disabled), select:not(:disabled), textarea:not(:disabled), summary, [tabindex="0"]';

const isShown = (element: Element) => element.checkVisibility({ visibilityProperty: true, opacityProperty: false });

/** Moves the focus to the next or the previous pane. Panes carry `data-pane-stop`; what they focus first, `data-pane-first`. */
export function movePane(step: 1 | -1): void {
  const panes = [...document.querySelectorAll('[data-pane-stop]')].filter(isShown);
  if (panes.length === 0) return;
  const active = document.activeElement;
  const at = panes.findIndex((pane) => pane.contains(active));
  if (at >= 0 && active instanceof HTMLElement) left.set(panes[at]!, active);
  const from = at < 0 && step < 0 ? 0 : at;
  const next = panes[(from + step + panes.length) % panes.length]!;
  const before = left.get(next);
  const target = before?.isConnected && next.contains(before) && isShown(before) ? before : firstOf(next);
  target?.focus();
}

function firstOf(pane: Element): HTMLElement | undefined {
  const wanted = pane.querySelector<HTMLElement>('[data-pane-first]');
  if (wanted && isShown(wanted)) return wanted;
  return [...pane.querySelectorAll<HTMLElement>(FOCUSABLE)].find(isShown);
}
