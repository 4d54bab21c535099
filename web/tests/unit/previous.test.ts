import { describe, expect, it } from 'vitest';

import type { Conversation } from '../../src/protocol/api.ts';
import { previousConversations } from '../../src/sync/actions.ts';
import type { Desk } from '../../src/sync/desk.svelte.ts';

describe('conversations of a contact', () => {
  it('leave out those whose mails were all moved elsewhere', async () => {
    const all = [
      { id: 'a', status: 'open' },
      { id: 'b', status: 'resolved', emptied: true },
      { id: 'c', status: 'open', emptied: true },
      { id: 'd', status: 'resolved' },
    ] as Conversation[];
    const desk = { api: { get: () => Promise.resolve({ items: all, next_cursor: null }) } } as unknown as Desk;
    expect((await previousConversations(desk, 'x')).items.map((it) => it.id)).toEqual(['a', 'c', 'd']);
  });
});
