// Elements of arrays: the checked index, reads and writes, and the append that needs no new storage.
//
// The header's fields are reached through the array's reference and the elements through an address, which passes take
// to be different memory: writing an element leaves the known length and storage as they are.
import { storageSize, type Expr, type Stmt, type ValueType } from "../ir/hir/index.ts";
import { createBlock, type FunctionBuilder, type Value } from "../ir/mir/index.ts";
import { arrayLayout, bufferLayout } from "../runtime/index.ts";
import type { FunctionLowering } from "./function.ts";
import { loadValue, storeValue, type Place } from "./memory.ts";
import { callRuntimeValue } from "./runtime-call.ts";

export function lowerElement(
  to: FunctionLowering,
  expr: Extract<Expr, { kind: "element" }>,
): Value {
  const array = to.value(expr.array);
  const index = to.value(expr.index);
  to.locate(expr.span);
  return loadValue(to.builder, expr.type, checkedPlace(to, array, index, expr.type));
}

export function lowerSetElement(
  to: FunctionLowering,
  stmt: Extract<Stmt, { kind: "set_element" }>,
): void {
  const array = to.value(stmt.array);
  const index = to.value(stmt.index);
  const value = to.value(stmt.value);
  to.locate(stmt.span);
  storeValue(to.builder, stmt.type, checkedPlace(to, array, index, stmt.type), value);
}

/** Where an element lies, or a runtime error. */
function checkedPlace(to: FunctionLowering, array: Value, index: Value, type: ValueType): Place {
  const { builder } = to;
  const length = builder.value("load", "i32", [array], arrayLayout.length);
  const wide = builder.value("uextend", null, [length]);
  const position = builder.value("index", null, [index, wide]);
  return elementPlace(builder, array, position, type);
}

/** The place of the element at a position, an i32 below the length. */
function elementPlace(
  builder: FunctionBuilder,
  array: Value,
  position: Value,
  type: ValueType,
): Place {
  const buffer = builder.value("load", "ref", [array], arrayLayout.buffer);
  const start = builder.value("ref_addr", null, [buffer]);
  return {
    base: builder.value("iadd", "i32", [start, scaled(builder, position, type)]),
    offset: bufferLayout.data,
  };
}

function scaled(builder: FunctionBuilder, position: Value, type: ValueType): Value {
  const shift = Math.log2(storageSize(type));
  if (shift === 0) return position;
  const count = builder.value("iconst", "i32", [], BigInt(shift));
  return builder.value("ishl", "i32", [position, count]);
}

/**
 * `store` to the address that `rt_array_grow` gives is an append; while there is room it needs no call. False if the
 * statement is something else.
 */
export function lowerPush(to: FunctionLowering, stmt: Extract<Stmt, { kind: "store" }>): boolean {
  const { base, offset, type } = stmt;
  if (base.kind !== "host" || base.symbol !== "rt_array_grow" || offset !== 0) return false;
  const [arrayExpr] = base.args;
  if (arrayExpr === undefined) throw new Error("rt_array_grow takes an array");
  const { builder } = to;
  const array = to.value(arrayExpr);
  to.locate(base.span);
  const room = createBlock(builder.fn);
  const full = createBlock(builder.fn);
  const write = createBlock(builder.fn, ["i32"]);
  const length = builder.value("load", "i32", [array], arrayLayout.length);
  const capacity = builder.value("load", "i32", [array], arrayLayout.capacity);
  const hasRoom = builder.value("icmp", "i32", [length, capacity], "ult");
  builder.branch(hasRoom, { block: room.id, args: [] }, { block: full.id, args: [] });

  builder.enter(room);
  const place = elementPlace(builder, array, length, type);
  const data = builder.value("iconst", "i32", [], BigInt(place.offset));
  const address = builder.value("iadd", "i32", [place.base, data]);
  const one = builder.value("iconst", "i32", [], 1n);
  const longer = builder.value("iadd", "i32", [length, one]);
  builder.effect("store", "i32", [array, longer], arrayLayout.length);
  builder.jump(write, [address]);

  builder.enter(full);
  builder.jump(write, [callRuntimeValue(to, "rt_array_grow", [array])]);

  builder.enter(write);
  const [element] = write.params;
  if (element === undefined) throw new Error("the block has a parameter");
  storeValue(builder, type, { base: element, offset: 0 }, to.value(stmt.value));
  return true;
}
