// What a call is at the moment, worked out from what the desk says of it. Pure.
import type { Call, CallState, ListenMode } from '../protocol/calls.ts';

const OVER: ReadonlySet<CallState> = new Set<CallState>(['closed', 'abandoned', 'rejected', 'failed']);

/** True once nobody talks or waits any more; wrap-up may still be going on. */
export function isOver(call: Call): boolean {
  return OVER.has(call.state) || Boolean(call.ended_at);
}

/** True when nothing about it can change but its wrap-up's words. */
export function isFinal(call: Call): boolean {
  if (call.writing.length > 0) return false;
  return OVER.has(call.state) || (call.state === 'voicemail' && Boolean(call.ended_at));
}

/** A call of a list of running ones, taken in: replaced, added, or gone. What is final stays final, however late a copy comes. */
export function foldCall(calls: Call[], call: Call, done: ReadonlySet<string> = new Set()): Call[] {
  const at = calls.findIndex((it) => it.id === call.id);
  if (isFinal(call) || done.has(call.id)) return at < 0 ? calls : calls.toSpliced(at, 1);
  return at < 0 ? [...calls, call] : calls.with(at, call);
}

/** What an agent has to do with a call. */
export type Part = 'incoming' | 'telephone' | 'dialing' | 'talking' | 'consulted' | 'listening' | 'wrapup';

export function partOf(call: Call, me: string): Part | null {
  if (isFinal(call)) return null;
  // Handed on: it goes on with others, or is over, and is written up here.
  if (call.offered_to !== me && call.writing.some((it) => it.agent_id === me)) return 'wrapup';
  if (call.state === 'wrapup') return call.agent_id === me ? 'wrapup' : null;
  if (isOver(call)) return null;
  // Worked at the telephone; here it is only shown.
  if (call.provider === 'cti') return call.agent_id === me || call.offered_to === me ? 'telephone' : null;
  if (call.offered_to === me) return 'incoming';
  if (call.legs.some((it) => it.kind === 'listener' && it.agent_id === me && !it.left_at)) return 'listening';
  if (call.agent_id === me) return call.direction === 'outbound' && !call.answered_at ? 'dialing' : 'talking';
  const joined = call.legs.some((it) => it.kind === 'browser' && it.agent_id === me && !it.left_at);
  const asked = (call.transfer?.consulted ?? call.transfer?.to_agent_id) === me && call.transfer?.state === 'talking';
  return call.state === 'transferring' && (joined || asked) ? 'consulted' : null;
}

const ORDER: Part[] = ['incoming', 'talking', 'dialing', 'consulted', 'telephone', 'listening', 'wrapup'];

/** Until when this agent writes it up. */
export function writeUpUntil(call: Call, me: string): string | null {
  return call.writing.find((it) => it.agent_id === me)?.until ?? call.wrapup_until ?? null;
}

/** How this supervisor is in a call. */
export function modeOf(call: Call, me: string): ListenMode {
  return call.legs.find((it) => it.kind === 'listener' && it.agent_id === me && !it.left_at)?.mode ?? 'listen';
}

/** The call that the bar is about: what rings first, then what is talked, then what is to be written up. */
export function currentOf(calls: Call[], me: string): { call: Call; part: Part } | null {
  let found: { call: Call; part: Part } | null = null;
  for (const call of calls) {
    const part = partOf(call, me);
    if (part && (!found || ORDER.indexOf(part) < ORDER.indexOf(found.part))) found = { call, part };
  }
  return found;
}

const since = (from: string | null | undefined, until: number): number => (from ? Math.max(0, until - Date.parse(from)) : 0);

/** How long the two sides have been connected, time on hold included. */
export function connectedMs(call: Call, now: number): number {
  if (!call.answered_at) return 0;
  return since(call.answered_at, call.ended_at ? Date.parse(call.ended_at) : now);
}

/** How long the caller has waited for somebody. */
export function waitedMs(call: Call, now: number): number {
  if (call.answered_at || isOver(call)) return call.wait_ms;
  return since(call.started_at, now);
}

/** How long the other side has been on hold this time. */
export function heldMs(call: Call, now: number): number {
  return since(call.held_since, now);
}

/** How a call went, as a person would say it in one word. */
export type Outcome = 'waiting' | 'ringing' | 'talking' | 'held' | 'transferring' | 'voicemail' | 'answered' | 'missed' | 'abandoned' | 'rejected' | 'failed' | 'unanswered';

export function outcomeOf(call: Call): Outcome {
  if (call.voicemail || call.state === 'voicemail') return 'voicemail';
  if (!isOver(call)) {
    if (call.state === 'held') return 'held';
    if (call.state === 'transferring') return 'transferring';
    if (call.state === 'active') return 'talking';
    return call.direction === 'outbound' || call.state === 'offering' || call.state === 'new' ? 'ringing' : 'waiting';
  }
  if (call.state === 'failed' && !call.answered_at) return 'failed';
  if (call.answered_at || call.state === 'closed') return 'answered';
  if (call.direction === 'outbound') return 'unanswered';
  if (call.state === 'abandoned') return 'abandoned';
  if (call.state === 'rejected') return 'rejected';
  return 'missed';
}

/** What somebody typed, when it can be a number to call; null when it cannot. */
export function dialable(typed: string): string | null {
  const plain = typed.normalize('NFKC').replace(/[\s().\-–/]/gu, '');
  return /^\+?\d{3,20}([,;x#]\d{1,10})?$/.test(plain) ? plain : null;
}
