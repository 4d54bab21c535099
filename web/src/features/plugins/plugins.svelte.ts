// What the plugins page does: reading, installing, approving, switching. Every act answers with the plugin as it is then.
import type { Available, Installed, LogLine, OutboxEntry, PluginDetail, PluginLogs, PluginRecording, RecordedCalls, Replayed } from '../../protocol/api.ts';
import type { Desk } from '../../sync/desk.svelte.ts';
import type { Page } from '../../sync/http.ts';

export class PluginList {
  installed: Installed[] | null = $state.raw(null);
  available: Available[] = $state.raw([]);
  error: unknown = $state.raw(null);

  constructor(private readonly desk: Desk) {}

  async load(): Promise<void> {
    this.error = null;
    try {
      const [installed, available] = await Promise.all([this.desk.api.get<Page<Installed>>('/plugins'), this.desk.api.get<{ items: Available[] }>('/plugins/available')]);
      this.installed = installed.items;
      this.available = available.items;
    } catch (error) {
      this.error = error;
    }
  }

  install(key: string): Promise<PluginDetail> {
    return this.desk.api.post<PluginDetail>(`/plugins/available/${encodeURIComponent(key)}/install`);
  }

  upload(file: File): Promise<PluginDetail> {
    return this.desk.api.upload<PluginDetail>('/plugins', file, file.name);
  }
}

export class OnePlugin {
  detail: PluginDetail | null = $state.raw(null);
  error: unknown = $state.raw(null);
  logs: LogLine[] | null = $state.raw(null);
  dead: OutboxEntry[] = $state.raw([]);

  private readonly path: string;

  constructor(
    private readonly desk: Desk,
    key: string,
  ) {
    this.path = `/plugins/${encodeURIComponent(key)}`;
  }

  async load(): Promise<void> {
    this.error = null;
    try {
      this.detail = await this.desk.api.get<PluginDetail>(this.path);
    } catch (error) {
      this.error = error;
      return;
    }
    await Promise.allSettled([this.loadLogs(), this.loadDead()]);
  }

  async loadLogs(): Promise<void> {
    this.logs = (await this.desk.api.get<PluginLogs>(`${this.path}/logs`)).items;
  }

  async loadDead(): Promise<void> {
    this.dead = (await this.desk.api.get<Page<OutboxEntry>>(`${this.path}/dead_letters`)).items;
  }

  /** Approves exactly the code that was looked at. Who approves a plugin for the first time wants it to run. */
  async approve(grants: string[]): Promise<void> {
    const looked = this.detail?.pending ?? this.detail?.active;
    const first = !this.detail?.active;
    this.detail = await this.desk.api.post<PluginDetail>(`${this.path}/approve`, { grants, digest: looked?.digest ?? null });
    if (first && this.detail.state === 'disabled') await this.act('enable');
  }

  async act(what: 'enable' | 'disable' | 'rollback'): Promise<void> {
    this.detail = await this.desk.api.post<PluginDetail>(`${this.path}/${what}`);
  }

  remove(): Promise<void> {
    return this.desk.api.delete(this.path);
  }

  async saveSettings(settings: Record<string, unknown>, secrets: Record<string, string>): Promise<void> {
    this.detail = await this.desk.api.put<PluginDetail>(`${this.path}/settings`, { settings, secrets });
  }

  /** Has the next calls written down. */
  async record(calls: number): Promise<void> {
    this.recorded(await this.desk.api.post<PluginRecording>(`${this.path}/recording`, { calls }));
  }

  async lookAtRecording(): Promise<void> {
    this.recorded(await this.desk.api.get<PluginRecording>(`${this.path}/recording`));
  }

  async endRecording(): Promise<void> {
    this.recorded(await this.desk.api.post<PluginRecording>(`${this.path}/recording/end`));
  }

  async forgetRecording(): Promise<void> {
    await this.desk.api.delete(`${this.path}/recording`);
    this.recorded(null);
  }

  /** The recorded calls as the file that `plugboard plugin replay` reads. The journal keeps that they were read. */
  async recordedCalls(): Promise<string> {
    const { items } = await this.desk.api.get<RecordedCalls>(`${this.path}/recording/calls`);
    return items.map((it) => `${JSON.stringify(it)}\n`).join('');
  }

  private recorded(recording: PluginRecording | null): void {
    if (this.detail) this.detail = { ...this.detail, recording };
  }

  /** Tries given-up work again; all of it without an id. */
  async replay(id: string | null): Promise<number> {
    const { replayed } = await this.desk.api.post<Replayed>(`${this.path}/dead_letters/replay`, id ? { id } : {});
    this.dead = id ? this.dead.filter((it) => it.id !== id) : [];
    if (this.detail) this.detail = { ...this.detail, dead_letters: this.dead.length };
    return replayed;
  }
}
