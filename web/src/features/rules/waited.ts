// How long somebody waited, so that waits can be compared: seconds, then minutes with seconds.
import { countdown, duration } from '../../i18n/format.ts';

export function waited(secs: number | null | undefined): string {
  if (typeof secs !== 'number') return '–';
  return secs < 60 ? duration(secs * 1000) : countdown(secs * 1000);
}
