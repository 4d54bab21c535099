import { useWords } from "../i18n/index.ts";
import type { WidgetConfig } from "../protocol/types.ts";
import { Icon } from "./icons.tsx";

export interface HeaderProps {
  config: WidgetConfig | null;
  /** Before the first message there is room for a welcome. */
  tall: boolean;
  sound: boolean;
  onSound(): void;
  onClose: (() => void) | null;
}

export function Header({ config, tall, sound, onSound, onClose }: HeaderProps) {
  const words = useWords();
  return (
    <div class={tall ? "top tall" : "top"}>
      <div class="mark" aria-hidden="true">
        {initial(config?.title ?? "")}
      </div>
      <div class="who">
        <h1>{config?.title ?? words.chat}</h1>
        {config && (
          <p class={config.open_now ? "presence here" : "presence"}>
            {config.open_now ? <span class="dot" /> : <Icon name="moon" size={14} />}
            {config.open_now ? words.online : words.away}
          </p>
        )}
      </div>
      <div class="tools">
        <button type="button" class="tool" aria-label={sound ? words.soundOff : words.soundOn} onClick={onSound}>
          <Icon name={sound ? "sound" : "mute"} />
        </button>
        {onClose && (
          <button type="button" class="tool" aria-label={words.close} onClick={onClose}>
            <Icon name="close" />
          </button>
        )}
      </div>
    </div>
  );
}

/** The first character of a name, whole: a surrogate pair is one. */
export function initial(name: string): string {
  return [...name.trim()][0]?.toUpperCase() ?? "";
}
