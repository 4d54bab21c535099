// A stand-in for the desk that speaks the visitor contract, for the tests and for looking at the widget by hand:
// `npm run mock` prints an address. Keeps everything in memory; says only what it is told to say.
import { randomUUID } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { WebSocketServer } from "ws";

const dist = fileURLToPath(new URL("../dist", import.meta.url));
const TYPES = { ".js": "text/javascript", ".css": "text/css", ".html": "text/html; charset=utf-8", ".svg": "image/svg+xml" };
const APP_CSP =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self' ws: wss:; base-uri 'none'; form-action 'none'";
/** What a strict shop allows: our script and our frame, nothing else of ours. */
const SHOP_CSP = "default-src 'self'; script-src 'self' ORIGIN; frame-src ORIGIN; connect-src 'self'; style-src 'self'";

export const DEFAULT_CONFIG = {
  inbox_id: "inbox-1",
  title: "山岚茶事 Mountain Mist Tea",
  color: "#1f6f5c",
  locale: null,
  greeting: "您好，欢迎光临山岚茶事！请问想了解哪款茶？\nHi! What can we help you find?",
  away_message: "我们现在不在线，请留言。We are away; please leave a message.",
  open_now: true,
  prechat: "off",
  offline_form: true,
  proactive_after_secs: null,
  identity: "off",
  attachment_bytes_max: 5_000_000,
};

