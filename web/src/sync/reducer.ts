// Folding events into what was read. Pure: the same fixtures prove this code and the server's (tests/fixtures/reducer).
//
// What is absent, on purpose: rules. Event data is in the shapes of the API, so folding copies outcomes and never
// works out what the desk would do.
import type { Assignment, Case, Conversation, Delivery, Message, Preview, ScheduledMessage, SlaClock, Stage } from '../protocol/api.ts';
import type { ConversationStatus, Priority, Waiting } from '../protocol/api.ts';
import { callOf, type Call } from '../protocol/calls.ts';
import type { EventFrame } from '../protocol/frames.ts';
import { isFinal } from './calls.ts';

/** Cases that a conversation remembers. */
const CASES_MAX = 50;

/** Characters of a message that a list shows; as the server cuts it. */
const PREVIEW_CHARS_MAX = 200;

/** The conversation after an event. An event that is already in it, or of something else, changes nothing. */
export function foldConversation(state: Conversation, frame: EventFrame, me: string): Conversation {
  if (frame.conversation_id !== state.id) return state;
  if (frame.seq <= state.seq) return state;
  // Reading is a mark of one agent, not a change of the conversation: its own position does not move.
  if (frame.kind === 'conversation.read') return foldRead(state, frame, me);
  const change = changeOf(state, frame, me);
  if (!change) return state;
  const next = { ...state, ...change, seq: frame.seq };
  next.needs_reply = next.status === 'open' && next.waiting.on === 'agent';
  return next;
}

function changeOf(state: Conversation, frame: EventFrame, me: string): Partial<Conversation> | null {
  const data = frame.data;
  switch (frame.kind) {
    case 'message.created':
      return foldMessageCreated(state, frame, me);
    case 'message.scheduled':
      return { scheduled: [...state.scheduled, data.scheduled as ScheduledMessage] };
    case 'message.schedule_cancelled':
      return { scheduled: state.scheduled.filter((it) => it.message_id !== data.message_id) };
    case 'conversation.status_changed':
      return {
        ...(data.status === 'resolved' ? { escalation_level: 0 } : {}),
        status: data.status as ConversationStatus,
        snoozed_until: (data.snoozed_until as string | null | undefined) ?? null,
        resolved_at: (data.resolved_at as string | null | undefined) ?? null,
        disposition: (data.disposition as string | null | undefined) ?? null,
        merged_into: (data.merged_into as string | null | undefined) ?? null,
        waiting: data.waiting as Waiting,
        last_activity_at: frame.at,
      };
    case 'conversation.assigned':
      return { assignment: data.assignment as Assignment };
    case 'conversation.tagged':
      return { tags: foldTags(state.tags, data.added as string[], data.removed as string[]) };
    case 'conversation.priority_changed':
      return { priority: data.priority as Priority };
    case 'conversation.stage_changed':
      return { stage: data.stage as Stage | null };
    case 'conversation.absorbed': {
      const joined = [data.other as string, ...((data.with as string[] | undefined) ?? [])];
      return { absorbed: [...new Set([...state.absorbed, ...joined])].sort(), last_activity_at: frame.at };
    }
    case 'conversation.released': {
      const left = new Set([data.other as string, ...((data.with as string[] | undefined) ?? [])]);
      return { absorbed: state.absorbed.filter((it) => !left.has(it)) };
    }
    case 'sla.changed':
      return { sla_clocks: data.sla_clocks as SlaClock[] };
    case 'conversation.escalated':
      return { escalation_level: (data.step as { level: number }).level };
    case 'case.opened':
      return { cases: foldCase(state.cases, frame) };
    case 'case.closed':
      return { cases: state.cases.map((it) => (it.id === data.case_id ? { ...it, closed_at: frame.at } : it)) };
    case 'message.edited':
    case 'message.taken_back': {
      const now = data.message as Message | undefined;
      return now && state.last_message?.id === now.id ? { last_message: previewOf(now) } : {};
    }
    case 'escalation.planned':
    case 'escalation.due':
    case 'message.delivery_changed':
    case 'sla.warned':
    case 'sla.breached':
    case 'routing.decided':
    case 'conversation.macro_applied':
      return {};
    default:
      // A call is one message, which changes in its place.
      return frame.kind.startsWith('call.') ? foldCallOn(frame) : null;
  }
}

/** What of a call is activity: that somebody took it, and that it ended. */
function foldCallOn(frame: EventFrame): Partial<Conversation> {
  const { what } = (frame.data.change ?? {}) as { what?: string };
  return what === 'accepted' || what === 'answered' || what === 'ended' ? { last_activity_at: frame.at } : {};
}

function foldMessageCreated(state: Conversation, frame: EventFrame, me: string): Partial<Conversation> {
  const message = frame.data.message as Message;
  const change: Partial<Conversation> = {
    message_count: state.message_count + 1,
    waiting: frame.data.waiting as Waiting,
    scheduled: state.scheduled.filter((it) => it.message_id !== message.id),
  };
  if (message.kind !== 'note') {
    change.last_activity_at = frame.at;
    // A greeting must not hide the question that it answers.
    if (message.author.type !== 'system') change.last_message = previewOf(message);
    if (message.mail?.subject) change.subject = message.mail.subject;
  }
  const mine = message.author.type === 'agent' && message.author.id === me;
  if (!mine && message.author.type !== 'system') {
    change.news_seq = message.seq;
    change.unread = message.seq > state.read_seq;
  }
  return change;
}

