// Generated from the API description by `npm run protocol`. Do not edit.

/** A store or brand. */
export interface Shop {
  /** Identifier. */
  id: string;
  /** Name. */
  name: string;
  /** When it was made. */
  created_at: string;
}

/** A shop as it shall be. */
export interface SaveShop {
  /** Name. */
  name: string;
}

/** A configured endpoint. */
export interface Inbox {
  /** Identifier. */
  id: string;
  /** Name. */
  name: string;
  /** `webchat`, `email`, `phone` or `plugin:ID`. */
  channel: string;
  /** The shop's id. */
  shop?: string | null;
  /** Whose queue its conversations enter. */
  team_id?: string | null;
  /** How its conversations are treated, and what the channel needs. Secrets are never shown. */
  settings: Record<string, unknown>;
  /** What to paste into the shop's pages, for `webchat`. */
  snippet?: string | null;
  /** Where providers call, for plugin channels. */
  webhook_url?: string | null;
  /** When it was made. */
  created_at: string;
}

/** A new inbox, or (in `PUT`) an inbox as it shall be; the channel cannot change. */
export interface SaveInbox {
  /** Name. */
  name: string;
  /** `webchat`, `email`, `phone` or `plugin:ID`. */
  channel: string;
  /** A shop's id; a shop of that name is made if there is none. */
  shop?: string | null;
  /** Whose queue its conversations enter. */
  team_id?: string | null;
  /** How its conversations are treated, on any channel: `greeting`, `away_message`, `business_hours_id`, `sla_policy_id`, `priority`, `stage`, `required_skills`, `offer_timeout_secs`, `reopen_within_hours`, `require_disposition`; and for `webchat`: `allowed_origins`, `title`, `color`, `locale`, `prechat` (`off`, `optional`, `required`), `offline_form`, `proactive_after_secs`, `identity` (`off`, `optional`, `enforce`), `identity_secret` (write only). */
  settings?: Record<string, unknown>;
}

/** Response targets. */
export interface SlaPolicy {
  /** Identifier. */
  id: string;
  /** Name. */
  name: string;
  /** Working seconds allowed for each target. */
  targets: Record<string, number>;
  /** When it was made. */
  created_at: string;
}

/** An SLA policy as it shall be. */
export interface SaveSlaPolicy {
  /** Name. */
  name: string;
  /** Working seconds allowed for each target, 1 second to 365 days; at least one. */
  targets: Record<string, number>;
}

/** A named timetable. */
export interface BusinessHours extends SaveBusinessHours {
  /** Identifier. */
  id: string;
  /** When it was made. */
  created_at: string;
}

/** Business hours as they shall be. */
export interface SaveBusinessHours {
  /** Name. */
  name: string;
  /** IANA time zone, such as `Asia/Shanghai`. */
  time_zone: string;
  /** Opening periods by ISO weekday, `1` (Monday) to `7`. */
  week: Record<string, Period[]>;
  /** Days off, `YYYY-MM-DD`. */
  holidays?: string[];
  /** Days with other hours than their weekday's, by `YYYY-MM-DD`. */
  exceptions?: Record<string, Period[]>;
}

/** A stretch of one day. */
export interface Period {
  /** Minutes after midnight. */
  from: number;
  /** Minutes after midnight, exclusive, at most 1440. */
  to: number;
}

/** A saved reply with actions. */
export interface Macro extends SaveMacro {
  /** Identifier. */
  id: string;
  /** Whose it is; null for everybody's. */
  owner?: string | null;
  /** When it was made. */
  created_at: string;
}

/** A macro as it shall be. */
export interface SaveMacro {
  /** Name. */
  name: string;
  /** True when only you see it. Shared macros need the permission `desk_manage`. */
  personal?: boolean;
  /** Text for the composer. `{{contact.name}}`, `{{agent.name}}` and `{{shop.name}}` are filled in. */
  text?: string;
  /** Labels put on. */
  add_tags?: string[];
  /** Stage set. */
  set_stage?: Stage | null;
  /** Urgency set. */
  set_priority?: Priority | null;
  /** Team assigned. */
  assign_team?: string | null;
  /** Resolves, with this disposition. */
  resolve_as?: string | null;
}