export async function startMock({ config = {}, port = 0, autoGreeting = true, ancestors = "*" } = {}) {
  const state = {
    config: { ...DEFAULT_CONFIG, ...config },
    seq: 0,
    sessions: new Map(),
    messages: [],
    files: new Map(),
    seen: 0,
    ancestors,
    typed: 0,
    sockets: new Set(),
    waiting: new Set(),
    socketsAllowed: true,
    failPosts: 0,
    rejectPosts: null,
    autoGreeting,
    requests: [],
  };
  const conversationOf = (contact) => `conversation-${contact}`;

  const publish = (message, contact) => {
    message.seq = ++state.seq;
    state.messages.push({ ...message, contact });
    for (const socket of state.sockets) {
      if (socket.subscribed && socket.contact === contact) sendEvent(socket, message);
    }
    for (const wake of state.waiting) wake();
  };
  const sendEvent = (socket, message) =>
    socket.send(
      JSON.stringify({
        type: "event",
        seq: message.seq,
        kind: "message.created",
        at: message.at,
        conversation_id: conversationOf(socket.contact),
        data: { message: visible(message) },
      }),
    );
  const visible = ({ contact: _, ...message }) => message;
  const say = (text, { agent_name, contact, attachments = [] } = {}) => {
    const to = contact ?? [...state.sessions.values()].at(-1);
    const message = { id: randomUUID(), kind: "outbound", text, at: new Date().toISOString(), attachments };
    if (agent_name) message.agent_name = agent_name;
    publish(message, to);
    return message;
  };
  const typing = () => {
    for (const socket of state.sockets) {
      socket.send(
        JSON.stringify({ type: "ephemeral", what: "typing", conversation_id: conversationOf(socket.contact), agents: [], contact: false }),
      );
    }
  };

  const json = (response, status, body, headers = {}) => {
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(JSON.stringify(body));
  };
  const fail = (response, status, code, message = code) => json(response, status, { error: { code, message } });
  const bodyOf = async (request) => {
    const parts = [];
    for await (const part of request) parts.push(part);
    return Buffer.concat(parts);
  };

  const file = (response, path, headers = {}) => {
    if (!existsSync(path)) return fail(response, 404, "not_found");
    response.writeHead(200, { "content-type": TYPES[extname(path)] ?? "application/octet-stream", ...headers });
    response.end(readFileSync(path));
  };

  const server = createServer(async (request, response) => {
    const url = new URL(request.url, "http://mock");
    state.requests.push(`${request.method} ${url.pathname}`);
    const cors = { "access-control-allow-origin": request.headers.origin ?? "*" };
    if (url.pathname === "/widget/v1/loader.js") return file(response, join(dist, "loader.js"), cors);
    if (url.pathname === "/widget/v1/app/" || /^\/chat\/[^/]+$/.test(url.pathname)) {
      return file(response, join(dist, "app/index.html"), { "content-security-policy": `${APP_CSP}; frame-ancestors ${state.ancestors}` });
    }
    if (url.pathname.startsWith("/widget/v1/app/assets/")) return file(response, join(dist, url.pathname.slice("/widget/v1".length)));
    if (url.pathname.startsWith("/demo/shop")) return shopPage(response, url.pathname);
    const match = /^\/chat\/v1\/([^/]+)\/(.*)$/.exec(url.pathname);
    if (!match) return fail(response, 404, "not_found");
    if (match[1] !== state.config.inbox_id) return fail(response, 404, "not_found");
    const path = match[2];
    if (path === "config") return json(response, 200, state.config);
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1];

    if (path === "sessions") {
      const body = JSON.parse((await bodyOf(request)).toString() || "{}");
      state.lastSession = body;
      if (body.identity_token === "bad") return fail(response, 401, "unauthenticated");
      if (state.config.identity === "enforce" && !body.identity_token) return fail(response, 403, "forbidden");
      let contact = state.sessions.get(body.visitor_token);
      let visitor_token = body.visitor_token;
      if (body.visitor_token && !contact) return fail(response, 401, "unauthenticated");
      if (body.identity_token && contact !== `verified-${body.identity_token}`) {
        contact = `verified-${body.identity_token}`;
        visitor_token = null;
      }
      contact ??= `contact-${state.sessions.size + 1}`;
      visitor_token ??= `token-${randomUUID()}`;
      state.sessions.set(visitor_token, contact);
      const known = state.messages.some((message) => message.contact === contact);
      return json(response, 201, {
        visitor_token,
        conversation_id: known ? conversationOf(contact) : null,
        contact_id: contact,
        verified: Boolean(body.identity_token),
      });
    }
    const contact = state.sessions.get(token);
    if (!contact) return fail(response, 401, "unauthenticated");

    if (path === "messages" && request.method === "POST") {
      const body = JSON.parse((await bodyOf(request)).toString());
      if (state.failPosts > 0) {
        state.failPosts--;
        return fail(response, 503, "unavailable");
      }
      if (state.rejectPosts) return fail(response, 422, state.rejectPosts);
      const old = state.messages.find((message) => message.client_id === body.client_id && message.contact === contact);
      if (old) return json(response, 200, { message: visible(old), conversation_id: conversationOf(contact) });
      const first = !state.messages.some((message) => message.contact === contact);
      const message = {
        id: randomUUID(),
        kind: "inbound",
        text: body.text,
        at: new Date().toISOString(),
        attachments: body.attachments.map((id) => state.files.get(id)?.meta).filter(Boolean),
        client_id: body.client_id,
      };
      publish(message, contact);
      json(response, 201, { message: visible(message), conversation_id: conversationOf(contact) });
      if (first && state.autoGreeting && state.config.greeting) say(state.config.greeting, { contact });
      return;
    }
    if (path === "messages") {
      const since = Number(url.searchParams.get("since") ?? 0);
      const limit = Number(url.searchParams.get("limit") ?? 50);
      const after = Math.max(since, Number(url.searchParams.get("cursor") ?? 0));
      const read = () => state.messages.filter((message) => message.contact === contact && message.seq > after);
      const waitMs = Number(url.searchParams.get("wait_secs") ?? 0) * 1000;
      if (read().length === 0 && waitMs > 0) {
        await new Promise((resolve) => {
          const timer = setTimeout(resolve, waitMs);
          const wake = () => {
            if (read().length === 0) return;
            clearTimeout(timer);
            state.waiting.delete(wake);
            resolve();
          };
          state.waiting.add(wake);
          request.on("close", () => (clearTimeout(timer), state.waiting.delete(wake)));
        });
      }
      const items = read();
      const page = items.slice(0, limit);
      return json(response, 200, {
        items: page.map(visible),
        next_cursor: items.length > limit ? String(page.at(-1).seq) : null,
      });
    }
    if (path === "seen") {
      state.seen = JSON.parse((await bodyOf(request)).toString()).seq;
      response.writeHead(204);
      return response.end();
    }
    if (path === "attachments") {
      const bytes = await bodyOf(request);
      if (bytes.length > state.config.attachment_bytes_max + 2000) return fail(response, 413, "too_large");
      const text = bytes.toString("latin1");
      const head = text.slice(0, text.indexOf("\r\n\r\n"));
      const name = Buffer.from(/filename="([^"]*)"/.exec(head)?.[1] ?? "file", "latin1").toString();
      const content_type = /content-type: (.+)/i.exec(head)?.[1]?.trim() ?? "application/octet-stream";
      if (/\.exe$/.test(name)) return fail(response, 422, "invalid", "this type of file is not accepted");
      const boundary = text.slice(0, text.indexOf("\r\n"));
      const start = head.length + 4;
      const content = bytes.subarray(start, text.lastIndexOf(`\r\n${boundary}`));
      const meta = { id: randomUUID(), name, content_type, size: content.length, is_image: /^image\/(png|jpeg|gif|webp)$/.test(content_type) };
      state.files.set(meta.id, { meta, content });
      return json(response, 201, meta);
    }
    const found = state.files.get(/^attachments\/(.+)$/.exec(path)?.[1]);
    if (found) {
      response.writeHead(200, { "content-type": found.meta.content_type });
      return response.end(found.content);
    }
    return fail(response, 404, "not_found");
  });

  function shopPage(response, pathname) {
    const origin = `http://127.0.0.1:${server.address().port}`;
    const name = pathname === "/demo/shop" ? "index.html" : pathname.slice("/demo/shop/".length);
    const path = join(dist, "demo-shop", name);
    if (!existsSync(path)) return fail(response, 404, "not_found");
    const headers = { "content-type": TYPES[extname(path)] ?? "application/octet-stream", "content-security-policy": SHOP_CSP.replaceAll("ORIGIN", origin) };
    response.writeHead(200, headers);
    response.end(extname(path) === ".html" ? readFileSync(path, "utf8").replaceAll("{{inbox_id}}", state.config.inbox_id) : readFileSync(path));
  }

  const wss = new WebSocketServer({ noServer: true, handleProtocols: (protocols) => [...protocols][0] });
  server.on("upgrade", (request, stream, head) => {
    const token = /^bearer\.(.+)$/.exec(request.headers["sec-websocket-protocol"] ?? "")?.[1];
    const contact = state.sessions.get(token);
    if (!contact || !state.socketsAllowed) {
      stream.end(`HTTP/1.1 ${contact ? 502 : 401} no\r\n\r\n`);
      return;
    }
    wss.handleUpgrade(request, stream, head, (socket) => {
      socket.contact = contact;
      state.sockets.add(socket);
      socket.send(JSON.stringify({ type: "hello", head: state.seq, server: "mock", now: new Date().toISOString() }));
      socket.on("message", (data) => {
        const frame = JSON.parse(data.toString());
        if (frame.type === "subscribe") {
          for (const message of state.messages) {
            if (message.contact === contact && message.seq > frame.since) sendEvent(socket, message);
          }
          socket.subscribed = true;
          socket.send(JSON.stringify({ type: "caught_up", head: state.seq }));
        } else if (frame.type === "typing") state.typed++;
        else if (frame.type === "seen") state.seen = frame.seq;
        else if (frame.type === "ping") socket.send(JSON.stringify({ type: "pong" }));
      });
      socket.on("close", () => state.sockets.delete(socket));
    });
  });

  await new Promise((resolve) => server.listen(port, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    state,
    say,
    typing,
    cutSockets: () => state.sockets.forEach((socket) => socket.terminate()),
    close: () =>
      new Promise((resolve) => {
        state.sockets.forEach((socket) => socket.terminate());
        server.closeAllConnections();
        server.close(resolve);
      }),
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const mock = await startMock({ port: Number(process.env.PORT ?? 0), config: { proactive_after_secs: 4 } });
  console.log(`${mock.url}/demo/shop  and  ${mock.url}/chat/inbox-1`);
}