function foldRead(state: Conversation, frame: EventFrame, me: string): Conversation {
  const seq = frame.data.seq as number;
  if (frame.data.agent_id !== me || seq === state.read_seq) return state;
  // Only messages are news: what else happened since (an assignment, a clock) leaves nothing to read.
  return { ...state, read_seq: seq, unread: state.news_seq > seq };
}

/** The oldest closed case is forgotten when there are too many; as the server does. */
function foldCase(cases: Case[], frame: EventFrame): Case[] {
  const opened: Case = {
    id: frame.data.case_id as string,
    kind: frame.data.case as string,
    opened_at: frame.at,
    opened_by: frame.actor?.type === 'agent' ? (frame.actor.id ?? null) : null,
    closed_at: null,
  };
  const forgotten = cases.length >= CASES_MAX ? cases.findIndex((it) => it.closed_at !== null) : -1;
  return [...cases.filter((_, at) => at !== forgotten), opened];
}

function foldTags(tags: string[], added: string[] = [], removed: string[] = []): string[] {
  const gone = new Set(removed);
  return [...new Set([...tags.filter((it) => !gone.has(it)), ...added])].sort();
}

/** The start of a message as a list shows it: its first characters, each line break a space; as the server cuts it. */
export function previewOf(message: Message): Preview {
  const text = [...message.text].slice(0, PREVIEW_CHARS_MAX).join('').replace(/[\r\n]/g, ' ');
  return { id: message.id, kind: message.kind, text, taken_back: Boolean(message.taken_back_at), at: message.at };
}

/** The messages of one conversation after an event; oldest first, each once. */
export function foldMessages(messages: Message[], frame: EventFrame): Message[] {
  if (frame.kind === 'message.created') return insertMessage(messages, frame.data.message as Message);
  if (frame.kind === 'message.delivery_changed') {
    const at = messages.findIndex((it) => it.id === frame.data.message_id);
    const found = messages[at];
    if (!found) return messages;
    return messages.with(at, { ...found, delivery: frame.data.delivery as Delivery });
  }
  if (frame.kind === 'message.edited' || frame.kind === 'message.taken_back') {
    const now = frame.data.message as Message | undefined;
    const at = messages.findIndex((it) => it.id === now?.id);
    return now && at >= 0 ? messages.with(at, now) : messages;
  }
  if (frame.kind.startsWith('call.')) return foldCallMessage(messages, frame.data.call as Call | undefined);
  return messages;
}

/** A call is one message from the first ring to the wrap-up: what it says changes in its place. */
function foldCallMessage(messages: Message[], call: Call | undefined): Message[] {
  const at = call ? messages.findIndex((it) => it.id === call.message_id) : -1;
  const found = messages[at];
  if (!call || !found) return messages;
  const known = callOf(found);
  // A call that is over does not begin to ring again because an old copy of it came late.
  if (known && isFinal(known) && !isFinal(call)) return messages;
  return messages.with(at, { ...found, call });
}

/** Puts a message in its place; one that is there already stays as it is. */
export function insertMessage(messages: Message[], message: Message): Message[] {
  let at = messages.length;
  while (at > 0) {
    const before = messages[at - 1];
    if (!before || before.seq < message.seq) break;
    if (before.id === message.id) return messages;
    at -= 1;
  }
  return messages.toSpliced(at, 0, message);
}

/** Joins a page that was read with what is there. */
export function mergeMessages(messages: Message[], page: Message[]): Message[] {
  const byId = new Map(messages.map((it) => [it.id, it]));
  for (const message of page) byId.set(message.id, message);
  return [...byId.values()].sort((a, b) => a.seq - b.seq);
}

/** Something to read again because an event says that it changed without saying how. */
export type Reread =
  | { what: 'conversation'; id: string; messages: boolean }
  | { what: 'contact'; id: string }
  | { what: 'desk'; entity: string; id: string }
  | { what: 'decisions'; id: string };

/** What an event asks the client to read again. */
export function rereadsOf(frame: EventFrame): Reread[] {
  const id = frame.conversation_id ?? '';
  switch (frame.kind) {
    case 'conversation.absorbed':
    case 'conversation.released':
      return [id, frame.data.other as string].filter(Boolean).map((it) => ({ what: 'conversation', id: it, messages: true }));
    case 'routing.decided':
    case 'conversation.escalated':
    case 'escalation.planned':
      return [{ what: 'decisions', id }];
    case 'desk.saved':
    case 'desk.removed':
      return [{ what: 'desk', entity: frame.data.entity as string, id: frame.data.id as string }];
    default:
      // A reveal is written down, but changes nothing.
      if (frame.kind.startsWith('contact.') && frame.kind !== 'contact.revealed') {
        return [frame.data.contact_id, frame.data.into]
          .filter((it): it is string => typeof it === 'string')
          .map((it) => ({ what: 'contact', id: it }));
      }
      return [];
  }
}
