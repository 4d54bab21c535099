import { describe, expect, it } from 'vitest';

import { amountText, minorOf, money } from '../../src/features/assist/money.ts';
import { stepOf } from '../../src/features/customer/escalation.ts';
import { limitsOf, refuses } from '../../src/features/inbox/limits.ts';
import { healthOf, micros, chosenAtFirst } from '../../src/features/plugins/show.ts';
import { compared, lastDays, loads } from '../../src/features/rules/backtest.ts';
import { diffLines } from '../../src/features/rules/diff.ts';
import type { ChannelCapabilities, Decision, Message, PluginDetail } from '../../src/protocol/api.ts';
import { parseMarkdown } from '../../src/ui/markdown.ts';
import { answersOf, faultsOf, fieldsOf, serverFaults, valuesOf } from '../../src/ui/schema.ts';

const SCHEMA = {
  url: { type: 'string', order: 2, required: true, pattern: '^https://' },
  token: { type: 'secret', order: 1, required: true },
  batch: { type: 'integer', order: 3, min: 1, max: 100, default: 20 },
  share: { type: 'number', order: 4, min: 0, max: 1 },
  on: { type: 'boolean', order: 5, default: true },
  how: { type: 'enum', order: 6, values: ['a', 'b'], default: 'a' },
  tags: { type: 'string', order: 7, default: 'vip', max: 5 },
  odd: { type: 'matrix' },
};

describe('a form from a schema', () => {
  const fields = fieldsOf(SCHEMA);

  it('has the fields that it understands, in order', () => {
    expect(fields.map((it) => it.name)).toEqual(['token', 'url', 'batch', 'share', 'on', 'how', 'tags']);
    expect(fieldsOf(null)).toEqual([]);
  });

  it('begins with what is stored, else with defaults, and never with a secret', () => {
    expect(valuesOf(fields, { url: 'https://a', batch: 5, on: false, token: 'x' })).toEqual({ token: '', url: 'https://a', batch: '5', share: '', on: false, how: 'a', tags: 'vip' });
  });

  it('says what does not fit as the server would', () => {
    const values = { ...valuesOf(fields, {}), url: 'http://a', batch: '0', share: 'x', tags: '一二三四五六' };
    expect(faultsOf(fields, values, [])).toEqual({
      token: { what: 'required' }, url: { what: 'pattern', pattern: '^https://' }, batch: { what: 'atLeast', bound: 1 }, share: { what: 'notNumber' }, tags: { what: 'longest', bound: 5 },
    });
    expect(faultsOf(fields, { ...values, url: '', batch: '1.5', share: '2', tags: 'a' }, ['token'])).toEqual({ url: { what: 'required' }, batch: { what: 'notWhole' }, share: { what: 'atMost', bound: 1 } });
  });

  it('sends numbers as numbers, leaves empty fields to their defaults, and only secrets that were typed', () => {
    const values = { ...valuesOf(fields, {}), url: 'https://a', batch: '7', share: '0.5', tags: '' };
    expect(answersOf(fields, values)).toEqual({ settings: { url: 'https://a', batch: 7, share: 0.5, on: true, how: 'a', tags: '' }, secrets: {} });
    expect(answersOf(fields, { ...values, token: 's' }).secrets).toEqual({ token: 's' });
    expect(answersOf(fields, { ...values, batch: '' }).settings).not.toHaveProperty('batch');
  });

  it('puts what the server says beside the fields it names', () => {
    expect(serverFaults('settings.url: must look like ^https://; settings.batch: must be at most 100', fields)).toEqual({ byField: { url: 'must look like ^https://', batch: 'must be at most 100' }, rest: '' });
    expect(serverFaults('settings.unknown: there is no such setting', fields)).toEqual({ byField: {}, rest: 'settings.unknown: there is no such setting' });
    expect(serverFaults('the plugin is gone', fields).rest).toBe('the plugin is gone');
  });
});

