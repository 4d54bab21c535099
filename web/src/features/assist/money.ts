// Amounts as people read and type them. Pure.
import type { Money } from '../../protocol/api.ts';

/** Digits behind the point: 2 for most, 0 for the yen. */
export function digitsOf(currency: string): number {
  try {
    return new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;
  } catch {
    return 2;
  }
}

export function money({ currency, minor }: Money, locale: string): string {
  const amount = minor / 10 ** digitsOf(currency);
  try {
    return new Intl.NumberFormat(locale, { style: 'currency', currency }).format(amount);
  } catch {
    return `${amount.toFixed(2)} ${currency}`;
  }
}

/** What somebody typed, in the smallest unit; null when it is no amount. Never by way of fractions that do not add up. */
export function minorOf(text: string, currency: string): number | null {
  const digits = digitsOf(currency);
  const found = /^\s*(\d{1,12})(?:[.,](\d*))?\s*$/.exec(text);
  if (!found || (found[2] ?? '').length > digits) return null;
  return Number(found[1]) * 10 ** digits + Number((found[2] ?? '').padEnd(digits, '0') || '0');
}

export const amountText = ({ currency, minor }: Money): string => (minor / 10 ** digitsOf(currency)).toFixed(digitsOf(currency));
