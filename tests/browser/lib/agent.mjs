// The agent's hands and eyes. The app is found by roles and names only: what a screen reader finds, a test finds.
import { person, until } from "./browser.mjs";

export async function sit(browser, desk, { email, password }, options) {
  const { context, page, complaints } = await person(browser, options);
  const self = { context, page, complaints };
  self.list = page.getByRole("listbox", { name: "Conversations" });
  self.thread = page.getByRole("log", { name: "Messages" });
  self.field = page.getByRole("group", { name: "What to write" }).locator("xpath=ancestor::*[.//textarea][1]").locator("textarea");

  self.rows = self.list.getByRole("option");
  /** The conversation in which something happened last. */
  self.openFirst = async () => {
    await self.rows.first().click();
    await self.thread.waitFor();
  };
  self.reply = async (text) => {
    await page.getByRole("button", { name: "Reply", exact: true }).click();
    await self.field.fill(text);
    await self.send();
  };
  self.note = async (text) => {
    await page.getByRole("button", { name: "Note", exact: true }).click();
    await self.field.fill(text);
    await page.getByRole("button", { name: "Add note", exact: true }).click();
  };
  self.send = () => page.getByRole("button", { name: "Send", exact: true }).click();
  self.sees = (text, ms) =>
    until(`the agent sees "${text}"`, async () => ((await self.thread.textContent()) ?? "").includes(text), ms);
  self.count = async (text) => ((await self.thread.textContent()) ?? "").split(text).length - 1;
  /** Where all open conversations are. */
  self.allOpen = () => page.getByRole("navigation").getByText("All open").first().click();

  await page.goto(desk.url);
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await self.list.waitFor();
  return self;
}
