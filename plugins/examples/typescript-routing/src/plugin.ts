// The agent who helped last, else the least busy one who speaks the language.
import { get } from 'plugboard:plugin/config@0.1.0';
import type * as RoutingWorld from 'plugboard:plugin/routing@0.1.0';

type Decision = RoutingWorld.Decision;

function decide(target: Decision['target'], reason: string): Decision {
  return { target, priority: undefined, addTags: [], reason };
}

export const routing: typeof RoutingWorld = {
  route(request) {
    const skilled = (candidate: RoutingWorld.Candidate) =>
      request.requiredSkills.every((skill) => candidate.skills.includes(skill));
    const free = request.candidates.filter(
      (it) => it.online && it.inScope && !it.passed && it.load < it.capacity && skilled(it),
    );
    const last = free.find((it) => it.id === request.previousAgent);
    if (last && get('prefer_last_agent') !== 'false') {
      return decide({ tag: 'agent', val: last.id }, 'returning customer');
    }
    const language = (request.conversation.language ?? '').split('-')[0] ?? '';
    const speakers = free.filter((it) => it.skills.includes(language));
    const able = speakers.length > 0 ? speakers : free;
    const [best] = able.toSorted(
      (a, b) => a.load * b.capacity - b.load * a.capacity || (a.id < b.id ? -1 : 1),
    );
    if (!best) return decide({ tag: 'wait' }, 'nobody is free');
    return decide({ tag: 'agent', val: best.id }, `least busy (${best.load}/${best.capacity})`);
  },
};
