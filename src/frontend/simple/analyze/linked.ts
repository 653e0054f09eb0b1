// Functions of native modules that a program declares with `extern fn`. A call pushes the arguments and calls by number:
// `runtime/linked.ts`.
import type { Span } from "../../../base/index.ts";
import type { Expr } from "../../../ir/hir/index.ts";
import {
  encodePassing,
  isDeclarableAs,
  isPassedScalar,
  mostPassedParameters,
  type HostSymbol,
  type LinkedSignature,
  type LinkedType,
  type PassedScalar,
  type Passing,
} from "../../../runtime/index.ts";
import type * as ast from "../ast.ts";
import type { Context } from "./context.ts";
import { resolveType } from "./type-names.ts";
import {
  convert,
  errorValue,
  intConst,
  typed,
  unitValue,
  type Typed,
  type Value,
} from "./value.ts";
import type { SimpleType } from "./simple-type.ts";

/** The number of a linked function; undefined if no native module has one of this name. */
export function linkedNumber({ analysis }: Context, name: string): number | undefined {
  const number = analysis.linked.findIndex((each) => each.name === name);
  return number < 0 ? undefined : number;
}

/** Compares a declaration with the function that it stands for. */
export function checkLinked(
  cx: Context,
  decl: ast.ExternDecl,
  { params, result, origin }: LinkedSignature,
): void {
  const site = { report: cx.report, scope: cx.scope, typeArgs: cx.typeArgs };
  const found = decl.params.map(({ type }) => (type === null ? "i64" : resolveType(site, type)));
  const foundResult = decl.result === null ? "unit" : resolveType(site, decl.result);
  if ([...found, foundResult].includes("error")) return;
  const fits =
    found.length === params.length &&
    params.every((type, i) => fitsParameter(type, found[i] ?? "error")) &&
    isDeclarableAs(result, String(foundResult));
  if (fits) return;
  cx.report.error(
    "type/extern-signature",
    `\`${decl.name.text}\` is \`(${params.join(", ")}) -> ${result}\` in ${origin}, found \`(${found.join(", ")}) -> ${foundResult}\``,
    decl.name.span,
    helpFor({ params, result }, String(foundResult)),
  );
}

function helpFor(
  { params, result }: Pick<LinkedSignature, "params" | "result">,
  found: string,
): string {
  if (result === "ptr" && !isDeclarableAs(result, found))
    return "A pointer that the module returns is declared as `i64`, its address.";
  if (params.includes("ptr")) return pointerHelp;
  return "Declare it as the module has it; integers may be signed or unsigned.";
}

const pointerHelp =
  "A pointer (`ptr`) is declared as `text`, as an array of numbers, as a function of numbers (`fn(f64) -> f64`), or as `i64`, an address.";

function fitsParameter(type: LinkedType, found: SimpleType | "unit" | "error"): boolean {
  if (isDeclarableAs(type, String(found))) return true;
  return type === "ptr" && found !== "unit" && found !== "error" && passingOf(found) !== undefined;
}

/** How an object is given to a native function; undefined if that cannot be done. */
function passingOf(type: SimpleType): Passing | undefined {
  if (typeof type === "string") return undefined;
  if (type.kind === "text") return { kind: "text" };
  if (type.kind === "array") return isPassed(type.element) ? { kind: "array" } : undefined;
  if (type.kind !== "function") return undefined;
  const { params, result } = type;
  if (params.length > mostPassedParameters || !params.every(isPassed)) return undefined;
  return result === "unit" || isPassed(result) ? { kind: "function", params, result } : undefined;
}

function isPassed(type: SimpleType): type is PassedScalar {
  return typeof type === "string" && isPassedScalar(type);
}

/** A call; the arguments have the types of the declaration, and so has the value. */
export function callLinked(
  cx: Context,
  number: number,
  call: {
    readonly args: readonly Typed[];
    readonly result: SimpleType | "unit";
    readonly span: Span;
  },
): Value {
  const { builder } = cx;
  const { args, result, span } = call;
  const host = (
    symbol: HostSymbol,
    type: "i64" | "f64" | "unit",
    ...operands: readonly Expr[]
  ): Expr => ({ kind: "host", type, symbol, args: operands, span });
  // Said where it is declared.
  if (result !== "unit" && !isPassed(result)) return errorValue;
  // None of them may push anything between the pushes of this call.
  const values = args.map((arg) => builder.spillTyped(arg));
  for (const value of values) {
    const passing = passingOf(value.type);
    const push =
      passing !== undefined
        ? host("rt_link_ref", "unit", value.expr, intConst("i64", encodePassing(passing), span))
        : isFloat(value.type)
          ? host("rt_link_f64", "unit", convert(value, "f64").expr)
          : host("rt_link_i64", "unit", convert(value, "i64").expr);
    builder.emit({ kind: "expr", value: push, span });
  }
  const target = intConst("i32", BigInt(number), span);
  if (result === "unit") {
    builder.emit({ kind: "expr", value: host("rt_link_call", "unit", target), span });
    return unitValue;
  }
  const wide = isFloat(result) ? "f64" : "i64";
  const made = builder.spill(host(`rt_link_call_${wide}`, wide, target));
  if (result !== "bool") return convert(typed(wide, made), result);
  const zero = intConst("i64", 0n, span);
  return typed("bool", { kind: "compare", type: "bool", op: "ne", left: made, right: zero, span });
}

function isFloat(type: SimpleType): boolean {
  return type === "f32" || type === "f64";
}
