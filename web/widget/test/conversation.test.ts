import { describe, expect, test } from "vitest";
import { ApiError } from "../src/protocol/api.ts";
import { FakeDesk, memoryStorage, settle, visitor } from "./fakes.ts";

async function started(browser = visitor()) {
  browser.conversation.start(null, null);
  browser.conversation.setActive(true);
  await settle();
  return browser;
}

async function chatting(browser = visitor()) {
  await started(browser);
  browser.conversation.send("hello");
  await settle();
  browser.welcome();
  await settle();
  return browser;
}

describe("sending", () => {
  test("a visitor who only looks has no session", async () => {
    const { desk } = await started();
    expect(desk.opened).toEqual([]);
  });

  test("a message is shown at once and confirmed by the answer", async () => {
    const { conversation, texts } = await started();
    conversation.send("hello");
    expect(conversation.state.thread.pending).toMatchObject([{ text: "hello", state: "sending" }]);
    await settle();
    expect(conversation.state.thread.pending).toEqual([]);
    expect(texts()).toEqual(["hello"]);
  });

  test("a lost answer is repeated with the same client id and stays one message", async () => {
    const { desk, conversation, clock, texts } = await started();
    desk.loseAnswers = 2;
    conversation.send("hello");
    await settle();
    expect(conversation.state.thread.pending).toMatchObject([{ state: "waiting" }]);
    await clock.pass(20_000);
    expect(new Set(desk.posted).size).toBe(1);
    expect(desk.posted).toHaveLength(3);
    expect(texts()).toEqual(["hello"]);
  });

  test("messages leave in the order they were written", async () => {
    const { desk, conversation, clock } = await started();
    desk.postErrors = [new ApiError("unavailable", 503, "")];
    for (const text of ["one", "two", "three"]) conversation.send(text);
    await clock.pass(5_000);
    expect(desk.messages.map((message) => message.text)).toEqual(["one", "two", "three"]);
  });

  test("a refused message says why, does not block the next, and can be tried again", async () => {
    const { desk, conversation, texts } = await started();
    desk.postErrors = [new ApiError("invalid", 422, "")];
    const id = conversation.send("bad");
    conversation.send("good");
    await settle();
    expect(conversation.state.thread.pending).toMatchObject([{ text: "bad", state: "failed", reason: "invalid" }]);
    expect(texts()).toEqual(["good"]);
    conversation.retry(id);
    await settle();
    expect(texts()).toEqual(["good", "bad"]);
  });

  test("Retry-After is kept", async () => {
    const { desk, conversation, clock } = await started();
    desk.postErrors = [new ApiError("rate_limited", 429, "", 30)];
    conversation.send("hello");
    await clock.pass(29_000);
    expect(desk.messages).toEqual([]);
    await clock.pass(2_000);
    expect(desk.messages).toHaveLength(1);
  });

  test("what was not sent survives a reload", async () => {
    const desk = new FakeDesk();
    const storage = memoryStorage();
    const before = await started(visitor(desk, storage));
    desk.down = true;
    before.conversation.send("do not lose me");
    await settle();
    desk.down = false;
    const after = await started(visitor(desk, storage));
    expect(after.texts()).toEqual(["do not lose me"]);
    expect(storage.get("outbox")).toBeNull();
  });
});

