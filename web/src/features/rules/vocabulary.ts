// The words that rules know, for completion. As plugins/script-rules/README.md lists them.
import type { PolicyKind } from '../../protocol/api.ts';

export interface Word {
  label: string;
  /** `function`, `property`, `variable`, `keyword`, `text` as the editor draws them. */
  type: string;
  detail?: string;
  /** What is put in, when it is more than the label; `${}` marks where the cursor goes. */
  apply?: string;
}

const properties = (names: string, detail: string): Word[] => names.split(' ').map((label) => ({ label, type: 'property', detail }));
const call = (label: string, apply: string, detail: string): Word => ({ label, type: 'function', apply, detail });

const CONVERSATION = 'id channel inbox shop stage status subject text language opened_at waiting_since waiting_secs priority tags team assignee message_count contact extras';

/** What stands after a dot. */
export const MEMBERS: Record<PolicyKind, Record<string, Word[]>> = {
  routing: {
    conv: properties(`${CONVERSATION} required_skills previous_agent hops teams`, 'conv'),
    contact: properties('id name language tags attributes identities', 'contact'),
    candidate: properties('id skills busy capacity online in_scope passed free last_routed_at', 'candidate'),
    t: properties('year month day hour minute weekday date time', 'local'),
  },
  escalation: {
    conv: properties(CONVERSATION, 'conv'),
    contact: properties('id name language tags attributes identities', 'contact'),
    event: properties('trigger detail level history managers answered_at', 'event'),
    t: properties('year month day hour minute weekday date time', 'local'),
  },
};

const SHARED: Word[] = [
  call('has_any', 'has_any(conv.text, ["${}"])', 'text, words'),
  call('local', 'local(now, "${+08:00}")', 'ms, offset'),
  { label: 'conv', type: 'variable' },
  { label: 'now', type: 'variable', detail: 'ms' },
  ...['len', 'sorted', 'min', 'max', 'any', 'all', 'range', 'enumerate', 'zip', 'str', 'int', 'float', 'list', 'dict', 'struct', 'map', 'filter', 'print'].map((label) => ({ label, type: 'function' })),
  ...['def', 'return', 'if', 'elif', 'else', 'for', 'in', 'not', 'and', 'or', 'lambda', 'None', 'True', 'False'].map((label) => ({ label, type: 'keyword' })),
];

/** What can stand anywhere. */
export const GLOBALS: Record<PolicyKind, Word[]> = {
  routing: [
    call('team', 'team("${}")', 'name or id'),
    call('agent', 'agent(${})', 'candidate or id'),
    call('wait', 'wait()', ''),
    call('next', 'next()', ''),
    { label: 'candidates', type: 'variable' },
    ...['priority', 'tags', 'reason'].map((label) => ({ label: `${label} =`, type: 'keyword' })),
    ...SHARED,
  ],
  escalation: [
    call('notify', 'notify("${manager}", "")', 'who, text'),
    call('raise_priority', 'raise_priority("${high}")', 'to'),
    call('assign_team', 'assign_team("${}")', 'name'),
    call('assign_agent', 'assign_agent("${}")', 'id'),
    call('add_tags', 'add_tags("${}")', 'tags'),
    call('page', 'page("${}", {})', 'webhook, payload'),
    call('open_case', 'open_case("${complaint}", "")', 'kind, summary'),
    call('set_level', 'set_level(${1})', 'n'),
    call('ask_again', 'ask_again(${300})', 'secs'),
    call('because', 'because("${}")', 'reason'),
    { label: 'event', type: 'variable' },
    ...SHARED,
  ],
};

/** Texts that have a fixed set, offered inside quotes. */
export const TEXTS: string[] = ['low', 'normal', 'high', 'urgent', 'presale', 'in_sale', 'aftersale', 'review', 'webchat', 'email', 'phone', 'owner', 'manager', 'manager:2', 'role:supervisor'];
