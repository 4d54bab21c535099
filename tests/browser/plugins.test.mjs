// An administrator and plugins: one that comes with the binary, one that is uploaded, its upgrade, its health, the way back.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { sit } from "./lib/agent.mjs";
import { launch, shot, violations } from "./lib/browser.mjs";
import { Desk } from "./lib/desk.mjs";
import { repack } from "./lib/package.mjs";

/** The plugin of a stranger: what it does is that of a bundled one, what it is called and asks for is its own. */
const stranger = (version, asks) =>
  repack("routing-skills", {
    version,
    manifest: (text) =>
      text
        .replace(/^id = .*$/m, 'id = "acme-desk"')
        .replace(/^name = .*$/m, 'name = { en = "Acme routing", zh = "阿克米分配" }')
        .replace(/^\[limits\]$/m, `[permissions]\ndata = [\n${asks.map(([field, reason]) => `  { field = "${field}", reason = { en = "${reason}" } },`).join("\n")}\n]\n\n[limits]`),
  });
const NAME = ["contact.name", "Greets people by their name."];
const SUBJECT = ["conversation.subject", "Reads what it is about."];
const TEXT = ["message.text", "Looks for the words of angry people."];

let browser, desk, admin;
before(async () => {
  [browser, desk] = await Promise.all([launch(), Desk.start({ environment: { PLUGBOARD_RATE_LIMITS: "off" } })]);
  admin = await sit(browser, desk, desk.admin);
  await admin.page.getByRole("link", { name: "Settings" }).click();
  await admin.page.getByRole("link", { name: "Plugins" }).click();
});
after(async () => {
  await browser?.close();
  await desk?.stop();
});

const { heading, button, says, permission } = {
  heading: (name) => admin.page.getByRole("heading", { name, exact: true }).waitFor(),
  button: (name) => admin.page.getByRole("button", { name, exact: true }),
  says: (text) => admin.page.getByText(text).first().waitFor(),
  permission: (field) => admin.page.getByRole("checkbox", { name: field }),
};

test("a plugin that comes with the binary is installed by one click, and does nothing yet", async () => {
  await button("Install WeCom and WeChat").click();
  await heading("WeCom and WeChat");
  await says("Waits for approval");
  assert.equal((await desk.api("GET", "/api/v1/plugins/channel-wecom")).state, "pending_approval");
});

test("what it asks for is there with the reasons of its author", async () => {
  for (const text of ["Fetches and sends messages and files.", "Callbacks are signed with it.", "Says whom to send to."]) await says(text);
  await shot(admin.page, "plugins-approval");
  assert.deepEqual(await violations(admin.page), []);
});

test("it is approved, and runs", async () => {
  await button("Approve and start").click();
  await says("Running");
  assert.equal((await desk.api("GET", "/api/v1/plugins/channel-wecom")).state, "enabled");
});

test("a file that is no plugin is refused with the reason", async () => {
  await button("All plugins").click();
  await admin.page.locator("input[type=file]").setInputFiles({ name: "holiday.plugboard", mimeType: "application/octet-stream", buffer: Buffer.from("a picture") });
  await admin.page.getByRole("alert").getByText("The package was not accepted").waitFor();
  assert.ok(((await admin.page.getByRole("alert").textContent()) ?? "").length > 40);
});

test("a plugin of somebody else is uploaded, looked at, and gets only what was left ticked", async () => {
  await admin.page.locator("input[type=file]").setInputFiles(stranger("1.0.0", [NAME, SUBJECT]));
  await heading("Acme routing");
  await says("Greets people by their name.");
  await says("Not signed by a key that this desk trusts");
  await permission("contact.name").uncheck();
  await button("Approve and start").click();
  await says("Running");
  const plugin = await desk.api("GET", "/api/v1/plugins/acme-desk");
  assert.equal(plugin.state, "enabled");
  assert.deepEqual(plugin.grants, ["data:conversation.subject"]);
});

test("an upgrade that asks for more waits, and says what changes", async () => {
  await button("All plugins").click();
  await admin.page.locator("input[type=file]").setInputFiles(stranger("1.1.0", [NAME, TEXT]));
  await says("Version 1.0.0 keeps running until you approve.");
  const asked = admin.page.locator("label", { hasText: TEXT[0] });
  assert.match(await asked.textContent(), /New.*Looks for the words of angry people/s);
  assert.match(await admin.page.locator("label", { hasText: SUBJECT[0] }).textContent(), /No longer asked/);
  assert.match(await admin.page.locator("label", { hasText: NAME[0] }).textContent(), /As before/);
  assert.ok(!(await permission("contact.name").isChecked()), "what was denied stays denied");
  await shot(admin.page, "plugins-upgrade");
  assert.equal((await desk.api("GET", "/api/v1/plugins/acme-desk")).active.version, "1.0.0");
  await permission("message.text").check();
  await button("Approve").click();
  await button("Back to 1.0.0").waitFor();
  const plugin = await desk.api("GET", "/api/v1/plugins/acme-desk");
  assert.equal(plugin.active.version, "1.1.0");
  assert.deepEqual(plugin.grants, ["data:message.text"]);
});

test("its health, its limits and where it comes from are on its page", async () => {
  await heading("Health and figures");
  await heading("Log");
  await heading("Where it comes from");
  const { active } = await desk.api("GET", "/api/v1/plugins/acme-desk");
  await says(active.digest);
  await shot(admin.page, "plugins-health");
  assert.deepEqual(await violations(admin.page), []);
});

test("its calls are recorded, and whoever downloads them is in the journal", async () => {
  await says("The desk was started without one");
  await desk.api("PUT", "/api/v1/policies/routing", { live: { plugin: "acme-desk" } });
  await button("Record").click();
  await says("Recording: 0 of 20 calls");
  const visitor = await desk.visitor();
  await visitor.post("Where is my parcel?");
  await says("Recording: 1 of 20 calls");
  await button("End").click();
  await says("1 of 20 calls recorded");
  assert.deepEqual(await violations(admin.page), []);
  const [file] = await Promise.all([admin.page.waitForEvent("download"), button("Download").click()]);
  assert.match(readFileSync(await file.path(), "utf8"), /^\{.*"routing\.route".*\}\n$/);
  const journal = await desk.api("GET", "/api/v1/journal?since=0&limit=1000");
  const [read] = journal.items.filter((it) => it.kind === "plugin.recording_read");
  assert.equal(read.data.calls, 1);
  await button("Delete").click();
  await button("Record").waitFor();
  await desk.api("PUT", "/api/v1/policies/routing", { live: [] });
});

test("the earlier version is one click and one question away", async () => {
  await button("Back to 1.0.0").click();
  await admin.page.getByRole("dialog").getByRole("button", { name: "Back to 1.0.0" }).click();
  await says("Version 1.0.0 is in force again");
  assert.equal((await desk.api("GET", "/api/v1/plugins/acme-desk")).active.version, "1.0.0");
});

test("it is turned off, and stays so over a kill of the server", async () => {
  await button("Turn off").click();
  await admin.page.getByRole("dialog").getByRole("button", { name: "Turn off" }).click();
  await button("Turn on").waitFor();
  await desk.kill();
  await desk.serve();
  const { items } = await desk.api("GET", "/api/v1/plugins");
  assert.deepEqual(Object.fromEntries(items.map((it) => [it.key, it.state])), { "acme-desk": "disabled", "channel-wecom": "enabled" });
});

test("nobody's page complained", () => assert.deepEqual(admin.complaints, []));
