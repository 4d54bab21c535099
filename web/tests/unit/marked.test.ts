import { describe, expect, it, vi } from 'vitest';

import { Bulk } from '../../src/features/inbox/bulk.svelte.ts';
import { Marks, MARKED_MAX } from '../../src/features/inbox/marks.svelte.ts';
import { ApiError } from '../../src/sync/http.ts';

const order = ['a', 'b', 'c', 'd', 'e'];
const shown = (marks: Marks) => [...marks.ids].sort().join('');

describe('marks', () => {
  it('come and go one by one, and as a run from the last one', () => {
    const marks = new Marks();
    marks.toggle('b');
    marks.extend(order, 'd');
    expect(shown(marks)).toBe('bcd');
    marks.toggle('c');
    expect(shown(marks)).toBe('bd');
    marks.extend(order, 'a');
    expect(shown(marks)).toBe('abcd');
    marks.clear();
    expect(marks.size).toBe(0);
  });

  it('follow the keyboard, and shrink when it goes back', () => {
    const marks = new Marks();
    marks.walk('a', 'b');
    marks.walk('b', 'c');
    expect(shown(marks)).toBe('abc');
    marks.walk('c', 'b');
    expect(shown(marks)).toBe('ab');
  });

  it('without a last one begin with the row that was meant', () => {
    const marks = new Marks();
    marks.extend(order, 'c');
    expect(shown(marks)).toBe('c');
    marks.extend(order, 'gone');
    expect(shown(marks)).toBe('c');
  });

  it('have an end', () => {
    const marks = new Marks();
    marks.add(Array.from({ length: MARKED_MAX + 50 }, (_, nth) => `id${nth}`));
    expect(marks.size).toBe(MARKED_MAX);
  });
});

describe('a command for many', () => {
  it('names every one that was refused, and can try only those again', async () => {
    const bulk = new Bulk();
    const done: string[][] = [];
    let refusing = true;
    const work = async (id: string) => {
      if (id === 'c' && refusing) throw new ApiError(409, 'conflict', 'is merged');
    };
    await bulk.run('Resolved', order, work, (ids) => done.push(ids.toSorted()));
    expect(done).toEqual([['a', 'b', 'd', 'e']]);
    expect(bulk.progress).toBeNull();
    expect(bulk.report).toMatchObject({ title: 'Resolved', done: 4, failures: [{ id: 'c', error: { code: 'conflict' } }] });
    refusing = false;
    bulk.report?.again();
    await vi.waitFor(() => expect(done).toHaveLength(2));
    expect(done[1]).toEqual(['c']);
    expect(bulk.report).toBeNull();
  });

  it('keeps to four at a time', async () => {
    const bulk = new Bulk();
    let running = 0;
    let most = 0;
    await bulk.run('x', Array.from({ length: 20 }, (_, nth) => `${nth}`), async () => {
      most = Math.max(most, (running += 1));
      await Promise.resolve();
      running -= 1;
    }, () => {});
    expect(most).toBe(4);
  });

  it('waits when it was too many, and gives up after some tries', async () => {
    const waits: number[] = [];
    const bulk = new Bulk(async (ms) => void waits.push(ms));
    let calls = 0;
    const limited = async () => {
      calls += 1;
      throw new ApiError(429, 'rate_limited', 'slow down');
    };
    await bulk.run('x', ['a'], limited, () => {});
    expect(calls).toBe(4);
    expect(waits).toEqual([1200, 2400, 3600]);
    expect(bulk.report?.failures).toHaveLength(1);
  });
});
