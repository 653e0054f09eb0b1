// New objects, static objects and closures.
import {
  firstLayout,
  singletonSymbol,
  staticTextSymbol,
  storageSize,
  type Expr,
  type FunctionId,
  type LayoutId,
  type ValueType,
} from "../ir/hir/index.ts";
import { objectImmediate, type FunctionBuilder, type Value } from "../ir/mir/index.ts";
import {
  arrayLayout,
  arrayTypeId,
  bufferLayout,
  closureSlotOffset,
  typeIds,
} from "../runtime/index.ts";
import type { FunctionLowering } from "./function.ts";
import { storeValue } from "./memory.ts";
import { callRuntimeValue } from "./runtime-call.ts";
import { mirResults, mirType } from "./types.ts";

/** Larger ones are made by the library, which finds room for them elsewhere. */
const largestInlineObject = 32 * 1024;

export function lowerText(to: FunctionLowering, value: string): Value {
  return staticObject(to, staticTextSymbol(to.unit.facts.module, value));
}

export function lowerSingleton(to: FunctionLowering, layout: LayoutId): Value {
  return staticObject(to, singletonSymbol(layout));
}

function staticObject(to: FunctionLowering, symbol: string): Value {
  to.unit.declareData(symbol);
  const address = to.builder.value("symbol_addr", null, [], symbol);
  return to.builder.value("addr_ref", null, [address]);
}

export function lowerNew(to: FunctionLowering, expr: Extract<Expr, { kind: "new" }>): Value {
  const layout = to.unit.facts.module.layouts[expr.layout - firstLayout];
  if (layout === undefined) throw new RangeError(`there is no layout ${expr.layout}`);
  const values = to.values(expr.fields);
  to.locate(expr.span);
  const object = newObject(to, layout.id, layout.size);
  layout.fields.forEach(({ type, offset }, index) => {
    const value = values[index];
    if (value === undefined) throw new Error(`${layout.name} has no value for field ${index}`);
    storeValue(to.builder, type, { base: object, offset }, value);
  });
  return object;
}

function newObject(to: FunctionLowering, typeId: number, size: number): Value {
  const { builder } = to;
  if (size <= largestInlineObject)
    return builder.value("new", null, [], objectImmediate(typeId, size));
  return callRuntimeValue(to, "rt_new", [int(builder, typeId), int(builder, size)]);
}

function int(builder: FunctionBuilder, value: number): Value {
  return builder.value("iconst", "i32", [], BigInt(value));
}

/** An array whose storage holds just these elements. */
export function lowerNewArray(
  to: FunctionLowering,
  expr: Extract<Expr, { kind: "new_array" }>,
): Value {
  const { builder } = to;
  const type = expr.element;
  const values = to.values(expr.elements);
  const count = values.length;
  to.locate(expr.span);
  const buffer = count === 0 ? null : newBuffer(to, type, values);
  const array = newObject(to, arrayTypeId(type), arrayLayout.size);
  if (buffer === null) return array;
  builder.effect("store", "ref", [array, buffer], arrayLayout.buffer);
  builder.effect("store", "i32", [array, int(builder, count)], arrayLayout.length);
  builder.effect("store", "i32", [array, int(builder, count)], arrayLayout.capacity);
  return array;
}

function newBuffer(to: FunctionLowering, type: ValueType, values: readonly Value[]): Value {
  const { builder } = to;
  const size = storageSize(type);
  const bytes = values.length * size;
  const scanned = type === "ref" || type === "any";
  const typeId = scanned ? typeIds[`buffer_${type}`] : typeIds.buffer_raw;
  const buffer = newObject(to, typeId, bufferLayout.data + bytes);
  const capacity = int(builder, scanned ? values.length : bytes);
  builder.effect("store", "i32", [buffer, capacity], bufferLayout.capacity);
  const base = builder.value("ref_addr", null, [buffer]);
  values.forEach((value, index) => {
    storeValue(builder, type, { base, offset: bufferLayout.data + index * size }, value);
  });
  return buffer;
}

export function lowerFunctionSlot(to: FunctionLowering, callee: FunctionId): Value {
  return to.builder.value("slot_index", null, [], to.unit.slotOf(callee));
}

export function lowerCallClosure(
  to: FunctionLowering,
  expr: Extract<Expr, { kind: "call_closure" }>,
): Value | null {
  const { builder } = to;
  const closure = to.value(expr.closure);
  const args = to.values(expr.args);
  const params = expr.args.map(({ type }) => {
    if (type === "unit") throw new Error("an argument has a value");
    return mirType(type);
  });
  to.locate(expr.span);
  const signature = { params: ["ref" as const, ...params], results: mirResults(expr.type) };
  const slot = builder.value("load", "i32", [closure], closureSlotOffset);
  const symbol = to.unit.declareTable(signature);
  return builder.call("call_table", symbol, signature, [slot, closure, ...args])[0] ?? null;
}