/** What applying a macro gives: its actions were carried out, its text is for the composer. */
export interface AppliedMacro {
  /** The text, filled in. */
  text: string;
  /** The conversation after the actions. */
  conversation: Conversation;
}

/** A saved list filter. */
export interface View {
  /** Identifier. */
  id: string;
  /** Name. */
  name: string;
  /** Whose it is; null for everybody's. */
  owner?: string | null;
  /** Query parameters of the conversation list. */
  filter: Record<string, string>;
  /** When it was made. */
  created_at: string;
}

/** A view as it shall be. */
export interface SaveView {
  /** Name. */
  name: string;
  /** True when only you see it. Shared views need the permission `desk_manage`. */
  personal?: boolean;
  /** Query parameters of the conversation list. */
  filter: Record<string, string>;
}

/** An endpoint that hears of events (Standard Webhooks). */
export interface Webhook {
  /** Identifier. */
  id: string;
  /** Name. */
  name: string;
  /** Where it listens. */
  url: string;
  /** Kinds of event, such as `message.created` or `message.*`; everything when empty. */
  events: string[];
  /** False when paused. */
  enabled: boolean;
  /** The signing secret, `whsec_…`; shown only when it is made. */
  secret?: string | null;
  /** When it was made. */
  created_at: string;
}

/** A webhook as it shall be. */
export interface SaveWebhook {
  /** Name. */
  name: string;
  /** Where it listens: `https://…`. */
  url: string;
  /** Kinds of event; everything when empty. */
  events?: string[];
  /** False to pause it; true when unset. */
  enabled?: boolean | null;
}

/** A key for scripts. */
export interface ApiToken {
  /** Identifier. */
  id: string;
  /** Name. */
  name: string;
  /** Whom it acts as. */
  agent_id: string;
  /** Permissions. */
  scopes: string[];
  /** When it ends. */
  expires_at?: string | null;
  /** The token; shown only when it is made. */
  token?: string | null;
  /** When it was made. */
  created_at: string;
}

/** A new API token. */
export interface CreateApiToken {
  /** Name. */
  name: string;
  /** Permissions, as in `GET /api/v1/me`; it never gets more than its maker has. */
  scopes: string[];
  /** When it ends. */
  expires_at?: string | null;
}

/** Work outside the desk that is waiting, or was given up. */
export interface OutboxEntry {
  /** Identifier; also the webhook call's `webhook-id`. */
  id: string;
  /** `call_webhook` or `deliver`. */
  job: string;
  /** The webhook or the inbox. */
  target_id: string;
  /** `pending`, `done` or `dead`. */
  state: string;
  /** Tries so far. */
  attempts: number;
  /** What went wrong last. */
  last_error?: string | null;
  /** When it is tried next. */
  next_at?: string | null;
  /** When it was enqueued. */
  created_at: string;
}

/** A sign-in. */
export interface SignIn {
  /** The agent's address. */
  email: string;
  /** The agent's password. */
  password: string;
}

/** A session. The token is shown once; a cookie with it is set as well. */
export interface Session {
  /** Send as `Authorization: Bearer`. */
  token: string;
  /** When it ends. */
  expires_at: string;
  /** Who signed in. */
  agent: Agent;
}

/** A member of the desk. */
export interface Agent {
  /** Identifier. */
  id: string;
  /** Sign-in address; null for those who may not manage agents, except in one's own entry. */
  email?: string | null;
  /** Name. */
  name: string;
  /** Role. */
  role: Role;
  /** Skills, in order. */
  skills: string[];
  /** How many open conversations routing gives at once. */
  capacity: number;
  /** Where they work; empty lists mean everywhere. */
  scope: Scope;
  /** Whether routing may give work. */
  availability: Availability;
  /** Since when. */
  availability_since: string;
  /** Teams they belong to. */
  team_ids: string[];
  /** True when they may not sign in any more. */
  disabled: boolean;
  /** Language of the app. */
  locale?: string | null;
  /** When they joined. */
  created_at: string;
}

/** The signed-in agent. */
export interface Me extends Agent {
  /** What this session or token may do. */
  permissions: string[];
}

/** What an agent is in the desk. */
export type Role = 'agent' | 'supervisor' | 'quality_inspector' | 'administrator';

/** Where an agent works. */
export interface Scope {
  /** Shops; everywhere when empty. */
  shops?: string[];
  /** Teams; everywhere when empty. */
  teams?: string[];
}

