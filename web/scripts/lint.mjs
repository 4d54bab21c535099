// The rules of this code base that a compiler does not know. Each says why.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const problems = [];

function* files(folder, ending = /\.(ts|svelte|mjs|css|html)$/) {
  for (const name of readdirSync(folder)) {
    if (name === 'node_modules' || name === 'dist') continue;
    const path = join(folder, name);
    if (statSync(path).isDirectory()) yield* files(path, ending);
    else if (ending.test(name)) yield path;
  }
}

/** Lines of code that one file may have, styles not counted: beyond it nobody reads it whole. */
const LINES_MAX = 420;

/** What each part of the app may import. */
const MAY_IMPORT = {
  protocol: ['protocol'],
  sync: ['sync', 'protocol'],
  i18n: ['i18n', 'sync'],
  ui: ['ui'],
  features: ['features', 'ui', 'sync', 'protocol', 'i18n'],
  app: ['app', 'features', 'ui', 'sync', 'protocol', 'i18n'],
};

for (const path of files(join(root, 'src'))) {
  const name = relative(join(root, 'src'), path);
  const text = readFileSync(path, 'utf8');
  const code = text.replace(/<style>[\s\S]*<\/style>/, '');
  const say = (what) => problems.push(`src/${name}: ${what}`);

  if (name !== 'ui/ime.ts' && /(===?|case)\s*['"](Enter|Escape|Process)['"]|keyCode\s*===?\s*(13|27)/.test(code)) {
    say('compares a raw key: use isEnter / isEscape of ui/ime.ts, or an input method sends half-written words');
  }
  if (/\{@html/.test(code)) say('uses {@html}: text of customers never becomes markup');
  if (/<\w[^>]*\sstyle="[^"]*"/.test(code)) say('has an inline style attribute: the content security policy forbids it, use style: or a class');
  if (name.endsWith('.svelte') && /\bfetch\(|new WebSocket/.test(code)) say('fetches by itself: components act through sync/');
  if (/https?:\/\/(?!www\.w3\.org|shop\.example|\*|\[)/.test(code.replace(/^\s*(\/\/|\*|\/\*).*$/gm, '')) && !name.startsWith('i18n/') && !/\/https\?|'https:\/\/'/.test(code)) {
    say('names another origin: everything comes from the own server');
  }
  const part = name.split('/')[0];
  for (const [, from] of text.matchAll(/from '(\.[^']+)'/g)) {
    const target = relative(join(root, 'src'), join(path, '..', from));
    const into = target.split('/')[0];
    if (MAY_IMPORT[part] && !target.startsWith('..') && !MAY_IMPORT[part].includes(into)) say(`imports ${into}/: ${part}/ may not`);
    if (part === 'features' && into === 'features' && target.split('/')[1] !== name.split('/')[1]) say('imports another feature: only app/ mixes them');
  }
  if (part === 'sync' && /\b(document|window|localStorage)\./.test(code)) say('touches the page: sync/ runs without one');
  if (name !== 'protocol/api.ts' && !name.startsWith('i18n/') && code.split('\n').length > LINES_MAX) say(`has more than ${LINES_MAX} lines`);
}

const lock = readFileSync(join(root, 'package-lock.json'), 'utf8');
if (lock.includes('"resolved"')) problems.push('package-lock.json: names where packages came from; install with omit-lockfile-registry-resolved');

for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exit(1);
console.log('lint: clean');
