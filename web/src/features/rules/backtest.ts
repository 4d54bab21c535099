// Figures of a backtest beside each other. Pure.
import type { BacktestTotals, Figures } from '../../protocol/api.ts';

export type FigureName = 'wait_p50_secs' | 'wait_p90_secs' | 'sla_misses' | 'unassigned';

export interface Compared {
  name: FigureName;
  was: number;
  would: number;
  /** Of all of these, less is better. */
  verdict: 'better' | 'worse' | 'same';
}

const NAMES: FigureName[] = ['wait_p50_secs', 'wait_p90_secs', 'sla_misses', 'unassigned'];

export function compared(totals: BacktestTotals): Compared[] {
  return NAMES.map((name) => {
    const [was, would] = [totals.was[name], totals.would_be[name]];
    return { name, was, would, verdict: would < was ? 'better' : would > was ? 'worse' : 'same' };
  });
}

export interface Load {
  agent: string;
  was: number;
  would: number;
}

/** Everybody who got something on either side; the busiest first. */
export function loads(was: Figures, would: Figures): Load[] {
  const agents = new Set([...Object.keys(was.load), ...Object.keys(would.load)]);
  return [...agents]
    .map((agent) => ({ agent, was: was.load[agent] ?? 0, would: would.load[agent] ?? 0 }))
    .sort((a, b) => Math.max(b.was, b.would) - Math.max(a.was, a.would) || (a.agent < b.agent ? -1 : 1));
}

/** A period that ends at midnight today, of whole days; local times as a date field has them. */
export function lastDays(days: number, now: Date): { from: string; to: string } {
  const midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate());
  const before = new Date(now.getFullYear(), now.getMonth(), now.getDate() - days);
  return { from: localInput(before), to: localInput(midnight) };
}

/** `2026-11-22T09:30`, in the reader's clock. */
export function localInput(at: Date): string {
  const two = (n: number) => String(n).padStart(2, '0');
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`;
}
