// A decision as a person reads it. What a policy looked at is its own business: the built-in routing's inputs are taken
// apart here, any other policy's are shown as they are. Pure.
import type { Availability, Decision, Priority } from '../../protocol/api.ts';

/** One of those who could have got it. */
export interface Candidate {
  agent: string;
  availability: Availability;
  load: number;
  capacity: number;
  /** Why not; null for one who could take it. */
  obstacle: { what: 'away' | 'offline' | 'full' | 'scope' } | { what: 'skills'; missing: string[] } | null;
  /** Let an offer of this conversation lapse. */
  passed: boolean;
  chosen: boolean;
}

export interface Trace {
  /** Who gets it; null when it waits. */
  agent: string | null;
  method: string;
  team: string | null;
  priority: Priority | null;
  required: string[];
  queuedSince: string | null;
  candidates: Candidate[];
}

type Fields = Record<string, unknown>;

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);
const words = (value: unknown): string[] => (Array.isArray(value) ? value.filter((it): it is string => typeof it === 'string') : []);
const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);

/** The parts of a routing decision; null for a decision of another shape. */
export function traceOf(decision: Decision): Trace | null {
  const { inputs, answer } = decision;
  if (decision.policy !== 'routing' || !isFields(inputs) || !Array.isArray(inputs.candidates)) return null;
  // Another team, or anything else that only a policy of one's own does: its own words say it best.
  if (isFields(answer) && answer.assign === undefined && answer.wait !== true) return null;
  const agent = isFields(answer) ? text(answer.assign) : null;
  const required = words(inputs.required_skills);
  const candidates = inputs.candidates.filter(isFields).map((it): Candidate => {
    const load = Number(it.load ?? 0);
    const capacity = Number(it.capacity ?? 0);
    const availability = (text(it.availability) ?? 'offline') as Availability;
    const missing = required.filter((skill) => !words(it.skills).includes(skill));
    const id = text(it.agent) ?? '';
    return { agent: id, availability, load, capacity, obstacle: obstacle(availability, missing, it.in_scope !== false, load >= capacity), passed: it.passed === true, chosen: id === agent };
  });
  return {
    agent,
    method: text(inputs.method) ?? '',
    team: text(inputs.team),
    priority: text(inputs.priority) as Priority | null,
    required,
    queuedSince: text(inputs.queued_since),
    candidates: candidates.sort((a, b) => rank(a) - rank(b)),
  };
}

/** In the order in which the routing itself looks. */
function obstacle(availability: Availability, missing: string[], inScope: boolean, full: boolean): Candidate['obstacle'] {
  if (availability !== 'online') return { what: availability };
  if (missing.length > 0) return { what: 'skills', missing };
  if (!inScope) return { what: 'scope' };
  return full ? { what: 'full' } : null;
}

/** The chosen one, who else could, who was asked before, who could not. */
function rank(it: Candidate): number {
  if (it.chosen) return 0;
  if (it.obstacle) return 3;
  return it.passed ? 2 : 1;
}

/** What a policy of one's own answered, as far as its answer says so. */
export function outcomeOf(decision: Decision): { agent: string | null; team: string | null; waits: boolean } | null {
  const { answer } = decision;
  if (decision.policy !== 'routing' || !isFields(answer)) return null;
  return { agent: text(answer.assign), team: text(answer.team), waits: answer.wait === true };
}
