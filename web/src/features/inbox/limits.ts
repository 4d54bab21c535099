// What a channel takes, beside what is being written. Pure. The server refuses what does not fit; here it shows before.
import type { ChannelCapabilities, Message } from '../../protocol/api.ts';

const HOUR_MS = 3_600_000;

export interface Limits {
  /** Characters left in one message; below zero it is too long. Null while there is plenty of room. */
  charsLeft: number | null;
  /** Milliseconds until answers are not taken any more; zero or less when that is over, null when there is no such time. */
  closesIn: number | null;
  /** Answers that are still taken in that time; null when any number is. */
  sendsLeft: number | null;
}

/** Below this share of the room that is left, it is counted down. */
const COUNT_FROM = 0.1;

export function limitsOf(channel: ChannelCapabilities | null | undefined, text: string, messages: readonly Message[], now: number): Limits {
  const limits: Limits = { charsLeft: null, closesIn: null, sendsLeft: null };
  if (!channel) return limits;
  const left = channel.text_chars_max - [...text].length;
  if (left < channel.text_chars_max * COUNT_FROM) limits.charsLeft = left;
  const window = channel.reply_window;
  if (!window) return limits;
  const at = messages.findLastIndex((it) => it.kind === 'inbound');
  const last = messages[at];
  if (!last) return limits;
  limits.closesIn = Date.parse(last.at) + window.hours * HOUR_MS - now;
  if (window.sends !== null && window.sends !== undefined) {
    const sent = messages.slice(at + 1).filter((it) => it.kind === 'outbound' && it.delivery?.state !== 'failed').length;
    limits.sendsLeft = window.sends - sent;
  }
  return limits;
}

/** Whether a reply would be refused. */
export const refuses = (limits: Limits): boolean => (limits.charsLeft !== null && limits.charsLeft < 0) || (limits.closesIn !== null && limits.closesIn <= 0) || (limits.sendsLeft !== null && limits.sendsLeft <= 0);
