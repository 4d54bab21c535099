// The browser, as the desk needs it.
import type { Surroundings } from '../sync/desk.svelte.ts';

export function surroundings(): Surroundings {
  return {
    open: () => new WebSocket(`${location.origin.replace(/^http/, 'ws')}/api/v1/ws`),
    now: () => performance.now(),
    random: () => Math.random(),
    setTimeout: (run, ms) => window.setTimeout(run, ms),
    clearTimeout: (id) => window.clearTimeout(id),
    // Frames are not drawn while the page is hidden, and messages have to arrive all the same.
    nextFrame: (run) => {
      if (document.visibilityState === 'visible') requestAnimationFrame(run);
      else setTimeout(run, 50);
    },
    newId,
  };
}

/** A random id also where `crypto.randomUUID` is missing: pages served over plain HTTP on a local network. */
function newId(): string {
  if (crypto.randomUUID) return crypto.randomUUID();
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
