// The set-up of the desk that every page needs: people, teams, shops, inboxes, macros, views.
import type { Agent, Availability, Inbox, Macro, Shop, Team, View } from '../protocol/api.ts';
import type { Api } from './http.ts';

interface Kinds {
  agent: Agent;
  team: Team;
  shop: Shop;
  inbox: Inbox;
  macro: Macro;
  view: View;
}

type Kind = keyof Kinds;

const PATHS: Record<Kind, string> = {
  agent: '/agents',
  team: '/teams',
  shop: '/shops',
  inbox: '/inboxes',
  macro: '/macros',
  view: '/views',
};

/** Several changes in a row (an import, a saved form) are read once. */
const REREAD_DELAY_MS = 150;

export class Directory {
  agents: Agent[] = $state.raw([]);
  teams: Team[] = $state.raw([]);
  shops: Shop[] = $state.raw([]);
  inboxes: Inbox[] = $state.raw([]);
  macros: Macro[] = $state.raw([]);
  views: View[] = $state.raw([]);
  /** Goes up when something of a kind changed, also of kinds that are not kept here. */
  versions: Record<string, number> = $state({});

  private readonly agentById = $derived(new Map(this.agents.map((it) => [it.id, it])));
  private readonly teamById = $derived(new Map(this.teams.map((it) => [it.id, it])));
  private readonly shopById = $derived(new Map(this.shops.map((it) => [it.id, it])));
  private readonly inboxById = $derived(new Map(this.inboxes.map((it) => [it.id, it])));
  private readonly timers = new Map<Kind, ReturnType<typeof setTimeout>>();

  constructor(private readonly api: Api) {}

  agent(id: string | null | undefined): Agent | undefined {
    return id ? this.agentById.get(id) : undefined;
  }

  team(id: string | null | undefined): Team | undefined {
    return id ? this.teamById.get(id) : undefined;
  }

  shop(id: string | null | undefined): Shop | undefined {
    return id ? this.shopById.get(id) : undefined;
  }

  inbox(id: string | null | undefined): Inbox | undefined {
    return id ? this.inboxById.get(id) : undefined;
  }

  /** True when some inbox is a telephone. */
  get hasPhone(): boolean {
    return this.inboxes.some((it) => it.channel === 'phone');
  }

  /** Inboxes that calls can go out from: those with a line of their own. */
  get lines(): Inbox[] {
    return this.inboxes.filter((it) => it.channel === 'phone' && ((it.settings.trunk as { kind?: string } | undefined)?.kind ?? 'none') !== 'none');
  }

  /** Somebody came or went: told whole, so nothing is read again. */
  setAvailability(id: string, availability: Availability): void {
    const at = this.agents.findIndex((it) => it.id === id);
    const agent = this.agents[at];
    if (agent) this.agents = this.agents.with(at, { ...agent, availability });
  }

  async load(): Promise<void> {
    await Promise.all((Object.keys(PATHS) as Kind[]).map((kind) => this.reload(kind)));
  }

  /** An event said that something of this kind changed. */
  changed(entity: string): void {
    this.versions[entity] = (this.versions[entity] ?? 0) + 1;
    if (!(entity in PATHS)) return;
    const kind = entity as Kind;
    clearTimeout(this.timers.get(kind));
    this.timers.set(kind, setTimeout(() => void this.reload(kind), REREAD_DELAY_MS));
  }

  async reload(kind: Kind): Promise<void> {
    try {
      this.set(kind, await this.api.all(PATHS[kind]));
    } catch {
      // Names stay as they were; the next change or reconnect reads them again.
    }
  }

  private set<K extends Kind>(kind: K, items: Kinds[K][]): void {
    const sorted = items.toSorted((a, b) => a.name.localeCompare(b.name));
    if (kind === 'agent') this.agents = sorted as Agent[];
    else if (kind === 'team') this.teams = sorted as Team[];
    else if (kind === 'shop') this.shops = sorted as Shop[];
    else if (kind === 'inbox') this.inboxes = sorted as Inbox[];
    else if (kind === 'macro') this.macros = sorted as Macro[];
    else this.views = sorted as View[];
  }
}
