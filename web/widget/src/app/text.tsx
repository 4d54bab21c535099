/** Plain text with links and addresses made clickable: always nodes, never HTML. */

import type { ComponentChildren } from "preact";

// A link ends at white space, at quotes and brackets, and at Chinese text or punctuation that was written right after it.
const LINK = /\bhttps?:\/\/[^\s<>"'`\u3000-\u303f\uff00-\uffef\u4e00-\u9fff]+|[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}/giu;
const TRAILING = /[.,;:!?)\]}]+$/;

export function linked(text: string): ComponentChildren[] {
  const nodes: ComponentChildren[] = [];
  let at = 0;
  for (const match of text.matchAll(LINK)) {
    const link = trimmed(match[0]);
    if (match.index > at) nodes.push(text.slice(at, match.index));
    nodes.push(
      <a href={link.includes("://") ? link : `mailto:${link}`} target="_blank" rel="noopener noreferrer nofollow">
        {link}
      </a>,
    );
    at = match.index + link.length;
  }
  if (at < text.length) nodes.push(text.slice(at));
  return nodes;
}

/** Without the punctuation of the sentence around it; a bracket that the link itself opened stays. */
function trimmed(link: string): string {
  const end = TRAILING.exec(link);
  if (!end) return link;
  const bare = link.slice(0, end.index);
  return end[0].startsWith(")") && bare.includes("(") ? `${bare})` : bare;
}

/** The language of a text, as far as fonts and line breaks care. */
export function languageOf(text: string): string | undefined {
  if (/[\u3040-\u30ff]/.test(text)) return "ja";
  if (/\p{Script=Han}/u.test(text)) return "zh-CN";
  return /[a-z]/i.test(text) ? "en" : undefined;
}

/** One to three emoji and nothing else are shown large. */
export function isEmojiOnly(text: string): boolean {
  return /^(?:\p{Extended_Pictographic}[\u{fe0f}\u{1f3fb}-\u{1f3ff}]?(?:\u200d\p{Extended_Pictographic}\ufe0f?)*\s*){1,3}$/u.test(text);
}
