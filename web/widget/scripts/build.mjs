// Builds dist/: the loader (one script), the app (page and hashed assets), the demo shops; then .br and .gz beside each file.
import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build } from "vite";
import { outdoor } from "../demo-shop/outdoor.mjs";
import { page } from "../demo-shop/page.mjs";
import { tea } from "../demo-shop/tea.mjs";

const here = fileURLToPath(new URL("..", import.meta.url));
const dist = join(here, "dist");
process.chdir(here);
await rm(dist, { recursive: true, force: true });
await mkdir(dist, { recursive: true });

await build({ configFile: join(here, "vite.app.config.ts"), logLevel: "warn" });
await build({
  configFile: false,
  logLevel: "warn",
  publicDir: false,
  build: {
    outDir: dist,
    emptyOutDir: false,
    target: ["es2020"],
    reportCompressedSize: false,
    lib: { entry: join(here, "src/loader/loader.ts"), formats: ["iife"], name: "plugboardLoader", fileName: () => "loader.js" },
  },
});
const shopDir = join(dist, "demo-shop");
await mkdir(shopDir, { recursive: true });
for (const shop of [tea, outdoor]) await writeFile(join(shopDir, shop.file), page(shop));
for (const name of ["shop.css", "shop.js", "tea.svg", "outdoor.svg"]) await cp(join(here, "demo-shop", name), join(shopDir, name));

/** Pages with something for the server to fill in are compressed by nobody. */
const isTemplate = (path, text) => path.endsWith(".html") && text.includes("{{");

for (const entry of await readdir(dist, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile()) continue;
  const path = join(entry.parentPath ?? entry.path, entry.name);
  const bytes = await readFile(path);
  if (isTemplate(path, bytes.toString())) continue;
  await writeFile(`${path}.gz`, gzipSync(bytes, { level: 9 }));
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
  await writeFile(`${path}.br`, brotliCompressSync(bytes, { params }));
}
