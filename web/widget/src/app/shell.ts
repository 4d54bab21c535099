/** What surrounds the conversation: the loader, the window, the language. Turns their events into calls. */

import type { Host } from "../bridge/host.ts";
import type { ToApp } from "../bridge/messages.ts";
import type { Conversation } from "../protocol/conversation.ts";
import { palette } from "./color.ts";

export interface ShellState {
  /** True when a loader holds us in a frame. */
  framed: boolean;
  open: boolean;
  fullscreen: boolean;
  locale: string;
}

/** A page that embeds the frame without our loader never says anything. */
const HOST_SILENCE_MS = 2_000;

export class Shell {
  state: ShellState;
  #host: Host;
  #listeners = new Set<(state: ShellState) => void>();
  #conversation: Conversation | null = null;
  #hostFocused = false;
  #started = false;
  #focusWanted: (() => void) | null = null;

  constructor(host: Host, locale: string | null) {
    this.#host = host;
    this.state = {
      framed: host.framed,
      open: !host.framed,
      fullscreen: false,
      locale: locale ?? navigator.language ?? "en",
    };
  }

  subscribe(listener: (state: ShellState) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** What to focus when somebody opens the chat by hand. */
  onFocusWanted(focus: () => void): void {
    this.#focusWanted = focus;
  }

  close(): void {
    this.#host.say({ type: "close" });
  }

  drive(conversation: Conversation): void {
    this.#conversation = conversation;
    this.#host.listen((message) => this.#hear(message));
    if (this.#host.framed) {
      this.#host.say({ type: "hello" });
      setTimeout(() => this.#start(null, null), HOST_SILENCE_MS);
    } else {
      this.#start(null, null);
    }
    for (const event of ["focus", "blur"]) addEventListener(event, () => this.#watch());
    document.addEventListener("visibilitychange", () => {
      this.#watch();
      if (!document.hidden) conversation.networkChanged(navigator.onLine !== false);
    });
    addEventListener("online", () => conversation.networkChanged(true));
    addEventListener("offline", () => conversation.networkChanged(false));

    let unread = -1;
    let look = "";
    let gone = false;
    conversation.subscribe((state) => {
      if (state.unread !== unread) this.#host.say({ type: "unread", count: (unread = state.unread) });
      if (state.refusal === "not_found" && !gone) {
        gone = true;
        this.#host.say({ type: "gone" });
      }
      const { config } = state;
      if (!config) return;
      const known = state.session !== null || state.thread.pending.length > 0;
      const opener = known ? null : config.open_now ? config.greeting : (config.away_message ?? config.greeting);
      const { accent, onAccent } = palette(config.color);
      const message = {
        type: "look" as const,
        look: { color: accent, onColor: onAccent, title: config.title },
        proactiveAfterSecs: config.proactive_after_secs,
        opener,
      };
      const text = JSON.stringify(message);
      if (text !== look) {
        look = text;
        this.#host.say(message);
      }
    });
  }

  #hear(message: ToApp): void {
    const conversation = this.#conversation!;
    switch (message.type) {
      case "init":
        this.#set({ open: message.open, fullscreen: message.fullscreen, locale: message.locale ?? this.state.locale });
        this.#start(message.keepsake, message.identity);
        if (message.open) this.#focusWanted?.();
        break;
      case "open":
        this.#set({ open: true });
        if (message.focus) setTimeout(() => this.#focusWanted?.(), 30);
        break;
      case "close":
        this.#set({ open: false });
        break;
      case "identify":
        void conversation.identify(message.identity);
        break;
      case "shutdown":
        conversation.shutdown();
        break;
      case "locale":
        this.#set({ locale: message.locale });
        break;
      case "fullscreen":
        this.#set({ fullscreen: message.fullscreen });
        break;
      case "attention":
        this.#hostFocused = message.focused;
        this.#watch();
    }
  }

  #start(keepsake: string | null, identity: string | null): void {
    if (this.#started) return;
    this.#started = true;
    this.#conversation?.start(keepsake, identity);
    this.#conversation?.setActive(this.state.open);
    this.#watch();
  }

  #set(change: Partial<ShellState>): void {
    const before = this.state;
    this.state = { ...before, ...change };
    if (this.#started && before.open !== this.state.open) this.#conversation?.setActive(this.state.open);
    this.#watch();
    for (const listener of this.#listeners) listener(this.state);
  }

  /** Seen is what was on the screen of somebody who was there. */
  #watch(): void {
    const there = document.hasFocus() || this.#hostFocused;
    this.#conversation?.setWatching(this.state.open && !document.hidden && there);
  }
}
