// The language of the app: one typed dictionary at a time, loaded when it is needed.
import type { Dict } from './en.ts';

export type Locale = 'en' | 'zh';

const LOADERS: Record<Locale, () => Promise<Dict>> = {
  en: async () => (await import('./en.ts')).en,
  zh: async () => (await import('./zh.ts')).zh,
};

class I18n {
  locale: Locale = $state('en');
  dict: Dict = $state.raw() as Dict;

  async use(locale: Locale): Promise<void> {
    this.dict = await LOADERS[locale]();
    this.locale = locale;
  }
}

export const i18n = new I18n();

/** The words of the app. Reading one in a component follows the language. */
export const t: Dict = new Proxy({} as Dict, { get: (_, name) => i18n.dict[name as keyof Dict] });

/** The language that fits the browser best. */
export function guessLocale(languages: readonly string[]): Locale {
  return languages.some((it) => it.toLowerCase().startsWith('zh')) ? 'zh' : 'en';
}
