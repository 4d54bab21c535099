import { createContext } from "preact";
import { useContext } from "preact/hooks";
import { en, type Dictionary } from "./en.ts";
import { zh } from "./zh.ts";

export type { Dictionary };

/** The dictionary for a language tag; English when there is none for it. */
export function dictionary(tag: string | null | undefined): Dictionary {
  return /^zh/i.test(tag ?? "") ? zh : en;
}

export const Words = createContext<Dictionary>(en);
export const useWords = (): Dictionary => useContext(Words);
