/** Files in a message. The server wants the token, so they are fetched and shown from memory. */

import { useEffect, useRef, useState } from "preact/hooks";
import { useWords } from "../i18n/index.ts";
import type { Conversation } from "../protocol/conversation.ts";
import type { Attachment } from "../protocol/types.ts";
import { Icon } from "./icons.tsx";
import { fileSize } from "./time.ts";

export function Files({ conversation, files }: { conversation: Conversation; files: Attachment[] }) {
  return (
    <>
      {files.map((file) =>
        file.is_image ? (
          <Picture key={file.id} conversation={conversation} file={file} />
        ) : (
          <Document key={file.id} conversation={conversation} file={file} />
        ),
      )}
    </>
  );
}

/** Blob URLs by attachment, for as long as the page lives: a picture is fetched once. */
const urls = new Map<string, Promise<string>>();

function urlOf(conversation: Conversation, file: Attachment): Promise<string> {
  let url = urls.get(file.id);
  if (!url) {
    url = conversation.attachment(file.id).then((blob) => URL.createObjectURL(blob));
    urls.set(file.id, url);
    url.catch(() => urls.delete(file.id));
  }
  return url;
}

function Picture({ conversation, file }: { conversation: Conversation; file: Attachment }) {
  const words = useWords();
  const [url, setUrl] = useState<string | null>(null);
  const [failed, setFailed] = useState(false);
  const viewer = useRef<HTMLDialogElement>(null);

  useEffect(() => {
    let gone = false;
    urlOf(conversation, file).then(
      (found) => gone || setUrl(found),
      () => gone || setFailed(true),
    );
    return () => void (gone = true);
  }, [conversation, file.id]);

  if (failed) return <p class="file broken">{words.fileGone}</p>;
  return (
    <>
      <button
        type="button"
        class="picture"
        aria-label={words.openImage(file.name)}
        disabled={!url}
        onClick={() => viewer.current?.showModal()}
      >
        {url ? <img src={url} alt="" /> : <span class="spinner" />}
      </button>
      <dialog
        class="viewer"
        ref={viewer}
        aria-label={file.name}
        onClick={(event) => event.target === viewer.current && viewer.current?.close()}
        onKeyDown={(event) => event.stopPropagation()}
      >
        {url && <img src={url} alt={file.name} />}
        <div class="row">
          <a class="primary" href={url ?? undefined} download={file.name}>
            {words.download}
          </a>
          <button type="button" class="quiet" onClick={() => viewer.current?.close()}>
            {words.close}
          </button>
        </div>
      </dialog>
    </>
  );
}

function Document({ conversation, file }: { conversation: Conversation; file: Attachment }) {
  const words = useWords();
  const [state, setState] = useState<"idle" | "loading" | "failed">("idle");
  const save = async () => {
    setState("loading");
    try {
      const link = document.createElement("a");
      link.href = await urlOf(conversation, file);
      link.download = file.name;
      link.click();
      setState("idle");
    } catch {
      setState("failed");
    }
  };
  return (
    <button type="button" class="file" aria-label={words.downloadFile(file.name)} onClick={save}>
      <Icon name="file" size={22} />
      <span>
        <b>{file.name}</b>
        <small>
          {state === "loading" ? words.loadingFile : state === "failed" ? words.fileGone : fileSize(file.size, words)}
        </small>
      </span>
    </button>
  );
}
