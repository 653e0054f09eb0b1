// The characters of names. Patterns for characters beyond ASCII are made where they are first needed: to compile one takes
// longer than to analyse a small program.

import { isDigit } from "./number.ts";

const underscore = 95;

/** Whether a code unit is a letter of ASCII or an underscore. */
export function isWordStart(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code === underscore;
}

/** Whether a character can begin a name: any letter, or an underscore. */
export function isLetter(character: string): boolean {
  const code = character.charCodeAt(0);
  return code < 128 ? isWordStart(code) : /\p{L}/u.test(character);
}

/** Whether a character, of any plane, can be part of a name. */
export function isWordCharacter(character: string): boolean {
  return /[\p{L}\p{M}\p{N}_]/u.test(character);
}

/** Offset after the characters of a name from `at`, at most a character behind `limit`. */
export function wordEnd(text: string, at: number, limit: number): number {
  let end = at;
  for (; end < limit; end += 1) {
    const part = text.charCodeAt(end);
    if (isWordStart(part) || isDigit(part)) continue;
    if (part < 128 || !isWordCharacter(String.fromCodePoint(text.codePointAt(end) ?? 0))) break;
    if (part >= 0xd800 && part <= 0xdbff) end += 1;
  }
  return end;
}
