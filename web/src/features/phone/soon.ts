// Many changes in a row are read once, but read they are, however long they go on.

/** Runs a while after it was asked to, and not again before that; `stop` when nobody looks any more. */
export function soon(run: () => void, ms: number): { ask: () => void; stop: () => void } {
  let timer: ReturnType<typeof setTimeout> | undefined;
  return {
    ask: () => {
      timer ??= setTimeout(() => {
        timer = undefined;
        run();
      }, ms);
    },
    stop: () => clearTimeout(timer),
  };
}
