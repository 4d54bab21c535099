// Generated from the API description by `npm run protocol`. Do not edit.

/** Who joins a team. */
export interface AddMember {
  /** The agent. */
  agent_id: string;
}

/** A member of the desk. */
export interface Agent {
  /** Whether routing may give work. */
  availability: Availability;
  /** Since when. */
  availability_since: string;
  /** How many open conversations routing gives at once. */
  capacity: number;
  /** When they joined. */
  created_at: string;
  /** True when they may not sign in any more. */
  disabled: boolean;
  /** Sign-in address; null for those who may not manage agents, except in one's own entry. */
  email?: string | null;
  /** Identifier. */
  id: string;
  /** Language of the app. */
  locale?: string | null;
  /** Name. */
  name: string;
  /** Role. */
  role: Role;
  /** Where they work; empty lists mean everywhere. */
  scope: Scope;
  /** Skills, in order. */
  skills: string[];
  /** Teams they belong to. */
  team_ids: string[];
}

/** A key for scripts. */
export interface ApiToken {
  /** Whom it acts as. */
  agent_id: string;
  /** When it was made. */
  created_at: string;
  expires_at?: string | null;
  /** Identifier. */
  id: string;
  /** Name. */
  name: string;
  /** Permissions. */
  scopes: string[];
  /** The token; shown only when it is made. */
  token?: string | null;
}

/** What applying a macro gives: its actions were carried out, its text is for the composer. */
export interface AppliedMacro {
  /** The conversation after the actions. */
  conversation: Conversation;
  /** The text, filled in. */
  text: string;
}

/** A new owner; null clears. */
export interface AssignRequest {
  /** The agent. */
  agent_id?: string | null;
  /** The team. */
  team_id?: string | null;
}

/** Who owns a conversation. */
export interface Assignment {
  /** The owner, or the one it is offered to. */
  agent_id?: string | null;
  offer_until?: string | null;
  /** Since when. */
  since: string;
  /** `unassigned`, `offered` or `assigned`. */
  state: AssignmentState;
  /** The team whose queue it is in or came from. */
  team_id?: string | null;
}

/** How routing picks a member of a team. */
export type AssignmentMethod = 'least_loaded' | 'round_robin' | 'manual';

/** How firmly a conversation is owned. */
export type AssignmentState = 'unassigned' | 'offered' | 'assigned';

/** A stored file. */
export interface Attachment {
  /** Media type, found by looking at the bytes. */
  content_type: string;
  /** Identifier. */
  id: string;
  /** True when a browser may show it as a picture. */
  is_image: boolean;
  /** File name, cleaned. */
  name: string;
  /** Size in bytes. */
  size: number;
}

/** Who wrote a message. */
export interface Author {
  /** The agent or contact; for `system` the part: `greeting`, `away_message`. */
  id: string;
  /** Name to show, when one is known. */
  name?: string | null;
  /** `agent`, `contact` or `system`. */
  type: AuthorKind;
}

/** What an author is. */
export type AuthorKind = 'agent' | 'contact' | 'system';

/** Whether routing may give an agent work. */
export type Availability = 'online' | 'away' | 'offline';

/** Comes or goes. */
export interface AvailabilityRequest {
  /** The new state. */
  state: Availability;
}

/** A named timetable. */
export interface BusinessHours extends SaveBusinessHours {
  /** When it was made. */
  created_at: string;
  /** Identifier. */
  id: string;
}

/** What went wrong, for programs. The set is closed. */
export type Code = 'unauthenticated' | 'forbidden' | 'not_found' | 'invalid' | 'conflict' | 'rate_limited' | 'too_large' | 'unavailable';

/** A customer. */
export interface Contact {
  /** When first met. */
  created_at: string;
  /** Email address; like `z***@example.com` when masked. */
  email?: string | null;
  /** Identifier. */
  id: string;
  /** Language tag. */
  locale?: string | null;
  /** True when `email`, `phone` and identity values are masked. */
  masked: boolean;
  /** Display name. */
  name?: string | null;
  /** Phone number; like `138****5678` when masked. */
  phone?: string | null;
  /** True when an identity was proved by a signature or by the channel. */
  verified: boolean;
}

/** A customer with everything known. */
export interface ContactDetail extends Contact {
  /** Contacts that were merged into this one. */
  absorbed: string[];
  /** Addresses, those of merged contacts included. */
  identities: Identity[];
  /** The contact that this one was merged into. */
  merged_into?: string | null;
  /** Free text by agents. */
  note?: string | null;
}

