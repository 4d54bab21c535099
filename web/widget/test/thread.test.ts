import { describe, expect, test } from "vitest";
import { advance, EMPTY, enqueue, receive, unreadAfter, withOpener } from "../src/protocol/thread.ts";
import type { VisitorMessage } from "../src/protocol/types.ts";

const message = (seq: number, extra: Partial<VisitorMessage> = {}): VisitorMessage => ({
  id: `m${seq}`,
  seq,
  kind: "outbound",
  text: `text ${seq}`,
  at: "2026-11-22T09:00:00Z",
  attachments: [],
  ...extra,
});

describe("thread", () => {
  test("the same message twice is one message", () => {
    const once = receive(EMPTY, message(1));
    expect(receive(once, message(1))).toBe(once);
  });

  test("messages stand in the order of the journal, however they arrive", () => {
    const thread = [3, 1, 2].reduce((now, seq) => receive(now, message(seq)), EMPTY);
    expect(thread.messages.map((known) => known.seq)).toEqual([1, 2, 3]);
  });

  test("the echo of a pending message takes its place", () => {
    const pending = enqueue(EMPTY, { clientId: "a", text: "hi", attachments: [], at: "", state: "sending" });
    const thread = receive(pending, message(1, { kind: "inbound", client_id: "a" }));
    expect(thread.pending).toEqual([]);
    expect(thread.messages).toHaveLength(1);
  });

  test("the position never moves back", () => {
    expect(advance(advance(EMPTY, 9), 4).since).toBe(9);
  });

  test("only messages from the desk are unread", () => {
    const thread = [message(1), message(2, { kind: "inbound" }), message(3)].reduce(receive, EMPTY);
    expect(unreadAfter(thread, 1)).toBe(1);
  });
});

describe("opener", () => {
  const own = message(1, { kind: "inbound", text: "hi" });

  test("is shown before anything was said", () => {
    expect(withOpener([], "Hello!")).toEqual({ opener: "Hello!", shown: [] });
  });

  test("is not shown twice when the server sends it", () => {
    const view = withOpener([own, message(2, { text: "Hello!" })], "Hello!");
    expect(view).toEqual({ opener: "Hello!", shown: [own] });
  });

  test("an agent who says the same words is heard", () => {
    const said = message(2, { text: "Hello!", agent_name: "Mei" });
    expect(withOpener([own, said], "Hello!").shown).toContain(said);
  });

  test("a conversation that was opened with other words keeps them", () => {
    const old = message(2, { text: "Welcome back" });
    expect(withOpener([own, old], "Hello!")).toEqual({ opener: null, shown: [own, old] });
  });
});
