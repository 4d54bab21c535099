// Plugins of the mock desk: a channel, a routing policy, a shop that waits for approval, one that fails.

const digestOf = (n) => n.toString(16).padStart(2, '0').repeat(32);

const README = `# Routing by skills

Brings customers to the agent who **helped them last**, else to the *least busy* one with the skills.

## Order of decisions

1. The agent who helped last, if \`returning_customers\` is on
2. Somebody with the language
3. The least busy

| setting | meaning |
| --- | --- |
| \`share\` | how work is shared |
| \`kept_places\` | places that only known customers get |

\`\`\`toml
[settings]
share = "least_busy"
\`\`\`

See [the documentation](https://example.com/docs) or [something bad](javascript:alert(1)). <img src=x onerror=alert(1)>
`;

const asked = (kind, detail, en, zh, change = 'added') => ({ key: `${kind}:${detail.split(' ')[0]}`, kind, detail, reason: zh ? { en, zh } : { en }, change });

export function seedPlugins(iso) {
  const version = (v, n, signed_by = null) => ({ version: v, digest: digestOf(n), signed_by, installed_at: iso(Date.now() - n * 3600e3) });
  const figures = (calls, failures = {}, p50 = 0, p99 = 0) => ({ calls, failures: Object.values(failures).reduce((a, b) => a + b, 0), failures_by_cause: failures, denied: 0, p50_us: p50, p99_us: p99, memory_peak_bytes: calls ? 3_400_000 : 0 });
  const base = { pending: null, previous: null, breaker: { state: 'closed' }, dead_letters: 0, grants: [], settings_schema: {}, settings: {}, secrets_set: [], license: 'Apache-2.0', readme: null, last_errors: [], health: { ok: true }, limits: { memory_bytes: 16 << 20, host_calls: 500, message_bytes: 1 << 20, http_per_minute: 600, instances: 4 }, lock: { state: 'none' }, recording: null, permissions: [] };
  return [
    {
      ...base, id: 'plg_1', key: 'routing-skills', name: { en: 'Routing by skills', zh: '按技能分配' }, kinds: ['routing'], state: 'enabled',
      description: { en: 'Brings customers to the agent who helped them last, else to the least busy one with the skills and the language; VIPs first.', zh: '老客户优先找上次接待的客服；其余按技能、语言和忙闲程度分配；VIP 客户优先。' },
      lock: { state: 'matches' }, active: version('0.2.0', 7, 'Plugboard'), previous: version('0.1.0', 90, 'Plugboard'), figures: figures(18234, { timeout: 2 }, 84, 512), readme: README,
      settings_schema: {
        returning_customers: { order: 1, type: 'boolean', default: true, title: { en: 'Returning customers get the same agent', zh: '老客户找上次的客服' }, description: { en: 'If the agent who helped them last is online and has room.', zh: '上次接待的客服在线且未满时，直接分给这位客服。' } },
        share: { order: 2, type: 'enum', values: ['least_busy', 'in_turn'], default: 'least_busy', title: { en: 'How work is shared', zh: '分配方式' } },
        kept_places: { order: 3, type: 'integer', min: 0, max: 50, default: 0, title: { en: 'Places kept for known customers', zh: '为老客户预留的接待名额' }, description: { en: 'So many places of each agent are only for returning and VIP customers.', zh: '每位客服保留这么多名额，只给老客户和 VIP 客户。' } },
        vip_tags: { order: 4, type: 'string', default: 'vip', max: 100, title: { en: 'Tags of VIP customers', zh: 'VIP 客户的标签' } },
        crm_token: { order: 5, type: 'secret', title: { en: 'Token of the CRM', zh: 'CRM 令牌' } },
        crm_url: { order: 6, type: 'string', required: true, pattern: '^https://', title: { en: 'Address of the CRM', zh: 'CRM 地址' } },
      },
      settings: { returning_customers: true, share: 'least_busy', kept_places: 2, crm_url: 'https://crm.example.com' }, secrets_set: ['crm_token'],
    },
    {
      ...base, id: 'plg_2', key: 'channel-telegram', name: { en: 'Telegram', zh: 'Telegram' }, kinds: ['channel'], state: 'enabled',
      description: { en: 'Customers write to a Telegram bot; agents answer here.', zh: '客户在 Telegram 机器人中留言，客服在这里回复。' },
      active: version('0.1.0', 30), pending: version('0.2.0', 1), figures: figures(5120, { refused: 3, trap: 1 }, 2300, 48_000), dead_letters: 2,
      grants: ['http:api.telegram.org', 'secret:bot-token', 'data:message.text'],
      permissions: [
        asked('http', 'api.telegram.org GET POST', 'Fetches updates and sends messages.', '收取更新、发送消息。', 'kept'),
        asked('http', 'files.telegram.org GET', 'Fetches pictures that customers send.', '下载客户发送的图片。'),
        asked('secret', 'bot-token', 'Signs in as your bot.', '以您的机器人身份登录。', 'kept'),
        asked('data', 'message.text', 'Sends what agents write.', '发送客服所写的内容。', 'kept'),
        asked('timers', 'poll', 'Asked for updates every second.', '每秒查询更新。', 'removed'),
      ],
      settings_schema: {
        'bot-token': { order: 1, type: 'secret', required: true, title: { en: 'Bot token', zh: '机器人令牌' }, description: { en: 'BotFather gives it.', zh: '由 BotFather 提供。' } },
        mode: { order: 2, type: 'enum', values: ['webhook', 'polling'], default: 'webhook', title: { en: 'How updates arrive', zh: '接收方式' } },
        'poll-every-secs': { order: 3, type: 'integer', min: 1, max: 60, default: 2, title: { en: 'Ask every (seconds)', zh: '查询间隔（秒）' } },
      },
      last_errors: [{ at: iso(Date.now() - 300e3), level: 'error', message: 'send: refused by api.telegram.org', fields: [{ name: 'status', value: '403' }] }],
      health: { ok: true, message: 'bot @northlight_bot' },
    },
    {
      ...base, id: 'plg_3', key: 'commerce-demo', name: { en: 'Demo shop orders', zh: '演示店铺订单' }, kinds: ['commerce', 'panel'], state: 'pending_approval',
      description: { en: 'Invented orders of the two demo shops, with a card beside the conversation.', zh: '两家演示店铺的虚构订单，显示在会话旁。' },
      active: null, pending: version('0.1.0', 2), figures: figures(0), health: { why: 'it does not run' }, limits: null,
      permissions: [
        asked('kv', '10000 keys', 'Remembers what agents did to orders.', '记录客服对订单的操作。'),
        asked('command', 'reply', 'The button that sends the parcel’s number.', '“发送物流”按钮需要回复客户。'),
        asked('data', 'contact.identity', 'Finds the customer’s orders by email or phone.', '按邮箱或电话查找客户的订单。'),
        asked('order_action', 'refund', 'Refunds orders that were sent.'),
      ],
    },
    {
      ...base, id: 'plg_4', key: 'helper-acme', name: { en: 'Acme reply helper' }, kinds: ['assist'], state: 'enabled', description: { en: 'Suggests replies from your knowledge base.' },
      active: version('1.4.2', 200), figures: { ...figures(912, { timeout: 61, out_of_memory: 4 }, 210_000, 1_900_000), denied: 7 }, lock: { state: 'differs', version: '1.4.1', digest: digestOf(199) }, breaker: { state: 'open', until: iso(Date.now() + 600e3) }, license: 'Proprietary',
    },
  ];
}

