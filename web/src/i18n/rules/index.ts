// The words of rules, policies and backtests.
import { Words } from '../index.svelte.ts';
import type { RuleWords } from './en.ts';

export const ruleWords = new Words<RuleWords>({
  en: async () => (await import('./en.ts')).en,
  zh: async () => (await import('./zh.ts')).zh,
});

export const r = ruleWords.t;
