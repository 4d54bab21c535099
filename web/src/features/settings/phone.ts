// Settings of a phone inbox as a form has them, and back. Pure.
import { dialable } from '../../sync/calls.ts';
import { numberOrNull, splitList } from './collection.svelte.ts';

export interface MenuChoice {
  digit: string;
  /** `voicemail`, `callback` or the id of a team. */
  to: string;
}

export interface PhoneForm {
  numbers: string;
  caller_id: string;
  trunk: 'none' | 'peer' | 'register';
  host: string;
  port: number | null;
  transport: 'udp' | 'tcp';
  user: string;
  auth_user: string;
  trunk_password: string;
  peers: string;
  latch: boolean;
  rejoin_seconds: number | null;
  offer_seconds: number | null;
  wrapup_seconds: number | null;
  queue_limit: number | null;
  max_wait_seconds: number | null;
  then: string;
  language: 'zh' | 'en';
  announce_position: boolean;
  announce_wait: boolean;
  announce_every: number | null;
  closed: 'voicemail' | 'hangup' | 'callback';
  menu: boolean;
  menu_prompt: string;
  choices: MenuChoice[];
  menu_timeout: number | null;
  record: 'always' | 'never';
  announce: boolean;
  retention_days: number | null;
  voicemail: boolean;
  voicemail_seconds: number | null;
  prompts: Record<string, string>;
  countries: string;
  deny: string;
  concurrent: number | null;
  per_day: number | null;
  dispositions: string;
}

type Settings = Record<string, unknown>;

/** Settings that the form has fields for. */
export const PHONE_SETTINGS = ['numbers', 'trunk', 'trunk_password', 'caller_id', 'offer_seconds', 'wrapup_seconds', 'rejoin_seconds', 'language', 'queue', 'menu', 'closed', 'recording', 'voicemail', 'prompts', 'dial', 'dispositions'];

const text = (it: unknown): string => (typeof it === 'string' ? it : '');
const part = (it: unknown): Settings => (it && typeof it === 'object' ? (it as Settings) : {});
const list = (it: unknown): string => (Array.isArray(it) ? (it as string[]).join(', ') : '');

export function phoneOf(settings: Settings): PhoneForm {
  const trunk = part(settings.trunk);
  const queue = part(settings.queue);
  const spoken = part(queue.announce);
  const closed = text(part(settings.closed).then);
  const menu = settings.menu ? part(settings.menu) : null;
  const recording = part(settings.recording);
  const voicemail = part(settings.voicemail);
  const dial = part(settings.dial);
  const kind = text(trunk.kind);
  const options = Array.isArray(menu?.options) ? (menu.options as Settings[]) : [];
  const codes = Array.isArray(settings.dispositions) ? (settings.dispositions as Settings[]) : [];
  return {
    numbers: list(settings.numbers),
    caller_id: text(settings.caller_id),
    trunk: kind === 'peer' || kind === 'register' ? kind : 'none',
    host: text(trunk.host),
    port: numberOrNull(trunk.port) ?? 5060,
    transport: trunk.transport === 'tcp' ? 'tcp' : 'udp',
    user: text(trunk.user),
    auth_user: text(trunk.auth_user),
    trunk_password: '',
    peers: list(trunk.peers),
    latch: trunk.latch === true,
    rejoin_seconds: numberOrNull(settings.rejoin_seconds) ?? 20,
    offer_seconds: numberOrNull(settings.offer_seconds) ?? 30,
    wrapup_seconds: numberOrNull(settings.wrapup_seconds) ?? 30,
    queue_limit: numberOrNull(queue.limit) ?? 20,
    max_wait_seconds: numberOrNull(queue.max_wait_seconds) ?? 300,
    then: text(queue.then) || 'voicemail',
    language: settings.language === 'en' ? 'en' : 'zh',
    announce_position: spoken.position !== false,
    announce_wait: spoken.wait !== false,
    announce_every: numberOrNull(spoken.every_seconds) ?? 45,
    closed: closed === 'hangup' || closed === 'callback' ? closed : 'voicemail',
    menu: menu !== null,
    menu_prompt: text(menu?.prompt),
    choices: options.map((it) => ({ digit: text(it.digit), to: text(it.team_id) || text(it.then) })),
    menu_timeout: numberOrNull(menu?.timeout_seconds) ?? 5,
    record: recording.policy === 'always' ? 'always' : 'never',
    announce: recording.announce !== false,
    retention_days: 'retention_days' in recording ? numberOrNull(recording.retention_days) : 180,
    voicemail: voicemail.enabled !== false,
    voicemail_seconds: numberOrNull(voicemail.max_seconds) ?? 120,
    prompts: { ...(part(settings.prompts) as Record<string, string>) },
    countries: 'countries' in dial ? list(dial.countries) : 'CN',
    deny: list(dial.deny),
    concurrent: numberOrNull(dial.concurrent_per_agent) ?? 1,
    per_day: numberOrNull(dial.per_agent_day) ?? 200,
    dispositions: codes.map((it) => `${text(it.code)}: ${text(it.label)}`).join('\n'),
  };
}

/** What can be said by a file of the inbox's own, in the order in which callers hear it. `menu` is that of all menus. */
export const PROMPTS = ['greeting', 'closed', 'consent', 'menu', 'menu_again', 'wait', 'music', 'busy', 'voicemail', 'callback', 'goodbye'] as const;

