/** The visitor half of the wire contract: `crates/protocol/src/{visitors,live,messages,error}.rs`. */

export type ErrorCode =
  | "unauthenticated"
  | "forbidden"
  | "not_found"
  | "invalid"
  | "conflict"
  | "rate_limited"
  | "too_large"
  | "unavailable";

export interface WidgetConfig {
  inbox_id: string;
  title: string;
  /** `#rrggbb` */
  color: string;
  locale: string | null;
  greeting: string | null;
  away_message: string | null;
  open_now: boolean;
  prechat: "off" | "optional" | "required";
  offline_form: boolean;
  proactive_after_secs: number | null;
  identity: "off" | "optional" | "enforce";
  attachment_bytes_max: number;
}

export interface OpenVisitorSession {
  visitor_token?: string;
  identity_token?: string;
  name?: string;
  email?: string;
  locale?: string;
}

export interface VisitorSession {
  visitor_token: string;
  conversation_id: string | null;
  contact_id: string;
  verified: boolean;
}

export interface Attachment {
  id: string;
  name: string;
  content_type: string;
  size: number;
  is_image: boolean;
}

export interface VisitorMessage {
  id: string;
  seq: number;
  kind: "inbound" | "outbound";
  text: string;
  agent_name?: string;
  at: string;
  attachments: Attachment[];
  client_id?: string;
}

export interface PostVisitorMessage {
  text: string;
  client_id: string;
  attachments: string[];
}

export interface PostedVisitorMessage {
  message: VisitorMessage;
  conversation_id: string;
}

export interface Page<T> {
  items: T[];
  next_cursor: string | null;
}

export type ClientFrame =
  | { type: "subscribe"; since: number }
  | { type: "typing" }
  | { type: "seen"; seq: number }
  | { type: "ping" };

export type ServerFrame =
  | { type: "hello"; head: number; server: string; now: string }
  | {
      type: "event";
      seq: number;
      kind: string;
      at: string;
      conversation_id: string | null;
      data: { message?: VisitorMessage } & Record<string, unknown>;
    }
  | { type: "caught_up"; head: number }
  | { type: "resync"; head: number }
  | { type: "ephemeral"; what: "viewing" | "typing"; conversation_id: string; agents: string[]; contact: boolean }
  | { type: "pong" }
  | { type: "error"; message: string };
