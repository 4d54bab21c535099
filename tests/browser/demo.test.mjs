// What a newcomer does after `make run`: they talk to themselves over three channels. Everything is found by what the server prints.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { sit } from "./lib/agent.mjs";
import { launch, person, shot, until, violations } from "./lib/browser.mjs";
import { binary, freePort } from "./lib/desk.mjs";
import { visit } from "./lib/visitor.mjs";

const SLOW_MS = 60_000;
/** A microphone that beeps, and calls that stay on this machine. */
const CALLS = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", "--allow-loopback-in-peer-connection", "--autoplay-policy=no-user-gesture-required"];

let browser, server, data, said, desk, lin, telephone;
/** The loudest of the frames that the telephone's page was sent lately, and of those that it sent: A-law, as a size from 0 to 127. */
const loudest = { heard: 0, said: 0 };

before(async () => {
  data = mkdtempSync(join(tmpdir(), "plugboard-demo-"));
  said = "";
  const port = await freePort();
  server = spawn(binary(), ["serve", "--demo", "--data", data, "--listen", `127.0.0.1:${port}`], {
    env: { PLUGBOARD_PLUGIN_CACHE: join(dirname(binary()), "plugin-cache"), ...process.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  for (const stream of [server.stdout, server.stderr]) stream.on("data", (bytes) => (said += bytes));
  await until("the demo is ready", () => /shown this once/.test(said) || server.exitCode !== null, 120_000);
  assert.equal(server.exitCode, null, said);
  const [, email, password] = /Sign in\s+(\S+) \/ (\S+)/.exec(said);
  desk = { url: `http://127.0.0.1:${port}` };
  browser = await launch(...CALLS);
  lin = await sit(browser, desk, { email, password }, { permissions: ["microphone"] });
});
after(async () => {
  await browser?.close();
  if (server?.exitCode === null) {
    const gone = new Promise((resolve) => server.once("exit", resolve));
    server.kill("SIGTERM");
    await gone;
  }
  if (data) rmSync(data, { recursive: true, force: true });
});

/** The page of a channel that is played here, as it was printed. */
const page = (channel) => new RegExp(`(http://\\S+)\\s+\\([^)]*${channel}`).exec(said)?.[1];
const bar = () => lin.page.locator("section.bar");
const press = (name) => bar().getByRole("button", { name }).first().click();
const state = (text) => telephone.page.getByRole("status").getByText(text).first().waitFor({ timeout: SLOW_MS });

/** Both sides of the call hear the beeps of the other's microphone. */
async function bothHear() {
  for (const way of ["heard", "said"]) {
    loudest[way] = 0;
    await until(`sound is ${way}`, () => loudest[way] > 60, SLOW_MS);
  }
}

test("a week of two shops is there", async () => {
  await lin.allOpen();
  await lin.rows.first().waitFor();
  assert.ok((await lin.rows.count()) > 5);
});

test("a visitor of the demo shop talks with the newcomer", async () => {
  const visitor = await visit(browser, `${desk.url}/demo/shop`);
  await visitor.open();
  await visitor.write("Do you have jasmine tea?");
  await until("it is in the list", async () => ((await lin.list.textContent()) ?? "").includes("jasmine"), SLOW_MS);
  await lin.list.getByRole("option").filter({ hasText: "jasmine" }).first().click();
  await lin.reply("Yes: Fuzhou jasmine, 100 g.");
  await visitor.sees("Yes: Fuzhou jasmine, 100 g.");
});

test("a customer of Telegram does, too", async () => {
  const { page: phone } = await person(browser);
  await until("Telegram is connected", async () => (await fetch(page("Telegram"))).ok);
  await phone.goto(page("Telegram"));
  await phone.getByPlaceholder("Write a message").fill("Where is my parcel 4711?");
  await phone.getByRole("button", { name: "Send" }).click();
  await until("it is in the list", async () => ((await lin.list.textContent()) ?? "").includes("4711"), SLOW_MS);
  await lin.list.getByRole("option").filter({ hasText: "4711" }).first().click();
  await lin.reply("It arrives tomorrow.");
  await phone.getByText("It arrives tomorrow.").waitFor({ timeout: SLOW_MS });
});

test("a caller rings the hotline, hears music, and talks", async () => {
  telephone = await person(browser, { permissions: ["microphone"] });
  telephone.page.on("websocket", (socket) => {
    const size = ({ payload }) => (typeof payload === "string" ? 0 : Math.max(...payload.map((byte) => (byte ^ 0x55) & 0x7f)));
    socket.on("framereceived", (frame) => (loudest.heard = Math.max(loudest.heard, size(frame))));
    socket.on("framesent", (frame) => (loudest.said = Math.max(loudest.said, size(frame))));
  });
  await telephone.page.goto(page("Hotline"));
  await bar().getByText("Ready for calls").first().waitFor({ timeout: SLOW_MS });
  assert.deepEqual(await violations(telephone.page), []);
  await telephone.page.getByRole("button", { name: "Call", exact: true }).click();
  await bar().getByRole("button", { name: "Answer" }).waitFor({ timeout: SLOW_MS });
  await state("Connected");
  await until("music is heard", () => loudest.heard > 60, SLOW_MS);
  await press("Answer");
  await bothHear();
  await shot(telephone.page, "demo-telephone");
  await shot(lin.page, "demo-call");
  await telephone.page.getByRole("button", { name: "Hang up" }).click();
  await state("The call is over");
});

test("the newcomer calls back, and the telephone rings", async () => {
  await press("Done");
  await bar().getByText("Ready for calls").first().waitFor({ timeout: SLOW_MS });
  await lin.list.getByRole("option").filter({ hasText: "8000" }).first().click();
  await lin.page.getByRole("button", { name: "Call back" }).first().click();
  await state("The desk calls");
  await telephone.page.getByRole("button", { name: "Answer" }).click();
  await state("Connected");
  await bothHear();
  await press("Hang up");
  await state("The call is over");
  assert.deepEqual([...lin.complaints, ...telephone.complaints], []);
});
