// What an agent does with calls: one function per operation of the API. Each answers with the call as it is afterwards.
import type { Board, Call, ListenMode, Peaks, RecordingAccesses } from '../protocol/calls.ts';
import type { Desk } from './desk.svelte.ts';
import type { Page } from './http.ts';

async function change(desk: Desk, id: string, path: string, body: unknown = {}): Promise<Call | undefined> {
  const call = await desk.api.post<Call | undefined>(`/calls/${id}/${path}`, body);
  if (call?.id) desk.calls.put(call);
  return call;
}

export interface DialBody {
  inbox_id: string;
  contact_id?: string;
  number?: string;
  conversation_id?: string;
}

export async function dial(desk: Desk, body: DialBody): Promise<Call> {
  const call = await desk.api.post<Call>('/calls', body);
  desk.calls.put(call);
  return call;
}

export const acceptCall = (desk: Desk, id: string) => change(desk, id, 'accept');
export const declineCall = (desk: Desk, id: string) => change(desk, id, 'decline');
export const hangUp = (desk: Desk, id: string) => change(desk, id, 'hang-up');
export const holdCall = (desk: Desk, id: string) => change(desk, id, 'hold');
export const resumeCall = (desk: Desk, id: string) => change(desk, id, 'resume');
export const sendDigits = (desk: Desk, id: string, digits: string) => change(desk, id, 'digits', { digits });

export interface TransferTo {
  kind: 'blind' | 'warm';
  agent_id?: string;
  team_id?: string;
  number?: string;
  note?: string;
}

export const transferCall = (desk: Desk, id: string, to: TransferTo) => change(desk, id, 'transfer', to);
export const leaveCall = (desk: Desk, id: string) => change(desk, id, 'leave');
export const completeTransfer = (desk: Desk, id: string) => change(desk, id, 'complete-transfer');
export const cancelTransfer = (desk: Desk, id: string) => change(desk, id, 'cancel-transfer');
export const pauseRecording = (desk: Desk, id: string, paused: boolean) => change(desk, id, 'recording', { paused });
export const listenTo = (desk: Desk, id: string, mode: ListenMode) => change(desk, id, 'listen', { mode });

export interface WrapUp {
  code?: string | null;
  note?: string | null;
  follow_up_at?: string | null;
}

export const wrapUp = (desk: Desk, id: string, body: WrapUp) => change(desk, id, 'wrap-up', body);

export const readPeaks = (desk: Desk, id: string) => desk.api.get<Peaks>(`/calls/${id}/peaks`);
export const recordingPath = (id: string) => `/api/v1/calls/${id}/recording`;
export const readAccesses = (desk: Desk, id: string) => desk.api.get<RecordingAccesses>(`/calls/${id}/recording/accesses`);
export const deleteRecording = (desk: Desk, id: string, reason: string) => change(desk, id, 'delete-recording', { reason });
export const readBoard = (desk: Desk) => desk.api.get<Board>('/phone/board');

export const listCalls = (desk: Desk, state: 'ended' | 'missed' | 'to_call', cursor: string | null = null, inbox: string | null = null) =>
  desk.api.get<Page<Call>>('/calls', { state, inbox, cursor, limit: 50 });