/** A conversation as an agent sees it. */
export interface Conversation {
  /** Conversations that were merged into this one. */
  absorbed: string[];
  /** Who owns it. */
  assignment: Assignment;
  /** `webchat`, `email`, `phone` or `plugin:ID`. */
  channel: string;
  /** The customer, masked unless permitted. */
  contact: Contact;
  /** When it began. */
  created_at: string;
  /** The wrap-up of a resolved one. */
  disposition?: string | null;
  /** Identifier. */
  id: string;
  /** The endpoint it came in through. */
  inbox_id: string;
  /** When something was last said or done; the list's order. */
  last_activity_at: string;
  last_message?: Preview | null;
  /** Where a merged one continues. */
  merged_into?: string | null;
  /** Messages and notes so far. */
  message_count: number;
  /** True when the contact waits for an answer and it is open. */
  needs_reply: boolean;
  /** Journal position of the newest message or note by somebody else than you, greetings aside; 0 when there is none. */
  news_seq: number;
  /** How urgent it is. */
  priority: Priority;
  /** Up to where you have read; 0 when never opened. */
  read_seq: number;
  resolved_at?: string | null;
  /** Replies that wait for their time. */
  scheduled: ScheduledMessage[];
  /** The journal position that this reflects: events up to it are included. */
  seq: number;
  /** The shop. */
  shop_id?: string | null;
  /** Response targets; empty without an SLA policy. */
  sla_clocks: SlaClock[];
  snoozed_until?: string | null;
  stage?: Stage | null;
  /** Open, snoozed, resolved or merged. */
  status: ConversationStatus;
  /** Labels, in order. */
  tags: string[];
  /** True when that is after what you have read. */
  unread: boolean;
  /** Who waits for whom. */
  waiting: Waiting;
}

/** Open, snoozed, resolved or merged. */
export type ConversationStatus = 'open' | 'snoozed' | 'resolved' | 'merged';

/** Numbers beside views and queues. Numbers stop at 1,000 per entry: "999+" is all that anybody reads. */
export interface Counts {
  /** Open and mine. */
  mine: number;
  /** Open and mine, contact waiting. */
  mine_needs_reply: number;
  /** Open, contact waiting. */
  needs_reply: number;
  /** All open. */
  open: number;
  /** Snoozed. */
  snoozed: number;
  /** Open and in the queue of each team, by team id. */
  team_queues: Record<string, number>;
  /** Open and nobody's. */
  unassigned: number;
}

/** A new agent. */
export interface CreateAgent {
  /** How many open conversations at once; 5 when unset. */
  capacity?: number | null;
  /** Sign-in address; unique. */
  email: string;
  /** Language of the app. */
  locale?: string | null;
  /** Name. */
  name: string;
  /** Password, at least 8 characters. Without one they cannot sign in until it is set. */
  password?: string | null;
  /** Role. */
  role: Role;
  /** Where they work. */
  scope?: Scope;
  /** Skills. */
  skills?: string[];
}

/** A new API token. */
export interface CreateApiToken {
  expires_at?: string | null;
  /** Name. */
  name: string;
  /** Permissions, as in `GET /api/v1/me`; it never gets more than its maker has. */
  scopes: string[];
}

/** A stored decision of routing or escalation: why something happened, or did not. */
export interface Decision {
  /** What it answered. */
  answer: unknown;
  /** When. */
  at: string;
  /** How long it took. */
  duration_us: number;
  /** Identifier. */
  id: string;
  /** What it looked at. */
  inputs: unknown;
  /** `routing` or `escalation`. */
  policy: string;
  /** In words. */
  reason: string;
  /** Which version of which implementation. */
  version: string;
}

/** Fate of an outbound message. */
export interface Delivery {
  /** Why it failed. */
  reason?: string | null;
  /** How far it got. */
  state: DeliveryState;
}

/** How far an outbound message got. */
export type DeliveryState = 'queued' | 'sent' | 'delivered' | 'read' | 'failed';

/** What an agent has typed so far. */
export interface Draft {
  /** `reply` or `note`. */
  kind: PostKind;
  /** The text; empty removes the draft. */
  text: string;
  updated_at?: string | null;
}

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

/** Whether the desk can serve. */
export interface Health {
  /** `ok` or `unavailable`. */
  status: string;
}

