// The widget in a real browser, in a shop with a strict content security policy, against the mock desk.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startMock } from "../mock-server.mjs";
import { appFrame, launch, shot, until, violations } from "./browser.mjs";

let browser;
before(async () => (browser = await launch()));
after(() => browser?.close());

/** A visitor in the shop, with a desk of its own. Fails on anything the page complains about. */
async function visit(t, { config, context = {}, path = "/demo/shop", open = true, autoGreeting, ancestors } = {}) {
  const mock = await startMock({ config, autoGreeting, ancestors });
  const ctx = await browser.newContext({ viewport: { width: 1280, height: 860 }, locale: "en-US", ...context });
  const page = await ctx.newPage();
  page.setDefaultTimeout(8000);
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (line) => /Content.Security|Refused|Uncaught/i.test(line.text()) && complaints.push(line.text()));
  t.after(async () => {
    await ctx.close();
    await mock.close();
    assert.deepEqual(complaints, []);
  });
  await page.goto(mock.url + path);
  if (path.startsWith("/chat/")) return { mock, ctx, page, app: page.mainFrame() };
  await page.waitForFunction(() => typeof window.plugboard?.open === "function");
  if (open) await page.evaluate(() => window.plugboard.open());
  const app = open ? await appFrame(page) : null;
  return { mock, ctx, page, app, complaints };
}

const write = async (app, text) => {
  await app.locator("textarea").fill(text);
  await app.locator("textarea").press("Enter");
};
const texts = (app) => app.locator(".bubble:not(.dots)").allTextContents();

test("a message, the greeting once, a reply with a link, read when seen", async (t) => {
  const { mock, app } = await visit(t, { config: { greeting: "Hello there!" } });
  await app.getByText("Hello there!").waitFor();
  assert.equal(mock.state.sessions.size, 0, "looking makes no session");
  await write(app, "When does SL2026118427 arrive?");
  await app.getByText("Delivered").waitFor();
  mock.say('Tomorrow. <img src=x onerror="window.hacked=1"> https://example.com/t?a=1.', { agent_name: "Mei Lin" });
  await app.getByText("Mei Lin").waitFor();
  assert.deepEqual(await texts(app), [
    "Hello there!",
    "When does SL2026118427 arrive?",
    'Tomorrow. <img src=x onerror="window.hacked=1"> https://example.com/t?a=1.',
  ]);
  assert.equal(await app.locator(".bubble a").getAttribute("href"), "https://example.com/t?a=1");
  assert.equal(await app.evaluate(() => window.hacked), undefined);
  await until("read receipt", () => mock.state.seen === mock.state.seq);
  await app.locator("[aria-live=polite][aria-atomic=true]").filter({ hasText: "Mei Lin: Tomorrow" }).waitFor({ state: "attached" });
});

test("sockets cut, messages missed, nothing lost; then only long polling is left", async (t) => {
  const { mock, page, app } = await visit(t);
  await write(app, "one");
  await until("socket", () => mock.state.sockets.size === 1);
  mock.cutSockets();
  mock.say("missed 1", { agent_name: "Mei" });
  mock.say("missed 2", { agent_name: "Mei" });
  await app.getByText("missed 2", { exact: true }).waitFor();
  await until("socket again", () => mock.state.sockets.size === 1);
  mock.state.socketsAllowed = false;
  mock.cutSockets();
  await until("polling", () => mock.state.waiting.size > 0, 8000);
  mock.say("by poll", { agent_name: "Mei" });
  await app.getByText("by poll", { exact: true }).waitFor();
  assert.equal((await texts(app)).filter((text) => text.startsWith("missed")).length, 2);

  mock.state.socketsAllowed = true;
  await page.reload();
  await page.waitForFunction(() => typeof window.plugboard?.open === "function");
  await page.evaluate(() => window.plugboard.open());
  await (await appFrame(page)).getByText("by poll", { exact: true }).waitFor();
});

