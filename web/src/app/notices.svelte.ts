// What was escalated to me since this page was opened: kept until it is looked at.

export interface Notice {
  id: string;
  conversation: string;
  name: string;
  level: number;
  at: string;
  seen: boolean;
}

/** Older ones are in the conversations themselves. */
const KEPT_MAX = 50;

export class Notices {
  items: Notice[] = $state.raw([]);

  get unseen(): number {
    return this.items.filter((it) => !it.seen).length;
  }

  /** The newest step of a conversation stands for those before. */
  add(notice: Omit<Notice, 'seen'>): void {
    this.items = [{ ...notice, seen: false }, ...this.items.filter((it) => it.conversation !== notice.conversation)].slice(0, KEPT_MAX);
  }

  seen(): void {
    if (this.unseen > 0) this.items = this.items.map((it) => ({ ...it, seen: true }));
  }

  clear(): void {
    this.items = [];
  }
}
