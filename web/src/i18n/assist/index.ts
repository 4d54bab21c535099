// The words of what plugins show beside a conversation.
import { Words } from '../index.svelte.ts';
import type { AssistWords } from './en.ts';

export const assistWords = new Words<AssistWords>({
  en: async () => (await import('./en.ts')).en,
  zh: async () => (await import('./zh.ts')).zh,
});

export const a = assistWords.t;
