// Host functions for the runtime library alone: what needs the host's Unicode tables or exact decimals, and the errors of
// operations on values whose types are known at run time only.
import { anyKind, anyOfF64 } from "./any.ts";
import { ProgramError } from "./errors.ts";
import { canonicalInt, type IntValue } from "./int.ts";
import type { MemoryViews } from "./memory.ts";
import type { ObjectLayout } from "./object-display.ts";
import { firstProgramType, typeIds } from "./object-layout.ts";
import { decodeUtf8, encodeUtf8, measureUtf8 } from "../base/index.ts";

/** What the numbers of operations mean in messages; the first six are those of `rt_any_arithmetic`. */
const operations = [
  "`+` does not work on",
  "`-` does not work on",
  "`*` does not work on",
  "`/` does not work on",
  "`%` does not work on",
  "`**` does not work on",
  "there is no order between",
  "`-` does not work on",
  "expected a number, found",
  "cannot index",
  "cannot store in",
  "there is no length of",
] as const;

/** Operations that have one operand. */
const single: ReadonlySet<number> = new Set([7, 8, 11]);
const joints: ReadonlyMap<number, string> = new Map([
  [9, "with"],
  [10, "a value of type"],
]);

const floatText = /^[+-]?(?:\d+(?:_\d+)*\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const specialFloats: ReadonlyMap<string, number> = new Map([
  ["inf", Number.POSITIVE_INFINITY],
  ["+inf", Number.POSITIVE_INFINITY],
  ["-inf", Number.NEGATIVE_INFINITY],
  ["nan", Number.NaN],
]);

/** A whole text as a float, or null: decimal digits with a point and an exponent, `inf`, `nan`. */
export function parseFloatText(text: string): number | null {
  if (floatText.test(text)) return Number(text.replaceAll("_", ""));
  return specialFloats.get(text.toLowerCase()) ?? null;
}

const builtinNames: ReadonlyMap<number, string> = new Map(
  Object.entries(typeIds).map(([name, id]) => [id, nameOfBuiltin(name)]),
);

function nameOfBuiltin(name: string): string {
  const [kind, detail = ""] = name.split("_");
  if (kind === "box") return detail;
  if (kind === "dict") return "dictionary";
  if (kind === "array") return detail === "ref" || detail === "any" ? "array" : `[${detail}]`;
  return kind === "some" ? "option" : name;
}

/** The type of an `any` value, as messages call it. */
export function typeNameOfAny(
  views: MemoryViews,
  layouts: readonly ObjectLayout[],
  value: IntValue,
): string {
  const kind = anyKind(value);
  if (kind === "int") return "i64";
  if (kind === "float") return "f64";
  if (kind === "bool") return "bool";
  if (value === 0) return "nil";
  const type = (views.i32[Number(value) >>> 2] ?? 0) >>> 0;
  return builtinNames.get(type) ?? layouts[type - firstProgramType]?.name ?? "object";
}

/** The host functions that only the library calls. */
export function libraryHost(memory: MemoryViews, layouts: readonly ObjectLayout[]) {
  let changed = "";
  const read = (address: number, length: number): string => {
    memory.refresh();
    const start = address >>> 0;
    return decodeUtf8(memory.u8, start, start + (length >>> 0));
  };
  return {
    rt_case_size: (address: number, length: number, upper: number): number => {
      const text = read(address, length);
      changed = upper === 1 ? text.toUpperCase() : text.toLowerCase();
      return measureUtf8(changed).bytes;
    },
    rt_case_take: (address: number): undefined => {
      encodeUtf8(changed, memory.u8, address >>> 0);
      changed = "";
    },
    rt_parse_float: (address: number, length: number): bigint => {
      const value = parseFloatText(read(address, length));
      return value === null ? 0n : BigInt(anyOfF64(value));
    },
    rt_operand_error: (operation: number, left: IntValue, right: IntValue): undefined => {
      memory.refresh();
      const name = (value: IntValue): string =>
        `\`${typeNameOfAny(memory, layouts, canonicalInt(BigInt(value)))}\``;
      const joint = joints.get(operation) ?? "and";
      const operands = single.has(operation) ? name(left) : `${name(left)} ${joint} ${name(right)}`;
      throw new ProgramError("fail", `${operations[operation] ?? "bad operands:"} ${operands}`);
    },
  };
}
