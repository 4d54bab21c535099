import { useEffect, useRef, useState } from "preact/hooks";
import { useWords } from "../i18n/index.ts";
import { keyOf } from "./ime.ts";

const EMOJI = [..."😀😄😂🙂😉😊😍🥰😘😋🤔😅😢😭😡😱🙏👍👎👌👏💪🤝👋🌹🎉🎁🍵📦🚚💰🔥"].concat("❤️", "✅", "❌", "⭐️", "😴", "🤗", "😎", "💯");
const COLUMNS = 8;
const STEPS: Record<string, number> = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: COLUMNS, ArrowUp: -COLUMNS };

/** A small grid; one stop for Tab, arrows inside. */
export function EmojiPicker({ onPick, onClose }: { onPick(emoji: string): void; onClose(): void }) {
  const words = useWords();
  const [at, setAt] = useState(0);
  const grid = useRef<HTMLDivElement>(null);

  useEffect(() => (grid.current?.children[at] as HTMLElement | undefined)?.focus(), [at]);

  return (
    <div
      class="emoji"
      ref={grid}
      role="group"
      aria-label={words.emojiPicker}
      onKeyDown={(event) => {
        const key = keyOf(event);
        if (key === "Escape") {
          event.preventDefault();
          event.stopPropagation();
          onClose();
        }
        const step = STEPS[key ?? ""];
        if (step === undefined) return;
        event.preventDefault();
        setAt(Math.min(EMOJI.length - 1, Math.max(0, at + step)));
      }}
    >
      {EMOJI.map((emoji, index) => (
        <button key={emoji} type="button" tabIndex={index === at ? 0 : -1} onClick={() => onPick(emoji)} onFocus={() => setAt(index)}>
          {emoji}
        </button>
      ))}
    </div>
  );
}
