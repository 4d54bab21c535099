// What went wrong with a mail of ours, in words that somebody can act on. Pure.
import type { RecipientFate, Sending } from '../../../protocol/api.ts';

/** What a refusal means; `ours` is the desk's own mail server. */
export type Cause = 'no_mailbox' | 'no_domain' | 'full' | 'too_big' | 'refused' | 'slow_down' | 'ours' | 'other';

/** What a status of RFC 3463 means to the one who wrote. */
export function causeOf(status: string | null | undefined): Cause {
  const [kind, subject, detail] = (status ?? '').split('.');
  const code = `${subject}.${detail}`;
  if (code === '2.2') return 'full';
  if (code === '3.4' || code === '2.3') return 'too_big';
  if (code === '1.2' || code === '1.10' || code === '4.4') return 'no_domain';
  if (code === '1.1' || code === '1.3' || code === '1.6' || code === '2.1') return 'no_mailbox';
  if (subject === '7') return kind === '4' ? 'slow_down' : 'refused';
  return 'other';
}

export interface Trouble {
  cause: Cause;
  /** What the server said, where nothing better is known. */
  said: string | null;
  /** Others have it. */
  some: boolean;
}

const BAD: ReadonlySet<RecipientFate['state']> = new Set(['failed', 'delayed', 'uncertain']);

/** What is said of a mail as a whole: it is not simply sent while somebody has not got it. */
export function worstOf({ state, recipients }: Sending): Sending['state'] {
  if (state !== 'sent') return state;
  if (recipients.some((it) => it.state === 'failed')) return 'failed';
  return recipients.some((it) => it.state === 'delayed') ? 'deferred' : state;
}

/** Why a mail did not arrive, or not yet. */
export function troubleOf(sending: Sending): Trouble {
  const wanted = worstOf(sending) === 'deferred' ? 'delayed' : 'failed';
  const those = sending.recipients.filter((it) => it.state === wanted);
  const [first] = those;
  const some = those.length > 0 && sending.recipients.some((it) => it.state === 'accepted' || it.state === 'delivered');
  if (!first) return { cause: sending.recipients.some((it) => BAD.has(it.state)) ? 'other' : 'ours', said: sending.reason ?? null, some };
  // A server that was reached says a number.
  if (!first.status && !/\b[45]\d\d\b/.test(first.reason ?? '')) return { cause: 'ours', said: sending.reason ?? first.reason ?? null, some };
  const reason = first.reason ?? sending.reason ?? null;
  const said = first.status && !reason?.includes(first.status) ? [first.status, reason].filter(Boolean).join(' ') : reason;
  return { cause: causeOf(first.status), said, some };
}
