/**
 * The one script of a shop's page. Draws the launcher in a closed shadow root, puts the app into a frame on the script's
 * origin when the page is idle or somebody opens it, and passes messages between the two. Holds no conversation itself.
 *
 *   <script src="https://desk.example/widget/v1/loader.js" data-inbox="ID" async></script>
 *
 * Optional: data-locale, data-identity (signed JWT), data-side="left", data-color, data-greeting-days.
 * Then `window.plugboard`: open(), close(), identify(jwt), shutdown(). A page that cannot wait may set
 * `window.plugboard = [["identify", jwt]]` before the script runs; "plugboard:ready" is fired on window after.
 */

import type { Envelope, Look, ToApp, ToLoader } from "../bridge/messages.ts";
import { css } from "./styles.ts";

export interface Plugboard {
  open(): void;
  close(): void;
  identify(jwt: string): void;
  /** Signs the visitor out of the chat and takes the launcher away; open() starts afresh. */
  shutdown(): void;
}

type Call = ["open" | "close" | "shutdown"] | ["identify", string];

declare global {
  interface Window {
    plugboard?: Plugboard | Call[];
  }
}

const DAY_MS = 86_400_000;

function boot(script: HTMLScriptElement, inbox: string): void {
  const { dataset } = script;
  const doc = document;
  const root = doc.documentElement;
  const { origin } = new URL(script.src);
  const phone = matchMedia("(max-width:480px)");
  const startedAt = Date.now();

  const read = (key: string): string | null => {
    try {
      return localStorage.getItem(`plugboard:${inbox}:${key}`);
    } catch {
      return null;
    }
  };
  const write = (key: string, value: string | null): void => {
    try {
      const name = `plugboard:${inbox}:${key}`;
      if (value === null) localStorage.removeItem(name);
      else localStorage.setItem(name, value);
    } catch {
      // Storage is blocked: the frame has its own.
    }
  };

  let mounted: ReturnType<typeof mount> | null = null;
  let identity = dataset.identity ?? null;

  const locale = () => dataset.locale || root.lang || navigator.language;

  function mount() {
    let frame: HTMLIFrameElement | null = null;
    let ready = false;
    let opened = false;
    let unread = 0;
    let proactive = 0;

    const host = doc.createElement("plugboard-chat");
    const shadow = host.attachShadow({ mode: "closed" });
    try {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(css);
      shadow.adoptedStyleSheets = [sheet];
    } catch {
      shadow.appendChild(doc.createElement("style")).textContent = css;
    }
    const add = <K extends keyof HTMLElementTagNameMap>(parent: Node, tag: K, className = ""): HTMLElementTagNameMap[K] => {
      const element = doc.createElement(tag);
      element.className = className;
      parent.appendChild(element);
      return element;
    };
    const icon = (parent: Node, className: string, path: string) => {
      const svg = doc.createElementNS("http://www.w3.org/2000/svg", "svg");
      svg.setAttribute("class", className);
      svg.setAttribute("viewBox", "0 0 24 24");
      svg.setAttribute("aria-hidden", "true");
      const line = doc.createElementNS("http://www.w3.org/2000/svg", "path");
      line.setAttribute("d", path);
      svg.appendChild(line);
      parent.appendChild(svg);
    };

    const box = add(shadow, "div", dataset.side === "left" ? "l" : "");
    const bubble = add(box, "div", "g");
    bubble.hidden = true;
    const button = add(box, "button", "b w");
    button.type = "button";
    icon(button, "i", "M21 11.5a8.4 8.4 0 0 1-12.2 7.5L3 21l2-5.8A8.4 8.4 0 1 1 21 11.5zM8.5 11.5h.01M12.5 11.5h.01M16.5 11.5h.01");
    icon(button, "x", "M6 9.5l6 6 6-6");
    const badge = add(button, "span", "n");
    badge.setAttribute("aria-hidden", "true");

    const label = () => {
      const zh = /^zh/i.test(locale());
      button.setAttribute("aria-expanded", String(opened));
      button.setAttribute(
        "aria-label",
        opened
          ? zh ? "收起客服对话" : "Close the chat"
          : (zh ? "打开客服对话" : "Open the chat") + (unread ? (zh ? `，${unread} 条未读消息` : `, ${unread} unread`) : ""),
      );
      badge.textContent = unread > 99 ? "99+" : unread ? String(unread) : "";
    };
    const draw = (look: Look) => {
      host.style.setProperty("--c", look.color);
      host.style.setProperty("--o", look.onColor);
      button.classList.remove("w");
      if (frame) frame.title = look.title;
    };
    const say = (message: ToApp) => {
      const envelope: Envelope<ToApp> = { plugboard: 1, message };
      if (ready) frame?.contentWindow?.postMessage(envelope, origin);
    };

    const load = () => {
      if (frame) return;
      frame = doc.createElement("iframe");
      frame.title = /^zh/i.test(locale()) ? "客服对话" : "Chat";
      const query = new URLSearchParams({ inbox, host: location.origin, locale: locale() });
      frame.src = `${origin}/widget/v1/app/?${query}`;
      // Scripts run before "load": a frame that is silent then is not ours but an error page, since this page may not
      // embed it or the desk is away. A launcher that opens nothing is worse than none.
      frame.onload = () =>
        setTimeout(() => {
          if (ready) return;
          toggle(false, false);
          button.hidden = true;
        }, 1500);
      box.insertBefore(frame, button);
    };

    // On phones the keyboard covers part of a fixed frame: follow what is really visible.
    const fit = () => {
      const view = window.visualViewport;
      const covering = opened && phone.matches;
      if (frame) {
        frame.style.height = covering && view ? `${view.height}px` : "";
        frame.style.top = covering && view ? `${view.offsetTop}px` : "";
      }
      root.style.overflow = covering ? "hidden" : "";
    };

    const toggle = (open: boolean, focus = true) => {
      if (open) {
        load();
        dismiss();
        button.classList.remove("w");
      }
      if (opened !== open) {
        opened = open;
        frame?.classList.toggle("on", open);
        button.classList.toggle("on", open);
        say(open ? { type: "open", focus } : { type: "close" });
        fit();
        label();
      }
      if (open && focus) frame?.focus();
      else if (!open && focus) button.focus();
    };

    const dismiss = () => {
      clearTimeout(proactive);
      bubble.hidden = true;
    };
    const greet = (text: string) => {
      if (opened || doc.hidden || !bubble.hidden) return;
      write("greeted", String(Date.now()));
      bubble.textContent = "";
      bubble.setAttribute("role", "status");
      const body = add(bubble, "button", "t");
      body.textContent = text;
      body.onclick = () => toggle(true);
      const close = add(bubble, "button", "k");
      close.textContent = "×";
      close.setAttribute("aria-label", /^zh/i.test(locale()) ? "关闭" : "Dismiss");
      close.onclick = dismiss;
      bubble.hidden = false;
    };

    const heard = (message: ToLoader) => {
      switch (message.type) {
        case "hello":
          ready = true;
          // A frame that was given up for an error page, on a machine that is busy, was only slow.
          button.hidden = false;
          say({
            type: "init",
            keepsake: read("visitor"),
            identity,
            locale: dataset.locale || root.lang || null,
            open: opened,
            fullscreen: phone.matches,
          });
          if (opened) frame?.focus();
          break;
        case "look": {
          draw(message.look);
          write("look", JSON.stringify(message.look));
          clearTimeout(proactive);
          const { opener, proactiveAfterSecs } = message;
          const days = Number(dataset.greetingDays ?? 7);
          const quiet = Date.now() - Number(read("greeted") ?? 0) < days * DAY_MS;
          if (opener && proactiveAfterSecs !== null && !quiet && !opened) {
            const wait = Math.max(0, startedAt + proactiveAfterSecs * 1000 - Date.now());
            proactive = window.setTimeout(() => greet(opener), wait);
          }
          break;
        }
        case "unread":
          unread = message.count;
          label();
          break;
        case "close":
          toggle(false);
          break;
        case "keepsake":
          write("visitor", message.keepsake);
          break;
        case "gone":
          button.hidden = !opened;
          dismiss();
      }
    };
    const onMessage = (event: MessageEvent) => {
      if (!frame || event.source !== frame.contentWindow || event.origin !== origin) return;
      const data = event.data as Envelope<ToLoader> | null;
      if (data?.plugboard === 1) heard(data.message);
    };
    // A frame that takes the focus blurs the window, but not the document.
    const onFocus = () => setTimeout(() => say({ type: "attention", focused: doc.hasFocus() }), 0);
    const onPhone = () => {
      say({ type: "fullscreen", fullscreen: phone.matches });
      fit();
    };
    const watcher = new MutationObserver(() => {
      label();
      if (!dataset.locale) say({ type: "locale", locale: locale() });
    });

    addEventListener("message", onMessage);
    addEventListener("focus", onFocus);
    addEventListener("blur", onFocus);
    phone.addEventListener("change", onPhone);
    window.visualViewport?.addEventListener("resize", fit);
    watcher.observe(root, { attributeFilter: ["lang"] });
    button.onclick = () => toggle(!opened);
    label();
    if (dataset.color) host.style.setProperty("--c", dataset.color);
    try {
      const look = JSON.parse(read("look") ?? "null") as Look | null;
      if (look) draw(look);
    } catch {
      write("look", null);
    }
    doc.body.appendChild(host);
    // Never without a launcher for long, even when the frame is slow.
    const late = setTimeout(() => button.classList.remove("w"), 4000);
    const idle = window.requestIdleCallback ?? ((run: () => void) => setTimeout(run, 1200));
    const soon = () => idle(load, { timeout: 3000 });
    if (doc.readyState === "complete") soon();
    else addEventListener("load", soon, { once: true });

    return {
      toggle,
      say,
      remove() {
        clearTimeout(late);
        dismiss();
        removeEventListener("message", onMessage);
        removeEventListener("focus", onFocus);
        removeEventListener("blur", onFocus);
        removeEventListener("load", soon);
        phone.removeEventListener("change", onPhone);
        window.visualViewport?.removeEventListener("resize", fit);
        watcher.disconnect();
        opened = false;
        fit();
        host.remove();
      },
    };
  }

  const api: Plugboard = {
    open: () => (mounted ??= mount()).toggle(true),
    close: () => mounted?.toggle(false, false),
    identify(jwt) {
      identity = jwt;
      (mounted ??= mount()).say({ type: "identify", identity: jwt });
    },
    shutdown() {
      identity = null;
      write("visitor", null);
      const leaving = mounted;
      mounted = null;
      leaving?.say({ type: "shutdown" });
      // The frame wipes its own storage first.
      setTimeout(() => leaving?.remove(), 60);
    },
  };
  const early = window.plugboard;
  window.plugboard = api;
  mounted = mount();
  if (Array.isArray(early)) {
    for (const call of early) {
      if (call[0] === "identify") api.identify(call[1]);
      else api[call[0]]?.();
    }
  }
  dispatchEvent(new Event("plugboard:ready"));
}

const script =
  (document.currentScript as HTMLScriptElement | null) ??
  document.querySelector<HTMLScriptElement>('script[data-inbox][src*="/widget/v1/loader.js"]');
if (script?.dataset.inbox && (!window.plugboard || Array.isArray(window.plugboard))) {
  const { inbox } = script.dataset;
  if (document.body) boot(script, inbox);
  else addEventListener("DOMContentLoaded", () => boot(script, inbox), { once: true });
}
