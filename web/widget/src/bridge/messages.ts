/** What the loader (in the shop's page) and the app (in the frame) say to each other. */

/** From the loader to the app. */
export type ToApp =
  | {
      type: "init";
      /** What the shop's storage kept of the visitor, for browsers that partition ours. */
      keepsake: string | null;
      identity: string | null;
      locale: string | null;
      open: boolean;
      fullscreen: boolean;
    }
  | { type: "open"; focus: boolean }
  | { type: "close" }
  | { type: "identify"; identity: string }
  | { type: "shutdown" }
  | { type: "locale"; locale: string }
  | { type: "fullscreen"; fullscreen: boolean }
  /** The window that holds the frame has the focus: its reader looks at us, too. */
  | { type: "attention"; focused: boolean };

/** From the app to the loader. */
export type ToLoader =
  | { type: "hello" }
  | { type: "look"; look: Look; proactiveAfterSecs: number | null; opener: string | null }
  | { type: "unread"; count: number }
  | { type: "close" }
  | { type: "keepsake"; keepsake: string | null }
  /** There is no such inbox, or not for this page: nothing to show. */
  | { type: "gone" };

/** How the launcher is drawn. */
export interface Look {
  color: string;
  onColor: string;
  title: string;
}

/** Marks our messages among all the others that a page sends around. */
export interface Envelope<T> {
  plugboard: 1;
  message: T;
}