describe('markdown of strangers', () => {
  it('becomes a tree of the parts that are known', () => {
    expect(parseMarkdown('# A *b*\n\ntext with `code`\nand **more**\n\n- one\n- two\n  goes on\n\n1. first\n\n> said\n\n---')).toEqual([
      { type: 'heading', level: 1, children: [{ type: 'text', text: 'A ' }, { type: 'em', children: [{ type: 'text', text: 'b' }] }] },
      { type: 'paragraph', children: [{ type: 'text', text: 'text with ' }, { type: 'code', text: 'code' }, { type: 'text', text: ' and ' }, { type: 'strong', children: [{ type: 'text', text: 'more' }] }] },
      { type: 'list', ordered: false, items: [[{ type: 'text', text: 'one' }], [{ type: 'text', text: 'two goes on' }]] },
      { type: 'list', ordered: true, items: [[{ type: 'text', text: 'first' }]] },
      { type: 'quote', children: [{ type: 'text', text: 'said' }] },
      { type: 'rule' },
    ]);
  });

  it('keeps tables and code as they are', () => {
    expect(parseMarkdown('| a | b |\n|---|---|\n| 1 | 2 |')).toEqual([{ type: 'table', head: [[{ type: 'text', text: 'a' }], [{ type: 'text', text: 'b' }]], rows: [[[{ type: 'text', text: '1' }], [{ type: 'text', text: '2' }]]] }]);
    expect(parseMarkdown('```html\n<b>*x*</b>\n```')).toEqual([{ type: 'code', text: '<b>*x*</b>' }]);
  });

  it.each(['javascript:alert(1)', 'data:text/html,x', '/api/v1/me', 'vbscript:x'])('makes no link of %s', (href) => {
    expect(JSON.stringify(parseMarkdown(`[x](${href})`))).not.toContain('link');
  });

  it('makes text of markup, and of pictures', () => {
    expect(parseMarkdown('<img src=x onerror=alert(1)>')).toEqual([{ type: 'paragraph', children: [{ type: 'text', text: '<img src=x onerror=alert(1)>' }] }]);
    expect(JSON.stringify(parseMarkdown('![alt](https://tracker.example/x.png)'))).not.toContain('image');
  });

  it('ends on every text', () => {
    for (const text of ['```', '|', '|\n|--', '**', '> ', '- ', '#', '`a', '[a](', '*'.repeat(500), '_a'.repeat(500)]) expect(Array.isArray(parseMarkdown(text))).toBe(true);
  });
});

describe('lines of two texts', () => {
  const signs = (a: string, b: string) => diffLines(a, b).map((it) => `${{ same: ' ', added: '+', removed: '-' }[it.type]}${it.text}`);
  it('shows what came and went, in place', () => {
    expect(signs('a\nb\nc\n', 'a\nx\nc\nd\n')).toEqual([' a', '-b', '+x', ' c', '+d']);
    expect(signs('a\n', 'a\n')).toEqual([' a']);
    expect(signs('', 'a')).toEqual(['-', '+a']);
  });
  it('numbers lines of the newer text', () => {
    expect(diffLines('a\nb', 'n\na\nb').map((it) => it.line)).toEqual([1, 2, 3]);
  });
});

describe('amounts', () => {
  it('are read without fractions that do not add up', () => {
    expect(minorOf('268.00', 'CNY')).toBe(26_800);
    expect(minorOf('0,1', 'CNY')).toBe(10);
    expect(minorOf('19.99', 'EUR')).toBe(1999);
    expect(minorOf('500', 'JPY')).toBe(500);
    for (const text of ['', '-1', '1.234', '1e5', 'x', '5.5.5']) expect(minorOf(text, 'CNY')).toBeNull();
    expect(minorOf('5.5', 'JPY')).toBeNull();
  });
  it('are written as people of the language do', () => {
    expect(money({ currency: 'CNY', minor: 26_800 }, 'zh')).toBe('¥268.00');
    expect(amountText({ currency: 'JPY', minor: 500 })).toBe('500');
    expect(money({ currency: '??', minor: 100 }, 'en')).toBe('1.00 ??');
  });
});

describe('what a channel takes', () => {
  const channel: ChannelCapabilities = { text_chars_max: 100, media: [], attachments_max: 1, attachment_bytes_max: 1, typing: false, receipts: 'sent', reply_window: { hours: 48, sends: 2 } };
  const message = (kind: 'inbound' | 'outbound', minutes: number, state = 'sent') => ({ kind, at: new Date(minutes * 60_000).toISOString(), delivery: { state } }) as unknown as Message;
  const hours = (n: number) => n * 3_600_000;

  it('counts characters once room is short, and refuses what is too long', () => {
    expect(limitsOf(channel, 'x', [], 0).charsLeft).toBeNull();
    expect(limitsOf(channel, '字'.repeat(95), [], 0).charsLeft).toBe(5);
    expect(refuses(limitsOf(channel, '字'.repeat(101), [], 0))).toBe(true);
  });
  it('closes some hours after the contact wrote', () => {
    expect(limitsOf(channel, '', [message('inbound', 0)], hours(47)).closesIn).toBe(hours(1));
    expect(refuses(limitsOf(channel, '', [message('inbound', 0)], hours(48)))).toBe(true);
    expect(refuses(limitsOf(channel, '', [message('inbound', 0), message('inbound', 60)], hours(48)))).toBe(false);
  });
  it('counts answers since then, those that failed not', () => {
    const said = [message('outbound', 0), message('inbound', 1), message('outbound', 2), message('outbound', 3, 'failed')];
    expect(limitsOf(channel, '', said, 0).sendsLeft).toBe(1);
    expect(refuses(limitsOf(channel, '', [...said, message('outbound', 4)], 0))).toBe(true);
  });
  it('knows no limits of a channel that names none', () => {
    expect(refuses(limitsOf(null, 'x'.repeat(9999), [message('inbound', 0)], hours(999)))).toBe(false);
  });
});

