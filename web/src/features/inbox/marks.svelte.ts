// Which conversations of the list are marked, to do one thing to all of them.

/** More than anybody looks through; a change to thousands is a job for rules. */
export const MARKED_MAX = 500;

export class Marks {
  ids: ReadonlySet<string> = $state.raw(new Set());
  /** Where a run of marks begins: the row that was marked last by itself. */
  private anchor: string | null = null;

  get size(): number {
    return this.ids.size;
  }

  has(id: string): boolean {
    return this.ids.has(id);
  }

  toggle(id: string): void {
    const next = new Set(this.ids);
    if (!next.delete(id)) this.fill(next, [id]);
    this.anchor = id;
    this.ids = next;
  }

  /** Marks everything from the last mark to here, as the list is shown. */
  extend(order: readonly string[], id: string): void {
    const to = order.indexOf(id);
    const from = this.anchor ? order.indexOf(this.anchor) : -1;
    if (to < 0) return;
    if (from < 0) return this.toggle(id);
    this.add(order.slice(Math.min(from, to), Math.max(from, to) + 1));
  }

  /** Marks the row that a person leaves and the one they reach; going back over marks takes them away. */
  walk(from: string | null, to: string): void {
    const next = new Set(this.ids);
    if (from && next.has(from) && next.has(to)) next.delete(from);
    else this.fill(next, from ? [from, to] : [to]);
    this.anchor = to;
    this.ids = next;
  }

  add(ids: readonly string[]): void {
    const next = new Set(this.ids);
    this.fill(next, ids);
    this.ids = next;
  }

  drop(ids: Iterable<string>): void {
    const next = new Set(this.ids);
    for (const id of ids) next.delete(id);
    this.ids = next;
  }

  clear(): void {
    if (this.ids.size > 0) this.ids = new Set();
    this.anchor = null;
  }

  private fill(into: Set<string>, ids: readonly string[]): void {
    for (const id of ids) if (into.size < MARKED_MAX) into.add(id);
  }
}
