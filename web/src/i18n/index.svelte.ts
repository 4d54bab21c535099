// The language of the app: one typed dictionary at a time, loaded when it is needed. Pages that few people open bring their
// words with them, so that nobody else loads those.
import type { Dict } from './en.ts';

export type Locale = 'en' | 'zh';

const LOADERS: Record<Locale, () => Promise<Dict>> = {
  en: async () => (await import('./en.ts')).en,
  zh: async () => (await import('./zh.ts')).zh,
};

class I18n {
  locale: Locale = $state('en');
  dict: Dict = $state.raw() as Dict;
  /** Loads the further words of pages that are in use. */
  private readonly further = new Set<(locale: Locale) => Promise<void>>();

  async use(locale: Locale): Promise<void> {
    const [dict] = await Promise.all([LOADERS[locale](), ...[...this.further].map((load) => load(locale))]);
    this.dict = dict;
    this.locale = locale;
  }

  follow(load: (locale: Locale) => Promise<void>): void {
    this.further.add(load);
  }
}

export const i18n = new I18n();

/** The words of the app. Reading one in a component follows the language. */
export const t: Dict = new Proxy({} as Dict, { get: (_, name) => i18n.dict[name as keyof Dict] });

/** Words that are loaded with the page that needs them: await `ready` before showing it. */
export class Words<D extends object> {
  private dict: D = $state.raw() as D;
  private loading: Promise<void> | null = null;
  /** The words; reading one in a component follows the language. */
  readonly t: D = new Proxy({} as D, { get: (_, name) => this.dict[name as keyof D] });

  constructor(private readonly loaders: Record<Locale, () => Promise<D>>) {}

  ready(): Promise<void> {
    if (!this.loading) {
      const load = async (locale: Locale) => void (this.dict = await this.loaders[locale]());
      i18n.follow(load);
      this.loading = load(i18n.locale);
    }
    return this.loading;
  }
}

/** What an author wrote in some languages, in the reader's; English, or anything, when there is none. */
export function localized(texts: Record<string, string> | string | null | undefined): string {
  if (typeof texts === 'string') return texts;
  if (!texts) return '';
  return texts[i18n.locale] ?? texts.en ?? Object.values(texts)[0] ?? '';
}

/** The language that fits the browser best. */
export function guessLocale(languages: readonly string[]): Locale {
  return languages.some((it) => it.toLowerCase().startsWith('zh')) ? 'zh' : 'en';
}
