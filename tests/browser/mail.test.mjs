// Mail in the real binary: it comes in by LMTP, an agent answers from the rich composer, the answer reaches a mail server; and
// every vector of cross-site scripting is shown in a real browser, where nothing runs and nothing leaves.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { sit } from "./lib/agent.mjs";
import { launch, person, settled, shot, until, violations } from "./lib/browser.mjs";
import { Desk, freePort } from "./lib/desk.mjs";
import { deliver, part, sink } from "./lib/mail.mjs";

/** A mail is decoded, stored and told of; an answer waits until it cannot be taken back any more. */
const SLOW_MS = 40_000;
const HELP = "help@shop.example";

let browser, desk, lmtp, box, ada;

const PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

const mail = ({ from, subject, html, id, refs = "" }) =>
  `From: ${from}\nTo: Shop <${HELP}>\nSubject: ${subject}\nMessage-ID: <${id}@mail.example>\n${refs}Date: Sun, 22 Nov 2026 10:00:00 +0800\nMIME-Version: 1.0\nContent-Type: multipart/related; boundary=bound\n\n--bound\nContent-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: base64\n\n${Buffer.from(html).toString("base64").replace(/(.{76})/g, "$1\n")}\n--bound\nContent-Type: image/png; name=lamp.png\nContent-ID: <lamp@x>\nContent-Transfer-Encoding: base64\n\n${PNG}\n--bound--\n`;

before(async () => {
  lmtp = await freePort();
  [browser, box, desk] = await Promise.all([launch(), sink(), Desk.start({ environment: { PLUGBOARD_RATE_LIMITS: "off", PLUGBOARD_LMTP: `127.0.0.1:${lmtp}` } })]);
  await desk.api("POST", "/api/v1/inboxes", {
    name: "Help", channel: "email", team_id: desk.team.id,
    settings: { address: HELP, from_name: "Shop", lmtp: true, smtp: { host: "127.0.0.1", port: box.port, tls: "none" }, signature: "<div>The Shop</div>", undo_seconds: 3 },
  });
  ada = await sit(browser, desk, desk.ada);
  await ada.allOpen();
});
after(async () => {
  await browser?.close();
  await desk?.stop();
  await box?.stop();
});

const fromEmma = "Emma Clark <emma@mail.example>";

test("a mail becomes a conversation, with its picture and without what could do harm", async () => {
  await deliver(lmtp, { from: "emma@mail.example", to: HELP, source: mail({ from: fromEmma, subject: "Broken lamp", id: "1", html: "<p>The lamp is <b>broken</b>.</p><img src='cid:lamp@x'><script>parent.ran=1</script>" }) });
  const row = ada.rows.filter({ hasText: "Emma Clark" });
  await row.waitFor({ timeout: SLOW_MS });
  await row.click();
  await ada.thread.getByRole("heading", { name: "Broken lamp" }).waitFor({ timeout: SLOW_MS });
  const frame = ada.thread.frameLocator("iframe").first();
  await frame.getByText("broken").waitFor();
  await until("the picture is there", () => frame.locator("img").evaluate((it) => it.naturalWidth > 0), SLOW_MS);
  assert.equal(await ada.page.evaluate(() => window.ran), undefined);
  await ada.thread.getByRole("button", { name: "Why here?" }).click();
  await ada.sees("began this one");
  await shot(ada.page, "mail-in");
});

const editor = () => ada.page.getByRole("textbox", { name: "Mail text" });

