// Rules: reading, checking while somebody types, trying, saving. The form and the source are one draft.
import type { DryRun, PolicyKind, Problem, Rule, RuleProblems, RuleVersion } from '../../protocol/api.ts';
import type { Desk } from '../../sync/desk.svelte.ts';
import { ApiError } from '../../sync/http.ts';
import { gapsOf, newBuilder, offsetOf, readBuilder, sourceOf, type Builder, type Gap, type NameOf } from './builder.ts';

/** A check waits for a rest in typing. */
const CHECK_AFTER_MS = 350;

const CONVERSATIONS = 100;

export const HAND_WRITTEN: Record<PolicyKind, string> = {
  routing: `def route(conv, candidates, now):
    if has_any(conv.text, ["退款", "refund"]):
        return next(priority = "high", tags = ["退款"], reason = "wants a refund")
    return None
`,
  escalation: `def escalate(conv, event, now):
    if conv.waiting_since == None:
        return []
    if conv.waiting_secs < 300:
        return ask_again(300 - conv.waiting_secs)
    if event.level >= 1:
        return []
    return [notify("manager", "A customer waits."), raise_priority("high"), set_level(1)]
`,
};

export const rulePath = (name: string) => `/rules/${encodeURIComponent(name)}`;

export class RuleDraft {
  rule: Rule | null = $state.raw(null);
  loadError: unknown = $state.raw(null);
  kind: PolicyKind = $state('routing');
  source = $state('');
  /** Rows, while the rule is made with them. */
  builder: Builder | null = $state(null);
  errors: Problem[] = $state.raw([]);
  warnings: Problem[] = $state.raw([]);
  checking: 'no' | 'yes' | 'failed' = $state('no');
  /** Gaps show after the first try to save or run. */
  tried = $state(false);
  dry: DryRun | null = $state.raw(null);

  private readonly made: string = $derived.by(() => (this.builder ? sourceOf(this.builder, this.kind, this.nameOf) : ''));
  private timer: ReturnType<typeof setTimeout> | undefined;
  private asked = 0;

  constructor(
    private readonly desk: Desk,
    readonly name: string,
    private readonly nameOf: NameOf,
  ) {}

  /** What would be saved: that of the rows, or what was written. */
  get text(): string {
    return this.builder ? this.made : this.source;
  }

  get gaps(): Gap[] {
    return this.builder ? gapsOf(this.builder, this.kind) : [];
  }

  get changed(): boolean {
    return this.rule !== null && this.text !== this.rule.source;
  }

  async load(): Promise<void> {
    this.loadError = null;
    try {
      this.take(await this.desk.api.get<Rule>(rulePath(this.name)));
      const live = this.rule?.versions.find((it) => it.number === this.rule?.live);
      if (live) this.edit(live);
    } catch (error) {
      this.loadError = error;
    }
  }

  /** Reads the rule again without touching what is being written. */
  async reread(): Promise<void> {
    if (this.rule) this.rule = await this.desk.api.get<Rule>(rulePath(this.name)).catch(() => this.rule);
  }

  /** Goes on from a version. Rows count only while they still say what the source says. */
  edit(version: RuleVersion): void {
    const rows = readBuilder(version.builder);
    this.builder = rows && sourceOf(rows, this.kind, () => undefined).replace(/^ {4}# .*$/gm, '') === version.source.replace(/^ {4}# .*$/gm, '') ? rows : null;
    this.source = version.source;
    this.tried = false;
    this.dry = null;
  }

  /** From rows to code; the way back is a new beginning. */
  detach(): void {
    this.source = this.text;
    this.builder = null;
  }

  rebuild(): void {
    this.builder = newBuilder(this.kind, offsetOf(new Date().getTimezoneOffset()));
    this.tried = false;
  }

  /** Checks what is written once it rests. */
  checkSoon(source: string): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.check(source), CHECK_AFTER_MS);
  }

  private async check(source: string): Promise<void> {
    const asked = (this.asked += 1);
    this.checking = 'yes';
    try {
      const found = await this.desk.api.post<RuleProblems>('/rules/check', { source, kind: this.kind });
      if (asked !== this.asked) return;
      this.errors = found.errors;
      this.warnings = found.warnings;
      this.checking = 'no';
    } catch {
      if (asked === this.asked) this.checking = 'failed';
    }
  }

  /** Saves a version; false when something is missing or does not compile. */
  async save(): Promise<boolean> {
    this.tried = true;
    if (this.gaps.length > 0) return false;
    try {
      this.take(await this.desk.api.put<Rule>(rulePath(this.name), { source: this.text, kind: this.kind, builder: this.builder ? $state.snapshot(this.builder) : null }));
      this.warnings = this.rule?.warnings ?? [];
      return true;
    } catch (error) {
      if (error instanceof ApiError && error.details.length > 0) {
        this.errors = error.details;
        return false;
      }
      throw error;
    }
  }

  async tryOut(): Promise<void> {
    this.tried = true;
    if (this.gaps.length > 0) return;
    this.dry = await this.desk.api.post<DryRun>('/rules/dry_run', { kind: this.kind, policy: { source: this.text }, limit: CONVERSATIONS });
  }

  async rollback(number: number): Promise<void> {
    this.take(await this.desk.api.post<Rule>(`${rulePath(this.name)}/rollback`, { number }));
    const live = this.rule?.versions.find((it) => it.number === number);
    if (live) this.edit(live);
  }

  remove(): Promise<void> {
    return this.desk.api.delete(rulePath(this.name));
  }

  stop(): void {
    clearTimeout(this.timer);
    this.asked += 1;
  }

  private take(rule: Rule): void {
    this.rule = rule;
    this.kind = rule.kind;
  }
}
