// The signed-in desk: everything live, wired together. Features read from here and act through here; no component
// fetches by itself or touches the socket.
import type { Availability, Conversation, Counts, Me, Message } from '../protocol/api.ts';
import type { EventFrame, PhoneFrame, ServerFrame } from '../protocol/frames.ts';
import { Calls } from './calls.svelte.ts';
import { clock } from './clock.svelte.ts';
import { Directory } from './directory.svelte.ts';
import { Api, ApiError, type Page } from './http.ts';
import { ConversationList } from './list.svelte.ts';
import type { Filter } from './order.ts';
import type { Shelf } from './outbox.ts';
import { PresenceBoard } from './presence.svelte.ts';
import { rereadsOf } from './reducer.ts';
import { Socket, type ConnectionState, type World } from './socket.ts';
import { Store } from './store.svelte.ts';
import { Thread, type Outgoing, type Pending } from './thread.svelte.ts';

export type { Outgoing } from './thread.svelte.ts';

/** What the desk needs from the browser; tests give their own. */
export interface Surroundings extends World {
  /** Runs soon, at most once per drawn frame. */
  nextFrame(run: () => void): void;
  newId(): string;
}

/** Threads kept for going back and forth; beyond it the one unused longest is dropped. */
const THREADS_MAX = 40;

/** Conversations kept at hand, those of long lists apart: a week of a busy desk, about 20 MB. */
const CELLS_MAX = 5000;

/** Numbers beside views are read at most this often, however much happens. */
const COUNTS_EVERY_MS = 3000;

/** Folding events stops after this long and goes on in the next frame: half a frame is left for drawing and for keys. */
const FOLD_MS = 8;

/** Events between two looks at the time. */
const FOLD_STEP = 32;

/** Unsent text older than this is not sent by itself after a restart: the agent decides. */
const RESEND_WITHIN_MS = 10 * 60 * 1000;

export class Desk {
  me: Me = $state.raw() as Me;
  connection: ConnectionState = $state('stopped');
  /** When the next try to connect happens, in local time; null while connected. */
  retryAt: number | null = $state(null);
  counts: Counts | null = $state.raw(null);
  /** The server runs another version than this page was loaded from. */
  outdated = $state(false);
  /** The page is in sight: what is shown counts as seen. */
  visible = $state(true);
  /** Goes up when decisions of a conversation changed. */
  decisionsVersion = $state(0);
  /** Contacts that changed, by id: goes up when one has to be read again. */
  contactVersions: Record<string, number> = $state({});

  readonly store: Store;
  readonly directory: Directory;
  readonly presence = new PresenceBoard();
  readonly calls: Calls;
  readonly socket: Socket;

  /** Told about each message that arrives live. */
  onmessage: (message: Message, conversation: Conversation | undefined, frame: EventFrame) => void = () => {};
  onescalated: (conversation: Conversation, frame: EventFrame) => void = () => {};
  onassigned: (conversation: Conversation, frame: EventFrame) => void = () => {};
  ondraft: (conversationId: string) => void = () => {};

  private readonly threads = new Map<string, Thread>();
  private readonly lists = new Set<ConversationList>();
  private queue: EventFrame[] = [];
  private flushing = false;
  private version: string | null = null;
  private countsTimer: ReturnType<typeof setTimeout> | undefined;
  private countsAt = -Infinity;
  private readonly clients = new Map<string, Promise<void>>();
  private resyncing = false;

  constructor(
    readonly api: Api,
    private readonly around: Surroundings,
    private readonly shelf: Shelf,
  ) {
    this.store = new Store(async (ids) => {
      const page = await api.get<Page<Conversation>>('/conversations', { ids: ids.join(','), limit: 200 });
      return page.items;
    });
    this.directory = new Directory(api);
    this.calls = new Calls(api);
    this.socket = new Socket(around, {
      state: (state) => this.connectionChanged(state),
      frame: (frame) => this.receive(frame),
      resync: (head) => void this.resync(head),
    });
  }

