// Mail in the desk in memory: conversations by mail with what a thread has to show, and mailboxes in every state.

const iso = (ms = Date.now()) => new Date(ms).toISOString().replace('Z', '000Z');
const person = (name, address) => ({ name, address });
const US = person('Northlight 客服', 'support@northlight.example');

const HTML = {
  order: `<p>Hello,</p><p>my order <b>#20931</b> arrived, but the lamp is <span style="color:#b00020">broken</span>. Please see the picture.</p><p><img src="/api/v1/attachments/att_lamp" alt="broken lamp" width="220"></p><table border="1" cellpadding="6" style="border-collapse:collapse"><tr><th>Item</th><th>Qty</th><th>Price</th></tr><tr><td>Floor lamp Aurora</td><td>1</td><td>€129.00</td></tr></table><p>What shall I do?<br>Best regards,<br>Emma Clark</p>`,
  quoted: `<blockquote style="border-left:2px solid #ccc;padding-left:8px;color:#555">On 20 Nov 2026 Northlight wrote:<br>Thank you for your order.</blockquote>`,
  zh: `<div style="font-family:微软雅黑">您好：<br><br>我上周买的<b>羽绒服</b>（订单号 88213）尺码偏小，想换大一码，运费怎么算？<br><br>谢谢！<br>李娜</div>`,
  news: `<div style="background:#f4f6fb;padding:16px"><h2 style="color:#2343a8">Your account will be closed</h2><p>Sign in <a href="https://evil.example/x">https://northlight.example/login</a> within 24 hours.</p><p><img data-blocked="1" alt="Logo" width="120" height="40"></p></div>`,
};

const page = (body) => `<!doctype html><html><head><meta charset="utf-8"><style>body{margin:0;padding:2px 4px;font:14px/1.6 system-ui,'Noto Sans CJK SC',sans-serif;color:#1a1c22;overflow-wrap:anywhere}img{max-width:100%;height:auto}</style></head><body>${body}</body></html>`;

