// The frames of the agents' websocket, as docs/api-design.md describes them ("The live contract").

/** What the client sends. */
export type ClientFrame =
  | { type: 'subscribe'; since: number }
  | { type: 'viewing'; conversation_id: string | null }
  | { type: 'typing'; conversation_id: string; note: boolean }
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

/** What the server sends. */
export type ServerFrame =
  | { type: 'hello'; head: number; server: string; now: string }
  | EventFrame
  | { type: 'caught_up'; head: number }
  | { type: 'resync'; head: number }
  | EphemeralFrame
  | { type: 'pong' }
  | { type: 'error'; message: string };