  /** Begins the session: names first, then live. */
  async start(me: Me): Promise<void> {
    this.me = me;
    this.store.me = me.id;
    this.socket.start();
    void this.refreshCounts();
    await Promise.all([this.directory.load(), this.restoreUnsent()]);
  }

  stop(): void {
    this.socket.stop();
    clearTimeout(this.countsTimer);
  }

  /** Signs out on purpose: nothing written stays on this computer. */
  async forget(): Promise<void> {
    await this.shelf.clear();
  }

  can(permission: string): boolean {
    return this.me.permissions.includes(permission);
  }

  // Lists and threads

  openList(filter: Filter): ConversationList {
    const list = new ConversationList(filter, this.store, (query) => this.api.get('/conversations', query));
    this.lists.add(list);
    void list.load();
    return list;
  }

  closeList(list: ConversationList): void {
    list.dispose();
    this.lists.delete(list);
  }

  /** The thread of a conversation, read when it is not here yet. */
  thread(id: string): Thread {
    let thread = this.threads.get(id);
    if (!thread) {
      thread = new Thread(id, (query) => this.api.get(`/conversations/${id}/messages`, query));
      for (const [oldest, candidate] of this.threads) {
        if (this.threads.size < THREADS_MAX) break;
        if (candidate.pending.length === 0) this.threads.delete(oldest);
      }
    } else this.threads.delete(id);
    this.threads.set(id, thread);
    const wanted = thread;
    // Later, since this may be called while something is being worked out.
    queueMicrotask(() => {
      if (!wanted.loaded && !wanted.loading && !wanted.error) void wanted.load();
    });
    return thread;
  }

  /** Reads one conversation that may not be in any list. */
  async open(id: string): Promise<Conversation> {
    const known = this.store.get(id);
    if (known) return known;
    const conversation = await this.api.get<Conversation>(`/conversations/${id}`);
    this.store.put(conversation);
    return conversation;
  }

  /** Once a second: lists that may move move, what has run out disappears. */
  tick(): void {
    clock.tick();
    for (const list of this.lists) list.tick(this.around.now());
    this.presence.tick(this.around.now());
    if (this.store.cells.size > CELLS_MAX) this.store.keepOnly((id) => this.threads.has(id) || [...this.lists].some((list) => list.isMember(id) || list.selected === id));
  }

  // Sending

  /** True when everything written up to now is on the screen, so that an answer answers the newest message. */
  isCaughtUp(thread: Thread): boolean {
    return this.connection === 'live' && thread.loaded;
  }

  async send(conversationId: string, outgoing: Outgoing): Promise<void> {
    const pending: Pending = {
      client_id: this.around.newId(),
      conversation_id: conversationId,
      ...outgoing,
      send_at: outgoing.send_at ?? null,
      seen_seq: this.seenSeq(conversationId),
      at: new Date(clock.exact()).toISOString(),
      state: 'sending',
      error: null,
    };
    await this.shelf.put(pending);
    await this.post(pending);
  }

  /** Sends again what was refused or did not get through, having seen what came since. */
  async sendAgain(pending: Pending): Promise<void> {
    const thread = this.thread(pending.conversation_id);
    thread.unseen = [];
    await this.post({ ...pending, seen_seq: this.seenSeq(pending.conversation_id), state: 'sending', error: null });
  }

  /** Takes a message back that is not on the server; its text is the caller's now. */
  async withdraw(pending: Pending): Promise<void> {
    const thread = this.thread(pending.conversation_id);
    thread.unseen = [];
    thread.dropPending(pending.client_id);
    await this.shelf.remove(pending.client_id);
  }

