// What the agent is writing: one text per conversation and kind, saved on the server a moment after the last key, never
// lost by switching. No DOM here.
import type { Attachment, ComposeMail, PostKind, ScheduledReply } from '../../protocol/api.ts';
import * as actions from '../../sync/actions.ts';
import type { Desk } from '../../sync/desk.svelte.ts';
import { readProposal } from '../../sync/mail.ts';
import type { Pending } from '../../sync/thread.svelte.ts';
import { MailDraft } from './mail/draft.svelte.ts';

/** A pause in typing, after which the draft is saved. */
const SAVE_AFTER_MS = 800;

/** The word on typing is good for six seconds; telling it every three keeps it alive. */
const TYPING_EVERY_MS = 3000;

/** Drafts are read for a conversation that stays open, not for each that the keyboard passes. */
const READ_AFTER_MS = 120;

/** Our own saving comes back as news within this time. */
const OWN_ECHO_MS = 3000;

/** Conversations whose unsent text is kept at hand. */
const KEPT_MAX = 200;

export interface Upload {
  key: string;
  name: string;
  state: 'uploading' | 'done' | 'failed';
  attachment: Attachment | null;
}

interface Sheet {
  reply: string;
  /** The reply as HTML, where it goes by mail; `reply` is the same as text. */
  html: string;
  mail: MailDraft | null;
  note: string;
  kind: PostKind;
  uploads: Upload[];
  /** Kinds that differ from what the server has. */
  dirty: Set<PostKind>;
  /** Kinds of which the server holds a draft. */
  saved: Set<PostKind>;
}

const blank = (): Sheet => ({ reply: '', html: '', mail: null, note: '', kind: 'reply', uploads: [], dirty: new Set(), saved: new Set() });

/** Enough to know whether anything is written; what is sent comes from the editor. */
const plainOf = (html: string): string => html.replace(/<[^>]*>/g, ' ').trim();

export class Composer {
  kind: PostKind = $state('reply');
  text = $state('');
  uploads: Upload[] = $state.raw([]);
  /** Recipients and subject, where the reply goes by mail. */
  mail: MailDraft | null = $state.raw(null);
  /** The reply as HTML, where it goes by mail. */
  html = $state('');
  /** Goes up when the text changed by other means than typing. */
  replaced = $state(0);
  /** True for a moment after a draft was saved. */
  justSaved = $state(false);
  onuploadfailed: (name: string) => void = () => {};

  private id: string | null = null;
  private readonly sheets = new Map<string, Sheet>();
  /** Pictures put into mails, by id. */
  private readonly pictures = new Map<string, Attachment>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readTimer: ReturnType<typeof setTimeout> | undefined;
  private typedAt = -Infinity;
  private savedAt = -Infinity;

  constructor(private readonly desk: Desk) {}

  get isUploading(): boolean {
    return this.uploads.some((it) => it.state === 'uploading');
  }

  get isEmpty(): boolean {
    return this.text.trim() === '' && !this.uploads.some((it) => it.state === 'done');
  }

  /** Turns to another conversation, putting away what was written for the one before. */
  open(id: string, byMail = false): void {
    if (this.id === id) return;
    this.saveNow();
    this.keep();
    this.id = id;
    const sheet = this.sheet(id);
    this.kind = sheet.kind;
    this.text = sheet[sheet.kind];
    this.uploads = sheet.uploads;
    if (byMail) sheet.mail ??= new MailDraft();
    this.mail = sheet.mail;
    this.html = sheet.html;
    this.replaced += 1;
    this.justSaved = false;
    clearTimeout(this.readTimer);
    this.readTimer = setTimeout(() => void this.read(id), READ_AFTER_MS);
  }

  /** Another tab of the same agent saved a draft. */
  async read(id: string): Promise<void> {
    let drafts;
    try {
      drafts = await actions.readDrafts(this.desk, id);
    } catch {
      return;
    }
    const sheet = this.sheet(id);
    for (const kind of ['reply', 'note'] as const) {
      const draft = drafts.find((it) => it.kind === kind);
      if (draft) sheet.saved.add(kind);
      if (sheet.dirty.has(kind)) continue;
      const saved = draft?.text ?? '';
      sheet[kind] = kind === 'reply' && sheet.mail ? plainOf(saved) : saved;
      if (kind === 'reply' && sheet.mail && sheet.html !== saved) {
        sheet.html = saved;
        if (this.id === id) {
          this.html = saved;
          this.replaced += 1;
        }
      }
      if (this.id === id && this.kind === kind) this.text = sheet[kind];
    }
    if (this.id === id && !this.text && sheet.note && !sheet.reply && !sheet.dirty.size) this.switchTo('note');
  }