test("a message that cannot leave is kept, says so, and leaves later", async (t) => {
  const { mock, app } = await visit(t);
  mock.state.failPosts = 2;
  await write(app, "patience");
  await app.getByText("Busy, trying again…").waitFor();
  await app.getByText("Delivered").waitFor({ timeout: 8000 });
  mock.state.rejectPosts = "invalid";
  await write(app, "refused");
  await app.getByText("Not sent.").waitFor();
  mock.state.rejectPosts = null;
  await app.getByRole("button", { name: "Try again" }).click();
  await until("both there", async () => (await app.locator(".out .bubble").count()) === 2 && (await app.locator(".failed").count()) === 0);
});

test("unread badge and greeting while closed; identity and shutdown by the shop", async (t) => {
  const { mock, page, app } = await visit(t, { config: { proactive_after_secs: 0 } });
  await write(app, "hi");
  await app.getByText("Delivered").waitFor();
  const launcher = async () => {
    const session = await page.context().newCDPSession(page);
    const { nodes } = await session.send("Accessibility.getFullAXTree");
    await session.detach();
    return nodes.map((node) => (node.role?.value === "button" ? (node.name?.value ?? "") : "")).filter((name) => name.includes("the chat"));
  };
  // The key closes the chat only once the frame has the focus.
  await until("closed", async () => {
    await page.keyboard.press("Escape");
    return (await launcher()).some((name) => name.startsWith("Open the chat"));
  });
  await page.waitForTimeout(300);
  mock.say("are you there?", { agent_name: "Mei" });
  await until("badge", async () => (await launcher()).includes("Open the chat, 1 unread"));
  await page.evaluate(() => window.plugboard.identify("jwt-1"));
  await until("identity", () => mock.state.lastSession?.identity_token === "jwt-1");
  await page.evaluate(() => window.plugboard.shutdown());
  await until("gone", async () => (await launcher()).length === 0);
  const kept = await page.evaluate(() => Object.keys(localStorage).filter((key) => key.endsWith(":visitor")));
  assert.deepEqual(kept, []);
});

test("the greeting shows itself once", async (t) => {
  const { page } = await visit(t, { config: { proactive_after_secs: 1, greeting: "Proactive hello" }, open: false });
  const names = async () => {
    const session = await page.context().newCDPSession(page);
    const { nodes } = await session.send("Accessibility.getFullAXTree");
    await session.detach();
    return nodes.map((node) => node.name?.value ?? "").filter((name) => name.includes("Proactive hello"));
  };
  await until("greeting", async () => (await names()).length > 0, 8000);
  await page.reload();
  await page.waitForTimeout(2500);
  assert.deepEqual(await names(), []);
});

test("the widget speaks the page's language, also when it changes; forged messages do nothing", async (t) => {
  const { page, app } = await visit(t);
  await app.getByPlaceholder("Write a message…").waitFor();
  await page.getByRole("button", { name: "中文" }).click();
  await app.getByPlaceholder("请输入消息…").waitFor();
  await page.evaluate(() => {
    for (const type of ["close", "gone", "unread"]) postMessage({ plugboard: 1, message: { type, count: 9 } }, "*");
    postMessage({ plugboard: 1, message: { type: "keepsake", keepsake: "stolen" } }, "*");
  });
  await app.evaluate(() => postMessage({ plugboard: 1, message: { type: "shutdown" } }, "*"));
  await page.waitForTimeout(200);
  assert.equal(await page.evaluate(() => localStorage.getItem("plugboard:inbox-1:visitor")), null);
  await write(app, "还在吗");
  await app.getByText("已送达").waitFor();
});

test("where the frame's storage is partitioned, the shop's page remembers the visitor", async (t) => {
  const { page, app } = await visit(t);
  await write(app, "remember me");
  await app.getByText("Delivered").waitFor();
  const kept = await page.evaluate(() => localStorage.getItem("plugboard:inbox-1:visitor"));
  assert.match(kept, /token-/);
  // The mock serves shop and frame from one origin: forget the frame's copy just before it looks.
  await page.addInitScript(() => {
    if (window !== top) {
      const get = Storage.prototype.getItem;
      Storage.prototype.getItem = function (key) {
        return key.endsWith(":visitor") ? null : get.call(this, key);
      };
    }
  });
  await page.reload();
  await page.waitForFunction(() => typeof window.plugboard?.open === "function");
  await page.evaluate(() => window.plugboard.open());
  await (await appFrame(page)).getByText("remember me", { exact: true }).waitFor();
});

