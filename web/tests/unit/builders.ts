// Things with everything set, for tests to change one part of.
import type { Conversation, Message } from '../../src/protocol/api.ts';
import type { EventFrame } from '../../src/protocol/frames.ts';

export const ME = 'agt_me';
export const T0 = '2026-11-22T08:00:00.000000Z';

export function at(secs: number): string {
  return new Date(Date.parse(T0) + secs * 1000).toISOString().replace('Z', '000Z');
}

export function conversation(id: string, change: Partial<Conversation> = {}): Conversation {
  return {
    id,
    inbox_id: 'inb_1',
    channel: 'webchat',
    shop_id: null,
    contact: { id: `con_${id}`, name: '王小雨', email: null, phone: null, locale: 'zh', masked: true, verified: false, created_at: T0 },
    status: 'open',
    snoozed_until: null,
    resolved_at: null,
    disposition: null,
    merged_into: null,
    absorbed: [],
    stage: null,
    priority: 'normal',
    tags: [],
    assignment: { state: 'unassigned', agent_id: null, team_id: 'team_1', since: T0, offer_until: null },
    waiting: { on: 'nobody', since: null },
    needs_reply: false,
    sla_clocks: [],
    scheduled: [],
    last_message: null,
    message_count: 0,
    read_seq: 0,
    escalation_level: 0,
    cases: [],
    news_seq: 0,
    unread: false,
    created_at: T0,
    last_activity_at: T0,
    seq: 10,
    ...change,
  };
}

export function message(conversationId: string, seq: number, change: Partial<Message> = {}): Message {
  return {
    id: `msg_${seq}`,
    conversation_id: conversationId,
    seq,
    kind: 'inbound',
    author: { type: 'contact', id: `con_${conversationId}` },
    text: `text ${seq}`,
    attachments: [],
    at: at(seq),
    ...change,
  };
}

export function event(seq: number, kind: string, conversationId: string | null, data: Record<string, unknown>): EventFrame {
  return { type: 'event', seq, kind, at: at(seq), actor: { type: 'system', part: 'test' }, conversation_id: conversationId, data };
}

export function wrote(seq: number, conversationId: string, change: Partial<Message> = {}): EventFrame {
  const it = message(conversationId, seq, change);
  const waiting = { on: it.kind === 'inbound' ? 'agent' : it.kind === 'outbound' ? 'contact' : 'nobody', since: it.at };
  return event(seq, 'message.created', conversationId, { message: it, waiting });
}
