// Texts from parts: every part becomes a text or a number whose digits are counted, then one text of the right size is
// made and the parts are written into it. What the host shows (floats, format specs, objects) comes as a text.
import { isFloatType, type Expr, type TextPart, type ValueType } from "../ir/hir/index.ts";
import type { FunctionBuilder, Value } from "../ir/mir/index.ts";
import { measureUtf8, utf8Bytes } from "../base/index.ts";
import { textLayout } from "../runtime/index.ts";
import type { FunctionLowering } from "./function.ts";
import type { Place } from "./memory.ts";
import { callRuntimeValue } from "./runtime-call.ts";
import { littleEndian } from "./text-access.ts";
import { appendValue } from "./text.ts";
import { convert, isSigned } from "./types.ts";

/** A part whose length is known before it is written. */
type Piece =
  | { readonly kind: "literal"; readonly text: string }
  /** A text object. */
  | { readonly kind: "text"; readonly value: Value }
  /** A number as `i64` or `u64`, or a bool. */
  | { readonly kind: "i64" | "u64" | "bool"; readonly value: Value };

type HostCall = Extract<Expr, { kind: "host" }>;

/** Lowers a `format` expression: all values are evaluated before any is shown. */
export function lowerFormat(to: FunctionLowering, expr: Extract<Expr, { kind: "format" }>): Value {
  const pieces = piecesOf(to, expr.parts);
  to.locate(expr.span);
  return joinPieces(to, pieces);
}

/** Lowers a chain of `rt_text_concat` as one text; null if the call should stay what it is. */
export function lowerConcat(to: FunctionLowering, expr: HostCall): Value | null {
  if (expr.symbol !== "rt_text_concat" || expr.type !== "ref") return null;
  const operands = operandsOf(expr);
  if (operands.length < 3 && !operands.some(({ kind }) => kind === "format")) return null;
  // Operand by operand: evaluating one may change what an earlier one shows.
  const pieces = operands.flatMap((operand): Piece[] => {
    if (operand.kind === "text") return [{ kind: "literal", text: operand.value }];
    if (operand.kind === "format") return piecesOf(to, operand.parts);
    return [{ kind: "text", value: to.value(operand) }];
  });
  to.locate(expr.span);
  return joinPieces(to, pieces);
}

function operandsOf(expr: Expr): Expr[] {
  if (expr.kind !== "host" || expr.symbol !== "rt_text_concat") return [expr];
  return expr.args.flatMap(operandsOf);
}

function piecesOf(to: FunctionLowering, parts: readonly TextPart[]): Piece[] {
  const values = parts.map((part) => (part.kind === "value" ? to.value(part.value) : null));
  return parts.flatMap((part, index): Piece[] => {
    if (part.kind === "literal") return [part];
    const value = values[index];
    const { type } = part.value;
    if (value === null || value === undefined || type === "unit") return [];
    return [pieceOf(to, type, value, part.spec)];
  });
}

function pieceOf(
  to: FunctionLowering,
  type: ValueType,
  value: Value,
  spec: string | undefined,
): Piece {
  if (spec === undefined) {
    if (type === "ref" || type === "any" || type === "f64")
      return { kind: "text", value: callRuntimeValue(to, `rt_text_of_${type}`, [value]) };
    if (type === "bool") return { kind: "bool", value };
    if (!isFloatType(type)) {
      const kind = isSigned(type) ? "i64" : "u64";
      return { kind, value: convert(to.builder, type, kind, value) };
    }
  }
  appendValue(to, type, value, spec);
  return { kind: "text", value: callRuntimeValue(to, "rt_text_make", []) };
}

function joinPieces(to: FunctionLowering, pieces: readonly Piece[]): Value {
  const [first] = pieces;
  if (first !== undefined && pieces.length === 1) {
    if (first.kind === "text") return first.value;
    if (first.kind === "i64" || first.kind === "u64")
      return callRuntimeValue(to, `rt_text_of_${first.kind}`, [first.value]);
  }
  const { builder } = to;
  const head = first?.kind === "text" ? first.value : null;
  const rest = head === null ? pieces : pieces.slice(1);
  const { bytes, count } = measure(to, rest);
  if (head === null) {
    const text = callRuntimeValue(to, "rt_text_new", [bytes, count]);
    writePieces(to, builder.value("load", "i32", [text], textLayout.data), rest);
    return text;
  }
  const text = callRuntimeValue(to, "rt_text_extend", [head, bytes, count]);
  const data = builder.value("load", "i32", [text], textLayout.data);
  const length = builder.value("load", "i32", [head], textLayout.length);
  writePieces(to, builder.value("iadd", "i32", [data, length]), rest);
  return text;
}

