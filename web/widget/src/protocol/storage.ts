/** A few strings per inbox, kept in the browser if it lets us, in memory if not. */

export interface Storage {
  get(key: string): string | null;
  set(key: string, value: string): void;
  remove(key: string): void;
}

export function browserStorage(inboxId: string): Storage {
  const memory = new Map<string, string>();
  const name = (key: string) => `plugboard:${inboxId}:${key}`;
  return {
    get(key) {
      try {
        return localStorage.getItem(name(key)) ?? memory.get(key) ?? null;
      } catch {
        return memory.get(key) ?? null;
      }
    },
    set(key, value) {
      memory.set(key, value);
      try {
        localStorage.setItem(name(key), value);
      } catch {
        // Blocked or full: memory must do.
      }
    },
    remove(key) {
      memory.delete(key);
      try {
        localStorage.removeItem(name(key));
      } catch {
        // Blocked: there is nothing to remove.
      }
    },
  };
}
