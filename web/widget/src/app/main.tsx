/** Starts the app: in the loader's frame (`/widget/v1/app/?inbox=ID`), or as a page of its own (`/chat/ID`). */

import { render } from "preact";
import { connectHost } from "../bridge/host.ts";
import { createApi } from "../protocol/api.ts";
import { systemClock } from "../protocol/clock.ts";
import { Conversation } from "../protocol/conversation.ts";
import type { Socket } from "../protocol/live.ts";
import { browserStorage } from "../protocol/storage.ts";
import { App } from "./App.tsx";
import { Shell } from "./shell.ts";
import "../styles/app.css";

const query = new URLSearchParams(location.search);
const inbox = query.get("inbox") ?? decodeURIComponent(/^\/chat\/([^/]+)/.exec(location.pathname)?.[1] ?? "");
const host = connectHost(query.get("host"));
const storage = browserStorage(inbox);
const shell = new Shell(host, query.get("locale"));

const conversation = new Conversation({
  api: createApi(location.origin, inbox),
  clock: systemClock,
  storage,
  openSocket:
    typeof WebSocket === "undefined" ? undefined : (url, protocols) => new WebSocket(url, protocols) as unknown as Socket,
  newId: () => crypto.randomUUID?.() ?? `${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`,
  locale: () => shell.state.locale,
  onKeepsake: (keepsake) => host.say({ type: "keepsake", keepsake }),
});
shell.drive(conversation);
render(<App conversation={conversation} shell={shell} storage={storage} />, document.getElementById("app")!);
