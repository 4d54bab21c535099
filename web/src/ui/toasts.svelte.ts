// Short messages at the edge: what was done (with undo) and what went wrong.

export interface Toast {
  id: number;
  text: string;
  tone: 'plain' | 'danger';
  action?: { label: string; run: () => void };
}

/** Long enough to read one line and reach the button. */
const SHOWN_MS = 6000;

class Toasts {
  items: Toast[] = $state.raw([]);
  private next = 0;

  show(text: string, options: Partial<Pick<Toast, 'tone' | 'action'>> = {}): void {
    const toast: Toast = { id: (this.next += 1), text, tone: options.tone ?? 'plain', action: options.action };
    this.items = [...this.items.slice(-2), toast];
    setTimeout(() => this.close(toast.id), SHOWN_MS);
  }

  /** Does what the newest message offers: mostly undo. */
  act(): void {
    const newest = this.items.findLast((it) => it.action);
    if (!newest) return;
    this.close(newest.id);
    newest.action?.run();
  }

  close(id: number): void {
    this.items = this.items.filter((it) => it.id !== id);
  }
}

export const toasts = new Toasts();
