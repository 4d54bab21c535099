// The times that "later" usually means. Pure.

export interface Preset {
  id: 'in30' | 'laterToday' | 'evening' | 'tomorrow' | 'nextWeek';
  at: Date;
}

/** The presets that lie ahead of a moment, in local time. */
export function presets(now: Date): Preset[] {
  const day = (days: number, hour: number) => new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, hour, 0, 0);
  const untilMonday = ((8 - now.getDay()) % 7 || 7);
  const all: Preset[] = [
    { id: 'in30', at: new Date(now.getTime() + 30 * 60_000) },
    { id: 'laterToday', at: new Date(now.getTime() + 2 * 3_600_000) },
    { id: 'evening', at: day(0, 18) },
    { id: 'tomorrow', at: day(1, 9) },
    { id: 'nextWeek', at: day(untilMonday, 9) },
  ];
  return all.filter((it) => it.at.getTime() > now.getTime());
}

/** A moment as `<input type="datetime-local">` wants it. */
export function localInput(at: Date): string {
  const pad = (n: number) => String(n).padStart(2, '0');
  return `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}T${pad(at.getHours())}:${pad(at.getMinutes())}`;
}
