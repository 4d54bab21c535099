// What of a plugin has to be worked out before it can be shown. Pure.
import type { AskedPermission, Installed, PluginDetail } from '../../protocol/api.ts';

/** How long a call takes, from microseconds. */
export function micros(us: number): string {
  if (us < 1000) return `${us} µs`;
  if (us < 1_000_000) return `${(us / 1000).toFixed(us < 10_000 ? 1 : 0)} ms`;
  return `${(us / 1_000_000).toFixed(1)} s`;
}

/** Permissions that an approval would grant when nothing is changed: all that are asked, and what is granted of an approved version. */
export function chosenAtFirst(plugin: PluginDetail): string[] {
  const asked = plugin.permissions.filter((it) => it.change !== 'removed');
  if (plugin.pending && !plugin.active) return asked.map((it) => it.key);
  const granted = new Set(plugin.grants);
  return asked.filter((it) => granted.has(it.key) || (plugin.pending && it.change === 'added')).map((it) => it.key);
}

/** How many of each change. */
export function changesOf(permissions: AskedPermission[]): Record<'added' | 'removed' | 'kept', number> {
  const sum = { added: 0, removed: 0, kept: 0 };
  for (const it of permissions) sum[it.change] += 1;
  return sum;
}

/** Permissions under their kinds; what is new first, then as asked. */
export function byKind(permissions: AskedPermission[]): { kind: string; items: AskedPermission[] }[] {
  const kinds = new Map<string, AskedPermission[]>();
  const rank = { added: 0, kept: 1, removed: 2 };
  for (const it of permissions.toSorted((a, b) => rank[a.change] - rank[b.change])) kinds.set(it.kind, [...(kinds.get(it.kind) ?? []), it]);
  return [...kinds].map(([kind, items]) => ({ kind, items }));
}

/** Whether its settings belong to inboxes, not to the plugin. */
export const isChannel = (plugin: Pick<Installed, 'kinds'>) => plugin.kinds.includes('channel');

/** What a health check says: well, not well, or nobody knows; and its words. */
export function healthOf(health: unknown): { ok: boolean | null; words: string } {
  if (typeof health !== 'object' || health === null) return { ok: null, words: '' };
  const fields = health as Record<string, unknown>;
  const words = Object.entries(fields)
    .filter(([name, value]) => name !== 'ok' && name !== 'state' && value !== null && value !== '')
    .map(([name, value]) => (['why', 'message', 'detail', 'note'].includes(name) ? String(value) : `${name}: ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`))
    .join(' · ');
  const ok = typeof fields.ok === 'boolean' ? fields.ok : typeof fields.state === 'string' ? ['ok', 'healthy', 'ready'].includes(fields.state) : null;
  return { ok, words };
}

/** Names and values of the limits that can be shown in one line each; `size` puts bytes into words. */
export function limitsOf(limits: unknown, size: (bytes: number) => string): { name: string; value: string }[] {
  if (typeof limits !== 'object' || limits === null || Array.isArray(limits)) return [];
  const said = (name: string, value: unknown) => (typeof value === 'number' && name.endsWith('_bytes') ? size(value) : typeof value === 'object' ? JSON.stringify(value) : String(value));
  return Object.entries(limits as Record<string, unknown>).map(([name, value]) => ({ name, value: said(name, value) }));
}
