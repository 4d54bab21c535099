// Rules without code: rows of conditions and what follows, and the Starlark that says the same. Pure. The source is what
// runs; the rows are kept beside it so that the form can be opened again.
import type { PolicyKind } from '../../protocol/api.ts';

export type FieldId =
  | 'channel' | 'inbox' | 'shop' | 'team' | 'stage' | 'text' | 'language' | 'tags' | 'contact_tags' | 'attribute' | 'time' | 'weekday' | 'priority' | 'waiting' | 'free' | 'trigger';

export type Op = 'is' | 'is_not' | 'contains' | 'contains_not' | 'has' | 'has_not' | 'at_least' | 'at_most' | 'between' | 'outside' | 'yes' | 'no';

export interface Condition {
  field: FieldId;
  op: Op;
  /** Ids, words or names, depending on the field. */
  values: string[];
  /** Name of an attribute. */
  name: string;
  number: number | null;
  /** Times of day, `09:00`. */
  from: string;
  to: string;
}

export interface Group {
  match: 'all' | 'any';
  conditions: Condition[];
}

export type Action =
  | { what: 'notify'; who: string; text: string }
  | { what: 'raise_priority'; to: string }
  | { what: 'assign_team'; team: string }
  | { what: 'assign_agent'; agent: string }
  | { what: 'add_tags'; tags: string[] }
  | { what: 'open_case'; kind: string; text: string }
  | { what: 'page'; webhook: string; text: string };

export interface Row {
  /** How its groups are joined; no group at all fits everything. */
  match: 'all' | 'any';
  groups: Group[];
  /** Where a conversation goes (routing). */
  to: 'team' | 'agent' | 'wait' | 'next';
  target: string;
  priority: string;
  tags: string[];
  reason: string;
  /** What is done (escalation). */
  actions: Action[];
  /** Done at most once for each conversation (escalation). */
  once: boolean;
}

export interface Builder {
  builder: 1;
  /** Offset of the wall clock that times of day mean. */
  zone: string;
  rows: Row[];
}

/** Which comparisons a field knows, the usual one first. */
export const OPS: Record<FieldId, readonly Op[]> = {
  text: ['contains', 'contains_not'],
  channel: ['is', 'is_not'],
  inbox: ['is', 'is_not'],
  shop: ['is', 'is_not'],
  team: ['is', 'is_not'],
  stage: ['is', 'is_not'],
  language: ['is', 'is_not'],
  tags: ['has', 'has_not'],
  contact_tags: ['has', 'has_not'],
  attribute: ['is', 'is_not', 'at_least', 'at_most'],
  time: ['between', 'outside'],
  weekday: ['is', 'is_not'],
  priority: ['at_least', 'at_most'],
  waiting: ['at_least', 'at_most'],
  free: ['yes', 'no'],
  trigger: ['is', 'is_not'],
};

const ONLY: Partial<Record<FieldId, PolicyKind>> = { free: 'routing', trigger: 'escalation' };

/** The fields that a kind of rule can look at. */
export const fieldsFor = (kind: PolicyKind): FieldId[] => (Object.keys(OPS) as FieldId[]).filter((it) => !ONLY[it] || ONLY[it] === kind);

export const PRIORITIES = ['low', 'normal', 'high', 'urgent'] as const;
export const STAGES = ['presale', 'in_sale', 'aftersale', 'review'] as const;
export const TRIGGERS = ['created', 'message', 'replied', 'assigned', 'unassigned', 'warned', 'breached', 'tagged', 'due'] as const;
export const AUDIENCES = ['owner', 'manager', 'manager:2', 'role:supervisor', 'role:administrator'] as const;
export const CASES = ['complaint', 'aftersale', 'quality', 'other'] as const;

export const newCondition = (field: FieldId): Condition => ({ field, op: OPS[field][0] as Op, values: [], name: '', number: field === 'waiting' ? 180 : null, from: '09:00', to: '18:00' });

