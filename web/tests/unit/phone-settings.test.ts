import { describe, expect, it } from 'vitest';

import { targetsOf } from '../../src/features/phone/phone.svelte.ts';
import { bodyOf, formOf } from '../../src/features/settings/inbox.ts';
import { phoneBody, phoneFaults, phoneOf, type PhoneForm } from '../../src/features/settings/phone.ts';
import type { Inbox } from '../../src/protocol/api.ts';

const SETTINGS = {
  numbers: ['+8657188990011', '+4930123456'],
  caller_id: '+8657188990011',
  trunk: { kind: 'register', host: 'sip.carrier.example', port: 5061, transport: 'tcp', peers: ['203.0.113.0/24'], latch: true, user: '1001', auth_user: 'a1001' },
  offer_seconds: 20,
  wrapup_seconds: 45,
  rejoin_seconds: 30,
  queue: { limit: 5, max_wait_seconds: 120, then: 'team_2', announce: { position: false, wait: true, every_seconds: 60 } },
  language: 'en',
  closed: { then: 'callback' },
  menu: { prompt: 'att_1', options: [{ digit: '1', team_id: 'team_1' }, { digit: '9', then: 'voicemail' }], timeout_seconds: 8 },
  recording: { policy: 'always', announce: false, retention_days: null },
  voicemail: { enabled: false, max_seconds: 60 },
  prompts: { greeting: 'att_2' },
  dial: { countries: ['CN', 'DE'], deny: ['+861600'], concurrent_per_agent: 2, per_agent_day: 50 },
  dispositions: [{ code: 'refund', label: '已承诺退款' }],
};

const inbox = (settings: Record<string, unknown>): Inbox => ({ id: 'inb_1', name: '热线', channel: 'phone', shop: null, team_id: null, settings, created_at: '2026-11-22T08:00:00Z' });
const form = (change: Partial<PhoneForm> = {}): PhoneForm => ({ ...phoneOf(SETTINGS), ...change });
const why = (change: Partial<PhoneForm>, kept = true) => phoneFaults(form(change), kept).map((it) => it.why);

describe('settings of a phone inbox', () => {
  it('are what they were when nothing was changed', () => {
    expect(phoneBody(phoneOf(SETTINGS))).toEqual(SETTINGS);
    expect((bodyOf(formOf(inbox({ ...SETTINGS, priority: 'high' })))?.settings as object)).toMatchObject({ ...SETTINGS, priority: 'high' });
  });

  it('begin with what the desk would do by itself', () => {
    expect(phoneBody(phoneOf({}))).toMatchObject({ numbers: [], trunk: { kind: 'none' }, offer_seconds: 30, language: 'zh', closed: { then: 'voicemail' }, queue: { limit: 20, max_wait_seconds: 300, then: 'voicemail', announce: { position: true, wait: true, every_seconds: 45 } }, menu: null, recording: { policy: 'never', announce: true, retention_days: 180 }, voicemail: { enabled: true, max_seconds: 120 }, dial: { countries: ['CN'] } });
  });

  it('keep a password that is not typed again, and send one that is', () => {
    expect(phoneBody(form())).not.toHaveProperty('trunk_password');
    expect(phoneBody(form({ trunk_password: 'new' }))).toMatchObject({ trunk_password: 'new' });
    expect(phoneBody(form({ trunk: 'none', trunk_password: 'new' }))).toMatchObject({ trunk: { kind: 'none' } });
  });

  it('take numbers as people write them, and colons of either width', () => {
    expect(phoneBody(form({ numbers: '+86 571-8899 0011， 0049 30 123456', dispositions: 'a: One\nb\uff1a 二' }))).toMatchObject({ numbers: ['+8657188990011', '+4930123456'], dispositions: [{ code: 'a', label: 'One' }, { code: 'b', label: '二' }] });
  });

  it('say what does not fit', () => {
    expect(why({})).toEqual([]);
    expect(why({ numbers: 'hello' })).toEqual(['numbers']);
    expect(why({ numbers: '057188990011' })).toEqual(['numbers']);
    expect(why({ numbers: '' })).toEqual(['needNumber']);
    expect(why({ host: '', user: '' }, false)).toEqual(['host', 'user', 'password']);
    expect(why({ trunk: 'peer', host: '', peers: '' })).toEqual(['host']);
    expect(why({ trunk: 'peer', host: '', peers: '203.0.113.7, 2001:db8::/32' })).toEqual([]);
    expect(why({ peers: 'everybody' })).toEqual(['peers']);
    expect(why({ countries: 'CN, China' })).toEqual(['country']);
    expect(why({ choices: [{ digit: '1', to: 'voicemail' }, { digit: '1', to: 'callback' }] })).toEqual(['digitTwice']);
    expect(why({ choices: [] })).toEqual(['digit']);
    expect(why({ dispositions: 'no code here' })).toEqual(['disposition']);
  });
});

describe('numbers of a customer', () => {
  const identity = (value: string, kind = 'phone') => ({ id: `idn_${value}`, kind, scope: '', value, verified: false });

  it('are each there once, however they are written', () => {
    expect(targetsOf('+8613812345678', [identity('138 1234 5678'), identity('+4930123456'), identity('a@b.example', 'email')], false)).toEqual([
      { number: '+8613812345678', shown: '+8613812345678' },
      { number: '+4930123456', shown: '+4930123456' },
    ]);
  });

  it('are the desk’s to take while they are masked', () => {
    expect(targetsOf('138****5678', [identity('138****5678'), identity('+49****3456')], true)).toEqual([{ number: null, shown: '138****5678' }]);
    expect(targetsOf(null, [], true)).toEqual([]);
  });
});
