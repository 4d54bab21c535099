// The main job, as people do it: a visitor on a shop's page and two agents, three browsers, one real server that is not spared.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { sit } from "./lib/agent.mjs";
import { launch, shot, until } from "./lib/browser.mjs";
import { Desk } from "./lib/desk.mjs";
import { startShop } from "./lib/shop.mjs";
import { visit } from "./lib/visitor.mjs";

const GREETING = "Welcome to the tea house! How can we help?";
const people = [];
let browser, desk, shop, visitor, ada, bo;

before(async () => {
  [browser, desk] = await Promise.all([launch(), Desk.start({ environment: { PLUGBOARD_RATE_LIMITS: "off" } })]);
  shop = await startShop(desk);
  [ada, bo] = await Promise.all([sit(browser, desk, desk.ada), sit(browser, desk, desk.bo)]);
  visitor = await visit(browser, shop.url);
  people.push(visitor, ada, bo);
  await Promise.all([ada.allOpen(), bo.allOpen()]);
});
after(async () => {
  await browser?.close();
  await shop?.close();
  await desk?.stop();
});

test("the greeting is there within three seconds of opening", async () => {
  const opened = Date.now();
  await visitor.open();
  await visitor.sees(GREETING);
  assert.ok(Date.now() - opened < 3000);
});

test("a message reaches both agents by itself", async () => {
  await visitor.write("Does the white tea cake keep for years?");
  await visitor.delivered();
  for (const agent of [ada, bo]) await agent.rows.first().waitFor();
  await visitor.page.waitForTimeout(600);
  assert.equal((await visitor.texts()).filter((text) => text === GREETING).length, 1, "the greeting is shown once");
});

test("an agent answers, the visitor reads it", async () => {
  await ada.openFirst();
  await ada.sees("Does the white tea cake keep for years?");
  await ada.reply("It does; dry and dark, it gets better.");
  await visitor.sees("It does; dry and dark, it gets better.");
  await bo.openFirst();
  await bo.sees("It does; dry and dark, it gets better.");
});

test("a note is for colleagues, and never reaches the visitor by any way", async () => {
  await ada.note("Careful: this one returned two cakes in May.");
  await bo.sees("Careful: this one returned two cakes in May.");
  await visitor.page.waitForTimeout(500);
  assert.ok(!(await visitor.texts()).join("\n").includes("returned two cakes"));
  assert.ok(!visitor.heard.join("\n").includes("returned two cakes"), "not in any frame or answer");
  await shot(bo.page, "journey-note");
});

test("who looks and who writes is seen by the other", async () => {
  await ada.page.getByText("Also here: Bo Chen").first().waitFor();
  await bo.page.getByRole("button", { name: "Reply", exact: true }).click();
  await bo.field.pressSequentially("I could also", { delay: 30 });
  await ada.page.getByText("Bo Chen is writing a reply").first().waitFor();
  await shot(ada.page, "journey-collision");
  await bo.field.fill("");
  await visitor.app.getByRole("textbox").pressSequentially("Thank", { delay: 30 });
  await ada.page.getByText("The customer is typing").first().waitFor();
  await visitor.app.getByRole("textbox").fill("");
});

test("an answer to a view that is stale is held back, and can be sent after reading", async () => {
  // Bo's frames are held: his view is what it was.
  const held = [];
  let holding = false;
  await bo.page.routeWebSocket(/\/api\/v1\/ws/, (socket) => {
    const server = socket.connectToServer();
    server.onMessage((frame) => (holding ? held.push(() => socket.send(frame)) : socket.send(frame)));
  });
  await bo.page.reload();
  await bo.allOpen();
  await bo.openFirst();
  await bo.sees("dry and dark");
  await bo.page.getByRole("button", { name: "Reply", exact: true }).click();
  await bo.field.fill("Please keep it in the fridge.");
  holding = true;
  await ada.reply("And never in the fridge.");
  await visitor.sees("And never in the fridge.");
  await bo.send();
  await bo.page.getByText("Your text was not sent").first().waitFor();
  await shot(bo.page, "journey-conflict");
  assert.ok(!(await visitor.texts()).includes("Please keep it in the fridge."));
  holding = false;
  for (const release of held.splice(0)) release();
  await bo.sees("And never in the fridge.");
  await bo.page.getByRole("alert").getByRole("button", { name: "Send anyway" }).click();
  await visitor.sees("Please keep it in the fridge.");
});

test("the visitor loses the network, and misses nothing", async () => {
  await visitor.context.setOffline(true);
  for (const text of ["said while you were away, 1", "said while you were away, 2", "said while you were away, 3"]) await ada.reply(text);
  await ada.sees("said while you were away, 3");
  await visitor.write("written without a network");
  await visitor.waiting();
  await shot(visitor.page, "journey-visitor-offline");
  await visitor.context.setOffline(false);
  for (const nth of [1, 2, 3]) await visitor.sees(`said while you were away, ${nth}`);
  await visitor.delivered();
  await ada.sees("written without a network");
  const texts = await visitor.texts();
  for (const text of ["said while you were away, 1", "said while you were away, 2", "said while you were away, 3", "written without a network"]) {
    assert.equal(texts.filter((other) => other === text).length, 1, text);
  }
});

test("an agent loses the network, catches up, and only then can send", async () => {
  await bo.context.setOffline(true);
  await visitor.write("are you still there?");
  await visitor.delivered();
  await ada.reply("We are.");
  await visitor.sees("We are.");
  await bo.context.setOffline(false);
  await bo.sees("are you still there?", 15_000);
  await bo.sees("We are.");
  assert.equal(await bo.count("are you still there?"), 1);
});

test("the server is killed without warning: what was acknowledged stays, what was written meanwhile arrives", async () => {
  await visitor.write("before the power went");
  await visitor.delivered();
  await ada.sees("before the power went");
  await desk.kill();
  await visitor.write("in the dark");
  await visitor.waiting();
  await shot(visitor.page, "journey-server-down");
  await shot(ada.page, "journey-server-down-agent");
  await desk.serve();
  await visitor.delivered();
  await ada.sees("in the dark", 20_000);
  await ada.reply("We are back.");
  await visitor.sees("We are back.", 20_000);
  await bo.sees("We are back.", 20_000);
  const texts = await visitor.texts();
  for (const text of [GREETING, "before the power went", "in the dark", "We are back."]) {
    assert.equal(texts.filter((other) => other === text).length, 1, text);
  }
  assert.equal(await ada.count("before the power went"), 1);
  assert.equal(await ada.count("in the dark"), 1);
});

test("the visitor comes back on another page, and everything is there", async () => {
  const before = await visitor.texts();
  await visitor.page.reload();
  await visitor.open();
  await until("the history", async () => (await visitor.texts()).length >= before.length);
  assert.deepEqual(await visitor.texts(), before);
});

test("nobody's page complained", () => {
  assert.deepEqual(people.flatMap((someone) => someone.complaints), []);
});