/** A run of text. */
export interface Highlight {
  /** True when it matched. */
  hit: boolean;
  /** The text. */
  text: string;
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

/** A configured endpoint. */
export interface Inbox {
  /** `webchat`, `email`, `phone` or `plugin:ID`. */
  channel: string;
  /** When it was made. */
  created_at: string;
  /** Identifier. */
  id: string;
  /** Name. */
  name: string;
  /** How its conversations are treated, and what the channel needs. Secrets are never shown. */
  settings: Record<string, unknown>;
  /** The shop's id. */
  shop?: string | null;
  /** What to paste into the shop's pages, for `webchat`. */
  snippet?: string | null;
  /** Whose queue its conversations enter. */
  team_id?: string | null;
  /** Where providers call, for plugin channels. */
  webhook_url?: string | null;
}

/** One event in the journal. */
export interface JournalItem {
  /** By whom: `{"type": "agent" | "contact", "id"}` or `{"type": "system", "part"}`. */
  actor: unknown;
  /** When. */
  at: string;
  /** About which conversation. */
  conversation_id?: string | null;
  /** The facts; never message texts or addresses. */
  data: unknown;
  /** Such as `message.created`. */
  kind: string;
  /** Its position: dense, starting at 1. Events that you may not see are left out. */
  seq: number;
}

/** A stretch of the journal. */
export interface JournalPage {
  /** The newest position that exists. */
  head: number;
  /** Events after `since`, in order. */
  items: JournalItem[];
  /** Pass as `since` for the next stretch. It can be beyond the last item, when what follows is not for you. */
  next_since: number;
}

/** A saved reply with actions. */
export interface Macro extends SaveMacro {
  /** When it was made. */
  created_at: string;
  /** Identifier. */
  id: string;
  /** Whose it is; null for everybody's. */
  owner?: string | null;
}

/** The signed-in agent. */
export interface Me extends Agent {
  /** What this session or token may do. */
  permissions: string[];
}

/** Where to merge into. */
export interface MergeRequest {
  /** The one that stays. */
  into: string;
}

/** One message or note. */
export interface Message {
  /** When. */
  at: string;
  /** Files, in order. */
  attachments: Attachment[];
  /** Who wrote it. */
  author: Author;
  /** The sender's own id for it. */
  client_id?: string | null;
  /** The conversation that it is shown in. */
  conversation_id: string;
  delivery?: Delivery | null;
  /** Identifier. */
  id: string;
  /** `inbound`, `outbound` or `note`. */
  kind: MessageKind;
  /** Its position in the journal. */
  seq: number;
  /** Plain text. */
  text: string;
}

/** Which way a message goes. */
export type MessageKind = 'inbound' | 'outbound' | 'note';

/** Opens the widget, or comes back to it. */
export interface OpenVisitorSession {
  /** Typed in; shown to agents, never proof of anything. */
  email?: string | null;
  /** A JWT signed by the shop (HS256 with the inbox's identity secret): `sub`, `exp`, and `name`, `email`, `phone`. */
  identity_token?: string | null;
  /** Language tag. */
  locale?: string | null;
  /** Typed in; shown to agents, never proof of anything. */
  name?: string | null;
  /** The token of an earlier session: resumes it. May be sent as bearer token instead. */
  visitor_token?: string | null;
}

/** Work outside the desk that is waiting, or was given up. */
export interface OutboxEntry {
  /** Tries so far. */
  attempts: number;
  /** When it was enqueued. */
  created_at: string;
  /** Identifier; also the webhook call's `webhook-id`. */
  id: string;
  /** `call_webhook` or `deliver`. */
  job: string;
  /** What went wrong last. */
  last_error?: string | null;
  next_at?: string | null;
  /** `pending`, `done` or `dead`. */
  state: string;
  /** The webhook or the inbox. */
  target_id: string;
}

/** Hands waiting work to another team. */
export interface Overflow {
  /** Seconds in the queue before. */
  after_secs: number;
  /** The other team. */
  team_id: string;
}

/** A stretch of one day. */
export interface Period {
  /** Minutes after midnight. */
  from: number;
  /** Minutes after midnight, exclusive, at most 1440. */
  to: number;
}

/** What an agent wants to write. */
export type PostKind = 'reply' | 'note';

/** A reply or note to write. */
export interface PostMessage {
  /** Ids of uploaded files. */
  attachments?: string[];
  /** Your own id for it, 1 to 200 characters: the same id again answers with the first result. */
  client_id?: string | null;
  /** `reply` or `note`. */
  kind: PostKind;
  /** The journal position that you have seen: refused with `conflict` when somebody else wrote after it. */
  seen_seq?: number | null;
  send_at?: string | null;
  /** Plain text; may be empty when there are attachments. */
  text?: string;
}

/** Something a visitor writes. */
export interface PostVisitorMessage {
  /** Ids of uploaded files. */
  attachments?: string[];
  /** Your own id for it, 1 to 200 characters: the same id again answers with the first result. */
  client_id?: string | null;
  /** Plain text, at most 5,000 characters; may be empty when there are attachments. */
  text?: string;
}

/** A visitor's message was stored. */
export interface PostedVisitorMessage {
  /** Its conversation. */
  conversation_id: string;
  /** The message. */
  message: VisitorMessage;
}

/** The start of a message, for lists. */
export interface Preview {
  /** When. */
  at: string;
  /** The message. */
  id: string;
  /** Its direction. */
  kind: MessageKind;
  /** Its first 200 characters on one line. */
  text: string;
}

/** How urgent a conversation is. */
export type Priority = 'low' | 'normal' | 'high' | 'urgent';

/** A new urgency. */
export interface PriorityRequest {
  /** The urgency. */
  priority: Priority;
}

/** Up to where you have read, now. */
export interface ReadMark {
  /** The conversation. */
  conversation_id: string;
  /** The journal position: what was asked for, or the newest position of the conversation when that is smaller. */
  seq: number;
}

/** Up to where you have read. */
export interface ReadRequest {
  /** A journal position. */
  seq: number;
}

/** Whether the desk is ready, and why not. */
export interface Readiness {
  /** What is not ready, and why. */
  reasons: string[];
  /** `ready` or `not_ready`. */
  status: string;
  /** What an operator should know although the desk is ready. */
  warnings: string[];
}

/** A status that can be asked for. */
export type RequestedStatus = 'open' | 'snoozed' | 'resolved';

/** A field that is masked. */
export type RevealField = 'email' | 'phone';

/** Which masked field to show. */
export interface RevealRequest {
  /** `email` or `phone`. */
  field: RevealField;
}

/** A revealed field. */
export interface Revealed {
  /** Which one. */
  field: RevealField;
  /** The value; null when the contact has none. */
  value?: string | null;
}

/** What an agent is in the desk. */
export type Role = 'agent' | 'supervisor' | 'quality_inspector' | 'administrator';

/** Business hours as they shall be. */
export interface SaveBusinessHours {
  /** Days with other hours than their weekday's, by `YYYY-MM-DD`. */
  exceptions?: Record<string, Period[]>;
  /** Days off, `YYYY-MM-DD`. */
  holidays?: string[];
  /** Name. */
  name: string;
  /** IANA time zone, such as `Asia/Shanghai`. */
  time_zone: string;
  /** Opening periods by ISO weekday, `1` (Monday) to `7`. */
  week: Record<string, Period[]>;
}

/** A new inbox, or (in `PUT`) an inbox as it shall be; the channel cannot change. */
export interface SaveInbox {
  /** `webchat`, `email`, `phone` or `plugin:ID`. */
  channel: string;
  /** Name. */
  name: string;
  /** How its conversations are treated, on any channel: `greeting`, `away_message`, `business_hours_id`, `sla_policy_id`, `priority`, `stage`, `required_skills`, `offer_timeout_secs`, `reopen_within_hours`, `require_disposition`; and for `webchat`: `allowed_origins`, `title`, `color`, `locale`, `prechat` (`off`, `optional`, `required`), `offline_form`, `proactive_after_secs`, `identity` (`off`, `optional`, `enforce`), `identity_secret` (write only). */
  settings?: Record<string, unknown>;
  /** A shop's id; a shop of that name is made if there is none. */
  shop?: string | null;
  /** Whose queue its conversations enter. */
  team_id?: string | null;
}

/** A macro as it shall be. */
export interface SaveMacro {
  /** Labels put on. */
  add_tags?: string[];
  /** Team assigned. */
  assign_team?: string | null;
  /** Name. */
  name: string;
  /** True when only you see it. Shared macros need the permission `desk_manage`. */
  personal?: boolean;
  /** Resolves, with this disposition. */
  resolve_as?: string | null;
  set_priority?: Priority | null;
  set_stage?: Stage | null;
  /** Text for the composer. `{{contact.name}}`, `{{agent.name}}` and `{{shop.name}}` are filled in. */
  text?: string;
}

/** A shop as it shall be. */
export interface SaveShop {
  /** Name. */
  name: string;
}

/** An SLA policy as it shall be. */
export interface SaveSlaPolicy {
  /** Name. */
  name: string;
  /** Working seconds allowed for each target, 1 second to 365 days; at least one. */
  targets: Record<string, number>;
}

/** A new team, or (in `PUT`) a team as it shall be. */
export interface SaveTeam {
  assignment?: AssignmentMethod | null;
  /** Members' ids; left as they are when unset. */
  member_ids?: string[] | null;
  /** Name. */
  name: string;
  overflow?: Overflow | null;
}

/** A view as it shall be. */
export interface SaveView {
  /** Query parameters of the conversation list. */
  filter: Record<string, string>;
  /** Name. */
  name: string;
  /** True when only you see it. Shared views need the permission `desk_manage`. */
  personal?: boolean;
}

/** A webhook as it shall be. */
export interface SaveWebhook {
  /** False to pause it; true when unset. */
  enabled?: boolean | null;
  /** Kinds of event; everything when empty. */
  events?: string[];
  /** Name. */
  name: string;
  /** Where it listens: `https://…`. */
  url: string;
}

/** A reply that waits for its time. */
export interface ScheduledMessage {
  /** The agent who wrote it. */
  agent_id?: string | null;
  /** When it is sent. */
  at: string;
  /** The message it will become. */
  message_id: string;
}

/** Where an agent works. */
export interface Scope {
  /** Shops; everywhere when empty. */
  shops?: string[];
  /** Teams; everywhere when empty. */
  teams?: string[];
}

/** One result; best first. */
export interface SearchHit {
  /** When it was written or made. */
  at: string;
  /** The contact. */
  contact_id?: string | null;
  /** The contact's name. */
  contact_name?: string | null;
  /** The conversation, for conversations and messages. */
  conversation_id?: string | null;
  /** The matching text, cut into runs; those with `hit` matched. */
  highlights: Highlight[];
  /** Its id. */
  id: string;
  /** What was found. */
  kind: SearchKind;
  /** Greater is better; comparable only within one answer. */
  score: number;
}

/** What was found. */
export type SearchKind = 'conversation' | 'message' | 'contact';

/** The last message of somebody who leaves: the offline form. */
export interface SeenRequest {
  /** The journal position that the visitor has seen. */
  seq: number;
}

/** A session. The token is shown once; a cookie with it is set as well. */
export interface Session {
  /** Who signed in. */
  agent: Agent;
  /** When it ends. */
  expires_at: string;
  /** Send as `Authorization: Bearer`. */
  token: string;
}

/** A store or brand. */
export interface Shop {
  /** When it was made. */
  created_at: string;
  /** Identifier. */
  id: string;
  /** Name. */
  name: string;
}

/** A sign-in. */
export interface SignIn {
  /** The agent's address. */
  email: string;
  /** The agent's password. */
  password: string;
}

/** One response target of a conversation. */
export interface SlaClock {
  due_at?: string | null;
  ended_at?: string | null;
  /** Working seconds allowed. */
  limit_secs: number;
  /** `running`, `paused`, `met` or `breached`. */
  state: SlaClockState;
  /** `first_response`, `next_response` or `resolution`. */
  target: SlaTarget;
  /** Working seconds used, for a paused clock. */
  used_secs?: number | null;
  warn_at?: string | null;
}

/** Whether a clock runs. */
export type SlaClockState = 'running' | 'paused' | 'met' | 'breached';

/** Response targets. */
export interface SlaPolicy {
  /** When it was made. */
  created_at: string;
  /** Identifier. */
  id: string;
  /** Name. */
  name: string;
  /** Working seconds allowed for each target. */
  targets: Record<string, number>;
}

/** What is measured. */
export type SlaTarget = 'first_response' | 'next_response' | 'resolution';

/** Where in the sale a conversation stands. */
export type Stage = 'presale' | 'in_sale' | 'aftersale' | 'review';

/** A new stage. */
export interface StageRequest {
  stage?: Stage | null;
}

/** A new status. */
export interface StatusRequest {
  /** The wrap-up, with `resolved`. */
  disposition?: string | null;
  /** `open`, `snoozed` or `resolved`. */
  status: RequestedStatus;
  until?: string | null;
}

/** Changes of labels. */
export interface TagsRequest {
  /** To put on. */
  add?: string[];
  /** To take off. */
  remove?: string[];
}

/** A group of agents that shares a queue. */
export interface Team {
  /** How routing picks a member. */
  assignment: AssignmentMethod;
  /** When it was made. */
  created_at: string;
  /** Identifier. */
  id: string;
  /** Members' ids. */
  member_ids: string[];
  /** Name. */
  name: string;
  overflow?: Overflow | null;
}

/** Changes to an agent. Fields left out stay. */
export interface UpdateAgent {
  /** How many open conversations at once. */
  capacity?: number | null;
  /** True to shut them out. */
  disabled?: boolean | null;
  /** Sign-in address. */
  email?: string | null;
  /** Language of the app. */
  locale?: string | null;
  /** Name. */
  name?: string | null;
  /** New password. */
  password?: string | null;
  role?: Role | null;
  scope?: Scope | null;
  /** Skills. */
  skills?: string[] | null;
}

/** Changes to a contact. Fields left out stay; an empty text clears. */
export interface UpdateContact {
  /** Email address. */
  email?: string | null;
  /** Language tag. */
  locale?: string | null;
  /** Display name. */
  name?: string | null;
  /** Free text. */
  note?: string | null;
  /** Phone number. */
  phone?: string | null;
}

/** A saved list filter. */
export interface View {
  /** When it was made. */
  created_at: string;
  /** Query parameters of the conversation list. */
  filter: Record<string, string>;
  /** Identifier. */
  id: string;
  /** Name. */
  name: string;
  /** Whose it is; null for everybody's. */
  owner?: string | null;
}

/** A message as the visitor sees it. Notes never are. */
export interface VisitorMessage {
  /** The agent's name, for `outbound` by an agent. */
  agent_name?: string | null;
  /** When. */
  at: string;
  /** Files. */
  attachments: Attachment[];
  /** The visitor's own id for it. */
  client_id?: string | null;
  /** Identifier. */
  id: string;
  /** `inbound` (from the visitor) or `outbound`. */
  kind: MessageKind;
  /** Its position in the journal. */
  seq: number;
  /** Plain text. */
  text: string;
}

/** A visitor's session. */
export interface VisitorSession {
  /** The visitor's contact; for joining the frames of the websocket. */
  contact_id: string;
  /** The visitor's conversation, if there is one that goes on. */
  conversation_id?: string | null;
  /** True when a signature proved who they are. */
  verified: boolean;
  /** Send as `Authorization: Bearer`; resumes the session later. */
  visitor_token: string;
}

/** Who waits for whom. */
export interface Waiting {
  /** `nobody`, `agent` (the contact waits for an answer) or `contact` (we wait for them). */
  on: WaitingOn;
  since?: string | null;
}

/** On whom somebody waits. */
export type WaitingOn = 'nobody' | 'agent' | 'contact';

/** An endpoint that hears of events (Standard Webhooks). */
export interface Webhook {
  /** When it was made. */
  created_at: string;
  /** False when paused. */
  enabled: boolean;
  /** Kinds of event, such as `message.created` or `message.*`; everything when empty. */
  events: string[];
  /** Identifier. */
  id: string;
  /** Name. */
  name: string;
  /** The signing secret, `whsec_…`; shown only when it is made. */
  secret?: string | null;
  /** Where it listens. */
  url: string;
}

/** What the widget needs to draw itself; public. */
export interface WidgetConfig {
  /** Largest attachment in bytes. */
  attachment_bytes_max: number;
  /** The opener outside hours. */
  away_message?: string | null;
  /** Accent colour, `#rrggbb`. */
  color: string;
  /** The opener shown at once when the widget opens. */
  greeting?: string | null;
  /** `off`, `optional` or `enforce`: whether a signed identity is needed to write. */
  identity: string;
  /** The inbox. */
  inbox_id: string;
  /** Language, when the inbox fixes one: `zh` or `en`. */
  locale?: string | null;
  /** True when the widget offers a form instead of a chat outside hours. */
  offline_form: boolean;
  /** True when people work now. */
  open_now: boolean;
  /** `off`, `optional` or `required`: asks for name and email before the first message. */
  prechat: string;
  /** Seconds until the widget shows the opener by itself; null for never. */
  proactive_after_secs?: number | null;
  /** Title of the window. */
  title: string;
}
