// A server that speaks the contract from memory: for working on the app and for fast browser tests. Not a model of the
// real server's rules; the journeys in /tests run against the real one.
import { createServer } from 'node:http';
import { createReadStream, existsSync, statSync } from 'node:fs';
import { extname, join, normalize } from 'node:path';
import { WebSocketServer } from 'ws';

import { assistRoutes } from './assist.mjs';
import { seed } from './data.mjs';
import { mailRoutes } from './mail.mjs';
import { phoneRoutes } from './phone.mjs';
import { pluginRoutes, seedPlugins } from './plugins.mjs';
import { ruleRoutes } from './rules.mjs';

const PERMISSIONS = ['conversations_read', 'conversations_reply', 'conversations_manage', 'contacts_manage', 'contacts_reveal', 'contacts_unmasked', 'agents_manage', 'desk_manage', 'inboxes_manage', 'integrations_manage'];
const TYPES = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.json': 'application/json' };
export const CSP = "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; script-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

const LAMP = '<svg xmlns="http://www.w3.org/2000/svg" width="440" height="260"><rect width="440" height="260" fill="#e8edf5"/><path d="M220 40l60 90H160z" fill="#f2b84b"/><path d="M220 130v90m-40 0h80" stroke="#555" stroke-width="8"/><path d="M232 60l-18 26 22 10-20 30" stroke="#b00020" stroke-width="4" fill="none"/></svg>';