describe('an escalation that was decided', () => {
  const decision = (answer: unknown, policy = 'escalation') => ({ policy, answer }) as Decision;
  it('is taken apart into what was done', () => {
    const actions = [{ notify: { audience: { manager: 2 }, text: 'waits' } }, { notify: { audience: 'owner', text: '' } }, { raise_priority: 'high' }, { assign_team: 't' }, { add_tags: ['a'] }, { page: { webhook: 'duty', payload: {} } }, { open_case: { kind: 'complaint', summary: 's' } }, { unheard: 1 }];
    expect(stepOf(decision({ actions, level: 2, ask_again_ms: 5000 }))).toEqual({
      level: 2, askAgainMs: 5000,
      actions: [
        { what: 'notify', audience: { type: 'manager', nth: 2 }, text: 'waits' }, { what: 'notify', audience: { type: 'owner' }, text: '' }, { what: 'raise_priority', to: 'high' }, { what: 'assign_team', id: 't' },
        { what: 'add_tags', tags: ['a'] }, { what: 'page', webhook: 'duty' }, { what: 'open_case', kind: 'complaint', summary: 's' },
      ],
    });
  });
  it('is nothing else', () => {
    expect(stepOf(decision({ assign: 'a' }, 'routing'))).toBeNull();
    expect(stepOf(decision('x'))).toBeNull();
  });
});

describe('figures', () => {
  it('say which side is better', () => {
    const side = { wait_p50_secs: 10, wait_p90_secs: 20, sla_misses: 3, unassigned: 0, load: { a: 5, b: 1 } };
    const totals = { conversations: 1, changed: 1, failed: 0, was: side, would_be: { ...side, wait_p50_secs: 5, sla_misses: 4, load: { b: 9 } } };
    expect(compared(totals).map((it) => it.verdict)).toEqual(['better', 'same', 'worse', 'same']);
    expect(loads(totals.was, totals.would_be)).toEqual([{ agent: 'b', was: 1, would: 9 }, { agent: 'a', was: 5, would: 0 }]);
  });
  it('take whole days', () => {
    expect(lastDays(7, new Date(2026, 10, 22, 15, 30))).toEqual({ from: '2026-11-15T00:00', to: '2026-11-22T00:00' });
  });
  it('are short', () => {
    expect([84, 2300, 48_000, 1_900_000].map(micros)).toEqual(['84 µs', '2.3 ms', '48 ms', '1.9 s']);
  });
});

describe('a plugin', () => {
  const asked = (key: string, change: 'added' | 'kept' | 'removed') => ({ key, change, kind: 'http', detail: key, reason: {} });
  const plugin = (fields: Partial<PluginDetail>) => ({ permissions: [asked('a', 'kept'), asked('b', 'added'), asked('c', 'removed'), asked('d', 'kept')], grants: ['a'], active: {}, pending: null, ...fields }) as PluginDetail;
  it('is offered what it asks, but what was refused before stays refused', () => {
    expect(chosenAtFirst(plugin({ active: null, pending: {} as never, grants: [] }))).toEqual(['a', 'b', 'd']);
    expect(chosenAtFirst(plugin({ pending: {} as never }))).toEqual(['a', 'b']);
    expect(chosenAtFirst(plugin({}))).toEqual(['a']);
  });
  it('says how it is, or nobody knows', () => {
    expect(healthOf({ ok: false, message: 'token expired' })).toEqual({ ok: false, words: 'token expired' });
    expect(healthOf({ why: 'it does not run' })).toEqual({ ok: null, words: 'it does not run' });
    expect(healthOf(null)).toEqual({ ok: null, words: '' });
  });
});