describe("following", () => {
  test("subscribes with the token and from where it stands", async () => {
    const { opened } = await chatting();
    expect(opened[0]!.protocols).toEqual(["bearer.t1"]);
    expect(opened[0]!.sent[0]).toEqual({ type: "subscribe", since: 0 });
  });

  test("a reply appears, is counted while the panel is closed, and is seen when somebody looks", async () => {
    const { desk, conversation, opened, texts } = await chatting();
    opened[0]!.say(desk.frame(desk.say("hi!")));
    expect(texts()).toEqual(["hello", "hi!"]);
    expect(conversation.state.unread).toBe(1);
    conversation.setWatching(true);
    expect(conversation.state.unread).toBe(0);
    expect(opened[0]!.sent.at(-1)).toEqual({ type: "seen", seq: 2 });
  });

  test("after a cut it resumes where it stood and misses nothing", async () => {
    const { desk, conversation, opened, welcome, clock, texts } = await chatting();
    opened[0]!.cut();
    expect(conversation.state.live).toBe("lost");
    desk.say("said while away");
    desk.say("and this");
    await clock.pass(1_000);
    const second = welcome();
    expect(second).not.toBe(opened[0]);
    expect(second.sent[0]).toEqual({ type: "subscribe", since: 1 });
    expect(texts()).toEqual(["hello", "said while away", "and this"]);
    expect(conversation.state.live).toBe("live");
  });

  test("events that come again change nothing", async () => {
    const { desk, opened, texts } = await chatting();
    const frame = desk.frame(desk.say("once"));
    for (let time = 0; time < 3; time++) opened[0]!.say(frame);
    expect(texts()).toEqual(["hello", "once"]);
  });

  test("resync reads the messages and goes on at the head", async () => {
    const { desk, opened, texts } = await chatting();
    desk.say("one");
    desk.say("two");
    desk.pageSize = 1;
    opened[0]!.say({ type: "resync", head: 70 });
    await settle();
    expect(texts()).toEqual(["hello", "one", "two"]);
    expect(opened[0]!.sent.at(-1)).toEqual({ type: "subscribe", since: 70 });
  });

  test("a connection that answers no ping is given up", async () => {
    const { conversation, opened, clock } = await chatting();
    await clock.pass(26_000);
    expect(opened[0]!.sent.at(-1)).toEqual({ type: "ping" });
    await clock.pass(11_000);
    expect(opened.length).toBeGreaterThan(1);
    expect(conversation.state.live).not.toBe("live");
  });

  test("garbage on the socket is ignored", async () => {
    const { conversation, opened } = await chatting();
    opened[0]!.onmessage?.({ data: "{not json" });
    opened[0]!.onmessage?.({ data: '{"type":"something_new"}' });
    expect(conversation.state.live).toBe("live");
  });

  test("typing is told at most every three seconds, and shown for six", async () => {
    const { conversation, opened, clock } = await chatting();
    for (let time = 0; time < 4; time++) {
      conversation.typing();
      await clock.pass(1_000);
    }
    expect(opened[0]!.sent.filter((frame) => frame.type === "typing")).toHaveLength(2);
    opened[0]!.say({ type: "ephemeral", what: "typing", conversation_id: "c", agents: [], contact: false });
    expect(conversation.state.typing).toBe(true);
    await clock.pass(6_100);
    expect(conversation.state.typing).toBe(false);
  });
});

describe("without sockets", () => {
  test("long polling takes over after two failures and brings what is said", async () => {
    const browser = visitor(new FakeDesk(), memoryStorage(), "blocked");
    const { desk, conversation, clock, texts } = await started(browser);
    conversation.send("hello");
    await clock.pass(3_000);
    expect(conversation.state.live).toBe("polling");
    desk.say("by poll");
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(texts()).toEqual(["hello", "by poll"]);
    conversation.shutdown();
  });

  test("a browser without websockets polls at once", async () => {
    const browser = visitor(new FakeDesk(), memoryStorage(), "none");
    const { conversation, clock } = await started(browser);
    conversation.send("hello");
    await clock.pass(10);
    expect(conversation.state.live).toBe("polling");
    conversation.shutdown();
  });

  test("a socket is tried again while polling", async () => {
    const browser = visitor(new FakeDesk(), memoryStorage(), "blocked");
    const { desk, conversation, clock, opened, network, welcome } = await started(browser);
    conversation.send("hello");
    await clock.pass(3_000);
    network.sockets = "open";
    await clock.pass(61_000);
    desk.say("wakes the poll");
    await new Promise((resolve) => setTimeout(resolve, 20));
    const before = opened.length;
    expect(before).toBeGreaterThan(2);
    welcome();
    expect(conversation.state.live).toBe("live");
  });

  test("a server that dies and comes back is found again by socket", async () => {
    const { desk, conversation, clock, opened, welcome, texts } = await chatting();
    desk.down = true;
    opened[0]!.cut();
    conversation.send("while it was down");
    await clock.pass(30_000);
    expect(conversation.state.live).toBe("lost");
    expect(conversation.state.thread.pending).toMatchObject([{ state: "waiting" }]);
    desk.down = false;
    await clock.pass(20_000);
    welcome();
    await settle();
    expect(conversation.state.live).toBe("live");
    expect(texts()).toEqual(["hello", "while it was down"]);
  });
});