/** Starts a desk; answers with its address and the handles that tests pull. */
export async function startMock({ port = 0, dist = null, conversations = 240, latency = 0, mail = false, phone = false } = {}) {
  const desk = seed({ conversations });
  const journal = [];
  const sockets = new Set();
  const drafts = new Map();
  const waiting = new Map();
  const files = new Map();
  const decisions = new Map();
  let counter = 0;
  let horizon = 0;
  const base = desk.seq;
  const newId = (kind) => `${kind}_m${String((counter += 1)).padStart(6, '0')}`;
  const iso = (ms = Date.now()) => new Date(ms).toISOString().replace('Z', '000Z');
  const head = () => desk.seq;

  function record(kind, conversation_id, data, actor = { type: 'agent', id: desk.agents[0].id }) {
    desk.seq += 1;
    const frame = { type: 'event', seq: desk.seq, kind, at: iso(), actor, conversation_id, data };
    journal.push(frame);
    const text = JSON.stringify(frame);
    for (const ws of sockets) if (ws.subscribed) ws.send(text);
    return frame;
  }
  function touch(c, seq, fields) {
    Object.assign(c, fields, { seq });
    c.needs_reply = c.status === 'open' && c.waiting.on === 'agent';
  }
  function say(c, { kind, text, author, client_id, attachments = [], mail = null, call = null }) {
    const seq = desk.seq + 1;
    const message = { id: newId('msg'), conversation_id: c.id, seq, kind, author, text, attachments, at: iso(), ...(client_id ? { client_id } : {}), ...(mail ? { mail } : {}), ...(kind === 'outbound' ? { delivery: { state: 'queued' } } : {}) };
    if (call) {
      call.message_id = message.id;
      message.call = structuredClone(call);
    }
    desk.messages.get(c.id).push(message);
    const waiting = kind === 'inbound' ? { on: 'agent', since: message.at } : kind === 'outbound' ? { on: 'contact', since: message.at } : c.waiting;
    record('message.created', c.id, { message, waiting }, author);
    touch(c, seq, { waiting, message_count: c.message_count + 1, ...(kind === 'note' ? {} : { last_message: { id: message.id, kind, text: text.slice(0, 200), taken_back: false, at: message.at }, last_activity_at: message.at }) });
    if (author.id !== desk.agents[0].id) {
      c.news_seq = seq;
      c.unread = true;
    }
    if (kind === 'outbound') {
      setTimeout(() => {
        message.delivery = { state: 'delivered' };
        record('message.delivery_changed', c.id, { message_id: message.id, delivery: message.delivery }, { type: 'system', part: 'outbox' });
        c.seq = desk.seq;
      }, 300);
    }
    return message;
  }
  function inbound(id, text) {
    const c = desk.conversations.get(id);
    if (c.status !== 'open') {
      const f = record('conversation.status_changed', id, { status: 'open', snoozed_until: null, resolved_at: null, disposition: null, merged_into: null, waiting: c.waiting, cause: 'contact_replied' });
      touch(c, f.seq, { status: 'open', snoozed_until: null, resolved_at: null, disposition: null });
    }
    const message = say(c, { kind: 'inbound', text, author: { type: 'contact', id: c.contact.id, name: c.contact.name ?? undefined } });
    const clock = { target: 'next_response', state: 'running', limit_secs: 180, due_at: iso(Date.now() + 180e3), warn_at: iso(Date.now() + 144e3), used_secs: null, ended_at: null };
    const f = record('sla.changed', id, { sla_clocks: [clock] });
    touch(c, f.seq, { sla_clocks: [clock] });
    return message;
  }

  function routed(c) {
    const candidates = desk.agents.slice(0, 3).map((it, at) => ({ agent: it.id, availability: it.availability, in_scope: true, capacity: it.capacity, load: 3 + at, passed: false, skills: it.skills ?? [], last_routed_at: null }));
    const inputs = { conversation: c.id, team: c.assignment.team_id, method: 'least_loaded', priority: c.priority, required_skills: [], queued_since: c.created_at, candidates };
    const owner = c.assignment.agent_id;
    const routing = { id: `dec_${c.id}`, policy: 'routing', version: 'builtin@1', mode: 'live', inputs, answer: owner ? { assign: owner } : { wait: true }, reason: owner ? 'most free capacity' : 'waits for the team', duration_us: 84, at: c.assignment.since };
    if (c.escalation_level === 0) return [routing];
    const actions = [{ notify: { audience: { manager: 1 }, text: 'A complaint waits.' } }, { raise_priority: 'high' }, { open_case: { kind: 'complaint', summary: 'The cup came broken, twice.' } }];
    return [
      { id: 'dec_e', policy: 'escalation', version: 'rule:Slow replies@3', mode: 'live', inputs: { trigger: 'due', level: 1 }, answer: { actions, level: 2, ask_again_ms: 900_000 }, reason: 'waits for five minutes', duration_us: 1840, at: iso(Date.now() - 60e3) },
      { id: 'dec_s', policy: 'routing', version: 'rule:退款优先@2', mode: 'shadow', inputs: {}, answer: { team: desk.teams[1].id, priority: 'high' }, reason: 'gold member wants a refund', duration_us: 912, at: iso(Date.now() - 120e3) },
      { ...routing, id: 'dec_f', mode: 'fallback', fallback: 'plugin:routing-skills@0.2.0+5c9f41b7d1a2: timeout' },
    ];
  }

  const COLLECTIONS = { teams: 'team', shops: 'shop', inboxes: 'inb', sla_policies: 'sla', business_hours: 'hrs', macros: 'mac', views: 'view', webhooks: 'whk', api_tokens: 'tok' };
  const ENTITY = { teams: 'team', shops: 'shop', inboxes: 'inbox', sla_policies: 'sla_policy', business_hours: 'business_hours', macros: 'macro', views: 'view', webhooks: 'webhook', api_tokens: 'api_token' };
  const fail = (status, code, message, extra = {}) => ({ status, body: { error: { code, message }, ...extra } });
  const page = (items, query, key = (it) => it.id) => {
    const limit = Math.min(200, Number(query.get('limit') ?? 50));
    const cursor = query.get('cursor');
    const from = cursor ? items.findIndex((it) => key(it) === cursor) + 1 : 0;
    const slice = items.slice(from, from + limit);
    return { status: 200, body: { items: slice, next_cursor: from + limit < items.length ? key(slice.at(-1)) : null } };
  };
  const me = desk.agents[0];
  desk.plugins = seedPlugins(iso);
  const mails = mailRoutes({ desk, say, me, newId, fail, seeded: mail });
  const phones = phoneRoutes({ desk, me, newId, iso, fail, record, touch, say, seeded: phone });
  const extensions = [phones.routes, ...[pluginRoutes, ruleRoutes, assistRoutes].map((routes) => routes({ desk, iso, record, fail })), (method, parts, body) => mails.routes(method, parts, body)];

  function listConversations(query) {
    const ids = query.get('ids')?.split(',');
    const want = (name, value) => !query.get(name) || query.get(name) === String(value);
    const found = [...desk.conversations.values()].filter((c) => {
      if (ids && !ids.includes(c.id)) return false;
      const a = query.get('assignee');
      const owner = c.assignment.state === 'unassigned' ? null : c.assignment.agent_id;
      if (a && (a === 'none' ? c.assignment.state !== 'unassigned' : owner !== (a === 'me' ? me.id : a))) return false;
      return want('status', c.status) && want('team', c.assignment.team_id) && want('inbox', c.inbox_id) && want('shop', c.shop_id) && want('contact', c.contact.id) && want('priority', c.priority) && want('stage', c.stage) && want('needs_reply', c.needs_reply) && (!query.get('tag') || c.tags.includes(query.get('tag')));
    });
    found.sort((a, b) => (a.last_activity_at < b.last_activity_at ? 1 : a.last_activity_at > b.last_activity_at ? -1 : a.id < b.id ? 1 : -1));
    return page(found, query);
  }

  function conversation(c, rest, method, query, body) {
    const [what, sub] = rest;
    if (!what) return { status: 200, body: c };
    if (what === 'messages' && method === 'GET') {
      const all = desk.messages.get(c.id);
      const before = query.get('before') ? all.findIndex((m) => m.id === query.get('before')) : all.length;
      const limit = Number(query.get('limit') ?? 50);
      const from = Math.max(0, before - limit);
      return { status: 200, body: { items: all.slice(from, before), next_cursor: from > 0 ? all[from].id : null } };
    }
    if (what === 'messages') {
      const same = desk.messages.get(c.id).find((m) => m.client_id && m.client_id === body.client_id);
      if (same) return { status: 200, body: same };
      const unseen = desk.messages.get(c.id).filter((m) => body.seen_seq !== undefined && m.seq > body.seen_seq && m.author.id !== me.id);
      if (unseen.length > 0) return fail(409, 'conflict', 'somebody else wrote meanwhile', { messages: unseen });
      const attachments = (body.attachments ?? []).map((id) => files.get(id).meta);
      if (body.send_at) {
        const scheduled = { message_id: newId('msg'), at: body.send_at, agent_id: me.id };
        waiting.set(scheduled.message_id, { ...scheduled, conversation_id: c.id, text: body.text, attachments, mail: body.mail });
        const f = record('message.scheduled', c.id, { scheduled });
        touch(c, f.seq, { scheduled: [...c.scheduled, scheduled] });
        return { status: 201, body: { id: scheduled.message_id, conversation_id: c.id, seq: f.seq, kind: 'outbound', author: { type: 'agent', id: me.id, name: me.name }, text: body.text, attachments, client_id: body.client_id, at: body.send_at } };
      }
      const message = say(c, { kind: body.kind === 'note' ? 'note' : 'outbound', text: body.text ?? '', author: { type: 'agent', id: me.id, name: me.name }, client_id: body.client_id, attachments });
      if (body.kind !== 'note' && c.sla_clocks.length > 0) {
        const f = record('sla.changed', c.id, { sla_clocks: [] });
        touch(c, f.seq, { sla_clocks: [] });
      }
      return { status: 201, body: message };
    }
    const done = (kind, data, fields) => {
      const f = record(kind, c.id, data);
      touch(c, f.seq, fields);
      return { status: 200, body: c };
    };
    switch (what) {
      case 'assignment': {
        const assignment = { state: body.agent_id ? 'assigned' : 'unassigned', agent_id: body.agent_id ?? null, team_id: body.team_id ?? c.assignment.team_id, since: iso(), offer_until: null };
        return done('conversation.assigned', { assignment, cause: 'by_hand', decision_id: null }, { assignment });
      }
      case 'accept': {
        const assignment = { ...c.assignment, state: 'assigned', agent_id: me.id, since: iso(), offer_until: null };
        return done('conversation.assigned', { assignment, cause: 'accepted', decision_id: null }, { assignment });
      }
      case 'status': {
        const fields = { status: body.status, snoozed_until: body.until ?? null, resolved_at: body.status === 'resolved' ? iso() : null, disposition: body.disposition ?? null, merged_into: null, waiting: body.status === 'resolved' ? { on: 'nobody', since: null } : c.waiting };
        return done('conversation.status_changed', { ...fields, cause: 'by_hand' }, { ...fields, last_activity_at: iso() });
      }
      case 'tags': {
        const tags = [...new Set([...c.tags.filter((t) => !body.remove.includes(t)), ...body.add])].sort();
        return done('conversation.tagged', { added: body.add, removed: body.remove }, { tags });
      }
      case 'priority':
        return done('conversation.priority_changed', body, body);
      case 'stage':
        return done('conversation.stage_changed', body, body);
      case 'read':
        record('conversation.read', c.id, { agent_id: me.id, seq: body.seq });
        c.read_seq = body.seq;
        c.unread = c.news_seq > c.read_seq;
        return { status: 200, body: c };
      case 'macros': {
        const macro = desk.macros.find((m) => m.id === sub);
        if (macro.add_tags.length) conversation(c, ['tags'], 'POST', query, { add: macro.add_tags, remove: [] });
        return { status: 200, body: { text: macro.text.replaceAll('{{contact.name}}', c.contact.name ?? '').replaceAll('{{agent.name}}', me.name), conversation: c } };
      }
      case 'drafts':
        if (method === 'GET') return { status: 200, body: { items: Object.values(drafts.get(c.id) ?? {}), next_cursor: null } };
        drafts.set(c.id, { ...drafts.get(c.id), [body.kind]: { ...body, updated_at: iso() } });
        return { status: 200, body };
      case 'decisions':
        return { status: 200, body: { items: decisions.get(c.id) ?? routed(c), next_cursor: null } };
      case 'scheduled':
        if (method === 'GET') return { status: 200, body: { items: [...waiting.values()].filter((it) => it.conversation_id === c.id), next_cursor: null } };
        waiting.delete(sub);
        c.scheduled = c.scheduled.filter((s) => s.message_id !== sub);
        record('message.schedule_cancelled', c.id, { message_id: sub, reason: 'by_hand' });
        return { status: 204 };
      default:
        return fail(404, 'not_found', 'no such operation');
    }
  }

  function search(query) {
    const q = (query.get('q') ?? '').toLowerCase();
    const kind = query.get('kind');
    const cut = (text) => {
      const at = text.toLowerCase().indexOf(q);
      return at < 0 ? null : [{ text: text.slice(0, at), hit: false }, { text: text.slice(at, at + q.length), hit: true }, { text: text.slice(at + q.length), hit: false }].filter((h) => h.text);
    };
    const hits = [];
    for (const [cid, thread] of desk.messages) {
      const c = desk.conversations.get(cid);
      if (!kind || kind === 'message') for (const m of thread) {
        const highlights = cut(m.text);
        if (highlights) hits.push({ kind: 'message', id: m.id, conversation_id: cid, contact_id: c.contact.id, contact_name: c.contact.name, highlights, at: m.at, score: 2 });
      }
      const named = c.contact.name && cut(c.contact.name);
      if (named && (!kind || kind === 'contact')) hits.push({ kind: 'contact', id: c.contact.id, conversation_id: null, contact_id: c.contact.id, contact_name: c.contact.name, highlights: named, at: c.contact.created_at, score: 3 });
    }
    return page(hits.sort((a, b) => b.score - a.score), query);
  }

  function route(method, path, query, body, file) {
    const parts = path.split('/').filter(Boolean).map(decodeURIComponent);
    const [root, id, ...rest] = parts;
    for (const extension of extensions) {
      const answer = extension(method, parts, body, file, query);
      if (answer) return answer;
    }
    if (root === 'me') return { status: 200, body: { ...me, permissions: PERMISSIONS } };
    if (root === 'search') return search(query);
    if (root === 'outbox') {
      if (id) return { status: 200, body: {} };
      return { status: 200, body: { items: [{ id: 'out_1', job: 'call_webhook', target_id: 'whk_1', state: 'dead', attempts: 12, last_error: 'connection refused', next_at: null, created_at: iso(Date.now() - 7200e3) }], next_cursor: null } };
    }
    if (root === 'conversations') {
      if (id === 'counts') {
        const open = [...desk.conversations.values()].filter((c) => c.status === 'open');
        const mine = open.filter((c) => c.assignment.agent_id === me.id && c.assignment.state === 'assigned');
        const queue = open.filter((c) => c.assignment.state !== 'assigned');
        const team_queues = {};
        for (const c of queue) if (c.assignment.team_id) team_queues[c.assignment.team_id] = (team_queues[c.assignment.team_id] ?? 0) + 1;
        return { status: 200, body: { mine: mine.length, mine_needs_reply: mine.filter((c) => c.needs_reply).length, unassigned: queue.length, open: open.length, needs_reply: open.filter((c) => c.needs_reply).length, snoozed: [...desk.conversations.values()].filter((c) => c.status === 'snoozed').length, team_queues } };
      }
      if (!id) return listConversations(query);
      const c = desk.conversations.get(id);
      return c ? conversation(c, rest, method, query, body) : fail(404, 'not_found', 'no such conversation');
    }
    if (root === 'contacts') {
      const contact = desk.contacts.get(id);
      if (!id) return page([...desk.contacts.values()], query);
      if (!contact) return fail(404, 'not_found', 'no such contact');
      if (rest[0] === 'reveal') return { status: 200, body: { field: body.field, value: body.field === 'phone' ? '13812345678' : 'somebody@example.com' } };
      if (method === 'PATCH') {
        Object.assign(contact, body);
        for (const c of desk.conversations.values()) if (c.contact.id === id) { c.contact = { ...c.contact, ...body }; c.seq = desk.seq + 1; }
        record('contact.updated', null, { contact_id: id, fields: Object.keys(body) });
      }
      return { status: 200, body: contact };
    }
    if (root === 'agents') {
      const agent = desk.agents.find((a) => a.id === id);
      if (rest[0] === 'availability') {
        agent.availability = body.state;
        record('agent.availability_changed', null, { agent_id: id, availability: body.state });
        return { status: 200, body: agent };
      }
      if (method === 'POST') {
        const { password: _, ...fields } = body;
        if (desk.agents.some((a) => a.email === body.email)) return fail(422, 'invalid', 'this address is taken');
        const made = { id: newId('agt'), skills: [], capacity: 5, scope: { shops: [], teams: [] }, availability: 'offline', availability_since: iso(), team_ids: [], disabled: false, locale: null, created_at: iso(), ...fields };
        desk.agents.push(made);
        record('desk.saved', null, { entity: 'agent', id: made.id });
        return { status: 201, body: made };
      }
      if (method === 'PATCH') {
        Object.assign(agent, body);
        record('desk.saved', null, { entity: 'agent', id });
        return { status: 200, body: agent };
      }
      return id ? { status: 200, body: agent } : page(desk.agents, query);
    }
    if (root in COLLECTIONS) {
      const list = desk[root];
      if (method === 'GET') return id ? { status: 200, body: list.find((it) => it.id === id) } : page(list, query);
      if (method === 'DELETE') {
        desk[root] = list.filter((it) => it.id !== id);
        record('desk.removed', null, { entity: ENTITY[root], id });
        return { status: 204 };
      }
      const old = list.find((it) => it.id === id);
      const made = old ?? { id: newId(COLLECTIONS[root]), created_at: iso(), owner: null };
      Object.assign(made, body);
      if (root === 'inboxes') { made.webhook_url = made.channel.startsWith('plugin:') ? `http://127.0.0.1:8080/hooks/${made.id}` : null; made.snippet = made.channel === 'webchat' ? `<script src="http://127.0.0.1:8080/widget/v1/loader.js" data-inbox="${made.id}" async></script>` : null; }
      if (root === 'teams') made.member_ids ??= [];
      if (!old) list.push(made);
      record('desk.saved', null, { entity: ENTITY[root], id: made.id });
      const shown = { ...made };
      if (!old && root === 'webhooks') shown.secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
      if (!old && root === 'api_tokens') shown.token = 'pb_4c1f0d0d9b7e4f6aa1d2';
      return { status: old ? 200 : 201, body: shown };
    }
    return fail(404, 'not_found', 'no such thing');
  }

  const http = createServer((request, response) => {
    const url = new URL(request.url, 'http://mock');
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => setTimeout(() => answer(Buffer.concat(chunks)), latency));
    function send({ status, body, headers = {} }) {
      response.writeHead(status, { 'content-type': 'application/json', ...headers });
      response.end(body === undefined ? undefined : JSON.stringify(body));
    }
    function answer(raw) {
      if (!url.pathname.startsWith('/api/v1/')) return serveFile(url.pathname, response);
      const path = url.pathname.slice('/api/v1'.length);
      let body = {};
      if (request.headers['content-type']?.startsWith('multipart/')) {
        const name = /filename="([^"]*)"/.exec(raw.toString('latin1'))?.[1] ?? 'file';
        const from = raw.indexOf('\r\n\r\n') + 4;
        if (path === '/plugins') return send(route('POST', path, url.searchParams, {}, { name }));
        const id = newId('att');
        const meta = { id, name: Buffer.from(name, 'latin1').toString(), content_type: /\.png$/i.test(name) ? 'image/png' : 'application/octet-stream', size: raw.length - from - 60, is_image: /\.(png|jpe?g|gif|webp)$/i.test(name) };
        files.set(id, { meta, bytes: raw.subarray(from, raw.lastIndexOf('\r\n--')) });
        return send({ status: 201, body: meta });
      }
      if (raw.length > 0) body = JSON.parse(raw.toString());
      if (path === '/sessions' && request.method === 'POST') {
        if (body.password === 'wrong') return send(fail(401, 'unauthenticated', 'wrong address or password'));
        return send({ status: 201, body: { token: 'mock', expires_at: iso(Date.now() + 86400e3), agent: me }, headers: { 'set-cookie': 'plugboard_session=mock; Path=/; HttpOnly; SameSite=Lax' } });
      }
      if (path === '/sessions/current') return send({ status: 204, headers: { 'set-cookie': 'plugboard_session=; Path=/; Max-Age=0' } });
      if (!request.headers.cookie?.includes('plugboard_session=mock')) return send(fail(401, 'unauthenticated', 'sign in'));
      if (path.startsWith('/attachments/')) {
        const file = files.get(path.split('/')[2]) ?? (path.includes('att_lamp') ? { meta: { content_type: 'image/svg+xml' }, bytes: LAMP } : null);
        if (!file) return send(fail(404, 'not_found', 'no such file'));
        response.writeHead(200, { 'content-type': file.meta.content_type });
        return response.end(file.bytes);
      }
      const shown = mails.serve(path, url.searchParams) ?? (request.method === 'GET' ? phones.serve(path) : null);
      if (shown) {
        response.writeHead(200, shown.headers);
        return response.end(shown.body);
      }
      try {
        send(route(request.method, path, url.searchParams, body));
      } catch (error) {
        send(fail(500, 'unavailable', String(error.stack)));
      }
    }
  });

  function serveFile(path, response) {
    if (!dist) return response.writeHead(404).end();
    let file = join(dist, normalize(path));
    if (!existsSync(file) || statSync(file).isDirectory()) file = join(dist, 'index.html');
    response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream', 'content-security-policy': CSP, 'cache-control': file.endsWith('.html') ? 'no-cache' : 'max-age=31536000, immutable' });
    createReadStream(file).pipe(response);
  }

  const wss = new WebSocketServer({ noServer: true });
  http.on('upgrade', (request, socket, headBytes) => {
    wss.handleUpgrade(request, socket, headBytes, (ws) => {
      ws.subscribed = false;
      sockets.add(ws);
      ws.on('close', () => sockets.delete(ws));
      ws.send(JSON.stringify({ type: 'hello', head: head(), server: '0.1.0', now: iso() }));
      ws.on('message', (raw) => {
        const frame = JSON.parse(raw.toString());
        if (frame.type === 'ping') ws.send('{"type":"pong"}');
        if (frame.type.startsWith('phone.')) phones.online(frame, (answer) => ws.send(JSON.stringify(answer)));
        if (frame.type !== 'subscribe') return;
        if (frame.since < horizon) return ws.send(JSON.stringify({ type: 'resync', head: head() }));
        for (const event of journal.slice(Math.max(0, frame.since - base))) ws.send(JSON.stringify(event));
        ws.subscribed = true;
        ws.send(JSON.stringify({ type: 'caught_up', head: head() }));
      });
    });
  });
  await new Promise((resolve) => http.listen(port, '127.0.0.1', resolve));

  return {
    url: `http://127.0.0.1:${http.address().port}`,
    desk, inbound, say, record, mails, phone: phones,
    ephemeral(frame) {
      for (const ws of sockets) ws.send(JSON.stringify({ type: 'ephemeral', agents: [], contact: false, ...frame }));
    },
    /** Cuts every connection, as a restart would. */
    drop() { for (const ws of sockets) ws.terminate(); },
    /** Positions before now are too old from here on. */
    forget() { horizon = head(); },
    async stop() { for (const ws of sockets) ws.terminate(); await new Promise((r) => http.close(r)); http.closeAllConnections?.(); },
  };
}