  /** The server has another draft. While this tab is being written in, its own text counts. */
  async changedElsewhere(id: string): Promise<void> {
    if (this.id === id && performance.now() - this.savedAt > OWN_ECHO_MS) await this.read(id);
  }

  switchTo(kind: PostKind): void {
    if (kind === this.kind) return;
    this.keep();
    this.kind = kind;
    if (this.id) this.text = this.sheet(this.id)[kind];
  }

  typed(text: string, now: number): void {
    this.text = text;
    this.justSaved = false;
    if (!this.id) return;
    this.sheet(this.id).dirty.add(this.kind);
    this.keep();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.saveNow(), SAVE_AFTER_MS);
    if (text && now - this.typedAt > TYPING_EVERY_MS) {
      this.typedAt = now;
      this.desk.socket.send({ type: 'typing', conversation_id: this.id, note: this.kind === 'note' });
    }
  }

  /** The same for a reply by mail, which is HTML and text. */
  typedMail(html: string, text: string, now: number): void {
    this.html = html;
    if (this.id) this.sheet(this.id).html = html;
    this.typed(text, now);
  }

  /** Asks the desk to whom an answer would go; again when somebody wrote. */
  async propose(): Promise<void> {
    const { id, mail } = this;
    if (!id || !mail) return;
    try {
      mail.propose(await readProposal(this.desk, id));
    } catch {
      // Unset fields are the desk's to fill when it is sent.
    }
  }

  insert(text: string, now: number): void {
    if (!text) return;
    this.typed(this.text.trim() ? `${this.text.replace(/\s+$/u, '')}\n${text}` : text, now);
  }

  /** Stores files; they go with the next message. */
  async attach(files: File[]): Promise<void> {
    const id = this.id;
    if (!id) return;
    await Promise.all(
      files.map(async (file, index) => {
        const key = `${Date.now()} ${index} ${file.name}`;
        this.setUploads(id, (all) => [...all, { key, name: file.name, state: 'uploading', attachment: null }]);
        try {
          const attachment = await actions.uploadFile(this.desk, file);
          this.setUploads(id, (all) => all.map((it) => (it.key === key ? { ...it, state: 'done', attachment } : it)));
        } catch {
          this.setUploads(id, (all) => all.filter((it) => it.key !== key));
          this.onuploadfailed(file.name);
        }
      }),
    );
  }

  removeUpload(key: string): void {
    if (this.id) this.setUploads(this.id, (all) => all.filter((it) => it.key !== key));
  }

  /** Sends what is written; the field is empty at once, the text lives on as a pending message. */
  async send(sendAt: Date | null = null): Promise<void> {
    const id = this.id;
    if (!id || this.isEmpty || this.isUploading) return;
    const outgoing = {
      kind: this.kind,
      text: this.text.trim(),
      attachments: [...this.uploads.map((it) => it.attachment).filter((it) => it !== null), ...(this.kind === 'reply' && this.mail ? this.picturesIn(this.html) : [])],
      send_at: sendAt?.toISOString() ?? null,
      ...(this.kind === 'reply' && this.mail && { mail: this.mail.compose(this.html) }),
    };
    this.empty(id);
    await this.desk.send(id, outgoing);
  }

  /** Puts a message that was not sent back into the field. */
  async edit(pending: Pending): Promise<void> {
    await this.desk.withdraw(pending);
    if (this.id !== pending.conversation_id) this.open(pending.conversation_id);
    this.switchTo(pending.kind);
    const uploads: Upload[] = pending.attachments.map((it) => ({ key: it.id, name: it.name, state: 'done', attachment: it }));
    this.setUploads(pending.conversation_id, (all) => [...all, ...uploads]);
    if (pending.mail && this.mail) this.takeBack(pending.text, pending.mail);
    else this.typed([pending.text, this.text].filter(Boolean).join('\n'), 0);
  }

  /** Goes on with a reply that waited for its time. */
  resume(reply: ScheduledReply): void {
    const shown = new Set(this.picturesIn(reply.mail?.html ?? '').map((it) => it.id));
    const files = reply.attachments.filter((it) => !shown.has(it.id));
    for (const it of reply.attachments) if (shown.has(it.id)) this.pictures.set(it.id, it);
    if (this.mail) this.takeBack(reply.text, reply.mail ?? {}, files);
    else {
      this.switchTo('reply');
      this.typed([reply.text, this.text].filter(Boolean).join('\n'), 0);
      if (this.id && files.length > 0) this.setUploads(this.id, (all) => [...all, ...files.map((it): Upload => ({ key: it.id, name: it.name, state: 'done', attachment: it }))]);
    }
  }

  /** Goes on with a mail that was not sent after all. */
  takeBack(text: string, mail: ComposeMail, files: Attachment[] = []): void {
    this.switchTo('reply');
    this.mail?.restore(mail);
    const own = mail.html ?? '';
    this.typedMail(this.html ? `${own}${this.html}` : own, [text, this.text].filter(Boolean).join('\n'), 0);
    this.replaced += 1;
    if (this.id && files.length > 0) this.setUploads(this.id, (all) => [...all, ...files.map((it): Upload => ({ key: it.id, name: it.name, state: 'done', attachment: it }))]);
  }

  saveNow(): void {
    clearTimeout(this.timer);
    const id = this.id;
    if (!id) return;
    const sheet = this.sheet(id);
    for (const kind of sheet.dirty) {
      // A reply by mail is kept as it looks.
      const text = kind === 'reply' && sheet.mail ? sheet.html : sheet[kind];
      const shown = sheet[kind];
      sheet.dirty.delete(kind);
      this.savedAt = performance.now();
      // Nothing to take away when nothing was saved.
      if (!text && !sheet.saved.has(kind)) continue;
      actions.saveDraft(this.desk, id, kind, text).then(
        () => {
          if (text) sheet.saved.add(kind);
          else sheet.saved.delete(kind);
          if (this.id === id && text && this.text === shown) this.justSaved = true;
        },
        // The next key tries again; the text is here either way.
        () => sheet.dirty.add(kind),
      );
    }
  }

  /** A picture in a mail is an uploaded file as any other, sent along. */
  async addPicture(file: File): Promise<string | null> {
    try {
      const attachment = await actions.uploadFile(this.desk, file);
      this.pictures.set(attachment.id, attachment);
      return `/api/v1/attachments/${attachment.id}`;
    } catch {
      this.onuploadfailed(file.name);
      return null;
    }
  }

  private picturesIn(html: string): Attachment[] {
    const ids = new Set([...html.matchAll(/src="\/api\/v1\/attachments\/([\w-]+)"/g)].map((it) => it[1] ?? ''));
    return [...ids].map((id) => this.pictures.get(id) ?? { id, name: '', content_type: 'image/png', size: 0, is_image: true });
  }

  private empty(id: string): void {
    const sheet = this.sheet(id);
    this.text = '';
    this.uploads = [];
    sheet[this.kind] = '';
    if (this.kind === 'reply') {
      sheet.html = '';
      this.html = '';
      sheet.mail?.clear();
      this.replaced += 1;
    }
    sheet.uploads = [];
    sheet.dirty.add(this.kind);
    this.justSaved = false;
    this.saveNow();
  }

  private keep(): void {
    if (!this.id) return;
    const sheet = this.sheet(this.id);
    sheet[this.kind] = this.text;
    sheet.kind = this.kind;
    sheet.uploads = this.uploads;
  }

  private setUploads(id: string, change: (all: Upload[]) => Upload[]): void {
    const sheet = this.sheet(id);
    sheet.uploads = change(sheet.uploads);
    if (this.id === id) this.uploads = sheet.uploads;
  }

  private sheet(id: string): Sheet {
    let sheet = this.sheets.get(id);
    if (!sheet) {
      sheet = blank();
      this.sheets.set(id, sheet);
      for (const [old, candidate] of this.sheets) {
        if (this.sheets.size <= KEPT_MAX) break;
        if (candidate.dirty.size === 0 && candidate.uploads.length === 0 && old !== id) this.sheets.delete(old);
      }
    }
    return sheet;
  }
}
