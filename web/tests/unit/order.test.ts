import { describe, expect, it } from 'vitest';

import { arrange, byActivity, countMoved, matches, mayReorder } from '../../src/sync/order.ts';
import { at, conversation, ME } from './builders.ts';

describe('order', () => {
  it('is newest activity first, and the same everywhere for equal times', () => {
    const sorted = [conversation('a', { last_activity_at: at(1) }), conversation('b', { last_activity_at: at(2) }), conversation('c', { last_activity_at: at(2) })].sort(byActivity);
    expect(sorted.map((it) => it.id)).toEqual(['c', 'b', 'a']);
  });

  it('never moves the selected row', () => {
    const shown = ['a', 'b', 'c', 'd'];
    expect(arrange(['d', 'c', 'b', 'a'], shown, 'b')).toEqual(['d', 'b', 'c', 'a']);
    expect(arrange(['d', 'c', 'a'], shown, 'b')).toEqual(['d', 'b', 'c', 'a']);
    expect(arrange(['x', 'y'], ['x', 'y'], 'elsewhere')).toEqual(['x', 'y']);
    expect(arrange([], ['a'], 'a')).toEqual(['a']);
  });

  it('changes at most once a second, and never under the pointer, the keyboard or an open menu', () => {
    const free = { pointerInside: false, keyAt: -Infinity, menuOpen: false, marking: false };
    expect(mayReorder(free, 5000, 4500)).toBe(false);
    expect(mayReorder(free, 5500, 4500)).toBe(true);
    expect(mayReorder({ ...free, pointerInside: true }, 9000, 0)).toBe(false);
    expect(mayReorder({ ...free, menuOpen: true }, 9000, 0)).toBe(false);
    expect(mayReorder({ ...free, marking: true }, 9000, 0)).toBe(false);
    expect(mayReorder({ ...free, keyAt: 7000 }, 9000, 0)).toBe(false);
    expect(mayReorder({ ...free, keyAt: 7000 }, 10_000, 0)).toBe(true);
  });

  it('counts rows that are not where they belong', () => {
    expect(countMoved(['b', 'a'], ['a', 'b'], new Set(['b']))).toBe(1);
    expect(countMoved(['n', 'a'], ['a'], new Set(['n']))).toBe(1);
    expect(countMoved(['a'], ['a'], new Set(['a']))).toBe(0);
    expect(countMoved(['a'], ['a', 'gone'], new Set(['gone']))).toBe(1);
    expect(countMoved(['a'], ['a'], new Set(['never shown']))).toBe(0);
  });
});

describe('a filter', () => {
  const mine = conversation('a', { assignment: { state: 'assigned', agent_id: ME, team_id: 'team_1', since: at(0) }, tags: ['退款'] });
  it('knows mine, nobody’s, and those of a team', () => {
    expect(matches({ assignee: 'me' }, mine, ME)).toBe(true);
    expect(matches({ assignee: 'none' }, mine, ME)).toBe(false);
    expect(matches({ assignee: 'none', team: 'team_1' }, conversation('b'), ME)).toBe(true);
    expect(matches({ team: 'team_2' }, mine, ME)).toBe(false);
  });
  it('hides merged ones unless asked', () => {
    expect(matches({}, conversation('a', { status: 'merged' }), ME)).toBe(false);
    expect(matches({ status: 'merged' }, conversation('a', { status: 'merged' }), ME)).toBe(true);
  });
  it('checks tag, priority and waiting', () => {
    expect(matches({ tag: '退款', priority: 'normal', needs_reply: 'false' }, mine, ME)).toBe(true);
    expect(matches({ needs_reply: 'true' }, mine, ME)).toBe(false);
  });
});
