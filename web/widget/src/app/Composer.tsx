import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { useWords } from "../i18n/index.ts";
import type { Conversation } from "../protocol/conversation.ts";
import type { Storage } from "../protocol/storage.ts";
import type { Attachment, WidgetConfig } from "../protocol/types.ts";
import { EmojiPicker } from "./EmojiPicker.tsx";
import { Icon } from "./icons.tsx";
import { keyOf } from "./ime.ts";
import { useUploads } from "./uploads.ts";

export interface ComposerProps {
  conversation: Conversation;
  storage: Storage;
  config: WidgetConfig | null;
  initialText: string;
  initialAttachments: Attachment[];
  focusAtOnce: boolean;
}

/** The contract's limit, in characters. */
const TEXT_MAX = 5000;
const WARN_BELOW = 300;
const DEFAULT_BYTES_MAX = 10_000_000;

export function Composer({ conversation, storage, config, initialText, initialAttachments, focusAtOnce }: ComposerProps) {
  const words = useWords();
  const [text, setText] = useState(initialText);
  const [picking, setPicking] = useState(false);
  const [dragging, setDragging] = useState(false);
  const area = useRef<HTMLTextAreaElement>(null);
  const fileInput = useRef<HTMLInputElement>(null);
  const emojiButton = useRef<HTMLButtonElement>(null);
  const bytesMax = config?.attachment_bytes_max ?? DEFAULT_BYTES_MAX;
  const uploads = useUploads(conversation, bytesMax, words, initialAttachments);
  const left = TEXT_MAX - [...text].length;
  const sendable = (text.trim() !== "" || uploads.drafts.length > 0) && !uploads.busy && left >= 0;

  useLayoutEffect(() => {
    const element = area.current!;
    element.style.height = "auto";
    element.style.height = `${element.scrollHeight}px`;
  }, [text]);
  useEffect(() => {
    if (focusAtOnce) area.current?.focus();
  }, []);

  const write = (value: string) => {
    setText(value);
    if (value) storage.set("draft", value);
    else storage.remove("draft");
  };

  const send = () => {
    if (!sendable) return;
    conversation.send(text.trim(), uploads.take());
    write("");
    setPicking(false);
    area.current?.focus();
  };

  const insert = (emoji: string) => {
    const element = area.current!;
    const { selectionStart: from, selectionEnd: to } = element;
    write(text.slice(0, from) + emoji + text.slice(to));
    requestAnimationFrame(() => element.setSelectionRange(from + emoji.length, from + emoji.length));
  };

  return (
    <form
      class={dragging ? "composer dragging" : "composer"}
      data-drop={words.dropHere}
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
      onDragOver={(event) => {
        event.preventDefault();
        setDragging(true);
      }}
      onDragLeave={() => setDragging(false)}
      onDrop={(event) => {
        event.preventDefault();
        setDragging(false);
        uploads.add(event.dataTransfer?.files ?? []);
      }}
    >
      {uploads.problem && (
        <p class="problem" role="alert">
          <Icon name="warn" size={16} /> {uploads.problem}
        </p>
      )}
      {uploads.drafts.length > 0 && (
        <ul class="drafts">
          {uploads.drafts.map((draft) => (
            <li key={draft.key}>
              {draft.preview ? <img src={draft.preview} alt="" /> : <Icon name="file" />}
              <span class="draft-name">{draft.name}</span>
              {!draft.attachment && (
                <progress max={1} value={draft.progress} aria-label={words.uploading(draft.name, Math.round(draft.progress * 100))} />
              )}
              <button type="button" class="tool small" aria-label={words.removeFile(draft.name)} onClick={() => uploads.remove(draft.key)}>
                <Icon name="close" size={14} />
              </button>
            </li>
          ))}
        </ul>
      )}
      {picking && (
        <EmojiPicker
          onPick={insert}
          onClose={() => {
            setPicking(false);
            emojiButton.current?.focus();
          }}
        />
      )}
      <div class="input">
        <textarea
          ref={area}
          rows={1}
          value={text}
          placeholder={words.composerPlaceholder}
          aria-label={words.composerLabel}
          aria-describedby={left < WARN_BELOW ? "left" : undefined}
          enterkeyhint="send"
          onInput={(event) => {
            write(event.currentTarget.value);
            if (event.currentTarget.value) {
              conversation.prepare();
              conversation.typing();
            }
          }}
          onKeyDown={(event) => {
            if (keyOf(event) !== "Enter" || event.shiftKey || event.altKey) return;
            event.preventDefault();
            send();
          }}
          onPaste={(event) => {
            const files = event.clipboardData?.files;
            if (!files?.length) return;
            event.preventDefault();
            uploads.add(files);
          }}
        />
        <div class="bar">
          <button type="button" class="tool" aria-label={words.attach} onClick={() => fileInput.current?.click()}>
            <Icon name="clip" />
          </button>
          <button
            type="button"
            class="tool"
            ref={emojiButton}
            aria-label={words.emoji}
            aria-expanded={picking}
            onClick={() => setPicking(!picking)}
          >
            <Icon name="smile" />
          </button>
          {left < WARN_BELOW && (
            <span id="left" class={left < 0 ? "left problem" : "left"} role="status">
              {words.charactersLeft(left)}
            </span>
          )}
          <button type="submit" class="send" aria-label={words.send} disabled={!sendable}>
            <Icon name="send" />
          </button>
        </div>
      </div>
      <input
        ref={fileInput}
        type="file"
        multiple
        hidden
        onChange={(event) => {
          uploads.add([...(event.currentTarget.files ?? [])]);
          event.currentTarget.value = "";
        }}
      />
    </form>
  );
}
