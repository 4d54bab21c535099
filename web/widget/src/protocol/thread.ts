/** What is in the conversation: pure functions over messages from the server and messages on their way to it. */

import type { Attachment, VisitorMessage } from "./types.ts";

export type SendState = "sending" | "waiting" | "failed";

/** A message that the server has not confirmed. */
export interface Pending {
  clientId: string;
  text: string;
  attachments: Attachment[];
  /** When it was written, RFC 3339. */
  at: string;
  state: SendState;
  /** Why it failed, for the dictionary. */
  reason?: string;
}

export interface Thread {
  /** Confirmed, in the order of the journal. */
  messages: readonly VisitorMessage[];
  pending: readonly Pending[];
  /** The journal position up to which nothing is missing. */
  since: number;
}

export const EMPTY: Thread = { messages: [], pending: [], since: 0 };

/** Adds a message. The same one again changes nothing; the echo of a pending one replaces it. */
export function receive(thread: Thread, message: VisitorMessage): Thread {
  const pending = message.client_id
    ? thread.pending.filter((entry) => entry.clientId !== message.client_id)
    : thread.pending;
  if (thread.messages.some((known) => known.id === message.id)) {
    return pending.length === thread.pending.length ? thread : { ...thread, pending };
  }
  const messages = [...thread.messages];
  let at = messages.length;
  while (at > 0 && messages[at - 1]!.seq > message.seq) at--;
  messages.splice(at, 0, message);
  return { ...thread, messages, pending };
}

/** Moves the position forward, never back. */
export function advance(thread: Thread, seq: number): Thread {
  return seq > thread.since ? { ...thread, since: seq } : thread;
}

export function enqueue(thread: Thread, entry: Pending): Thread {
  return { ...thread, pending: [...thread.pending, entry] };
}

export function mark(thread: Thread, clientId: string, state: SendState, reason?: string): Thread {
  return {
    ...thread,
    pending: thread.pending.map((entry) => {
      if (entry.clientId !== clientId) return entry;
      const { reason: _, ...rest } = entry;
      return reason === undefined ? { ...rest, state } : { ...rest, state, reason };
    }),
  };
}

export function discard(thread: Thread, clientId: string): Thread {
  return { ...thread, pending: thread.pending.filter((entry) => entry.clientId !== clientId) };
}

/** How many messages from the desk came after `seenSeq`. */
export function unreadAfter(thread: Thread, seenSeq: number): number {
  return thread.messages.filter((message) => message.kind === "outbound" && message.seq > seenSeq).length;
}

/** The newest position of a message from the desk; 0 when there is none. */
export function lastOutboundSeq(thread: Thread): number {
  return thread.messages.findLast((message) => message.kind === "outbound")?.seq ?? 0;
}

/**
 * The opener, and the thread without its double. The widget shows the opener at once; when the server sends the same text,
 * the opener stays where it is and the message is not shown a second time. A desk that already said something else
 * by itself (an older opener, an away message) needs none.
 */
export function withOpener(
  messages: readonly VisitorMessage[],
  opener: string | null,
): { opener: string | null; shown: readonly VisitorMessage[] } {
  if (!opener) return { opener: null, shown: messages };
  const automatic = messages.filter((message) => message.kind === "outbound" && !message.agent_name);
  if (automatic.length === 0) return { opener, shown: messages };
  const first = automatic[0]!;
  if (first.text.trim() !== opener.trim()) return { opener: null, shown: messages };
  // Deep in a long conversation the message stays where it was said.
  if (messages.indexOf(first) > 2) return { opener: null, shown: messages };
  return { opener, shown: messages.filter((message) => message !== first) };
}
