// A telephone calls the shop: it rings in the page of an agent, who answers and talks; what was said by both is played in the thread.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { sit } from "./lib/agent.mjs";
import { launch, shot, until, violations } from "./lib/browser.mjs";
import { Desk, freePort } from "./lib/desk.mjs";

const SLOW_MS = 40_000;
const NUMBER = "+8657112345678";
/** What sipp plays: a voice, of some seconds, then a digit. Debian keeps it here. */
const SOUNDS = "/usr/share/sip-tester";

/** A microphone that beeps, and calls that stay on this machine. */
const CALLS = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", "--allow-loopback-in-peer-connection"];

let browser, desk, ada, sip, trunk, scratch;

/** A telephone that calls, talks, and hangs up; what it said when something went wrong. */
function call() {
  symlinkSync(SOUNDS, join(scratch, "pcap"));
  const child = spawn("sipp", ["-sn", "uac_pcap", `127.0.0.1:${sip}`, "-s", NUMBER, "-i", "127.0.0.1", "-p", String(trunk), "-mi", "127.0.0.1", "-m", "1", "-nostdin", "-timeout", "60"], { cwd: scratch, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (bytes) => (said = (said + bytes).slice(-2_000)));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => (code === 0 ? resolve() : reject(new Error(`sipp ended with ${code}: ${said}`))));
  });
}

before(async () => {
  scratch = mkdtempSync(join(tmpdir(), "plugboard-sipp-"));
  [sip, trunk] = [await freePort(), await freePort()];
  const environment = { PLUGBOARD_SIP_LISTEN: `127.0.0.1:${sip}`, PLUGBOARD_MEDIA_ADDRESS: "127.0.0.1", PLUGBOARD_MEDIA_PORTS: "24000-24099", PLUGBOARD_WEBRTC_PORT: String(await freePort()) };
  [browser, desk] = await Promise.all([launch(...CALLS), Desk.start({ environment })]);
  await desk.api("POST", "/api/v1/inboxes", {
    name: "Hotline", channel: "phone", team_id: desk.team.id,
    settings: { numbers: [NUMBER], trunk: { kind: "peer", host: "127.0.0.1", port: trunk }, recording: { policy: "always", announce: false } },
  });
  ada = await sit(browser, desk, desk.ada, { permissions: ["microphone"] });
  await desk.api("POST", `/api/v1/agents/${desk.ada.id}/availability`, { state: "online" });
});
after(async () => {
  await browser?.close();
  await desk?.stop();
  if (scratch) rmSync(scratch, { recursive: true, force: true });
});

const calls = async (state) => (await desk.api("GET", `/api/v1/calls?state=${state}`)).items;

test("a telephone calls, an agent answers in the browser, and both are heard in the recording", async () => {
  await ada.page.getByText("Ready for calls").waitFor({ timeout: SLOW_MS });
  const called = call();
  const answer = ada.page.getByRole("button", { name: "Answer" }).first();
  await answer.waitFor({ timeout: SLOW_MS });
  await shot(ada.page, "phone-rings");
  assert.deepEqual(await violations(ada.page), []);
  await answer.click();
  await until("they talk", async () => (await calls("live"))[0]?.state === "active");
  await shot(ada.page, "phone-talks");
  await called;
  await until("the recording is kept", async () => (await calls("ended"))[0]?.recording?.state === "kept", SLOW_MS);
  const [ended] = await calls("ended");
  assert.equal(ended.ended_by, "caller");
  assert.equal(ended.agent_id, desk.ada.id);
  const { peaks } = await desk.api("GET", `/api/v1/calls/${ended.id}/peaks`);
  const [caller, agent] = peaks.map((it) => Math.max(...it));
  assert.ok(caller > 50 && agent > 50, `loudest: caller ${caller}, agent ${agent}`);
});

test("what came of it is written up, and the recording plays in the thread", async () => {
  await ada.page.getByRole("button", { name: "Done" }).first().click();
  await until("it is closed", async () => (await calls("ended"))[0]?.state === "closed");
  await ada.allOpen();
  await ada.rows.first().click();
  const play = ada.thread.getByRole("button", { name: "Play" }).first();
  await play.click();
  await until("it plays", () => ada.page.evaluate(() => [...document.querySelectorAll("audio")].some((it) => it.currentTime > 0.2 && !it.srcObject)), SLOW_MS);
  await shot(ada.page, "phone-recording");
});
