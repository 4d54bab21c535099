// Tells the owner, and raises the priority, when a contact has waited too long.
import { get } from 'plugboard:plugin/config@0.1.0';
import type * as EscalationWorld from 'plugboard:plugin/escalation@0.1.0';

export const escalation: typeof EscalationWorld = {
  escalate(request) {
    const minutes = BigInt(get('minutes') ?? '5');
    const since = request.conversation.waitingSince;
    if (since === undefined) return { actions: [], level: 0, reason: 'nobody waits' };
    const due = since + minutes * 60_000n;
    if (request.now < due) {
      return { actions: [], level: 0, askAgainMs: due - request.now, reason: 'not yet' };
    }
    if (request.level > 0) return { actions: [], level: request.level, reason: 'was told' };
    return {
      actions: [
        { tag: 'notify', val: [{ tag: 'owner' }, `A contact has waited ${minutes} minutes`] },
        { tag: 'raise-priority', val: 2 },
      ],
      level: 1,
      reason: 'waited too long',
    };
  },
};
