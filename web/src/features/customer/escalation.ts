// What an escalation decided, taken apart for people. Pure.
import type { Decision, Priority } from '../../protocol/api.ts';

export type Done =
  | { what: 'notify'; audience: { type: 'owner' } | { type: 'manager'; nth: number } | { type: 'agent' | 'team' | 'role'; id: string }; text: string }
  | { what: 'raise_priority'; to: Priority }
  | { what: 'assign_agent' | 'assign_team'; id: string }
  | { what: 'add_tags'; tags: string[] }
  | { what: 'page'; webhook: string }
  | { what: 'open_case'; kind: string; summary: string };

export interface Step {
  level: number;
  actions: Done[];
  askAgainMs: number | null;
}

type Fields = Record<string, unknown>;
const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);
const text = (value: unknown): string => (typeof value === 'string' ? value : '');

function audienceOf(value: unknown): (Done & { what: 'notify' })['audience'] {
  if (!isFields(value)) return { type: 'owner' };
  if (typeof value.manager === 'number') return { type: 'manager', nth: value.manager };
  for (const type of ['agent', 'team', 'role'] as const) if (typeof value[type] === 'string') return { type, id: value[type] };
  return { type: 'owner' };
}

function doneOf(value: unknown): Done | null {
  if (!isFields(value)) return null;
  const [name, inside] = Object.entries(value)[0] ?? [];
  const fields = isFields(inside) ? inside : {};
  switch (name) {
    case 'notify':
      return { what: name, audience: audienceOf(fields.audience), text: text(fields.text) };
    case 'raise_priority':
      return { what: name, to: text(inside) as Priority };
    case 'assign_agent':
    case 'assign_team':
      return { what: name, id: text(inside) };
    case 'add_tags':
      return { what: name, tags: Array.isArray(inside) ? inside.map(String) : [] };
    case 'page':
      return { what: name, webhook: text(fields.webhook) };
    case 'open_case':
      return { what: name, kind: text(fields.kind), summary: text(fields.summary) };
    default:
      return null;
  }
}

/** The parts of an escalation's decision; null for a decision of another kind. */
export function stepOf(decision: Decision): Step | null {
  const { answer } = decision;
  if (decision.policy !== 'escalation' || !isFields(answer) || !Array.isArray(answer.actions)) return null;
  return {
    level: typeof answer.level === 'number' ? answer.level : 0,
    actions: answer.actions.map(doneOf).filter((it): it is Done => it !== null),
    askAgainMs: typeof answer.ask_again_ms === 'number' ? answer.ask_again_ms : null,
  };
}