export function seedMail(desk) {
  const inbox = desk.inboxes.find((it) => it.channel === 'email');
  inbox.settings = { address: US.address, from_name: US.name, imap: { host: 'imap.northlight.example', port: 993, tls: 'tls', user: US.address, folders: ['INBOX'] }, smtp: { host: 'smtp.northlight.example', port: 465, tls: 'tls', user: US.address }, auth: 'password', undo_seconds: 10, signature: '<div>Northlight Customer Care</div><div>Mon–Fri 9–18</div>' };
  const me = desk.agents[0];
  const html = new Map();
  const now = Date.now();
  const template = [...desk.conversations.values()][0];
  let n = 0;

  function begin(name, address, zh) {
    n += 1;
    const contact = { ...template.contact, id: `con_mail${n}`, name, email: address, phone: null, locale: zh ? 'zh-CN' : 'en', masked: false, verified: true };
    desk.contacts.set(contact.id, { ...contact, note: null, tags: [], attributes: {}, identities: [{ id: `idn_mail${n}`, kind: 'email', scope: '', value: address, verified: true }], merged_into: null, absorbed: [] });
    const c = { ...structuredClone(template), id: `cnv_mail${n}`, inbox_id: inbox.id, channel: 'email', shop_id: inbox.shop, contact, status: 'open', snoozed_until: null, tags: [], priority: 'normal', assignment: { state: 'assigned', agent_id: me.id, team_id: inbox.team_id, since: iso(now), offer_until: null }, escalation_level: 0, cases: [], scheduled: [], sla_clocks: [] };
    desk.conversations.set(c.id, c);
    desk.messages.set(c.id, []);
    return c;
  }

  function write(c, { at, out = false, text, body = null, files = [], mail }) {
    desk.seq += 1;
    const id = `msg_mail${String(desk.seq)}`;
    if (body) html.set(id, body);
    const from = out ? US : person(c.contact.name, c.contact.email);
    const message = {
      id, conversation_id: c.id, seq: desk.seq, kind: out ? 'outbound' : 'inbound',
      author: out ? { type: 'agent', id: me.id, name: me.name } : { type: 'contact', id: c.contact.id, name: c.contact.name },
      text, attachments: files, ...(out ? { delivery: { state: 'sent' } } : {}), at: iso(at),
      mail: { subject: '', from, reply_to: [], to: out ? [person(c.contact.name, c.contact.email)] : [US], cc: [], bcc: [], date: iso(at - 4000), remote_images: 0, inline_attachments: [], warnings: [], automatic: 'no', unreadable: false, raw: `/api/v1/messages/${id}/mail/source`, ...(body ? { html: `/api/v1/messages/${id}/mail/html` } : {}), ...mail },
    };
    desk.messages.get(c.id).push(message);
    const waiting = out ? { on: 'contact', since: message.at } : { on: 'agent', since: message.at };
    Object.assign(c, { last_message: { id, kind: message.kind, text: text.slice(0, 200), at: message.at }, last_activity_at: message.at, message_count: desk.messages.get(c.id).length, waiting, needs_reply: !out, created_at: desk.messages.get(c.id)[0].at, seq: desk.seq, news_seq: desk.seq, read_seq: desk.seq, unread: false });
    return message;
  }

  const emma = begin('Emma Clark', 'emma.clark@mail.example', false);
  write(emma, { at: now - 7200e3, text: 'Hello,\n\nmy order #20931 arrived, but the lamp is broken. Please see the picture.\n\nWhat shall I do?\nEmma Clark\n\n> Thank you for your order.', body: HTML.order, files: [{ id: 'att_lamp', name: 'lamp.png', content_type: 'image/png', size: 24000, is_image: true }, { id: 'att_bill', name: 'invoice-20931.pdf', content_type: 'application/pdf', size: 84211, is_image: false }], mail: { subject: 'Broken lamp, order 20931', cc: [person('Tom Clark', 'tom@mail.example')], inline_attachments: ['att_lamp'], new_text: 'Hello,\n\nmy order #20931 arrived, but the lamp is broken.', warnings: [{ kind: 'first_time_sender' }], why_here: { rule: 'new' } } });
  write(emma, { at: now - 3600e3, out: true, text: 'Hello Emma,\n\nI am sorry about that. A new lamp leaves our warehouse today.\n\nWang Fang', mail: { subject: 'Re: Broken lamp, order 20931', cc: [person('Tom Clark', 'tom@mail.example')], sending: { state: 'sent', attempts: 1, recipients: [{ address: 'emma.clark@mail.example', state: 'delivered' }, { address: 'tom@mail.example', state: 'failed', status: '5.1.1', reason: 'The mailbox does not exist' }] } } });
  write(emma, { at: now - 600e3, text: 'That was fast, thank you! When will it arrive?\n\n> I am sorry about that.', mail: { subject: 'Re: Broken lamp, order 20931', new_text: 'That was fast, thank you! When will it arrive?', why_here: { rule: 'in_reply_to', maybe: 'cnv_mail2' } } });

  const li = begin('李娜', 'lina@qq.example', true);
  write(li, { at: now - 5400e3, text: '您好：\n\n我上周买的羽绒服（订单号 88213）尺码偏小，想换大一码，运费怎么算？\n\n谢谢！\n李娜', body: HTML.zh, mail: { subject: '换货咨询：订单 88213', why_here: { rule: 'new' } } });
  write(li, { at: now - 4800e3, out: true, text: '您好，可以免费换货，请把衣服寄回以下地址。', mail: { subject: '回复：换货咨询：订单 88213', sending: { state: 'uncertain', attempts: 1, reason: 'connection lost after the end of the data', recipients: [] } } });
  write(li, { at: now - 900e3, text: '好的，快递单号 SF1234567890。\n\n在 2026年11月22日，Northlight 客服写道：\n> 您好，可以免费换货', mail: { subject: '回复：换货咨询：订单 88213', new_text: '好的，快递单号 SF1234567890。', reply_to: [person('', 'lina@other.example')], warnings: [{ kind: 'reply_to_differs', detail: 'lina@other.example' }], why_here: { rule: 'references' } } });

  const fake = begin('Northlight Security', 'security@north1ight.example', false);
  write(fake, { at: now - 300e3, text: 'Your account will be closed. Sign in within 24 hours.', body: HTML.news, files: [{ id: 'att_exe', name: 'update.pdf.exe', content_type: 'application/octet-stream', size: 512000, is_image: false }], mail: { subject: 'Your account will be closed', remote_images: 2, automatic: 'bulk', warnings: [{ kind: 'spoofed', detail: 'northlight.example' }, { kind: 'look_alike', detail: 'north1ight.example' }, { kind: 'deceptive_link', detail: 'northlight.example → evil.example' }, { kind: 'dangerous_file', detail: 'update.pdf.exe' }, { kind: 'first_time_sender' }], why_here: { rule: 'new' } } });

  const health = [
    { inbox_id: inbox.id, state: 'ok', incoming: { state: 'ok', since: iso(now - 86400e3), last_ok_at: iso(now - 20e3) }, outgoing: { state: 'ok', since: iso(now - 86400e3), last_ok_at: iso(now - 3600e3) }, folders: [{ name: 'INBOX', live: true, checked_at: iso(now - 20e3), behind: 0, last_mail_at: iso(now - 300e3) }, { name: 'Returns', live: false, checked_at: iso(now - 90e3), behind: 12, last_mail_at: iso(now - 7200e3) }], quarantined: 1, queued: 2, oldest_queued_at: iso(now - 120e3) },
  ];
  return { inbox, html, health, now };
}