  private post(pending: Pending): Promise<void> {
    const before = this.clients.get(pending.conversation_id) ?? Promise.resolve();
    // One after the other per conversation: two quick messages arrive in the order they were written.
    const run = before.then(() => this.postOne(pending));
    this.clients.set(pending.conversation_id, run);
    this.thread(pending.conversation_id).setPending(pending);
    return run;
  }

  private async postOne(pending: Pending): Promise<void> {
    const thread = this.thread(pending.conversation_id);
    try {
      const message = await this.api.post<Message>(`/conversations/${pending.conversation_id}/messages`, {
        kind: pending.kind,
        text: pending.text,
        client_id: pending.client_id,
        seen_seq: Math.max(pending.seen_seq, this.ownSeq(pending.conversation_id)),
        attachments: pending.attachments.map((it) => it.id),
        ...(pending.send_at && { send_at: pending.send_at }),
        ...(pending.mail && { mail: pending.mail }),
      });
      await this.shelf.remove(pending.client_id);
      if (pending.send_at) thread.dropPending(pending.client_id);
      else thread.confirm(message);
    } catch (error) {
      const failure = error instanceof ApiError ? error : new ApiError(0, 'unavailable', String(error));
      if (failure.code === 'conflict') {
        for (const message of failure.unseen) thread.confirm(message);
        thread.unseen = failure.unseen;
        thread.setPending({ ...pending, state: 'conflict', error: failure.message });
      } else {
        thread.setPending({ ...pending, state: failure.isPassing ? 'waiting' : 'failed', error: failure.message });
      }
    }
  }

  /** What the agent has seen of a conversation: everything that is on the screen now. */
  private seenSeq(id: string): number {
    const last = this.threads.get(id)?.messages.at(-1);
    return Math.max(this.store.get(id)?.seq ?? 0, last?.seq ?? 0);
  }

  /** The agent's own newest message: what one writes oneself needs no warning. */
  private ownSeq(id: string): number {
    const { author, seq = 0 } = this.threads.get(id)?.messages.at(-1) ?? {};
    return author?.id === this.me.id ? seq : 0;
  }

  private async restoreUnsent(): Promise<void> {
    for (const pending of await this.shelf.all()) {
      const old = clock.exact() - Date.parse(pending.at) > RESEND_WITHIN_MS;
      this.thread(pending.conversation_id).setPending({ ...pending, state: old ? 'failed' : 'waiting' });
    }
    if (this.connection === 'live') this.sendWaiting();
  }

  private sendWaiting(): void {
    for (const thread of this.threads.values()) {
      for (const pending of thread.pending) {
        if (pending.state === 'waiting') void this.post({ ...pending, state: 'sending', error: null });
      }
    }
  }

  // Live

  private connectionChanged(state: ConnectionState): void {
    this.connection = state;
    this.retryAt = this.socket.retryAt;
    if (state === 'live') {
      this.flush(true);
      this.sendWaiting();
      void this.refreshCounts();
    } else if (state === 'connecting') {
      this.presence.clear();
      // A socket does not say why it was refused: perhaps the session has ended.
      if (this.socket.failures > 1) void this.refreshMe().catch(() => {});
    }
  }

  private receive(frame: ServerFrame): void {
    switch (frame.type) {
      case 'hello':
        clock.sync(frame.now);
        if (this.version && this.version !== frame.server) this.outdated = true;
        this.version ??= frame.server;
        return;
      case 'event':
        this.queue.push(frame);
        this.flushSoon();
        return;
      case 'caught_up':
        this.flush(true);
        return;
      case 'ephemeral':
        this.presence.take(frame, this.around.now());
        return;
      default:
        if (frame.type.startsWith('phone.')) this.calls.online(frame as PhoneFrame);
    }
  }

  private flushSoon(): void {
    if (this.flushing) return;
    this.flushing = true;
    this.around.nextFrame(() => {
      this.flushing = false;
      this.flush();
    });
  }

