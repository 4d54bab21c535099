/** Files on their way into a message that is being written. */

import { useRef, useState } from "preact/hooks";
import type { Dictionary } from "../i18n/index.ts";
import { ApiError } from "../protocol/api.ts";
import type { Conversation } from "../protocol/conversation.ts";
import type { Attachment } from "../protocol/types.ts";
import { fileSize } from "./time.ts";

/** The contract's limit for one message. */
const FILES_MAX = 10;

export interface Draft {
  key: number;
  name: string;
  /** A picture that the browser can show, as a blob URL. */
  preview: string | null;
  progress: number;
  attachment: Attachment | null;
}

let keys = 0;

export function useUploads(conversation: Conversation, bytesMax: number, words: Dictionary, initial: Attachment[]) {
  const [drafts, setDrafts] = useState<Draft[]>(() =>
    initial.map((attachment) => ({ key: ++keys, name: attachment.name, preview: null, progress: 1, attachment })),
  );
  const [problem, setProblem] = useState<string | null>(null);
  const cancels = useRef(new Map<number, () => void>());

  const change = (key: number, part: Partial<Draft>) =>
    setDrafts((now) => now.map((draft) => (draft.key === key ? { ...draft, ...part } : draft)));

  const remove = (key: number) => {
    cancels.current.get(key)?.();
    cancels.current.delete(key);
    setDrafts((now) =>
      now.filter((draft) => {
        if (draft.key === key && draft.preview) URL.revokeObjectURL(draft.preview);
        return draft.key !== key;
      }),
    );
  };

  const start = async (file: File) => {
    const key = ++keys;
    const shown = /^image\/(png|jpeg|gif|webp|avif|bmp)$/.test(file.type);
    const preview = shown ? URL.createObjectURL(file) : null;
    setDrafts((now) => [...now, { key, name: file.name, preview, progress: 0, attachment: null }]);
    let cancelled = false;
    cancels.current.set(key, () => (cancelled = true));
    try {
      const upload = await conversation.upload(file, (progress) => change(key, { progress }));
      if (cancelled) return upload.cancel();
      cancels.current.set(key, () => {
        cancelled = true;
        upload.cancel();
      });
      change(key, { attachment: await upload.done, progress: 1 });
    } catch (error) {
      if (cancelled) return;
      remove(key);
      setProblem(inWords(error, file, bytesMax, words));
    }
  };

  const add = (files: Iterable<File>) => {
    setProblem(null);
    let room = FILES_MAX - drafts.length;
    for (const file of files) {
      if (room-- <= 0) return setProblem(words.tooManyFiles(FILES_MAX));
      if (file.size > bytesMax) setProblem(words.tooLarge(file.name, fileSize(bytesMax, words)));
      else if (file.size === 0) setProblem(words.emptyFile(file.name));
      else void start(file);
    }
  };

  /** Takes what is uploaded out, to be sent. */
  const take = (): Attachment[] => {
    const ready = drafts.flatMap((draft) => draft.attachment ?? []);
    for (const draft of drafts) if (draft.preview) URL.revokeObjectURL(draft.preview);
    setDrafts([]);
    setProblem(null);
    return ready;
  };

  return { drafts, problem, add, remove, take, busy: drafts.some((draft) => !draft.attachment) };
}

function inWords(error: unknown, file: File, bytesMax: number, words: Dictionary): string {
  if (!(error instanceof ApiError)) return words.uploadFailed(file.name);
  if (error.code === "too_large") return words.tooLarge(file.name, fileSize(bytesMax, words));
  if (error.code === "invalid") return words.badType(file.name);
  return words.reasons[error.code] ?? words.uploadFailed(file.name);
}