export const newRow = (kind: PolicyKind): Row => ({
  match: 'all',
  groups: [{ match: 'all', conditions: [newCondition(kind === 'routing' ? 'text' : 'waiting')] }],
  to: 'team',
  target: '',
  priority: '',
  tags: [],
  reason: '',
  actions: kind === 'routing' ? [] : [{ what: 'notify', who: 'manager', text: '' }],
  once: true,
});

/** The offset of this browser's clock, `+08:00`. */
export function offsetOf(minutesBehindUtc: number): string {
  const minutes = Math.abs(minutesBehindUtc);
  return `${minutesBehindUtc > 0 ? '-' : '+'}${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
}

export const newBuilder = (kind: PolicyKind, zone: string): Builder => ({ builder: 1, zone, rows: [newRow(kind)] });

/** What was kept beside a source, or nothing when it is not a builder's. */
export function readBuilder(value: unknown): Builder | null {
  if (typeof value !== 'object' || value === null) return null;
  const kept = value as Partial<Builder>;
  if (kept.builder !== 1 || !Array.isArray(kept.rows) || typeof kept.zone !== 'string') return null;
  return structuredClone(kept) as Builder;
}

/** What is missing in a row before it means anything. */
export type Gap = { row: number; group?: number; condition?: number; action?: number; what: 'value' | 'target' | 'text' | 'actions' };

export function gapsOf(builder: Builder, kind: PolicyKind): Gap[] {
  const gaps: Gap[] = [];
  builder.rows.forEach((row, at) => {
    row.groups.forEach((group, g) => group.conditions.forEach((it, c) => !isWhole(it) && gaps.push({ row: at, group: g, condition: c, what: 'value' })));
    if (kind === 'routing') {
      if ((row.to === 'team' || row.to === 'agent') && !row.target) gaps.push({ row: at, what: 'target' });
    } else {
      if (row.actions.length === 0) gaps.push({ row: at, what: 'actions' });
      row.actions.forEach((it, a) => !isWholeAction(it) && gaps.push({ row: at, action: a, what: 'text' }));
    }
  });
  return gaps;
}

function isWhole(it: Condition): boolean {
  switch (it.field) {
    case 'free':
      return true;
    case 'time':
      return /^\d\d:\d\d$/.test(it.from) && /^\d\d:\d\d$/.test(it.to);
    case 'waiting':
      return it.number !== null && it.number >= 0;
    case 'attribute':
      return it.name.trim() !== '' && (it.op === 'at_least' || it.op === 'at_most' ? it.number !== null : it.values.length > 0);
    default:
      return it.values.length > 0;
  }
}

function isWholeAction(it: Action): boolean {
  switch (it.what) {
    case 'notify':
      return it.who !== '' && it.text.trim() !== '';
    case 'assign_team':
      return it.team !== '';
    case 'assign_agent':
      return it.agent !== '';
    case 'add_tags':
      return it.tags.length > 0;
    case 'page':
      return it.webhook !== '';
    case 'open_case':
      return it.kind !== '';
    case 'raise_priority':
      return it.to !== '';
  }
}

/** Names of ids, for the comments beside them. */
export type NameOf = (field: 'inbox' | 'shop' | 'team' | 'agent', id: string) => string | undefined;

const quote = (text: string) => JSON.stringify(text);
const listOf = (texts: readonly string[]) => `[${texts.map(quote).join(', ')}]`;
/** A comment ends with its line, whatever somebody called a team. */
const oneLine = (text: string) => text.replace(/\s+/gu, ' ').trim();

/** The Starlark that says what the rows say. */
export function sourceOf(builder: Builder, kind: PolicyKind, nameOf: NameOf): string {
  const all = builder.rows.flatMap((row) => row.groups.flatMap((group) => group.conditions));
  const lines = ['# Made with the builder.', kind === 'routing' ? 'def route(conv, candidates, now):' : 'def escalate(conv, event, now):'];
  if (all.some((it) => it.field === 'time' || it.field === 'weekday')) lines.push(`    t = local(now, ${quote(builder.zone)})`);
  const waits = kind === 'escalation' ? [...new Set(all.filter((it) => it.field === 'waiting' && it.op === 'at_least' && it.number !== null).map((it) => it.number as number))].sort((a, b) => a - b) : [];
  if (waits.length > 0) lines.push(`    later = [secs - conv.waiting_secs for secs in [${waits.join(', ')}] if conv.waiting_since != None and conv.waiting_secs < secs]`);
  builder.rows.forEach((row, at) => {
    lines.push('', ...commentsOf(row, at, kind, nameOf));
    const when = conditionOf(row, kind, at);
    const indent = when ? '        ' : '    ';
    if (when) lines.push(`    if ${when}:`);
    lines.push(...(kind === 'routing' ? [`${indent}return ${targetOf(row)}`] : stepOf(row, at, indent, waits.length > 0)));
  });
  const last = builder.rows.at(-1);
  if (!last || conditionOf(last, kind, builder.rows.length - 1)) {
    lines.push('', kind === 'routing' ? '    return None' : waits.length > 0 ? '    return [ask_again(min(later))] if later else []' : '    return []');
  }
  return `${lines.join('\n')}\n`;
}

/** The names of what a row refers to by id, since ids say nothing to people. */
function commentsOf(row: Row, at: number, kind: PolicyKind, nameOf: NameOf): string[] {
  const named = new Set<string>();
  const add = (field: 'inbox' | 'shop' | 'team' | 'agent', id: string) => {
    const name = nameOf(field, id);
    if (name) named.add(oneLine(name));
  };
  for (const it of row.groups.flatMap((group) => group.conditions)) if (it.field === 'inbox' || it.field === 'shop' || it.field === 'team') for (const id of it.values) add(it.field, id);
  if (kind === 'routing' && (row.to === 'team' || row.to === 'agent')) add(row.to, row.target);
  for (const it of kind === 'escalation' ? row.actions : []) {
    if (it.what === 'assign_team') add('team', it.team);
    if (it.what === 'assign_agent') add('agent', it.agent);
    if (it.what === 'notify') {
      const [who = '', id = ''] = it.who.split(':');
      if (who === 'team' || who === 'agent') add(who, id);
    }
  }
  return [`    # ${at + 1}${named.size > 0 ? `: ${[...named].join(', ')}` : ''}`];
}

