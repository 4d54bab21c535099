// What a page of the settings is, also for features that bring pages of their own.
import type { Component } from 'svelte';

/** What a page of another feature is given. */
export interface PageProps {
  /** What is open inside the section, as the address says. */
  sub: string | null;
  /** Opens something else inside the section, or the section itself. */
  open: (sub: string | null) => void;
  /** Goes to another page of the app. */
  go: (path: string) => void;
}

export type SectionId =
  | 'preferences' | 'keyboard' | 'agents' | 'teams' | 'shops' | 'inboxes' | 'sla' | 'hours' | 'macros' | 'views' | 'tokens' | 'webhooks' | 'outbox'
  | 'mailboxes' | 'plugins' | 'rules' | 'policies' | 'backtests';

export interface Section {
  id: SectionId;
  icon: Component<{ size?: number | string }>;
  page?: Component;
  /** A page that is loaded, with its words, when somebody opens it. */
  load?: () => Promise<Component<PageProps>>;
  /** Who sees it at all. */
  needs?: string;
  /** Takes more of the window. */
  wide?: boolean;
}

export interface SectionGroup {
  name: 'personal' | 'desk' | 'automation' | 'integrations';
  entries: Section[];
}
