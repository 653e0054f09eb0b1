// Finds where the hole of an interpolated text ends and splits off its format spec.
//
// A `{` opens a hole only if a matching `}` follows on the same line with what could be an expression in between;
// otherwise it is literal. Scans are remembered per offset and level, and all of them together may take a number of steps
// that is linear in the length of the source: past it every brace is literal and `exhausted` says so.

import { isLetter, wordEnd } from "./words.ts";

/** How deep texts with holes may nest in holes. */
export const maxTextLevel = 8;
const maxBrackets = 32;
const stepsPerCharacter = 32;
const leastSteps = 10_000;

export interface Hole {
  /** Offset of the closing brace. */
  readonly end: number;
  /** Offset of the colon before the format spec, or -1. */
  readonly specColon: number;
}

const operandWords = new Set(["and", "or", "not", "in", "is", "xor", "return"]);
const branchWords = new Set(["if", "elif", "else", "match"]);
const operatorCharacters = new Set("+-*/%<>=&|^!?:,~.@");
const specPattern = /^(?:[^\n][<>^=])?[<>^=+\- #0-9,_.bcdeEfFgGnosxX%]*$/u;

/** One scan of a hole; `stop` is the end of the line or of the enclosing source range. */
interface Scan {
  readonly stop: number;
  readonly level: number;
  readonly triple: boolean;
  at: number;
  depth: number;
  /** Whether an operand may come next. */
  operand: boolean;
  sawBranch: boolean;
  previousWord: string;
  colon: number;
  /** Colons at the top level that no `if`, `else` or lambda claims. */
  spareColons: number;
}

export class HoleFinder {
  readonly #text: string;
  readonly #holes = new Map<number, Hole | null>();
  readonly #quotes = new Map<number, number>();
  #steps: number;

  /** `length` is that of the source range that will be asked about. */
  constructor(text: string, length: number) {
    this.#text = text;
    this.#steps = leastSteps + stepsPerCharacter * length;
  }

  get exhausted(): boolean {
    return this.#steps < 0;
  }

  /** The hole whose first character after the brace is at `start`, or null when the brace is literal. */
  find(
    start: number,
    stop: number,
    { level, triple }: { level: number; triple: boolean },
  ): Hole | null {
    const key = start * 16 + level;
    const known = this.#holes.get(key);
    if (known !== undefined) return known;
    const hole = this.#scan({
      stop, level, triple, at: start, depth: 0, operand: true, sawBranch: false,
      previousWord: "", colon: -1, spareColons: 0,
    }); // prettier-ignore
    // A hole outside of others is asked for once if it is one.
    if (level > 0 || hole === null) this.#holes.set(key, hole);
    return hole;
  }

  #scan(scan: Scan): Hole | null {
    const text = this.#text;
    const start = scan.at;
    while (scan.at < scan.stop) {
      const character = text.charAt(scan.at);
      this.#steps -= 1;
      if (character === "\n" || this.#steps < 0) return null;
      if (character === "}" && scan.depth === 0) return this.#finish(scan, start);
      if (!this.#step(scan, character)) return null;
    }
    return null;
  }

  #finish(scan: Scan, start: number): Hole {
    const end = scan.at;
    const spec = this.#text.slice(scan.colon + 1, end);
    const isSpec =
      scan.colon > start && scan.spareColons > 0 && spec !== "" && specPattern.test(spec);
    return { end, specColon: isSpec ? scan.colon : -1 };
  }

  /** Takes one character, word or nested text; false when the brace turns out to be literal. */
  #step(scan: Scan, character: string): boolean {
    switch (character) {
      case " ":
      case "\t":
      case "\r":
        scan.at += 1;
        return true;
      case "(":
      case "[":
      case "{":
        scan.depth += 1;
        scan.operand = true;
        scan.at += 1;
        return scan.depth <= maxBrackets;
      case ")":
      case "]":
      case "}":
        scan.depth -= 1;
        scan.operand = false;
        scan.at += 1;
        return scan.depth >= 0;
      case '"':
      case "'":
        return this.#nestedText(scan, character);
      case "\\":
        return this.#backslash(scan);
      default:
        this.#plain(scan, character);
        return true;
    }
  }

  #plain(scan: Scan, character: string): void {
    if (isLetter(character)) {
      this.#word(scan);
      return;
    }
    if (character === ":" && scan.depth === 0) {
      scan.colon = scan.at;
      scan.spareColons += 1;
    }
    scan.operand = operatorCharacters.has(character);
    scan.at += 1;
  }

  #word(scan: Scan): void {
    const end = wordEnd(this.#text, scan.at, this.#text.length);
    const found = this.#text.slice(scan.at, end);
    scan.at = Math.min(scan.stop, scan.at + found.length);
    const quoteNext = this.#text.charAt(scan.at) === '"';
    const isPrefix = quoteNext && (found === "f" || found === "r");
    const isBranch = branchWords.has(found);
    scan.operand = isPrefix || isBranch || operandWords.has(found);
    if (isBranch) scan.sawBranch = true;
    // `else if` has one colon for its two words.
    const claimsColon =
      found === "if" ? scan.previousWord !== "else" : isBranch && found !== "match";
    if (claimsColon && scan.depth === 0) scan.spareColons -= 1;
    scan.previousWord = found;
  }

  #backslash(scan: Scan): boolean {
    if (this.#text.charAt(scan.at + 1) === '"') return this.#nestedText(scan, '\\"');
    const doubled = this.#text.charAt(scan.at + 1) === "\\";
    if (scan.depth === 0) scan.spareColons -= 1;
    scan.operand = true;
    scan.at += doubled ? 2 : 1;
    return true;
  }

  #nestedText(scan: Scan, quote: string): boolean {
    if (scan.depth === 0 && !scan.operand && !scan.sawBranch) return false;
    if (scan.triple && this.#text.startsWith('"""', scan.at)) return false;
    const end = this.#textEnd(scan, quote);
    if (end < 0) return false;
    scan.at = end;
    scan.operand = false;
    return true;
  }

  /** Offset after the nested text that starts at `scan.at`, or -1 if the line ends first. */
  #textEnd(scan: Scan, quote: string): number {
    const key = scan.at * 16 + scan.level;
    const known = this.#quotes.get(key);
    if (known !== undefined) return known;
    const end = this.#scanText(scan, quote);
    this.#quotes.set(key, end);
    return end;
  }

  #scanText(scan: Scan, quote: string): number {
    const text = this.#text;
    let at = scan.at + quote.length;
    while (at < scan.stop) {
      const character = text.charAt(at);
      this.#steps -= 1;
      if (character === "\n" || this.#steps < 0) return -1;
      if (text.startsWith(quote, at)) return at + quote.length;
      if (character === "\\" && quote !== '\\"') {
        at += 2;
      } else if (character === "{" && quote === '"' && scan.level < maxTextLevel) {
        const inner = text.charAt(at + 1) === "{" ? null : this.#innerHole(at + 1, scan);
        at = inner === null ? at + 1 : inner.end + 1;
      } else {
        at += 1;
      }
    }
    return -1;
  }

  #innerHole(start: number, scan: Scan): Hole | null {
    const first = this.#text.charAt(start);
    if (first === '"' || first === "'" || first === "\\") return null;
    return this.find(start, scan.stop, { level: scan.level + 1, triple: scan.triple });
  }
}
