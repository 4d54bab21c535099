// Times, sizes and durations as people read them. Formatters are made once per language: making one is slow.
import { i18n } from './index.svelte.ts';

const cache = new Map<string, Intl.DateTimeFormat>();

function dates(name: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const locale = i18n.dict.locale;
  const key = `${locale} ${name}`;
  let format = cache.get(key);
  if (!format) {
    format = new Intl.DateTimeFormat(locale, options);
    cache.set(key, format);
  }
  return format;
}

const DAY_MS = 86_400_000;

function dayNumber(at: Date): number {
  return Math.floor((at.getTime() - at.getTimezoneOffset() * 60_000) / DAY_MS);
}

/** For lists: the hour today, the weekday this week, the date before. */
export function shortTime(iso: string, now: number): string {
  const at = new Date(iso);
  const days = dayNumber(new Date(now)) - dayNumber(at);
  if (days === 0) return dates('hour', { hour: '2-digit', minute: '2-digit', hour12: false }).format(at);
  if (days === 1) return i18n.dict.thread.yesterday;
  if (days > 1 && days < 7) return dates('weekday', { weekday: 'short' }).format(at);
  return dates('date', { month: 'short', day: 'numeric' }).format(at);
}

export function hourMinute(iso: string): string {
  return dates('hour', { hour: '2-digit', minute: '2-digit', hour12: false }).format(new Date(iso));
}

/** For headings between days. */
export function dayName(iso: string, now: number): string {
  const at = new Date(iso);
  const days = dayNumber(new Date(now)) - dayNumber(at);
  if (days === 0) return i18n.dict.thread.today;
  if (days === 1) return i18n.dict.thread.yesterday;
  return dates('day', { weekday: 'short', month: 'long', day: 'numeric', ...(days > 300 ? { year: 'numeric' } : {}) }).format(at);
}

export function fullTime(iso: string): string {
  return dates('full', { dateStyle: 'medium', timeStyle: 'short', hour12: false }).format(new Date(iso));
}

export function dateOnly(iso: string): string {
  return dates('dateonly', { dateStyle: 'medium' }).format(new Date(iso));
}

/** `45s`, `12m`, `3h`, `2d`: short enough for a chip. */
export function duration(ms: number): string {
  const secs = Math.max(0, Math.floor(Math.abs(ms) / 1000));
  const zh = i18n.locale === 'zh';
  if (secs < 60) return `${secs}${zh ? '秒' : 's'}`;
  if (secs < 3600) return `${Math.floor(secs / 60)}${zh ? '分' : 'm'}`;
  if (secs < 86_400) return `${Math.floor(secs / 3600)}${zh ? '时' : 'h'}`;
  return `${Math.floor(secs / 86_400)}${zh ? '天' : 'd'}`;
}

/** `4:05` while every second matters, `2h 10m` else. */
export function countdown(ms: number): string {
  const secs = Math.max(0, Math.ceil(Math.abs(ms) / 1000));
  if (secs < 3600) return `${Math.floor(secs / 60)}:${String(secs % 60).padStart(2, '0')}`;
  const zh = i18n.locale === 'zh';
  if (secs < 86_400) return zh ? `${Math.floor(secs / 3600)}时${Math.floor((secs % 3600) / 60)}分` : `${Math.floor(secs / 3600)}h ${Math.floor((secs % 3600) / 60)}m`;
  return duration(ms);
}

/** How long something has been going on: `3:05`, `1:02:03`. */
export function elapsed(ms: number): string {
  const secs = Math.max(0, Math.floor(ms / 1000));
  const two = (n: number) => String(n).padStart(2, '0');
  const hours = Math.floor(secs / 3600);
  return hours > 0 ? `${hours}:${two(Math.floor((secs % 3600) / 60))}:${two(secs % 60)}` : `${Math.floor(secs / 60)}:${two(secs % 60)}`;
}

/** A length of working time: `45 min`, `48 h`; never days, since a working day is no fixed time. */
export function span(secs: number): string {
  const zh = i18n.locale === 'zh';
  const hours = Math.floor(secs / 3600);
  const minutes = Math.round((secs % 3600) / 6) / 10;
  const parts = [hours > 0 ? `${hours} ${zh ? '小时' : 'h'}` : '', minutes > 0 ? `${minutes} ${zh ? '分钟' : 'min'}` : ''];
  return parts.filter(Boolean).join(' ');
}

/** The name of a language: `English`, `中文（中国）`. What is no language is shown as it is. */
export function languageName(tag: string): string {
  try {
    return new Intl.DisplayNames(i18n.locale, { type: 'language' }).of(tag) ?? tag;
  } catch {
    return tag;
  }
}

export function fileSize(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 * 1024) return `${Math.round(bytes / 1024)} KB`;
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}
