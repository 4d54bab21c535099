import { describe, expect, it } from 'vitest';

import { gapsOf, newBuilder, newCondition, newRow, offsetOf, readBuilder, sourceOf, type Builder, type Condition, type Row } from '../../src/features/rules/builder.ts';

const names = (_: string, id: string) => ({ t1: '售后', i1: 'Shop chat', a1: 'Grace' })[id];
const condition = (field: Condition['field'], fields: Partial<Condition>): Condition => ({ ...newCondition(field), ...fields });
const rule = (...rows: Partial<Row>[]): Builder => ({ builder: 1, zone: '+08:00', rows: rows.map((row) => ({ ...newRow('routing'), groups: [], target: 't1', ...row })) });
const when = (...conditions: Condition[]) => [{ match: 'all' as const, conditions }];
const test = (...conditions: Condition[]) => /^ {4}if (.*):$/m.exec(sourceOf(rule({ groups: when(...conditions) }), 'routing', names))?.[1];

describe('a routing rule from rows', () => {
  it('says each row in order and passes on at the end', () => {
    const source = sourceOf(
      rule(
        { groups: when(condition('text', { values: ['退款', 'refund'] })), priority: 'high', tags: ['退款'], reason: 'wants money back' },
        { groups: when(condition('inbox', { values: ['i1'] })), to: 'wait' },
      ),
      'routing',
      names,
    );
    expect(source).toBe(`# Made with the builder.
def route(conv, candidates, now):

    # 1: 售后
    if has_any(conv.text, ["退款", "refund"]):
        return team("t1", priority = "high", tags = ["退款"], reason = "wants money back")

    # 2: Shop chat
    if conv.inbox == "i1":
        return wait()

    return None
`);
  });

  it('needs nothing after a row that always fits', () => {
    expect(sourceOf(rule({}), 'routing', names)).toBe('# Made with the builder.\ndef route(conv, candidates, now):\n\n    # 1: 售后\n    return team("t1")\n');
  });

  it('passes on without a word when nothing is put on', () => {
    expect(sourceOf(rule({ to: 'next' }), 'routing', names)).toContain('    return None\n');
    expect(sourceOf(rule({ to: 'next', priority: 'urgent' }), 'routing', names)).toContain('return next(priority = "urgent")');
  });

  it('joins groups with parentheses only where they matter', () => {
    const two = [
      { match: 'any' as const, conditions: [condition('text', { values: ['a'] }), condition('stage', { values: ['aftersale'] })] },
      { match: 'all' as const, conditions: [condition('free', { op: 'no' })] },
    ];
    expect(sourceOf(rule({ groups: two }), 'routing', names)).toContain('    if (has_any(conv.text, ["a"]) or conv.stage == "aftersale") and not any([it.free for it in candidates]):');
  });

  it('writes texts so that nobody can break out of them', () => {
    const source = sourceOf(rule({ reason: 'a"b\\c\nd', groups: when(condition('text', { values: ['"]) or True or has_any("'] })) }), 'routing', names);
    expect(source).toContain('reason = "a\\"b\\\\c\\nd"');
    expect(source).toContain('has_any(conv.text, ["\\"]) or True or has_any(\\""])');
    expect(sourceOf(rule({ groups: when(condition('inbox', { values: ['x'] })) }), 'routing', () => 'evil\n    return None').split('\n').filter((line) => line.includes('evil'))).toEqual(['    # 1: evil return None']);
  });

  it.each([
    [condition('channel', { values: ['webchat', 'email'] }), 'conv.channel in ["webchat", "email"]'],
    [condition('shop', { op: 'is_not', values: ['s'] }), 'conv.shop != "s"'],
    [condition('text', { op: 'contains_not', values: ['a'] }), 'not has_any(conv.text, ["a"])'],
    [condition('language', { values: ['zh'] }), '(conv.language or "").startswith("zh")'],
    [condition('language', { op: 'is_not', values: ['zh', 'en'] }), 'not ((conv.language or "").startswith("zh") or (conv.language or "").startswith("en"))'],
    [condition('contact_tags', { values: ['vip'] }), '"vip" in conv.contact.tags'],
    [condition('tags', { op: 'has_not', values: ['a', 'b'] }), 'not any([tag in conv.tags for tag in ["a", "b"]])'],
    [condition('attribute', { name: 'level', values: ['gold'] }), 'conv.contact.attributes.get("level") == "gold"'],
    [condition('attribute', { name: 'spent', op: 'at_least', number: 500 }), 'float(conv.contact.attributes.get("spent") or "0") >= 500'],
    [condition('time', {}), '540 <= t.hour * 60 + t.minute and t.hour * 60 + t.minute < 1080'],
    [condition('time', { from: '22:00', to: '06:00' }), '(t.hour * 60 + t.minute < 360 or t.hour * 60 + t.minute >= 1320)'],
    [condition('time', { op: 'outside', from: '22:00', to: '06:00' }), '360 <= t.hour * 60 + t.minute and t.hour * 60 + t.minute < 1320'],
    [condition('weekday', { values: ['7', '6'] }), 't.weekday in [6, 7]'],
    [condition('priority', { values: ['high'] }), 'conv.priority in ["high", "urgent"]'],
    [condition('waiting', { number: 60 }), 'conv.waiting_secs >= 60'],
  ])('writes the condition %#', (given, expected) => {
    expect(test(given)).toBe(expected);
  });

  it('asks for the wall clock only when a condition needs it', () => {
    expect(sourceOf(rule({ groups: when(condition('weekday', { values: ['1'] })) }), 'routing', names)).toContain('    t = local(now, "+08:00")\n');
    expect(sourceOf(rule({}), 'routing', names)).not.toContain('local(');
  });
});