const NETWORK = /^([\d.]{7,15}|[\da-f:]{2,39})(\/\d{1,3})?$/i;

/** A number of ours, as the line writes it: `+8657188990011`. */
const e164 = (typed: string): string => {
  const plain = dialable(typed) ?? typed;
  return plain.startsWith('00') ? `+${plain.slice(2)}` : plain;
};

const lines = (it: string) => it.split('\n').map((line) => line.trim()).filter(Boolean);

/** A code and its name; full-width colons are typed, too. */
function codeOf(line: string): { code: string; label: string } | null {
  const found = /^([^:\uff1a]{1,60})[:\uff1a]\s*(\S.*)$/u.exec(line);
  return found?.[1] && found[2] ? { code: found[1].trim(), label: found[2].trim() } : null;
}

export type PhoneFault =
  | { field: 'numbers' | 'peers' | 'countries' | 'choices' | 'dispositions'; why: 'numbers' | 'peers' | 'country' | 'digitTwice' | 'disposition'; what: string }
  | { field: 'numbers' | 'host' | 'user' | 'trunk_password' | 'choices'; why: 'needNumber' | 'host' | 'user' | 'password' | 'digit'; what: null };

/** What does not fit, before the desk is asked. `kept`: a password is stored already. */
export function phoneFaults(form: PhoneForm, kept: boolean): PhoneFault[] {
  const faults: PhoneFault[] = [];
  const numbers = splitList(form.numbers);
  const own = /^\+\d{5,15}$/;
  const bad = [...numbers, ...(form.caller_id.trim() ? [form.caller_id.trim()] : [])].find((it) => !own.test(e164(it)));
  if (bad) faults.push({ field: 'numbers', why: 'numbers', what: bad });
  if (form.trunk !== 'none' && numbers.length === 0) faults.push({ field: 'numbers', why: 'needNumber', what: null });
  if (form.trunk === 'register') {
    if (!form.host.trim()) faults.push({ field: 'host', why: 'host', what: null });
    if (!form.user.trim()) faults.push({ field: 'user', why: 'user', what: null });
    if (!form.trunk_password && !kept) faults.push({ field: 'trunk_password', why: 'password', what: null });
  }
  if (form.trunk === 'peer' && !form.host.trim() && splitList(form.peers).length === 0) faults.push({ field: 'host', why: 'host', what: null });
  const peer = splitList(form.peers).find((it) => !NETWORK.test(it));
  if (peer) faults.push({ field: 'peers', why: 'peers', what: peer });
  const country = splitList(form.countries).find((it) => !/^[a-z]{2}$/i.test(it));
  if (country) faults.push({ field: 'countries', why: 'country', what: country });
  if (form.menu) {
    const digits = form.choices.map((it) => it.digit);
    const twice = digits.find((it, at) => it && digits.indexOf(it) !== at);
    if (twice) faults.push({ field: 'choices', why: 'digitTwice', what: twice });
    if (form.choices.length === 0 || digits.some((it) => !/^[\d*#]$/.test(it))) faults.push({ field: 'choices', why: 'digit', what: null });
  }
  const line = lines(form.dispositions).find((it) => !codeOf(it));
  if (line) faults.push({ field: 'dispositions', why: 'disposition', what: line });
  return faults;
}

export function phoneBody(form: PhoneForm): Settings {
  const put = (name: string, value: string) => (value ? { [name]: value } : {});
  const trunk: Settings = { kind: form.trunk };
  if (form.trunk !== 'none') {
    Object.assign(trunk, put('host', form.host.trim()), { port: form.port ?? 5060, transport: form.transport, peers: splitList(form.peers) });
    if (form.latch) trunk.latch = true;
    if (form.trunk === 'register') Object.assign(trunk, put('user', form.user.trim()), put('auth_user', form.auth_user.trim()));
  }
  const choice = (it: MenuChoice) => (it.to === 'voicemail' || it.to === 'callback' ? { digit: it.digit, then: it.to } : { digit: it.digit, team_id: it.to });
  const caller = form.caller_id.trim();
  return {
    numbers: splitList(form.numbers).map(e164),
    ...(caller ? { caller_id: e164(caller) } : {}),
    trunk,
    ...(form.trunk === 'register' ? put('trunk_password', form.trunk_password) : {}),
    offer_seconds: form.offer_seconds ?? 30,
    wrapup_seconds: form.wrapup_seconds ?? 30,
    rejoin_seconds: form.rejoin_seconds ?? 20,
    queue: { limit: form.queue_limit ?? 20, max_wait_seconds: form.max_wait_seconds ?? 300, then: form.then, announce: { position: form.announce_position, wait: form.announce_wait, every_seconds: form.announce_every ?? 45 } },
    language: form.language,
    closed: { then: form.closed },
    menu: form.menu ? { ...put('prompt', form.menu_prompt), options: form.choices.map(choice), timeout_seconds: form.menu_timeout ?? 5 } : null,
    recording: { policy: form.record, announce: form.announce, retention_days: form.retention_days },
    voicemail: { enabled: form.voicemail, max_seconds: form.voicemail_seconds ?? 120 },
    prompts: form.prompts,
    dial: { countries: splitList(form.countries).map((it) => it.toUpperCase()), deny: splitList(form.deny), concurrent_per_agent: form.concurrent ?? 1, per_agent_day: form.per_day ?? 200 },
    dispositions: lines(form.dispositions).map(codeOf).filter((it) => it !== null),
  };
}