/** Whether routing may give an agent work. */
export type Availability = 'online' | 'away' | 'offline';

/** A new agent. */
export interface CreateAgent {
  /** Sign-in address; unique. */
  email: string;
  /** Name. */
  name: string;
  /** Role. */
  role: Role;
  /** Password, at least 8 characters. Without one they cannot sign in until it is set. */
  password?: string | null;
  /** Skills. */
  skills?: string[];
  /** How many open conversations at once; 5 when unset. */
  capacity?: number | null;
  /** Where they work. */
  scope?: Scope;
  /** Language of the app. */
  locale?: string | null;
}

/** Changes to an agent. Fields left out stay. */
export interface UpdateAgent {
  /** Sign-in address. */
  email?: string | null;
  /** Name. */
  name?: string | null;
  /** Role. */
  role?: Role | null;
  /** New password. */
  password?: string | null;
  /** Skills. */
  skills?: string[] | null;
  /** How many open conversations at once. */
  capacity?: number | null;
  /** Where they work. */
  scope?: Scope | null;
  /** True to shut them out. */
  disabled?: boolean | null;
  /** Language of the app. */
  locale?: string | null;
}

/** Comes or goes. */
export interface AvailabilityRequest {
  /** The new state. */
  state: Availability;
}

/** A group of agents that shares a queue. */
export interface Team {
  /** Identifier. */
  id: string;
  /** Name. */
  name: string;
  /** Members' ids. */
  member_ids: string[];
  /** How routing picks a member. */
  assignment: AssignmentMethod;
  /** Where waiting work goes when nobody takes it. */
  overflow?: Overflow | null;
  /** When it was made. */
  created_at: string;
}

/** How routing picks a member of a team. */
export type AssignmentMethod = 'least_loaded' | 'round_robin' | 'manual';

/** Hands waiting work to another team. */
export interface Overflow {
  /** The other team. */
  team_id: string;
  /** Seconds in the queue before. */
  after_secs: number;
}

/** A new team, or (in `PUT`) a team as it shall be. */
export interface SaveTeam {
  /** Name. */
  name: string;
  /** How routing picks; `least_loaded` when unset. */
  assignment?: AssignmentMethod | null;
  /** Overflow. */
  overflow?: Overflow | null;
  /** Members' ids; left as they are when unset. */
  member_ids?: string[] | null;
}

/** Who joins a team. */
export interface AddMember {
  /** The agent. */
  agent_id: string;
}

/** A customer. */
export interface Contact {
  /** Identifier. */
  id: string;
  /** Display name. */
  name?: string | null;
  /** Email address; like `z***@example.com` when masked. */
  email?: string | null;
  /** Phone number; like `138****5678` when masked. */
  phone?: string | null;
  /** Language tag. */
  locale?: string | null;
  /** True when `email`, `phone` and identity values are masked. */
  masked: boolean;
  /** True when an identity was proved by a signature or by the channel. */
  verified: boolean;
  /** When first met. */
  created_at: string;
}

/** A customer with everything known. */
export interface ContactDetail extends Contact {
  /** Free text by agents. */
  note?: string | null;
  /** Addresses, those of merged contacts included. */
  identities: Identity[];
  /** The contact that this one was merged into. */
  merged_into?: string | null;
  /** Contacts that were merged into this one. */
  absorbed: string[];
}

/** An address of a contact. */
export interface Identity {
  /** Identifier. */
  id: string;
  /** `visitor`, `external`, `email`, `phone` or `channel`. */
  kind: string;
  /** Within what the value is unique. */
  scope: string;
  /** The address; masked unless permitted, and always empty for `visitor`. */
  value: string;
  /** True when proved. */
  verified: boolean;
}

/** Which contacts to list; newest first. */
export interface ContactQuery {
  /** Words to find in names and addresses. */
  q?: string | null;
  /** Items on a page, 1 to 200; 50 when unset. */
  limit?: number | null;
  /** `next_cursor` of the page before. */
  cursor?: string | null;
}

/** Changes to a contact. Fields left out stay; an empty text clears. */
export interface UpdateContact {
  /** Display name. */
  name?: string | null;
  /** Email address. */
  email?: string | null;
  /** Phone number. */
  phone?: string | null;
  /** Language tag. */
  locale?: string | null;
  /** Free text. */
  note?: string | null;
}

