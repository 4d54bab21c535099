// The fixtures that the server's tests write: what a client folds has to be what a fresh read gives.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

import type { Conversation, Message } from '../../src/protocol/api.ts';
import type { EventFrame } from '../../src/protocol/frames.ts';
import { foldConversation, foldMessages } from '../../src/sync/reducer.ts';

interface Snapshot {
  conversation: Conversation;
  messages?: Message[];
}
interface Fixture {
  name?: string;
  me?: string;
  snapshot: Snapshot;
  frames: EventFrame[];
  expected: Snapshot;
}

const folder = new URL('../../../tests/fixtures/reducer/', import.meta.url);
const files = existsSync(folder) ? readdirSync(folder).filter((it) => it.endsWith('.json')) : [];

describe.runIf(files.length > 0)('shared fixtures', () => {
  it.each(files)('%s', (file) => {
    const fixture = JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as Fixture;
    let { conversation } = fixture.snapshot;
    let messages = fixture.snapshot.messages ?? [];
    for (const frame of fixture.frames) {
      if (frame.kind === 'conversation.created') conversation = frame.data.conversation as Conversation;
      else conversation = foldConversation(conversation, frame, fixture.me ?? '');
      messages = foldMessages(messages, frame);
    }
    expect(conversation).toEqual(fixture.expected.conversation);
    if (fixture.expected.messages) expect(messages).toEqual(fixture.expected.messages);
  });
});

it.runIf(files.length === 0)('no shared fixtures yet', () => {});
