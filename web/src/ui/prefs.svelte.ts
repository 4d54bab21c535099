// What one person prefers on one browser.

export type Theme = 'system' | 'light' | 'dark';
export type Density = 'compact' | 'normal' | 'cosy';

export interface PrefValues {
  theme: Theme;
  density: Density;
  locale: 'en' | 'zh' | null;
  sound: boolean;
  volume: number;
  desktop: boolean;
  hideContent: boolean;
  enterSends: boolean;
  singleKeys: boolean;
  advance: boolean;
  sideOpen: boolean;
  /** Of the ring tone, 0 to 1. */
  ringVolume: number;
  /** Devices for calls; empty: as the system has it. */
  microphone: string;
  speaker: string;
  /** This desk had a phone when it was last here: its bar keeps its place while the page begins. */
  phone: boolean;
}

const KEY = 'plugboard.prefs';

const DEFAULTS: PrefValues = {
  theme: 'system',
  density: 'normal',
  locale: null,
  sound: true,
  volume: 0.6,
  desktop: false,
  hideContent: false,
  enterSends: true,
  singleKeys: true,
  advance: true,
  sideOpen: true,
  ringVolume: 0.7,
  microphone: '',
  speaker: '',
  phone: false,
};

class Prefs {
  values: PrefValues = $state({ ...DEFAULTS });
  /** Whether the dark theme is shown, by choice or as the system has it. */
  dark = $state(false);

  load(): void {
    try {
      Object.assign(this.values, JSON.parse(localStorage.getItem(KEY) ?? '{}'));
    } catch {
      // A private window without storage: defaults.
    }
    this.show();
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.show());
  }

  set<K extends keyof PrefValues>(name: K, value: PrefValues[K]): void {
    this.values[name] = value;
    try {
      localStorage.setItem(KEY, JSON.stringify(this.values));
    } catch {
      // It holds until the page closes.
    }
    this.show();
  }

  /** Height of a list row in pixels, as the tokens have it. */
  get rowHeight(): number {
    return { compact: 56, normal: 64, cosy: 76 }[this.values.density];
  }

  private show(): void {
    const { theme, density } = this.values;
    const dark = theme === 'dark' || (theme === 'system' && matchMedia('(prefers-color-scheme: dark)').matches);
    this.dark = dark;
    document.documentElement.dataset.theme = dark ? 'dark' : 'light';
    document.documentElement.dataset.density = density;
  }
}

export const prefs = new Prefs();
