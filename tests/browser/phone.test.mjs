// A telephone calls the shop: it rings in the page of an agent, who answers, talks, holds, hands on and writes up; what was said by
// both is played in the thread. Callers are sipp, and a telephone of our own that says a tone and knows what it hears.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { sit } from "./lib/agent.mjs";
import { launch, shot, until, violations } from "./lib/browser.mjs";
import { Desk, freePort } from "./lib/desk.mjs";
import { Telephone } from "./lib/telephone.mjs";

const SLOW_MS = 40_000;
const NUMBER = "+8657112345678";
const [CALLER, OTHER] = [440, 880];
/** What sipp plays: a voice, of some seconds, then a digit. Debian keeps it here. */
const SOUNDS = "/usr/share/sip-tester";

/** A microphone that beeps, and calls that stay on this machine. */
const CALLS = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", "--allow-loopback-in-peer-connection", "--autoplay-policy=no-user-gesture-required"];

let browser, desk, ada, bo, boss, sip, scratch, caller, other;

/** sipp calls, talks, and hangs up; what it said when something went wrong. */
async function sipp() {
  symlinkSync(SOUNDS, join(scratch, "pcap"));
  const port = await freePort();
  const child = spawn("sipp", ["-sn", "uac_pcap", `127.0.0.1:${sip}`, "-s", NUMBER, "-i", "127.0.0.1", "-p", String(port), "-mi", "127.0.0.1", "-m", "1", "-nostdin", "-timeout", "60"], { cwd: scratch, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (bytes) => (said = (said + bytes).slice(-2_000)));
  await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => (code === 0 ? resolve() : reject(new Error(`sipp ended with ${code}: ${said}`))));
  });
}

before(async () => {
  scratch = mkdtempSync(join(tmpdir(), "plugboard-sipp-"));
  sip = await freePort();
  [caller, other] = await Promise.all([Telephone.open({ hertz: CALLER }), Telephone.open({ hertz: OTHER, answers: true })]);
  const environment = { PLUGBOARD_SIP_LISTEN: `127.0.0.1:${sip}`, PLUGBOARD_MEDIA_ADDRESS: "127.0.0.1", PLUGBOARD_MEDIA_PORTS: "24000-24099", PLUGBOARD_WEBRTC_PORT: String(await freePort()) };
  [browser, desk] = await Promise.all([launch(...CALLS), Desk.start({ environment })]);
  await desk.api("POST", "/api/v1/inboxes", {
    name: "Hotline", channel: "phone", team_id: desk.team.id,
    settings: {
      numbers: [NUMBER], trunk: { kind: "peer", host: "127.0.0.1", port: other.port }, recording: { policy: "always", announce: false }, wrapup_seconds: 120,
      dispositions: [{ code: "refund", label: "Refund promised" }, { code: "order", label: "Order placed" }],
    },
  });
  ada = await sit(browser, desk, desk.ada, { permissions: ["microphone"] });
  desk.admin.id = (await desk.api("GET", "/api/v1/me")).id;
  await online(desk.ada, "online");
});
after(async () => {
  await browser?.close();
  await desk?.stop();
  for (const telephone of [caller, other]) telephone?.close();
  if (scratch) rmSync(scratch, { recursive: true, force: true });
});

const online = (who, state) => desk.api("POST", `/api/v1/agents/${who.id}/availability`, { state });
const calls = async (state) => (await desk.api("GET", `/api/v1/calls?state=${state}`)).items;
const live = async () => (await calls("live"))[0];
const newest = async () => (await calls("ended"))[0];
const bar = (who) => who.page.locator("section.bar");
const press = (who, name) => bar(who).getByRole("button", { name }).first().click();
const says = (who, text) => bar(who).getByText(text).first().waitFor({ timeout: SLOW_MS });
const ready = (who) => says(who, "Ready for calls");

/** The loudest tone that a page plays, in hertz; 0 when it is quiet. */
const plays = (who) =>
  who.page.evaluate(async () => {
    const { srcObject } = document.querySelector("audio[hidden]");
    if (!srcObject) return 0;
    const context = new AudioContext();
    await context.resume();
    const look = context.createAnalyser();
    look.fftSize = 4096;
    context.createMediaStreamSource(srcObject).connect(look);
    const bins = new Uint8Array(look.frequencyBinCount);
    await new Promise((resolve) => setTimeout(resolve, 300));
    look.getByteFrequencyData(bins);
    const loudest = bins.indexOf(Math.max(...bins));
    const found = bins[loudest] > 100 ? (loudest * context.sampleRate) / look.fftSize : 0;
    await context.close();
    return found;
  });
