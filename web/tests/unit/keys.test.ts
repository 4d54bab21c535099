import { beforeEach, describe, expect, it, vi } from 'vitest';

import { Keymap } from '../../src/app/keymap.ts';
import { Bindings } from '../../src/ui/bindings.svelte.ts';
import { capsOf, DEFAULTS, GROUPS, keyOf, refusal, tableOf, type Act } from '../../src/ui/keys.ts';

const key = (change: Record<string, unknown>) => ({ key: 'x', code: 'KeyX', keyCode: 88, isComposing: false, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...change }) as unknown as KeyboardEvent;
const free = { inField: false, inDialog: false, onControl: false, singleKeys: true };
const LATER = 1e9;

let stored: Record<string, string>;
beforeEach(() => {
  stored = {};
  vi.stubGlobal('localStorage', { getItem: (name: string) => stored[name] ?? null, setItem: (name: string, value: string) => void (stored[name] = value), removeItem: (name: string) => void delete stored[name] });
});

describe('the keys that the app comes with', () => {
  it('never mean two things', () => {
    const all = Object.values(DEFAULTS).flat();
    expect(new Set(all).size).toBe(all.length);
    expect(all.filter((it) => it.startsWith('g ')).length).toBeGreaterThan(0);
    expect(all).not.toContain('g');
  });

  it('are all in the settings, each once', () => {
    expect(GROUPS.flatMap((it) => it.acts).sort()).toEqual(Object.keys(DEFAULTS).sort());
  });
});

describe('a key', () => {
  it('is written with its modifiers, and a sign without its Shift', () => {
    expect(keyOf(key({ key: 'J', code: 'KeyJ', shiftKey: true }), LATER)).toBe('Shift+j');
    expect(keyOf(key({ key: 'J', code: 'KeyJ' }), LATER)).toBe('j');
    expect(keyOf(key({ key: '?', code: 'Slash', shiftKey: true }), LATER)).toBe('?');
    expect(keyOf(key({ key: 'k', code: 'KeyK', metaKey: true }), LATER)).toBe('Ctrl+k');
    expect(keyOf(key({ key: 'F6', code: 'F6', shiftKey: true }), LATER)).toBe('Shift+F6');
    expect(keyOf(key({ key: 'Shift', code: 'ShiftLeft', shiftKey: true }), LATER)).toBeNull();
    expect(keyOf(key({ isComposing: true }), LATER)).toBeNull();
  });

  it('that writes a letter with AltGr is no shortcut', () => {
    const chord = { key: '\u0107', code: 'KeyC', ctrlKey: true, altKey: true };
    expect(keyOf(key(chord), LATER)).toBe('Ctrl+Alt+c');
    expect(keyOf(key({ ...chord, getModifierState: (name: string) => name === 'AltGraph' }), LATER)).toBeNull();
  });

  it('of the phone works in fields and in windows, any other in neither', () => {
    const keymap = new Keymap();
    const answer = key({ key: 'a', code: 'KeyA', ctrlKey: true, altKey: true });
    const palette = key({ key: 'k', code: 'KeyK', ctrlKey: true });
    expect(keymap.act(answer, { ...free, inField: true }, LATER)).toBe('call answer');
    expect(keymap.act(answer, { ...free, inDialog: true, singleKeys: false }, LATER)).toBe('call answer');
    expect(keymap.act(palette, { ...free, inDialog: true }, LATER)).toBeNull();
  });

  it('is shown as it stands on the keyboard', () => {
    expect(capsOf('Shift+ArrowDown')).toEqual(['Shift', '↓']);
    expect(capsOf('g i')).toEqual(['G', 'I']);
    expect(capsOf('Ctrl+k', true)).toEqual(['⌘', 'K']);
    expect(capsOf('Escape')).toEqual(['Esc']);
  });

  it('of a function or with Ctrl works in fields and with single keys off', () => {
    const keymap = new Keymap();
    expect(keymap.act(key({ key: 'F6', code: 'F6' }), { ...free, inField: true, singleKeys: false }, LATER)).toBe('next pane');
    expect(keymap.act(key({ key: 'J', code: 'KeyJ', shiftKey: true }), free, LATER)).toBe('mark down');
    expect(keymap.act(key({}), free, LATER)).toBe('mark');
  });
});

describe('keys of an agent', () => {
  const fresh = (agent = 'agt_1') => {
    const bindings = new Bindings();
    bindings.load(agent);
    return bindings;
  };

  it('can be changed, do what they should at once, and are there the next time', () => {
    const bindings = fresh();
    const keymap = new Keymap(() => bindings.table);
    expect(bindings.set('snooze', 'w')).toBeNull();
    expect(keymap.act(key({ key: 'w', code: 'KeyW' }), free, LATER)).toBe('snooze');
    expect(keymap.act(key({ key: 'h', code: 'KeyH' }), free, LATER)).toBeNull();
    expect(fresh().hint('snooze')).toBe('W');
    expect(fresh('agt_2').hint('snooze')).toBe('H');
  });

  it('that mean something else, or that the browser needs, are refused', () => {
    const bindings = fresh();
    expect(bindings.set('snooze', 'e')).toEqual({ why: 'taken', by: 'resolve' });
    expect(bindings.set('snooze', 'Ctrl+w')).toEqual({ why: 'reserved' });
    expect(bindings.set('snooze', 'g')).toEqual({ why: 'reserved' });
    expect(bindings.hint('snooze')).toBe('H');
    expect(refusal(DEFAULTS, 'snooze', 'h')).toBeNull();
  });

  it('can be taken away and come back, except while another act has them', () => {
    const bindings = fresh();
    bindings.set('snooze', null);
    expect(bindings.hint('snooze')).toBeUndefined();
    expect(bindings.set('resolve', 'h')).toBeNull();
    expect(bindings.reset('snooze')).toEqual({ why: 'taken', by: 'resolve' });
    expect(bindings.reset('resolve')).toBeNull();
    expect(bindings.reset('snooze')).toBeNull();
    expect(bindings.areChanged).toBe(false);
    expect(stored).toEqual({});
  });

  it('after g stay after g, and other keys of the same act stay', () => {
    const bindings = fresh();
    bindings.set('go inbox', 'm');
    expect(tableOf(bindings.keys).get('g m')).toBe('go inbox');
    bindings.set('next', 'd');
    expect(bindings.keys.next).toEqual(['d', 'ArrowDown', ']']);
    bindings.set('next', 'j');
    expect(bindings.isChanged('next')).toBe(false);
  });

  it('that cannot be read are those that the app comes with', () => {
    stored['plugboard.keys.agt_1'] = '{"next":"x","nonsense":["q"]}';
    const bindings = fresh();
    expect(bindings.keys.next).toEqual(DEFAULTS.next);
    expect('nonsense' as Act in bindings.keys).toBe(false);
  });
});