describe('an escalation rule from rows', () => {
  const steps = (...rows: Partial<Row>[]): Builder => ({ builder: 1, zone: '+08:00', rows: rows.map((row) => ({ ...newRow('escalation'), ...row })) });

  it('takes each step once, and asks again when the next may be due', () => {
    const source = sourceOf(
      steps(
        { groups: when(condition('waiting', { number: 300 })), actions: [{ what: 'notify', who: 'manager', text: 'waits' }, { what: 'raise_priority', to: 'high' }] },
        { groups: when(condition('waiting', { number: 900 })), actions: [{ what: 'assign_team', team: 't1' }], reason: 'too long' },
      ),
      'escalation',
      names,
    );
    expect(source).toBe(`# Made with the builder.
def escalate(conv, event, now):
    later = [secs - conv.waiting_secs for secs in [300, 900] if conv.waiting_since != None and conv.waiting_secs < secs]

    # 1
    if event.level < 1 and conv.waiting_secs >= 300:
        return [notify("manager", "waits"), raise_priority("high"), set_level(1), ask_again(min(later + [5]))]

    # 2: 售后
    if event.level < 2 and conv.waiting_secs >= 900:
        return [assign_team("t1"), set_level(2), because("too long"), ask_again(min(later + [5]))]

    return [ask_again(min(later))] if later else []
`);
  });

  it('keeps alternatives together beside the level', () => {
    const any = [{ match: 'any' as const, conditions: [condition('trigger', { values: ['breached'] }), condition('text', { values: ['投诉'] })] }];
    const source = sourceOf(steps({ groups: any, actions: [{ what: 'open_case', kind: 'complaint', text: 'said so' }, { what: 'add_tags', tags: ['投诉'] }] }), 'escalation', names);
    expect(source).toContain('    if event.level < 1 and (event.trigger == "breached" or has_any(conv.text, ["投诉"])):');
    expect(source).toContain('return [open_case("complaint", "said so"), add_tags("投诉"), set_level(1)]');
    expect(source).toMatch(/return \[\]\n$/);
  });

  it('may repeat a step when told so, without going in circles', () => {
    const source = sourceOf(steps({ once: false, actions: [{ what: 'page', webhook: 'duty', text: 'now' }] }), 'escalation', names);
    expect(source).toContain('return [page("duty", {"text": "now"})] + ([ask_again(min(later))] if later else [])');
    expect(source).not.toContain('set_level');
  });
});

describe('a builder', () => {
  it('names what is missing', () => {
    expect(gapsOf(newBuilder('routing', '+00:00'), 'routing').map((it) => it.what)).toEqual(['value', 'target']);
    expect(gapsOf(newBuilder('escalation', '+00:00'), 'escalation').map((it) => it.what)).toEqual(['text']);
    expect(gapsOf(rule({ groups: when(condition('text', { values: ['a'] })) }), 'routing')).toEqual([]);
  });

  it('is read back as it was kept, and nothing else is', () => {
    const kept = newBuilder('routing', '+08:00');
    expect(readBuilder(JSON.parse(JSON.stringify(kept)))).toEqual(kept);
    for (const other of [null, 'x', {}, { builder: 2, rows: [], zone: '' }]) expect(readBuilder(other)).toBeNull();
  });

  it('knows offsets of clocks', () => {
    expect(offsetOf(-480)).toBe('+08:00');
    expect(offsetOf(210)).toBe('-03:30');
  });
});
