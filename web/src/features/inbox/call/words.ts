// A call in a person's words: what became of it, and why it ended.
import { c } from '../../../i18n/phone/index.ts';
import type { Call } from '../../../protocol/calls.ts';
import { isOver, outcomeOf, type Outcome } from '../../../sync/calls.ts';

export type Tone = 'live' | 'wait' | 'ok' | 'bad' | 'plain';

const TONES: Record<Outcome, Tone> = {
  waiting: 'wait',
  ringing: 'wait',
  talking: 'live',
  held: 'wait',
  transferring: 'live',
  voicemail: 'wait',
  answered: 'ok',
  missed: 'bad',
  abandoned: 'bad',
  rejected: 'bad',
  failed: 'bad',
  unanswered: 'plain',
};

export const toneOf = (call: Call): Tone => TONES[outcomeOf(call)];

/** Why it ended, when that says more than that it did. */
export function endOf(call: Call): string {
  if (!isOver(call)) return '';
  const { cause } = call;
  const known = cause ? c.causes[cause.word] : undefined;
  if (known) return known;
  // A cause that has no words here is at least a number that the telephone company knows.
  if (cause && known === undefined) {
    const code = cause.sip ?? cause.q850;
    if (code) return c.causeCode(code);
  }
  return call.answered_at && call.ended_by ? c.endedBy[call.ended_by] : '';
}
