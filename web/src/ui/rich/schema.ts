// What can be written in a rich text, how it becomes HTML for a mail and back, and how it reads as plain text. Pure but
// for the browser's parser; nothing of what is parsed here ever becomes part of a page.
import { DOMParser as Parser, DOMSerializer, Schema, type DOMOutputSpec, type Node } from 'prosemirror-model';

/** Pictures are uploaded files of this desk and nothing else: a pasted address would be fetched from elsewhere. */
const OWN_FILE = /^\/api\/v1\/attachments\/[\w-]+$/;

/** Addresses that may stand in a link. */
const LINK = /^(https?:\/\/|mailto:|tel:)/i;

export const schema = new Schema({
  nodes: {
    doc: { content: 'block+' },
    paragraph: { content: 'inline*', group: 'block', parseDOM: [{ tag: 'p' }, { tag: 'div', priority: 20 }], toDOM: () => ['p', 0] },
    blockquote: { content: 'block+', group: 'block', defining: true, parseDOM: [{ tag: 'blockquote' }], toDOM: () => ['blockquote', 0] },
    bullet_list: { content: 'list_item+', group: 'block', parseDOM: [{ tag: 'ul' }], toDOM: () => ['ul', 0] },
    ordered_list: { content: 'list_item+', group: 'block', parseDOM: [{ tag: 'ol' }], toDOM: () => ['ol', 0] },
    list_item: { content: 'paragraph block*', defining: true, parseDOM: [{ tag: 'li' }], toDOM: () => ['li', 0] },
    text: { group: 'inline' },
    hard_break: { inline: true, group: 'inline', selectable: false, parseDOM: [{ tag: 'br' }], toDOM: () => ['br'] },
    image: {
      inline: true,
      group: 'inline',
      draggable: true,
      attrs: { src: { validate: 'string' }, alt: { default: '', validate: 'string' } },
      parseDOM: [
        {
          tag: 'img[src]',
          getAttrs: (element) => {
            const src = element.getAttribute('src') ?? '';
            return OWN_FILE.test(src) ? { src, alt: element.getAttribute('alt') ?? '' } : false;
          },
        },
      ],
      toDOM: (node): DOMOutputSpec => ['img', { src: node.attrs.src as string, alt: node.attrs.alt as string }],
    },
  },
  marks: {
    link: {
      attrs: { href: { validate: 'string' } },
      inclusive: false,
      parseDOM: [
        {
          tag: 'a[href]',
          getAttrs: (element) => {
            const href = element.getAttribute('href') ?? '';
            return LINK.test(href) ? { href } : false;
          },
        },
      ],
      toDOM: (mark): DOMOutputSpec => ['a', { href: mark.attrs.href as string, rel: 'noopener noreferrer nofollow' }, 0],
    },
    strong: { parseDOM: [{ tag: 'strong' }, { tag: 'b', getAttrs: (element) => element.style.fontWeight !== 'normal' && null }], toDOM: () => ['strong', 0] },
    em: { parseDOM: [{ tag: 'em' }, { tag: 'i' }], toDOM: () => ['em', 0] },
    underline: { parseDOM: [{ tag: 'u' }], toDOM: () => ['u', 0] },
    code: { parseDOM: [{ tag: 'code' }, { tag: 'tt' }], toDOM: () => ['code', 0] },
  },
});

/** What people type as the address of a link, made one; null when it cannot be. */
export function linkOf(typed: string): string | null {
  const text = typed.trim();
  if (!text || /\s/u.test(text)) return null;
  if (LINK.test(text)) return text;
  if (/^[^@/]+@[^@/]+\.[^@/]+$/u.test(text)) return `mailto:${text}`;
  return /^[\w-]+(\.[\w-]+)+([/?#]|$)/u.test(text) ? `https:${'//'}${text}` : null;
}

export function parseHtml(html: string): Node {
  const page = new DOMParser().parseFromString(html, 'text/html');
  return Parser.fromSchema(schema).parse(page.body);
}

/** Mail programs give paragraphs a gap, and people type lines: a line of text is a `div`, as they write it themselves. */
const MAIL = new DOMSerializer(
  { ...DOMSerializer.nodesFromSchema(schema), paragraph: (node) => (node.content.size === 0 ? ['div', ['br']] : ['div', 0]) },
  DOMSerializer.marksFromSchema(schema),
);

export function isBlank(doc: Node): boolean {
  let blank = true;
  doc.descendants((node) => {
    if (node.type === schema.nodes.image || (node.isText && node.text?.trim())) blank = false;
    return blank;
  });
  return blank;
}

/** The HTML of a mail; empty when nothing is written. */
export function htmlOf(doc: Node): string {
  if (isBlank(doc)) return '';
  const page = document.implementation.createHTMLDocument('');
  page.body.append(MAIL.serializeFragment(doc.content, { document: page }));
  return page.body.innerHTML;
}

/** The same as plain text: quotations with `> `, lists with `- ` or numbers. */
export function textOf(doc: Node): string {
  return linesOf(doc).join('\n').trim();
}

function linesOf(node: Node): string[] {
  const lines: string[] = [];
  node.forEach((child, _, index) => {
    if (child.type === schema.nodes.paragraph) lines.push(...inlineOf(child).split('\n'));
    else if (child.type === schema.nodes.blockquote) lines.push(...linesOf(child).map((it) => (it ? `> ${it}` : '>')));
    else if (child.type === schema.nodes.list_item) {
      const mark = node.type === schema.nodes.ordered_list ? `${index + 1}. ` : '- ';
      lines.push(...linesOf(child).map((it, line) => (line === 0 ? mark : ' '.repeat(mark.length)) + it));
    } else lines.push(...linesOf(child));
  });
  return lines;
}

function inlineOf(paragraph: Node): string {
  let text = '';
  paragraph.forEach((child) => {
    if (child.type === schema.nodes.hard_break) text += '\n';
    else if (child.type === schema.nodes.image) text += child.attrs.alt ? `[${child.attrs.alt as string}]` : '';
    else {
      const href = child.marks.find((it) => it.type === schema.marks.link)?.attrs.href as string | undefined;
      const said = child.text ?? '';
      text += href && !said.includes(href.replace(/^mailto:/, '')) ? `${said} <${href}>` : said;
    }
  });
  return text;
}

/** Files of this desk that are shown in place. */
export function picturesOf(doc: Node): string[] {
  const ids: string[] = [];
  doc.descendants((node) => {
    if (node.type === schema.nodes.image) ids.push((node.attrs.src as string).split('/').at(-1) ?? '');
  });
  return [...new Set(ids)];
}
