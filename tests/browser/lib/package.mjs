// Packages of plugins, as an author would upload them: what `make plugins` built, under another name or with other wishes.
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const dist = fileURLToPath(new URL("../../../plugins/dist/", import.meta.url));
const BLOCK = 512;

/** The files in a package, by name. */
export function unpack(key) {
  const path = `${dist}${key}.plugboard`;
  if (!existsSync(path)) throw new Error(`no ${path}: build it (make plugins)`);
  const tar = readFileSync(path);
  const files = new Map();
  for (let at = 0; at < tar.length && tar[at] !== 0; ) {
    const text = (from, length) => tar.toString("utf8", at + from, at + from + length).replace(/\0[^]*$/, "");
    const size = Number.parseInt(text(124, 12), 8);
    files.set(text(0, 100), tar.subarray(at + BLOCK, at + BLOCK + size));
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
  return files;
}

function pack(files) {
  const blocks = [];
  for (const [name, data] of files) {
    const head = Buffer.alloc(BLOCK);
    head.write(name, 0);
    for (const [at, text] of [[100, "0000644\0"], [108, "0000000\0"], [116, "0000000\0"], [124, `${data.length.toString(8).padStart(11, "0")}\0`], [136, "00000000000\0"], [148, "        "], [156, "0"], [257, "ustar\x0000"]]) head.write(text, at, "latin1");
    head.write(`${head.reduce((sum, byte) => sum + byte, 0).toString(8).padStart(6, "0")}\0 `, 148, "latin1");
    blocks.push(head, data, Buffer.alloc((BLOCK - (data.length % BLOCK)) % BLOCK));
  }
  return Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK)]);
}

/** A section that no machine reads: the same code, and another digest. */
function marked(component, mark) {
  const payload = Buffer.concat([Buffer.from([4]), Buffer.from("mark"), Buffer.from(mark)]);
  return Buffer.concat([component, Buffer.from([0, payload.length]), payload]);
}

/** A package made from a bundled one: `manifest` changes its text, `version` also its code's digest. */
export function repack(key, { version, manifest = (text) => text }) {
  const files = unpack(key);
  const component = marked(files.get("plugin.wasm"), version);
  const digest = createHash("sha256").update(component).digest("hex");
  const text = manifest(files.get("plugin.toml").toString("utf8"))
    .replace(/^version = .*$/m, `version = "${version}"`)
    .replace(/^sha256 = .*$/m, `sha256 = "${digest}"`);
  files.set("plugin.wasm", component);
  files.set("plugin.toml", Buffer.from(text));
  return { name: `${key}-${version}.plugboard`, mimeType: "application/octet-stream", buffer: pack(files) };
}