test("a page that may not embed the chat shows no launcher", async (t) => {
  const { page, complaints } = await visit(t, { open: false, ancestors: "'none'" });
  // The frame is asked for when the page is idle, which on a busy machine is whenever it is.
  await until("the browser refuses the frame, and says why", () => complaints.length === 1, 15_000);
  const session = await page.context().newCDPSession(page);
  await until("the launcher is taken away", async () => (await launcher(session)).includes("hidden"), 15_000);
  const { nodes } = await session.send("Accessibility.getFullAXTree");
  assert.deepEqual(nodes.map((node) => node.name?.value ?? "").filter((name) => name.includes("the chat")), []);
  complaints.length = 0;
});

/** The names of the launcher's attributes. It is in a closed shadow root, which only the debugger sees into. */
async function launcher(session) {
  const { root } = await session.send("DOM.getDocument", { depth: -1, pierce: true });
  const pending = [root];
  for (let node = pending.pop(); node; node = pending.pop()) {
    if (node.nodeName === "BUTTON" && node.attributes.includes("aria-expanded")) return node.attributes.filter((_, at) => at % 2 === 0);
    pending.push(...(node.children ?? []), ...(node.shadowRoots ?? []));
  }
  return [];
}

test("enter belongs to the input method while it composes", async (t) => {
  const { mock, page, app } = await visit(t, { context: { locale: "zh-CN" } });
  await app.locator("textarea").focus();
  const session = await page.context().newCDPSession(page);
  const enter = async () => {
    const key = { key: "Enter", code: "Enter", windowsVirtualKeyCode: 13 };
    await session.send("Input.dispatchKeyEvent", { type: "keyDown", ...key, text: "\r" });
    await session.send("Input.dispatchKeyEvent", { type: "keyUp", ...key });
  };
  await session.send("Input.imeSetComposition", { text: "ni", selectionStart: 2, selectionEnd: 2 });
  await enter();
  await page.waitForTimeout(150);
  assert.equal(mock.state.messages.length, 0, "composing");
  await Promise.all([session.send("Input.insertText", { text: "你好" }), enter()]);
  await page.waitForTimeout(200);
  assert.equal(mock.state.messages.length, 0, "the Enter that confirms");
  assert.match(await app.locator("textarea").inputValue(), /你好/);
  await enter();
  await until("sent once", () => mock.state.messages.filter((message) => message.kind === "inbound").length === 1);
});

test("files: picture shown, wrong type and size explained", async (t) => {
  const { mock, app } = await visit(t, { config: { attachment_bytes_max: 50_000 } });
  const png = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAFklEQVR4nGNkaGhgYGBgYoABRgbqAQAwOgCJQ0Ff5wAAAABJRU5ErkJggg==", "base64");
  const input = app.locator("input[type=file]");
  await input.setInputFiles({ name: "virus.exe", mimeType: "application/x-msdownload", buffer: Buffer.from("MZ") });
  await app.getByText("Files like virus.exe cannot be sent here.").waitFor();
  await input.setInputFiles({ name: "big.png", mimeType: "image/png", buffer: Buffer.alloc(60_000) });
  await app.getByText("big.png is larger than 50 kB.").waitFor();
  await input.setInputFiles({ name: "cup.png", mimeType: "image/png", buffer: png });
  await app.getByRole("button", { name: "Remove cup.png" }).waitFor();
  await until("uploaded", async () => app.getByRole("button", { name: "Send" }).isEnabled());
  await app.getByRole("button", { name: "Send" }).click();
  await until("posted", () => mock.state.messages.some((message) => message.attachments.length === 1));
  const picture = app.getByRole("button", { name: "Open the picture cup.png" });
  await picture.locator("img").waitFor();
  await picture.click();
  await app.getByRole("dialog", { name: "cup.png" }).waitFor();
});

