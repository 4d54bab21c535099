/** The visitor calls, one method each. No state, no retry: what a failure means is for the caller to decide. */

import type {
  Attachment,
  ErrorCode,
  OpenVisitorSession,
  Page,
  PostedVisitorMessage,
  PostVisitorMessage,
  VisitorMessage,
  VisitorSession,
  WidgetConfig,
} from "./types.ts";

/** The server answered, and the answer is no. */
export class ApiError extends Error {
  constructor(
    readonly code: ErrorCode,
    readonly status: number,
    message: string,
    readonly retryAfterSecs: number | null = null,
  ) {
    super(message);
  }

  /** True when the same request can succeed later without a change. */
  get passing(): boolean {
    return this.code === "unavailable" || this.code === "rate_limited";
  }
}

/** The server could not be reached. */
export class Unreachable extends Error {}

export interface Upload {
  done: Promise<Attachment>;
  cancel(): void;
}

export interface Api {
  config(): Promise<WidgetConfig>;
  openSession(body: OpenVisitorSession): Promise<VisitorSession>;
  post(token: string, body: PostVisitorMessage): Promise<PostedVisitorMessage>;
  /** One page after `since`; `waitSecs` > 0 waits for a message when there is none. */
  messages(
    token: string,
    query: { since: number; cursor?: string | null; waitSecs?: number },
    signal?: AbortSignal,
  ): Promise<Page<VisitorMessage>>;
  seen(token: string, seq: number): Promise<void>;
  upload(token: string, file: File, onProgress: (fraction: number) => void): Upload;
  attachment(token: string, id: string): Promise<Blob>;
  socketUrl(): string;
}

/** 200 is the largest page the server gives. */
const PAGE_LIMIT = 200;
/** An ordinary call that has no answer after this long will not get one. */
const CALL_TIMEOUT_MS = 20_000;

export function createApi(origin: string, inboxId: string): Api {
  const base = `${origin}/chat/v1/${encodeURIComponent(inboxId)}`;

  async function call(path: string, init: RequestInit & { token?: string; timeoutMs?: number } = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    if (init.token) headers.set("authorization", `Bearer ${init.token}`);
    if (typeof init.body === "string") headers.set("content-type", "application/json");
    const cancel = new AbortController();
    const timer = setTimeout(() => cancel.abort(), init.timeoutMs ?? CALL_TIMEOUT_MS);
    init.signal?.addEventListener("abort", () => cancel.abort());
    let response: Response;
    try {
      response = await fetch(base + path, { ...init, headers, signal: cancel.signal, credentials: "omit", cache: "no-store" });
    } catch {
      throw new Unreachable();
    } finally {
      clearTimeout(timer);
    }
    if (response.ok) return response;
    throw errorOf(response.status, await response.text().catch(() => ""), response.headers.get("retry-after"));
  }

  async function json<T>(path: string, init?: RequestInit & { token?: string; timeoutMs?: number }): Promise<T> {
    const response = await call(path, init);
    try {
      return (await response.json()) as T;
    } catch {
      throw new Unreachable(); // Cut off in the middle of the body.
    }
  }

  return {
    config: () => json("/config"),
    openSession: (body) => json("/sessions", { method: "POST", body: JSON.stringify(body) }),
    post: (token, body) => json("/messages", { method: "POST", token, body: JSON.stringify(body) }),
    messages: (token, { since, cursor, waitSecs }, signal) => {
      const query = new URLSearchParams({ since: String(since), limit: String(PAGE_LIMIT) });
      if (cursor) query.set("cursor", cursor);
      if (waitSecs) query.set("wait_secs", String(waitSecs));
      const timeoutMs = CALL_TIMEOUT_MS + (waitSecs ?? 0) * 1000;
      return json(`/messages?${query}`, signal ? { token, timeoutMs, signal } : { token, timeoutMs });
    },
    seen: async (token, seq) => {
      await call("/seen", { method: "POST", token, body: JSON.stringify({ seq }) });
    },
    upload: (token, file, onProgress) => upload(`${base}/attachments`, token, file, onProgress),
    attachment: async (token, id) =>
      (await call(`/attachments/${encodeURIComponent(id)}`, { token, timeoutMs: 120_000 })).blob(),
    socketUrl: () => `${base.replace(/^http/, "ws")}/ws`,
  };
}

/** `fetch` cannot say how much of a body has left, so files go by XMLHttpRequest. */
function upload(url: string, token: string, file: File, onProgress: (fraction: number) => void): Upload {
  const request = new XMLHttpRequest();
  const done = new Promise<Attachment>((resolve, reject) => {
    request.upload.onprogress = (event) => {
      if (event.lengthComputable) onProgress(event.loaded / event.total);
    };
    request.onload = () => {
      if (request.status >= 200 && request.status < 300) {
        try {
          resolve(JSON.parse(request.responseText) as Attachment);
        } catch {
          reject(new Unreachable());
        }
      } else {
        reject(errorOf(request.status, request.responseText, request.getResponseHeader("retry-after")));
      }
    };
    request.onerror = request.onabort = request.ontimeout = () => reject(new Unreachable());
  });
  const form = new FormData();
  form.append("file", file, file.name);
  request.open("POST", url);
  request.setRequestHeader("authorization", `Bearer ${token}`);
  request.send(form);
  return { done, cancel: () => request.abort() };
}

const CODE_OF_STATUS: Record<number, ErrorCode> = {
  401: "unauthenticated",
  403: "forbidden",
  404: "not_found",
  409: "conflict",
  413: "too_large",
  429: "rate_limited",
};

/** A proxy in between may answer without our body; then the status alone must do. */
function errorOf(status: number, body: string, retryAfter: string | null): ApiError {
  let code: ErrorCode = CODE_OF_STATUS[status] ?? (status >= 500 ? "unavailable" : "invalid");
  let message = "";
  try {
    const error = (JSON.parse(body) as { error: { code: ErrorCode; message: string } }).error;
    code = error.code;
    message = error.message;
  } catch {
    // Not ours: keep what the status says.
  }
  const secs = Number(retryAfter);
  return new ApiError(code, status, message, retryAfter && Number.isFinite(secs) ? secs : null);
}
