// One live list: pages read from the server, kept true by events, moved only when it may move.
import type { Conversation } from '../protocol/api.ts';
import type { Page } from './http.ts';
import { ApiError } from './http.ts';
import type { Filter, Hold } from './order.ts';
import { arrange, byActivity, countMoved, matches, mayReorder } from './order.ts';
import type { Store } from './store.svelte.ts';

const PAGE = 60;

export class ConversationList {
  /** Ids as shown. */
  order: string[] = $state.raw([]);
  /** Rows that are not where they should be, because the list is held. */
  updates = $state(0);
  loading = $state(false);
  error: ApiError | null = $state.raw(null);
  /** True once the first page is here. */
  loaded = $state(false);
  /** True when older ones can be read. */
  hasMore = $state(false);

  readonly hold: Hold = { pointerInside: false, keyAt: -Infinity, menuOpen: false, marking: false };
  selected: string | null = null;

  private readonly members = new Set<string>();
  private readonly changed = new Set<string>();
  private cursor: string | null = null;
  private lastReorderAt = -Infinity;
  private reading = 0;
  private readonly stopListening: () => void;

  constructor(
    readonly filter: Filter,
    private readonly store: Store,
    private readonly read: (query: Record<string, string | number | null>) => Promise<Page<Conversation>>,
  ) {
    this.stopListening = store.onchange((id, _, after) => this.changedOne(id, after));
  }

  dispose(): void {
    this.stopListening();
    this.reading += 1;
  }

  /** Reads the first page; again after a resync, keeping what is shown until the new page is here. */
  async load(): Promise<void> {
    const reading = (this.reading += 1);
    this.loading = true;
    this.error = null;
    try {
      const page = await this.read({ ...this.filter, limit: PAGE });
      if (reading !== this.reading) return;
      this.members.clear();
      this.take(page);
      this.loaded = true;
      this.reorder(Number.NEGATIVE_INFINITY);
    } catch (error) {
      if (reading === this.reading) this.error = error as ApiError;
    } finally {
      if (reading === this.reading) this.loading = false;
    }
  }

  /** Reads the next page of older ones. */
  async loadMore(): Promise<void> {
    if (!this.cursor || this.loading) return;
    const reading = this.reading;
    this.loading = true;
    try {
      const before = new Set(this.order);
      const page = await this.read({ ...this.filter, limit: PAGE, cursor: this.cursor });
      if (reading !== this.reading) return;
      this.take(page);
      // Older rows only ever join at the end, so this never moves a row that is in sight.
      this.order = [...this.order, ...page.items.map((it) => it.id).filter((id) => !before.has(id))];
    } catch (error) {
      if (reading === this.reading) this.error = error as ApiError;
    } finally {
      if (reading === this.reading) this.loading = false;
    }
  }

  /** Called about once a second: puts rows in order when they may move, counts the ones that wait else. */
  tick(now: number): void {
    if (this.changed.size === 0) return;
    if (mayReorder(this.hold, now, this.lastReorderAt)) this.reorder(now);
    else this.updates = countMoved(arrange(this.wanted(), this.order, this.selected), this.order, this.changed);
  }

  /** Puts rows in order now, because the person asked. */
  flush(now: number): void {
    this.reorder(now, null);
  }

  /** The row after or before the given one, as the person sees the list. */
  neighbour(id: string | null, step: 1 | -1): string | null {
    if (this.order.length === 0) return null;
    const at = id ? this.order.indexOf(id) : -1;
    if (at < 0) return this.order[step > 0 ? 0 : this.order.length - 1] ?? null;
    return this.order[at + step] ?? null;
  }

  /** True while the row still fits the filter; a held list shows rows that do not, faded. */
  isMember(id: string): boolean {
    return this.members.has(id);
  }

  private changedOne(id: string, after: Conversation): void {
    if (!this.loaded) return;
    const belongs = matches(this.filter, after, this.store.me) && this.isInReach(after);
    if (belongs) this.members.add(id);
    else if (!this.members.delete(id)) return;
    this.changed.add(id);
  }

  /** With more pages on the server, a row older than everything here comes with its page. */
  private isInReach(conversation: Conversation): boolean {
    if (!this.hasMore || this.members.has(conversation.id)) return true;
    const last = this.order.at(-1);
    const oldest = last ? this.store.get(last) : undefined;
    return !oldest || byActivity(conversation, oldest) < 0;
  }

  private take(page: Page<Conversation>): void {
    for (const conversation of page.items) {
      this.store.put(conversation);
      const current = this.store.get(conversation.id) ?? conversation;
      if (matches(this.filter, current, this.store.me)) this.members.add(conversation.id);
    }
    this.cursor = page.next_cursor ?? null;
    this.hasMore = this.cursor !== null;
  }

  private wanted(): string[] {
    const known: Conversation[] = [];
    for (const id of this.members) {
      const conversation = this.store.get(id);
      if (conversation) known.push(conversation);
    }
    return known.sort(byActivity).map((it) => it.id);
  }

  private reorder(now: number, selected = this.selected): void {
    this.order = arrange(this.wanted(), this.order, selected);
    this.changed.clear();
    this.updates = 0;
    this.lastReorderAt = now;
  }
}
