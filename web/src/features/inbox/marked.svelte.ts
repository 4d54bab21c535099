// What an agent can do to all marked conversations at once. Every one is a command of its own: some may be refused.
import { t } from '../../i18n/index.svelte.ts';
import type { Conversation, Priority, Stage } from '../../protocol/api.ts';
import * as actions from '../../sync/actions.ts';
import type { Desk } from '../../sync/desk.svelte.ts';
import { toasts } from '../../ui/toasts.svelte.ts';
import { Bulk } from './bulk.svelte.ts';
import type { Workspace } from './workspace.svelte.ts';

type Work = (it: Conversation) => Promise<unknown>;

const NOTHING = Promise.resolve();

export class MarkedCommands {
  readonly bulk = new Bulk();

  constructor(
    private readonly desk: Desk,
    private readonly workspace: Workspace,
  ) {}

  get conversations(): Conversation[] {
    return [...this.workspace.marks.ids].map((id) => this.desk.store.get(id)).filter((it) => it !== undefined);
  }

  /** Without a team each keeps its own. */
  assign(to: { agent_id: string | null; team_id?: string | null }, name: string): Promise<void> {
    return this.run(
      t.actions.assignedToast(name),
      (it) => actions.assign(this.desk, it.id, { agent_id: to.agent_id, team_id: to.team_id ?? it.assignment.team_id ?? null }),
      (it) => actions.assign(this.desk, it.id, { agent_id: it.assignment.state === 'assigned' ? (it.assignment.agent_id ?? null) : null, team_id: it.assignment.team_id ?? null }),
    );
  }

  snooze(until: Date, text: string): Promise<void> {
    return this.run(text, (it) => actions.snooze(this.desk, it.id, until), this.reopen);
  }

  resolve(disposition: string | null): Promise<void> {
    return this.run(t.actions.resolvedToast, (it) => (it.status === 'resolved' ? NOTHING : actions.resolve(this.desk, it.id, disposition)), this.reopen);
  }

  /** Takes a tag away when all have it, and gives it to those without else. The marks stay: more tags may follow. */
  toggleTag(tag: string): Promise<void> {
    const all = this.conversations;
    const give = !all.every((it) => it.tags.includes(tag));
    const change = (it: Conversation, add: boolean) => actions.tag(this.desk, it.id, add ? [tag] : [], add ? [] : [tag]);
    return this.run(
      give ? t.bulk.tagged(tag) : t.bulk.untagged(tag),
      (it) => (it.tags.includes(tag) === give ? NOTHING : change(it, give)),
      (it) => (it.tags.includes(tag) === give ? NOTHING : change(it, !give)),
      true,
    );
  }

  setPriority(priority: Priority): Promise<void> {
    return this.run(`${t.actions.priority}: ${t.priority[priority]}`, (it) => actions.setPriority(this.desk, it.id, priority), (it) => actions.setPriority(this.desk, it.id, it.priority));
  }

  setStage(stage: Stage | null): Promise<void> {
    return this.run(`${t.actions.stage}: ${stage ? t.stage[stage] : t.app.none}`, (it) => actions.setStage(this.desk, it.id, stage), (it) => actions.setStage(this.desk, it.id, it.stage ?? null));
  }

  markRead(): Promise<void> {
    return this.run(t.bulk.read, (it) => (it.unread ? actions.markRead(this.desk, it.id, it.news_seq) : NOTHING), (it) => (it.unread ? actions.markRead(this.desk, it.id, it.read_seq) : NOTHING));
  }

  markUnread(): Promise<void> {
    return this.run(t.bulk.unread, (it) => actions.markRead(this.desk, it.id, 0), (it) => actions.markRead(this.desk, it.id, it.read_seq));
  }

  private readonly reopen: Work = (it) => (it.status === 'open' ? actions.reopen(this.desk, it.id) : NOTHING);

  private run(title: string, work: Work, undo: Work, keepMarks = false): Promise<void> {
    // As they are now: undoing leads back to here, whatever happens in between.
    const before = new Map(this.conversations.map((it) => [it.id, it]));
    const of = (id: string) => before.get(id) as Conversation;
    return this.bulk.run(
      title,
      [...before.keys()],
      (id) => work(of(id)),
      (done) => {
        if (!keepMarks) this.workspace.marks.drop(done);
        const back = () => void this.bulk.run(t.bulk.undone, done, (id) => undo(of(id)), () => toasts.show(t.bulk.undone));
        toasts.show(t.bulk.done(title, done.length), { action: { label: t.app.undo, run: back } });
      },
    );
  }
}
