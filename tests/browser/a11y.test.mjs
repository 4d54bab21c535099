// axe finds nothing: the agent app and the widget, Chinese and English, light and dark.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, person, shot, until, violations } from "./lib/browser.mjs";
import { Desk } from "./lib/desk.mjs";
import { startShop } from "./lib/shop.mjs";
import { visit } from "./lib/visitor.mjs";

let browser, desk;
before(async () => {
  [browser, desk] = await Promise.all([launch(), Desk.start({ environment: { PLUGBOARD_RATE_LIMITS: "off" } })]);
  for (const [name, text] of [["林悦", "你好，明前龙井还有货吗？"], ["Oliver", "Where is order SL2026118427?"]]) {
    await (await desk.visitor(name)).post(text);
  }
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
      await rows.first().click();
      await page.getByRole("log").waitFor();
      await page.waitForTimeout(400);
      assert.deepEqual(await violations(page), [], "conversation");
      await shot(page, `agent-${name}`);
      await page.keyboard.press("Control+k");
      await page.getByRole("dialog").waitFor();
      await page.waitForTimeout(300);
      assert.deepEqual(await violations(page), [], "palette");
      await page.keyboard.press("Escape");
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
      await visitor.page.waitForTimeout(400);
      assert.deepEqual(await violations(visitor.app), []);
      await shot(visitor.page, `widget-${name}`);
      assert.deepEqual(visitor.complaints, []);
    });
  }
}