  /** Folds what has come: all of it, or as much as fits into a frame. */
  private flush(all = false): void {
    const frames = this.queue;
    const until = this.around.now() + FOLD_MS;
    let done = 0;
    for (const frame of frames) {
      if (!all && done % FOLD_STEP === 0 && this.around.now() > until) break;
      this.apply(frame);
      done += 1;
    }
    if (done === 0) return;
    this.queue = frames.slice(done);
    this.countsChanged();
    if (this.queue.length > 0) this.flushSoon();
  }

  private apply(frame: EventFrame): void {
    this.store.fold(frame);
    const id = frame.conversation_id ?? '';
    const thread = this.threads.get(id);
    thread?.fold(frame);
    if (frame.kind.startsWith('call.')) this.calls.fold(frame);
    if (frame.kind === 'message.delivery_changed' && this.store.get(id)?.channel === 'email') void thread?.reread(frame.data.message_id as string);
    if (frame.kind === 'message.created') {
      const message = frame.data.message as Message;
      this.presence.wrote(id, message.author.type === 'agent' ? message.author.id : null, this.around.now());
      this.onmessage(message, this.store.get(id), frame);
    } else if (frame.kind === 'conversation.assigned') {
      const conversation = this.store.get(id);
      if (conversation) this.onassigned(conversation, frame);
    } else if (frame.kind === 'conversation.escalated') void this.open(id).then((it) => this.onescalated(it, frame), () => {});
    else if (frame.kind === 'conversation.draft_changed') this.ondraft(id);
    else if (frame.kind === 'agent.availability_changed') {
      const availability = frame.data.availability as Availability;
      this.directory.setAvailability(frame.data.agent_id as string, availability);
      if (frame.data.agent_id === this.me.id) this.me = { ...this.me, availability };
    }
    for (const reread of rereadsOf(frame)) {
      if (reread.what === 'conversation') {
        this.store.reread(reread.id);
        void this.threads.get(reread.id)?.load();
      } else if (reread.what === 'contact') this.contactChanged(reread.id);
      else if (reread.what === 'decisions') this.decisionsVersion += 1;
      else {
        this.directory.changed(reread.entity);
        if (reread.entity === 'agent' && reread.id === this.me.id) void this.refreshMe();
      }
    }
  }

  private contactChanged(id: string): void {
    this.contactVersions[id] = (this.contactVersions[id] ?? 0) + 1;
    for (const [conversationId, cell] of this.store.cells) {
      if (cell.value.contact.id === id) this.store.reread(conversationId);
    }
  }

  private async resync(head: number): Promise<void> {
    if (this.resyncing) return;
    this.resyncing = true;
    this.queue = [];
    try {
      const open = [...this.threads.values()].filter((it) => it.loaded);
      this.threads.clear();
      for (const thread of open.slice(-3)) this.threads.set(thread.id, thread);
      for (const thread of open) if (thread.pending.length > 0) this.threads.set(thread.id, thread);
      await Promise.all([
        ...[...this.lists].map((list) => list.load()),
        ...[...this.threads.values()].map((thread) => thread.load()),
        this.directory.load(),
      ]);
      for (const id of this.threads.keys()) this.store.reread(id);
      this.socket.resume(head);
    } finally {
      this.resyncing = false;
    }
  }

  refreshMe = async (): Promise<void> => void (this.me = await this.api.get<Me>('/me'));

  private countsChanged(): void {
    if (this.countsTimer !== undefined) return;
    const wait = Math.max(200, this.countsAt + COUNTS_EVERY_MS - this.around.now());
    this.countsTimer = setTimeout(() => void this.refreshCounts(), wait);
  }

  async refreshCounts(): Promise<void> {
    clearTimeout(this.countsTimer);
    this.countsTimer = undefined;
    this.countsAt = this.around.now();
    try {
      this.counts = await this.api.get<Counts>('/conversations/counts');
    } catch {
      // Old numbers stay; the next change reads them again.
    }
  }
}