test("an answer is written with formatting, held for a moment, taken back, and goes out once with the thread's ids", async () => {
  await editor().click();
  await ada.page.keyboard.type("We are very ");
  await ada.page.keyboard.press("Control+b");
  await ada.page.keyboard.type("sorry");
  await ada.page.keyboard.press("Control+b");
  await ada.page.keyboard.type(".");
  await ada.page.keyboard.press("Control+Enter");
  await ada.thread.getByRole("button", { name: "Undo" }).click();
  await until("it is in the composer again", async () => (await editor().textContent())?.includes("We are very sorry."));
  assert.equal(await editor().locator("strong").textContent(), "sorry");
  await editor().click();
  await ada.page.keyboard.press("Control+End");
  await ada.page.keyboard.type(" A new one is on its way.");
  await ada.page.keyboard.press("Control+Enter");
  await until("the customer's mail server has it", () => box.mails.length > 0, SLOW_MS);
  const [sent] = box.mails;
  assert.deepEqual(sent.to, ["emma@mail.example"]);
  assert.match(sent.source, /^subject: Re: Broken lamp/im);
  assert.match(sent.source, /^in-reply-to: <1@mail\.example>/im);
  assert.match(part(sent.source, "text/html"), /<(b|strong)>sorry<\/(b|strong)>/);
  assert.match(part(sent.source, "text/plain"), /We are very sorry\. A new one is on its way\./);
  await ada.thread.locator("article.outbound").last().getByText(/^\s*Sent/).waitFor({ timeout: SLOW_MS });
  assert.equal(box.mails.length, 1);
  await shot(ada.page, "mail-out");
});

test("the customer's answer comes into the same conversation, without what it quotes", async () => {
  const [, id] = /^message-id: <([^>]+)>/im.exec(box.mails[0].source);
  await deliver(lmtp, { from: "emma@mail.example", to: HELP, source: mail({ from: fromEmma, subject: "Re: Broken lamp", id: "2", refs: `In-Reply-To: <${id}>\nReferences: <1@mail.example> <${id}>\n`, html: "<p>Thank you!</p><blockquote type=cite>On Monday Shop wrote:<br>We are very sorry.</blockquote>" }) });
  await until("both are here", async () => (await ada.thread.locator("article.inbound").count()) === 2, SLOW_MS);
  const newest = ada.thread.locator("article.inbound").last();
  await newest.frameLocator("iframe").getByText("Thank you!").waitFor();
  await newest.getByRole("button", { name: "Show quoted text" }).click();
  await newest.frameLocator("iframe").getByText("We are very sorry.").waitFor();
  await settled(ada.page);
  assert.deepEqual(await violations(ada.page), []);
});

const act = async (mail, name) => {
  await mail.getByRole("button", { name: "More about this mail" }).click();
  await ada.page.keyboard.type(name);
  await ada.page.keyboard.press("Enter");
};
const newestIn = () => ada.thread.locator("article.inbound").last();

test("why a mail is here names the mail that it answers", async () => {
  const newest = newestIn();
  await newest.getByRole("button", { name: "Why here?" }).click();
  await newest.getByText(/^It answers /).waitFor();
  await newest.getByRole("button", { name: "Show that mail" }).click();
  const ours = ada.thread.locator("article.outbound").last();
  await until("the mail that it answers is in sight", async () => {
    const [box, pane] = [await ours.boundingBox(), await ada.thread.boundingBox()];
    return box && pane && box.y >= pane.y - 2 && box.y < pane.y + pane.height;
  });
});

test("a mail in the wrong place is split off, and moved back by hand", async () => {
  await act(newestIn(), "conversation of its own");
  await until("it is alone there", async () => (await ada.thread.locator("article.mail").count()) === 1, SLOW_MS);
  await newestIn().getByRole("button", { name: "Why here?" }).click();
  await ada.sees("made a conversation of its own by hand");
  await shot(ada.page, "mail-split");
  const rows = ada.rows.filter({ hasText: "Emma Clark" });
  await until("there are two conversations with her", async () => (await rows.count()) === 2, SLOW_MS);
  await act(newestIn(), "another conversation");
  await ada.page.getByRole("dialog").getByRole("option").first().click();
  await until("it is where it was", async () => (await ada.thread.locator("article.outbound").count()) > 0, SLOW_MS);
  await ada.sees("moved to another conversation", SLOW_MS);
  await newestIn().frameLocator("iframe").getByText("Thank you!").waitFor({ timeout: SLOW_MS });
});

