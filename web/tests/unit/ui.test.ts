import { describe, expect, it } from 'vitest';

import { contextOf, Keymap } from '../../src/app/keymap.ts';
import { parse } from '../../src/app/router.svelte.ts';
import { bodyOf, formOf } from '../../src/features/settings/inbox.ts';
import { splitList } from '../../src/features/settings/collection.svelte.ts';
import { urgencyOf } from '../../src/features/inbox/sla.ts';
import { linkify, linkifyNumbers, timeline } from '../../src/features/inbox/timeline.ts';
import { presets } from '../../src/features/inbox/times.ts';
import { en } from '../../src/i18n/en.ts';
import { zh } from '../../src/i18n/zh.ts';
import { isEnter, isImeKey, shortcutKey, watchCompositions } from '../../src/ui/ime.ts';
import { narrow } from '../../src/ui/picker.ts';
import { at, conversation, ME, message } from './builders.ts';

const key = (change: Record<string, unknown>) => ({ key: 'Enter', code: 'Enter', keyCode: 13, isComposing: false, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...change }) as unknown as KeyboardEvent;

describe('the guard for input methods', () => {
  it('leaves keys of a composition alone', () => {
    expect(isImeKey(key({ isComposing: true }), 1e9)).toBe(true);
    expect(isImeKey(key({ keyCode: 229 }), 1e9)).toBe(true);
    expect(isEnter(key({ isComposing: true }), 1e9)).toBe(false);
    expect(isEnter(key({}), 1e9)).toBe(true);
  });

  it('also leaves the key alone that comes right after the composition', () => {
    const target = new EventTarget();
    let now = 5000;
    watchCompositions(target, () => now);
    target.dispatchEvent(new Event('compositionend'));
    now = 5030;
    expect(isEnter(key({}), now)).toBe(false);
    expect(isEnter(key({}), 5051)).toBe(true);
  });

  it('knows full-width triggers and letters of other layouts', () => {
    expect(shortcutKey(key({ key: '；', code: 'Semicolon' }), 1e9)).toBe(';');
    expect(shortcutKey(key({ key: '／', code: 'Slash' }), 1e9)).toBe('/');
    expect(shortcutKey(key({ key: 'о', code: 'KeyJ' }), 1e9)).toBe('j');
    expect(shortcutKey(key({ key: 'J', code: 'KeyJ' }), 1e9)).toBe('j');
    expect(shortcutKey(key({ key: 'j', code: 'KeyJ', isComposing: true }), 1e9)).toBeNull();
  });
});

describe('keys', () => {
  const free = { inField: false, inDialog: false, onControl: false, singleKeys: true };
  it('do what the help says, and nothing inside a field or a window', () => {
    const keymap = new Keymap();
    expect(keymap.act(key({ key: 'j', code: 'KeyJ' }), free, 1e9)).toBe('next');
    expect(keymap.act(key({ key: 'j', code: 'KeyJ' }), { ...free, inField: true }, 1e9)).toBeNull();
    expect(keymap.act(key({ key: 'k', code: 'KeyK', ctrlKey: true }), { ...free, inField: true }, 1e9)).toBe('palette');
    expect(keymap.act(key({ key: 'k', code: 'KeyK', ctrlKey: true }), { ...free, inDialog: true }, 1e9)).toBeNull();
    expect(keymap.act(key({ key: 'ArrowDown', code: 'ArrowDown' }), { ...free, onControl: true }, 1e9)).toBeNull();
  });
  it('can be switched off one by one except those with Ctrl', () => {
    const keymap = new Keymap();
    expect(keymap.act(key({ key: 'e', code: 'KeyE' }), { ...free, singleKeys: false }, 1e9)).toBeNull();
    expect(keymap.act(key({ key: 'k', code: 'KeyK', metaKey: true }), { ...free, singleKeys: false }, 1e9)).toBe('palette');
  });
  it('come in pairs after g, for a moment', () => {
    const keymap = new Keymap();
    expect(keymap.act(key({ key: 'g', code: 'KeyG' }), free, 1e9)).toBeNull();
    expect(keymap.act(key({ key: 'i', code: 'KeyI' }), free, 1e9 + 300)).toBe('go inbox');
    keymap.act(key({ key: 'g', code: 'KeyG' }), free, 1e9 + 1000);
    expect(keymap.act(key({ key: 'i', code: 'KeyI' }), free, 1e9 + 3000)).toBe('take');
  });
  it('need no page to be told where they are', () => expect(contextOf).toBeTypeOf('function'));
});

it('addresses are read and unreadable ones lead to the inbox', () => {
  expect(parse('/inbox/team.x/cnv_1', '')).toEqual({ page: 'inbox', view: 'team.x', conversation: 'cnv_1' });
  expect(parse('/search', '?q=%E9%80%80%E6%AC%BE')).toEqual({ page: 'search', q: '退款' });
  expect(parse('/nowhere', '')).toEqual({ page: 'inbox', view: 'mine', conversation: null });
});

