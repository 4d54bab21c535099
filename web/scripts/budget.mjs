// Bytes that a browser loads, against what was agreed. Run after a build.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const dist = fileURLToPath(new URL('../dist/agent/', import.meta.url));
const INITIAL_MAX_KB = 120;
const CHUNK_MAX_KB = 130;
/** The page of rules has an editor for code. */
const EDITOR_MAX_KB = 220;

const gz = (name) => gzipSync(readFileSync(dist + name), { level: 9 }).length / 1024;
const html = readFileSync(`${dist}index.html`, 'utf8');
const first = [...html.matchAll(/(?:src|href)="\/(assets\/[^"]+)"/g)].map((it) => it[1]);
const assets = readdirSync(`${dist}assets`).filter((it) => /\.(js|css)$/.test(it)).map((it) => `assets/${it}`);
// One language is always part of the first load: count the larger one.
const languages = assets.filter((it) => /assets\/(zh|en)-/.test(it)).sort((a, b) => gz(b) - gz(a));
const initial = ['index.html', ...first, languages[0]];
const total = initial.reduce((sum, it) => sum + gz(it), 0);

let failed = total > INITIAL_MAX_KB;
console.log(`initial route ${total.toFixed(1)} KB gz (budget ${INITIAL_MAX_KB})  ${failed ? 'TOO LARGE' : 'ok'}`);
for (const it of initial) console.log(`    ${gz(it).toFixed(1).padStart(6)}  ${it}`);
for (const it of assets.filter((it) => !initial.includes(it) && it.endsWith('.js'))) {
  const size = gz(it);
  const budget = /assets\/CodeEditor-/.test(it) ? EDITOR_MAX_KB : CHUNK_MAX_KB;
  const bad = size > budget;
  failed ||= bad;
  console.log(`lazy  ${size.toFixed(1).padStart(6)} KB gz (budget ${budget})  ${it}${bad ? '  TOO LARGE' : ''}`);
}
process.exit(failed ? 1 : 0);
