// The words of mail in a thread, and of writing it.
import { Words } from '../index.svelte.ts';
import type { MailWords } from './en.ts';

export const mailWords = new Words<MailWords>({
  en: async () => (await import('./en.ts')).en,
  zh: async () => (await import('./zh.ts')).zh,
});

export const m = mailWords.t;