/** Which masked field to show. */
export interface RevealRequest {
  /** `email` or `phone`. */
  field: RevealField;
}

/** A field that is masked. */
export type RevealField = 'email' | 'phone';

/** A revealed field. */
export interface Revealed {
  /** Which one. */
  field: RevealField;
  /** The value; null when the contact has none. */
  value?: string | null;
}

/** A conversation as an agent sees it. */
export interface Conversation {
  /** Identifier. */
  id: string;
  /** The endpoint it came in through. */
  inbox_id: string;
  /** `webchat`, `email`, `phone` or `plugin:ID`. */
  channel: string;
  /** The shop. */
  shop_id?: string | null;
  /** The customer, masked unless permitted. */
  contact: Contact;
  /** Open, snoozed, resolved or merged. */
  status: ConversationStatus;
  /** When a snoozed one returns. */
  snoozed_until?: string | null;
  /** When a resolved one was resolved. */
  resolved_at?: string | null;
  /** The wrap-up of a resolved one. */
  disposition?: string | null;
  /** Where a merged one continues. */
  merged_into?: string | null;
  /** Conversations that were merged into this one. */
  absorbed: string[];
  /** Where in the sale it stands. */
  stage?: Stage | null;
  /** How urgent it is. */
  priority: Priority;
  /** Labels, in order. */
  tags: string[];
  /** Who owns it. */
  assignment: Assignment;
  /** Who waits for whom. */
  waiting: Waiting;
  /** True when the contact waits for an answer and it is open. */
  needs_reply: boolean;
  /** Response targets; empty without an SLA policy. */
  sla_clocks: SlaClock[];
  /** Replies that wait for their time. */
  scheduled: ScheduledMessage[];
  /** The newest message that is not a note. */
  last_message?: Preview | null;
  /** Messages and notes so far. */
  message_count: number;
  /** Up to where you have read; 0 when never opened. */
  read_seq: number;
  /** True when somebody else wrote after that. */
  unread: boolean;
  /** When it began. */
  created_at: string;
  /** When something was last said or done; the list's order. */
  last_activity_at: string;
  /** The journal position that this reflects: events up to it are included. */
  seq: number;
}

/** The start of a message, for lists. */
export interface Preview {
  /** The message. */
  id: string;
  /** Its direction. */
  kind: MessageKind;
  /** Its first 200 characters on one line. */
  text: string;
  /** When. */
  at: string;
}

/** Open, snoozed, resolved or merged. */
export type ConversationStatus = 'open' | 'snoozed' | 'resolved' | 'merged';

/** Where in the sale a conversation stands. */
export type Stage = 'presale' | 'in_sale' | 'aftersale' | 'review';

/** How urgent a conversation is. */
export type Priority = 'low' | 'normal' | 'high' | 'urgent';

/** Who owns a conversation. */
export interface Assignment {
  /** `unassigned`, `offered` or `assigned`. */
  state: AssignmentState;
  /** The owner, or the one it is offered to. */
  agent_id?: string | null;
  /** The team whose queue it is in or came from. */
  team_id?: string | null;
  /** Since when. */
  since: string;
  /** When an offer lapses. */
  offer_until?: string | null;
}

/** How firmly a conversation is owned. */
export type AssignmentState = 'unassigned' | 'offered' | 'assigned';

/** Who waits for whom. */
export interface Waiting {
  /** `nobody`, `agent` (the contact waits for an answer) or `contact` (we wait for them). */
  on: WaitingOn;
  /** Since when. */
  since?: string | null;
}

/** On whom somebody waits. */
export type WaitingOn = 'nobody' | 'agent' | 'contact';

/** One response target of a conversation. */
export interface SlaClock {
  /** `first_response`, `next_response` or `resolution`. */
  target: SlaTarget;
  /** `running`, `paused`, `met` or `breached`. */
  state: SlaClockState;
  /** Working seconds allowed. */
  limit_secs: number;
  /** When a running clock is missed, or a breached one was. */
  due_at?: string | null;
  /** When a running clock turns amber; null once it has. */
  warn_at?: string | null;
  /** Working seconds used, for a paused clock. */
  used_secs?: number | null;
  /** When a met or breached clock stopped. */
  ended_at?: string | null;
}

