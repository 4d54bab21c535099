/** The inbox's accent colour, made fit to be read: text on it and text in it always reach 4.5:1 (WCAG 1.4.3). */

type Rgb = [number, number, number];

const WHITE: Rgb = [255, 255, 255];
const INK: Rgb = [16, 20, 28];
const ENOUGH = 4.5;

export interface Palette {
  /** Surfaces in the accent colour. */
  accent: string;
  /** Text on such a surface. */
  onAccent: string;
  /** The accent as text on the light and on the dark ground. */
  textOnLight: string;
  textOnDark: string;
}

export function palette(color: string): Palette {
  const base = parse(color) ?? [31, 111, 92];
  const { surface, ink } = surfaceAndInk(base);
  return {
    accent: hex(surface),
    onAccent: hex(ink),
    textOnLight: hex(towards(base, INK, [243, 244, 247])),
    textOnDark: hex(towards(base, WHITE, [38, 44, 56])),
  };
}

/** White text if a slightly darker accent carries it, else dark text on the accent as it is. */
function surfaceAndInk(base: Rgb): { surface: Rgb; ink: Rgb } {
  for (let step = 0; step <= 6; step++) {
    const darker = mix(base, INK, step * 0.05);
    if (contrast(darker, WHITE) >= ENOUGH) return { surface: darker, ink: WHITE };
  }
  return { surface: base, ink: contrast(base, INK) >= ENOUGH ? INK : [0, 0, 0] };
}

function towards(base: Rgb, end: Rgb, ground: Rgb): Rgb {
  for (let step = 0; step < 20; step++) {
    const mixed = mix(base, end, step * 0.05);
    if (contrast(mixed, ground) >= ENOUGH) return mixed;
  }
  return end;
}

export function contrast(a: Rgb, b: Rgb): number {
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

export function parse(color: string): Rgb | null {
  const match = /^#?([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(color.trim());
  return match ? [parseInt(match[1]!, 16), parseInt(match[2]!, 16), parseInt(match[3]!, 16)] : null;
}

function luminance(color: Rgb): number {
  const [r, g, b] = color.map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as Rgb;
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function mix(a: Rgb, b: Rgb, share: number): Rgb {
  return a.map((value, index) => Math.round(value + (b[index]! - value) * share)) as Rgb;
}

function hex(color: Rgb): string {
  return `#${color.map((value) => value.toString(16).padStart(2, "0")).join("")}`;
}
