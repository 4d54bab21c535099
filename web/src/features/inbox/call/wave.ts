// Loudness as a picture. Pure.

/** So many bars of 0 to 1, each as loud as the loudest of what it stands for; flat while nothing is known. */
export function bars(peaks: number[] | undefined, count: number): number[] {
  if (!peaks || peaks.length === 0) return Array.from({ length: count }, () => 0);
  return Array.from({ length: count }, (_, at) => {
    const from = Math.floor((at * peaks.length) / count);
    const to = Math.max(from + 1, Math.floor(((at + 1) * peaks.length) / count));
    let loudest = 0;
    for (let i = from; i < to; i += 1) loudest = Math.max(loudest, peaks[i] ?? 0);
    // Speech is quiet most of the time: the root shows it.
    return Math.sqrt(loudest / 255);
  });
}

const HALF = 20;
const LEAST = 0.6;

/** The bars of one side, growing up (-1) or down (1) from the middle of a picture that is 40 high. */
export function wavePath(heights: number[], side: -1 | 1): string {
  return heights
    .map((height, at) => {
      const tall = Math.max(LEAST, height * (HALF - 2));
      const from = HALF + side * 0.6;
      return `M${(at + 0.18).toFixed(2)} ${from.toFixed(2)}v${(side * tall).toFixed(2)}h.64v${(-side * tall).toFixed(2)}z`;
    })
    .join('');
}