const hears = (who, hertz) => until(`they hear ${hertz} Hz`, async () => Math.abs((await plays(who)) - hertz) < 30, SLOW_MS);

/** The caller hears what the fake microphone says: beeps with pauses. */
async function heard(telephone = caller) {
  telephone.deaf();
  await until("the caller hears the agent", () => telephone.hearsSomething(), SLOW_MS);
}

/** Writes a call up and is free again. */
async function writeUp(who, code) {
  await bar(who).getByLabel("Result").selectOption(code);
  await press(who, "Done");
  await ready(who);
}

test("sipp calls, an agent answers in the browser, and both are heard in the recording", async () => {
  await ready(ada);
  const called = sipp();
  await bar(ada).getByRole("button", { name: "Answer" }).waitFor({ timeout: SLOW_MS });
  await shot(ada.page, "phone-rings");
  assert.deepEqual(await violations(ada.page), []);
  await press(ada, "Answer");
  await until("they talk", async () => (await live())?.state === "active");
  await shot(ada.page, "phone-talks");
  await called;
  await until("the recording is kept", async () => (await newest())?.recording?.state === "kept", SLOW_MS);
  const ended = await newest();
  assert.equal(ended.ended_by, "caller");
  assert.equal(ended.agent_id, desk.ada.id);
  const { peaks } = await desk.api("GET", `/api/v1/calls/${ended.id}/peaks`);
  const [theirs, ours] = peaks.map((it) => Math.max(...it));
  assert.ok(theirs > 50 && ours > 50, `loudest: caller ${theirs}, agent ${ours}`);
  await writeUp(ada, "refund");
  assert.equal((await newest()).state, "closed");
});

test("a caller waits with music, is answered, held and taken off hold, and hears the keys that are pressed", async () => {
  await online(desk.ada, "away");
  caller.call(sip, NUMBER, "13800138001");
  await until("the caller waits", async () => (await live())?.state === "queued", SLOW_MS);
  await until("with music", () => caller.hearsSomething(), SLOW_MS);
  await online(desk.ada, "online");
  await press(ada, "Answer");
  await says(ada, "+86");
  await heard();
  await hears(ada, CALLER);
  await press(ada, "Hold");
  await until("it is held", async () => (await live()).state === "held");
  caller.deaf();
  await until("music", () => caller.hearsSomething(), SLOW_MS);
  await until("the agent hears nobody", async () => Math.abs((await plays(ada)) - CALLER) > 60, SLOW_MS);
  await press(ada, "Take off hold");
  await heard();
  await hears(ada, CALLER);
  await press(ada, "Keypad");
  await shot(ada.page, "phone-keypad");
  await ada.page.keyboard.type("1590#");
  await until("the keys arrive", () => caller.digits === "1590#", SLOW_MS);
  await ada.page.keyboard.press("Escape");
});

test("a page that is loaded again goes on in the call", async () => {
  await ada.page.reload();
  await bar(ada).getByRole("button", { name: "Hang up" }).waitFor({ timeout: SLOW_MS });
  await heard();
  await hears(ada, CALLER);
});

test("a supervisor listens and leaves, and nobody notices", async () => {
  boss = await sit(browser, desk, desk.admin, { permissions: ["microphone"] });
  await online(desk.admin, "online");
  await ready(boss);
  await boss.page.goto(`${desk.url}/calls/board`);
  await ready(boss);
  await boss.page.getByRole("button", { name: /^Listen: / }).click();
  await says(boss, "You listen to Ada Park");
  await hears(boss, CALLER);
  assert.deepEqual(await violations(boss.page), []);
  await shot(boss.page, "phone-listens");
  await press(boss, "Leave");
  await ready(boss);
  assert.equal((await live()).state, "active");
  await until("their end has left", async () => (await live()).legs.filter((it) => it.kind === "listener").every((it) => it.left_at));
  await heard();
  await online(desk.admin, "offline");
});

