import { flushSync } from 'svelte';
import { expect, test } from 'vitest';

import { Store } from '../../src/sync/store.svelte.ts';
import { conversation } from './builders.ts';

test('who watches a conversation that is not here yet hears of it when it comes', () => {
  const store = new Store(async () => []);
  const seen: (string | undefined)[] = [];
  const stop = $effect.root(() => {
    $effect(() => {
      seen.push(store.find('c1')?.value.id);
    });
  });
  flushSync();
  store.put(conversation('c2'));
  store.put(conversation('c1'));
  flushSync();
  stop();
  expect(seen[0]).toBeUndefined();
  expect(seen.at(-1)).toBe('c1');
});
