// axe finds nothing: the agent app and the widget, Chinese and English, light and dark.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, person, settled, shot, until, violations } from "./lib/browser.mjs";
import { Desk } from "./lib/desk.mjs";
import { startShop } from "./lib/shop.mjs";
import { visit } from "./lib/visitor.mjs";

const RULE = `def route(conv, candidates, now):
    if has_any(conv.text, ["refund", "退款"]):
        return next(priority = "high", reason = "money goes back")
    return None
`;

/** Pages of the administration, each with what shows that it is drawn. */
const PAGES = [
  ["plugins", "/settings/plugins", "a.row"],
  ["a plugin that waits for approval", "/settings/plugins/channel-telegram", "fieldset"],
  ["a plugin that runs", "/settings/plugins/commerce-demo", "dl"],
  ["rules", "/settings/rules", "a.row"],
  ["a rule", "/settings/rules/Refunds", ".cm-content"],
  ["policies", "/settings/policies/routing", ".chain"],
  ["escalation", "/settings/policies/escalation", ".chain"],
  ["backtests", "/settings/backtests", "form"],
  ["a backtest", () => `/settings/backtests/${backtest.id}`, ".totals"],
  ["inboxes", "/settings/inboxes", "li .row"],
];

let browser, desk, backtest;
before(async () => {
  [browser, desk] = await Promise.all([launch(), Desk.start({ environment: { PLUGBOARD_RATE_LIMITS: "off" } })]);
  for (const [name, text] of [["林悦", "你好，明前龙井还有货吗？"], ["Oliver", "Where is order SL2026118427?"]]) {
    await (await desk.visitor(name)).post(text);
  }
  for (const key of ["channel-telegram", "commerce-demo"]) await desk.api("POST", `/api/v1/plugins/available/${key}/install`);
  const { permissions } = await desk.api("GET", "/api/v1/plugins/commerce-demo");
  await desk.api("POST", "/api/v1/plugins/commerce-demo/approve", { grants: permissions.map((it) => it.key) });
  await desk.api("POST", "/api/v1/plugins/commerce-demo/enable");
  await desk.api("PUT", "/api/v1/rules/Refunds", { kind: "routing", source: RULE, builder: null });
  await desk.api("PUT", "/api/v1/policies/routing", { live: [], shadow: { rule: "Refunds" }, canary: null });
  const { items } = await desk.api("GET", "/api/v1/conversations?status=open&limit=50");
  for (const { id } of items) await desk.api("POST", `/api/v1/conversations/${id}/cases`, { kind: "complaint", summary: "Broken on arrival" });
  const hour = 3_600_000;
  backtest = await desk.api("POST", "/api/v1/backtests", { kind: "routing", policy: { rule: "Refunds" }, from: new Date(Date.now() - hour).toISOString(), to: new Date(Date.now() + hour).toISOString() });
});
after(async () => {
  await browser?.close();
  await desk?.stop();
});

const words = {
  "en-US": { signIn: "Sign in", email: "Email", password: "Password", allOpen: "All open" },
  "zh-CN": { signIn: "登录", email: "邮箱", password: "密码", allOpen: "全部进行中" },
};

for (const locale of ["zh-CN", "en-US"]) {
  for (const colorScheme of ["light", "dark"]) {
    const name = `${locale}-${colorScheme}`;

    test(`agent app: ${locale}, ${colorScheme}`, async (t) => {
      const { context, page, complaints } = await person(browser, { locale, colorScheme });
      t.after(() => context.close());
      await page.goto(desk.url);
      const field = page.locator('input[type="email"], input[autocomplete="username"]').first();
      await field.waitFor();
      assert.match(await page.evaluate(() => document.documentElement.lang), locale === "zh-CN" ? /^zh/ : /^en/);
      assert.deepEqual(await violations(page), [], "sign in");
      await field.fill(desk.admin.email);
      await page.locator('input[type="password"]').fill(desk.admin.password);
      await page.locator('input[type="password"]').press("Enter");
      await page.getByRole("listbox").first().waitFor();
      await page.getByRole("navigation").getByText(words[locale].allOpen).first().click();
      const rows = page.getByRole("listbox").first().getByRole("option");
      await until("the conversations", async () => (await rows.count()) >= 2);
      assert.deepEqual(await violations(page), [], "list");
      await rows.filter({ hasText: "龙井" }).click();
      await page.getByRole("log").waitFor();
      await page.getByText("Broken on arrival").first().waitFor();
      await settled(page);
      assert.deepEqual(await violations(page), [], "conversation");
      await shot(page, `agent-${name}`);
      await page.keyboard.press("Control+k");
      await page.getByRole("dialog").waitFor();
      await settled(page);
      assert.deepEqual(await violations(page), [], "palette");
      await page.keyboard.press("Escape");
      for (const [what, path, drawn] of PAGES) {
        await page.goto(desk.url + (typeof path === "function" ? path() : path));
        await page.locator(drawn).first().waitFor();
        await settled(page);
        assert.deepEqual(await violations(page), [], what);
      }
      assert.deepEqual(complaints, []);
    });

    test(`widget: ${locale}, ${colorScheme}`, async (t) => {
      const shop = await startShop(desk, locale);
      const visitor = await visit(browser, shop.url, { locale, colorScheme, viewport: { width: 1100, height: 800 } });
      t.after(async () => {
        await visitor.context.close();
        await shop.close();
      });
      await visitor.open();
      await visitor.write(locale === "zh-CN" ? "在吗？" : "Hello?");
      await visitor.app.locator(".state").waitFor();
      await settled(visitor.app);
      assert.deepEqual(await violations(visitor.app), []);
      await shot(visitor.page, `widget-${name}`);
      assert.deepEqual(visitor.complaints, []);
    });
  }
}