test("a mail for later keeps its formatting and waits in the thread; the customer is faster, and nothing is lost", async () => {
  const sentBefore = box.mails.length;
  await editor().click();
  await ada.page.keyboard.type("Has the ");
  await ada.page.keyboard.press("Control+b");
  await ada.page.keyboard.type("new lamp");
  await ada.page.keyboard.press("Control+b");
  await ada.page.keyboard.type(" arrived?");
  await ada.page.getByRole("button", { name: "Send later" }).click();
  await ada.page.getByRole("dialog").getByRole("option").first().click();
  const card = ada.thread.locator("article").filter({ hasText: "Has the new lamp arrived?" });
  await card.getByText("Scheduled for").waitFor({ timeout: SLOW_MS });
  assert.equal(await editor().textContent(), "");
  await shot(ada.page, "mail-later");
  await deliver(lmtp, { from: "emma@mail.example", to: HELP, source: mail({ from: fromEmma, subject: "Re: Broken lamp", id: "3", refs: "In-Reply-To: <1@mail.example>\n", html: "<p>It is here!</p>" }) });
  await card.getByText("Not sent: the customer wrote first.").waitFor({ timeout: SLOW_MS });
  await shot(ada.page, "mail-unsent");
  await card.getByRole("button", { name: "Edit" }).click();
  await until("it can be written on, as it looked", async () => (await editor().locator("strong").textContent()) === "new lamp");
  await card.waitFor({ state: "detached" });
  assert.equal(box.mails.length, sentBefore);
});

test("every vector of cross-site scripting is shown: nothing runs, nothing leaves", async () => {
  const file = readFileSync(new URL("../fixtures/mail/xss/vectors.toml", import.meta.url), "utf8");
  const vectors = [...file.matchAll(/^name = (".*")\nhtml = (".*")$/gm)].map(([, name, html]) => ({ name: read(name), html: read(html) }));
  assert.ok(vectors.length >= 100, `${vectors.length} vectors`);
  for (const [n, { html }] of vectors.entries()) {
    await deliver(lmtp, { from: "eve@evil.example", to: HELP, source: mail({ from: "Eve <eve@evil.example>", subject: `v${n}`, id: `xss${n}`, html: `<p>shown ${n}</p>${html}` }) });
  }
  const admin = await person(browser);
  await admin.context.addCookies([{ name: "plugboard_session", value: desk.admin.token, url: desk.url }]);
  const { page } = admin;
  const left = [];
  const ran = [];
  await page.exposeFunction("report", (what) => ran.push(what));
  await page.addInitScript(() => {
    for (const name of ["alert", "confirm", "prompt", "eval"]) window[name] = () => window.report(name);
  });
  page.on("dialog", (dialog) => (ran.push(dialog.type()), dialog.dismiss()));
  await page.route("**/*", (route) => {
    const url = new URL(route.request().url());
    if (url.origin !== desk.url && !["data:", "about:"].includes(url.protocol)) left.push(url.href);
    return url.origin === desk.url || url.protocol === "data:" ? route.continue() : route.abort();
  });
  const { items } = await desk.api("GET", "/api/v1/conversations?limit=200&q=shown");
  const eve = [...items, ...(await desk.api("GET", "/api/v1/conversations?limit=200")).items].filter((it) => it.contact.name === "Eve");
  const mails = new Map();
  for (const { id } of eve) {
    for (const message of (await desk.api("GET", `/api/v1/conversations/${id}/messages?limit=200`)).items) if (message.mail?.html) mails.set(message.mail.subject, message.mail.html);
  }
  assert.equal(mails.size, vectors.length, "every vector is a mail with HTML");
  await page.goto(`${desk.url}/api/v1/me`);
  for (const [subject, address] of mails) {
    const { name } = vectors[Number(subject.slice(1))];
    // As the app shows it, and opened by itself.
    await page.goto(desk.url + address);
    await page.getByText(`shown ${subject.slice(1)}`).first().waitFor({ state: "attached" });
    await page.mouse.move(40, 40);
    await page.mouse.click(60, 30);
    for (const other of admin.context.pages().slice(1)) await other.close();
    assert.deepEqual(ran, [], name);
    assert.deepEqual(left.filter((it) => !it.startsWith("mailto:")), [], name);
  }
  await admin.context.close();
});

/** A basic string of TOML, whose escapes are those of JSON but for the long one. */
function read(text) {
  return JSON.parse(text.replace(/\\U([0-9a-fA-F]{8})/g, (_, hex) => JSON.stringify(String.fromCodePoint(Number.parseInt(hex, 16))).slice(1, -1)).replace(/\\e/g, "\\u001b"));
}
