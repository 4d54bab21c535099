import { defineConfig } from "vitest/config";

export default defineConfig({
  test: { include: ["test/*.test.ts"], environment: "node" },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
});
