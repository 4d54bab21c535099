import { describe, expect, it, vi } from 'vitest';

import { bars, wavePath } from '../../src/features/inbox/call/wave.ts';
import { soon } from '../../src/features/phone/soon.ts';
import { callOf, type Call } from '../../src/protocol/calls.ts';
import { connectedMs, currentOf, dialable, foldCall, heldMs, isFinal, modeOf, outcomeOf, partOf, waitedMs, writeUpUntil } from '../../src/sync/calls.ts';
import { Calls } from '../../src/sync/calls.svelte.ts';
import { Api } from '../../src/sync/http.ts';
import { foldConversation, foldMessages } from '../../src/sync/reducer.ts';
import { at, conversation, event, ME, message, T0 } from './builders.ts';

function call(change: Partial<Call> = {}): Call {
  return {
    id: 'call_1', conversation_id: 'a', message_id: 'msg_11', inbox_id: 'inb_1', contact: { id: 'con_a', name: '王小雨' }, direction: 'inbound', number: '138****2210', own_number: null, provider: 'sip', callback: false, missed: false, state: 'queued', team_id: 'team_1',
    agent_id: null, offered_to: null, offer_until: null, started_at: T0, queued_at: at(2), answered_at: null, ended_at: null, wrapup_until: null, wait_ms: 0, talk_ms: 0, hold_ms: 0, held_since: null,
    ended_by: null, cause: null, recording: null, voicemail: false, disposition: null, transfer: null, legs: [], writing: [], queue_position: null, ...change,
  };
}

const leg = (kind: 'browser' | 'listener', agent_id: string, left_at: string | null = null) => ({ id: `leg_${agent_id}`, kind, agent_id, joined_at: T0, left_at });
const now = (secs: number) => Date.parse(at(secs));

describe('a call in a thread', () => {
  const shown = (it: Call) => message('a', 11, { kind: 'call', text: '\u260e', call: it });

  it('changes in its place, from the first ring to the wrap-up', () => {
    let thread = [message('a', 10), shown(call()), message('a', 12)];
    for (const [seq, next] of [call({ state: 'offering', offered_to: ME }), call({ state: 'active', agent_id: ME, answered_at: at(9) }), call({ state: 'wrapup', agent_id: ME, answered_at: at(9), ended_at: at(60) })].entries()) {
      thread = foldMessages(thread, event(20 + seq, 'call.changed', 'a', { call: next }));
    }
    expect(thread.map((it) => it.id)).toEqual(['msg_10', 'msg_11', 'msg_12']);
    expect(callOf(thread[1]!)).toMatchObject({ state: 'wrapup', answered_at: at(9) });
  });

  it('does not ring again by a copy that came late', () => {
    const over = [shown(call({ state: 'abandoned', ended_at: at(30) }))];
    expect(foldMessages(over, event(20, 'call.changed', 'a', { call: call({ state: 'offering' }) }))).toBe(over);
  });

  it('is nothing to a thread that does not have it', () => {
    const thread = [message('a', 10)];
    expect(foldMessages(thread, event(20, 'call.changed', 'a', { call: call() }))).toBe(thread);
    expect(foldMessages(thread, event(20, 'call.changed', 'a', {}))).toBe(thread);
  });

  it('is activity when somebody takes it, and when it ends', () => {
    const before = conversation('a');
    for (const what of ['accepted', 'answered', 'ended']) expect(foldConversation(before, event(20, 'call.changed', 'a', { change: { what } }), ME).last_activity_at).toBe(at(20));
    expect(foldConversation(before, event(20, 'call.changed', 'a', { change: { what: 'leg_joined' } }), ME).last_activity_at).toBe(before.last_activity_at);
  });

  it('moves its conversation on, and changes nothing else of it', () => {
    const before = conversation('a');
    expect(foldConversation(before, event(20, 'call.changed', 'a', { call: call() }), ME)).toEqual({ ...before, seq: 20 });
  });
});

