// Markdown as a tree, for texts that strangers wrote: never markup, so nothing in it can become part of the page. The part of
// the language that descriptions use: headings, paragraphs, lists, quotes, code, tables, rules, emphasis, code spans, links.
// What is absent, on purpose: HTML, pictures (they would tell their server who looks), addresses other than http and https.

export type Inline =
  | { type: 'text'; text: string }
  | { type: 'code'; text: string }
  | { type: 'strong'; children: Inline[] }
  | { type: 'em'; children: Inline[] }
  | { type: 'link'; href: string; children: Inline[] };

export type MarkdownBlock =
  | { type: 'heading'; level: number; children: Inline[] }
  | { type: 'paragraph'; children: Inline[] }
  | { type: 'list'; ordered: boolean; items: Inline[][] }
  | { type: 'quote'; children: Inline[] }
  | { type: 'code'; text: string }
  | { type: 'table'; head: Inline[][]; rows: Inline[][][] }
  | { type: 'rule' };

/** Longer texts are cut: a description is no book. */
const CHARS_MAX = 100_000;

const FENCE = /^\s*(`{3,}|~{3,})/;
const HEADING = /^\s{0,3}(#{1,6})\s+(.*?)\s*#*\s*$/;
const ITEM = /^\s{0,3}(?:[-*+]|(\d{1,9})[.)])\s+(.*)$/;
const RULE = /^\s{0,3}([-*_])\s*(?:\1\s*){2,}$/;
const DIVIDER = /^\s*\|?\s*:?-{2,}:?\s*(\|\s*:?-{2,}:?\s*)*\|?\s*$/;

/** The blocks of a text. */
export function parseMarkdown(source: string): MarkdownBlock[] {
  const lines = source.slice(0, CHARS_MAX).replace(/\r\n?/g, '\n').split('\n');
  const blocks: MarkdownBlock[] = [];
  let at = 0;
  while (at < lines.length) {
    const line = lines[at] ?? '';
    const fence = FENCE.exec(line)?.[1];
    if (!line.trim()) at += 1;
    else if (fence) {
      const from = at + 1;
      at = from;
      while (at < lines.length && !(lines[at] ?? '').trim().startsWith(fence)) at += 1;
      blocks.push({ type: 'code', text: lines.slice(from, at).join('\n') });
      at += 1;
    } else if (HEADING.test(line)) {
      const [, marks = '', text = ''] = HEADING.exec(line) ?? [];
      blocks.push({ type: 'heading', level: marks.length, children: inline(text) });
      at += 1;
    } else if (RULE.test(line)) {
      blocks.push({ type: 'rule' });
      at += 1;
    } else if (line.includes('|') && DIVIDER.test(lines[at + 1] ?? '')) at = table(lines, at, blocks);
    else if (ITEM.test(line)) at = list(lines, at, blocks);
    else if (/^\s{0,3}>/.test(line)) {
      const quoted = [];
      while (at < lines.length && /^\s{0,3}>/.test(lines[at] ?? '')) quoted.push((lines[at++] ?? '').replace(/^\s{0,3}>\s?/, ''));
      blocks.push({ type: 'quote', children: inline(quoted.join(' ')) });
    } else {
      const said = [];
      while (at < lines.length && (lines[at] ?? '').trim() && !interrupts(lines[at] ?? '', said.length > 0)) said.push((lines[at++] ?? '').trim());
      blocks.push({ type: 'paragraph', children: inline(said.join(' ')) });
    }
  }
  return blocks;
}

function interrupts(line: string, begun: boolean): boolean {
  return begun && (FENCE.test(line) || HEADING.test(line) || RULE.test(line) || ITEM.test(line) || /^\s{0,3}>/.test(line));
}

function list(lines: string[], from: number, blocks: MarkdownBlock[]): number {
  const ordered = ITEM.exec(lines[from] ?? '')?.[1] !== undefined;
  const items: string[] = [];
  let at = from;
  for (; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    const item = ITEM.exec(line);
    if (item) {
      if ((item[1] !== undefined) !== ordered) break;
      items.push(item[2] ?? '');
    } else if (/^\s{2,}\S/.test(line)) items[items.length - 1] += ` ${line.trim()}`;
    else break;
  }
  blocks.push({ type: 'list', ordered, items: items.map(inline) });
  return at;
}

function table(lines: string[], from: number, blocks: MarkdownBlock[]): number {
  const cells = (line: string) => line.trim().replace(/^\||\|$/g, '').split(/(?<!\\)\|/).map((it) => inline(it.trim().replaceAll('\\|', '|')));
  const head = cells(lines[from] ?? '');
  const rows: Inline[][][] = [];
  let at = from + 2;
  for (; at < lines.length && (lines[at] ?? '').includes('|'); at += 1) rows.push(cells(lines[at] ?? ''));
  blocks.push({ type: 'table', head, rows });
  return at;
}

const SPAN = /(`+)(.+?)\1(?!`)|\*\*(.+?)\*\*|__(.+?)__|(?<![\w*])\*(?!\s)(.+?)(?<!\s)\*(?!\w)|(?<!\w)_(?!\s)(.+?)(?<!\s)_(?!\w)|!?\[([^\]]*)\]\(\s*<?([^)\s>]+)>?[^)]*\)|<(https?:\/\/[^>\s]+)>/gu;

/** The parts of a line. */
export function inline(text: string): Inline[] {
  const parts: Inline[] = [];
  let from = 0;
  for (const found of text.matchAll(SPAN)) {
    if (found.index > from) parts.push({ type: 'text', text: text.slice(from, found.index) });
    from = found.index + found[0].length;
    const [, , code, strong, strong2, em, em2, label, href, bare] = found;
    if (code !== undefined) parts.push({ type: 'code', text: code.trim() });
    else if (strong ?? strong2) parts.push({ type: 'strong', children: inline(strong ?? strong2 ?? '') });
    else if (em ?? em2) parts.push({ type: 'em', children: inline(em ?? em2 ?? '') });
    else if (bare) parts.push({ type: 'link', href: bare, children: [{ type: 'text', text: bare }] });
    else if (isOutside(href ?? '')) parts.push({ type: 'link', href: href ?? '', children: inline(label ?? '') });
    else parts.push(...inline(label ?? ''));
  }
  if (from < text.length) parts.push({ type: 'text', text: text.slice(from) });
  return parts;
}

function isOutside(href: string): boolean {
  try {
    const { protocol } = new URL(href);
    return protocol === 'https:' || protocol === 'http:';
  } catch {
    return false;
  }
}
