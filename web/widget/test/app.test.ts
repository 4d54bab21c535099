import { describe, expect, test } from "vitest";
import { contrast, palette, parse } from "../src/app/color.ts";
import { isEmojiOnly, languageOf, linked } from "../src/app/text.tsx";
import { en } from "../src/i18n/en.ts";
import { zh } from "../src/i18n/zh.ts";

/** The nodes of a text, links as [address]. */
const nodes = (text: string) =>
  linked(text).map((node) => (typeof node === "string" ? node : `[${(node as { props: { href: string } }).props.href}]`));

describe("text", () => {
  test.each([
    ["see https://a.example/x.", ["see ", "[https://a.example/x]", "."]],
    ["物流：https://a.example/追踪。谢谢", ["物流：", "[https://a.example/]", "追踪。谢谢"]],
    ["(https://a.example/a_(b))", ["(", "[https://a.example/a_(b)]", ")"]],
    ["write to me@shop.example now", ["write to ", "[mailto:me@shop.example]", " now"]],
    ["javascript:alert(1) data:text/html,x", ["javascript:alert(1) data:text/html,x"]],
    ["<img src=x onerror=alert(1)>", ["<img src=x onerror=alert(1)>"]],
    ["https://a.example/?q=<b>", ["[https://a.example/?q=]", "<b>"]],
  ])("%s", (text, expected) => expect(nodes(text)).toEqual(expected));

  test("languages and emoji are recognised", () => {
    expect(languageOf("你好 hello")).toBe("zh-CN");
    expect(languageOf("12345")).toBeUndefined();
    expect(isEmojiOnly("👍")).toBe(true);
    expect(isEmojiOnly("❤️🙏🏽")).toBe(true);
    expect(isEmojiOnly("12")).toBe(false);
    expect(isEmojiOnly("👍 ok")).toBe(false);
  });
});

test("every accent colour can be read: as a surface, as text on light and on dark ground", () => {
  for (const color of ["#ffffff", "#000000", "#ffeb3b", "#1f6f5c", "#ff6600", "#7f7f7f", "#00ff00", "#2962ff", "not a colour"]) {
    const { accent, onAccent, textOnLight, textOnDark } = palette(color);
    const of = (value: string) => parse(value)!;
    expect(contrast(of(accent), of(onAccent))).toBeGreaterThanOrEqual(4.5);
    expect(contrast(of(textOnLight), of("#f3f4f7"))).toBeGreaterThanOrEqual(4.5);
    expect(contrast(of(textOnDark), of("#262c38"))).toBeGreaterThanOrEqual(4.5);
  }
});

test("both dictionaries speak of the same things", () => {
  expect(Object.keys(zh)).toEqual(Object.keys(en));
  expect(Object.keys(zh.reasons)).toEqual(Object.keys(en.reasons));
});
