// Messages as a reader sees them: days apart, runs by one author together. Pure.
import type { Message } from '../../protocol/api.ts';
import { topicOf } from './mail/warnings.ts';

export type TimelineRow =
  | { type: 'day'; key: string; at: string }
  | { type: 'new'; key: string }
  | { type: 'message'; key: string; message: Message; begins: boolean; ends: boolean; /** A mail whose subject is another than that of the mail before. */ subject: boolean };

/** Messages by one author closer than this belong together. */
const RUN_MS = 5 * 60_000;

function sameRun(a: Message | undefined, b: Message | undefined): boolean {
  if (!a || !b) return false;
  return a.kind === b.kind && a.author.type === b.author.type && a.author.id === b.author.id && Date.parse(b.at) - Date.parse(a.at) < RUN_MS;
}

function dayOf(iso: string): string {
  const at = new Date(iso);
  return `${at.getFullYear()}-${at.getMonth()}-${at.getDate()}`;
}

/** Rows for messages, oldest first; `newAfter` is the position up to which the agent had read before opening. */
export function timeline(messages: Message[], newAfter: number | null, me: string): TimelineRow[] {
  const rows: TimelineRow[] = [];
  let day = '';
  const days = new Set<string>();
  let marked = newAfter === null;
  let topic: string | null = null;
  messages.forEach((message, index) => {
    const today = dayOf(message.at);
    const dayBegins = today !== day;
    if (dayBegins) {
      // A clock that was set back, or a mail that came late: a day may begin twice, and two rows with one key would break the thread.
      const key = `day ${today}`;
      rows.push({ type: 'day', key: days.has(key) ? `${key} ${message.id}` : key, at: message.at });
      days.add(key);
    }
    day = today;
    let markBegins = false;
    if (!marked && newAfter !== null && message.seq > newAfter && message.author.id !== me) {
      marked = true;
      markBegins = index > 0;
      if (markBegins) rows.push({ type: 'new', key: 'new' });
    }
    // Answers that say nothing else have their thread's.
    const own = message.mail && (message.mail.subject || message.kind === 'inbound') ? topicOf(message.mail.subject) : topic;
    const subject = own !== topic;
    topic = own;
    const before = messages[index - 1];
    const after = messages[index + 1];
    rows.push({
      type: 'message',
      key: message.id,
      message,
      begins: dayBegins || markBegins || !sameRun(before, message),
      ends: !sameRun(message, after) || (after !== undefined && dayOf(after.at) !== today),
      subject,
    });
  });
  return rows;
}

/** A piece of a text: an address that can be opened, a number that can be called, or neither. */
export interface Part {
  text: string;
  href: string | null;
  number?: string;
}

/** Numbers as people write them: mobile and landline numbers of this country, 400 numbers, and any with a country code. */
const NUMBERS = /(?<![\w+.#/-])(?:(?:\+86[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4}|0\d{2,3}-\d{7,8}|400-?\d{3}-?\d{4}|\+\d{1,3}[ -]?\d(?:[ -]?\d){6,12})(?![\w-]|\.\d)/gu;

/** The same with numbers that can be called, where somebody can call. */
export function linkifyNumbers(text: string): Part[] {
  return linkify(text).flatMap((part) => {
    if (part.href) return [part];
    const parts: Part[] = [];
    let from = 0;
    for (const found of part.text.matchAll(NUMBERS)) {
      if (found.index > from) parts.push({ text: part.text.slice(from, found.index), href: null });
      parts.push({ text: found[0], href: null, number: found[0].replace(/[ -]/g, '') });
      from = found.index + found[0].length;
    }
    if (from < part.text.length) parts.push({ text: part.text.slice(from), href: null });
    return parts;
  });
}

/** Text cut into plain parts and addresses that can be opened. Nothing else is made of a customer's text. */
export function linkify(text: string): Part[] {
  const parts: Part[] = [];
  let from = 0;
  for (const found of text.matchAll(/https?:\/\/[^\s<>"'，。！？；、）】]+/gu)) {
    const href = found[0].replace(/[.,;:!?)]+$/u, '');
    if (found.index > from) parts.push({ text: text.slice(from, found.index), href: null });
    parts.push({ text: href, href });
    from = found.index + href.length;
  }
  if (from < text.length) parts.push({ text: text.slice(from), href: null });
  return parts;
}