describe('calls that go on', () => {
  it('are replaced, added, and gone when they are over', () => {
    const one = foldCall([], call());
    expect(foldCall(one, call({ state: 'active' }))).toMatchObject([{ state: 'active' }]);
    expect(foldCall(one, call({ id: 'call_2' }))).toHaveLength(2);
    expect(foldCall(one, call({ state: 'closed', ended_at: at(9) }))).toEqual([]);
    expect(foldCall([], call({ state: 'closed', ended_at: at(9) }))).toEqual([]);
  });

  it('wait for their wrap-up, and for a voicemail to be spoken', () => {
    expect(isFinal(call({ state: 'wrapup', ended_at: at(9) }))).toBe(false);
    expect(isFinal(call({ state: 'voicemail' }))).toBe(false);
    expect(isFinal(call({ state: 'voicemail', ended_at: at(9) }))).toBe(true);
  });

  it('stay over though an older list is read afterwards', async () => {
    let answer: (body: unknown) => void = () => {};
    const api = new Api((async () => ({ ok: true, status: 200, text: () => new Promise((resolve) => (answer = (body) => resolve(JSON.stringify(body)))) })) as unknown as typeof fetch);
    const calls = new Calls(api);
    const reading = calls.load();
    await new Promise((resolve) => setTimeout(resolve));
    calls.fold(event(20, 'call.ended', 'a', { call: call({ state: 'abandoned', ended_at: at(9) }) }));
    calls.fold(event(21, 'call.started', 'b', { call: call({ id: 'call_2' }) }));
    answer({ items: [call({ state: 'offering' })], next_cursor: null });
    await reading;
    expect(calls.live.map((it) => it.id)).toEqual(['call_2']);
    calls.put(call({ state: 'offering' }));
    expect(calls.live.map((it) => it.id)).toEqual(['call_2']);
  });
});

describe('my part in a call', () => {
  it('is to answer what is offered to me, and nothing that is offered to others', () => {
    expect(partOf(call({ state: 'offering', offered_to: ME }), ME)).toBe('incoming');
    expect(partOf(call({ state: 'offering', offered_to: 'agt_2' }), ME)).toBeNull();
    expect(partOf(call({ state: 'transferring', agent_id: 'agt_2', offered_to: ME }), ME)).toBe('incoming');
  });

  it('is to talk, to be asked, to listen, to write it up', () => {
    expect(partOf(call({ state: 'held', agent_id: ME, answered_at: at(3) }), ME)).toBe('talking');
    expect(partOf(call({ direction: 'outbound', state: 'new', agent_id: ME }), ME)).toBe('dialing');
    const warm = { kind: 'warm' as const, by: 'agt_2', to_agent_id: ME, state: 'talking' as const };
    expect(partOf(call({ state: 'transferring', agent_id: 'agt_2', transfer: warm }), ME)).toBe('consulted');
    expect(partOf(call({ state: 'transferring', agent_id: 'agt_2', transfer: { kind: 'warm', by: 'agt_2', to_team_id: 'team_2', state: 'talking' }, legs: [leg('browser', ME)] }), ME)).toBe('consulted');
    expect(partOf(call({ state: 'active', agent_id: 'agt_2', legs: [leg('listener', ME)] }), ME)).toBe('listening');
    expect(partOf(call({ state: 'active', agent_id: 'agt_2', legs: [leg('listener', ME, at(5))] }), ME)).toBeNull();
    expect(modeOf(call({ legs: [{ ...leg('listener', ME), mode: 'barge' }] }), ME)).toBe('barge');
    expect(modeOf(call({ legs: [{ ...leg('listener', ME, at(5)), mode: 'barge' }] }), ME)).toBe('listen');
  });

  it('is written up by who handed it on, whatever becomes of it', () => {
    const writing = [{ agent_id: ME, until: at(90) }];
    const handed = call({ state: 'active', agent_id: 'agt_2', writing });
    expect(partOf(handed, ME)).toBe('wrapup');
    expect(partOf(handed, 'agt_2')).toBe('talking');
    expect(writeUpUntil(handed, ME)).toBe(at(90));
    const over = call({ state: 'closed', agent_id: 'agt_2', ended_at: at(60), writing });
    expect(isFinal(over)).toBe(false);
    expect(partOf(over, ME)).toBe('wrapup');
    expect(partOf(over, 'agt_2')).toBeNull();
    expect(partOf(call({ state: 'offering', offered_to: ME, writing }), ME)).toBe('incoming');
    expect(partOf(call({ state: 'wrapup', agent_id: ME, ended_at: at(60) }), ME)).toBe('wrapup');
    expect(partOf(call({ state: 'wrapup', agent_id: 'agt_2', ended_at: at(60) }), ME)).toBeNull();
    expect(partOf(call({ state: 'closed', agent_id: ME, ended_at: at(60) }), ME)).toBeNull();
  });

  it('is only to see it, when it is at the telephone', () => {
    expect(partOf(call({ provider: 'cti', state: 'active', agent_id: ME, answered_at: at(3) }), ME)).toBe('telephone');
    expect(partOf(call({ provider: 'cti', state: 'wrapup', agent_id: ME, answered_at: at(3), ended_at: at(9) }), ME)).toBe('wrapup');
  });

  it('is what is most pressing, of several', () => {
    const wrapup = call({ state: 'wrapup', agent_id: ME, ended_at: at(60) });
    expect(currentOf([wrapup, call({ id: 'call_2', state: 'offering', offered_to: ME })], ME)).toMatchObject({ part: 'incoming', call: { id: 'call_2' } });
    expect(currentOf([], ME)).toBeNull();
  });
});

