// What an agent can do to the open conversation, by button, key or palette: one place, so that all three agree.
import { errorText } from '../../i18n/errors.ts';
import { fullTime } from '../../i18n/format.ts';
import { t } from '../../i18n/index.svelte.ts';
import type { Conversation, Priority, Stage } from '../../protocol/api.ts';
import * as actions from '../../sync/actions.ts';
import type { Desk } from '../../sync/desk.svelte.ts';
import { prefs } from '../../ui/prefs.svelte.ts';
import { toasts } from '../../ui/toasts.svelte.ts';
import { MarkedCommands } from './marked.svelte.ts';
import type { Workspace } from './workspace.svelte.ts';

export type PickerKind = 'assign' | 'snooze' | 'resolve' | 'tags' | 'priority' | 'stage' | 'macro' | 'merge' | 'schedule';

/** What a command is for: the conversation that is open, or all that are marked. */
export type Scope = 'open' | 'marked';

export class Commands {
  /** The picker that is open, if any, and where. */
  picker: { kind: PickerKind; anchor: HTMLElement | null } | null = $state.raw(null);
  /** What the picker, or the time that is being typed in, is for. */
  scope: Scope = $state('open');
  readonly marked: MarkedCommands;
  /** Whether the time for snoozing or sending is being typed in. */
  askTime: 'snooze' | 'schedule' | null = $state(null);
  /** Puts a macro's text into the composer, sends at a time; set by the composer. */
  insert: (text: string) => void = () => {};
  schedule: (at: Date) => void = () => {};
  sendAndThen: (then: () => void) => void = (then) => then();

  constructor(
    readonly desk: Desk,
    private readonly workspace: Workspace,
  ) {
    this.marked = new MarkedCommands(desk, workspace);
  }

  get conversation(): Conversation | undefined {
    const id = this.workspace.selected;
    return id ? this.desk.store.get(id) : undefined;
  }

  get mayManage(): boolean {
    return this.desk.can('conversations_manage');
  }

  /** What keys and the palette mean: the marked ones once there are any. */
  get reach(): Scope {
    return this.workspace.marks.size > 0 ? 'marked' : 'open';
  }

  /** The conversations that an open picker is about. */
  get targets(): Conversation[] {
    if (this.scope === 'marked') return this.marked.conversations;
    return this.conversation ? [this.conversation] : [];
  }

  pick(kind: PickerKind, anchor: HTMLElement | null = null, scope: Scope = 'open'): void {
    this.scope = scope;
    if (this.targets.length === 0 || !this.mayManage) return;
    this.picker = { kind, anchor };
    if (this.workspace.list) this.workspace.list.hold.menuOpen = true;
  }

  close(): void {
    this.picker = null;
    if (this.workspace.list) this.workspace.list.hold.menuOpen = false;
  }

  take(scope: Scope = 'open'): Promise<void> {
    this.scope = scope;
    if (scope === 'marked') return this.marked.assign({ agent_id: this.desk.me.id }, t.app.you);
    const it = this.conversation;
    if (!it) return Promise.resolve();
    if (it.assignment.state === 'offered' && it.assignment.agent_id === this.desk.me.id) return this.do(actions.accept(this.desk, it.id));
    return this.assign({ agent_id: this.desk.me.id }, t.app.you);
  }

  /** Without a team it stays with the one it has. */
  assign(wanted: { agent_id: string | null; team_id?: string | null }, name: string): Promise<void> {
    if (this.scope === 'marked') return this.marked.assign(wanted, name);
    const it = this.conversation;
    if (!it) return Promise.resolve();
    const to = { agent_id: wanted.agent_id, team_id: wanted.team_id ?? it.assignment.team_id ?? null };
    const before = { agent_id: it.assignment.state === 'assigned' ? (it.assignment.agent_id ?? null) : null, team_id: it.assignment.team_id ?? null };
    return this.do(actions.assign(this.desk, it.id, to), () =>
      toasts.show(t.actions.assignedToast(name), { action: { label: t.app.undo, run: () => void this.do(actions.assign(this.desk, it.id, before)) } }),
    );
  }

