import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { useWords, type Dictionary } from "../i18n/index.ts";
import type { Conversation } from "../protocol/conversation.ts";
import type { Pending } from "../protocol/thread.ts";
import type { VisitorMessage } from "../protocol/types.ts";
import { Files } from "./Files.tsx";
import { initial } from "./Header.tsx";
import { Icon } from "./icons.tsx";
import { isEmojiOnly, languageOf, linked } from "./text.tsx";
import { clockTime, dayKey, dayName } from "./time.ts";

export interface ThreadProps {
  conversation: Conversation;
  messages: readonly VisitorMessage[];
  opener: string | null;
  openerName: string;
  pending: readonly Pending[];
  typing: boolean;
  open: boolean;
  loading: boolean;
  onEdit(entry: Pending): void;
  children?: ComponentChildren;
}

/** Messages of one sender this close together are drawn as one block. */
const BLOCK_MS = 5 * 60_000;
/** This near to the end somebody is reading the end. */
const NEAR_END_PX = 80;

export function Thread(props: ThreadProps) {
  const words = useWords();
  const { messages, pending, opener, typing, open } = props;
  const log = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const [below, setBelow] = useState(false);
  const lastOwn = messages.findLast((message) => message.kind === "inbound");
  const newest = messages.at(-1)?.id;

  const toEnd = () => {
    const element = log.current;
    if (element) element.scrollTop = element.scrollHeight;
    setBelow(false);
  };

  useLayoutEffect(() => {
    if (atEnd.current) toEnd();
    else if (newest && messages.at(-1)?.kind === "outbound") setBelow(true);
  }, [newest, opener, typing, open]);
  useLayoutEffect(() => {
    if (pending.length === 0) return;
    atEnd.current = true;
    toEnd();
  }, [pending.length]);

  // Pictures grow after they are loaded, and the keyboard of a phone shrinks the room.
  useEffect(() => {
    const observer = new ResizeObserver(() => atEnd.current && toEnd());
    observer.observe(log.current!);
    observer.observe(log.current!.firstElementChild!);
    return () => observer.disconnect();
  }, []);

  return (
    <div class="thread-wrap">
      <div
        class="thread"
        ref={log}
        role="log"
        aria-live="off"
        aria-label={words.conversation}
        tabIndex={0}
        onScroll={(event) => {
          const { scrollHeight, scrollTop, clientHeight } = event.currentTarget;
          atEnd.current = scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
          if (atEnd.current && below) setBelow(false);
        }}
      >
        <div class="thread-inner">
          {opener && (
            <div class="block in opener">
              <Avatar name={props.openerName} />
              <div class="stack">
                <p class="name">{props.openerName}</p>
                <Bubble text={opener} />
              </div>
            </div>
          )}
          {props.loading && (
            <p class="day">
              <span class="spinner" /> {words.loadingHistory}
            </p>
          )}
          {blocks(messages, words, props.openerName).map((block) => (
            <div key={block.key}>
              {block.day && <p class="day">{block.day}</p>}
              <div class={block.own ? "block out" : "block in"}>
                {!block.own && <Avatar name={block.name} />}
                <div class="stack">
                  {!block.own && <p class="name">{block.name}</p>}
                  {block.messages.map((message) => (
                    <div key={message.id} class="message" data-message={message.id}>
                      {block.own && <span class="visually-hidden">{words.you}: </span>}
                      {message.text && <Bubble text={message.text} />}
                      <Files conversation={props.conversation} files={message.attachments} />
                    </div>
                  ))}
                  <p class="meta">
                    <time dateTime={block.at}>{clockTime(block.at, words)}</time>
                    {block.own && block.messages.at(-1) === lastOwn && pending.length === 0 && (
                      <span class="state">
                        <Icon name="check" size={14} /> {words.sent}
                      </span>
                    )}
                  </p>
                </div>
              </div>
            </div>
          ))}
          {pending.map((entry) => (
            <PendingMessage key={entry.clientId} entry={entry} {...props} />
          ))}
          {typing && (
            <div class="block in">
              <Avatar name={props.openerName} />
              <p class="bubble dots" role="img" aria-label={words.someoneTypes}>
                <i />
                <i />
                <i />
              </p>
            </div>
          )}
          {props.children}
        </div>
      </div>
      {below && (
        <button type="button" class="to-end" onClick={toEnd}>
          <Icon name="down" size={16} /> {words.newMessages}
        </button>
      )}
    </div>
  );
}

function PendingMessage({ entry, conversation, onEdit }: { entry: Pending } & ThreadProps) {
  const words = useWords();
  const failed = entry.state === "failed";
  return (
    <div class={failed ? "block out failed" : "block out pending"} data-client-id={entry.clientId}>
      <div class="stack">
        <div class="message">
          <span class="visually-hidden">{words.you}: </span>
          {entry.text && <Bubble text={entry.text} />}
          <Files conversation={conversation} files={entry.attachments} />
        </div>
        {failed ? (
          <div class="meta">
            <span class="problem" role="alert">
              <Icon name="warn" size={14} /> {words.notSent(words.reasons[entry.reason ?? ""] ?? "")}
            </span>
            <span class="actions">
              <button type="button" class="link" onClick={() => conversation.retry(entry.clientId)}>
                {words.retry}
              </button>
              <button type="button" class="link" onClick={() => onEdit(entry)}>
                {words.edit}
              </button>
            </span>
          </div>
        ) : (
          <p class="meta">
            <span class="state">
              <Icon name="clock" size={14} />{" "}
              {entry.state === "sending" ? words.sending : entry.reason === "unreachable" ? words.waiting : words.waitingBusy}
            </span>
          </p>
        )}
      </div>
    </div>
  );
}

function Bubble({ text }: { text: string }) {
  return (
    <p class={isEmojiOnly(text) ? "bubble large" : "bubble"} lang={languageOf(text)} dir="auto">
      {linked(text)}
    </p>
  );
}

function Avatar({ name }: { name: string }) {
  return (
    <span class="avatar" aria-hidden="true">
      {initial(name)}
    </span>
  );
}

interface Block {
  key: string;
  own: boolean;
  name: string;
  at: string;
  day: string | null;
  messages: VisitorMessage[];
}

function blocks(messages: readonly VisitorMessage[], words: Dictionary, deskName: string): Block[] {
  const all: Block[] = [];
  for (const message of messages) {
    const own = message.kind === "inbound";
    const name = message.agent_name ?? deskName;
    const last = all.at(-1);
    const sameDay = last && dayKey(last.at) === dayKey(message.at);
    const near = last && Date.parse(message.at) - Date.parse(last.at) < BLOCK_MS;
    if (last && sameDay && near && last.own === own && (own || last.name === name)) {
      last.messages.push(message);
      last.at = message.at;
    } else {
      const day = sameDay ? null : dayName(message.at, words);
      all.push({ key: message.id, own, name, at: message.at, day, messages: [message] });
    }
  }
  return all;
}
