import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

/** The app in the frame. Its addresses are absolute, since `/chat/ID` serves the same page. */
export default defineConfig({
  root: fileURLToPath(new URL("src/app", import.meta.url)),
  base: "/widget/v1/app/",
  publicDir: false,
  build: {
    outDir: "../../dist/app",
    emptyOutDir: true,
    target: ["es2022", "chrome105", "safari16.4", "firefox121"],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    cssCodeSplit: false,
    reportCompressedSize: false,
  },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
});