/** What has to hold for a row; empty when it always fits. */
function conditionOf(row: Row, kind: PolicyKind, at: number): string {
  const groups = row.groups
    .filter((group) => group.conditions.length > 0)
    .map((group) => ({ text: group.conditions.map((it) => testOf(it)).join(group.match === 'all' ? ' and ' : ' or '), match: group.match, size: group.conditions.length }));
  const many = groups.length > 1;
  let joined = groups.map((it) => (many && it.size > 1 && it.match !== row.match ? `(${it.text})` : it.text)).join(row.match === 'all' ? ' and ' : ' or ');
  if (kind === 'escalation' && row.once) {
    const hasOr = many ? row.match === 'any' || groups.some((it) => it.match === 'any' && it.size > 1) : groups[0]?.match === 'any' && groups[0].size > 1;
    joined = joined ? `event.level < ${at + 1} and ${hasOr ? `(${joined})` : joined}` : `event.level < ${at + 1}`;
  }
  return joined;
}

function oneOf(left: string, values: readonly string[], not: boolean): string {
  if (values.length === 1) return `${left} ${not ? '!=' : '=='} ${quote(values[0] ?? '')}`;
  return `${left} ${not ? 'not in' : 'in'} ${listOf(values)}`;
}

function minutes(time: string): number {
  const [hours = '0', rest = '0'] = time.split(':');
  return Number(hours) * 60 + Number(rest);
}

