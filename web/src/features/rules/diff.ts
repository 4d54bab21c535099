// Lines of two texts beside each other. Pure. Sources are short (32 KiB), so the plain table of longest common runs does.

export interface DiffLine {
  type: 'same' | 'added' | 'removed';
  text: string;
  /** Line in the newer text; in the older one for what was removed. */
  line: number;
}

/** Beyond so many lines on both sides the middle counts as replaced: the table would be too large. */
const LINES_MAX = 1500;

export function diffLines(before: string, after: string): DiffLine[] {
  const a = before.replace(/\n$/, '').split('\n');
  const b = after.replace(/\n$/, '').split('\n');
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end += 1;
  const lines: DiffLine[] = b.slice(0, start).map((text, at) => ({ type: 'same', text, line: at + 1 }));
  lines.push(...middle(a.slice(start, a.length - end), b.slice(start, b.length - end), start));
  for (let at = b.length - end; at < b.length; at += 1) lines.push({ type: 'same', text: b[at] ?? '', line: at + 1 });
  return lines;
}

function middle(a: string[], b: string[], start: number): DiffLine[] {
  const lines: DiffLine[] = [];
  const runs = a.length <= LINES_MAX && b.length <= LINES_MAX ? table(a, b) : null;
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (runs && i < a.length && j < b.length && a[i] === b[j]) {
      lines.push({ type: 'same', text: b[j] ?? '', line: start + j + 1 });
      i += 1;
      j += 1;
    } else if (i < a.length && (j >= b.length || !runs || (runs[i + 1]?.[j] ?? 0) >= (runs[i]?.[j + 1] ?? 0))) {
      lines.push({ type: 'removed', text: a[i] ?? '', line: start + i + 1 });
      i += 1;
    } else {
      lines.push({ type: 'added', text: b[j] ?? '', line: start + j + 1 });
      j += 1;
    }
  }
  return lines;
}

/** Length of the longest common run of lines from each pair of places. */
function table(a: string[], b: string[]): Uint16Array[] {
  const runs = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      const row = runs[i] as Uint16Array;
      row[j] = a[i] === b[j] ? (runs[i + 1]?.[j + 1] ?? 0) + 1 : Math.max(runs[i + 1]?.[j] ?? 0, row[j + 1] ?? 0);
    }
  }
  return runs;
}
