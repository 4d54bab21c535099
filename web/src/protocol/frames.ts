// The frames of the agents' websocket, as docs/api-design.md describes them ("The live contract").

/** What the client sends. */
export type ClientFrame =
  | { type: 'subscribe'; since: number }
  | { type: 'viewing'; conversation_id: string | null }
  | { type: 'typing'; conversation_id: string; note: boolean }
  | { type: 'phone.offer'; sdp: string }
  | { type: 'phone.bye' }
  | { type: 'ping' };

/** Something that happened, with facts in the shapes of the API. */
export interface EventFrame {
  type: 'event';
  seq: number;
  kind: string;
  at: string;
  actor?: { type: string; id?: string; part?: string };
  conversation_id?: string | null;
  data: Record<string, unknown>;
}

/** Presence and typing: good for some seconds. */
export interface EphemeralFrame {
  type: 'ephemeral';
  what: 'viewing' | 'typing';
  conversation_id: string;
  agents: string[];
  contact: boolean;
}

/** The phone's line: how this browser and the desk agree on sound. */
export type PhoneFrame =
  | { type: 'phone.answer'; sdp: string }
  | { type: 'phone.state'; state: 'connected' | 'closed' }
  | { type: 'phone.error'; message: string };

/** What the server sends. */
export type ServerFrame =
  | { type: 'hello'; head: number; server: string; now: string }
  | EventFrame
  | { type: 'caught_up'; head: number }
  | { type: 'resync'; head: number }
  | EphemeralFrame
  | PhoneFrame
  | { type: 'pong' }
  | { type: 'error'; message: string };
