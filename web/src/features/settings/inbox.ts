// Settings of an inbox as a form has them, and back. Pure.
import type { Inbox, Priority, Stage } from '../../protocol/api.ts';
import { answersOf, type FormValues, type SchemaField } from '../../ui/schema.ts';
import { numberOrNull, splitList } from './collection.svelte.ts';
import { MAILBOX_SETTINGS, mailboxBody, mailboxOf, type MailboxForm } from './mailbox.ts';
import { PHONE_SETTINGS, phoneBody, phoneOf, type PhoneForm } from './phone.ts';

/** Settings that the form has fields for; others are kept as they are. */
const KNOWN = [
  'greeting', 'away_message', 'business_hours_id', 'sla_policy_id', 'priority', 'stage', 'required_skills', 'offer_timeout_secs',
  'reopen_within_hours', 'require_disposition', 'allowed_origins', 'title', 'color', 'locale', 'prechat', 'offline_form',
  'proactive_after_secs', 'identity', 'identity_secret', ...MAILBOX_SETTINGS, ...PHONE_SETTINGS,
];

export interface InboxForm {
  name: string;
  channel: string;
  shop: string;
  team_id: string;
  greeting: string;
  away_message: string;
  business_hours_id: string;
  sla_policy_id: string;
  priority: Priority | '';
  stage: Stage | '';
  required_skills: string;
  offer_timeout_secs: number | null;
  reopen_within_hours: number | null;
  require_disposition: boolean;
  allowed_origins: string;
  title: string;
  color: string;
  locale: string;
  prechat: string;
  offline_form: boolean;
  proactive_after_secs: number | null;
  identity: string;
  identity_secret: string;
  /** Settings of an email inbox. */
  mailbox: MailboxForm;
  /** Settings of a phone inbox. */
  phone: PhoneForm;
  other: string;
  /** Settings of a plugin's channel, as its schema has them. */
  plugin: FormValues;
}

export function formOf(inbox: Inbox | null): InboxForm {
  const settings = inbox?.settings ?? {};
  const text = (name: string, otherwise = '') => (typeof settings[name] === 'string' ? (settings[name] as string) : otherwise);
  const list = (name: string) => (Array.isArray(settings[name]) ? (settings[name] as string[]).join(', ') : '');
  const rest = Object.fromEntries(Object.entries(settings).filter(([name]) => !KNOWN.includes(name)));
  return {
    name: inbox?.name ?? '',
    channel: inbox?.channel ?? 'webchat',
    shop: inbox?.shop ?? '',
    team_id: inbox?.team_id ?? '',
    greeting: text('greeting'),
    away_message: text('away_message'),
    business_hours_id: text('business_hours_id'),
    sla_policy_id: text('sla_policy_id'),
    priority: text('priority') as Priority | '',
    stage: text('stage') as Stage | '',
    required_skills: list('required_skills'),
    offer_timeout_secs: numberOrNull(settings.offer_timeout_secs),
    reopen_within_hours: numberOrNull(settings.reopen_within_hours),
    require_disposition: settings.require_disposition === true,
    allowed_origins: list('allowed_origins'),
    title: text('title'),
    color: text('color', '#3b5bdb'),
    locale: text('locale'),
    prechat: text('prechat', 'off'),
    offline_form: settings.offline_form === true,
    proactive_after_secs: numberOrNull(settings.proactive_after_secs),
    identity: text('identity', 'off'),
    identity_secret: '',
    mailbox: mailboxOf(settings),
    phone: phoneOf(settings),
    other: Object.keys(rest).length > 0 ? JSON.stringify(rest, null, 2) : '',
    plugin: {},
  };
}

/** The body of a save; `null` when the free settings are not valid JSON. */
export function bodyOf(form: InboxForm, fields: SchemaField[] = []): Record<string, unknown> | null {
  let other: Record<string, unknown> = {};
  try {
    if (fields.length === 0 && form.other.trim()) other = JSON.parse(form.other) as Record<string, unknown>;
  } catch {
    return null;
  }
  const settings: Record<string, unknown> = { ...other };
  const put = (name: string, value: unknown) => {
    if (value !== '' && value !== null && value !== undefined && !(Array.isArray(value) && value.length === 0)) settings[name] = value;
  };
  put('greeting', form.greeting);
  put('away_message', form.away_message);
  put('business_hours_id', form.business_hours_id);
  put('sla_policy_id', form.sla_policy_id);
  put('priority', form.priority);
  put('stage', form.stage);
  put('required_skills', splitList(form.required_skills));
  put('offer_timeout_secs', numberOrNull(form.offer_timeout_secs));
  put('reopen_within_hours', numberOrNull(form.reopen_within_hours));
  settings.require_disposition = form.require_disposition;
  if (form.channel === 'webchat') {
    put('allowed_origins', splitList(form.allowed_origins));
    put('title', form.title);
    put('color', form.color);
    put('locale', form.locale);
    put('prechat', form.prechat);
    settings.offline_form = form.offline_form;
    put('proactive_after_secs', numberOrNull(form.proactive_after_secs));
    put('identity', form.identity);
    put('identity_secret', form.identity_secret);
  }
  if (form.channel === 'email') Object.assign(settings, mailboxBody(form.mailbox));
  if (form.channel === 'phone') Object.assign(settings, phoneBody(form.phone));
  if (fields.length > 0) {
    const { settings: own, secrets } = answersOf(fields, form.plugin);
    Object.assign(settings, own, secrets);
  }
  return { name: form.name, channel: form.channel, shop: form.shop || null, team_id: form.team_id || null, settings };
}
