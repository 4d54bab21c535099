// A desk with a week behind it, made up the same way every time.

const ZH = [
  ['王小雨', '你好，我上周买的羽绒服还没有发货，订单号 20261118-3391，能帮忙催一下吗？', '物流'],
  ['李建国', '这款空气炸锅有 220V 国行的吗？家里三口人用多大的合适？', '售前咨询'],
  ['陈思远', '收到的杯子有一个裂了，包装也压扁了，想申请换货。', '换货'],
  ['赵敏', '为什么我付款了还显示待付款？已经扣了 268 元。', '支付'],
  ['周婷婷', '可以便宜点吗？别家同款才 199。', '议价'],
  ['刘洋', '麻烦把收货地址改成杭州市西湖区文三路 90 号，谢谢🙏', '改地址'],
  ['黄志强', '你们这个客服怎么回事，问了三天都没人回！我要投诉！', '投诉'],
  ['孙丽', '请问双十二还有满减活动吗？', '活动'],
  ['吴晓峰', '已经七天了，退款什么时候到账？', '退款'],
  ['郑爽爽', '衣服收到了，质量很好，会回购的😊', '好评'],
];
const EN = [
  ['Emma Clarke', 'Hi, my parcel says delivered but nothing has arrived. Order #48213.', 'shipping'],
  ['Liam Johnson', 'Does the standing desk come with a warranty outside the EU?', 'presale'],
  ['Sofia Rossi', 'The zip on the jacket broke after two days. Can I exchange it?', 'exchange'],
  ['Noah Williams', 'I was charged twice for order #48377, please check.', 'payment'],
  ['Olivia Brown', 'Could you send me the size chart for the linen shirts?', 'presale'],
  ['Mateo García', 'Where is my refund? It has been nine days now.', 'refund'],
];
const REPLIES_ZH = ['您好，正在为您查询，请稍等。', '已经帮您催促仓库，今天 18:00 前发出。', '麻烦您拍一张照片，我马上登记换货。', '退款已提交，预计 1–3 个工作日到账。'];
const REPLIES_EN = ['Thanks for writing in. Let me check that for you.', 'I have asked the carrier for a proof of delivery.', 'Sorry about that. A replacement leaves our warehouse today.'];

/** A small generator with a fixed seed, so that two runs look the same. */
export function randomFrom(seed) {
  let state = seed;
  return () => {
    state = (state * 1664525 + 1013904223) % 4294967296;
    return state / 4294967296;
  };
}

