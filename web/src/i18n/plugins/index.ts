// The words of the plugins page.
import { Words } from '../index.svelte.ts';
import type { PluginWords } from './en.ts';

export const pluginWords = new Words<PluginWords>({
  en: async () => (await import('./en.ts')).en,
  zh: async () => (await import('./zh.ts')).zh,
});

export const p = pluginWords.t;