describe('what is said of a call', () => {
  it('runs while it does, and stands when it is over', () => {
    const talking = call({ state: 'active', answered_at: at(10), wait_ms: 10_000 });
    expect(connectedMs(talking, now(75))).toBe(65_000);
    expect(connectedMs({ ...talking, ended_at: at(40) }, now(75))).toBe(30_000);
    expect(waitedMs(call(), now(30))).toBe(30_000);
    expect(waitedMs(talking, now(75))).toBe(10_000);
    expect(heldMs(call({ state: 'held', held_since: at(20) }), now(32))).toBe(12_000);
  });

  it('is one word for what came of it', () => {
    const over = { ended_at: at(60) };
    expect(outcomeOf(call())).toBe('waiting');
    expect(outcomeOf(call({ state: 'offering' }))).toBe('ringing');
    expect(outcomeOf(call({ direction: 'outbound', state: 'new' }))).toBe('ringing');
    expect(outcomeOf(call({ state: 'wrapup', answered_at: at(5), ...over }))).toBe('answered');
    expect(outcomeOf(call({ state: 'closed', ...over }))).toBe('answered');
    expect(outcomeOf(call({ state: 'abandoned', ...over }))).toBe('abandoned');
    expect(outcomeOf(call({ state: 'rejected', ...over }))).toBe('rejected');
    expect(outcomeOf(call({ direction: 'outbound', state: 'rejected', ...over }))).toBe('unanswered');
    expect(outcomeOf(call({ state: 'voicemail', voicemail: true, ...over }))).toBe('voicemail');
    expect(outcomeOf(call({ state: 'failed', ...over }))).toBe('failed');
    expect(outcomeOf(call({ state: 'failed', answered_at: at(5), ...over }))).toBe('answered');
  });
});

describe('a number that is typed', () => {
  it('is taken as people write it, in any width', () => {
    expect(dialable('+86 138-1234-5678')).toBe('+8613812345678');
    expect(dialable('(0571) 8818 9900')).toBe('057188189900');
    expect(dialable('１３８１２３４５６７８')).toBe('13812345678');
    expect(dialable('10086')).toBe('10086');
    expect(dialable('17012345678,4321')).toBe('17012345678,4321');
  });

  it('is refused when it is none', () => {
    for (const it of ['', 'abc', '12', '+', '138 abc', '1'.repeat(30)]) expect(dialable(it)).toBeNull();
  });
});

describe('a wave', () => {
  it('shows the loudest of each stretch, flat while nothing is known', () => {
    expect(bars(undefined, 3)).toEqual([0, 0, 0]);
    expect(bars([0, 255, 0, 0, 0, 0], 3)).toEqual([1, 0, 0]);
    expect(bars([255], 4)).toEqual([1, 1, 1, 1]);
  });

  it('grows away from the middle', () => {
    expect(wavePath([1], -1)).toBe('M0.18 19.40v-18.00h.64v18.00z');
    expect(wavePath([1], 1)).toBe('M0.18 20.60v18.00h.64v-18.00z');
  });
});

describe('what is read again', () => {
  it('is read once for many changes, and also while they go on', () => {
    vi.useFakeTimers();
    let reads = 0;
    const again = soon(() => (reads += 1), 400);
    for (let ms = 0; ms < 2000; ms += 50) {
      again.ask();
      vi.advanceTimersByTime(50);
    }
    expect(reads).toBe(5);
    again.ask();
    again.stop();
    vi.advanceTimersByTime(1000);
    expect(reads).toBe(5);
    vi.useRealTimers();
  });
});