/** Bytes and characters of all pieces, as `i64`: no sum of them wraps. */
function measure(
  to: FunctionLowering,
  pieces: readonly Piece[],
): { readonly bytes: Value; readonly count: Value } {
  const { builder } = to;
  let [fixedBytes, fixedCount] = [0, 0];
  const bytes: Value[] = [];
  const count: Value[] = [];
  for (const piece of pieces) {
    if (piece.kind === "literal") {
      const size = measureUtf8(piece.text);
      fixedBytes += size.bytes;
      fixedCount += size.characters;
    } else if (piece.kind === "text") {
      bytes.push(builder.value("load", "i32", [piece.value], textLayout.length));
      count.push(builder.value("load", "i32", [piece.value], textLayout.count));
    } else {
      const size = displaySize(to, piece.kind, piece.value);
      bytes.push(size);
      count.push(size);
    }
  }
  return { bytes: sum(builder, fixedBytes, bytes), count: sum(builder, fixedCount, count) };
}

function displaySize(to: FunctionLowering, kind: "i64" | "u64" | "bool", value: Value): Value {
  if (kind !== "bool") return callRuntimeValue(to, `rt_text_size_${kind}`, [value]);
  // "true" or "false"
  const five = to.builder.value("iconst", "i32", [], 5n);
  return to.builder.value("isub", "i32", [five, value]);
}

function sum(builder: FunctionBuilder, fixed: number, sizes: readonly Value[]): Value {
  let total = builder.value("iconst", "i64", [], BigInt(fixed));
  for (const size of sizes)
    total = builder.value("iadd", "i64", [total, builder.value("uextend", null, [size])]);
  return total;
}

/** Writes the pieces one after the other, from an address on. */
function writePieces(to: FunctionLowering, start: Value, pieces: readonly Piece[]): void {
  let base = start;
  let offset = 0;
  for (const piece of pieces) {
    if (piece.kind === "literal") {
      offset += writeLiteral(to, { base, offset }, piece.text);
      continue;
    }
    const at = addressOf(to.builder, { base, offset });
    const symbol = piece.kind === "text" ? "rt_text_put" : (`rt_text_put_${piece.kind}` as const);
    base = callRuntimeValue(to, symbol, [at, piece.value]);
    offset = 0;
  }
}

/** Longer literals are copied from where their bytes lie. */
const mostStored = 64;

const chunks = [
  { size: 8, op: "store", type: "i64" },
  { size: 4, op: "store", type: "i32" },
  { size: 2, op: "store16", type: null },
  { size: 1, op: "store8", type: null },
] as const;

/** Writes the bytes of a literal; how many these are. */
function writeLiteral(to: FunctionLowering, { base, offset }: Place, text: string): number {
  const { builder } = to;
  const bytes = utf8Bytes(text);
  if (bytes.length > mostStored) {
    const from = builder.value("symbol_addr", null, [], to.unit.text(text).symbol);
    const size = builder.value("iconst", "i32", [], BigInt(bytes.length));
    builder.effect("memory_copy", null, [addressOf(builder, { base, offset }), from, size]);
    return bytes.length;
  }
  for (let at = 0; at < bytes.length;) {
    const left = bytes.length - at;
    const { size, op, type } = chunks.find((chunk) => chunk.size <= left) ?? chunks[3];
    const value = builder.value("iconst", type ?? "i32", [], littleEndian(bytes, at, size));
    builder.effect(op, type, [base, value], offset + at);
    at += size;
  }
  return bytes.length;
}

function addressOf(builder: FunctionBuilder, { base, offset }: Place): Value {
  if (offset === 0) return base;
  const distance = builder.value("iconst", "i32", [], BigInt(offset));
  return builder.value("iadd", "i32", [base, distance]);
}
