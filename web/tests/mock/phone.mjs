// Calls of the mock desk: an inbox with a number, calls that were, and a line that rings when a test says so. Every command
// of an agent is carried out at once, as if the other side always did what is wanted.

const NUMBER = '+8657188990011';

export function phoneRoutes({ desk, me, newId, iso, fail, record, touch, say, seeded }) {
  const calls = new Map();
  /** What agents sent: digits, modes of listening, numbers dialled. */
  const log = [];
  const state = { inbox: null, offerSeconds: 30, wrapupSeconds: 30, onoffer: null, said: null };
  if (seeded) seed();

  function seed() {
    const inbox = (n, name, shop, extra) => ({
      id: `inb_phone${n}`, name, channel: 'phone', shop, team_id: desk.teams[0].id, created_at: iso(), webhook_url: null, snippet: null,
      settings: {
        numbers: [NUMBER.slice(0, -1) + n], caller_id: NUMBER.slice(0, -1) + n, trunk: { kind: 'peer', host: 'sip.carrier.example', port: 5060, transport: 'udp', peers: ['203.0.113.10'] },
        offer_seconds: 30, wrapup_seconds: 30, queue: { limit: 20, max_wait_seconds: 300, then: 'voicemail' }, menu: null,
        recording: { policy: 'always', announce: true, retention_days: 180 }, voicemail: { enabled: true, max_seconds: 120 },
        dial: { countries: ['CN'], deny: [], concurrent_per_agent: 1, per_agent_day: 200 },
        dispositions: [{ code: 'answered', label: '已解答' }, { code: 'refund', label: 'Refund promised' }, { code: 'callback', label: '需要回电' }],
        ...extra,
      },
    });
    state.inbox = inbox(1, '山茶客服热线', desk.shops[0].id, {});
    desk.inboxes.push(state.inbox);
    const old = conversation('陈小姐', '138****2210');
    const now = Date.now();
    const past = (ago, fields) => put(make(old, { started_at: iso(now - ago), queued_at: iso(now - ago + 2000), ...fields }), true);
    past(86400e3, { state: 'closed', agent_id: desk.agents[1].id, answered_at: iso(now - 86400e3 + 24e3), ended_at: iso(now - 86400e3 + 229e3), wait_ms: 22_000, talk_ms: 192_000, hold_ms: 13_000, ended_by: 'caller', cause: { word: 'normal', sip: null, q850: 16 }, recording: { state: 'kept', seconds: 205, channels: 2, expires_at: iso(now + 90 * 86400e3) }, disposition: { code: 'refund', note: '客户确认周五前退款，已登记。', follow_up_at: iso(now + 86400e3) } });
    past(7200e3, { state: 'abandoned', ended_at: iso(now - 7200e3 + 65e3), wait_ms: 63_000, ended_by: 'caller', cause: { word: 'cancelled', sip: 487, q850: null } });
    past(3600e3, { state: 'voicemail', voicemail: true, ended_at: iso(now - 3600e3 + 330e3), wait_ms: 300_000, ended_by: 'caller', cause: { word: 'queue_timeout', sip: null, q850: null }, recording: { state: 'kept', seconds: 21, channels: 1, expires_at: null } });
    past(1800e3, { direction: 'outbound', state: 'rejected', agent_id: me.id, ended_at: iso(now - 1800e3 + 30e3), queued_at: null, ended_by: 'system', cause: { word: 'busy', sip: 486, q850: 17 } });
  }

  function conversation(name, number, phone = true) {
    const sample = [...desk.conversations.values()][0];
    const n = calls.size + 1;
    const contact = { id: `con_phone${n}${newId('x').slice(-3)}`, name, email: null, phone: number, locale: 'zh-CN', masked: true, verified: false, created_at: iso() };
    desk.contacts.set(contact.id, { ...contact, note: null, tags: [], attributes: {}, identities: [{ id: newId('idn'), kind: 'phone', scope: '', value: number, verified: false }], merged_into: null, absorbed: [] });
    const c = { ...structuredClone(sample), id: newId('cnv'), contact, channel: phone ? 'phone' : 'webchat', inbox_id: state.inbox.id, shop_id: state.inbox.shop, status: 'open', tags: [], cases: [], escalation_level: 0, sla_clocks: [], scheduled: [], priority: 'normal', stage: null, disposition: null, resolved_at: null, snoozed_until: null, absorbed: [], assignment: { state: 'assigned', agent_id: me.id, team_id: state.inbox.team_id, since: iso(), offer_until: null }, waiting: { on: 'nobody', since: null }, needs_reply: false, last_message: null, message_count: 0, read_seq: desk.seq, news_seq: 0, unread: false, created_at: iso(), last_activity_at: iso(), seq: desk.seq };
    desk.conversations.set(c.id, c);
    desk.messages.set(c.id, []);
    record('conversation.created', c.id, { conversation: { ...c } });
    return c;
  }

  function make(c, fields) {
    return {
      id: newId('call'), conversation_id: c.id, message_id: '', inbox_id: state.inbox.id, contact: { id: c.contact.id, name: c.contact.name }, direction: 'inbound', number: c.contact.phone, state: 'queued', team_id: state.inbox.team_id,
      agent_id: null, offered_to: null, offer_until: null, started_at: iso(), queued_at: iso(), answered_at: null, ended_at: null, wrapup_until: null, wait_ms: 0, talk_ms: 0, hold_ms: 0, held_since: null, ended_by: null, cause: null,
      recording: null, voicemail: false, disposition: null, transfer: null, legs: [], writing: [], queue_position: null, ...fields,
    };
  }

  /** Takes a call in, with its message. */
  function put(call, quiet = false) {
    calls.set(call.id, call);
    const c = desk.conversations.get(call.conversation_id);
    const message = say(c, { kind: 'call', text: '\u260e', author: call.direction === 'inbound' ? { type: 'contact', id: c.contact.id, name: c.contact.name ?? undefined } : { type: 'agent', id: me.id, name: me.name }, call });
    if (quiet) message.at = call.started_at;
    return call;
  }

  /** Something became of a call: told as the desk tells it. */
  function change(call, kind, fields, actor, more = {}) {
    Object.assign(call, fields);
    const message = desk.messages.get(call.conversation_id).find((it) => it.id === call.message_id);
    message.call = structuredClone(call);
    const frame = record(kind === 'started' ? 'call.started' : 'call.changed', call.conversation_id, { call_id: call.id, change: { what: kind, ...more }, call: structuredClone(call) }, actor);
    desk.conversations.get(call.conversation_id).seq = frame.seq;
    return call;
  }

  const leg = (kind, agent_id = null, mode = null) => ({ id: newId('leg'), kind, agent_id, mode, joined_at: iso(), left_at: null });
  const leave = (call, which) => call.legs.map((it) => (it.left_at || !which(it) ? it : { ...it, left_at: iso() }));

  /** A caller: waits, or rings at an agent. */
  function ring({ name = '周婷婷', number = '139****7001', to = me.id, waited = 8000 } = {}) {
    const c = conversation(name, number);
    const call = put(make(c, { state: to ? 'offering' : 'queued', offered_to: to, offer_until: to ? iso(Date.now() + state.offerSeconds * 1000) : null, queued_at: iso(Date.now() - waited), started_at: iso(Date.now() - waited - 1000), legs: [leg('trunk')], queue_position: to ? null : 1 }));
    change(call, to ? 'offered' : 'queued', {});
    return call;
  }

  const ended = (call, by, word = 'normal') => {
    const talked = call.answered_at ? Date.now() - Date.parse(call.answered_at) : 0;
    return change(call, 'ended', {
      state: call.answered_at ? 'wrapup' : call.direction === 'outbound' ? 'rejected' : 'abandoned', ended_at: iso(), ended_by: by, cause: { word, sip: null, q850: 16 }, talk_ms: talked, offered_to: null, offer_until: null, held_since: null,
      wrapup_until: call.answered_at ? iso(Date.now() + state.wrapupSeconds * 1000) : null, legs: leave(call, () => true),
      ...(call.recording ? { recording: { state: 'kept', seconds: Math.max(1, Math.round(talked / 1000)), channels: 2, expires_at: null } } : {}),
    });
  };

  const board = () => {
    const live = [...calls.values()].filter((it) => !it.ended_at);
    const agents = desk.agents.map((agent) => {
      const mine = [...calls.values()].find((it) => (it.agent_id === agent.id || it.offered_to === agent.id) && (!it.ended_at || it.state === 'wrapup'));
      const what = !mine ? (agent.availability === 'online' ? 'free' : 'offline') : mine.state === 'wrapup' ? 'wrapup' : mine.offered_to === agent.id ? 'ringing' : mine.state === 'held' ? 'held' : 'talking';
      return { agent_id: agent.id, state: what, call_id: mine?.id ?? null, since: mine ? (mine.answered_at ?? mine.started_at) : agent.availability_since };
    });
    const waiting = live.filter((it) => it.state === 'queued' || it.state === 'offering');
    return { queues: [{ inbox_id: state.inbox.id, team_id: state.inbox.team_id, waiting: waiting.length, longest_wait_ms: Math.max(0, ...waiting.map((it) => Date.now() - Date.parse(it.queued_at))), active: live.filter((it) => it.answered_at).length }], agents, calls: live };
  };

  function routes(method, parts, body, _file, query) {
    const [root, id, what] = parts;
    if (root === 'phone' && id === 'board') return { status: 200, body: board() };
    if (root === 'inboxes' && what === 'phone' && parts[3] === 'test') {
      const step = (check, ok, finding, values, message) => ({ check, ok, finding, values, message, took_ms: 12 });
      const found = step('host', true, 'at', { host: 'sip.carrier.example', address: '203.0.113.10:5060' }, 'sip.carrier.example is at 203.0.113.10:5060');
      return { status: 200, body: { ok: false, steps: [found, step('answer', false, 'silent', {}, 'it does not answer (OPTIONS)')] } };
    }
    if (root === 'inboxes' && what === 'cti-address') {
      state.inbox.cti_url = 'https://desk.example/cti/v1/inb/new';
      return { status: 200, body: structuredClone(state.inbox) };
    }
    if (root !== 'calls') return null;
    if (!id && method === 'GET') {
      const wanted = query.get('state');
      const over = (it) => Boolean(it.ended_at);
      const due = (it) => it.disposition?.follow_up_at && it.disposition.follow_up_at <= iso();
      const toCall = (it) => over(it) && (due(it) || (!it.answered_at && it.direction === 'inbound' && !it.disposition));
      const items = [...calls.values()].filter((it) => (wanted === 'live' ? !over(it) || it.state === 'wrapup' : wanted === 'missed' ? over(it) && !it.answered_at && it.direction === 'inbound' : wanted === 'to_call' ? toCall(it) : over(it))).sort((a, b) => (a.started_at < b.started_at ? 1 : -1));
      return { status: 200, body: { items: structuredClone(items), next_cursor: null } };
    }
    if (!id) {
      log.push(['dial', body]);
      if (body.number?.includes('400')) return fail(422, 'invalid', 'this number may not be called');
      const contact = body.contact_id ? desk.contacts.get(body.contact_id) : null;
      const c = (body.conversation_id && desk.conversations.get(body.conversation_id)) || conversation(contact?.name ?? null, contact?.phone ?? body.number);
      const call = put(make(c, { direction: 'outbound', state: 'new', agent_id: me.id, number: contact?.phone ?? body.number, queued_at: null, legs: [leg('browser', me.id)] }));
      change(call, 'started', {});
      return { status: 201, body: structuredClone(call) };
    }
    const call = calls.get(id);
    if (call && what === 'recording' && parts[3] === 'accesses') return { status: 200, body: { items: [{ agent_id: me.id, at: iso() }] } };
    if (!call) return fail(404, 'not_found', 'no such call');
    const done = (kind, fields) => ({ status: 200, body: structuredClone(change(call, kind, fields)) });
    switch (what) {
      case undefined:
        return { status: 200, body: structuredClone(call) };
      case 'accept':
        if (call.offered_to !== me.id) return fail(409, 'conflict', 'the call is offered to somebody else');
        return done('answered', { state: 'active', agent_id: me.id, offered_to: null, offer_until: null, answered_at: iso(), wait_ms: Date.now() - Date.parse(call.queued_at), legs: [...call.legs, leg('browser', me.id)], recording: { state: 'recording', seconds: null, channels: 2, expires_at: null } });
      case 'decline':
        return done('declined', { state: 'queued', offered_to: null, offer_until: null, queue_position: 1 });
      case 'hang-up':
        return { status: 200, body: structuredClone(ended(call, 'agent')) };
      case 'hold':
        return done('held', { state: 'held', held_since: iso() });
      case 'resume':
        return done('resumed', { state: 'active', hold_ms: call.hold_ms + (Date.now() - Date.parse(call.held_since)), held_since: null });
      case 'digits':
        log.push(['digits', body.digits]);
        return { status: 204 };
      case 'transfer':
        log.push(['transfer', body]);
        return done('transfer_started', { state: 'transferring', held_since: iso(), offered_to: body.agent_id ?? null, offer_until: body.agent_id ? iso(Date.now() + state.offerSeconds * 1000) : null, transfer: { kind: body.kind, to_agent_id: body.agent_id ?? null, to_team_id: body.team_id ?? null, to_number: body.number ?? null, by: me.id, note: body.note ?? null, state: 'ringing' }, ...(body.kind === 'blind' && !body.number ? { agent_id: null, state: 'queued', writing: [{ agent_id: me.id, until: iso(Date.now() + state.wrapupSeconds * 1000) }], legs: leave(call, (it) => it.agent_id === me.id) } : {}) });
      case 'complete-transfer':
        return done('transfer_completed', { state: 'active', agent_id: call.transfer.to_agent_id, held_since: null, transfer: { ...call.transfer, state: 'completed' }, legs: [...leave(call, (it) => it.agent_id === me.id), leg('browser', call.transfer.to_agent_id)] });
      case 'cancel-transfer':
        return done('transfer_cancelled', { state: 'active', held_since: null, offered_to: null, offer_until: null, transfer: { ...call.transfer, state: 'cancelled' } });
      case 'recording':
        if (method === 'GET') return fail(500, 'unavailable', 'served elsewhere');
        return done(body.paused ? 'recording_paused' : 'recording_resumed', { recording: { ...call.recording, state: body.paused ? 'paused' : 'recording' } });
      case 'listen':
        log.push(['listen', body.mode]);
        change(call, 'listening', { legs: call.legs.map((it) => (it.kind === 'listener' && !it.left_at ? { ...it, mode: body.mode } : it)) }, undefined, { agent_id: me.id, mode: body.mode });
        return call.legs.some((it) => it.kind === 'listener' && !it.left_at) ? { status: 200, body: structuredClone(call) } : done('leg_joined', { legs: [...call.legs, leg('listener', me.id, body.mode)] });
      case 'delete-recording':
        log.push(['delete-recording', id, body.reason]);
        return done('recording_deleted', { recording: { ...call.recording, state: 'deleted' } });
      case 'leave':
        log.push(['leave', id]);
        return done('left', { legs: leave(call, (it) => it.kind === 'listener' && it.agent_id === me.id) });
      case 'wrap-up':
        log.push(['wrap-up', id, body]);
        return done('wrapped_up', { state: call.state === 'wrapup' ? 'closed' : call.state, wrapup_until: null, writing: call.writing.filter((it) => it.agent_id !== me.id), disposition: { code: body.code ?? null, note: body.note ?? null, follow_up_at: body.follow_up_at ?? null } });
      case 'peaks': {
        const seconds = call.recording?.seconds ?? 1;
        const side = (from, of) => Array.from({ length: 400 }, (_, at) => (Math.floor(at / 25) % of === from ? 70 + Math.round(150 * Math.abs(Math.sin(at * 0.9) * Math.sin(at * 0.13))) : 6));
        return { status: 200, body: { seconds, peaks: call.recording?.channels === 1 ? [side(0, 2)] : [side(0, 2), side(1, 2)] } };
      }
      default:
        return fail(404, 'not_found', 'no such operation');
    }
  }

  /** A recording as it is served: a tone for each side, in telephone quality. */
  function serve(path) {
    const id = /^\/calls\/([^/]+)\/recording$/.exec(path)?.[1];
    const call = id && calls.get(id);
    if (!call?.recording) return null;
    log.push(['recording', id]);
    const seconds = Math.min(call.recording.seconds ?? 1, 30);
    const channels = call.recording.channels ?? 2;
    const frames = 8000 * seconds;
    const bytes = Buffer.alloc(44 + frames * channels * 2);
    bytes.write('RIFF', 0);
    bytes.writeUInt32LE(bytes.length - 8, 4);
    bytes.write('WAVEfmt ', 8);
    bytes.writeUInt32LE(16, 16);
    bytes.writeUInt16LE(1, 20);
    bytes.writeUInt16LE(channels, 22);
    bytes.writeUInt32LE(8000, 24);
    bytes.writeUInt32LE(16000 * channels, 28);
    bytes.writeUInt16LE(channels * 2, 32);
    bytes.writeUInt16LE(16, 34);
    bytes.write('data', 36);
    bytes.writeUInt32LE(bytes.length - 44, 40);
    for (let at = 0; at < frames; at += 1) for (let side = 0; side < channels; side += 1) bytes.writeInt16LE(Math.round(4000 * Math.sin((at * (side ? 660 : 440) * 2 * Math.PI) / 8000)), 44 + (at * channels + side) * 2);
    return { headers: { 'content-type': 'audio/wav', 'accept-ranges': 'bytes' }, body: bytes };
  }

  /** What the websocket says of the line. */
  function online(frame, send) {
    state.said = send;
    if (frame.type === 'phone.offer') {
      log.push(['offer', frame.sdp]);
      void state.onoffer?.(frame.sdp).then((sdp) => {
        send({ type: 'phone.answer', sdp });
        send({ type: 'phone.state', state: 'connected' });
      }, () => {});
    } else if (frame.type === 'phone.bye') {
      log.push(['bye']);
      for (const call of calls.values()) if (call.legs.some((it) => it.kind === 'listener' && !it.left_at)) change(call, 'leg_left', { legs: leave(call, (it) => it.kind === 'listener') });
    }
  }


  return { routes, serve, online, say: (frame) => state.said?.(frame), calls, log, state, ring, change, ended, leg };
}
