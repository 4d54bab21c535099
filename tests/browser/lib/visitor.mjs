// The visitor's hands and eyes: a page of the shop, the widget in it.
import { person, until } from "./browser.mjs";

export async function visit(browser, shopUrl, options) {
  const { context, page, complaints } = await person(browser, options);
  /** Everything that the server said to this visitor, by any way: what must be hidden must not be in it. */
  const heard = [];
  page.on("websocket", (socket) => socket.on("framereceived", ({ payload }) => heard.push(String(payload))));
  page.on("response", async (response) => {
    if (response.url().includes("/chat/v1/")) heard.push(await response.text().catch(() => ""));
  });
  const self = { context, page, complaints, heard, app: null };

  self.open = async () => {
    await page.waitForFunction(() => typeof window.plugboard?.open === "function");
    await page.evaluate(() => window.plugboard.open());
    await until("the widget's frame", () => page.frames().some((frame) => frame.url().includes("/widget/v1/app/")));
    self.app = page.frames().find((frame) => frame.url().includes("/widget/v1/app/"));
    await self.app.locator(".app").waitFor();
  };
  self.write = async (text) => {
    const field = self.app.getByRole("textbox");
    await field.fill(text);
    await field.press("Enter");
  };
  self.texts = () => self.app.locator(".bubble:not(.dots)").allTextContents();
  self.sees = (text, ms) => until(`the visitor sees "${text}"`, async () => (await self.texts()).includes(text), ms);
  self.delivered = () => self.app.getByText("Delivered").waitFor();
  self.waiting = () => self.app.locator(".pending").first().waitFor();

  await page.goto(shopUrl);
  return self;
}
