import type { Dictionary } from "../i18n/index.ts";

export function clockTime(at: string, words: Dictionary): string {
  return new Intl.DateTimeFormat(words.tag, { hour: "2-digit", minute: "2-digit", hour12: false }).format(new Date(at));
}

export function dayKey(at: string): string {
  return new Date(at).toDateString();
}

export function dayName(at: string, words: Dictionary): string {
  const day = new Date(at);
  const now = new Date();
  if (day.toDateString() === now.toDateString()) return words.today;
  const before = new Date(now.getFullYear(), now.getMonth(), now.getDate() - 1);
  if (day.toDateString() === before.toDateString()) return words.yesterday;
  const sameYear = day.getFullYear() === now.getFullYear();
  const format: Intl.DateTimeFormatOptions = { month: "long", day: "numeric", weekday: "short" };
  if (!sameYear) format.year = "numeric";
  return new Intl.DateTimeFormat(words.tag, format).format(day);
}

export function fileSize(bytes: number, words: Dictionary): string {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte"];
  let unit = 0;
  while (bytes >= 1000 && unit < units.length - 1) {
    bytes /= 1000;
    unit++;
  }
  const digits = bytes < 10 && unit > 0 ? 1 : 0;
  return new Intl.NumberFormat(words.tag, {
    style: "unit",
    unit: units[unit]!,
    unitDisplay: "short",
    maximumFractionDigits: digits,
  }).format(bytes);
}
