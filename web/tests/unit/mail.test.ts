import { describe, expect, it } from 'vitest';

import { MailDraft, readAddresses } from '../../src/features/inbox/mail/draft.svelte.ts';
import { heldFor, toneOf, topicOf } from '../../src/features/inbox/mail/warnings.ts';
import { mailboxBody, mailboxOf, withPreset } from '../../src/features/settings/mailbox.ts';
import type { Mail, ReplyProposal } from '../../src/protocol/api.ts';
import { linkOf, schema, textOf } from '../../src/ui/rich/schema.ts';

const proposal: ReplyProposal = { from: { name: 'Shop', address: 'help@shop.example' }, to: [{ name: 'Emma', address: 'e***@mail.example' }], cc: [{ name: '', address: 't***@mail.example' }], subject: 'Re: Lamp', signature: '', undo_seconds: 10 };

describe('recipients', () => {
  it('are read from what is typed or pasted, with commas of either width', () => {
    const { found, rest } = readAddresses('a@x.cn\uff0c"Li, Na" <li@x.cn>; Tom <tom@y.example>, nobody');
    expect(found).toContainEqual({ name: '', address: 'a@x.cn' });
    expect(found).toContainEqual({ name: 'Li, Na', address: 'li@x.cn' });
    expect(found).toContainEqual({ name: 'Tom', address: 'tom@y.example' });
    expect(rest).toContain('nobody');
  });

  it('that the agent leaves alone follow the proposal and are not sent', () => {
    const draft = new MailDraft();
    draft.propose(proposal);
    expect(draft.compose('<div>x</div>')).toEqual({ html: '<div>x</div>', quote: true });
    draft.set('cc', []);
    draft.propose({ ...proposal, subject: 'Re: Other', cc: [{ name: '', address: 'new@x.cn' }] });
    expect(draft.subject).toBe('Re: Other');
    expect(draft.compose('')).toEqual({ html: '', quote: true, cc: [] });
  });

  it('of a mail that was taken back are there again', () => {
    const draft = new MailDraft();
    draft.restore({ to: [{ name: '', address: 'a@x.cn' }], subject: 'S', quote: false });
    expect(draft.compose('')).toEqual({ html: '', quote: false, to: [{ name: '', address: 'a@x.cn' }], subject: 'S' });
    draft.propose(proposal);
    draft.clear();
    expect(draft.to).toEqual(proposal.to);
  });
});

describe('a mail', () => {
  it('counts down while it can be taken back', () => {
    const mail = { sending: { state: 'held', undo_until: '2026-01-01T00:00:10Z', attempts: 0, recipients: [] } } as unknown as Mail;
    const at = (iso: string) => heldFor(mail, Date.parse(iso));
    expect([at('2026-01-01T00:00:00Z'), at('2026-01-01T00:00:09.5Z'), at('2026-01-01T00:01:00Z')]).toEqual([10, 1, 0]);
  });

  it('has the topic of its thread whatever stands before it', () => {
    for (const subject of ['Lamp', 'Re: Lamp', 'RE: Fwd: lamp', '\u56de\u590d\uff1aLamp', 'Re[2]: Lamp']) expect(topicOf(subject)).toBe('lamp');
  });

  it('warns the louder the graver', () => {
    expect([toneOf({ kind: 'spoofed' }), toneOf({ kind: 'reply_to_differs' }), toneOf({ kind: 'first_time_sender' })]).toEqual(['danger', 'warn', 'quiet']);
  });
});

describe('rich text', () => {
  const p = (...text: string[]) => schema.node('paragraph', null, text.filter(Boolean).map((it) => schema.text(it)));

  it('reads as plain text, with quotations and lists', () => {
    const { list_item, bullet_list, ordered_list, blockquote, doc } = schema.nodes;
    const item = (text: string) => list_item!.create(null, p(text));
    const all = doc!.create(null, [p('Hi'), p(), bullet_list!.create(null, [item('a'), item('b')]), ordered_list!.create(null, [item('c'), item('d')]), blockquote!.create(null, [p('old')])]);
    expect(textOf(all)).toBe('Hi\n\n- a\n- b\n1. c\n2. d\n> old');
  });

  it('says where a link leads that does not say so itself', () => {
    const link = schema.marks.link!.create({ href: 'https://shop.example/a' });
    expect(textOf(schema.node('doc', null, [schema.node('paragraph', null, [schema.text('here', [link])])]))).toBe('here <https://shop.example/a>');
  });

  it('takes addresses that people type, and nothing that runs', () => {
    expect([linkOf('shop.example/a'), linkOf('a@shop.example'), linkOf('http://x.cn')]).toEqual(['https://shop.example/a', 'mailto:a@shop.example', 'http://x.cn']);
    expect([linkOf('javascript:alert(1)'), linkOf('two words'), linkOf('')]).toEqual([null, null, null]);
  });
});

describe('a mailbox', () => {
  const settings = {
    address: 'help@shop.example', from_name: 'Shop', imap: { host: 'imap.x', port: 993, tls: 'tls', folders: ['INBOX', 'Returns'], save_sent: false }, smtp: { host: 'smtp.x', port: 587, tls: 'starttls', user: 'u', rate_per_minute: 30 },
    auth: 'password', undo_seconds: 5, closed_reply: 'new', authserv_id: 'mx.x',
  };

  it('comes back from its form as it was', () => {
    expect(mailboxBody(mailboxOf(settings))).toEqual(settings);
    expect(mailboxBody(mailboxOf({ address: 'a@x.cn', lmtp: true, auth: 'password' }))).toEqual({ address: 'a@x.cn', lmtp: true, auth: 'password' });
  });

  it('keeps that what was sent is neither filed nor read', () => {
    const own = { ...settings, imap: { ...(settings.imap as object), save_sent: false, read_sent: false } };
    expect(mailboxBody(mailboxOf(own))).toEqual(own);
    expect(mailboxOf(settings)).toMatchObject({ save_sent: false, read_sent: true });
  });

  it('keeps who signs in when a provider is chosen, and sends secrets only when they are typed', () => {
    const form = withPreset(mailboxOf(settings), { imap: { host: 'imap.g', port: 993, tls: 'tls' }, smtp: { host: 'smtp.g', port: 465, tls: 'tls' }, auth: 'oauth', oauth: { authorize_url: 'https://a', token_url: 'https://t', scope: 's' } });
    const body = mailboxBody({ ...form, client_id: 'me', oauth_client_secret: 'x' });
    expect(body).toMatchObject({ auth: 'oauth', oauth: { authorize_url: 'https://a', token_url: 'https://t', scope: 's', client_id: 'me' }, oauth_client_secret: 'x' });
    expect((body.smtp as { user: string }).user).toBe('u');
    expect(body).not.toHaveProperty('imap_password');
  });
});
