// Fails when the loader or the app is heavier than promised (gzip, bytes on the wire).
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const dist = fileURLToPath(new URL("../dist", import.meta.url));
const size = (path) => statSync(path).size;
const budgets = [
  { name: "loader", limit: 4_000, files: [join(dist, "loader.js.gz")] },
  {
    name: "app",
    limit: 45_000,
    files: readdirSync(join(dist, "app"), { recursive: true })
      .filter((name) => /\.(js|css|html)\.gz$/.test(name))
      .map((name) => join(dist, "app", name)),
  },
];
let failed = false;
for (const { name, limit, files } of budgets) {
  const bytes = files.reduce((sum, file) => sum + size(file), 0);
  const over = bytes > limit;
  failed ||= over;
  console.log(`${over ? "OVER" : "ok  "} ${name}: ${bytes} of ${limit} bytes gzip`);
}
process.exit(failed ? 1 : 0);
