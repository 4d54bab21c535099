// One kind of thing that administrators set up: read, save, remove.
import type { Api } from '../../sync/http.ts';

export interface Thing {
  id: string;
}

export class Collection<T extends Thing> {
  items: T[] = $state.raw([]);
  loaded = $state(false);
  error: unknown = $state.raw(null);

  constructor(
    private readonly api: Api,
    private readonly path: string,
    private readonly patchMethod: 'put' | 'patch' = 'put',
  ) {}

  async load(): Promise<void> {
    this.error = null;
    try {
      this.items = await this.api.all<T>(this.path);
      this.loaded = true;
    } catch (error) {
      this.error = error;
    }
  }

  async save(id: string | null, body: unknown): Promise<T> {
    const saved = id ? await this.api[this.patchMethod]<T>(`${this.path}/${id}`, body) : await this.api.post<T>(this.path, body);
    const at = this.items.findIndex((it) => it.id === saved.id);
    this.items = at < 0 ? [...this.items, saved] : this.items.with(at, saved);
    return saved;
  }

  async remove(id: string): Promise<void> {
    await this.api.delete(`${this.path}/${id}`);
    this.items = this.items.filter((it) => it.id !== id);
  }
}

/** `a, b，c` as a list: both commas, no empty ones, each once. */
export function splitList(text: string): string[] {
  return [...new Set(text.split(/[,，、\n]/u).map((it) => it.trim()).filter(Boolean))];
}

/** A number from a field, or nothing. */
export function numberOrNull(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}
