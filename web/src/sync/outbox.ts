// What was typed or sent and is not on the server yet, kept over a crash of the tab. Text and ids only; emptied at
// sign-out.
import type { Pending } from './thread.svelte.ts';

/** Where the outbox lives; tests keep it in memory. */
export interface Shelf {
  all(): Promise<Pending[]>;
  put(pending: Pending): Promise<void>;
  remove(clientId: string): Promise<void>;
  clear(): Promise<void>;
}

export class MemoryShelf implements Shelf {
  private readonly items = new Map<string, Pending>();

  async all(): Promise<Pending[]> {
    return [...this.items.values()];
  }

  async put(pending: Pending): Promise<void> {
    this.items.set(pending.client_id, structuredClone(pending));
  }

  async remove(clientId: string): Promise<void> {
    this.items.delete(clientId);
  }

  async clear(): Promise<void> {
    this.items.clear();
  }
}

const STORE = 'unsent';

/** IndexedDB; every failure (private window, full disk) falls back to memory, since sending matters more than keeping. */
export class IndexedShelf implements Shelf {
  private readonly fallback = new MemoryShelf();
  private readonly db: Promise<IDBDatabase | null>;

  constructor(name: string) {
    this.db = new Promise((resolve) => {
      try {
        const request = indexedDB.open(name, 1);
        request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: 'client_id' });
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => resolve(null);
      } catch {
        resolve(null);
      }
    });
  }

  async all(): Promise<Pending[]> {
    return (await this.run<Pending[]>('readonly', (store) => store.getAll())) ?? this.fallback.all();
  }

  async put(pending: Pending): Promise<void> {
    await this.fallback.put(pending);
    await this.run('readwrite', (store) => store.put(structuredClone(pending)));
  }

  async remove(clientId: string): Promise<void> {
    await this.fallback.remove(clientId);
    await this.run('readwrite', (store) => store.delete(clientId));
  }

  async clear(): Promise<void> {
    await this.fallback.clear();
    await this.run('readwrite', (store) => store.clear());
  }

  private async run<T>(mode: IDBTransactionMode, act: (store: IDBObjectStore) => IDBRequest): Promise<T | null> {
    const db = await this.db;
    if (!db) return null;
    return new Promise((resolve) => {
      const request = act(db.transaction(STORE, mode).objectStore(STORE));
      request.onsuccess = () => resolve(request.result as T);
      request.onerror = () => resolve(null);
    });
  }
}
