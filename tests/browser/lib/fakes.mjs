// The providers on loopback: the binary that plays them, and what their customers do there.
import { spawn } from "node:child_process";
import { until } from "./browser.mjs";
import { binary, freePort } from "./desk.mjs";

export class Fakes {
  #process;

  static async start() {
    const fakes = new Fakes();
    const port = await freePort();
    fakes.url = `http://127.0.0.1:${port}`;
    fakes.#process = spawn(binary("plugboard-fakes", "PLUGBOARD_FAKES_BIN"), [`127.0.0.1:${port}`], { stdio: ["ignore", "ignore", "inherit"] });
    await until("the fakes", () => fetch(`${fakes.url}/`).then((answer) => answer.ok, () => false), 20_000);
    return fakes;
  }

  async stop() {
    const gone = new Promise((resolve) => this.#process.once("exit", resolve));
    if (!this.#process.kill()) return;
    await gone;
  }

  async control(provider, what, body) {
    const answer = await fetch(`${this.url}/control/${provider}${what}`, body === undefined ? {} : { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${provider}${what}: ${answer.status} ${text}`);
    return text ? JSON.parse(text) : null;
  }

  /** What an administrator types in: settings and secrets. */
  async setup(provider) {
    return (await this.control(provider, "", undefined)).setup;
  }

  say(provider, person, name, text) {
    return this.control(provider, "/say", { person, name, text });
  }

  /** What stands on a customer's phone. */
  async heard(provider, person) {
    return (await this.control(provider, `/lines?person=${person}`)).filter((line) => !line.from_person).map((line) => line.text);
  }
}
