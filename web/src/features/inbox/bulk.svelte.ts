// One command for many conversations: a few at a time, and every one that did not work is named with its reason.
import { ApiError } from '../../sync/http.ts';

/** Commands under way at once: quick for a hundred, and never in the way of colleagues. */
const AT_ONCE = 4;

/** A refusal because of too many calls passes by itself: tried again this often, after this long. */
const TRIES = 4;
const TRY_AGAIN_MS = 1200;

export interface Failure {
  id: string;
  error: unknown;
}

export interface Report {
  /** What was wanted, in words. */
  title: string;
  done: number;
  failures: Failure[];
  /** Tries those again that failed. */
  again: () => void;
}

export class Bulk {
  /** What is under way. */
  progress: { done: number; total: number } | null = $state.raw(null);
  /** What did not work, until the person has seen it. */
  report: Report | null = $state.raw(null);

  constructor(private readonly wait: (ms: number) => Promise<void> = (ms) => new Promise((resolve) => setTimeout(resolve, ms))) {}

  /** Does `work` for each; answers with those for which it went through. */
  async run(title: string, ids: readonly string[], work: (id: string) => Promise<unknown>, then: (done: string[]) => void): Promise<void> {
    if (this.progress) return;
    const waiting = [...ids];
    const done: string[] = [];
    const failures: Failure[] = [];
    this.progress = { done: 0, total: ids.length };
    const worker = async () => {
      for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
        try {
          await this.patiently(work, id);
          done.push(id);
        } catch (error) {
          failures.push({ id, error });
        }
        this.progress = { done: done.length + failures.length, total: ids.length };
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    this.progress = null;
    if (failures.length > 0) {
      const left = failures.map((it) => it.id);
      this.report = { title, done: done.length, failures, again: () => ((this.report = null), void this.run(title, left, work, then)) };
    }
    if (done.length > 0) then(done);
  }

  private async patiently(work: (id: string) => Promise<unknown>, id: string): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await work(id);
        return;
      } catch (error) {
        if (!(error instanceof ApiError) || error.code !== 'rate_limited' || attempt === TRIES) throw error;
        await this.wait(TRY_AGAIN_MS * attempt);
      }
    }
  }
}
