// The fixtures that the server's tests write: what a client folds has to be what a fresh read gives.
import { describe, expect, it } from 'vitest';

import type { Conversation } from '../../src/protocol/api.ts';
import type { EventFrame } from '../../src/protocol/frames.ts';
import { foldConversation } from '../../src/sync/reducer.ts';

interface Fixture {
  me: string;
  snapshot: Conversation;
  frames: EventFrame[];
  expected: Conversation;
}

const files = import.meta.glob<Fixture>('../../../tests/fixtures/reducer/*.json', { eager: true, import: 'default' });
const names = Object.keys(files);

describe('shared fixtures', () => {
  it('are there', () => expect(names.length).toBeGreaterThan(10));

  it.each(names)('%s', (name) => {
    const fixture = files[name]!;
    const after = fixture.frames.reduce((it, frame) => foldConversation(it, frame, fixture.me), fixture.snapshot);
    expect(after).toEqual(fixture.expected);
  });
});
