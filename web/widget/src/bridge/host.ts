/** The app's end of the bridge. Nothing when the app is a page of its own. */

import type { Envelope, ToApp, ToLoader } from "./messages.ts";

export interface Host {
  /** Somebody is there to talk to. */
  framed: boolean;
  say(message: ToLoader): void;
  listen(hear: (message: ToApp) => void): void;
}

/** `origin` is where the loader says it lives; what embeds the frame at all is decided by `frame-ancestors`. */
export function connectHost(origin: string | null): Host {
  const parent = window.parent;
  if (parent === window) return { framed: false, say: () => {}, listen: () => {} };
  // A page without an origin (a sandbox, a file) can be told when to close, but nothing that matters.
  const opaque = !origin || origin === "null";
  return {
    framed: true,
    say(message) {
      if (opaque && message.type === "keepsake") return;
      const envelope: Envelope<ToLoader> = { plugboard: 1, message };
      try {
        parent.postMessage(envelope, opaque ? "*" : origin);
      } catch {
        // Not an origin: nobody there.
      }
    },
    listen(hear) {
      addEventListener("message", (event) => {
        if (event.source !== parent || event.origin !== (origin ?? "null")) return;
        const data = event.data as Envelope<ToApp> | null;
        if (data?.plugboard === 1) hear(data.message);
      });
    },
  };
}