export function seed({ conversations = 240, now = Date.now() } = {}) {
  const random = randomFrom(7);
  const pick = (list) => list[Math.floor(random() * list.length)];
  const iso = (ms) => new Date(ms).toISOString().replace('Z', '000Z');
  const id = (kind, n) => `${kind}_${String(n).padStart(6, '0')}`;
  const made = iso(now - 40 * 86400e3);
  const person = (n, name, email, role, availability, team_ids, skills) => ({
    id: id('agt', n), email, name, role, skills, capacity: 8, scope: { shops: [], teams: [] }, availability,
    availability_since: iso(now - 3600e3), team_ids, disabled: false, locale: null, created_at: made,
  });
  const agents = [
    person(1, '林静', 'admin@example.com', 'administrator', 'online', [id('team', 1)], ['refund', 'english']),
    person(2, '张伟', 'zhang@example.com', 'agent', 'online', [id('team', 1)], ['presale']),
    person(3, 'Grace Lee', 'grace@example.com', 'agent', 'away', [id('team', 2)], ['english', 'aftersale']),
    person(4, '何苗', 'he@example.com', 'supervisor', 'online', [id('team', 1), id('team', 2)], []),
    person(5, 'Tom Baker', 'tom@example.com', 'agent', 'offline', [id('team', 2)], ['english']),
  ];
  const team = (n, name, member_ids, overflow = null) => ({ id: id('team', n), name, member_ids, assignment: 'least_loaded', overflow, created_at: made });
  const teams = [
    team(1, '售前咨询', agents.filter((a) => a.team_ids.includes(id('team', 1))).map((a) => a.id)),
    team(2, '售后 After-sale', agents.filter((a) => a.team_ids.includes(id('team', 2))).map((a) => a.id), { team_id: id('team', 1), after_secs: 600 }),
    team(3, '投诉处理', []),
  ];
  const shops = ['山茶家居旗舰店', 'Northlight Outdoor'].map((name, n) => ({ id: id('shop', n + 1), name, created_at: made }));
  const inbox = (n, name, channel, shop, team_id, settings) => ({
    id: id('inb', n), name, channel, shop, team_id, settings, created_at: made, webhook_url: null,
    snippet: channel === 'webchat' ? `<script src="http://127.0.0.1:8080/widget/v1/loader.js" data-inbox="${id('inb', n)}" async></script>` : null,
  });
  const inboxes = [
    inbox(1, '山茶网页客服', 'webchat', shops[0].id, teams[0].id, { greeting: '您好，欢迎光临山茶家居！', locale: 'zh', color: '#2563eb', prechat: 'optional' }),
    inbox(2, 'Northlight chat', 'webchat', shops[1].id, teams[1].id, { greeting: 'Hi! How can we help?', locale: 'en', color: '#0f766e', prechat: 'off' }),
    inbox(3, 'service@northlight', 'email', shops[1].id, teams[1].id, {}),
  ];
  const macros = [
    ['催发货', '您好 {{contact.name}}，已帮您联系仓库加急处理，今天内发出。', ['物流'], null],
    ['退款进度', '退款已经提交，银行处理需要 1–3 个工作日，到账后会短信通知您。', ['退款'], null],
    ['Apology for delay', 'Hi {{contact.name}}, I am sorry for the delay. I have escalated this and will get back to you today.', ['shipping'], null],
    ['感谢并结束', '感谢您的支持，祝您生活愉快！', [], '咨询已解答'],
  ].map(([name, text, add_tags, resolve_as], n) => ({
    id: id('mac', n + 1), name, text, add_tags, resolve_as, set_stage: null, set_priority: null, assign_team: null, personal: false, owner: null, created_at: made,
  }));
  const views = [
    { id: id('view', 1), name: '紧急 Urgent', owner: null, filter: { status: 'open', priority: 'urgent' }, created_at: made },
    { id: id('view', 2), name: '退款相关', owner: agents[0].id, filter: { tag: '退款' }, created_at: made },
  ];
  const sla_policies = [{ id: id('sla', 1), name: '标准 Standard', targets: { first_response: 60, next_response: 180, resolution: 86400 }, created_at: made }];
  const week = Object.fromEntries(['1', '2', '3', '4', '5'].map((d) => [d, [{ from: 540, to: 1080 }]]));
  const business_hours = [{ id: id('hrs', 1), name: '工作日 9–18', time_zone: 'Asia/Shanghai', week, holidays: ['2026-10-01'], exceptions: {}, created_at: made }];

  let seq = 1;
  const contacts = new Map();
  const list = new Map();
  const messages = new Map();
  for (let n = 1; n <= conversations; n += 1) {
    const zh = random() < 0.62;
    const [name, text, tag] = pick(zh ? ZH : EN);
    const inboxOf = zh ? inboxes[0] : pick([inboxes[1], inboxes[2]]);
    const age = n <= 4 ? n * 20e3 : Math.floor(random() ** 2 * 6 * 86400e3) + 60e3;
    const begun = now - age - 600e3;
    const contact = {
      id: id('con', n), name: n % 11 === 0 ? null : name, email: zh ? null : `${name[0].toLowerCase()}***@example.com`,
      phone: zh ? '138****56' + String(n % 100).padStart(2, '0') : null, locale: zh ? 'zh-CN' : 'en', masked: true,
      verified: random() < 0.4, created_at: iso(begun - 86400e3),
    };
    contacts.set(contact.id, { ...contact, note: null, tags: n % 4 === 0 ? ['VIP'] : [], attributes: { orders: String(1 + (n % 9)) }, identities: [{ id: id('idn', n), kind: zh ? 'phone' : 'email', scope: '', value: zh ? contact.phone : contact.email, verified: contact.verified }], merged_into: null, absorbed: [] });
    const cid = id('cnv', n);
    const thread = [];
    const turns = 1 + Math.floor(random() * 7);
    let at = begun;
    const owner = random() < 0.75 ? pick(agents.slice(0, 4)) : null;
    for (let k = 0; k < turns; k += 1) {
      const inbound = k % 2 === 0;
      const last = k === turns - 1;
      at = last ? now - age : at + (age / turns) * 0.2 + 20e3;
      seq += 1;
      thread.push({
        id: `msg_${String(seq).padStart(8, '0')}`, conversation_id: cid, seq, kind: inbound ? 'inbound' : 'outbound',
        author: inbound ? { type: 'contact', id: contact.id, name: contact.name ?? undefined } : { type: 'agent', id: (owner ?? agents[1]).id, name: (owner ?? agents[1]).name },
        text: inbound ? (k === 0 ? text : pick(zh ? ['好的，谢谢', '那大概什么时候能到？', '嗯嗯，我等您消息', '可以的👌'] : ['Thanks!', 'When will it arrive?', 'OK, waiting for your reply.'])) : pick(zh ? REPLIES_ZH : REPLIES_EN),
        attachments: [], ...(inbound ? {} : { delivery: { state: pick(['sent', 'delivered', 'read']) } }), at: iso(at),
      });
    }
    if (n % 5 === 0) {
      seq += 1;
      thread.push({ id: `msg_${String(seq).padStart(8, '0')}`, conversation_id: cid, seq, kind: 'note', author: { type: 'agent', id: agents[3].id, name: agents[3].name }, text: zh ? '老客户，上个月投诉过物流，注意语气。@张伟' : 'Regular customer; offer free return shipping.', attachments: [], at: iso(at + 5e3) });
    }
    const lastSaid = thread.filter((m) => m.kind !== 'note').at(-1);
    const status = random() < 0.62 || n < 30 ? 'open' : random() < 0.25 ? 'snoozed' : 'resolved';
    const waitingOn = status === 'open' ? (lastSaid.kind === 'inbound' ? 'agent' : 'contact') : 'nobody';
    const due = now + (random() - 0.25) * 400e3;
    const offered = n === 3;
    list.set(cid, {
      id: cid, inbox_id: inboxOf.id, channel: inboxOf.channel, shop_id: inboxOf.shop, contact, status,
      snoozed_until: status === 'snoozed' ? iso(now + 7200e3) : null, resolved_at: status === 'resolved' ? iso(now - age + 60e3) : null,
      disposition: status === 'resolved' ? (zh ? '咨询已解答' : 'answered') : null, merged_into: null, absorbed: [],
      stage: pick(['presale', 'in_sale', 'aftersale', 'review', null]), priority: pick(['normal', 'normal', 'normal', 'normal', 'high', 'urgent', 'low']),
      tags: random() < 0.6 ? [tag] : random() < 0.5 ? [tag, 'VIP'] : [],
      assignment: offered
        ? { state: 'offered', agent_id: agents[0].id, team_id: inboxOf.team_id, since: iso(now), offer_until: iso(now + 45e3) }
        : { state: owner ? 'assigned' : 'unassigned', agent_id: owner?.id ?? null, team_id: inboxOf.team_id, since: iso(begun), offer_until: null },
      waiting: { on: waitingOn, since: lastSaid.at }, needs_reply: waitingOn === 'agent',
      sla_clocks: waitingOn === 'agent' ? [{ target: thread.length > 1 ? 'next_response' : 'first_response', state: due < now ? 'breached' : 'running', limit_secs: 180, due_at: iso(due), warn_at: iso(due - 36e3), used_secs: null, ended_at: null }] : [],
      escalation_level: n === 1 ? 2 : 0, cases: n === 1 ? [{ id: 'cas_1', kind: 'complaint', opened_at: iso(now - 600e3), opened_by: null, closed_at: null }] : [],
      scheduled: [], last_message: { id: lastSaid.id, kind: lastSaid.kind, text: lastSaid.text, taken_back: false, at: lastSaid.at }, message_count: thread.length,
      read_seq: random() < 0.7 ? seq : 0, news_seq: 0, unread: false, created_at: iso(begun), last_activity_at: lastSaid.at, seq,
    });
    const c = list.get(cid);
    c.news_seq = thread.findLast((m) => m.author.id !== agents[0].id)?.seq ?? 0;
    c.unread = c.read_seq < c.news_seq;
    messages.set(cid, thread);
  }
  return { agents, teams, shops, inboxes, macros, views, sla_policies, business_hours, webhooks: [], api_tokens: [], contacts, conversations: list, messages, seq };
}
