// The fixtures that the server's tests write: what a client folds has to be what a fresh read gives.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
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

const folder = new URL('../../../tests/fixtures/reducer/', import.meta.url);
const files = existsSync(folder) ? readdirSync(folder).filter((it) => it.endsWith('.json')) : [];

describe.runIf(files.length > 0)('shared fixtures', () => {
  it.each(files)('%s', (file) => {
    const fixture = JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as Fixture;
    const after = fixture.frames.reduce((it, frame) => foldConversation(it, frame, fixture.me), fixture.snapshot);
    expect(after).toEqual(fixture.expected);
  });
});

it.runIf(files.length === 0)('no shared fixtures yet', () => {});
