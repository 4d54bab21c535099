import { describe, expect, it } from 'vitest';

import { foldConversation, foldMessages, insertMessage, mergeMessages, previewOf, rereadsOf } from '../../src/sync/reducer.ts';
import { at, conversation, event, ME, message, wrote } from './builders.ts';

const fold = (state: ReturnType<typeof conversation>, ...frames: ReturnType<typeof event>[]) => frames.reduce((it, frame) => foldConversation(it, frame, ME), state);

describe('a conversation', () => {
  it('takes in a message of the customer: unread, waiting, at the top', () => {
    const after = fold(conversation('a'), wrote(11, 'a'));
    expect(after).toMatchObject({ seq: 11, unread: true, needs_reply: true, message_count: 1, last_activity_at: at(11), last_message: { id: 'msg_11', text: 'text 11' } });
  });

  it('does not become unread by what I write myself, or by a greeting', () => {
    const mine = fold(conversation('a'), wrote(11, 'a', { kind: 'outbound', author: { type: 'agent', id: ME } }));
    expect(mine).toMatchObject({ unread: false, needs_reply: false, waiting: { on: 'contact' } });
    expect(fold(conversation('a'), wrote(11, 'a', { kind: 'outbound', author: { type: 'system', id: 'greeting' } })).unread).toBe(false);
  });

  it('previews what the customer made of the latest message, and of no other', () => {
    const before = fold(conversation('a'), wrote(11, 'a'), wrote(12, 'a'));
    expect(fold(before, event(13, 'message.edited', 'a', { message: message('a', 12, { text: 'teapot' }) }))).toMatchObject({ seq: 13, last_message: { id: 'msg_12', text: 'teapot' } });
    expect(fold(before, event(13, 'message.taken_back', 'a', { message: message('a', 11, { text: '' }) })).last_message).toEqual(before.last_message);
    const withdrawn = message('a', 12, { text: '', taken_back_at: '2026-01-01T00:00:00Z' });
    expect(fold(before, event(13, 'message.taken_back', 'a', { message: withdrawn })).last_message).toMatchObject({ id: 'msg_12', text: '', taken_back: true });
  });

  it('keeps its preview and its place when a colleague writes a note', () => {
    const before = fold(conversation('a'), wrote(11, 'a'));
    const after = fold(before, wrote(12, 'a', { kind: 'note', author: { type: 'agent', id: 'agt_2' } }));
    expect(after).toMatchObject({ last_message: before.last_message, last_activity_at: before.last_activity_at, message_count: 2, unread: true });
  });

  it('ignores an event that it already reflects, and events of others', () => {
    const before = conversation('a');
    expect(fold(before, wrote(10, 'a'))).toBe(before);
    expect(fold(before, wrote(11, 'b'))).toBe(before);
    expect(fold(before, event(11, 'contact.updated', 'a', {}))).toBe(before);
  });

  it('follows status, assignment, tags, priority, stage and clocks as told', () => {
    const clock = { target: 'next_response', state: 'running', limit_secs: 180, due_at: at(300) };
    const assignment = { state: 'assigned', agent_id: ME, team_id: 'team_1', since: at(12), offer_until: null };
    const after = fold(
      conversation('a', { tags: ['b', 'x'] }),
      event(11, 'conversation.status_changed', 'a', { status: 'resolved', snoozed_until: null, resolved_at: at(11), disposition: '退款', merged_into: null, waiting: { on: 'nobody', since: null }, cause: 'by_hand' }),
      event(12, 'conversation.assigned', 'a', { assignment, cause: 'by_hand', decision_id: null }),
      event(13, 'conversation.tagged', 'a', { added: ['a', 'b'], removed: ['x'] }),
      event(14, 'conversation.priority_changed', 'a', { priority: 'urgent' }),
      event(15, 'conversation.stage_changed', 'a', { stage: 'aftersale' }),
      event(16, 'sla.changed', 'a', { sla_clocks: [clock] }),
    );
    expect(after).toMatchObject({ status: 'resolved', disposition: '退款', resolved_at: at(11), last_activity_at: at(11), assignment, tags: ['a', 'b'], priority: 'urgent', stage: 'aftersale', sla_clocks: [clock], seq: 16, needs_reply: false });
  });

  it('moves a scheduled reply out when it is sent or taken back', () => {
    const scheduled = { message_id: 'msg_20', at: at(60), agent_id: ME };
    const waiting = fold(conversation('a'), event(11, 'message.scheduled', 'a', { scheduled }));
    expect(waiting.scheduled).toEqual([scheduled]);
    expect(fold(waiting, event(12, 'message.schedule_cancelled', 'a', { message_id: 'msg_20', reason: 'by_hand' })).scheduled).toEqual([]);
    expect(fold(waiting, wrote(20, 'a', { kind: 'outbound', author: { type: 'agent', id: ME } })).scheduled).toEqual([]);
  });

  it('is read up to where I read, and unread again only by what came later', () => {
    const unread = fold(conversation('a'), wrote(11, 'a'));
    const read = fold(unread, event(12, 'conversation.read', 'a', { agent_id: ME, seq: 11 }));
    expect(read).toMatchObject({ unread: false, read_seq: 11, seq: 11 });
    const late = fold(unread, wrote(12, 'a'), event(13, 'conversation.read', 'a', { agent_id: ME, seq: 11 }));
    expect(late.unread).toBe(true);
    const back = fold(read, event(14, 'conversation.read', 'a', { agent_id: ME, seq: 0 }));
    expect(back).toMatchObject({ unread: true, read_seq: 0 });
    expect(fold(unread, event(12, 'conversation.read', 'a', { agent_id: 'agt_2', seq: 11 }))).toBe(unread);
  });

  it('remembers what was merged into it until it is released', () => {
    const merged = fold(conversation('a'), event(11, 'conversation.absorbed', 'a', { other: 'c', with: ['b'] }));
    expect(merged.absorbed).toEqual(['b', 'c']);
    expect(fold(merged, event(12, 'conversation.released', 'a', { other: 'c', with: [] })).absorbed).toEqual(['b']);
  });
});

