import { useEffect, useState } from "preact/hooks";
import { useWords } from "../i18n/index.ts";
import type { Refusal } from "../protocol/conversation.ts";
import type { LiveState } from "../protocol/live.ts";
import { Icon } from "./icons.tsx";

/** A blip is not worth a banner. */
const BLIP_MS = 1_500;
const GOOD_NEWS_MS = 2_500;

export function ConnectionNotice({ live, loading }: { live: LiveState; loading: boolean }) {
  const words = useWords();
  const lost = live === "lost";
  const [shown, setShown] = useState<"lost" | "back" | "loading" | null>(null);

  useEffect(() => {
    if (lost || loading) {
      const timer = setTimeout(() => setShown(lost ? "lost" : "loading"), BLIP_MS);
      return () => clearTimeout(timer);
    }
    setShown((now) => (now === "lost" ? "back" : null));
    const timer = setTimeout(() => setShown(null), GOOD_NEWS_MS);
    return () => clearTimeout(timer);
  }, [lost, loading]);

  return (
    <div class="notices" role="status">
      {shown && (
        <p class={`notice ${shown}`}>
          {shown === "back" ? <Icon name="check" size={16} /> : <span class="spinner" />}
          {shown === "lost" ? words.connectionLost : shown === "back" ? words.reconnected : words.loading}
        </p>
      )}
    </div>
  );
}

export function RefusalNotice({ refusal }: { refusal: Refusal }) {
  const words = useWords();
  const [title, body] = {
    identity_needed: [words.identityNeeded, words.identityNeededBody],
    identity_invalid: [words.identityInvalid, words.identityInvalidBody],
    forbidden: [words.forbidden, words.forbiddenBody],
    not_found: [words.gone, words.goneBody],
  }[refusal] as [string, string];
  return (
    <div class="refusal" role="status">
      <Icon name={refusal === "not_found" ? "warn" : "lock"} size={22} />
      <div>
        <h2>{title}</h2>
        <p>{body}</p>
      </div>
    </div>
  );
}