test("forms: before the chat, and outside office hours", async (t) => {
  const first = await visit(t, { config: { prechat: "required" } });
  await first.app.getByRole("button", { name: "Start chatting" }).click();
  await first.app.getByText("Please tell us your name.").waitFor();
  assert.deepEqual(await violations(first.app), []);
  await first.app.getByLabel("Name").fill("Ada");
  await first.app.getByLabel("Email").fill("ada@example.com");
  await first.app.getByRole("button", { name: "Start chatting" }).click();
  await first.app.locator("textarea").waitFor();
  assert.deepEqual({ name: first.mock.state.lastSession.name, email: first.mock.state.lastSession.email }, { name: "Ada", email: "ada@example.com" });

  const second = await visit(t, { config: { open_now: false, offline_form: true }, context: { locale: "zh-CN" } });
  assert.deepEqual(await violations(second.app), []);
  await shot(second.page, "offline-form-zh");
  await second.app.getByLabel("邮箱").fill("li@example.com");
  await second.app.getByLabel("请描述您的问题").fill("请问可以开发票吗？");
  await second.app.getByRole("button", { name: "提交留言" }).click();
  await second.app.getByText("我们会回复至 li@example.com").waitFor();
  await until("posted", () => second.mock.state.messages.some((message) => message.text === "请问可以开发票吗？"));
});

test("an enforced identity is asked for in words", async (t) => {
  const { app } = await visit(t, { config: { identity: "enforce" } });
  await app.getByText("Please sign in to the shop").waitFor();
  assert.equal(await app.locator("textarea").count(), 0);
  assert.deepEqual(await violations(app), []);
});

for (const locale of ["zh-CN", "en-US"]) {
  for (const colorScheme of ["light", "dark"]) {
    test(`axe finds nothing: ${locale}, ${colorScheme}`, async (t) => {
      const { mock, page, app } = await visit(t, { context: { locale, colorScheme } });
      const zh = locale === "zh-CN";
      assert.equal(await app.evaluate(() => document.documentElement.lang), zh ? "zh-CN" : "en");
      await write(app, zh ? "你好，订单 SL2026118427 什么时候能到？" : "Hi, when does order SL2026118427 arrive?");
      await until("greeted", () => mock.state.messages.length === 2);
      await until("socket", () => mock.state.sockets.size === 1);
      mock.say(zh ? "您好！已到杭州转运中心，预计明天上午送达：https://example.com/sf。" : "Hello! It is at the Hangzhou hub; see https://example.com/sf.", { agent_name: zh ? "林小满" : "Mei Lin" });
      await app.getByText("example.com/sf").first().waitFor();
      mock.typing();
      mock.state.rejectPosts = "invalid";
      await write(app, zh ? "谢谢！" : "Thank you!");
      await app.locator(".failed").waitFor();
      await app.locator(".dots").waitFor();
      await app.getByRole("button", { name: zh ? "表情" : "Emoji" }).click();
      await page.waitForTimeout(300);
      assert.deepEqual(await violations(app), []);
      await shot(page, `desktop-${locale}-${colorScheme}`);
      assert.deepEqual((await violations(page.mainFrame())).filter((found) => !found.startsWith("region")), []);
    });
  }
}

test("on a phone it covers the screen and keeps the focus", async (t) => {
  const context = { viewport: { width: 390, height: 780 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2, locale: "zh-CN" };
  const { mock, page, app } = await visit(t, { context });
  await write(app, "在吗？");
  await until("greeted", () => mock.state.messages.length === 2);
  assert.deepEqual(await app.evaluate(() => [innerWidth, innerHeight]), [390, 780]);
  assert.equal(await app.locator(".app").getAttribute("aria-modal"), "true");
  await app.locator("textarea").focus();
  for (let turn = 0; turn < 12; turn++) await page.keyboard.press("Tab");
  assert.equal(await app.evaluate(() => document.hasFocus()), true);
  assert.deepEqual(await violations(app), []);
  await shot(page, "phone-zh");
  await page.keyboard.press("Escape");
  await page.waitForTimeout(300);
  assert.equal(await page.evaluate(() => document.documentElement.style.overflow), "");
});

test("the page of its own, down to 320 pixels", async (t) => {
  const { mock, page, app } = await visit(t, { path: "/chat/inbox-1", context: { viewport: { width: 320, height: 640 } } });
  await write(app, "hello");
  await until("posted", () => mock.state.messages.length === 2);
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= 320));
  assert.deepEqual(await violations(app), []);
});
