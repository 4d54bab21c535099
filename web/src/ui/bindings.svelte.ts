// The keys of one agent. The API has no place for preferences, so they are kept on this browser, one set for each agent
// that uses it; colleagues who share a computer do not share keys.
import { capsOf, DEFAULTS, PREFIX, refusal, tableOf, type Act, type Keys } from './keys.ts';

const mac = typeof navigator !== 'undefined' && /Mac|iPhone|iPad/.test(navigator.platform);

/** Only what differs from the defaults, so that a new version can bring new keys. */
type Own = Partial<Record<Act, string[]>>;

export class Bindings {
  private own: Own = $state.raw({});
  private agent = '';

  readonly keys: Keys = $derived({ ...DEFAULTS, ...this.own });
  readonly table = $derived(tableOf(this.keys));

  load(agentId: string): void {
    this.agent = agentId;
    this.own = {};
    try {
      const read: unknown = JSON.parse(localStorage.getItem(this.place) ?? '{}');
      this.own = Object.fromEntries(Object.entries(read as Own).filter(([act, keys]) => act in DEFAULTS && Array.isArray(keys)));
    } catch {
      // Without storage, or with something else in it: the keys that the app comes with.
    }
  }

  isChanged(act: Act): boolean {
    return act in this.own;
  }

  get areChanged(): boolean {
    return Object.keys(this.own).length > 0;
  }

  /** Gives an act another first key, or none; says why when it cannot have it. */
  set(act: Act, key: string | null): ReturnType<typeof refusal> {
    const wanted = key !== null && DEFAULTS[act][0]?.startsWith(`${PREFIX} `) && key.length === 1 ? `${PREFIX} ${key}` : key;
    if (wanted === null) {
      this.keep({ ...this.own, [act]: [] });
      return null;
    }
    const problem = refusal(this.keys, act, wanted);
    if (problem) return problem;
    const next = [wanted, ...DEFAULTS[act].slice(1).filter((it) => it !== wanted)];
    const { [act]: _, ...rest } = this.own;
    this.keep(next.join(' ') === DEFAULTS[act].join(' ') ? rest : { ...rest, [act]: next });
    return null;
  }

  /** Gives an act the keys it came with; says which act has one of them now. */
  reset(act: Act): ReturnType<typeof refusal> {
    for (const key of DEFAULTS[act]) {
      const problem = refusal(this.keys, act, key);
      if (problem?.why === 'taken') return problem;
    }
    const { [act]: _, ...rest } = this.own;
    this.keep(rest);
    return null;
  }

  resetAll(): void {
    this.keep({});
  }

  /** The first key of an act in one word, for tips and menus; undefined when it has none. */
  hint(act: Act): string | undefined {
    const [key] = this.keys[act];
    return key === undefined ? undefined : capsOf(key, mac).join(' ');
  }

  /** The caps of each key of an act. */
  caps(act: Act): string[][] {
    return this.keys[act].map((key) => capsOf(key, mac));
  }

  private keep(own: Own): void {
    this.own = own;
    try {
      if (Object.keys(own).length > 0) localStorage.setItem(this.place, JSON.stringify(own));
      else localStorage.removeItem(this.place);
    } catch {
      // It holds until the page closes.
    }
  }

  private get place(): string {
    return `plugboard.keys.${this.agent}`;
  }
}

export const bindings = new Bindings();
