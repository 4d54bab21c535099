// A routing policy that does what the customer's last text says, and starts as its settings say.
import { get } from 'plugboard:plugin/config@0.1.0';
import { write } from 'plugboard:plugin/log@0.1.0';
import type * as HooksWorld from 'plugboard:plugin/hooks@0.1.0';
import type * as LifecycleWorld from 'plugboard:plugin/lifecycle@0.1.0';
import type * as RoutingWorld from 'plugboard:plugin/routing@0.1.0';

type Decision = RoutingWorld.Decision;

const MIB = 1 << 20;

function decide(target: Decision['target'], reason: string): Decision {
  return { target, priority: undefined, addTags: [], reason };
}

function wait(reason: string): Decision {
  return decide({ tag: 'wait' }, reason);
}

function deeper(depth: number): number {
  return deeper(depth + 1) + 1;
}

function endless(): never {
  for (let turn = 0; ; turn += 1) if (turn < 0) throw new Error('it never is');
}

const bombs: Record<string, () => Decision> = {
  loop: endless,
  memory() {
    const kept: Uint8Array[] = [];
    for (;;) kept.push(new Uint8Array(MIB).fill(1));
  },
  recursion: () => wait(String(deeper(0))),
  'huge answer': () => wait('x'.repeat(4 * MIB)),
  'many tags': () => ({ ...wait(''), addTags: Array<string>(400_000).fill('') }),
  'bad utf-8': () => wait('half a pair \ud800 alone'),
  'host calls'() {
    for (;;) get('share');
  },
  'huge log'() {
    write('info', 'x'.repeat(12 * MIB), []);
    return wait('');
  },
  'output flood'() {
    for (;;) write('info', 'x'.repeat(1000), []);
  },
  trap() {
    throw new Error('the rule fell over');
  },
};

export const routing: typeof RoutingWorld = {
  route(request) {
    const bomb = bombs[request.conversation.lastText];
    if (bomb) return bomb();
    const [best] = request.candidates.toSorted((a, b) => a.load - b.load);
    return best ? decide({ tag: 'agent', val: best.id }, 'least busy') : decide({ tag: 'next' }, '');
  },
};

export const lifecycle: typeof LifecycleWorld = {
  describe: () => ({ name: 'bombs', version: '0.1.0' }),
  start() {
    const how = get('start');
    if (how === 'loop') endless();
    if (how === 'trap') throw new Error('no start');
  },
  migrate() {},
  health: () => '{}',
  onTimer() {},
};

export const hooks: typeof HooksWorld = {
  onEvent() {},
};