/** What is measured. */
export type SlaTarget = 'first_response' | 'next_response' | 'resolution';

/** Whether a clock runs. */
export type SlaClockState = 'running' | 'paused' | 'met' | 'breached';

/** Which conversations to list; newest activity first. */
export interface ConversationQuery {
  /** `open`, `snoozed`, `resolved` or `merged`; all but merged when unset. */
  status?: ConversationStatus | null;
  /** `me`, `none`, or an agent's id. */
  assignee?: string | null;
  /** A team's id, or `none`. */
  team?: string | null;
  /** An inbox's id. */
  inbox?: string | null;
  /** A shop's id. */
  shop?: string | null;
  /** A contact's id. */
  contact?: string | null;
  /** A label. */
  tag?: string | null;
  /** An urgency. */
  priority?: Priority | null;
  /** A stage. */
  stage?: Stage | null;
  /** Words to find, as in search; the order stays newest activity first. */
  q?: string | null;
  /** Only those whose contact waits for an answer (`true`), or only the others (`false`). */
  needs_reply?: boolean | null;
  /** Only these ids, comma-separated, at most 200. */
  ids?: string | null;
  /** Items on a page, 1 to 200; 50 when unset. */
  limit?: number | null;
  /** `next_cursor` of the page before. */
  cursor?: string | null;
}

/** Numbers beside views and queues. Numbers stop at 1,000 per entry: "999+" is all that anybody reads. */
export interface Counts {
  /** Open and mine. */
  mine: number;
  /** Open and mine, contact waiting. */
  mine_needs_reply: number;
  /** Open and nobody's. */
  unassigned: number;
  /** All open. */
  open: number;
  /** Open, contact waiting. */
  needs_reply: number;
  /** Snoozed. */
  snoozed: number;
  /** Open and in the queue of each team, by team id. */
  team_queues: Record<string, number>;
}

/** A new owner; null clears. */
export interface AssignRequest {
  /** The agent. */
  agent_id?: string | null;
  /** The team. */
  team_id?: string | null;
}

/** A new status. */
export interface StatusRequest {
  /** `open`, `snoozed` or `resolved`. */
  status: RequestedStatus;
  /** When a snoozed one returns; required with `snoozed`. */
  until?: string | null;
  /** The wrap-up, with `resolved`. */
  disposition?: string | null;
}

/** A status that can be asked for. */
export type RequestedStatus = 'open' | 'snoozed' | 'resolved';

/** Changes of labels. */
export interface TagsRequest {
  /** To put on. */
  add?: string[];
  /** To take off. */
  remove?: string[];
}

/** A new urgency. */
export interface PriorityRequest {
  /** The urgency. */
  priority: Priority;
}

/** A new stage. */
export interface StageRequest {
  /** The stage; null for none. */
  stage?: Stage | null;
}

/** Where to merge into. */
export interface MergeRequest {
  /** The one that stays. */
  into: string;
}

/** Up to where you have read. */
export interface ReadRequest {
  /** A journal position. */
  seq: number;
}

/** A stored decision of routing or escalation: why something happened, or did not. */
export interface Decision {
  /** Identifier. */
  id: string;
  /** `routing` or `escalation`. */
  policy: string;
  /** Which version of which implementation. */
  version: string;
  /** What it looked at. */
  inputs: unknown;
  /** What it answered. */
  answer: unknown;
  /** In words. */
  reason: string;
  /** How long it took. */
  duration_us: number;
  /** When. */
  at: string;
}

/** What went wrong, for programs. The set is closed. */
export type Code = 'unauthenticated' | 'forbidden' | 'not_found' | 'invalid' | 'conflict' | 'rate_limited' | 'too_large' | 'unavailable';

/** The body of every answer that is not a success. */
export interface ErrorBody {
  /** The error. */
  error: ErrorDetail;
  /** With `conflict` on a reply: the messages that the sender has not seen, oldest first. */
  messages?: Message[];
}

/** One error. */
export interface ErrorDetail {
  /** For programs. */
  code: Code;
  /** For people. */
  message: string;
}

