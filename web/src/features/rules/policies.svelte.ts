// Policies: what is in force, what could be, and the draft between. One per kind.
import type { Canary, Installed, PolicyKind, PolicyRef, PolicySlot, Rule } from '../../protocol/api.ts';
import type { Desk } from '../../sync/desk.svelte.ts';
import type { Page } from '../../sync/http.ts';

/** A policy that can be put somewhere, or one that is somewhere and is gone. */
export interface Candidate {
  ref: PolicyRef;
  key: string;
  name: string;
  what: 'plugin' | 'rule';
  /** Where to read more. */
  href: string;
  state: 'ready' | 'off' | 'missing';
}

export const keyOf = (ref: PolicyRef): string => ('plugin' in ref ? `plugin:${ref.plugin}` : `rule:${ref.rule}`);

const bare = (ref: PolicyRef): PolicyRef => ('plugin' in ref ? { plugin: ref.plugin } : { rule: ref.rule });

/** A draft of a canary. */
export interface CanaryDraft {
  key: string;
  percent: number;
  max_error_percent: number;
  max_sla_rise_percent: number;
}

const CANARY: Omit<CanaryDraft, 'key'> = { percent: 10, max_error_percent: 5, max_sla_rise_percent: 10 };

const draftOf = (canary: Canary | null | undefined): CanaryDraft =>
  canary ? { key: keyOf(canary), percent: canary.percent, max_error_percent: canary.max_error_percent ?? CANARY.max_error_percent, max_sla_rise_percent: canary.max_sla_rise_percent ?? CANARY.max_sla_rise_percent } : { key: '', ...CANARY };

/** Everything that could decide. Plugins are only for administrators to list; others see those in use. */
export async function readCandidates(desk: Desk, kind: PolicyKind, say: (texts: Record<string, string>) => string): Promise<Candidate[]> {
  const [rules, plugins] = await Promise.all([
    desk.api.get<{ items: Rule[] }>('/rules').then((it) => it.items),
    desk.can('integrations_manage') ? desk.api.get<Page<Installed>>('/plugins').then((it) => it.items) : Promise.resolve([]),
  ]);
  return [
    ...rules.filter((it) => it.kind === kind).map((it): Candidate => ({ ref: { rule: it.name }, key: `rule:${it.name}`, name: it.name, what: 'rule', href: `/settings/rules/${encodeURIComponent(it.name)}`, state: 'ready' })),
    ...plugins
      .filter((it) => it.kinds.includes(kind))
      .map((it): Candidate => ({ ref: { plugin: it.key }, key: `plugin:${it.key}`, name: say(it.name), what: 'plugin', href: `/settings/plugins/${encodeURIComponent(it.key)}`, state: it.state === 'enabled' ? 'ready' : 'off' })),
  ];
}

export class SlotDraft {
  slot: PolicySlot | null = $state.raw(null);
  candidates: Candidate[] = $state.raw([]);
  error: unknown = $state.raw(null);
  live: PolicyRef[] = $state.raw([]);
  shadow = $state('');
  canary: CanaryDraft = $state(draftOf(null));

  constructor(
    private readonly desk: Desk,
    readonly kind: PolicyKind,
    private readonly say: (texts: Record<string, string>) => string,
  ) {}

  async load(): Promise<void> {
    this.error = null;
    try {
      const [slot, candidates] = await Promise.all([this.desk.api.get<PolicySlot>(`/policies/${this.kind}`), readCandidates(this.desk, this.kind, this.say)]);
      this.candidates = candidates;
      // What somebody is changing here stays; only the figures beside it are new.
      if (this.slot && this.changed) this.slot = { ...this.slot, shadowed: slot.shadowed };
      else this.take(slot);
    } catch (error) {
      this.error = error;
    }
  }

  of(ref: PolicyRef): Candidate {
    const key = keyOf(ref);
    const found = this.candidates.find((it) => it.key === key);
    if (found) return found;
    const what = 'plugin' in ref ? 'plugin' : 'rule';
    const unknown = what === 'plugin' && !this.desk.can('integrations_manage');
    const name = 'plugin' in ref ? ref.plugin : ref.rule;
    return { ref, key, name, what, href: `/settings/${what}s/${encodeURIComponent(name)}`, state: unknown ? 'ready' : 'missing' };
  }

  /** What could still be added to the chain. */
  get addable(): Candidate[] {
    const used = new Set(this.live.map(keyOf));
    return this.candidates.filter((it) => !used.has(it.key) && it.state === 'ready');
  }

  get changed(): boolean {
    const slot = this.slot;
    if (!slot) return false;
    const before = draftOf(slot.canary);
    return (
      slot.live.map(keyOf).join('\n') !== this.live.map(keyOf).join('\n') ||
      (slot.shadow ? keyOf(slot.shadow) : '') !== this.shadow ||
      before.key !== this.canary.key ||
      (this.canary.key !== '' && (before.percent !== this.canary.percent || before.max_error_percent !== this.canary.max_error_percent || before.max_sla_rise_percent !== this.canary.max_sla_rise_percent))
    );
  }

  move(at: number, by: -1 | 1): void {
    const it = this.live[at];
    if (it) this.live = this.live.toSpliced(at, 1).toSpliced(at + by, 0, it);
  }

  discard(): void {
    if (this.slot) this.take(this.slot);
  }

  private refOf(key: string): PolicyRef | null {
    if (!key) return null;
    const name = key.slice(key.indexOf(':') + 1);
    return key.startsWith('plugin:') ? { plugin: name } : { rule: name };
  }

  async save(): Promise<void> {
    const canary = this.refOf(this.canary.key);
    const { percent, max_error_percent, max_sla_rise_percent } = this.canary;
    this.take(await this.desk.api.put<PolicySlot>(`/policies/${this.kind}`, { live: this.live.map(bare), shadow: this.refOf(this.shadow), canary: canary && { ...canary, percent, max_error_percent, max_sla_rise_percent } }));
  }

  /** Puts what is on trial at the head of the chain, and ends the trial. */
  promote(key: string): void {
    const ref = this.refOf(key);
    if (!ref) return;
    this.live = [ref, ...this.live.filter((it) => keyOf(it) !== key)];
    if (this.shadow === key) this.shadow = '';
    if (this.canary.key === key) this.canary = draftOf(null);
  }

  async rollback(): Promise<void> {
    this.take(await this.desk.api.post<PolicySlot>(`/policies/${this.kind}/rollback`));
  }

  private take(slot: PolicySlot): void {
    this.slot = slot;
    this.live = slot.live.map(bare);
    this.shadow = slot.shadow ? keyOf(slot.shadow) : '';
    this.canary = draftOf(slot.canary);
  }
}
