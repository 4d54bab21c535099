// Recipients and subject of an answer by mail. What the agent leaves alone follows what the desk proposes. No DOM here.
import { SvelteSet } from 'svelte/reactivity';

import type { ComposeMail, MailAddress, ReplyProposal } from '../../../protocol/api.ts';

export type Role = 'to' | 'cc' | 'bcc';

export const ROLES: readonly Role[] = ['to', 'cc', 'bcc'];

export class MailDraft {
  proposal: ReplyProposal | null = $state.raw(null);
  to: MailAddress[] = $state.raw([]);
  cc: MailAddress[] = $state.raw([]);
  bcc: MailAddress[] = $state.raw([]);
  subject = $state('');
  quote = $state(true);
  private readonly touched = new SvelteSet<Role | 'subject'>();

  propose(proposal: ReplyProposal): void {
    this.proposal = proposal;
    if (!this.touched.has('to')) this.to = proposal.to;
    if (!this.touched.has('cc')) this.cc = proposal.cc;
    if (!this.touched.has('subject')) this.subject = proposal.subject;
  }

  set(role: Role, list: MailAddress[]): void {
    this[role] = list;
    this.touched.add(role);
  }

  setSubject(subject: string): void {
    this.subject = subject;
    this.touched.add('subject');
  }

  /** What a mail that was taken back, or not sent, had. */
  restore(mail: ComposeMail): void {
    for (const role of ROLES) {
      const list = mail[role];
      if (list) this.set(role, list);
    }
    if (mail.subject) this.setSubject(mail.subject);
    this.quote = mail.quote ?? true;
  }

  /** Back to what is proposed, for the next mail. */
  clear(): void {
    this.touched.clear();
    this.bcc = [];
    this.quote = true;
    if (this.proposal) this.propose(this.proposal);
    else [this.to, this.cc, this.subject] = [[], [], ''];
  }

  /** What is sent: only what the agent decided; the rest is the desk's to say. */
  compose(html: string): ComposeMail {
    const mail: ComposeMail = { html, quote: this.quote };
    for (const role of ROLES) if (this.touched.has(role)) mail[role] = this[role];
    if (this.touched.has('subject')) mail.subject = this.subject;
    return mail;
  }
}

/** Reads what somebody typed or pasted as recipients; what is no address is given back. */
export function readAddresses(typed: string): { found: MailAddress[]; rest: string } {
  const found: MailAddress[] = [];
  const rest: string[] = [];
  // A comma inside quotation marks is part of a name.
  for (const part of typed.match(/(?:"[^"]*"|[^,;\uff0c\uff1b\n])+/gu) ?? []) {
    const text = part.trim();
    if (!text) continue;
    const [, name = '', inside = ''] = /^"?([^"<>]*?)"?\s*<([^<>]+)>$/u.exec(text) ?? [];
    const address = (inside || text).trim();
    if (/^[^\s@<>"]+@[^\s@<>"]+$/u.test(address) && !address.endsWith('.')) found.push({ name: name.trim(), address });
    else rest.push(text);
  }
  return { found, rest: rest.join(', ') };
}

/** As people read it: the name, or the address where there is none. */
export const nameOf = (it: MailAddress): string => it.name || it.address;