/** One condition as an expression that needs no parentheses beside `and`; those with `or` inside bring their own. */
function testOf(it: Condition): string {
  switch (it.field) {
    case 'channel':
    case 'inbox':
    case 'shop':
    case 'team':
    case 'stage':
      return oneOf(`conv.${it.field}`, it.values, it.op === 'is_not');
    case 'trigger':
      return oneOf('event.trigger', it.values, it.op === 'is_not');
    case 'text':
      return `${it.op === 'contains_not' ? 'not ' : ''}has_any(conv.text, ${listOf(it.values)})`;
    case 'language': {
      const any = it.values.map((language) => `(conv.language or "").startswith(${quote(language)})`).join(' or ');
      return `${it.op === 'is_not' ? 'not ' : ''}${it.values.length > 1 || it.op === 'is_not' ? `(${any})` : any}`;
    }
    case 'tags':
    case 'contact_tags': {
      const left = it.field === 'tags' ? 'conv.tags' : 'conv.contact.tags';
      const only = it.values.length === 1 ? it.values[0] : undefined;
      if (only !== undefined) return `${quote(only)} ${it.op === 'has_not' ? 'not in' : 'in'} ${left}`;
      return `${it.op === 'has_not' ? 'not ' : ''}any([tag in ${left} for tag in ${listOf(it.values)}])`;
    }
    case 'attribute': {
      const left = `conv.contact.attributes.get(${quote(it.name.trim())})`;
      if (it.op === 'is' || it.op === 'is_not') return oneOf(left, it.values, it.op === 'is_not');
      return `float(conv.contact.attributes.get(${quote(it.name.trim())}) or "0") ${it.op === 'at_least' ? '>=' : '<='} ${it.number ?? 0}`;
    }
    case 'time': {
      const [from, to] = [minutes(it.from), minutes(it.to)];
      const clock = 't.hour * 60 + t.minute';
      // A span over midnight is outside of the day between.
      const inside = from <= to;
      const between = inside === (it.op === 'between');
      const [low, high] = inside ? [from, to] : [to, from];
      return between ? `${low} <= ${clock} and ${clock} < ${high}` : `(${clock} < ${low} or ${clock} >= ${high})`;
    }
    case 'weekday': {
      const days = it.values.map(Number).sort((a, b) => a - b);
      return `t.weekday ${it.op === 'is_not' ? 'not in' : 'in'} [${days.join(', ')}]`;
    }
    case 'priority': {
      const at = PRIORITIES.indexOf((it.values[0] ?? 'normal') as 'normal');
      return oneOf('conv.priority', it.op === 'at_least' ? PRIORITIES.slice(at) : PRIORITIES.slice(0, at + 1), false);
    }
    case 'waiting':
      return `conv.waiting_secs ${it.op === 'at_least' ? '>=' : '<='} ${it.number ?? 0}`;
    case 'free':
      return `${it.op === 'no' ? 'not ' : ''}any([it.free for it in candidates])`;
  }
}

function targetOf(row: Row): string {
  const named = [row.priority ? `priority = ${quote(row.priority)}` : '', row.tags.length > 0 ? `tags = ${listOf(row.tags)}` : '', row.reason.trim() ? `reason = ${quote(row.reason.trim())}` : ''].filter(Boolean);
  if (row.to === 'next' && named.length === 0) return 'None';
  const first = row.to === 'team' || row.to === 'agent' ? [quote(row.target)] : [];
  return `${row.to}(${[...first, ...named].join(', ')})`;
}

function stepOf(row: Row, at: number, indent: string, asks: boolean): string[] {
  const done = row.actions.map((it) => {
    switch (it.what) {
      case 'notify':
        return `notify(${quote(it.who)}, ${quote(it.text.trim())})`;
      case 'raise_priority':
        return `raise_priority(${quote(it.to)})`;
      case 'assign_team':
        return `assign_team(${quote(it.team)})`;
      case 'assign_agent':
        return `assign_agent(${quote(it.agent)})`;
      case 'add_tags':
        return `add_tags(${it.tags.map(quote).join(', ')})`;
      case 'open_case':
        return `open_case(${quote(it.kind)}, ${quote(it.text.trim())})`;
      case 'page':
        return `page(${quote(it.webhook)}, {"text": ${quote(it.text.trim())}})`;
    }
  });
  if (row.once) done.push(`set_level(${at + 1})`);
  if (row.reason.trim()) done.push(`because(${quote(row.reason.trim())})`);
  // A step may be due at once with the one before: it is looked at again soon after each step, and never in a circle.
  if (asks && row.once) done.push('ask_again(min(later + [5]))');
  const text = `return [${done.join(', ')}]${asks && !row.once ? ' + ([ask_again(min(later))] if later else [])' : ''}`;
  return [`${indent}${text}`];
}