const AVAILABLE = [
  ['routing-skills', 'Routing by skills', '按技能分配', ['routing'], '0.2.0', 'Least busy, skills, language; VIPs first.', '按技能、语言和忙闲分配，VIP 优先。'],
  ['channel-wecom', 'WeCom customer service', '微信客服', ['channel'], '0.1.0', 'Customers write in WeChat; the 48-hour window is watched.', '客户在微信中留言，自动注意 48 小时窗口。'],
  ['channel-telegram', 'Telegram', 'Telegram', ['channel'], '0.2.0', 'Webhook or long polling.', 'Webhook 或长轮询。'],
  ['escalation-ladder', 'Escalation ladder', '逐级上报', ['escalation'], '0.1.0', 'Agent, supervisor, manager: slow replies, breaches, complaints.', '客服、主管、经理：慢回复、超时、投诉逐级上报。'],
  ['script-rules', 'Rules', '规则', ['script'], '0.1.0', 'Runs the rules that teams write in the app.', '运行团队在应用中编写的规则。'],
];

/** Answers requests about plugins; `undefined` for anything else. */
export function pluginRoutes({ desk, iso, record, fail }) {
  const dead = { 'channel-telegram': [0, 1].map((n) => ({ id: `dead_${n}`, job: 'deliver', target_id: 'inb_000002', state: 'dead', attempts: 12, last_error: 'refused: Forbidden: bot was blocked', next_at: null, created_at: iso(Date.now() - 7200e3) })) };
  const find = (key) => desk.plugins.find((it) => it.key === key || it.id === key);
  const changed = (it, status = 200) => {
    record('desk.saved', null, { entity: 'plugin', id: it.id });
    return { status, body: it };
  };
  function fresh(key) {
    const [, en, zh, kinds, version, den, dzh] = AVAILABLE.find((it) => it[0] === key);
    const it = { ...structuredClone(desk.plugins[0]), id: `plg_${desk.plugins.length + 1}`, key, name: { en, zh }, description: { en: den, zh: dzh }, kinds, state: 'pending_approval', active: null, previous: null, pending: { version, digest: digestOf(desk.plugins.length + 16), signed_by: 'Plugboard', installed_at: iso() }, figures: { calls: 0, failures: 0, failures_by_cause: {}, denied: 0, p50_us: 0, p99_us: 0, memory_peak_bytes: 0 }, grants: [], permissions: [], readme: null, settings_schema: {}, settings: {}, secrets_set: [] };
    desk.plugins.push(it);
    return it;
  }
  return function route(method, [root, id, what, sub], body, file) {
    if (root !== 'plugins') return undefined;
    if (!id && method === 'GET') return { status: 200, body: { items: desk.plugins, next_cursor: null } };
    if (!id) {
      if (!/\.(plugboard|tar|wasm)$/.test(file?.name ?? '')) return fail(422, 'invalid', 'plugin.toml, line 7: permissions.http[0].host: "*" is too wide; name the hosts');
      return changed(fresh('escalation-ladder'), 201);
    }
    if (id === 'available') {
      if (!what) return { status: 200, body: { items: AVAILABLE.map(([key, en, zh, kinds, version, den, dzh]) => ({ key, name: { en, zh }, description: { en: den, zh: dzh }, kinds, version, installed: (find(key)?.pending ?? find(key)?.active)?.version ?? null })) } };
      return changed(find(what) ?? fresh(what), 201);
    }
    const it = find(id);
    if (!it) return fail(404, 'not_found', 'no such plugin');
    switch (what) {
      case undefined:
        if (method !== 'DELETE') return { status: 200, body: it };
        if (desk.inboxes.some((inbox) => inbox.channel === `plugin:${it.key}`)) return fail(409, 'conflict', 'the inbox Telegram uses it');
        desk.plugins = desk.plugins.filter((other) => other !== it);
        record('desk.removed', null, { entity: 'plugin', id: it.id });
        return { status: 204 };
      case 'approve':
        if (body.digest && body.digest !== (it.pending ?? it.active).digest) return fail(409, 'conflict', 'another version came meanwhile');
        if (it.pending) Object.assign(it, { previous: it.active, active: it.pending, pending: null, state: 'enabled' });
        it.grants = body.grants ?? it.permissions.map((asked) => asked.key);
        it.permissions = it.permissions.filter((asked) => asked.change !== 'removed').map((asked) => ({ ...asked, change: 'kept' }));
        desk.approved = body;
        return changed(it);
      case 'enable':
      case 'disable':
        it.state = what === 'enable' ? 'enabled' : 'disabled';
        return changed(it);
      case 'rollback':
        [it.active, it.previous] = [it.previous, it.active];
        return changed(it);
      case 'settings':
        if (body.settings.vip_tags === 'refuse me') return fail(422, 'invalid', 'settings.vip_tags: must be tags of this desk; settings.share: must be one of least_busy, in_turn');
        it.settings = body.settings;
        it.secrets_set = [...new Set([...it.secrets_set, ...Object.keys(body.secrets)])];
        desk.savedSettings = body;
        return changed(it);
      case 'logs':
        return { status: 200, body: { items: [0, 1, 2, 3].map((n) => ({ at: iso(Date.now() - n * 61e3), level: ['info', 'info', 'warn', 'debug'][n], message: ['decided', 'loaded 14 skills', 'nobody speaks it', 'warm'][n], fields: n ? [] : [{ name: 'team', value: '售前咨询' }] })) } };
      case 'recording': {
        if (method === 'DELETE') {
          it.recording = null;
          return { status: 204 };
        }
        if (method === 'POST' && !sub) it.recording = { asked: body.calls, taken: 0, running: true, began_at: iso(Date.now()), until: iso(Date.now() + 600e3) };
        if (!it.recording) return fail(404, 'not_found', 'no recording');
        if (sub === 'calls') return { status: 200, body: { items: Array.from({ length: it.recording.taken }, (_, n) => ({ function: 'routing.route', n })) } };
        if (sub === 'end') it.recording = { ...it.recording, running: false };
        // Each look finds one call more.
        else if (method === 'GET' && it.recording.running) it.recording = { ...it.recording, taken: it.recording.taken + 1, running: it.recording.taken + 1 < it.recording.asked };
        return { status: method === 'POST' && !sub ? 202 : 200, body: it.recording };
      }
      case 'dead_letters': {
        const all = dead[it.key] ?? [];
        if (sub !== 'replay') return { status: 200, body: { items: all, next_cursor: null } };
        const replayed = body.id ? 1 : all.length;
        dead[it.key] = body.id ? all.filter((letter) => letter.id !== body.id) : [];
        it.dead_letters = dead[it.key].length;
        return { status: 200, body: { replayed } };
      }
      default:
        return fail(404, 'not_found', 'no such operation');
    }
  };
}