test("a call is handed to a colleague in another browser after a word, with a note, and both write it up", async () => {
  bo = await sit(browser, desk, desk.bo, { permissions: ["microphone"] });
  await online(desk.bo, "online");
  await ready(bo);
  await ada.page.keyboard.press("Control+Alt+t");
  await ada.page.keyboard.type("Bo Chen");
  await ada.page.keyboard.press("Enter");
  await ada.page.getByText("Talk to them first").waitFor();
  await ada.page.keyboard.type("order 4711");
  await shot(ada.page, "phone-transfer");
  await ada.page.keyboard.press("Enter");
  await says(bo, "Ada Park asks you about a caller");
  await says(bo, "order 4711");
  await shot(bo.page, "phone-consulted");
  assert.deepEqual(await violations(bo.page), []);
  caller.deaf();
  await press(bo, "Answer");
  await says(ada, "talks with you");
  await until("the caller waits with music", () => caller.hearsSomething(), SLOW_MS);
  await until("colleagues hear each other, not the caller", async () => (await plays(bo)) > 0 && Math.abs((await plays(bo)) - CALLER) > 30, SLOW_MS);
  await press(ada, "Connect them");
  await says(ada, "handed on");
  await says(bo, "Handed over by Ada Park");
  await hears(bo, CALLER);
  await heard();
  assert.equal((await live()).agent_id, desk.bo.id);
  await writeUp(ada, "order");
  assert.equal((await live()).state, "active", "it goes on");
  await press(bo, "Hang up");
  await until("the caller is hung up on", () => caller.state === "over", SLOW_MS);
  await writeUp(bo, "refund");
  const ended = await newest();
  assert.equal(ended.disposition.code, "refund");
  assert.equal(ended.transfer.note, "order 4711");
});

test("the recording plays in the thread, and who listened is known", async () => {
  await until("the recording is kept", async () => (await newest())?.recording?.state === "kept", SLOW_MS);
  const { id, conversation_id } = await newest();
  await boss.page.goto(`${desk.url}/inbox/open/${conversation_id}`);
  const play = boss.thread.getByRole("button", { name: "Play" }).first();
  await play.click();
  await until("it plays", () => boss.page.evaluate(() => [...document.querySelectorAll("audio")].some((it) => it.currentTime > 0.2 && !it.srcObject)), SLOW_MS);
  await shot(boss.page, "phone-recording");
  await boss.thread.getByText("Who listened").first().click();
  await boss.thread.locator("details li").first().waitFor();
  const { items } = await desk.api("GET", `/api/v1/calls/${id}/recording/accesses`);
  assert.equal(items[0].agent_id, desk.admin.id);
});

test("a call is handed to a number at once, and to none that may not be called", async () => {
  await online(desk.bo, "offline");
  caller.call(sip, NUMBER, "13800138002");
  await press(ada, "Answer");
  await heard();
  const hand = async (number) => {
    await ada.page.keyboard.press("Control+Alt+t");
    await ada.page.keyboard.type(number);
    await ada.page.keyboard.press("Enter");
    await ada.page.getByText("Transfer now").waitFor();
    await ada.page.keyboard.press("ArrowDown");
    await ada.page.keyboard.press("Enter");
  };
  await hand("+1 876 555 2671");
  await ada.page.getByText("This inbox does not call Jamaica").waitFor();
  assert.equal((await live()).state, "active");
  await hand("138 0013 8009");
  await until("the other is there", () => other.state === "up", SLOW_MS);
  await until("both hear each other", () => caller.hearsTone(OTHER) && other.hearsTone(CALLER), SLOW_MS);
  await says(ada, "handed on");
  await writeUp(ada, "order");
  other.hangUp();
  await until("it is over for both", () => caller.state === "over", SLOW_MS);
});

test("whoever rang in vain is to be called, until they were reached", async () => {
  await online(desk.ada, "away");
  caller.call(sip, NUMBER, "13800138003");
  await until("the caller waits", async () => (await live())?.state === "queued", SLOW_MS);
  caller.hangUp();
  await online(desk.ada, "online");
  await ready(ada);
  await ada.page.goto(`${desk.url}/calls`);
  const row = ada.page.locator(".calls li").first();
  await row.getByText("Missed call").waitFor();
  await shot(ada.page, "phone-callbacks");
  assert.deepEqual(await violations(ada.page), []);
  await row.getByRole("button", { name: /^Call back/ }).click();
  await until("it rings there", () => other.state === "up", SLOW_MS);
  await heard(other);
  await hears(ada, OTHER);
  await ada.page.getByText("Nobody to call back").waitFor();
  await press(ada, "Hang up");
  await until("they are hung up on", () => other.state === "over", SLOW_MS);
  await writeUp(ada, "order");
  for (const who of [ada, bo, boss]) assert.deepEqual(who.complaints, []);
});
