// Values of JavaScript as arguments and results of native functions, by the types that LLVM has for them.
import type { LlvmFunctionPart, LlvmParameter } from "../codegen/llvm/index.ts";
import { shown } from "./checks.ts";
import { JitError } from "./error.ts";

/**
 * What a pointer may be made of: a text becomes UTF-8 with a zero behind it, for the time of the call; the bytes of an array
 * are used in place; numbers are addresses.
 */
export type PointerValue = string | ArrayBufferView | bigint | number | null;
/** An argument of a native function. */
export type JitArgument = number | bigint | boolean | PointerValue;
/** A result: `i64` and pointers are bigints, `i1` is a boolean, `void` is undefined. Integers are signed unless LLVM says otherwise. */
export type JitResult = number | bigint | boolean | undefined;

interface Passing {
  /** The type's name in C, for the foreign function interface. */
  readonly type: string;
  readonly toNative: (value: JitArgument) => unknown;
  readonly toJs: (value: unknown) => JitResult;
}

/** Why a value is no argument. Not a `RangeError`: that is what JavaScript throws when its stack is full. */
class Unfit extends Error {}

/** How a function is called. */
export interface Signature {
  readonly result: string;
  readonly parameters: readonly string[];
  /** Throws `JitError` if the arguments do not fit. */
  readonly toNative: (args: readonly JitArgument[]) => unknown[];
  readonly toJs: (value: unknown) => JitResult;
}

/** The signature as LLVM writes it: `i64 fib(i64)`. */
export function describeSignature({
  name,
  result,
  parameters,
  variadic,
}: LlvmFunctionPart): string {
  const types = parameters.map(describeType);
  return `${describeType(result)} ${name}(${[...types, ...(variadic ? ["..."] : [])].join(", ")})`;
}

/** A type as LLVM writes it. */
export function describeType({ type }: LlvmParameter): string {
  switch (type.kind) {
    case "integer":
      return `i${type.bits}`;
    case "pointer":
      return "ptr";
    case "other":
      return type.text;
    case "void":
    case "float":
    case "double":
      return type.kind;
  }
}

/** How to call a function from JavaScript. Throws `JitError` if that cannot be done. */
export function signatureOf(part: LlvmFunctionPart): Signature {
  const { name, parameters, variadic } = part;
  if (variadic) {
    throw new JitError(
      `\`${name}\` takes any number of arguments, and cannot be called from here`,
      "call it in a function of the module that takes a fixed number",
    );
  }
  const result = passing(part.result, name);
  const passed = parameters.map((parameter) => passing(parameter, name));
  const shown = describeSignature(part);
  return {
    result: result.type,
    parameters: passed.map(({ type }) => type),
    toJs: result.toJs,
    toNative: (args) => {
      if (args.length !== passed.length) {
        throw new JitError(
          `\`${name}\` takes ${count(passed.length)}, found ${args.length}`,
          `it is \`${shown}\``,
        );
      }
      return passed.map(({ toNative }, i) => {
        try {
          return toNative(args[i] ?? null);
        } catch (error) {
          if (!(error instanceof Unfit)) throw error;
          throw new JitError(
            `argument ${i + 1} of \`${name}\` ${error.message}`,
            `it is \`${shown}\``,
          );
        }
      });
    },
  };
}

function count(parameters: number): string {
  return parameters === 1 ? "1 argument" : `${parameters} arguments`;
}

function passing(parameter: LlvmParameter, name: string): Passing {
  const { type, extension, indirect } = parameter;
  if (indirect) {
    const help = "pass a pointer to it in a function of the module";
    throw new JitError(`\`${name}\` takes or returns a struct by value`, help);
  }
  switch (type.kind) {
    case "void":
      return { type: "void", toNative: () => undefined, toJs: () => undefined };
    case "float":
    case "double":
      return { type: type.kind, toNative: toFloat, toJs: Number };
    case "pointer":
      return { type: "void *", toNative: toPointer, toJs: toAddress };
    case "integer": {
      const integer = integerPassing(type.bits, extension === "zero");
      if (integer !== undefined) return integer;
      break;
    }
    case "other":
  }
  throw new JitError(
    `\`${name}\` takes or returns ${describeType(parameter)}, which cannot be passed from here`,
    "i1, i8, i16, i32, i64, float, double and pointers can",
  );
}