/** One event in the journal. */
export interface JournalItem {
  /** Its position: dense, starting at 1. Events that you may not see are left out. */
  seq: number;
  /** When. */
  at: string;
  /** Such as `message.created`. */
  kind: string;
  /** By whom: `{"type": "agent" | "contact", "id"}` or `{"type": "system", "part"}`. */
  actor: unknown;
  /** About which conversation. */
  conversation_id?: string | null;
  /** The facts; never message texts or addresses. */
  data: unknown;
}

/** A stretch of the journal. */
export interface JournalPage {
  /** Events after `since`, in order. */
  items: JournalItem[];
  /** The newest position that exists. */
  head: number;
  /** Pass as `since` for the next stretch. It can be beyond the last item, when what follows is not for you. */
  next_since: number;
}

/** Which stretch of the journal. */
export interface JournalQuery {
  /** The position that you have; 0 for the start. */
  since?: number;
  /** Items, 1 to 1000; 200 when unset. */
  limit?: number | null;
}

/** What is ephemeral. */
export type Ephemeral = 'viewing' | 'typing';

/** One message or note. */
export interface Message {
  /** Identifier. */
  id: string;
  /** The conversation that it is shown in. */
  conversation_id: string;
  /** Its position in the journal. */
  seq: number;
  /** `inbound`, `outbound` or `note`. */
  kind: MessageKind;
  /** Who wrote it. */
  author: Author;
  /** Plain text. */
  text: string;
  /** Files, in order. */
  attachments: Attachment[];
  /** Fate of an outbound message. */
  delivery?: Delivery | null;
  /** The sender's own id for it. */
  client_id?: string | null;
  /** When. */
  at: string;
}

/** Which way a message goes. */
export type MessageKind = 'inbound' | 'outbound' | 'note';

/** Who wrote a message. */
export interface Author {
  /** `agent`, `contact` or `system`. */
  type: AuthorKind;
  /** The agent or contact; for `system` the part: `greeting`, `away_message`. */
  id: string;
  /** Name to show, when one is known. */
  name?: string | null;
}

/** What an author is. */
export type AuthorKind = 'agent' | 'contact' | 'system';

/** Fate of an outbound message. */
export interface Delivery {
  /** How far it got. */
  state: DeliveryState;
  /** Why it failed. */
  reason?: string | null;
}

/** How far an outbound message got. */
export type DeliveryState = 'queued' | 'sent' | 'delivered' | 'read' | 'failed';

/** A stored file. */
export interface Attachment {
  /** Identifier. */
  id: string;
  /** File name, cleaned. */
  name: string;
  /** Media type, found by looking at the bytes. */
  content_type: string;
  /** Size in bytes. */
  size: number;
  /** True when a browser may show it as a picture. */
  is_image: boolean;
}

/** What an agent wants to write. */
export type PostKind = 'reply' | 'note';

/** A reply or note to write. */
export interface PostMessage {
  /** `reply` or `note`. */
  kind: PostKind;
  /** Plain text; may be empty when there are attachments. */
  text?: string;
  /** Your own id for it, 1 to 200 characters: the same id again answers with the first result. */
  client_id?: string | null;
  /** The journal position that you have seen: refused with `conflict` when somebody else wrote after it. */
  seen_seq?: number | null;
  /** Ids of uploaded files. */
  attachments?: string[];
  /** Sends a reply at this time instead of now, unless the contact writes first. */
  send_at?: string | null;
}

/** A reply that waits for its time. */
export interface ScheduledMessage {
  /** The message it will become. */
  message_id: string;
  /** When it is sent. */
  at: string;
  /** The agent who wrote it. */
  agent_id?: string | null;
}

/** What an agent has typed so far. */
export interface Draft {
  /** `reply` or `note`. */
  kind: PostKind;
  /** The text; empty removes the draft. */
  text: string;
  /** When it was last changed; ignored in requests. */
  updated_at?: string | null;
}

/** What to find. */
export interface SearchQuery {
  /** Words, in any language; all of them have to occur. Chinese needs no spaces. */
  q?: string;
  /** Only `conversation`, `message` or `contact`. */
  kind?: SearchKind | null;
  /** Items on a page, 1 to 200; 50 when unset. */
  limit?: number | null;
  /** `next_cursor` of the page before. */
  cursor?: string | null;
}

/** What was found. */
export type SearchKind = 'conversation' | 'message' | 'contact';

