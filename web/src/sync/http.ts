// Calls to the HTTP API. The session is a cookie, so no token is kept where a script could read it.
import type { Code, ErrorBody, Message, Problem } from '../protocol/api.ts';

/** An answer that is not a success; `status` 0 means that the server was not reached. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: Code,
    message: string,
    /** With `conflict` on a reply: what the sender has not seen. */
    readonly unseen: Message[] = [],
    /** With `invalid` on a rule: what does not compile, and where. */
    readonly details: Problem[] = [],
  ) {
    super(message);
    this.name = 'ApiError';
  }

  /** True when trying the same again later can help. */
  get isPassing(): boolean {
    return this.status === 0 || this.code === 'unavailable' || this.code === 'rate_limited';
  }
}

/** One page of a list. */
export interface Page<T> {
  items: T[];
  next_cursor?: string | null;
}

export type Query = Record<string, string | number | boolean | null | undefined>;

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** 30 s: longer than any honest answer, short enough that a dead connection is noticed. */
const TIMEOUT_MS = 30_000;

export class Api {
  /** Called once the session has ended. */
  onunauthenticated: () => void = () => {};

  constructor(private readonly fetcher: typeof fetch = (input, init) => fetch(input, init)) {}

  get<T>(path: string, query: Query = {}): Promise<T> {
    return this.call<T>('GET', path + queryString(query));
  }

  post<T>(path: string, body: unknown = {}): Promise<T> {
    return this.call<T>('POST', path, body);
  }

  put<T>(path: string, body: unknown): Promise<T> {
    return this.call<T>('PUT', path, body);
  }

  patch<T>(path: string, body: unknown): Promise<T> {
    return this.call<T>('PATCH', path, body);
  }

  delete(path: string): Promise<void> {
    return this.call<void>('DELETE', path);
  }

  /** Stores a file. */
  upload<T>(path: string, file: Blob, name: string): Promise<T> {
    const form = new FormData();
    form.set('file', file, name);
    return this.call<T>('POST', path, form);
  }

  /** Reads all pages of a list that is known to be short (set-up data), at most `pages_max` of them. */
  async all<T>(path: string, query: Query = {}, pagesMax = 20): Promise<T[]> {
    const items: T[] = [];
    let cursor: string | null | undefined;
    for (let page = 0; page < pagesMax; page += 1) {
      const answer = await this.get<Page<T>>(path, { limit: 200, ...query, cursor });
      items.push(...answer.items);
      cursor = answer.next_cursor;
      if (!cursor) break;
    }
    return items;
  }

  private async call<T>(method: Method, path: string, body?: unknown): Promise<T> {
    const init: RequestInit = { method, credentials: 'same-origin', signal: AbortSignal.timeout(TIMEOUT_MS) };
    if (body instanceof FormData) init.body = body;
    else if (body !== undefined) {
      init.body = JSON.stringify(body);
      init.headers = { 'content-type': 'application/json' };
    }
    let response: Response;
    try {
      response = await this.fetcher(`/api/v1${path}`, init);
    } catch (cause) {
      throw new ApiError(0, 'unavailable', String(cause));
    }
    if (response.ok) {
      if (response.status === 204) return undefined as T;
      const text = await response.text();
      return (text ? JSON.parse(text) : undefined) as T;
    }
    const error = await readError(response);
    if (response.status === 401) this.onunauthenticated();
    throw error;
  }
}

async function readError(response: Response): Promise<ApiError> {
  try {
    const body = (await response.json()) as ErrorBody;
    return new ApiError(response.status, body.error.code, body.error.message, body.messages ?? [], body.error.details ?? []);
  } catch {
    return new ApiError(response.status, 'unavailable', response.statusText || `HTTP ${response.status}`);
  }
}

function queryString(query: Query): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== '') params.set(name, String(value));
  }
  const text = params.toString();
  return text ? `?${text}` : '';
}
