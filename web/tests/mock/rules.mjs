// Rules, policies and backtests of the mock desk. The compiler knows one mistake: the word `mistake`.

const SOURCE = `def route(conv, candidates, now):
    word = has_any(conv.text, ["退款", "refund"])
    if not word:
        return None
    t = local(now, "+08:00")
    if conv.contact.attributes.get("level") == "gold" and 9 <= t.hour and t.hour < 18:
        return team("售后", priority = "high", tags = ["退款"], reason = "gold member: " + word)
    return team("售后")
`;

export function ruleRoutes({ desk, iso, record, fail }) {
  const at = (hours) => iso(Date.now() - hours * 3600e3);
  const version = (number, source, hours, builder = null) => ({ number, source, builder, saved_at: at(hours), saved_by: desk.agents[3].id });
  desk.rules = [
    { id: 'rul_1', name: '退款优先', kind: 'routing', live: 2, source: SOURCE, versions: [version(2, SOURCE, 3), version(1, SOURCE.replace('"high"', '"normal"').replace('    t = local(now, "+08:00")\n', ''), 80)], used_as: ['shadow'], warnings: [], created_at: at(80) },
    { id: 'rul_2', name: 'Slow replies', kind: 'escalation', live: 1, source: 'def escalate(conv, event, now):\n    return []\n', versions: [version(1, 'def escalate(conv, event, now):\n    return []\n', 20)], used_as: [], warnings: [], created_at: at(20) },
  ];
  const people = desk.agents;
  const differences = [...desk.conversations.values()].slice(0, 100).map((c, n) => ({
    conversation_id: c.id, was: people[n % 3].name, would_be: n % 4 ? people[n % 3].name : '售后 After-sale', changed: n % 4 === 0,
    why: n % 4 ? 'passed to the next' : 'gold member: 退款', waited_secs: 20 + n * 3, would_wait_secs: n % 4 ? 20 + n * 3 : 12,
  }));
  const differing = differences.filter((it) => it.changed);
  desk.policies = {
    routing: { kind: 'routing', live: [{ plugin: 'routing-skills' }], previous: [], shadow: { rule: '退款优先' }, canary: null, canary_report: null, shadowed: { decisions: 412, agreed: 371, failed: 1, differing: differing.slice(0, 12) } },
    escalation: { kind: 'escalation', live: [], previous: [], shadow: null, canary: null, canary_report: null, shadowed: { decisions: 0, agreed: 0, failed: 0, differing: [] } },
  };
  const load = (shift) => Object.fromEntries(people.slice(0, 4).map((it, n) => [it.id, 40 + ((n * 17 + shift) % 60)]));
  const totals = { conversations: 1840, changed: 212, failed: 0, was: { wait_p50_secs: 42, wait_p90_secs: 310, load: load(0), sla_misses: 61, unassigned: 9 }, would_be: { wait_p50_secs: 31, wait_p90_secs: 340, load: load(23), sla_misses: 44, unassigned: 9 } };
  desk.backtests = [{ id: 'bt_1', request: { kind: 'routing', policy: { rule: '退款优先' }, from: at(24 * 8), to: at(24) }, progress: { state: 'done' }, started_at: at(1), items: differences, totals }];

  const problems = (source) => {
    const line = source.split('\n').findIndex((it) => it.includes('mistake'));
    return line < 0 ? [] : [{ line: line + 1, column: source.split('\n')[line].indexOf('mistake') + 1, message: 'Variable `mistake` not found, did you mean `team`?' }];
  };
  const refs = () => [['live', (slot) => slot.live], ['shadow', (slot) => [slot.shadow]], ['canary', (slot) => [slot.canary]]];
  const used = (name) => refs().filter(([, of]) => Object.values(desk.policies).some((slot) => of(slot).some((ref) => ref?.rule === name))).map(([as]) => as);
  const shown = (rule) => ({ ...rule, used_as: used(rule.name) });

  return function route(method, [root, name, what], body) {
    if (root === 'rules') {
      if (!name) return { status: 200, body: { items: desk.rules.map(shown) } };
      if (name === 'check') return { status: 200, body: { errors: problems(body.source), warnings: body.source.includes('unused') ? [{ line: 2, column: 5, message: 'Unused variable `unused`' }] : [] } };
      if (name === 'dry_run') {
        desk.tried = body;
        return { status: 200, body: { items: differences, changed: differing.length, failed: 0 } };
      }
      const rule = desk.rules.find((it) => it.name === name);
      if (method === 'PUT') {
        const details = problems(body.source);
        if (details.length > 0) return { status: 422, body: { error: { code: 'invalid', message: details[0].message, details } } };
        const made = rule ?? { id: `rul_${desk.rules.length + 1}`, name, kind: body.kind, versions: [], warnings: [], created_at: iso() };
        const number = (made.versions[0]?.number ?? 0) + 1;
        made.versions = [{ ...version(number, body.source, 0, body.builder), saved_by: desk.agents[0].id }, ...made.versions];
        Object.assign(made, { live: number, source: body.source });
        if (!rule) desk.rules.push(made);
        record('desk.saved', null, { entity: 'rule', id: made.id });
        return { status: rule ? 200 : 201, body: shown(made) };
      }
      if (!rule) return fail(404, 'not_found', 'no such rule');
      if (method === 'DELETE') {
        if (used(name).length > 0) return fail(409, 'conflict', 'a policy uses it');
        desk.rules = desk.rules.filter((it) => it !== rule);
        return { status: 204 };
      }
      if (what === 'rollback') Object.assign(rule, { live: body.number, source: rule.versions.find((it) => it.number === body.number).source });
      return { status: 200, body: shown(rule) };
    }
    if (root === 'policies') {
      const slot = desk.policies[name];
      if (method === 'PUT') {
        if (JSON.stringify(slot.live) !== JSON.stringify(body.live)) slot.previous = slot.live;
        Object.assign(slot, { live: body.live ?? [], shadow: body.shadow, canary: body.canary && { ...body.canary, since: iso() }, canary_report: body.canary && { decisions: 40, failed: 1, on_trial: { conversations: 38, missed: 3 }, others: { conversations: 160, missed: 4 } } });
      } else if (what === 'rollback') Object.assign(slot, { live: slot.previous, previous: slot.live, shadow: null, canary: null });
      if (method !== 'GET') record('desk.saved', null, { entity: 'policies', id: '00000000-0000-0000-0000-000000000000' });
      return { status: 200, body: slot };
    }
    if (root === 'backtests') {
      if (method === 'POST') {
        const job = { id: `bt_${desk.backtests.length + 1}`, request: body, progress: { state: 'running', done: 0, of: 1840 }, started_at: iso(), items: [], totals };
        desk.backtests.unshift(job);
        return { status: 202, body: job };
      }
      if (!name) return { status: 200, body: { items: desk.backtests } };
      const job = desk.backtests.find((it) => it.id === name);
      if (!job) return fail(404, 'not_found', 'no such backtest');
      // Each look moves it on.
      if (job.progress.state === 'running') job.progress = job.progress.done > 1000 ? { state: 'done' } : { state: 'running', done: job.progress.done + 900, of: 1840 };
      if (job.progress.state === 'done') job.items = differences;
      return { status: 200, body: job };
    }
    return undefined;
  };
}