/** One result; best first. */
export interface SearchHit {
  /** What was found. */
  kind: SearchKind;
  /** Its id. */
  id: string;
  /** The conversation, for conversations and messages. */
  conversation_id?: string | null;
  /** The contact. */
  contact_id?: string | null;
  /** The contact's name. */
  contact_name?: string | null;
  /** The matching text, cut into runs; those with `hit` matched. */
  highlights: Highlight[];
  /** When it was written or made. */
  at: string;
  /** Greater is better; comparable only within one answer. */
  score: number;
}

/** A run of text. */
export interface Highlight {
  /** The text. */
  text: string;
  /** True when it matched. */
  hit: boolean;
}

/** Opens the widget, or comes back to it. */
export interface OpenVisitorSession {
  /** The token of an earlier session: resumes it. May be sent as bearer token instead. */
  visitor_token?: string | null;
  /** A JWT signed by the shop (HS256 with the inbox's identity secret): `sub`, `exp`, and `name`, `email`, `phone`. */
  identity_token?: string | null;
  /** Typed in; shown to agents, never proof of anything. */
  name?: string | null;
  /** Typed in; shown to agents, never proof of anything. */
  email?: string | null;
  /** Language tag. */
  locale?: string | null;
}

/** A visitor's session. */
export interface VisitorSession {
  /** Send as `Authorization: Bearer`; resumes the session later. */
  visitor_token: string;
  /** The visitor's conversation, if there is one that goes on. */
  conversation_id?: string | null;
  /** The visitor's contact; for joining the frames of the websocket. */
  contact_id: string;
  /** True when a signature proved who they are. */
  verified: boolean;
}

/** What the widget needs to draw itself; public. */
export interface WidgetConfig {
  /** The inbox. */
  inbox_id: string;
  /** Title of the window. */
  title: string;
  /** Accent colour, `#rrggbb`. */
  color: string;
  /** Language, when the inbox fixes one: `zh` or `en`. */
  locale?: string | null;
  /** The opener shown at once when the widget opens. */
  greeting?: string | null;
  /** The opener outside hours. */
  away_message?: string | null;
  /** True when people work now. */
  open_now: boolean;
  /** `off`, `optional` or `required`: asks for name and email before the first message. */
  prechat: string;
  /** True when the widget offers a form instead of a chat outside hours. */
  offline_form: boolean;
  /** Seconds until the widget shows the opener by itself; null for never. */
  proactive_after_secs?: number | null;
  /** `off`, `optional` or `enforce`: whether a signed identity is needed to write. */
  identity: string;
  /** Largest attachment in bytes. */
  attachment_bytes_max: number;
}

/** Something a visitor writes. */
export interface PostVisitorMessage {
  /** Plain text, at most 5,000 characters; may be empty when there are attachments. */
  text?: string;
  /** Your own id for it, 1 to 200 characters: the same id again answers with the first result. */
  client_id?: string | null;
  /** Ids of uploaded files. */
  attachments?: string[];
}

/** A visitor's message was stored. */
export interface PostedVisitorMessage {
  /** The message. */
  message: VisitorMessage;
  /** Its conversation. */
  conversation_id: string;
}

/** A message as the visitor sees it. Notes never are. */
export interface VisitorMessage {
  /** Identifier. */
  id: string;
  /** Its position in the journal. */
  seq: number;
  /** `inbound` (from the visitor) or `outbound`. */
  kind: MessageKind;
  /** Plain text. */
  text: string;
  /** The agent's name, for `outbound` by an agent. */
  agent_name?: string | null;
  /** When. */
  at: string;
  /** Files. */
  attachments: Attachment[];
  /** The visitor's own id for it. */
  client_id?: string | null;
}

/** Which messages. */
export interface VisitorMessagesQuery {
  /** Only messages after this journal position. */
  since?: number | null;
  /** Items on a page, 1 to 200; 50 when unset. */
  limit?: number | null;
  /** `next_cursor` of the page before. */
  cursor?: string | null;
  /** Waits up to this many seconds (at most 25) for a message when there is none: for browsers without websockets. */
  wait_secs?: number | null;
}

/** The last message of somebody who leaves: the offline form. */
export interface SeenRequest {
  /** The journal position that the visitor has seen. */
  seq: number;
}