describe('messages', () => {
  it('keep their order and are there once, whatever comes twice or late', () => {
    const frames = [wrote(13, 'a'), wrote(11, 'a'), wrote(13, 'a'), wrote(12, 'a')];
    expect(frames.reduce(foldMessages, []).map((it) => it.seq)).toEqual([11, 12, 13]);
  });

  it('learn of their delivery', () => {
    const sent = [message('a', 11, { kind: 'outbound', delivery: { state: 'queued' } })];
    const after = foldMessages(sent, event(12, 'message.delivery_changed', 'a', { message_id: 'msg_11', delivery: { state: 'read' } }));
    expect(after[0]?.delivery?.state).toBe('read');
    expect(foldMessages(sent, event(12, 'message.delivery_changed', 'a', { message_id: 'msg_99', delivery: { state: 'read' } }))).toBe(sent);
  });

  it('say what the contact made of them, where they are', () => {
    const said = [message('a', 11, { text: 'kettle' }), message('a', 12)];
    const edited = message('a', 11, { text: 'teapot', edited_at: '2026-01-01T00:00:00Z' });
    expect(foldMessages(said, event(13, 'message.edited', 'a', { message: edited }))[0]?.text).toBe('teapot');
    const gone = message('a', 11, { text: '', taken_back_at: '2026-01-01T00:00:00Z' });
    expect(foldMessages(said, event(13, 'message.taken_back', 'a', { message: gone }))).toEqual([gone, said[1]]);
    expect(foldMessages(said, event(13, 'message.taken_back', 'a', { message: message('a', 99) }))).toBe(said);
  });

  it('join with an older page without doubles', () => {
    expect(mergeMessages([message('a', 12), message('a', 13)], [message('a', 11), message('a', 12)]).map((it) => it.seq)).toEqual([11, 12, 13]);
    expect(insertMessage([message('a', 12)], message('a', 12))).toHaveLength(1);
  });

  it('are previewed on one line, cut by characters and not by bytes', () => {
    expect(previewOf(message('a', 1, { text: '多行\r\n文字' })).text).toBe('多行  文字');
    expect([...previewOf(message('a', 1, { text: '😀'.repeat(300) })).text]).toHaveLength(200);
  });
});

it('events that say only that something changed ask to read it again', () => {
  expect(rereadsOf(event(1, 'conversation.absorbed', 'a', { other: 'b', with: [] }))).toHaveLength(2);
  expect(rereadsOf(event(1, 'contact.merged', null, { contact_id: 'c', into: 'd' }))).toEqual([{ what: 'contact', id: 'c' }, { what: 'contact', id: 'd' }]);
  expect(rereadsOf(event(1, 'desk.saved', null, { entity: 'team', id: 'x' }))).toEqual([{ what: 'desk', entity: 'team', id: 'x' }]);
});
