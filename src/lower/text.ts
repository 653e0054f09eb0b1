// `print` and `fail`: values are evaluated first, then the text is built by host calls and written or raised at once.
import { isFloatType, type Stmt, type TextPart, type ValueType } from "../ir/hir/index.ts";
import type { Value } from "../ir/mir/index.ts";
import type { FunctionLowering } from "./function.ts";
import { callRuntime } from "./runtime-call.ts";
import { convert, isSigned } from "./types.ts";

/** Flags of `rt_text_print` besides 1, a newline. */
const streamFlags = { out: 0n, err: 2n, value: 4n } as const;

export function lowerPrint(to: FunctionLowering, stmt: Extract<Stmt, { kind: "print" }>): void {
  buildText(to, stmt.parts);
  const flags = (stmt.newline ? 1n : 0n) | streamFlags[stmt.stream];
  callRuntime(to, "rt_text_print", [to.builder.value("iconst", "i32", [], flags)]);
}

export function lowerFail(to: FunctionLowering, stmt: Extract<Stmt, { kind: "fail" }>): void {
  buildText(to, stmt.parts);
  to.locate(stmt.span);
  callRuntime(to, "rt_text_fail", []);
  to.builder.effect("trap", null, [], "unreachable");
}

function buildText(to: FunctionLowering, parts: readonly TextPart[]): void {
  const values = parts.map((part) => (part.kind === "value" ? to.value(part.value) : null));
  parts.forEach((part, index) => {
    const value = values[index];
    if (part.kind === "literal") callRuntime(to, "rt_text_literal", literal(to, part.text));
    else if (value !== null && value !== undefined && part.value.type !== "unit") {
      appendValue(to, part.value.type, value, part.spec);
    }
  });
}

/** Calls the host function that appends the display form of a value, under a format spec if there is one. */
export function appendValue(
  to: FunctionLowering,
  type: ValueType,
  value: Value,
  spec: string | undefined,
): void {
  const shown = shownAs(type);
  const widened =
    shown === "ref" || shown === "any" || type === "ref" || type === "any"
      ? value
      : convert(to.builder, type, shown, value);
  if (spec === undefined) callRuntime(to, `rt_text_${shown}`, [widened]);
  else callRuntime(to, `rt_text_${shown}_spec`, [widened, ...literal(to, spec)]);
}

/** The type that the host function for a value takes. */
function shownAs(type: ValueType): "bool" | "f32" | "f64" | "i64" | "u64" | "ref" | "any" {
  if (type === "ref" || type === "any" || type === "bool" || isFloatType(type)) return type;
  return isSigned(type) ? "i64" : "u64";
}

/** Address and length of a literal. */
function literal(to: FunctionLowering, text: string): [Value, Value] {
  const { symbol, length } = to.unit.text(text);
  const address = to.builder.value("symbol_addr", null, [], symbol);
  return [address, to.builder.value("iconst", "i32", [], BigInt(length))];
}
