import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { dictionary, Words } from "../i18n/index.ts";
import type { Conversation } from "../protocol/conversation.ts";
import type { Storage } from "../protocol/storage.ts";
import { withOpener } from "../protocol/thread.ts";
import type { Attachment } from "../protocol/types.ts";
import { palette } from "./color.ts";
import { Composer } from "./Composer.tsx";
import { trapTab } from "./focus.ts";
import { DetailsForm, type Details } from "./DetailsForm.tsx";
import { Header } from "./Header.tsx";
import { Icon } from "./icons.tsx";
import { keyOf } from "./ime.ts";
import { ConnectionNotice, RefusalNotice } from "./Notices.tsx";
import type { Shell } from "./shell.ts";
import { chime } from "./sound.ts";
import { Thread } from "./Thread.tsx";
import { useAnnouncements } from "./announce.ts";

export interface AppProps {
  conversation: Conversation;
  shell: Shell;
  storage: Storage;
}

export function App({ conversation, shell, storage }: AppProps) {
  const [state, setState] = useState(conversation.state);
  const [around, setAround] = useState(shell.state);
  const [sound, setSound] = useState(storage.get("sound") === "on");
  const [introduced, setIntroduced] = useState(storage.get("introduced") !== null);
  const [thanks, setThanks] = useState<string | null>(null);
  const [draft, setDraft] = useState<{ text: string; attachments: Attachment[]; turn: number }>({
    text: storage.get("draft") ?? "",
    attachments: [],
    turn: 0,
  });
  const root = useRef<HTMLDivElement>(null);

  useEffect(() => {
    setState(conversation.state);
    setAround(shell.state);
    const stops = [conversation.subscribe(setState), shell.subscribe(setAround)];
    return () => stops.forEach((stop) => stop());
  }, [conversation, shell]);

  const { config, thread, refusal } = state;
  const words = dictionary(config?.locale ?? around.locale);
  const colors = useMemo(() => palette(config?.color ?? "#1f6f5c"), [config?.color]);

  useLayoutEffect(() => {
    const { documentElement } = document;
    documentElement.lang = words.tag;
    documentElement.classList.toggle("framed", around.framed);
    document.title = config ? words.chatWith(config.title) : words.chat;
    for (const [name, value] of [
      ["--accent", colors.accent],
      ["--on-accent", colors.onAccent],
      ["--accent-text-light", colors.textOnLight],
      ["--accent-text-dark", colors.textOnDark],
    ] as const) {
      documentElement.style.setProperty(name, value);
    }
  }, [words, colors, config?.title, around.framed]);

  useEffect(() => {
    shell.onFocusWanted(() => {
      // A phone would cover the greeting with its keyboard.
      const target = shell.state.fullscreen ? null : root.current?.querySelector<HTMLElement>("textarea,input");
      (target ?? root.current)?.focus();
    });
  }, [shell]);

  const announcement = useAnnouncements(thread.messages, state.historyKnown, words, config?.title ?? words.chat, () => {
    if (sound) chime();
  });

  const opener = config ? (config.open_now ? config.greeting : (config.away_message ?? config.greeting)) : null;
  const view = withOpener(thread.messages, opener);
  const empty = thread.messages.length === 0 && thread.pending.length === 0;
  const returning = state.session?.conversation_id != null;
  const fresh = empty && state.historyKnown && !returning && !refusal && config !== null;
  const form =
    fresh && !config.open_now && config.offline_form
      ? "offline"
      : fresh && config.prechat !== "off" && !introduced && !state.session?.verified
        ? "prechat"
        : null;

  const introduce = async (details: Details) => {
    const { name, email } = details;
    await conversation.introduce({ ...(name ? { name } : {}), ...(email ? { email } : {}) });
    storage.set("introduced", "yes");
    if (details.message) {
      conversation.send(details.message);
      setThanks(email);
    }
    setIntroduced(true);
  };

  return (
    <Words.Provider value={words}>
      <div
        ref={root}
        class={around.framed ? "app" : "app page"}
        {...(around.framed
          ? { role: "dialog", "aria-modal": around.fullscreen ? ("true" as const) : undefined }
          : { role: "main" })}
        aria-label={config ? words.chatWith(config.title) : words.chat}
        tabIndex={-1}
        onKeyDown={(event) => {
          if (around.framed && keyOf(event) === "Escape" && !event.defaultPrevented) shell.close();
          if (around.framed && around.fullscreen) trapTab(event, event.currentTarget);
        }}
      >
        <Header
          config={config}
          tall={empty}
          sound={sound}
          onSound={() => {
            storage.set("sound", sound ? "off" : "on");
            setSound(!sound);
            if (!sound) chime();
          }}
          onClose={around.framed ? () => shell.close() : null}
        />
        <ConnectionNotice live={state.live} loading={!config && !refusal} />
        <Thread
          conversation={conversation}
          messages={view.shown}
          opener={view.opener}
          openerName={config?.title ?? ""}
          pending={thread.pending}
          typing={state.typing}
          open={around.open}
          loading={!state.historyKnown}
          onEdit={(entry) => {
            conversation.discard(entry.clientId);
            setDraft((now) => ({ text: entry.text, attachments: entry.attachments, turn: now.turn + 1 }));
          }}
        >
          {form && (
            <DetailsForm
              key={form}
              kind={form}
              required={form === "offline" || config?.prechat === "required"}
              onSubmit={introduce}
              onSkip={() => {
                storage.set("introduced", "skipped");
                setIntroduced(true);
              }}
            />
          )}
          {thanks !== null && (
            <p class="thanks" role="status">
              <Icon name="mail" size={18} />
              {words.offlineThanks(thanks)}
            </p>
          )}
        </Thread>
        {refusal ? (
          <RefusalNotice refusal={refusal} />
        ) : form ? null : (
          <Composer
            key={draft.turn}
            conversation={conversation}
            storage={storage}
            config={config}
            initialText={draft.text}
            initialAttachments={draft.attachments}
            focusAtOnce={draft.turn > 0 || (introduced && empty && !around.fullscreen && around.open && around.framed)}
          />
        )}
        <div class="visually-hidden" aria-live="polite" aria-atomic="true">
          {announcement}
        </div>
      </div>
    </Words.Provider>
  );
}
