// Calls of functions by name, from outside of the program: arguments and results as texts.
//
// A function's types stand in the key of its slot: `area.f64 (f64) -> text @1` for a function `area` that may be replaced. Other functions, and
// objects as arguments, are for pieces of source.
import {
  canonicalInt,
  displayBool,
  displayF32,
  displayF64,
  type ObjectDisplay,
} from "../runtime/index.ts";
import type { PlacedCode } from "./code.ts";

/** A value of wasm's JavaScript interface. */
export type WasmValue = number | bigint;

/** A function cannot be called, or not with these arguments. */
export class CallError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "CallError";
  }
}

/** Code in a slot, with what it goes by. */
export interface Callable {
  readonly symbol: string;
  readonly key: string;
  readonly code: PlacedCode;
}

/** A function as its declaration has it. */
interface Declared {
  readonly name: string;
  readonly params: readonly string[];
  readonly result: string;
}

/** Null for functions that go by what they do. */
function declaredAs({ symbol, key }: Omit<Callable, "code">): Declared | null {
  const [, inside, result] = /^ \((.*)\) -> (.+?)(?: @\d+)?$/.exec(key.slice(symbol.length)) ?? [];
  if (inside === undefined || result === undefined) return null;
  const params = splitTypes(inside);
  const types = params.map((type) => `.${type}`).join("");
  if (!symbol.endsWith(types)) return null;
  return { name: symbol.slice(0, symbol.length - types.length), params, result };
}

/** Types between commas; some have commas of their own, in brackets. */
function splitTypes(text: string): string[] {
  const types: string[] = [];
  let depth = 0;
  let start = 0;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at] ?? "";
    if ("([{<".includes(character)) depth += 1;
    else if (")]}>".includes(character)) depth -= 1;
    else if (character === "," && depth === 0) {
      types.push(text.slice(start, at).trim());
      start = at + 1;
    }
  }
  const last = text.slice(start).trim();
  return last === "" ? types : [...types, last];
}

/** What a function is called where it is declared; its symbol if it goes by what it does. */
export function displayName(slot: Omit<Callable, "code">): string {
  return declaredAs(slot)?.name ?? slot.symbol;
}

/** A function with the arguments that it takes. */
export interface PreparedCall {
  readonly code: PlacedCode;
  readonly args: readonly WasmValue[];
  readonly result: string;
}

/** The newest function of the name that takes the arguments. Throws `CallError`. */
export function prepareCall(
  slots: Iterable<Callable>,
  name: string,
  texts: readonly string[],
): PreparedCall {
  let problem = new CallError(`there is no function \`${name}\``);
  for (const slot of [...slots].toReversed()) {
    const declared = declaredAs(slot);
    if (declared?.name !== name) continue;
    try {
      const args = parseArguments(name, declared.params, texts);
      return { code: slot.code, args, result: declared.result };
    } catch (error) {
      if (!(error instanceof CallError)) throw error;
      problem = error;
    }
  }
  throw problem;
}

const integers: Readonly<Record<string, readonly [least: bigint, most: bigint]>> = {
  i8: [-(2n ** 7n), 2n ** 7n - 1n],
  i16: [-(2n ** 15n), 2n ** 15n - 1n],
  i32: [-(2n ** 31n), 2n ** 31n - 1n],
  i64: [-(2n ** 63n), 2n ** 63n - 1n],
  u8: [0n, 2n ** 8n - 1n],
  u16: [0n, 2n ** 16n - 1n],
  u32: [0n, 2n ** 32n - 1n],
  u64: [0n, 2n ** 64n - 1n],
};

function parseArguments(
  name: string,
  params: readonly string[],
  texts: readonly string[],
): WasmValue[] {
  if (params.length !== texts.length)
    throw new CallError(
      `\`${name}\` takes ${params.length} argument${params.length === 1 ? "" : "s"}, found ${texts.length}`,
    );
  return params.map((type, index) => parseValue(type, texts[index] ?? "", name));
}

function parseValue(type: string, text: string, name: string): WasmValue {
  const wrong = new CallError(`found \`${text}\`, \`${name}\` takes \`${type}\` there`);
  const range = integers[type];
  if (range !== undefined) {
    if (!/^[-+]?\d{1,20}$/.test(text)) throw wrong;
    const value = BigInt(text);
    if (value < range[0] || value > range[1]) throw wrong;
    return type.endsWith("64") ? BigInt.asIntN(64, value) : Number(value);
  }
  switch (type) {
    case "f64":
    case "f32": {
      const value = text.trim() === "" ? Number.NaN : Number(text);
      if (Number.isNaN(value) && text !== "nan") throw wrong;
      return value;
    }
    case "bool":
      if (text !== "true" && text !== "false") throw wrong;
      return text === "true" ? 1 : 0;
    default:
      throw new CallError(
        `\`${name}\` takes \`${type}\`; evaluate the call: only numbers and bools can be given`,
      );
  }
}

/** How messages show a result of a type; null for none. */
export function showResult(
  type: string,
  value: WasmValue | undefined,
  { display }: { readonly display: ObjectDisplay },
): string | null {
  if (value === undefined) return null;
  switch (type) {
    case "bool":
      return displayBool(Number(value) !== 0);
    case "f64":
      return displayF64(Number(value));
    case "f32":
      return displayF32(Number(value));
    case "u64":
      return BigInt.asUintN(64, BigInt(value)).toString();
    case "u32":
      return String(Number(value) >>> 0);
    default:
      if (type in integers) return String(value);
      return typeof value === "bigint"
        ? display.any(canonicalInt(value))
        : display.ref(Number(value) >>> 0);
  }
}
