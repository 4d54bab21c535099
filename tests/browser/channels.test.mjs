// A Telegram and a WeCom customer talk with an agent in the app: the providers are played on loopback, the rest is real.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { sit } from "./lib/agent.mjs";
import { launch, shot, until } from "./lib/browser.mjs";
import { Desk } from "./lib/desk.mjs";
import { Fakes } from "./lib/fakes.mjs";

/** Plugins poll about once a second, and a sent message takes a round of the outbox. */
const SLOW_MS = 30_000;

let browser, desk, fakes, ada;
const inboxes = {};

async function channel(provider, name) {
  const { plugin, settings, secrets } = await fakes.setup(provider);
  await desk.api("POST", `/api/v1/plugins/available/${plugin}/install`);
  const { permissions } = await desk.api("GET", `/api/v1/plugins/${plugin}`);
  await desk.api("POST", `/api/v1/plugins/${plugin}/approve`, { grants: permissions.map((it) => it.key) });
  await desk.api("POST", `/api/v1/plugins/${plugin}/enable`);
  inboxes[provider] = await desk.api("POST", "/api/v1/inboxes", { name, channel: `plugin:${plugin}`, team_id: desk.team.id, settings: { ...settings, ...secrets } });
}

before(async () => {
  [browser, fakes, desk] = await Promise.all([launch(), Fakes.start(), Desk.start({ environment: { PLUGBOARD_RATE_LIMITS: "off", PLUGBOARD_PLUGINS_PRIVATE: "on" } })]);
  await channel("telegram", "Telegram bot");
  await channel("wecom", "微信客服");
  await fakes.control("wecom", "/hook", { url: `${desk.url}${new URL(inboxes.wecom.webhook_url, desk.url).pathname}` });
  ada = await sit(browser, desk, desk.ada);
  await ada.allOpen();
});
after(async () => {
  await browser?.close();
  await desk?.stop();
  await fakes?.stop();
});

const customers = [
  { provider: "telegram", person: "7001", name: "Mei Tan", asks: "Is the blue teapot back?", answer: "Yes, since this morning.", more: "Then I take two." },
  { provider: "wecom", person: "wmZhou", name: "周明", asks: "你好，我的快递到哪里了？", answer: "已经到上海，明天送达。", more: "好的，谢谢！" },
];

for (const { provider, person, name, asks, answer, more } of customers) {
  test(`${provider}: what a customer writes reaches the app by itself`, async () => {
    await fakes.say(provider, person, name, asks);
    const row = ada.rows.filter({ hasText: asks });
    await row.waitFor({ timeout: SLOW_MS });
    await row.click();
    await ada.sees(asks);
    await ada.page.getByRole("heading", { name }).first().waitFor();
  });

  test(`${provider}: what the agent answers is on the customer's phone once, and the app says so`, async () => {
    await ada.reply(answer);
    await until("the customer's phone", async () => (await fakes.heard(provider, person)).includes(answer), SLOW_MS);
    await ada.thread.locator("article", { hasText: answer }).getByText(/^\s*(Sent|Delivered|Read)/).waitFor({ timeout: SLOW_MS });
    assert.equal((await fakes.heard(provider, person)).filter((text) => text === answer).length, 1);
    await shot(ada.page, `channel-${provider}`);
  });

  test(`${provider}: the talk goes on in the same conversation, and a note stays inside`, async () => {
    await ada.note("Regular customer, be kind.");
    await ada.sees("Regular customer, be kind.");
    await fakes.say(provider, person, name, more);
    await ada.sees(more, SLOW_MS);
    assert.equal(await ada.count(asks), 1);
    assert.equal(await ada.count(more), 1);
    assert.ok(!(await fakes.heard(provider, person)).some((text) => text.includes("be kind")));
  });
}

test("what the provider refuses is marked, with the reason and a way to try again", async () => {
  await ada.rows.filter({ hasText: "Mei Tan" }).click();
  await fakes.control("telegram", "/block", { person: "7001", blocked: true });
  await ada.reply("Shall I put them aside?");
  const bubble = ada.thread.locator("article", { hasText: "Shall I put them aside?" });
  await bubble.getByText(/Not delivered|Failed/).waitFor({ timeout: SLOW_MS });
  await shot(ada.page, "channel-failed");
  await fakes.control("telegram", "/block", { person: "7001", blocked: false });
  await bubble.getByRole("button", { name: /again/i }).click();
  await until("the customer's phone", async () => (await fakes.heard("telegram", "7001")).includes("Shall I put them aside?"), SLOW_MS);
  await bubble.getByText(/^\s*(Sent|Delivered|Read)/).waitFor({ timeout: SLOW_MS });
});

test("a kill of the server loses and doubles nothing", async () => {
  await desk.kill();
  await fakes.say("telegram", "7001", "Mei Tan", "written while you were dark");
  await fakes.say("wecom", "wmZhou", "周明", "断电的时候写的");
  await desk.serve();
  await ada.sees("written while you were dark", SLOW_MS);
  assert.equal(await ada.count("written while you were dark"), 1);
  await ada.rows.filter({ hasText: "断电的时候写的" }).click({ timeout: 70_000 });
  await ada.sees("断电的时候写的");
  for (const { provider, person, answer } of customers) assert.equal((await fakes.heard(provider, person)).filter((text) => text === answer).length, 1);
});

test("nobody's page complained", () => assert.deepEqual(ada.complaints, []));
