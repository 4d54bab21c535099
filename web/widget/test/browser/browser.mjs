// A headless Chromium for the tests, and what they ask of it again and again.
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const require = createRequire(import.meta.url);
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const out = fileURLToPath(new URL("../out/", import.meta.url));
mkdirSync(out, { recursive: true });

export const launch = () =>
  chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });

export const shot = (page, name) => page.screenshot({ path: `${out}${name}.png` });

/** The app's frame; it is in a closed shadow root, so it is found by its address. */
export async function appFrame(page) {
  for (let turn = 0; turn < 100; turn++) {
    const frame = page.frames().find((candidate) => candidate.url().includes("/widget/v1/app/"));
    if (frame) {
      await frame.waitForSelector(".app");
      return frame;
    }
    await page.waitForTimeout(50);
  }
  throw new Error("the app's frame did not come");
}

/** Until nothing moves or fades any more: colours in between are nobody's. */
export const settled = (frame) => frame.waitForFunction(() => document.getAnimations().every((it) => it.playState !== "running" || it.effect?.getTiming().iterations === Infinity));

/** What axe finds in one frame that has come to rest, in short. The style of the page forbids foreign scripts, so it is handed in by the debugger. */
export async function violations(frame) {
  await settled(frame);
  await frame.evaluate(axe);
  return frame.evaluate(async () => {
    const { violations: found } = await window.axe.run(document, { resultTypes: ["violations"] });
    return found.map(({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.html.slice(0, 120)} (${node.failureSummary?.split("\n")[1]?.trim()})`).join(" | ")}`);
  });
}

/** Waits until `check` is true, and says what was waited for when it never is. */
export async function until(what, check, ms = 6000) {
  const end = Date.now() + ms;
  for (;;) {
    if (await check()) return;
    if (Date.now() > end) throw new Error(`waited ${ms} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 40));
  }
}