function integerPassing(bits: number, unsigned: boolean): Passing | undefined {
  if (bits === 1) {
    return { type: "bool", toNative: (value) => Number(toInteger(value, 1)) !== 0, toJs: Boolean };
  }
  if (![8, 16, 32, 64].includes(bits)) return undefined;
  const type = `${unsigned ? "u" : ""}int${bits}_t`;
  const wrap = (integer: bigint): bigint =>
    unsigned ? BigInt.asUintN(bits, integer) : BigInt.asIntN(bits, integer);
  if (bits === 64) {
    return {
      type,
      // A number that is exact is as good as a bigint, and faster.
      toNative: (value) =>
        typeof value === "number" && Number.isSafeInteger(value) && (value >= 0 || !unsigned)
          ? value
          : wrap(BigInt(toInteger(value, 64))),
      toJs: (value) => (typeof value === "bigint" ? value : BigInt(Number(value))),
    };
  }
  const [least, most] = unsigned ? [0, 2 ** bits - 1] : [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1];
  return {
    type,
    toNative: (value) =>
      typeof value === "number" && Number.isInteger(value) && value >= least && value <= most
        ? value
        : Number(wrap(BigInt(toInteger(value, bits)))),
    toJs: Number,
  };
}

/** An integer that fits, signed or unsigned. */
function toInteger(value: JitArgument, bits: number): number | bigint {
  if (typeof value === "boolean") return value ? 1 : 0;
  if (typeof value === "number" && !Number.isInteger(value)) {
    throw new Unfit(`must be an integer, found ${value}`);
  }
  if (typeof value !== "number" && typeof value !== "bigint") {
    throw new Unfit(`must be an integer, found ${kindOf(value)}`);
  }
  // Both bounds are powers of two, so that a number compares exactly.
  if (value < -(2 ** (bits - 1)) || value >= 2 ** bits) {
    throw new Unfit(`must fit i${bits}, found ${value}`);
  }
  return value;
}

function toFloat(value: JitArgument): number {
  if (typeof value === "number" || typeof value === "bigint") return Number(value);
  throw new Unfit(`must be a number, found ${kindOf(value)}`);
}

const utf8 = new TextEncoder();

function toPointer(value: JitArgument): unknown {
  if (value === null) return null;
  if (typeof value === "string") return utf8.encode(`${value}\0`);
  if (ArrayBuffer.isView(value)) return value;
  if (typeof value === "bigint" && value >= 0n && value < 2n ** 64n) return value;
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return BigInt(value);
  throw new Unfit(`must be a text, an array of bytes, an address or null, found ${kindOf(value)}`);
}

function toAddress(value: unknown): bigint {
  return typeof value === "bigint" || typeof value === "number" ? BigInt(value) : 0n;
}

function kindOf(value: JitArgument): string {
  return ArrayBuffer.isView(value) ? "an array of bytes" : shown(value);
}

/** What must be known of a function to read its arguments. */
export interface ArgumentTypes {
  readonly name: string;
  readonly signature: string;
  /** As LLVM writes them. */
  readonly parameters: readonly string[];
}

/** Reads an argument as it is written on a command line, by the type of its parameter. Throws `JitError`. */
export function parseArgument(text: string, of: ArgumentTypes, index: number): JitArgument {
  const type = of.parameters[index] ?? "ptr";
  const trimmed = text.trim();
  if (type.startsWith("i")) {
    if (trimmed === "true" || trimmed === "false") return trimmed === "true";
    const match = /^([+-]?)(\d+|0x[\da-f]+|0b[01]+)$/i.exec(trimmed);
    if (match !== null) return BigInt(match[2] ?? 0) * (match[1] === "-" ? -1n : 1n);
  } else if (type === "float" || type === "double") {
    const number = /^[+-]?inf(inity)?$/i.test(trimmed)
      ? Number(`${trimmed.startsWith("-") ? "-" : ""}Infinity`)
      : Number(trimmed);
    if (trimmed !== "" && (!Number.isNaN(number) || /^nan$/i.test(trimmed))) return number;
  } else return text;
  throw new JitError(
    `argument ${index + 1} of \`${of.name}\` must be ${type}, found \`${text.slice(0, 40)}\``,
    `it is \`${of.signature}\``,
  );
}
