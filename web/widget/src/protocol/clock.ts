/** Time and chance as arguments, so that tests own them. */
export interface Clock {
  now(): number;
  random(): number;
  /** Calls back once after `ms`; the returned function takes it back. */
  after(ms: number, run: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  random: () => Math.random(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

/** Full jitter between half and the whole of a delay that doubles: many browsers must not come back together. */
export function backoff(attempt: number, clock: Clock, baseMs = 500, maxMs = 30_000): number {
  const ceiling = Math.min(maxMs, baseMs * 2 ** Math.min(attempt, 10));
  return ceiling / 2 + (ceiling / 2) * clock.random();
}
