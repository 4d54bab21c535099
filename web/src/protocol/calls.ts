// Calls as the API has them.
import type { Message } from './api.ts';

export type CallState = 'new' | 'ivr' | 'queued' | 'offering' | 'active' | 'held' | 'transferring' | 'wrapup' | 'closed' | 'abandoned' | 'voicemail' | 'rejected' | 'failed';

export type LegKind = 'trunk' | 'browser' | 'external' | 'voicemail' | 'listener';

export interface Leg {
  id: string;
  kind: LegKind;
  agent_id?: string | null;
  joined_at: string;
  left_at?: string | null;
}

export interface EndCause {
  word: string;
  sip?: number | null;
  q850?: number | null;
}

export interface CallRecording {
  state: 'recording' | 'paused' | 'kept' | 'deleted';
  seconds?: number | null;
  channels?: number | null;
  expires_at?: string | null;
}

export interface Disposition {
  code?: string | null;
  note?: string | null;
  follow_up_at?: string | null;
}

export interface Transfer {
  kind: 'blind' | 'warm';
  to_agent_id?: string | null;
  to_team_id?: string | null;
  to_number?: string | null;
  by?: string;
  /** The agent who is asked first. */
  consulted?: string | null;
  state: 'ringing' | 'talking' | 'completed' | 'failed' | 'cancelled';
}

/** A call, from the first ring to the wrap-up. */
export interface Call {
  id: string;
  conversation_id: string;
  message_id: string;
  inbox_id: string;
  contact: { id: string; name?: string | null };
  direction: 'inbound' | 'outbound';
  /** Masked unless one may see addresses; null when none was shown. */
  number?: string | null;
  own_number?: string | null;
  /** `sip` for calls that are worked here, `cti` for those that a telephone system reports. */
  provider?: string;
  state: CallState;
  team_id?: string | null;
  agent_id?: string | null;
  offered_to?: string | null;
  offer_until?: string | null;
  started_at: string;
  queued_at?: string | null;
  answered_at?: string | null;
  ended_at?: string | null;
  wrapup_until?: string | null;
  wait_ms: number;
  talk_ms: number;
  hold_ms: number;
  held_since?: string | null;
  ended_by?: 'caller' | 'agent' | 'system' | null;
  cause?: EndCause | null;
  recording?: CallRecording | null;
  voicemail: boolean;
  /** The caller asked to be called back. */
  callback?: boolean;
  missed?: boolean;
  disposition?: Disposition | null;
  transfer?: Transfer | null;
  legs: Leg[];
  queue_position?: number | null;
}

export interface Peaks {
  seconds: number;
  /** Of the caller and of the agent, 0 to 255. */
  peaks: number[][];
}

export interface BoardQueue {
  inbox_id: string;
  team_id?: string | null;
  waiting: number;
  longest_wait_ms: number;
  active: number;
}

export type PhoneState = 'free' | 'ringing' | 'talking' | 'held' | 'wrapup' | 'offline';

export interface BoardAgent {
  agent_id: string;
  state: PhoneState;
  call_id?: string | null;
  since: string;
}

export interface Board {
  queues: BoardQueue[];
  agents: BoardAgent[];
  calls: Call[];
}

export type ListenMode = 'listen' | 'whisper' | 'barge';

/** The call that a message stands for. */
export function callOf(message: Message): Call | null {
  return (message as Message & { call?: Call | null }).call ?? null;
}
