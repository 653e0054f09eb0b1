// `; run:` lines: `@f(1, -0.0) == 3`, `@f() == 1, 2`, `@f() == ()` for no results, `@f(1) traps division_by_zero`.
// Arguments and results are written as immediates are; results compare bit for bit, any NaN being `nan`.
import {
  formatFloat,
  parseFloatText,
  parseIntText,
  type MirFunction,
  type MirModule,
  type MirType,
} from "../../src/ir/mir/index.ts";
import type { MirValue } from "../../src/interp/index.ts";

/** What a call did, as text that is equal if and only if the outcomes are. */
export type Outcome = string;

export interface RunLine {
  readonly fn: MirFunction;
  readonly args: readonly MirValue[];
  readonly expected: Outcome;
}

/** Reads a directive; throws `SyntaxError` with the reason if it is none. */
export function readRun(text: string, module: MirModule): RunLine {
  const match = /^@(?:"([^"]*)"|([^\s(]+))\((.*?)\)\s*(?:==\s*(.+)|traps\s+(\w+))$/.exec(text);
  if (match === null)
    throw new SyntaxError(`not of the form \`@f(1) == 2\` or \`@f(1) traps code\``);
  const symbol = match[1] ?? match[2];
  const fn = module.functions.find((each) => each.symbol === symbol);
  if (fn === undefined) throw new SyntaxError(`@${symbol ?? ""} is not a function of the file`);
  const { params, results } = fn.signature;
  const args = readValues(match[3] ?? "", params);
  const trap = match[5];
  if (trap !== undefined) return { fn, args, expected: trapped(trap) };
  const shown = match[4] ?? "";
  const expected = returned(readValues(shown === "()" ? "" : shown, results), fn);
  return { fn, args, expected };
}

export function trapped(code: string): Outcome {
  return `traps ${code}`;
}

export function returned(values: readonly MirValue[], fn: MirFunction): Outcome {
  const { results } = fn.signature;
  if (values.length !== results.length) return `== ${values.length} values`;
  const texts = results.map((type, index) => formatValue(values[index] ?? 0, type));
  return `== ${texts.length === 0 ? "()" : texts.join(", ")}`;
}

function formatValue(value: MirValue, type: MirType): string {
  if (type === "f32" || type === "f64") return formatFloat(Number(value), type);
  return String(value);
}

function readValues(text: string, types: readonly MirType[]): MirValue[] {
  const parts = text.trim() === "" ? [] : text.split(",").map((part) => part.trim());
  if (parts.length !== types.length) {
    throw new SyntaxError(`${types.length} values are needed, found ${parts.length}`);
  }
  return types.map((type, index) => readValue(parts[index] ?? "", type));
}

const floatWords: Readonly<Record<string, number>> = {
  inf: Infinity,
  "-inf": -Infinity,
  nan: Number.NaN,
};

function readValue(text: string, type: MirType): MirValue {
  if (type === "f32" || type === "f64") {
    const value = floatWords[text] ?? parseFloatText(text, type);
    if (value === undefined) throw new SyntaxError(`\`${text}\` is not a float`);
    return value;
  }
  const value = parseIntText(text);
  const narrow = type === "i32" || type === "ref";
  const width = narrow ? 32 : 64;
  if (value === undefined) throw new SyntaxError(`\`${text}\` is not an integer`);
  const bits = BigInt.asIntN(width, value);
  if (bits !== value && !(text.startsWith("0x") && value < 1n << BigInt(width))) {
    throw new SyntaxError(`\`${text}\` does not fit ${type}`);
  }
  return narrow ? Number(bits) : bits;
}
