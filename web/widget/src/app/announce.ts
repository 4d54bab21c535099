import { useEffect, useRef, useState } from "preact/hooks";
import type { Dictionary } from "../i18n/index.ts";
import type { VisitorMessage } from "../protocol/types.ts";

/** Messages that come together are said together. */
const GATHER_MS = 150;

/** What a screen reader says of messages that arrive while the chat is there; history is not read out. */
export function useAnnouncements(
  messages: readonly VisitorMessage[],
  historyKnown: boolean,
  words: Dictionary,
  title: string,
  onArrival: () => void,
): string {
  const [text, setText] = useState("");
  const known = useRef<Set<string> | null>(null);
  const queue = useRef<string[]>([]);
  const timer = useRef<number | null>(null);

  useEffect(() => {
    if (!historyKnown) return;
    if (!known.current) {
      known.current = new Set(messages.map((message) => message.id));
      return;
    }
    let arrived = false;
    for (const message of messages) {
      if (known.current.has(message.id)) continue;
      known.current.add(message.id);
      if (message.kind !== "outbound") continue;
      arrived = true;
      const files = message.attachments.map((file) => file.name).join(", ");
      queue.current.push(`${message.agent_name ?? title}: ${message.text} ${files}`.trim());
    }
    if (!arrived) return;
    onArrival();
    timer.current ??= window.setTimeout(() => {
      timer.current = null;
      setText(queue.current.splice(0).join("\n"));
    }, GATHER_MS);
  }, [messages, historyKnown, words, title]);

  useEffect(() => () => clearTimeout(timer.current ?? undefined), []);
  return text;
}
