import { beforeEach, describe, expect, it, vi } from 'vitest';

import { Composer } from '../../src/features/inbox/composer.svelte.ts';
import type { Desk } from '../../src/sync/desk.svelte.ts';

let drafts: Record<string, { kind: string; text: string }[]>;
let saved: { path: string; body: { kind: string; text: string } }[];
let sent: unknown[];
let frames: unknown[];
let composer: Composer;

beforeEach(() => {
  vi.useFakeTimers();
  drafts = {};
  saved = [];
  sent = [];
  frames = [];
  const desk = {
    api: {
      get: async (path: string) => ({ items: drafts[path.split('/')[2]!] ?? [] }),
      put: async (path: string, body: never) => void saved.push({ path, body }),
      upload: async (_: string, file: File) => {
        if (file.name === 'bad') throw new Error('too large');
        return { id: `att ${file.name}`, name: file.name, content_type: 'image/png', size: 1, is_image: true };
      },
    },
    socket: { send: (frame: unknown) => frames.push(frame) },
    send: async (id: string, outgoing: unknown) => void sent.push({ id, outgoing }),
    withdraw: async () => {},
  };
  composer = new Composer(desk as unknown as Desk);
});

const settle = () => vi.advanceTimersByTimeAsync(200);

describe('a draft', () => {
  it('is saved a moment after the last key, once', async () => {
    composer.open('a');
    composer.typed('你', 0);
    composer.typed('你好', 100);
    await vi.advanceTimersByTimeAsync(1000);
    expect(saved).toEqual([{ path: '/conversations/a/drafts', body: { kind: 'reply', text: '你好' } }]);
    expect(composer.justSaved).toBe(true);
  });

  it('is put away and found again when switching, reply and note apart', async () => {
    composer.open('a');
    composer.typed('to a', 0);
    composer.switchTo('note');
    composer.typed('note on a', 0);
    composer.open('b');
    expect(composer.text).toBe('');
    expect(composer.kind).toBe('reply');
    await settle();
    composer.open('a');
    expect([composer.kind, composer.text]).toEqual(['note', 'note on a']);
    composer.switchTo('reply');
    expect(composer.text).toBe('to a');
    expect(saved.map((it) => it.body.text).sort()).toEqual(['note on a', 'to a']);
  });

  it('comes from the server, but never over what is being typed', async () => {
    drafts = { a: [{ kind: 'reply', text: 'from home' }], b: [{ kind: 'reply', text: 'old' }] };
    composer.open('a');
    await settle();
    expect(composer.text).toBe('from home');
    composer.open('b');
    composer.typed('new', 0);
    await settle();
    expect(composer.text).toBe('new');
  });

  it('is taken away on the server only when there was one', async () => {
    composer.open('a');
    composer.typed('x', 0);
    composer.typed('', 0);
    await vi.advanceTimersByTimeAsync(1000);
    expect(saved).toEqual([]);
  });

  it('is not read for conversations that the keyboard only passes', async () => {
    drafts = { a: [{ kind: 'reply', text: 'passed' }] };
    composer.open('a');
    composer.open('b');
    await settle();
    composer.open('a');
    expect(composer.text).toBe('');
  });
});

describe('sending', () => {
  it('empties the field at once and takes the draft away', async () => {
    composer.open('a');
    composer.typed(' 好的 ', 0);
    await vi.advanceTimersByTimeAsync(1000);
    void composer.send();
    expect(composer.text).toBe('');
    await settle();
    expect(sent).toEqual([{ id: 'a', outgoing: { kind: 'reply', text: '好的', attachments: [], send_at: null } }]);
    expect(saved.at(-1)?.body).toEqual({ kind: 'reply', text: '' });
  });

  it('does nothing when there is nothing, and takes files along', async () => {
    composer.open('a');
    await composer.send();
    expect(sent).toEqual([]);
    const failed: string[] = [];
    composer.onuploadfailed = (name) => failed.push(name);
    await composer.attach([new File(['x'], 'a.png'), new File(['x'], 'bad')]);
    expect(failed).toEqual(['bad']);
    expect(composer.isEmpty).toBe(false);
    await composer.send();
    expect(sent).toMatchObject([{ outgoing: { text: '', attachments: [{ name: 'a.png' }] } }]);
    expect(composer.uploads).toEqual([]);
  });

  it('puts a message that was held back into the field, before what was typed since', async () => {
    composer.open('a');
    composer.typed('since', 0);
    await composer.edit({ client_id: '1', conversation_id: 'a', kind: 'reply', text: 'held back', attachments: [], send_at: null, seen_seq: 1, at: '', state: 'conflict', error: null });
    expect(composer.text).toBe('held back\nsince');
  });
});

it('tells others about typing every three seconds, not at every key', () => {
  composer.open('a');
  for (const ms of [0, 500, 2900, 3200]) composer.typed('x', ms + 10_000);
  expect(frames).toHaveLength(2);
});

it('puts a macro below what is there', () => {
  composer.open('a');
  composer.insert('您好', 0);
  composer.insert('再见', 0);
  expect(composer.text).toBe('您好\n再见');
});
