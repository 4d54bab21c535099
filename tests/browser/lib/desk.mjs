// The real binary on a directory and a port of its own, and the few API calls that a journey starts from.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const repository = fileURLToPath(new URL("../../../", import.meta.url));
const PASSWORD = "correct horse battery staple";
/** Opening a store that was killed takes well under a second; a busy machine gets more. */
const READY_MS = 20_000;

export function binary(name = "plugboard", variable = "PLUGBOARD_BIN") {
  const target = process.env.CARGO_TARGET_DIR ?? join(repository, "target");
  const candidates = process.env[variable]
    ? [process.env[variable]]
    : ["release", "debug"].map((profile) => join(target, profile, name));
  // The newest one: a release build of last week is not what was just built.
  const found = candidates.filter((path) => existsSync(path)).sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs)[0];
  if (!found) throw new Error(`no ${name}: build it (make build) or set ${variable}; looked at ${candidates.join(", ")}`);
  return found;
}

export const freePort = () =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

export class Desk {
  #process = null;
  #log = [];
  #environment;

  /** Starts a desk with an administrator, two agents in a team, and a widget inbox of that team. */
  static async start({ settings = {}, environment = {} } = {}) {
    const desk = new Desk();
    desk.#environment = environment;
    desk.data = mkdtempSync(join(tmpdir(), "plugboard-browser-"));
    desk.port = await freePort();
    desk.url = `http://127.0.0.1:${desk.port}`;
    const made = spawnSync(
      binary(),
      ["agent", "create", "--data", desk.data, "--email", "admin@example.com", "--password-stdin", "--role", "administrator"],
      { input: PASSWORD, encoding: "utf8" },
    );
    if (made.status !== 0) throw new Error(`agent create: ${made.stderr || made.stdout || made.error}`);
    await desk.serve();
    desk.admin = await desk.signIn("admin@example.com");
    desk.ada = await desk.hire("Ada Park", "ada@example.com", "agent");
    desk.bo = await desk.hire("Bo Chen", "bo@example.com", "agent");
    desk.team = await desk.api("POST", "/api/v1/teams", { name: "Service", assignment: "manual" });
    for (const { id } of [desk.ada, desk.bo]) await desk.api("POST", `/api/v1/teams/${desk.team.id}/members`, { agent_id: id });
    desk.inbox = await desk.api("POST", "/api/v1/inboxes", {
      name: "Website",
      channel: "webchat",
      shop: "Tea House",
      team_id: desk.team.id,
      settings: { title: "Tea House", color: "#1f6f5c", greeting: "Welcome to the tea house! How can we help?", ...settings },
    });
    return desk;
  }

  async serve() {
    const child = spawn(binary(), ["serve", "--data", this.data, "--listen", `127.0.0.1:${this.port}`], {
      // Compiling a plugin takes a debug build many seconds: what one desk compiled is there for the next.
      env: { PLUGBOARD_PLUGIN_CACHE: join(dirname(binary()), "plugin-cache"), ...process.env, ...this.#environment },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#process = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (bytes) => {
        this.#log.push(bytes.toString());
        if (this.#log.length > 400) this.#log.shift();
      });
    }
    const end = Date.now() + READY_MS;
    for (;;) {
      if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}:\n${this.log}`);
      const ready = await fetch(`${this.url}/readyz`).then((answer) => answer.ok, () => false);
      if (ready) return;
      if (Date.now() > end) throw new Error(`not ready after ${READY_MS} ms:\n${this.log}`);
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }

  get log() {
    return this.#log.join("").slice(-4000);
  }

  get memoryKib() {
    return Number(/VmRSS:\s+(\d+)/.exec(spawnSync("cat", [`/proc/${this.#process.pid}/status`], { encoding: "utf8" }).stdout)?.[1]);
  }

  /** As if the power went: no goodbye. */
  async kill() {
    await this.#end("SIGKILL");
  }

  async stop() {
    await this.#end("SIGTERM");
    rmSync(this.data, { recursive: true, force: true });
  }

  async #end(signal) {
    const child = this.#process;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill(signal);
    const late = setTimeout(() => child.kill("SIGKILL"), 12_000);
    await gone;
    clearTimeout(late);
  }

  /** One more person. */
  async hire(name, email, role) {
    const agent = await this.api("POST", "/api/v1/agents", { name, email, password: PASSWORD, role });
    return { ...agent, password: PASSWORD };
  }

  async signIn(email) {
    const { token } = await this.call("POST", "/api/v1/sessions", { email, password: PASSWORD });
    return { token, email, password: PASSWORD };
  }

  /** As the administrator. */
  api(method, path, body) {
    return this.call(method, path, body, this.admin?.token);
  }

  async call(method, path, body, token) {
    const headers = {};
    if (token) headers.authorization = `Bearer ${token}`;
    if (body !== undefined) headers["content-type"] = "application/json";
    const answer = await fetch(this.url + path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text ? JSON.parse(text) : null;
  }

  /** A visitor without a browser, who can write. */
  async visitor(name) {
    const base = `/chat/v1/${this.inbox.id}`;
    const { visitor_token: token } = await this.call("POST", `${base}/sessions`, name ? { name } : {});
    let sent = 0;
    const post = (text) => this.call("POST", `${base}/messages`, { text, client_id: `${token.slice(-8)}-${++sent}` }, token);
    return { token, post };
  }
}
