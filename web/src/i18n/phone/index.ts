// The words of calls: the bar, the thread, the pages and the settings of a phone inbox.
import { Words } from '../index.svelte.ts';
import type { PhoneWords } from './en.ts';

export const phoneWords = new Words<PhoneWords>({
  en: async () => (await import('./en.ts')).en,
  zh: async () => (await import('./zh.ts')).zh,
});

export const c = phoneWords.t;
