// What a picker shows, and how typing narrows it. Pure.
import type { Component } from 'svelte';

export interface PickerItem {
  id: string;
  label: string;
  /** Small text behind the label. */
  hint?: string;
  /** The key that does the same without the picker. */
  keys?: string;
  /** Further words to find it by. */
  words?: string;
  group?: string;
  icon?: Component<{ size?: number | string }>;
  /** Drawn as a face with this name. */
  face?: string;
  /** What the colour of the face is worked out from. */
  faceSeed?: string;
  checked?: boolean;
}

/** Items whose label or words contain every typed word; those that begin with the text first. */
export function narrow(items: PickerItem[], typed: string): PickerItem[] {
  const text = typed.trim().toLowerCase();
  if (!text) return items;
  const words = text.split(/\s+/u);
  const found = items.filter((item) => {
    const hay = `${item.label} ${item.words ?? ''} ${item.hint ?? ''}`.toLowerCase();
    return words.every((word) => hay.includes(word));
  });
  return found.sort((a, b) => Number(b.label.toLowerCase().startsWith(text)) - Number(a.label.toLowerCase().startsWith(text)));
}
