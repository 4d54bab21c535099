import { describe, expect, it } from 'vitest';

import { traceOf } from '../../src/features/customer/decision.ts';
import { at } from './builders.ts';

const candidate = (agent: string, change: Record<string, unknown> = {}) => ({ agent, availability: 'online', in_scope: true, capacity: 8, load: 3, passed: false, skills: ['en'], last_routed_at: null, ...change });
const decision = (inputs: unknown, answer: unknown, policy = 'routing') => ({ id: 'd', policy, version: 'builtin@1', reason: 'r', mode: 'live' as const, inputs, answer, duration_us: 84, at: at(1) });

describe('a decision', () => {
  it('says of everybody what kept them, the chosen one first', () => {
    const trace = traceOf(
      decision(
        {
          team: 'team_1',
          method: 'least_loaded',
          priority: 'high',
          required_skills: ['zh', 'refunds'],
          queued_since: at(0),
          candidates: [
            candidate('offline', { availability: 'offline' }),
            candidate('unskilled', { skills: ['zh'] }),
            candidate('full', { skills: ['zh', 'refunds'], load: 8 }),
            candidate('elsewhere', { skills: ['zh', 'refunds'], in_scope: false }),
            candidate('asked', { skills: ['zh', 'refunds'], passed: true }),
            candidate('could', { skills: ['zh', 'refunds'] }),
            candidate('chosen', { skills: ['zh', 'refunds'], load: 1 }),
          ],
        },
        { assign: 'chosen' },
      ),
    );
    expect(trace).toMatchObject({ agent: 'chosen', method: 'least_loaded', priority: 'high', required: ['zh', 'refunds'] });
    expect(trace?.candidates.map((it) => [it.agent, it.obstacle])).toEqual([
      ['chosen', null],
      ['could', null],
      ['asked', null],
      ['offline', { what: 'offline' }],
      ['unskilled', { what: 'skills', missing: ['refunds'] }],
      ['full', { what: 'full' }],
      ['elsewhere', { what: 'scope' }],
    ]);
  });

  it('that waits chose nobody', () => {
    expect(traceOf(decision({ candidates: [candidate('a')], method: 'manual', team: 't' }, { wait: true }))).toMatchObject({ agent: null, candidates: [{ agent: 'a', chosen: false }] });
  });

  it('of another policy, or without inputs, is left as it is', () => {
    expect(traceOf(decision({ hours: 3 }, {}, 'escalation'))).toBeNull();
    expect(traceOf(decision(null, { wait: true }))).toBeNull();
    expect(traceOf(decision({ candidates: [] }, { team: 't' }))).toBeNull();
    expect(traceOf(decision({ candidates: 'many' }, null))).toBeNull();
    expect(traceOf(decision({ candidates: [null, {}] }, null))?.candidates).toHaveLength(1);
  });
});
