// The words of setting mailboxes up and watching them.
import { Words } from '../index.svelte.ts';
import type { MailboxWords } from './en.ts';

export const mailboxWords = new Words<MailboxWords>({
  en: async () => (await import('./en.ts')).en,
  zh: async () => (await import('./zh.ts')).zh,
});

export const b = mailboxWords.t;
