// Which response target to show, and how pressing it is. Pure.
import type { Conversation, SlaClock } from '../../protocol/api.ts';

export interface Urgency {
  clock: SlaClock;
  /** `calm` until the last fifth, then `soon`, then `overdue`. */
  level: 'calm' | 'soon' | 'overdue';
  /** Milliseconds left; negative when overdue. */
  left: number;
}

/** The last part of a target that counts as "soon". */
const SOON_PART = 0.2;

/** The clock that runs out first, or that ran out first. */
export function urgencyOf(conversation: Conversation, now: number): Urgency | null {
  let found: Urgency | null = null;
  for (const clock of conversation.sla_clocks) {
    if (!clock.due_at || (clock.state !== 'running' && clock.state !== 'breached')) continue;
    if (clock.ended_at) continue;
    const left = Date.parse(clock.due_at) - now;
    if (found && found.left <= left) continue;
    const level = left <= 0 || clock.state === 'breached' ? 'overdue' : left < clock.limit_secs * 1000 * SOON_PART ? 'soon' : 'calm';
    found = { clock, level, left };
  }
  return found;
}
