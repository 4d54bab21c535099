// Settings of a mailbox as a form has them, and back. Pure.
import { numberOrNull, splitList } from './collection.svelte.ts';

export type Tls = 'tls' | 'starttls' | 'none';

export interface ServerForm {
  host: string;
  port: number | null;
  tls: Tls;
  user: string;
}

export interface MailboxForm {
  address: string;
  from_name: string;
  receive: 'imap' | 'lmtp';
  imap: ServerForm;
  folders: string;
  sent_folder: string;
  save_sent: boolean;
  read_sent: boolean;
  smtp: ServerForm;
  rate_per_minute: number | null;
  auth: 'password' | 'oauth';
  imap_password: string;
  smtp_password: string;
  authorize_url: string;
  token_url: string;
  client_id: string;
  scope: string;
  oauth_client_secret: string;
  signature: string;
  undo_seconds: number | null;
  backfill_days: number | null;
  closed_reply: 'reopen' | 'new';
  auto_reply: string;
  default_charset: string;
  authserv_id: string;
  plus_addresses: boolean;
}

type Settings = Record<string, unknown>;

/** Settings that the form has fields for. */
export const MAILBOX_SETTINGS = ['address', 'from_name', 'lmtp', 'imap', 'smtp', 'auth', 'oauth', 'imap_password', 'smtp_password', 'oauth_client_secret', 'signature', 'undo_seconds', 'backfill_days', 'closed_reply', 'auto_reply', 'default_charset', 'authserv_id', 'plus_addresses'];

const text = (it: unknown): string => (typeof it === 'string' ? it : '');
const part = (it: unknown): Settings => (it && typeof it === 'object' ? (it as Settings) : {});

function serverOf(it: unknown, port: number): ServerForm {
  const server = part(it);
  const tls = text(server.tls);
  return { host: text(server.host), port: numberOrNull(server.port) ?? port, tls: tls === 'starttls' || tls === 'none' ? tls : 'tls', user: text(server.user) };
}

export function mailboxOf(settings: Settings): MailboxForm {
  const oauth = part(settings.oauth);
  const imap = part(settings.imap);
  return {
    address: text(settings.address),
    from_name: text(settings.from_name),
    receive: settings.lmtp === true ? 'lmtp' : 'imap',
    imap: serverOf(imap, 993),
    folders: Array.isArray(imap.folders) ? (imap.folders as string[]).join(', ') : '',
    sent_folder: text(imap.sent_folder),
    save_sent: imap.save_sent !== false,
    read_sent: imap.read_sent !== false,
    smtp: serverOf(settings.smtp, 465),
    rate_per_minute: numberOrNull(part(settings.smtp).rate_per_minute),
    auth: settings.auth === 'oauth' ? 'oauth' : 'password',
    imap_password: '',
    smtp_password: '',
    authorize_url: text(oauth.authorize_url),
    token_url: text(oauth.token_url),
    client_id: text(oauth.client_id),
    scope: text(oauth.scope),
    oauth_client_secret: '',
    signature: text(settings.signature),
    undo_seconds: numberOrNull(settings.undo_seconds),
    backfill_days: numberOrNull(settings.backfill_days),
    closed_reply: settings.closed_reply === 'new' ? 'new' : 'reopen',
    auto_reply: text(settings.auto_reply),
    default_charset: text(settings.default_charset),
    authserv_id: text(settings.authserv_id),
    plus_addresses: settings.plus_addresses === true,
  };
}

/** Fills in what is known of a provider; what was typed before stays where the provider says nothing. */
export function withPreset(form: MailboxForm, preset: Settings): MailboxForm {
  const known = mailboxOf(preset);
  const oauth = known.auth === 'oauth' ? { authorize_url: known.authorize_url, token_url: known.token_url, scope: known.scope } : {};
  return { ...form, receive: 'imap', imap: { ...known.imap, user: form.imap.user }, save_sent: known.save_sent, smtp: { ...known.smtp, user: form.smtp.user }, auth: known.auth, ...oauth };
}

function put(into: Settings, name: string, value: unknown): void {
  if (value !== '' && value !== null && value !== undefined && !(Array.isArray(value) && value.length === 0)) into[name] = value;
}

function serverBody(form: ServerForm): Settings {
  const server: Settings = { host: form.host.trim(), port: numberOrNull(form.port), tls: form.tls };
  put(server, 'user', form.user.trim());
  return server;
}

export function mailboxBody(form: MailboxForm): Settings {
  const settings: Settings = {};
  const address = form.address.trim();
  put(settings, 'address', address);
  put(settings, 'from_name', form.from_name.trim());
  if (form.receive === 'lmtp') settings.lmtp = true;
  else {
    const imap = serverBody(form.imap);
    put(imap, 'folders', splitList(form.folders));
    put(imap, 'sent_folder', form.sent_folder.trim());
    if (!form.save_sent) imap.save_sent = false;
    if (!form.read_sent) imap.read_sent = false;
    settings.imap = imap;
  }
  if (form.smtp.host.trim()) {
    const smtp = serverBody(form.smtp);
    put(smtp, 'rate_per_minute', numberOrNull(form.rate_per_minute));
    settings.smtp = smtp;
  }
  settings.auth = form.auth;
  if (form.auth === 'oauth') {
    const oauth: Settings = {};
    for (const name of ['authorize_url', 'token_url', 'client_id', 'scope'] as const) put(oauth, name, form[name].trim());
    settings.oauth = oauth;
    put(settings, 'oauth_client_secret', form.oauth_client_secret);
  } else {
    put(settings, 'imap_password', form.imap_password);
    put(settings, 'smtp_password', form.smtp_password);
  }
  put(settings, 'signature', form.signature.trim());
  put(settings, 'undo_seconds', numberOrNull(form.undo_seconds));
  put(settings, 'backfill_days', numberOrNull(form.backfill_days));
  if (form.closed_reply === 'new') settings.closed_reply = 'new';
  put(settings, 'auto_reply', form.auto_reply.trim());
  put(settings, 'default_charset', form.default_charset.trim());
  put(settings, 'authserv_id', form.authserv_id.trim());
  if (form.plus_addresses) settings.plus_addresses = true;
  return settings;
}
