// How a policy is called. Pure.
import type { RuleWords } from '../../i18n/rules/en.ts';
import type { Policy } from '../../protocol/api.ts';

export function policyName(policy: Policy, words: RuleWords): string {
  if (policy === 'builtin') return words.policies.builtinShort;
  if ('plugin' in policy) return policy.plugin;
  if ('rule' in policy) return policy.rule;
  if ('rule_version' in policy) return words.backtests.version(policy.rule_version.name, policy.rule_version.version);
  return words.backtests.draft;
}
