// What plugins show beside a conversation: cards, orders, suggested replies.
import { i18n } from '../../i18n/index.svelte.ts';
import type { CardAction, Order, OrderActed, PanelAnswer, Suggestion } from '../../protocol/api.ts';
import type { Desk } from '../../sync/desk.svelte.ts';

/** A card that asks for more is read no more often than this. */
const REFRESH_MIN_MS = 5000;

export class Panels {
  items: PanelAnswer[] = $state.raw([]);
  private timer: ReturnType<typeof setTimeout> | undefined;
  private asked = 0;

  constructor(
    private readonly desk: Desk,
    readonly conversation: string,
  ) {}

  async load(): Promise<void> {
    const asked = (this.asked += 1);
    try {
      const { items } = await this.desk.api.get<{ items: PanelAnswer[] }>(`/conversations/${this.conversation}/panels`, { locale: i18n.locale });
      if (asked === this.asked) this.items = items;
    } catch {
      // Cards are an extra: what is shown stays, and nothing else waits for them.
    }
    if (asked === this.asked) this.again();
  }

  async press(plugin: string, action: CardAction): Promise<void> {
    const answer = await this.desk.api.post<PanelAnswer>(`/conversations/${this.conversation}/panels/${encodeURIComponent(plugin)}/actions`, { action_id: action.id, args: action.args, locale: i18n.locale });
    this.items = this.items.map((it) => (it.plugin === plugin ? answer : it));
  }

  stop(): void {
    clearTimeout(this.timer);
    this.asked += 1;
  }

  private again(): void {
    clearTimeout(this.timer);
    const soonest = Math.min(...this.items.map((it) => it.card?.refresh_after_ms || Infinity));
    if (Number.isFinite(soonest)) this.timer = setTimeout(() => (this.desk.visible ? void this.load() : this.again()), Math.max(REFRESH_MIN_MS, soonest));
  }
}

export const readOrders = async (desk: Desk, conversation: string, q: string): Promise<Order[]> => (await desk.api.get<{ items: Order[] }>(`/conversations/${conversation}/orders`, { q })).items;

/** Does something with an order; the same `client_id` does it once, however often it is sent. */
export const actOnOrder = (desk: Desk, conversation: string, order: Order, action: string, args: unknown, client_id: string) =>
  desk.api.post<OrderActed>(`/conversations/${conversation}/orders/${encodeURIComponent(order.id)}/actions`, { plugin: order.plugin, action, args, client_id });

export const readSuggestions = async (desk: Desk, conversation: string): Promise<Suggestion[]> => (await desk.api.get<{ items: Suggestion[] }>(`/conversations/${conversation}/suggestions`)).items;

/** Addresses that a card may lead to or show pictures from. */
export function isAllowed(url: string, picture = false): boolean {
  if (picture && url.startsWith('/api/v1/')) return true;
  try {
    return new URL(url).protocol === 'https:';
  } catch {
    return false;
  }
}