/** The routes of mail; `say` writes into the journal. */
export function mailRoutes({ desk, say, me, newId, fail, seeded }) {
  const state = seeded ? seedMail(desk) : { inbox: desk.inboxes.find((it) => it.channel === 'email'), html: new Map(), health: [], now: Date.now() };
  const held = new Map();
  const find = (id) => [...desk.messages.values()].flat().find((it) => it.id === id);

  function compose(c, body, mail) {
    const last = desk.messages.get(c.id)?.findLast((it) => it.mail);
    return {
      subject: mail.subject ?? (last ? `Re: ${last.mail.subject.replace(/^Re: /, '')}` : ''), from: US, reply_to: [], to: mail.to ?? [person(c.contact.name, c.contact.email)], cc: mail.cc ?? [], bcc: mail.bcc ?? [], date: iso(), remote_images: 0,
      inline_attachments: [...(mail.html ?? '').matchAll(/attachments\/([\w-]+)"/g)].map((it) => it[1]), warnings: [], automatic: 'no', unreadable: false,
      sending: { state: 'held', undo_until: iso(Date.now() + 10e3), attempts: 0, recipients: [] },
    };
  }

  function routes(method, [root, id, what, sub], body) {
    if (root === 'mailboxes') {
      if (!id) return { status: 200, body: { items: state.health } };
      if (id === 'providers') return { status: 200, body: { items: [{ key: 'gmail', name: 'Gmail / Google Workspace', settings: { imap: { host: 'imap.gmail.com', port: 993, tls: 'tls' }, smtp: { host: 'smtp.gmail.com', port: 465, tls: 'tls' }, auth: 'oauth', oauth: { authorize_url: 'https://accounts.google.com/o/oauth2/v2/auth', token_url: 'https://oauth2.googleapis.com/token', scope: 'https://mail.google.com/' } } }, { key: 'qq', name: 'QQ 邮箱', settings: { imap: { host: 'imap.qq.com', port: 993, tls: 'tls' }, smtp: { host: 'smtp.qq.com', port: 465, tls: 'tls' }, auth: 'password' } }] } };
      if (id === 'test') {
        const wrong = body.settings.imap_password === 'wrong';
        const steps = [['imap', 'resolve', 12], ['imap', 'connect', 31], ['imap', 'tls', 58], ['imap', 'sign_in', 140], ['imap', 'folders', 22], ['smtp', 'connect', 30], ['smtp', 'sign_in', 96], ['smtp', 'sender', 18]].map(([side, step, took_ms]) => ({ side, step, took_ms }));
        if (!wrong) return { status: 200, body: { ok: true, steps } };
        return { status: 200, body: { ok: false, steps: [...steps.slice(0, 3), { side: 'imap', step: 'sign_in', took_ms: 1240, trouble: 'wrong_password', detail: 'NO [AUTHENTICATIONFAILED] Authentication failed.' }] } };
      }
      if (what === 'oauth') return { status: 200, body: { url: '/settings/mailboxes?connected=1', redirect_url: 'http://127.0.0.1/api/v1/mailboxes/oauth/return' } };
      return { status: 204 };
    }
    if (root === 'conversations' && what === 'mail') {
      const c = desk.conversations.get(id);
      const last = desk.messages.get(id).findLast((it) => it.kind === 'inbound');
      return { status: 200, body: { from: US, to: [person(c.contact.name, c.contact.email)], cc: last?.mail?.cc ?? [], subject: `Re: ${last?.mail?.subject.replace(/^(Re: |回复：)/, '') ?? ''}`, quotes: last?.id, quoted_text: last?.text, signature: state.inbox.settings.signature, undo_seconds: 10 } };
    }
    if (root === 'conversations' && what === 'messages' && method === 'POST' && body.mail) {
      const c = desk.conversations.get(id);
      const message = say(c, { kind: 'outbound', text: body.text, author: { type: 'agent', id: me.id, name: me.name }, client_id: body.client_id, attachments: [], mail: compose(c, body, body.mail) });
      held.set(message.id, body);
      return { status: 201, body: message };
    }
    if (root === 'mails') {
      const c = { ...structuredClone([...desk.conversations.values()][0]), id: newId('cnv'), inbox_id: state.inbox.id, channel: 'email', contact: { ...[...desk.conversations.values()][0].contact, id: newId('con'), name: body.to[0].name || null, email: body.to[0].address } };
      desk.conversations.set(c.id, c);
      desk.messages.set(c.id, []);
      const message = say(c, { kind: 'outbound', text: body.text, author: { type: 'agent', id: me.id, name: me.name }, client_id: body.client_id, attachments: [], mail: compose(c, body, body) });
      held.set(message.id, { ...body, mail: body });
      return { status: 201, body: { conversation: c, message } };
    }
    if (root === 'messages' && what === 'mail') {
      const message = find(id);
      if (!message) return fail(404, 'not_found', 'message not found');
      if (!sub) return { status: 200, body: { message_id: id, headers: [{ name: 'Received', value: 'from mx.mail.example by mail.northlight.example with ESMTPS; Sun, 22 Nov 2026 10:00:00 +0800' }, { name: 'From', value: message.mail.from.address }, { name: 'Subject', value: message.mail.subject }, { name: 'Message-ID', value: `<${id}@mail.example>` }], authentication: { spf: 'pass', dkim: 'pass', dmarc: message.mail.warnings.some((it) => it.kind === 'spoofed') ? 'fail' : 'pass', checked_by: 'mail.northlight.example' }, problems: [], size: 4213, folder: 'INBOX' } };
      if (sub === 'undo') {
        const was = held.get(id);
        if (!was) return fail(409, 'conflict', 'it is on its way already');
        message.mail = { ...message.mail, sending: { ...message.mail.sending, state: 'taken_back', undo_until: undefined } };
        message.delivery = { state: 'failed', reason: 'taken back' };
        return { status: 200, body: { message_id: id, text: was.text, mail: { html: was.mail.html, to: was.mail.to, cc: was.mail.cc, bcc: was.mail.bcc, subject: was.mail.subject }, attachments: [], at: iso() } };
      }
      if (sub === 'move') return { status: 200, body: desk.conversations.get(body.conversation_id ?? message.conversation_id) };
    }
    return null;
  }

  /** The HTML of a mail, as the server serves it: its own policy, no scripts. */
  function serve(path, query) {
    const [, id] = /^\/messages\/([^/]+)\/mail\/html$/.exec(path) ?? [];
    const body = id && state.html.get(id);
    if (!body) return null;
    return { headers: { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': "sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox; default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; frame-ancestors 'self'; base-uri 'none'; form-action 'none'" }, body: page(body + (query.get('part') === 'new' ? '' : HTML.quoted)) };
  }

  return { routes, serve, state };
}
