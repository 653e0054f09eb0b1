// `print` and `fail`: values are evaluated first, then the text is built by host calls and written or raised at once.
import {
  isFloatType,
  isScalarType,
  type ScalarType,
  type Stmt,
  type TextPart,
} from "../ir/hir/index.ts";
import type { Value } from "../ir/mir/index.ts";
import type { HostSymbol } from "../runtime/index.ts";
import { lowerExpr } from "./expr.ts";
import type { FunctionLowering } from "./function.ts";
import { convert, isSigned } from "./types.ts";
import { hostSignature } from "./symbols.ts";

export function lowerPrint(to: FunctionLowering, stmt: Extract<Stmt, { kind: "print" }>): void {
  buildText(to, stmt.parts);
  const flags = (stmt.newline ? 1n : 0n) | (stmt.stream === "err" ? 2n : 0n);
  callHost(to, "rt_text_print", [to.builder.value("iconst", "i32", [], flags)]);
}

export function lowerFail(to: FunctionLowering, stmt: Extract<Stmt, { kind: "fail" }>): void {
  buildText(to, stmt.parts);
  to.locate(stmt.span);
  callHost(to, "rt_text_fail", []);
  to.builder.effect("trap", null, [], "unreachable");
}

function buildText(to: FunctionLowering, parts: readonly TextPart[]): void {
  const values = parts.map((part) => (part.kind === "value" ? lowerExpr(to, part.value) : null));
  parts.forEach((part, index) => {
    const value = values[index];
    if (part.kind === "literal") callHost(to, "rt_text_literal", literal(to, part.text));
    else if (value !== null && value !== undefined && isScalarType(part.value.type)) {
      appendValue(to, part.value.type, value, part.spec);
    }
  });
}

function appendValue(
  to: FunctionLowering,
  type: ScalarType,
  value: Value,
  spec: string | undefined,
): void {
  const { builder } = to;
  const wide: "bool" | "f32" | "f64" | "i64" | "u64" =
    type === "bool" || isFloatType(type) ? type : isSigned(type) ? "i64" : "u64";
  const widened = convert(builder, type, wide, value);
  if (spec === undefined) callHost(to, `rt_text_${wide}`, [widened]);
  else callHost(to, `rt_text_${wide}_spec`, [widened, ...literal(to, spec)]);
}

/** Address and length of a literal. */
function literal(to: FunctionLowering, text: string): [Value, Value] {
  const { symbol, length } = to.unit.text(text);
  const address = to.builder.value("symbol_addr", null, [], symbol);
  return [address, to.builder.value("iconst", "i32", [], BigInt(length))];
}

function callHost(to: FunctionLowering, symbol: HostSymbol, args: Value[]): void {
  to.unit.declareHost(symbol);
  to.builder.call("call_host", symbol, hostSignature(symbol), args);
}