describe("who the visitor is", () => {
  test("the token resumes the session and its history", async () => {
    const desk = new FakeDesk();
    const storage = memoryStorage();
    const first = await chatting(visitor(desk, storage));
    desk.say("see you");
    first.conversation.setActive(false);
    const second = await started(visitor(desk, storage));
    expect(desk.opened.at(-1)).toMatchObject({ visitor_token: "t1" });
    expect(second.texts()).toEqual(["hello", "see you"]);
    expect(second.conversation.state.unread).toBe(1);
  });

  test("the shop's page keeps the token where our own storage is gone", async () => {
    const desk = new FakeDesk();
    const first = await chatting(visitor(desk));
    const second = visitor(desk);
    second.conversation.start(first.kept.at(-1)!, null);
    await settle();
    expect(desk.opened.at(-1)).toMatchObject({ visitor_token: "t1" });
  });

  test("a visitor who comes back while the server is away is taken in when it is there again", async () => {
    const desk = new FakeDesk();
    const storage = memoryStorage();
    const first = await chatting(visitor(desk, storage));
    desk.say("see you");
    first.conversation.setActive(false);
    desk.down = true;
    const second = await started(visitor(desk, storage));
    expect(second.conversation.state.historyKnown).toBe(false);
    desk.down = false;
    await second.clock.pass(2_000);
    expect(second.texts()).toEqual(["hello", "see you"]);
    expect(second.conversation.state.config).not.toBeNull();
  });

  test("a token that is worth nothing any more makes a new visitor, and the text is kept", async () => {
    const browser = await chatting();
    const { desk, conversation } = browser;
    desk.validTokens.clear();
    conversation.send("still here");
    await settle();
    expect(desk.messages.at(-1)).toMatchObject({ text: "still here" });
    expect(conversation.state.session?.visitor_token).toBe("t2");
  });

  test("enforced identity is explained, not tried", async () => {
    const desk = new FakeDesk();
    desk.config = { ...desk.config, identity: "enforce" };
    const { conversation } = await started(visitor(desk));
    expect(conversation.state.refusal).toBe("identity_needed");
    await conversation.identify("signed");
    expect(conversation.state.refusal).toBeNull();
    expect(conversation.state.session?.verified).toBe(true);
  });

  test("whoever's sign-in has expired writes as somebody unknown, with the token they had", async () => {
    const { desk, conversation } = await chatting();
    await conversation.identify("expired");
    expect(conversation.state.refusal).toBeNull();
    expect(conversation.state.session).toMatchObject({ visitor_token: "t1", verified: false });
    conversation.send("still me");
    await settle();
    expect(desk.messages.at(-1)).toMatchObject({ text: "still me" });
  });

  test("where identity is enforced, an expired one is said to be one", async () => {
    const desk = new FakeDesk();
    desk.config = { ...desk.config, identity: "enforce" };
    const { conversation } = await started(visitor(desk));
    await conversation.identify("expired");
    expect(conversation.state.refusal).toBe("identity_invalid");
  });

  test("another identity does not see the history of the one before", async () => {
    const { desk, conversation, texts } = await chatting();
    desk.messages = [];
    await conversation.identify("signed");
    await settle();
    expect(texts()).toEqual([]);
    expect(desk.opened.at(-1)).toMatchObject({ identity_token: "signed", visitor_token: "t1" });
  });

  test("an answer that comes after shutdown leaves nothing behind either", async () => {
    const { conversation, storage } = await chatting();
    void conversation.identify("signed");
    conversation.shutdown();
    await settle();
    expect([...storage.map.keys()]).toEqual([]);
    expect(conversation.state.session).toBeNull();
  });

  test("shutdown leaves nothing behind", async () => {
    const { conversation, storage, kept, opened } = await chatting();
    conversation.shutdown();
    expect([...storage.map.keys()]).toEqual([]);
    expect(kept.at(-1)).toBeNull();
    expect(opened.at(-1)!.closed).toBe(true);
  });
});