it('every sentence exists in both languages', () => {
  const shape = (value: unknown): unknown => (typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value).map(([name, it]) => [name, shape(it)])) : typeof value);
  expect(shape(zh)).toEqual(shape(en));
  const texts = JSON.stringify(zh);
  expect(texts).not.toMatch(/"":|: ""/);
});

describe('targets', () => {
  const clock = { target: 'next_response' as const, state: 'running' as const, limit_secs: 100, due_at: at(100) };
  const now = Date.parse(at(0));
  it('turn amber in the last fifth and red when missed', () => {
    const it = conversation('a', { sla_clocks: [clock] });
    expect(urgencyOf(it, now)?.level).toBe('calm');
    expect(urgencyOf(it, now + 85_000)?.level).toBe('soon');
    expect(urgencyOf(it, now + 101_000)?.level).toBe('overdue');
  });
  it('show the one that runs out first, and none that stopped', () => {
    const sooner = { ...clock, target: 'first_response' as const, due_at: at(50) };
    expect(urgencyOf(conversation('a', { sla_clocks: [clock, sooner] }), now)?.clock.target).toBe('first_response');
    expect(urgencyOf(conversation('a', { sla_clocks: [{ ...clock, state: 'met', ended_at: at(10) }] }), now)).toBeNull();
  });
});

describe('the timeline', () => {
  it('puts runs by one author together and days apart', () => {
    const rows = timeline([message('a', 1), message('a', 2), message('a', 900), message('a', 90_000)], null, ME);
    expect(rows.map((it) => (it.type === 'message' ? (it.begins ? 'begin' : 'more') : it.type))).toEqual(['day', 'begin', 'more', 'begin', 'day', 'begin']);
  });
  it('a day that begins twice has two rows of its own', () => {
    const rows = timeline([message('a', 1), message('a', 90_000), message('a', 2), message('a', 90_001)], null, ME);
    const keys = rows.map((it) => it.key);
    expect(rows.filter((it) => it.type === 'day')).toHaveLength(4);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('draws a line before what is new, once', () => {
    const rows = timeline([message('a', 1), message('a', 2), message('a', 3)], 1, ME);
    expect(rows.filter((it) => it.type === 'new')).toHaveLength(1);
    expect(rows.findIndex((it) => it.type === 'new')).toBe(2);
  });
  it('makes links of web addresses only, without the full stop after them', () => {
    expect(linkify('见 https://a.example/x?y=1。谢谢').map((it) => it.href)).toEqual([null, 'https://a.example/x?y=1', null]);
    expect(linkify('javascript:alert(1)')).toEqual([{ text: 'javascript:alert(1)', href: null }]);
    expect(linkify('go to http://b.example.').at(-1)).toEqual({ text: '.', href: null });
  });

  it('finds numbers to call, and takes no other number for one', () => {
    const numbers = (text: string) => linkifyNumbers(text).flatMap((it) => it.number ?? []);
    expect(numbers('我的电话13800138000，或 +86 139-0013-9000')).toEqual(['13800138000', '+8613900139000']);
    expect(numbers('call 0571-88990011, 400-800-1234 or +1 415 555 2671')).toEqual(['057188990011', '4008001234', '+14155552671']);
    expect(numbers('SL20261113800138000, 13800138000123, 2026-11-23, https://x.example/13800138000')).toEqual([]);
    expect(linkifyNumbers('a 13800138000 b').map((it) => it.text).join('')).toBe('a 13800138000 b');
  });
});

it('later means later: presets in the past are not offered', () => {
  const late = new Date(2026, 10, 22, 20, 0);
  expect(presets(late).map((it) => it.id)).not.toContain('evening');
  expect(presets(late).every((it) => it.at > late)).toBe(true);
  const sunday = presets(late).find((it) => it.id === 'nextWeek')!;
  expect(sunday.at.getDay()).toBe(1);
});

it('a picker finds every typed word and puts beginnings first', () => {
  const items = [{ id: '1', label: '发货进度' }, { id: '2', label: '进度' }, { id: '3', label: 'x', words: '进度' }];
  expect(narrow(items, '进度').map((it) => it.id)).toEqual(['2', '1', '3']);
});

it('settings of an inbox survive the form, unknown ones included', () => {
  const inbox = { id: 'i', name: 'Shop', channel: 'webchat', shop: null, team_id: 't', settings: { greeting: '你好', allowed_origins: ['https://a.example', 'https://b.example'], custom: { a: 1 }, proactive_after_secs: 3 }, created_at: at(0) };
  const body = bodyOf(formOf(inbox))!;
  expect(body.settings).toMatchObject({ greeting: '你好', allowed_origins: ['https://a.example', 'https://b.example'], custom: { a: 1 }, proactive_after_secs: 3 });
  expect(body.settings).not.toHaveProperty('identity_secret');
  expect(bodyOf({ ...formOf(inbox), other: '{' })).toBeNull();
  expect(splitList('a， b,,c、a')).toEqual(['a', 'b', 'c']);
});
