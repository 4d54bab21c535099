// How the page of a mail looks inside its frame: plain mails take the theme of the app, others stay on white paper, and fonts
// that are not on this machine fall back to readable ones. Only looks are touched, never what is said.

/** More than this is a design of its own, and not worth the wait. */
const ELEMENTS_MAX = 4000;
/** Text on its ground, as everywhere in the app. */
const CONTRAST = 5;
const FALLBACK = "system-ui, 'Segoe UI', 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', sans-serif";
const GENERIC = /\b(serif|sans-serif|monospace|system-ui|cursive|fantasy)\s*$/i;

export type Rgb = readonly [number, number, number];

/** What `getComputedStyle` says of a colour, with how much of it covers; `null` for what it cannot be asked. */
export function readColour(text: string): { rgb: Rgb; alpha: number } | null {
  const found = /^rgba?\(([\d.]+),? ([\d.]+),? ([\d.]+)(?:[,/ ]+([\d.]+))?\)$/.exec(text);
  if (!found) return null;
  return { rgb: [Number(found[1]), Number(found[2]), Number(found[3])], alpha: found[4] === undefined ? 1 : Number(found[4]) };
}

/** Relative luminance (WCAG 2.2). */
export function luminance(rgb: Rgb): number {
  const [r, g, b] = rgb.map((it) => (it / 255 <= 0.04045 ? it / 255 / 12.92 : ((it / 255 + 0.055) / 1.055) ** 2.4)) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** Contrast of two colours (WCAG 2.2). */
export function contrast(a: Rgb, b: Rgb): number {
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

/** The same colour, as much lighter as it needs to be read on a dark ground; greys become the colour of text. */
export function lighten(rgb: Rgb, ground: Rgb, text: Rgb): Rgb {
  if (contrast(rgb, ground) >= CONTRAST) return rgb;
  if (Math.max(...rgb) - Math.min(...rgb) < 32) return text;
  for (let share = 0.1; share < 1; share += 0.1) {
    const mixed = rgb.map((it) => Math.round(it + (255 - it) * share)) as unknown as Rgb;
    if (contrast(mixed, ground) >= CONTRAST) return mixed;
  }
  return text;
}

/** Whether a ground is the white of paper, or none at all. */
const isPaper = (colour: ReturnType<typeof readColour>) => colour !== null && (colour.alpha === 0 || luminance(colour.rgb) > 0.82);

/** Whether a mail has no ground of its own, so that it can be read on any. */
function isPlain(elements: HTMLElement[]): boolean {
  if (elements.length > ELEMENTS_MAX) return false;
  return elements.every((it) => {
    if (it.classList.contains('blocked-image')) return true;
    const { backgroundColor, backgroundImage } = getComputedStyle(it);
    return backgroundImage === 'none' && isPaper(readColour(backgroundColor));
  });
}

/** Names of fonts end in one that is there: what a mail names is often on the sender's machine only. */
function addFonts(elements: HTMLElement[]): void {
  for (const it of elements) {
    const named = it.style.fontFamily || (it.tagName === 'FONT' ? (it.getAttribute('face') ?? '') : '');
    if (named && !GENERIC.test(named)) it.style.fontFamily = `${named}, ${FALLBACK}`;
  }
}

/** Lays the page of a mail onto a ground of the app. Says whether it could, or stays white paper. */
export function dress(page: Document, ground: Rgb, text: Rgb): 'plain' | 'paper' {
  const { documentElement: root, body } = page;
  const elements = [...body.querySelectorAll<HTMLElement>('*')];
  addFonts(elements);
  if (!isPlain([body, ...elements])) return 'paper';
  const dark = luminance(ground) < 0.2;
  root.style.colorScheme = dark ? 'dark' : 'light';
  root.style.background = 'transparent';
  if (!dark) return 'plain';
  body.style.color = `rgb(${text.join(' ')})`;
  const looks = elements.map((it) => {
    const { color, backgroundColor } = getComputedStyle(it);
    return { it, colour: readColour(color), covered: (readColour(backgroundColor)?.alpha ?? 0) > 0 };
  });
  for (const { it, colour, covered } of looks) {
    if (covered) it.style.setProperty('background', 'transparent', 'important');
    if (!colour) continue;
    const now = lighten(colour.rgb, ground, text);
    if (now !== colour.rgb) it.style.setProperty('color', `rgb(${now.join(' ')})`, 'important');
  }
  return 'plain';
}

/** A colour of the app as numbers, whatever notation it is written in. */
export function asRgb(colour: string): Rgb {
  const drawn = new OffscreenCanvas(1, 1).getContext('2d');
  if (!drawn) return [255, 255, 255];
  drawn.fillStyle = colour;
  drawn.fillRect(0, 0, 1, 1);
  const [r = 255, g = 255, b = 255] = drawn.getImageData(0, 0, 1, 1).data;
  return [r, g, b];
}
