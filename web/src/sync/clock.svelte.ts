// Time as the server has it, ticking once a second for everything that counts down.

class Clock {
  /** Milliseconds since 1970, server time, changed once a second. Reactive. */
  now = $state(Date.now());
  private offset = 0;

  /** The server said what time it is. */
  sync(serverTime: string): void {
    const at = Date.parse(serverTime);
    if (!Number.isNaN(at)) this.offset = at - Date.now();
    this.tick();
  }

  /** Exact server time; not reactive. */
  exact(): number {
    return Date.now() + this.offset;
  }

  tick(): void {
    this.now = this.exact();
  }
}

export const clock = new Clock();
