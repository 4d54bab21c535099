// A headless Chromium, and what the suites ask of it again and again.
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const out = fileURLToPath(new URL("../out/", import.meta.url));
mkdirSync(out, { recursive: true });

export const launch = (...more) =>
  chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", ...more],
  });

/** One person's browser: storage and network of their own. Everything the page complains about is kept. */
export async function person(browser, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: "en-US", ...options });
  const page = await context.newPage();
  // Generous: how fast it is, is measured by the budgets.
  page.setDefaultTimeout(30_000);
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (line) => /Content.Security|Refused to|Uncaught/i.test(line.text()) && complaints.push(line.text()));
  return { context, page, complaints };
}

export const shot = (page, name) => page.screenshot({ path: `${out}${name}.png` });

/** Until nothing moves or fades any more: colours in between are nobody's. */
export const settled = (frame) => frame.waitForFunction(() => document.getAnimations().every((it) => it.playState !== "running" || it.effect?.getTiming().iterations === Infinity));

/** What axe finds when all has come to rest, in short; the page forbids foreign scripts, so axe is handed in by the debugger. */
export async function violations(frame) {
  await settled(frame);
  await frame.evaluate(axe);
  return frame.evaluate(async () => {
    const { violations: found } = await window.axe.run(document, { resultTypes: ["violations"] });
    return found.map(({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.html.slice(0, 160)} (${node.failureSummary?.split("\n")[1]?.trim()})`).join(" | ")}`);
  });
}

/** Waits until `check` is true, and says what was waited for when it never is. */
export async function until(what, check, ms = 30_000) {
  const end = Date.now() + ms;
  for (;;) {
    if (await check()) return;
    if (Date.now() > end) throw new Error(`waited ${ms} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}

export const median = (values) => quantile(values, 0.5);
export function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}