  snooze(until: Date): Promise<void> {
    if (this.scope === 'marked') return this.marked.snooze(until, t.actions.snoozedToast(fullTime(until.toISOString())));
    const it = this.conversation;
    if (!it) return Promise.resolve();
    return this.do(actions.snooze(this.desk, it.id, until), () => {
      this.done(it.id, t.actions.snoozedToast(fullTime(until.toISOString())));
    });
  }

  /** Asks for the result when the inbox wants one, resolves at once else. */
  startResolve(anchor: HTMLElement | null = null, scope: Scope = 'open'): void {
    if (scope === 'marked') return this.pick('resolve', anchor, scope);
    const it = this.conversation;
    if (!it || !this.mayManage) return;
    if (it.status === 'resolved') void this.reopen();
    else this.pick('resolve', anchor);
  }

  resolve(disposition: string | null): Promise<void> {
    if (this.scope === 'marked') return this.marked.resolve(disposition);
    const it = this.conversation;
    if (!it) return Promise.resolve();
    return this.do(actions.resolve(this.desk, it.id, disposition), () => this.done(it.id, t.actions.resolvedToast));
  }

  reopen(): Promise<void> {
    const it = this.conversation;
    return it ? this.do(actions.reopen(this.desk, it.id)) : Promise.resolve();
  }

  toggleTag(tag: string): Promise<void> {
    if (this.scope === 'marked') return this.marked.toggleTag(tag);
    const it = this.conversation;
    if (!it) return Promise.resolve();
    return this.do(it.tags.includes(tag) ? actions.tag(this.desk, it.id, [], [tag]) : actions.tag(this.desk, it.id, [tag], []));
  }

  setPriority(priority: Priority): Promise<void> {
    if (this.scope === 'marked') return this.marked.setPriority(priority);
    const it = this.conversation;
    return it ? this.do(actions.setPriority(this.desk, it.id, priority)) : Promise.resolve();
  }

  setStage(stage: Stage | null): Promise<void> {
    if (this.scope === 'marked') return this.marked.setStage(stage);
    const it = this.conversation;
    return it ? this.do(actions.setStage(this.desk, it.id, stage)) : Promise.resolve();
  }

  markRead(scope: Scope = 'open'): Promise<void> {
    if (scope === 'marked') return this.marked.markRead();
    const it = this.conversation;
    return it ? this.do(actions.markRead(this.desk, it.id, it.news_seq)) : Promise.resolve();
  }

  markUnread(scope: Scope = 'open'): Promise<void> {
    if (scope === 'marked') return this.marked.markUnread();
    const it = this.conversation;
    if (!it) return Promise.resolve();
    return this.do(actions.markRead(this.desk, it.id, 0), () => this.workspace.select(null, true));
  }

  applyMacro(macroId: string): Promise<void> {
    const it = this.conversation;
    if (!it) return Promise.resolve();
    return this.do(actions.applyMacro(this.desk, it.id, macroId).then((text) => this.insert(text)));
  }

  merge(into: string): Promise<void> {
    const it = this.conversation;
    if (!it) return Promise.resolve();
    return this.do(actions.merge(this.desk, it.id, into), () => {
      this.workspace.select(into, true);
      toasts.show(t.actions.mergedToast, { action: { label: t.app.undo, run: () => void this.do(actions.unmerge(this.desk, it.id)) } });
    });
  }

  unmerge(): Promise<void> {
    const it = this.conversation;
    return it ? this.do(actions.unmerge(this.desk, it.id)) : Promise.resolve();
  }

  private done(id: string, text: string): void {
    toasts.show(text, { action: { label: t.app.undo, run: () => void this.do(actions.reopen(this.desk, id)) } });
    if (prefs.values.advance) this.workspace.advance(id);
  }

  private async do(work: Promise<unknown>, then?: () => void): Promise<void> {
    try {
      await work;
      then?.();
    } catch (error) {
      toasts.show(errorText(error), { tone: 'danger' });
    }
  }
}
