// Generated from the API description by `npm run protocol`. Do not edit.

/** Something to do with an order. */
export interface ActOnOrder {
  /** `note`, `refund`, `cancel`. */
  action: string;
  /** What the action needs. */
  args?: unknown;
  /** Makes it safe to repeat. */
  client_id: string;
  /** Key of the plugin that knows the order. */
  plugin: string;
}

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
  /** The agent they report to: who hears when something goes wrong. */
  reports_to?: string | null;
  /** Role. */
  role: Role;
  /** Where they work; empty lists mean everywhere. */
  scope: Scope;
  /** Skills, in order. */
  skills: string[];
  /** Teams they belong to. */
  team_ids: string[];
}

/** What a policy answered. */
export interface Answered {
  /** The answer. */
  answer: unknown;
  /** When the built-in policy stood in: for whom, and why. */
  fallback?: string | null;
  /** In words. */
  reason: string;
  /** Which version of which implementation. */
  version: string;
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

/** What an administrator allows. */
export interface Approval {
  /** The digest that was looked at: approving something else is refused. */
  digest?: string | null;
  /** Keys of the permissions granted; all that are asked when unset. */
  grants?: string[] | null;
}

/** One permission that a version asks for, with the reason that its author gives. */
export interface Asked {
  /** What exactly, for people: host and methods, name of the secret, field. */
  detail: string;
  /** Stable name of the permission, such as `http:api.telegram.org`; what an approval lists. */
  key: string;
  /** Its kind: `http`, `websocket`, `secret`, `kv`, `timers`, `data`, `command`, `events`, `order_action`. */
  kind: string;
  /** Why, by language (`en` always). */
  reason: Record<string, string>;
}

/** A permission that is asked for, and whether that is new. */
export interface AskedPermission extends Asked {
  /** Beside what is granted now. */
  change: PermissionChange;
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

/** What checks of a mail's origin found. */
export interface Authentication {
  /** Who checked: the name of the mail server that is trusted; unset when nobody did. */
  checked_by?: string | null;
  /** Whether its signature holds. */
  dkim: AuthenticationResult;
  /** Whether either of them is of the domain that it says it is from. */
  dmarc: AuthenticationResult;
  /** Whether its server may send for its envelope's domain. */
  spf: AuthenticationResult;
}

/** The outcome of a check of origin. */
export type AuthenticationResult = 'none' | 'pass' | 'fail' | 'error';

/** Who wrote a message. */
export interface Author {
  /** The agent or contact; for `system` the part: `greeting`, `away_message`; for `plugin` its key. */
  id: string;
  /** Name to show, when one is known. */
  name?: string | null;
  /** `agent`, `contact`, `system` or `plugin`. */
  type: AuthorKind;
}

/** What an author is. */
export type AuthorKind = 'agent' | 'contact' | 'system' | 'plugin';

/** Whether a person wrote a mail. */
export type Automatic = 'no' | 'auto_reply' | 'generated' | 'list' | 'bulk' | 'report';

/** Whether routing may give an agent work. */
export type Availability = 'online' | 'away' | 'offline';

/** Comes or goes. */
export interface AvailabilityRequest {
  /** The new state. */
  state: Availability;
}

/** A plugin that comes with Plugboard. */
export interface Available {
  /** One sentence, by language. */
  description: Record<string, string>;
  /** The version that is installed. */
  installed?: string | null;
  /** Its key. */
  key: string;
  /** What it is. */
  kinds: string[];
  /** Name, by language. */
  name: Record<string, string>;
  /** The version that comes with this Plugboard. */
  version: string;
}

/** A backtest with what it found. */
export interface Backtest extends BacktestJob {
  /** Conversations, those that differ first; at most 1,000. */
  items: Difference[];
  /** In total. */
  totals: BacktestTotals;
}

/** A backtest in a list. */
export interface BacktestJob {
  /** Identifier. */
  id: string;
  /** How far it is. */
  progress: BacktestState;
  /** What was asked. */
  request: BacktestRequest;
  /** When it began. */
  started_at: string;
}

/** A past period to run a policy over. */
export interface BacktestRequest {
  /** From when. */
  from: string;
  /** What it decides; routing when unset. */
  kind?: PolicyKind;
  /** What to try. */
  policy: Policy;
  /** Until when. */
  to: string;
}

/** How far a backtest is. */
export type BacktestState = {
  /** Conversations done. */
  done: number;
  /** Conversations in all, as far as known. */
  of: number;
  state: 'running';
} | {
  state: 'done';
} | {
  state: 'failed';
  /** Why. */
  why: string;
};

/** Totals of a backtest. */
export interface BacktestTotals {
  /** Of those, how many differ. */
  changed: number;
  /** Conversations looked at. */
  conversations: number;
  /** Calls that failed. */
  failed: number;
  /** As it was. */
  was: Figures;
  /** As it would have been. */
  would_be: Figures;
}

/** A piece of a card. All text is plain. */
export type Block = {
  /** Its text. */
  text: string;
  type: 'heading';
} | {
  /** In order. */
  items: Pair[];
  type: 'facts';
} | {
  /** Its text. */
  text: string;
  type: 'text';
} | {
  /** Its text. */
  text: string;
  /** Its colour. */
  tone: Tone;
  type: 'badge';
} | {
  /** Its text. */
  text: string;
  type: 'link';
  /** Where to. */
  url: string;
} | {
  type: 'image';
  /** Where from. */
  url: string;
} | {
  /** The rows. */
  rows: string[][];
  type: 'table';
} | {
  /** In order. */
  actions: CardAction[];
  type: 'buttons';
} | {
  type: 'divider';
};

/** An agent at this moment. */
export interface BoardAgent {
  /** Who. */
  agent_id: string;
  /** In which call. */
  call_id?: string | null;
  /** Since when. */
  since: string;
  /** In what. */
  state: BoardState;
}

/** A queue at this moment. */
export interface BoardQueue {
  /** Calls that are talked in. */
  active: number;
  /** The inbox. */
  inbox_id: string;
  /** How long the first of them waits, in milliseconds. */
  longest_wait_ms: number;
  /** The team that is waited for. */
  team_id?: string | null;
  /** How many wait, ringing included. */
  waiting: number;
}

/** What an agent is in. */
export type BoardState = 'free' | 'ringing' | 'talking' | 'held' | 'wrapup' | 'offline';

/** Whether a plugin is being called. */
export type BreakerState = {
  state: 'closed';
} | {
  state: 'open';
  /** Until when. */
  until: string;
} | {
  state: 'half_open';
};

/** The policy that comes with the desk. */
export type BuiltinPolicy = 'builtin';

/** A named timetable. */
export interface BusinessHours extends SaveBusinessHours {
  /** When it was made. */
  created_at: string;
  /** Identifier. */
  id: string;
}

/** A call as it is now. */
export interface Call {
  /** Who talks for the desk, or talked last. */
  agent_id?: string | null;
  answered_at?: string | null;
  /** True when the caller asked to be called back. */
  callback: boolean;
  cause?: CallCause | null;
  /** With whom. */
  contact: CallContact;
  /** The conversation that it is in. */
  conversation_id: string;
  /** Who rang. */
  direction: CallDirection;
  disposition?: CallDisposition | null;
  ended_at?: string | null;
  ended_by?: CallEndedBy | null;
  held_since?: string | null;
  /** How long the caller heard music while held, in milliseconds. */
  hold_ms: number;
  /** Identifier. */
  id: string;
  /** The endpoint. */
  inbox_id: string;
  /** Its ends, in the order in which they joined. */
  legs: CallLeg[];
  /** The message that shows it. */
  message_id: string;
  /** True when somebody rang and nobody of the desk talked with them. */
  missed: boolean;
  /** Their number, masked unless you may see addresses; null when they showed none. */
  number?: string | null;
  offer_until?: string | null;
  /** At whom it rings. */
  offered_to?: string | null;
  /** Our number. */
  own_number?: string | null;
  /** `sip` for calls that are worked here, `cti` for calls that a PBX reports: those are worked at the telephone. */
  provider: string;
  /** The caller's place among those who wait in this inbox, from 1; null unless they wait, and in frames, where nobody else is looked at. */
  queue_position?: number | null;
  queued_at?: string | null;
  recording?: CallRecording | null;
  rejoin_until?: string | null;
  /** It began. */
  started_at: string;
  /** Where it stands. */
  state: CallState;
  /** How long both sides talked, in milliseconds. */
  talk_ms: number;
  /** The team that it waits for or came from. */
  team_id?: string | null;
  transfer?: CallTransfer | null;
  /** True when the caller was asked to leave a message. */
  voicemail: boolean;
  /** How long the caller waited, in milliseconds. */
  wait_ms: number;
  wrapup_until?: string | null;
  /** Agents who handed it on and write up what they heard, each until when. */
  writing: CallWriteUp[];
}

/** Why a call ended. */
export interface CallCause {
  /** What Q.850 said, such as 17. */
  q850?: number | null;
  /** What SIP said, such as 486. */
  sip?: number | null;
  /** `normal`, `cancelled`, `busy`, `declined`, `no_answer`, `unreachable`, `forbidden`, `queue_full`, `queue_timeout`, `closed`, `callback`, `answered_elsewhere`, `server_restart`, `media_lost`, `lost` or `failure`. */
  word: string;
}

/** With whom a call is. */
export interface CallContact {
  /** Identifier. */
  id: string;
  /** Their name. */
  name?: string | null;
}

/** Who rang. */
export type CallDirection = 'inbound' | 'outbound';

/** How a call was written up. */
export interface CallDisposition {
  /** Who wrote it up. */
  agent_id: string;
  /** What it was about, by the inbox's list. */
  code?: string | null;
  follow_up_at?: string | null;
  /** A note. */
  note?: string | null;
}

/** Who ended a call. */
export type CallEndedBy = 'caller' | 'agent' | 'system';

/** How calls went. */
export interface CallFigures {
  /** Calls. */
  calls: number;
  /** Things it asked for without being granted. */
  denied: number;
  /** Failed calls. */
  failures: number;
  /** By cause: `timeout`, `out_of_memory`, `trap`, ... */
  failures_by_cause: Record<string, number>;
  /** Largest memory of an instance, bytes. */
  memory_peak_bytes: number;
  /** Median time of a call, microseconds. */
  p50_us: number;
  /** 99th percentile, microseconds. */
  p99_us: number;
}

/** One end of a call. */
export interface CallLeg {
  /** Whose, when it is an agent's. */
  agent_id?: string | null;
  /** Identifier. */
  id: string;
  /** How unevenly it arrived (RFC 3550), in milliseconds; null likewise. */
  jitter_ms?: number | null;
  /** Since when. */
  joined_at: string;
  /** What it is. */
  kind: CallLegKind;
  left_at?: string | null;
  /** Which share of its sound did not arrive here, 0 to 1; null while it is there, and where no sound came. */
  loss?: number | null;
  mode?: ListenMode | null;
}

/** What an end of a call is. */
export type CallLegKind = 'trunk' | 'browser' | 'external' | 'voicemail' | 'listener';

/** The recording of a call. */
export interface CallRecording {
  /** Two when the sides are apart: the contact's is the first. */
  channels: number;
  expires_at?: string | null;
  /** How long it is, in seconds, once it is kept. */
  seconds: number;
  /** How far it is. */
  state: CallRecordingState;
}

/** How far a recording is. */
export type CallRecordingState = 'recording' | 'paused' | 'kept' | 'deleted';

/** Where a call stands. */
export type CallState = 'new' | 'ivr' | 'queued' | 'offering' | 'active' | 'held' | 'transferring' | 'wrapup' | 'closed' | 'abandoned' | 'voicemail' | 'rejected' | 'failed';

/** A call is handed on. */
export interface CallTransfer {
  /** Who hands it on. */
  by: string;
  /** The agent who is consulted. */
  consulted?: string | null;
  /** Whether its agent speaks with the other first. */
  kind: CallTransferKind;
  /** What the other is to know, from those who handed it on. */
  note?: string | null;
  /** How far it is. */
  state: CallTransferState;
  /** To this agent. */
  to_agent_id?: string | null;
  /** To this number, masked unless you may see addresses. */
  to_number?: string | null;
  /** To whoever of this team can take it. */
  to_team_id?: string | null;
}

/** Whether an agent speaks with the other before a call is handed on. */
export type CallTransferKind = 'blind' | 'warm';

/** How far the handing on of a call is. */
export type CallTransferState = 'ringing' | 'talking' | 'completed' | 'failed' | 'cancelled';

/** An agent who handed a call on and writes up what they heard, while it may go on with others. */
export interface CallWriteUp {
  /** Who. */
  agent_id: string;
  /** Until when. */
  until: string;
}

/** A policy that gets a share of new conversations. */
export type Canary = PolicyRef & {
  /** It is taken back when more of its calls fail, in percent; 5 when unset. */
  max_error_percent?: number | null;
  /** It is taken back when its share of missed response targets is higher than the live one's by more than this, in percent points; 10 when unset. */
  max_sla_rise_percent?: number | null;
  /** Its share of new conversations, 1 to 99. */
  percent: number;
  since?: string | null;
};

/** How a canary does beside the conversations that it does not get, since the start of the process. */
export interface CanaryReport {
  /** How often it was asked. */
  decisions: number;
  /** How often it failed. */
  failed: number;
  /** Conversations that it got, since it was set. */
  on_trial: TargetsMissed;
  /** All others that began since then. */
  others: TargetsMissed;
}

/** A card of a plugin beside a conversation. Declarative: the app draws it. */
export interface Card {
  /** Content, from the top. */
  blocks: Block[];
  /** When to ask again, in milliseconds. */
  refresh_after_ms?: number | null;
  /** Title. */
  title: string;
}

/** A button. */
export interface CardAction {
  /** Goes back to the plugin. */
  args: unknown;
  /** A question to answer first. */
  confirm?: string | null;
  /** What the plugin is told. */
  id: string;
  /** What it says. */
  label: string;
}

/** After-sale or complaint work that outlives the talk about it. What it is about is in `GET .../cases`. */
export interface Case {
  closed_at?: string | null;
  /** Identifier. */
  id: string;
  /** `complaint`, `aftersale`, ... */
  kind: string;
  /** When it was opened. */
  opened_at: string;
  /** The agent who opened it; null when a policy did. */
  opened_by?: string | null;
}

/** A case with what it is about. */
export interface CaseDetail extends Case {
  /** What it is about, in words. */
  summary: string;
}

/** One policy or several in order. */
export type Chain = BuiltinPolicy | PolicyRef[] | PolicyRef;

/** What a channel can do. Replies that do not fit are refused with `invalid`. */
export interface ChannelCapabilities {
  /** Largest attachment, in bytes. */
  attachment_bytes_max: number;
  /** Most attachments of one message. */
  attachments_max: number;
  /** What may be attached: `image`, `audio`, `video`, `file`. */
  media: string[];
  /** How far it follows a message: `sent`, `delivered` or `read`. */
  receipts: string;
  reply_window?: ReplyWindow | null;
  /** Longest text of one message, in characters. */
  text_chars_max: number;
  /** True when each side can see that the other types. */
  typing: boolean;
}

/** A source to compile without saving. */
export interface CheckRule {
  /** What it decides. */
  kind: PolicyKind;
  /** Starlark, at most 32 KiB. */
  source: string;
}

/** What went wrong, for programs. The set is closed. */
export type Code = 'unauthenticated' | 'forbidden' | 'not_found' | 'invalid' | 'conflict' | 'rate_limited' | 'too_large' | 'unavailable';

/** What a reply has besides its text when it goes by mail. Everything that is unset is as `GET /api/v1/conversations/{id}/mail` proposes. */
export interface ComposeMail {
  /** To whom else, unseen by the others; nobody when unset. */
  bcc?: MailAddress[] | null;
  /** To whom else. */
  cc?: MailAddress[] | null;
  /** What was written, as HTML; cleaned by the desk. The text alone when unset. A picture in it is `<img src="/api/v1/attachments/ID">`, and one of `attachments`. */
  html?: string | null;
  /** Whether what is answered is quoted below; true when unset. */
  quote?: boolean | null;
  /** Its subject. */
  subject?: string | null;
  /** To whom. */
  to?: MailAddress[] | null;
}

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
  /** What the shop knows about them, by name. */
  attributes: Record<string, string>;
  /** Addresses, those of merged contacts included. */
  identities: Identity[];
  /** The contact that this one was merged into. */
  merged_into?: string | null;
  /** Free text by agents. */
  note?: string | null;
  /** What agents call them: `vip`. */
  tags: string[];
}

/** A conversation as an agent sees it. */
export interface Conversation {
  /** Conversations that were merged into this one. */
  absorbed: string[];
  /** Who owns it. */
  assignment: Assignment;
  /** After-sale and complaint work, oldest first. */
  cases: Case[];
  /** `webchat`, `email`, `phone` or `plugin:ID`. */
  channel: string;
  /** The customer, masked unless permitted. */
  contact: Contact;
  /** When it began. */
  created_at: string;
  /** The wrap-up of a resolved one. */
  disposition?: string | null;
  /** True when it is resolved and all that people said in it was taken back or moved to other conversations. */
  emptied?: boolean;
  /** How far it has escalated; 0 when it has not, or was resolved since. */
  escalation_level: number;
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
  /** The subject of its newest mail that has one. */
  subject?: string | null;
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
  /** The agent they report to. */
  reports_to?: string | null;
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
  /** When the built-in policy decided in place of another: that one's label and what went wrong with it. */
  fallback?: string | null;
  /** Identifier. */
  id: string;
  /** What it looked at. */
  inputs: unknown;
  /** On what terms it was made. */
  mode: DecisionMode;
  /** `routing` or `escalation`. */
  policy: string;
  /** In words. */
  reason: string;
  /** Which version of which implementation. */
  version: string;
}

/** On what terms a decision was made. */
export type DecisionMode = 'live' | 'shadow' | 'canary' | 'fallback';

/** A stored decision, made once more. */
export interface DecisionReplay {
  /** When it was made. */
  at: string;
  /** About which conversation. */
  conversation_id: string;
  /** What differs: `answer`, `reason`, `version`, `fallback`. */
  differs: string[];
  /** What is gone or has changed since, in words. */
  gone: string[];
  /** Identifier of the decision. */
  id: string;
  now?: Answered | null;
  /** How it compares. */
  outcome: ReplayOutcome;
  /** `routing` or `escalation`. */
  policy: string;
  /** Then. */
  recorded: Answered;
}

/** Deletes a recording before its time. */
export interface DeleteRecordingRequest {
  /** Why; at most 500 characters. It becomes a note of the conversation. */
  reason: string;
}

/** Fate of an outbound message. */
export interface Delivery {
  cause?: DeliveryFailure | null;
  /** Why it failed. */
  reason?: string | null;
  /** How far it got. */
  state: DeliveryState;
}

/** Why a message did not arrive. In every case a person may have it tried again. */
export type DeliveryFailure = 'refused' | 'window_closed' | 'uncertain' | 'given_up' | 'recalled';

/** How far an outbound message got. */
export type DeliveryState = 'queued' | 'sent' | 'delivered' | 'read' | 'failed';

/** Calls somebody. */
export interface DialRequest {
  /** Whom; whoever has the number when unset. */
  contact_id?: string | null;
  /** The conversation that it belongs to; where the contact's next message would go when unset. */
  conversation_id?: string | null;
  /** From which inbox. */
  inbox_id: string;
  /** The number; the contact's own when unset. */
  number?: string | null;
}

/** One conversation under another policy. */
export interface Difference {
  /** Whether they differ. */
  changed: boolean;
  /** Which one. */
  conversation_id: string;
  /** Wait until somebody owned it, as it was, in seconds. */
  waited_secs?: number | null;
  /** What happened: name of the agent or team, or the escalation's steps. */
  was: string;
  /** Why, in the words of the policy tried. */
  why: string;
  /** What would have happened. */
  would_be: string;
  /** The same under the policy tried. */
  would_wait_secs?: number | null;
}

/** Presses keys. */
export interface DigitsRequest {
  /** `0` to `9`, `*`, `#`, `A` to `D`; at most 32. */
  digits: string;
}

/** What an agent has typed so far. */
export interface Draft {
  /** `reply` or `note`. */
  kind: PostKind;
  /** The text; empty removes the draft. */
  text: string;
  updated_at?: string | null;
}

/** What would have happened to the latest conversations. */
export interface DryRun {
  /** How many would have gone another way. */
  changed: number;
  /** Calls that failed; the built-in policy stood in. */
  failed: number;
  /** One for each conversation, newest first. */
  items: Difference[];
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
  /** With `invalid` on a rule: what does not compile, and where. */
  details?: Problem[];
  /** For people. */
  message: string;
}

/** Figures of one side of a comparison. */
export interface Figures {
  /** Conversations given to each agent, by agent id. */
  load: Record<string, number>;
  /** Response targets missed. */
  sla_misses: number;
  /** Never owned. */
  unassigned: number;
  /** Median wait until owned, seconds. */
  wait_p50_secs: number;
  /** 90th percentile, seconds. */
  wait_p90_secs: number;
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
  capabilities?: ChannelCapabilities | null;
  /** `webchat`, `email`, `phone` or `plugin:ID`. */
  channel: string;
  /** When it was made. */
  created_at: string;
  /** Where a PBX reports its calls, for `phone`, and for those who may manage inboxes: whoever knows it can report. */
  cti_url?: string | null;
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

/** A plugin in a list. */
export interface Installed {
  active?: PluginVersionInfo | null;
  /** Whether it is being called at all. */
  breaker: BreakerState;
  /** Work that was given up. */
  dead_letters: number;
  /** One sentence, by language. */
  description: Record<string, string>;
  /** How its calls went since the start of the process. */
  figures: CallFigures;
  /** The desk's identifier, a UUID. */
  id: string;
  /** The author's identifier: unique and unchanging. */
  key: string;
  /** What it is: `channel`, `routing`, `escalation`, `script`, `assist`, `commerce`, `hook`, `panel`. */
  kinds: string[];
  /** Name, by language. */
  name: Record<string, string>;
  pending?: PluginVersionInfo | null;
  previous?: PluginVersionInfo | null;
  /** Where it stands. */
  state: PluginState;
}

/** One event in the journal. */
export interface JournalItem {
  /** By whom: `{"type": "agent" | "contact", "id"}` `{"type": "system", "part"}` or `{"type": "plugin", "key"}`. */
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
  /** Positions up to this one were taken away by retention; 0 when none were. Who has less reads the lists again. */
  horizon: number;
  /** Events after `since`, in order. */
  items: JournalItem[];
  /** Pass as `since` for the next stretch. It can be beyond the last item, when what follows is not for you. */
  next_since: number;
}

/** How a supervisor is in a call. */
export type ListenMode = 'listen' | 'whisper' | 'barge';

/** Hears a call. */
export interface ListenRequest {
  /** How. */
  mode: ListenMode;
}

/** What `plugins.lock` says of a plugin. */
export type LockState = {
  state: 'none';
} | {
  state: 'matches';
} | {
  state: 'unnamed';
} | {
  /** The digest of the code that it names. */
  digest: string;
  state: 'differs';
  /** The version that it names. */
  version: string;
};

/** A line for the plugin's page. */
export interface LogLine {
  /** When. */
  at: string;
  /** Fields. */
  fields: Pair[];
  /** `debug`, `info`, `warn`, `error`. */
  level: string;
  /** What. */
  message: string;
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

/** What a message has besides its text when it came or went by mail. The message's `text` is the whole text. */
export interface Mail {
  /** Whether a person wrote it. */
  automatic: Automatic;
  /** To whom else, unseen by the others; only of what the desk sent. */
  bcc: MailAddress[];
  /** To whom else. */
  cc: MailAddress[];
  date?: string | null;
  from?: MailAddress | null;
  /** The path of its cleaned HTML; unset when it is plain text. `?part=new` leaves out what it quotes, `?images=remote` fetches its pictures through the desk. */
  html?: string | null;
  /** Files of the message that its HTML shows in place; they need not be listed again. */
  inline_attachments: string[];
  /** The conversation that it was moved to; here it is empty since. */
  moved_to?: string | null;
  /** The text without what it quotes and without its signature; unset when nothing was cut. */
  new_text?: string | null;
  /** Where its source can be saved from; unset until it was sent. */
  raw?: string | null;
  /** Pictures that it wants fetched from elsewhere; none is, until somebody asks. */
  remote_images: number;
  /** Where answers shall go, when that is said. */
  reply_to: MailAddress[];
  sending?: Sending | null;
  /** Its subject, decoded; empty when it has none. */
  subject: string;
  /** To whom. */
  to: MailAddress[];
  /** True when it could not be read and stands here as a placeholder; its source can be saved. */
  unreadable?: boolean;
  /** What a reader should know before trusting it, gravest first. */
  warnings: MailWarning[];
  why_here?: WhyHere | null;
}

/** A name and an address, as in a header of a mail. */
export interface MailAddress {
  /** The address: `customer@shop.example`. */
  address: string;
  /** The name beside the address; empty when there is none. */
  name?: string;
}

/** Everything about a mail that is not shown at once. */
export interface MailDetails {
  /** What checks of its origin found. */
  authentication: Authentication;
  /** What it was read in since a person said so; unset where that was found out. */
  charset?: string | null;
  /** The mailbox and folder that it was found in; unset when it was handed in otherwise. */
  folder?: string | null;
  /** Its header fields, decoded, in their order. */
  headers: Pair[];
  /** The message. */
  message_id: string;
  /** What had to be repaired to read it, in words. */
  problems: string[];
  /** Size of its source in bytes. */
  size: number;
}

/** A folder that is followed. */
export interface MailFolder {
  /** Mails that are still to be taken in; unset when that is not known. */
  behind?: number | null;
  checked_at?: string | null;
  last_mail_at?: string | null;
  /** True while the server tells of new mail at once; otherwise it is asked now and then. */
  live: boolean;
  /** Its name. */
  name: string;
}

/** What a reader should know before trusting a mail. */
export interface MailWarning {
  /** What it is about: the address or host in question, or the file. */
  detail?: string | null;
  /** What it is. */
  kind: MailWarningKind;
}

/** What can be wrong with a mail. */
export type MailWarningKind = 'spoofed' | 'unverified' | 'look_alike' | 'impersonation' | 'reply_to_differs' | 'first_time_sender' | 'deceptive_link' | 'dangerous_file';

/** One way of a mailbox. */
export interface MailboxFlow {
  /** What the server said. */
  detail?: string | null;
  last_ok_at?: string | null;
  next_try_at?: string | null;
  /** Since when. */
  since: string;
  /** How it is. */
  state: MailboxState;
  trouble?: MailboxTrouble | null;
}

/** How a mailbox fares. */
export interface MailboxHealth {
  /** Each folder that is followed. */
  folders: MailFolder[];
  /** The inbox. */
  inbox_id: string;
  /** Mail coming in. */
  incoming: MailboxFlow;
  oldest_queued_at?: string | null;
  outgoing?: MailboxFlow | null;
  /** Mails that could not be taken in and stand as placeholders. */
  quarantined: number;
  /** Mails that wait to be sent. */
  queued: number;
  /** How it is as a whole: the worse of both ways. */
  state: MailboxState;
}

/** What trying a mailbox found. */
export interface MailboxReport {
  /** True when mail can come in and go out. */
  ok: boolean;
  /** What was tried, in order; steps after one that failed are left out. */
  steps: MailboxStep[];
}

/** Which way mail goes. */
export type MailboxSide = 'imap' | 'lmtp' | 'smtp' | 'oauth';

/** How a mailbox is. */
export type MailboxState = 'ok' | 'starting' | 'troubled' | 'stopped';

/** One step of trying a mailbox. */
export interface MailboxStep {
  /** What the server said, or what was found: folders, capabilities. Never a secret. */
  detail?: string | null;
  /** Mail coming in or going out. */
  side: MailboxSide;
  /** What was tried. */
  step: MailboxStepKind;
  /** How long it took, in milliseconds. */
  took_ms: number;
  trouble?: MailboxTrouble | null;
}

/** A step of trying a mailbox. */
export type MailboxStepKind = 'resolve' | 'connect' | 'tls' | 'greeting' | 'sign_in' | 'folders' | 'origin' | 'idle' | 'sender' | 'token' | 'listen';

/** What is wrong with a mailbox, so that it can be said in the reader's language. */
export type MailboxTrouble = 'unknown_host' | 'refused' | 'timeout' | 'broken' | 'wrong_protocol' | 'certificate' | 'no_encryption' | 'wrong_password' | 'app_password_needed' | 'oauth_needed' | 'leave_needed' | 'disabled' | 'throttled' | 'no_folder' | 'sender_refused' | 'full' | 'not_listening' | 'other';

/** Mails that were read again. */
export interface MailsReadAgain {
  /** How many of them say something else now. */
  changed: number;
  /** The last one: ask again with it as `after`. Unset when there are no more. */
  next?: string | null;
  /** How many were. */
  read: number;
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
  call?: Call | null;
  /** The sender's own id for it. */
  client_id?: string | null;
  /** The conversation that it is shown in. */
  conversation_id: string;
  delivery?: Delivery | null;
  edited_at?: string | null;
  /** Identifier. */
  id: string;
  /** `inbound`, `outbound`, `note` or `call`. */
  kind: MessageKind;
  mail?: Mail | null;
  /** Its position in the journal. */
  seq: number;
  taken_back_at?: string | null;
  /** Plain text. */
  text: string;
}

/** Which way a message goes. */
export type MessageKind = 'inbound' | 'outbound' | 'note' | 'call';

/** An amount. */
export interface Money {
  /** ISO 4217. */
  currency: string;
  /** In the smallest unit. */
  minor: number;
}

/** Where a mail shall be instead. Where it was, it stays as an empty message that says where it went. */
export interface MoveMail {
  /** The conversation; one of its own when unset. */
  conversation_id?: string | null;
}

/** A provider that mailboxes can be connected to by OAuth; as data, so that any other can be typed in. */
export interface OauthProvider {
  /** Its key: `gmail`. */
  key: string;
  /** Its name. */
  name: string;
  /** Settings of an inbox that follow from it, as in `POST /api/v1/inboxes`. */
  settings: Record<string, unknown>;
}

/** Where to send an administrator so that a provider gives leave. */
export interface OauthStart {
  /** What has to be registered with the provider as the place to return to. */
  redirect_url: string;
  /** The provider's page, to be opened in a window. */
  url: string;
}

/** What a new case is. */
export interface OpenCase {
  /** `complaint`, `aftersale`, ...: at most 80 characters. */
  kind: string;
  /** What it is about, at most 2,000 characters. */
  summary?: string;
}

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

/** An order of the contact. */
export interface Order {
  /** What can be done with it, as far as granted. */
  actions: string[];
  /** Identifier at the shop. */
  id: string;
  /** Its lines. */
  lines: OrderLine[];
  /** Number that people say. */
  number: string;
  /** When. */
  placed_at: string;
  /** Key of the plugin that knows it. */
  plugin: string;
  /** The shop's word for where it stands. */
  status: string;
  /** In total. */
  total: Money;
  /** Carrier and number. */
  tracking: Pair[];
  /** The shop's page of it. */
  url?: string | null;
}

/** What the shop answered. */
export interface OrderActed {
  /** In the plugin's own words. */
  result: unknown;
}

/** A line of an order. */
export interface OrderLine {
  /** Price of one. */
  price: Money;
  /** How many. */
  quantity: number;
  /** The shop's number of the article. */
  sku: string;
  /** Its name. */
  title: string;
}

/** Work outside the desk that is waiting, or was given up. */
export interface OutboxEntry {
  /** Tries so far. */
  attempts: number;
  /** When it was enqueued. */
  created_at: string;
  /** Identifier; also the webhook call's `webhook-id`. */
  id: string;
  /** `call_webhook`, `page`, `deliver`, `hook`, `plugin_timer` or `hook_event`. */
  job: string;
  /** What went wrong last. */
  last_error?: string | null;
  next_at?: string | null;
  /** `pending`, `done` or `dead`. */
  state: string;
  /** The webhook, the inbox or the plugin. */
  target_id: string;
}

/** Hands waiting work to another team. */
export interface Overflow {
  /** Seconds in the queue before. */
  after_secs: number;
  /** The other team. */
  team_id: string;
}

/** A name and its value. */
export interface Pair {
  /** Name. */
  name: string;
  /** Value. */
  value: string;
}

/** What one plugin's panel shows, or why it shows nothing. */
export interface PanelAnswer {
  card?: Card | null;
  /** Why there is none. */
  error?: string | null;
  /** Key of the plugin. */
  plugin: string;
}

/** The shape of a recording, for a player. */
export interface Peaks {
  /** Loudness from 0 to 255 in equal steps of time: of the contact, and of the agent where the sides are apart. */
  peaks: number[][];
  /** How long it is. */
  seconds: number;
}

/** A stretch of one day. */
export interface Period {
  /** Minutes after midnight. */
  from: number;
  /** Minutes after midnight, exclusive, at most 1440. */
  to: number;
}

/** How the permissions of a waiting version differ from the approved ones. */
export type PermissionChange = 'added' | 'removed' | 'kept';

/** Calls and queues at this moment. */
export interface PhoneBoard {
  /** Who is in what. */
  agents: BoardAgent[];
  /** Calls that go on, or are being written up; the oldest first. */
  calls: Call[];
  /** Who waits where. */
  queues: BoardQueue[];
}

/** Everything about one plugin. */
export interface PluginDetail extends Installed {
  /** Keys of the permissions that are granted now. */
  grants: string[];
  /** What its own health check says, or why it cannot be asked. */
  health: unknown;
  /** What went wrong lately, newest first. */
  last_errors: LogLine[];
  /** Licence of the plugin. */
  license?: string | null;
  /** Limits in force: what it asked for, under the desk's ceiling. */
  limits: unknown;
  /** What `plugins.lock` says of the version in force, or of the one that waits when there is none. */
  lock: LockState;
  /** Permissions that the waiting version asks for, else those of the version in force, with what changed. */
  permissions: AskedPermission[];
  /** Its README, Markdown. */
  readme?: string | null;
  recording?: PluginRecording | null;
  /** Secrets that have a value. */
  secrets_set: string[];
  /** Settings as they are, without secrets. */
  settings: Record<string, unknown>;
  /** The settings form, from the manifest. */
  settings_schema: unknown;
}

/** Log lines of a plugin. */
export interface PluginLogs {
  /** Newest first. */
  items: LogLine[];
}

/** How far a recording of a plugin's calls is. */
export interface PluginRecording {
  /** How many calls were asked for. */
  asked: number;
  /** Since when. */
  began_at: string;
  /** Whether more come. */
  running: boolean;
  /** How many there are. */
  taken: number;
  /** Until when at most. */
  until: string;
}

/** Where a plugin stands. */
export type PluginState = 'pending_approval' | 'disabled' | 'enabled' | 'failed';

/** One version of a plugin. */
export interface PluginVersionInfo {
  /** SHA-256 of the component, hex. */
  digest: string;
  /** When it came. */
  installed_at: string;
  /** Whose signature it carries, when a trusted key made it. */
  signed_by?: string | null;
  /** As the manifest says. */
  version: string;
}

/** A policy to try. */
export type Policy = 'builtin' | {
  /** An installed plugin, by key. */
  plugin: string;
} | {
  /** A saved rule, by name: the version in force. */
  rule: string;
} | {
  /** A version of a saved rule. */
  rule_version: {
    /** Its name. */
    name: string;
    /** Which version. */
    version: number;
  };
} | {
  /** Source that is not saved. */
  source: string;
};

/** What a policy decides. */
export type PolicyKind = 'routing' | 'escalation';

/** Which policy a place of a chain names: a plugin's key or a rule's name, one of them. */
export type PolicyRef = {
  /** Key of an enabled plugin. */
  plugin: string;
} | {
  /** Name of a rule. */
  rule: string;
};

/** What is in force for one kind of decision. */
export interface PolicySlot {
  canary?: Canary | null;
  canary_report?: CanaryReport | null;
  /** What it decides. */
  kind: PolicyKind;
  /** The chain in force; the built-in policy stands behind it. */
  live: PolicyRef[];
  /** What a rollback returns to. */
  previous: PolicyRef[];
  shadow?: PolicyRef | null;
  /** How the shadow does. */
  shadowed: Shadowed;
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
  mail?: ComposeMail | null;
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

/** A button that was pressed. */
export interface PressAction {
  /** Id of the button. */
  action_id: string;
  /** As the button has them. */
  args?: unknown;
  /** Language of the answer: `zh`, `en`. */
  locale?: string | null;
}

/** The start of a message, for lists. */
export interface Preview {
  /** When. */
  at: string;
  /** The message. */
  id: string;
  /** Its direction. */
  kind: MessageKind;
  /** Whether the contact took it back; it has no text then. */
  taken_back: boolean;
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

/** A place in a source, and what is wrong there. */
export interface Problem {
  /** From 1. */
  column: number;
  /** From 1. */
  line: number;
  /** What, for people. */
  message: string;
}

/** How a mail shall be read again. */
export interface ReadMailAgain {
  /** What everything of it is in, whatever it says: `gb18030`, `big5`, `utf-8`, `shift_jis`. Found out when unset. */
  charset?: string | null;
}

/** Which mails of a mailbox are read again. */
export interface ReadMailboxAgain {
  /** Those behind this message, oldest first; all when unset. */
  after?: string | null;
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

/** How one recipient of a mail fares. */
export interface RecipientFate {
  /** Whose. */
  address: string;
  at?: string | null;
  /** What the other side said, without addresses. */
  reason?: string | null;
  /** How far it got. */
  state: RecipientState;
  /** The status code of the report or the answer: `5.1.1`. */
  status?: string | null;
}

/** How far a mail got for one recipient. */
export type RecipientState = 'pending' | 'accepted' | 'delivered' | 'delayed' | 'failed' | 'uncertain';

/** How many calls to record. */
export interface RecordPlugin {
  /** 1 to 100. */
  calls: number;
}

/** Recorded calls with everything that was said in them. What customers wrote is in it, as far as the plugin may see it. */
export interface RecordedCalls {
  /** Oldest first: each as one line of the file that `plugboard plugin replay` reads. */
  items: unknown[];
}

/** Somebody began to hear a recording. */
export interface RecordingAccess {
  /** Who. */
  agent_id: string;
  /** When. */
  at: string;
}

/** Who heard the recording of a call. */
export interface RecordingAccesses {
  /** Each time that somebody began to hear it, the newest first; the last hundred. */
  items: RecordingAccess[];
}

/** Pauses a recording, or goes on with it. */
export interface RecordingRequest {
  /** Whether it pauses. */
  paused: boolean;
}

/** Which work to try again. */
export interface ReplayDeadLetters {
  /** Id of a piece of work; all of it when unset. */
  id?: string | null;
}

/** How a decision that was made once more compares. */
export type ReplayOutcome = 'same' | 'different' | 'gone';

/** How many pieces of work are tried again. */
export interface Replayed {
  /** How many. */
  replayed: number;
}

/** What the desk proposes for an answer by mail. */
export interface ReplyProposal {
  /** To whom else: everybody else who takes part, without the desk's own addresses. */
  cc: MailAddress[];
  /** As whom it is sent. */
  from: MailAddress;
  /** What would be quoted, as text. */
  quoted_text?: string | null;
  /** The message that would be quoted. */
  quotes?: string | null;
  /** The inbox's signature, as cleaned HTML; empty when it has none. It is added by the desk. */
  signature: string;
  /** Its subject. */
  subject: string;
  /** To whom. */
  to: MailAddress[];
  /** For how many seconds a sent mail can be taken back. */
  undo_seconds: number;
}

/** A limit on answering: so many messages within so many hours after the contact wrote. */
export interface ReplyWindow {
  /** How long after the contact's last message an answer is taken, in hours. */
  hours: number;
  /** How many answers are taken in that time; any number when unset. */
  sends?: number | null;
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

/** The version to return to. */
export interface RollbackRule {
  /** Its number. */
  number: number;
}

/** A rule that a team wrote. */
export interface Rule {
  /** When it was made. */
  created_at: string;
  /** Identifier. */
  id: string;
  /** What it decides. */
  kind: PolicyKind;
  /** The version in force wherever the rule is used. */
  live: number;
  /** Its name, which is its address. */
  name: string;
  /** The source in force. */
  source: string;
  /** Where it is used: `live`, `shadow`, `canary`. */
  used_as: string[];
  /** Versions, newest first, at most 20. */
  versions: RuleVersion[];
  /** What the compiler remarks about the source in force; only in the answer to saving. */
  warnings: Problem[];
}

/** What the compiler says of a source. */
export interface RuleProblems {
  /** Errors: with any of these the rule cannot be saved. */
  errors: Problem[];
  /** Remarks. */
  warnings: Problem[];
}

/** A rule as it was saved once. */
export interface RuleVersion {
  /** What the builder shows, when the source was made with it. */
  builder?: unknown;
  /** From 1. */
  number: number;
  /** When. */
  saved_at: string;
  /** Id of the agent who saved it. */
  saved_by?: string | null;
  /** Starlark. */
  source: string;
}

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

/** New settings of a plugin. */
export interface SavePluginSettings {
  /** Secrets to set; the others stay as they are. */
  secrets?: Record<string, string>;
  /** All settings that are no secrets. */
  settings?: Record<string, unknown>;
}

/** What shall be in force. */
export interface SavePolicy {
  canary?: Canary | null;
  live?: Chain | null;
  shadow?: PolicyRef | null;
}

/** A rule as it shall be: saving makes a new version and puts it in force. */
export interface SaveRule {
  /** What the builder shows, when the source was made with it. */
  builder?: unknown;
  /** What it decides; cannot change. */
  kind: PolicyKind;
  /** Starlark, at most 32 KiB. */
  source: string;
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

/** What a scheduled reply says. */
export interface ScheduledReply {
  /** The agent who wrote it, while it waits. */
  agent_id?: string | null;
  at?: string | null;
  /** Its files. */
  attachments: Attachment[];
  mail?: ComposeMail | null;
  /** The message that it becomes. */
  message_id: string;
  /** Plain text. */
  text: string;
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

/** How a mail of the desk fares on its way out. */
export interface Sending {
  /** Tries so far. */
  attempts: number;
  next_at?: string | null;
  /** What the other side said last, without addresses. */
  reason?: string | null;
  /** How each recipient fares; empty until something is known of one. */
  recipients: RecipientFate[];
  /** How far it got. */
  state: SendingState;
  undo_until?: string | null;
}

/** How far a mail of the desk got. */
export type SendingState = 'held' | 'queued' | 'sending' | 'sent' | 'deferred' | 'failed' | 'uncertain' | 'taken_back';

/** A session. The token is shown once; a cookie with it is set as well. */
export interface Session {
  /** Who signed in. */
  agent: Agent;
  /** When it ends. */
  expires_at: string;
  /** Send as `Authorization: Bearer`. */
  token: string;
}

/** How a shadow policy does beside the live one. */
export interface Shadowed {
  /** Of those, the same. */
  agreed: number;
  /** Decisions compared. */
  decisions: number;
  /** The latest that differ, newest first, at most 50. */
  differing: Difference[];
  /** Calls that failed. */
  failed: number;
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

/** A mail that begins a conversation. */
export interface StartMail {
  /** Ids of uploaded files. */
  attachments?: string[];
  /** To whom else, unseen by the others. */
  bcc?: MailAddress[];
  /** To whom else. */
  cc?: MailAddress[];
  /** Your own id for it, 1 to 200 characters: the same id again answers with the first result. */
  client_id?: string | null;
  /** The same as HTML; cleaned by the desk. See [`ComposeMail::html`]. */
  html?: string | null;
  /** The email inbox to send it from. */
  inbox_id: string;
  /** Its subject. */
  subject: string;
  /** Plain text. */
  text: string;
  /** To whom; at least one. The first is whom the conversation is with. */
  to: MailAddress[];
}

/** A conversation that a mail began. */
export interface StartedMail {
  /** The conversation. */
  conversation: Conversation;
  /** The mail. */
  message: Message;
}

/** A new status. */
export interface StatusRequest {
  /** The wrap-up, with `resolved`. */
  disposition?: string | null;
  /** `open`, `snoozed` or `resolved`. */
  status: RequestedStatus;
  until?: string | null;
}

/** A reply that a plugin suggests. */
export interface Suggestion {
  /** 0 to 1. */
  confidence: number;
  /** Key of the plugin. */
  plugin: string;
  /** Titles and addresses of what it rests on. */
  sources: Pair[];
  /** The text. */
  text: string;
}

/** Changes of labels. */
export interface TagsRequest {
  /** To put on. */
  add?: string[];
  /** To take off. */
  remove?: string[];
}

/** A mail that was taken back, as it was composed, to go on with. */
export interface TakenBackMail {
  /** When it was taken back. */
  at: string;
  /** Ids of its files. */
  attachments: string[];
  /** The rest of what was composed. */
  mail: ComposeMail;
  /** The message. */
  message_id: string;
  /** Plain text. */
  text: string;
}

/** Conversations, and how many of them missed a response target. */
export interface TargetsMissed {
  /** How many there are. */
  conversations: number;
  /** How many of them missed a target. */
  missed: number;
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

/** The colour of a mark. */
export type Tone = 'plain' | 'good' | 'warn' | 'bad';

/** Hands a call on: to an agent, a team, or a number. */
export interface TransferRequest {
  /** To this agent. */
  agent_id?: string | null;
  /** Whether you speak with the other first. */
  kind: CallTransferKind;
  /** What the other is to know. */
  note?: string | null;
  /** To this number. */
  number?: string | null;
  /** To whoever of this team can take it. */
  team_id?: string | null;
}

/** What to try on the latest conversations. */
export interface TrialRequest {
  /** What it decides. */
  kind: PolicyKind;
  /** How many conversations, at most 100. */
  limit: number;
  /** What to try. */
  policy: Policy;
}

/** What is looked at when a trunk is tried. */
export type TrunkCheck = 'host' | 'listening' | 'answer' | 'registration' | 'sound';

/** What was found out about the trunk of an inbox. */
export interface TrunkReport {
  /** True when all is as it should be. */
  ok: boolean;
  /** What was looked at, in order; what follows from a failure is left out. */
  steps: TrunkStep[];
}

/** Something that was found out about a trunk. */
export interface TrunkStep {
  /** What was looked at. */
  check: TrunkCheck;
  /** What was found, in a word: `at` (`host`, `address`), `no_host`, `not_found` (`why`), `not_yet`; `heard_at` (`address`), `port_taken` (`address`); `answers` (`code`), `silent`; `taken_in`, `refused` (`code`), `no_password`, `no_answer_yet`; `told` (`address`, `first`, `last`) and `told_guess`, when the address was found out and not set. */
  finding: string;
  /** The same in plain words (English). */
  message: string;
  /** Whether it is as it should be. */
  ok: boolean;
  /** How long it took, in milliseconds. */
  took_ms: number;
  /** Values of the finding, by name. */
  values: Record<string, string>;
}

/** Settings of a mailbox to try before they are saved. */
export interface TryMailbox {
  /** The inbox whose stored secrets stand in for those that are left out. */
  inbox_id?: string | null;
  /** Settings, as in `POST /api/v1/inboxes`. */
  settings: Record<string, unknown>;
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
  /** The agent they report to; an empty text for nobody. */
  reports_to?: string | null;
  role?: Role | null;
  scope?: Scope | null;
  /** Skills. */
  skills?: string[] | null;
}

/** Changes to a contact. Fields left out stay; an empty text clears. */
export interface UpdateContact {
  /** All attributes, at most 50; an empty value leaves one out. */
  attributes?: Record<string, string> | null;
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
  /** All tags, at most 30 of 60 characters. */
  tags?: string[] | null;
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

/** A list that is short enough to be whole. */
export interface Whole_Available {
  /** All of them. */
  items: ({
    /** One sentence, by language. */
    description: Record<string, string>;
    /** The version that is installed. */
    installed?: string | null;
    /** Its key. */
    key: string;
    /** What it is. */
    kinds: string[];
    /** Name, by language. */
    name: Record<string, string>;
    /** The version that comes with this Plugboard. */
    version: string;
  })[];
}

/** A list that is short enough to be whole. */
export interface Whole_BacktestJob {
  /** All of them. */
  items: {
    /** Identifier. */
    id: string;
    /** How far it is. */
    progress: BacktestState;
    /** What was asked. */
    request: BacktestRequest;
    /** When it began. */
    started_at: string;
  }[];
}

/** A list that is short enough to be whole. */
export interface Whole_MailboxHealth {
  /** All of them. */
  items: ({
    /** Each folder that is followed. */
    folders: MailFolder[];
    /** The inbox. */
    inbox_id: string;
    /** Mail coming in. */
    incoming: MailboxFlow;
    oldest_queued_at?: string | null;
    outgoing?: MailboxFlow | null;
    /** Mails that could not be taken in and stand as placeholders. */
    quarantined: number;
    /** Mails that wait to be sent. */
    queued: number;
    /** How it is as a whole: the worse of both ways. */
    state: MailboxState;
  })[];
}

/** A list that is short enough to be whole. */
export interface Whole_OauthProvider {
  /** All of them. */
  items: {
    /** Its key: `gmail`. */
    key: string;
    /** Its name. */
    name: string;
    /** Settings of an inbox that follow from it, as in `POST /api/v1/inboxes`. */
    settings: Record<string, unknown>;
  }[];
}

/** A list that is short enough to be whole. */
export interface Whole_Order {
  /** All of them. */
  items: ({
    /** What can be done with it, as far as granted. */
    actions: string[];
    /** Identifier at the shop. */
    id: string;
    /** Its lines. */
    lines: OrderLine[];
    /** Number that people say. */
    number: string;
    /** When. */
    placed_at: string;
    /** Key of the plugin that knows it. */
    plugin: string;
    /** The shop's word for where it stands. */
    status: string;
    /** In total. */
    total: Money;
    /** Carrier and number. */
    tracking: Pair[];
    /** The shop's page of it. */
    url?: string | null;
  })[];
}

/** A list that is short enough to be whole. */
export interface Whole_PanelAnswer {
  /** All of them. */
  items: ({
    card?: Card | null;
    /** Why there is none. */
    error?: string | null;
    /** Key of the plugin. */
    plugin: string;
  })[];
}

/** A list that is short enough to be whole. */
export interface Whole_Rule {
  /** All of them. */
  items: {
    /** When it was made. */
    created_at: string;
    /** Identifier. */
    id: string;
    /** What it decides. */
    kind: PolicyKind;
    /** The version in force wherever the rule is used. */
    live: number;
    /** Its name, which is its address. */
    name: string;
    /** The source in force. */
    source: string;
    /** Where it is used: `live`, `shadow`, `canary`. */
    used_as: string[];
    /** Versions, newest first, at most 20. */
    versions: RuleVersion[];
    /** What the compiler remarks about the source in force; only in the answer to saving. */
    warnings: Problem[];
  }[];
}

/** A list that is short enough to be whole. */
export interface Whole_Suggestion {
  /** All of them. */
  items: {
    /** 0 to 1. */
    confidence: number;
    /** Key of the plugin. */
    plugin: string;
    /** Titles and addresses of what it rests on. */
    sources: Pair[];
    /** The text. */
    text: string;
  }[];
}

/** Why a mail is in the conversation that it is in. */
export interface WhyHere {
  /** The agent who moved it here. */
  agent_id?: string | null;
  /** A conversation that it may belong to although nothing proves it: same sender, same subject, lately. */
  maybe?: string | null;
  /** The message of this conversation that it answers, when one is known. */
  message_id?: string | null;
  /** What decided. */
  rule: WhyHereRule;
}

/** What decided where a mail goes. */
export type WhyHereRule = 'token' | 'in_reply_to' | 'references' | 'shared_references' | 'subject_number' | 'report' | 'new' | 'after_closed' | 'moved' | 'split';

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

/** Writes a call up. */
export interface WrapUpRequest {
  /** What it was about, by the inbox's list. */
  code?: string | null;
  follow_up_at?: string | null;
  /** A note. */
  note?: string | null;
}
