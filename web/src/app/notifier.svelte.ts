// Getting attention without taking it: sound, desktop notification, title and icon.
import { t } from '../i18n/index.svelte.ts';
import { unnamed } from '../i18n/names.ts';
import type { Conversation, Message } from '../protocol/api.ts';
import type { EventFrame } from '../protocol/frames.ts';
import type { Desk } from '../sync/desk.svelte.ts';
import { prefs } from '../ui/prefs.svelte.ts';
import { playSound } from '../ui/sound.ts';
import { toasts } from '../ui/toasts.svelte.ts';
import type { Notices } from './notices.svelte.ts';

/** Sounds closer together than this are one. */
const SOUND_EVERY_MS = 1500;

let playedAt = -Infinity;

/** Runs in one tab only when several are open. */
async function inOneTab(name: string, run: () => void): Promise<void> {
  if (!navigator.locks) return run();
  await navigator.locks.request(`plugboard ${name}`, { ifAvailable: true }, async (lock) => {
    if (!lock) return;
    run();
    await new Promise((resolve) => setTimeout(resolve, SOUND_EVERY_MS));
  });
}

export class Notifier {
  /** The newest message of the open conversation, for screen readers. */
  announcement = $state('');

  constructor(
    private readonly desk: Desk,
    private readonly selected: () => string | null,
    private readonly open: (id: string) => void,
    readonly notices: Notices,
  ) {
    desk.onescalated = (conversation, frame) => this.escalated(conversation, frame);
    desk.onmessage = (message, conversation) => this.message(message, conversation);
    desk.onassigned = (conversation, frame) => {
      const { assignment } = conversation;
      if (assignment.agent_id !== desk.me.id || frame.actor?.id === desk.me.id) return;
      const name = conversation.contact.name ?? unnamed(conversation.channel);
      this.notify(assignment.state === 'offered' ? t.notify.offered(name) : t.notify.assigned(name), '', conversation.id);
    };
  }

  private message(message: Message, conversation: Conversation | undefined): void {
    if (message.kind !== 'inbound' || !conversation) return;
    const name = conversation.contact.name ?? unnamed(conversation.channel);
    if (conversation.id === this.selected()) this.announcement = t.notify.announce(name, message.text);
    if (conversation.assignment.agent_id !== this.desk.me.id) return;
    this.notify(t.notify.newMessage(name), message.text, conversation.id);
  }

  /** Those who are meant hear of it, also of conversations that are not theirs. The page stays where it is. */
  private escalated(conversation: Conversation, frame: EventFrame): void {
    const notify = frame.data.notify as string[] | undefined;
    if (!notify?.includes(this.desk.me.id)) return;
    const { level } = frame.data.step as { level: number };
    const name = conversation.contact.name ?? unnamed(conversation.channel);
    this.notices.add({ id: String(frame.seq), conversation: conversation.id, name, level, at: frame.at });
    toasts.show(t.notify.escalated(name, level), { action: { label: t.notify.go, run: () => this.open(conversation.id) } });
    this.notify(t.notify.escalated(name, level), '', conversation.id);
  }

  private notify(title: string, text: string, id: string): void {
    const { sound, volume, desktop, hideContent } = prefs.values;
    const now = performance.now();
    if (sound && now - playedAt > SOUND_EVERY_MS) {
      playedAt = now;
      void inOneTab('sound', () => playSound(volume));
    }
    if (!desktop || this.desk.visible || !('Notification' in globalThis) || Notification.permission !== 'granted') return;
    void inOneTab(`notification ${id}`, () => {
      const shown = new Notification(hideContent ? t.notify.hidden : title, { body: hideContent ? '' : text, tag: id, icon: '/favicon.svg' });
      shown.onclick = () => {
        focus();
        this.open(id);
        shown.close();
      };
    });
  }
}

/** The number of conversations that wait for me, in the title and on the icon. */
export function showCount(count: number, page: string): void {
  document.title = `${count > 0 ? `(${count > 99 ? '99+' : count}) ` : ''}${page ? `${page} · ` : ''}Plugboard`;
  const link = document.querySelector<HTMLLinkElement>('link[rel=icon]');
  if (!link) return;
  const wanted = count > 0 ? badge() : '/favicon.svg';
  if (link.getAttribute('href') !== wanted) link.href = wanted;
}

let badgeUrl: string | null = null;
function badge(): string {
  badgeUrl ??= `data:image/svg+xml,${encodeURIComponent(
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#3b5bdb"/><path d="M11 6v6m10-6v6M8 12h16v3a8 8 0 0 1-16 0zm8 11v4" fill="none" stroke="#fff" stroke-width="2.6" stroke-linecap="round" stroke-linejoin="round"/><circle cx="25" cy="7" r="7" fill="#e03131" stroke="#fff" stroke-width="2"/></svg>',
  )}`;
  return badgeUrl;
}
