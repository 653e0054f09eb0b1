// Library functions of texts that compiled code does itself where they are simple: comparing with a short literal, and the
// character at a byte if it is ASCII.
import type { Expr } from "../ir/hir/index.ts";
import { createBlock, type Value } from "../ir/mir/index.ts";
import { utf8Bytes } from "../base/index.ts";
import { heapWords, textLayout } from "../runtime/index.ts";
import type { FunctionLowering } from "./function.ts";
import { callRuntimeValue } from "./runtime-call.ts";

type HostCall = Extract<Expr, { kind: "host" }>;

/** Lowers a call in place; null if it should stay a call. */
export function lowerTextAccess(to: FunctionLowering, expr: HostCall): Value | null {
  const [first, second] = expr.args;
  if (first === undefined || second === undefined) return null;
  // The low-level dialect has addresses, and the library itself is no program.
  if (first.type !== "ref") return null;
  if (expr.symbol === "rt_text_char_from") return lowerCharacter(to, expr, [first, second]);
  if (expr.symbol !== "rt_text_equal") return null;
  if (second.kind === "text") return lowerEqual(to, first, second.value);
  return first.kind === "text" ? lowerEqual(to, second, first.value) : null;
}

/** Longer literals are left to the library. */
const mostCompared = 16;

/** Whether a text is a literal: the lengths, then all bytes with at most two loads. */
function lowerEqual(to: FunctionLowering, operand: Expr, literal: string): Value | null {
  const bytes = utf8Bytes(literal);
  if (bytes.length > mostCompared) return null;
  const { builder } = to;
  const text = to.value(operand);
  const length = builder.value("load", "i32", [text], textLayout.length);
  const wanted = builder.value("iconst", "i32", [], BigInt(bytes.length));
  const sameLength = builder.value("icmp", "i32", [length, wanted], "eq");
  if (bytes.length === 0) return sameLength;
  const look = createBlock(builder.fn);
  const join = createBlock(builder.fn, ["i32"]);
  const [result] = join.params;
  if (result === undefined) throw new Error("the join has a parameter");
  const open = { block: look.id, args: [] };
  builder.branch(sameLength, open, { block: join.id, args: [sameLength] });
  builder.enter(look);
  builder.jump(join, [sameBytes(to, text, bytes)]);
  builder.enter(join);
  return result;
}

const words = [
  { size: 8, op: "load", type: "i64" },
  { size: 4, op: "load", type: "i32" },
  { size: 2, op: "load16_u", type: "i32" },
  { size: 1, op: "load8_u", type: "i32" },
] as const;

/** Compares with the largest words that fit, of which the last two may overlap. */
function sameBytes(to: FunctionLowering, text: Value, bytes: Uint8Array): Value {
  const { builder } = to;
  const data = builder.value("load", "i32", [text], textLayout.data);
  const { size, op, type } = words.find((word) => word.size <= bytes.length) ?? words[3];
  let same: Value | null = null;
  for (let end: number = size; ; end = Math.min(end + size, bytes.length)) {
    const at = end - size;
    const found = builder.value(op, op === "load" ? type : null, [data], at);
    const wanted = builder.value("iconst", type, [], littleEndian(bytes, at, size));
    const equal = builder.value("icmp", type, [found, wanted], "eq");
    same = same === null ? equal : builder.value("band", "i32", [same, equal]);
    if (end === bytes.length) return same;
  }
}

/** The number that these bytes are, as MIR writes constants. */
export function littleEndian(bytes: Uint8Array, at: number, size: number): bigint {
  let value = 0n;
  for (let index = at + size - 1; index >= at; index -= 1)
    value = (value << 8n) | BigInt(bytes[index] ?? 0);
  return size < 4 ? value : BigInt.asIntN(8 * size, value);
}

/** Log2 of the distance between the texts of two ASCII characters. */
const characterShift = Math.log2(textLayout.size);

function lowerCharacter(
  to: FunctionLowering,
  { span }: HostCall,
  args: readonly [text: Expr, byte: Expr],
): Value {
  const { builder } = to;
  const text = to.value(args[0]);
  const byte = to.value(args[1]);
  to.locate(span);
  const constant = (value: number): Value => builder.value("iconst", "i32", [], BigInt(value));
  const data = builder.value("load", "i32", [text], textLayout.data);
  const start = builder.value("load8_u", null, [builder.value("iadd", "i32", [data, byte])], 0);
  const isAscii = builder.value("icmp", "i32", [start, constant(0x80)], "ult");
  const known = createBlock(builder.fn);
  const other = createBlock(builder.fn);
  const join = createBlock(builder.fn, ["ref"]);
  const [result] = join.params;
  if (result === undefined) throw new Error("the join has a parameter");
  builder.branch(isAscii, { block: known.id, args: [] }, { block: other.id, args: [] });

  builder.enter(known);
  const table = builder.value("load", "i32", [constant(heapWords.characterTexts)], 0);
  const offset = builder.value("ishl", "i32", [start, constant(characterShift)]);
  const address = builder.value("iadd", "i32", [table, offset]);
  builder.jump(join, [builder.value("addr_ref", null, [address])]);

  builder.enter(other);
  builder.jump(join, [callRuntimeValue(to, "rt_text_char_from", [text, byte])]);
  builder.enter(join);
  return result;
}
