// What a reader should know before trusting a mail, and how loudly it is said. Pure.
import type { Mail, MailWarning } from '../../../protocol/api.ts';

/** Said in red; the others in yellow, or quietly. */
const GRAVE: ReadonlySet<MailWarning['kind']> = new Set(['spoofed', 'look_alike', 'impersonation', 'deceptive_link', 'dangerous_file']);
const QUIET: ReadonlySet<MailWarning['kind']> = new Set(['first_time_sender', 'unverified']);

export type Tone = 'danger' | 'warn' | 'quiet';

export const toneOf = (it: MailWarning): Tone => (GRAVE.has(it.kind) ? 'danger' : QUIET.has(it.kind) ? 'quiet' : 'warn');

/** Seconds until a mail goes out; 0 once it has. */
export function heldFor(mail: Mail, now: number): number {
  const { sending } = mail;
  if (sending?.state !== 'held' || !sending.undo_until) return 0;
  return Math.max(0, Math.ceil((Date.parse(sending.undo_until) - now) / 1000));
}

/** A subject without what answering and forwarding put before it, for comparing. */
export const topicOf = (subject: string): string => plainSubject(subject).toLowerCase();

/** The same as people read it. */
export function plainSubject(subject: string): string {
  return subject.replace(/^(\s*(re|fwd?|aw|wg|sv|vs|antw|\u56de\u590d|\u7b54\u590d|\u8f6c\u53d1|\u56de\u8986|\u8f49\u5bc4)(\[\d+\])?\s*[:\uff1a])+/iu, '').trim();
}
