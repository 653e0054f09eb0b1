// New objects and arrays, and boxes. An object is allocated first and its parts are evaluated into it: so it alone has to
// be kept while they are.
import type { Expr, ValueType } from "../../ir/hir/index.ts";
import { firstLayout, storageSize } from "../../ir/hir/index.ts";
import {
  anyOfBool,
  anyOfF64,
  anyOfI64,
  arrayLayout,
  boolOfAny,
  boxValueOffset,
  bufferLayout,
  f64OfAny,
  intOfAny,
  loadI64,
  loadU64,
  storageCode,
  storeWide,
  typeIds,
  type IntValue,
  type LibraryCode,
  type MemoryViews,
} from "../../runtime/index.ts";
import { failedInLibrary, heapOf, type InterpContext } from "./context.ts";
import { slotOf, type Frame, type NumberSlot } from "./frame.ts";
import { loadNumberAt, numberWriter } from "./memory-nodes.ts";
import {
  isIntNodeType,
  type BoolNode,
  type ExprCompiler,
  type IntNode,
  type NumberNode,
} from "./node.ts";
import type { Site } from "./site.ts";

/** Evaluates a part of an object and writes it where the object has it; `base` is the object or its buffer. */
type Fill = (frame: Frame, base: number) => void;

function compileFill(compiler: ExprCompiler, value: Expr, type: ValueType, offset: number): Fill {
  const { memory } = compiler.context;
  if (isIntNodeType(type)) {
    const node = compiler.int(value);
    return (frame, base) => storeWide(memory, base + offset, node(frame));
  }
  if (type === "bool") {
    const node = compiler.bool(value);
    return (frame, base) => {
      const bit = node(frame) ? 1 : 0;
      memory.u8[base + offset] = bit;
    };
  }
  const node = compiler.number(value);
  if (type === "ref") {
    return (frame, base) => {
      const reference = node(frame);
      memory.i32[(base + offset) >>> 2] = reference;
    };
  }
  const write = numberWriter(memory, type);
  return (frame, base) => write(base + offset, node(frame));
}

interface Allocation {
  readonly code: LibraryCode;
  readonly first: number;
  readonly second: number | bigint;
  readonly context: InterpContext;
  readonly site: Site;
}

function allocate({ code, first, second, context, site }: Allocation): number {
  try {
    return Number(code(first, second)) >>> 0;
  } catch (error) {
    throw failedInLibrary(context, error, site);
  }
}

export function compileNew(compiler: ExprCompiler, expr: Expr & { kind: "new" }): NumberNode {
  const { context } = compiler;
  const layout = context.module.layouts[expr.layout - firstLayout];
  if (layout === undefined) throw new Error(`there is no layout ${expr.layout}`);
  const allocation: Allocation = {
    code: heapOf(context).objects.library("rt_new"),
    first: layout.id,
    second: layout.size,
    context: compiler.context,
    site: compiler.site(expr.span),
  };
  const slot = keptSlot(compiler, expr.fields);
  const fills = layout.fields.flatMap(({ type, offset }, index) => {
    const value = expr.fields[index];
    if (value === undefined) throw new Error(`field ${index} of ${layout.name} has no value`);
    return value.kind === "nil" ? [] : [compileFill(compiler, value, type, offset)];
  });
  const [first, second] = fills;
  if (first !== undefined && second !== undefined && fills.length === 2 && slot === null) {
    return (frame) => {
      const object = allocate(allocation);
      first(frame, object);
      second(frame, object);
      return object;
    };
  }
  return (frame) => {
    const object = allocate(allocation);
    if (slot !== null) frame[slot] = object;
    for (const fill of fills) fill(frame, object);
    return object;
  };
}

/** Where the object waits if evaluating its parts may collect. */
function keptSlot(compiler: ExprCompiler, parts: readonly Expr[]): NumberSlot | null {
  return parts.some((part) => compiler.mayCollect(part))
    ? slotOf<NumberSlot>(compiler.temporaries.take())
    : null;
}

export function compileNewArray(
  compiler: ExprCompiler,
  expr: Expr & { kind: "new_array" },
): NumberNode {
  const { memory } = compiler.context;
  const { element, elements } = expr;
  const size = storageSize(element);
  const allocation: Allocation = {
    code: heapOf(compiler.context).objects.library("rt_array_new"),
    first: storageCode(element),
    second: BigInt(elements.length),
    context: compiler.context,
    site: compiler.site(expr.span),
  };
  const slot = keptSlot(compiler, elements);
  const fills = elements.flatMap((value, index) =>
    value.kind === "nil"
      ? []
      : [compileFill(compiler, value, element, bufferLayout.data + size * index)],
  );
  return (frame) => {
    const array = allocate(allocation);
    if (slot !== null) frame[slot] = array;
    const buffer = (memory.i32[(array + arrayLayout.buffer) >>> 2] ?? 0) >>> 0;
    for (const fill of fills) fill(frame, buffer);
    memory.i32[(array + arrayLayout.length) >>> 2] = elements.length;
    return array;
  };
}

const boxSize = boxValueOffset + 8;

function boxAllocation(
  compiler: ExprCompiler,
  expr: Expr,
  type: Exclude<ValueType, "bool" | "f64" | "ref" | "any">,
): Allocation {
  return {
    code: heapOf(compiler.context).objects.library("rt_new"),
    first: typeIds[`box_${type}`],
    second: boxSize,
    context: compiler.context,
    site: compiler.site(expr.span),
  };
}

export function compileBox(compiler: ExprCompiler, expr: Expr & { kind: "box" }): IntNode {
  const { operand } = expr;
  const { type } = operand;
  const { memory } = compiler.context;
  switch (type) {
    case "ref":
      return compiler.number(operand);
    case "bool": {
      const node = compiler.bool(operand);
      return (frame) => anyOfBool(node(frame));
    }
    case "f64": {
      const node = compiler.number(operand);
      return (frame) => anyOfF64(node(frame));
    }
    case "i64":
    case "u64": {
      const node = compiler.int(operand);
      const allocation = boxAllocation(compiler, expr, type);
      const inline = type === "i64" ? anyOfI64 : () => null;
      return (frame) => {
        const value = node(frame);
        return inline(value) ?? boxWide(memory, allocation, value);
      };
    }
    case "unit":
    case "any":
      throw new Error(`box of ${type}`);
    case "i8":
    case "u8":
    case "i16":
    case "u16":
    case "i32":
    case "u32":
    case "f32": {
      const node = compiler.number(operand);
      const allocation = boxAllocation(compiler, expr, type);
      const write = numberWriter(memory, type);
      return (frame) => {
        const value = node(frame);
        const box = allocate(allocation);
        write(box + boxValueOffset, value);
        return box;
      };
    }
  }
}

function boxWide(memory: MemoryViews, allocation: Allocation, value: IntValue): number {
  const box = allocate(allocation);
  storeWide(memory, box + boxValueOffset, value);
  return box;
}

type Unbox = Expr & { kind: "unbox" };

/** The i64 or u64 in an `any`. */
export function compileUnboxInt(compiler: ExprCompiler, { operand, type }: Unbox): IntNode {
  const { memory } = compiler.context;
  const node = compiler.int(operand);
  if (type === "u64") return (frame) => loadU64(memory, Number(node(frame)) + boxValueOffset);
  return (frame) => {
    const value = Number(node(frame));
    return value < 2 ** 32 ? loadI64(memory, value + boxValueOffset) : intOfAny(value);
  };
}

/** The f64, f32, narrow integer or reference in an `any`. */
export function compileUnboxNumber(compiler: ExprCompiler, { operand, type }: Unbox): NumberNode {
  const node = compiler.int(operand);
  if (type === "f64") return (frame) => f64OfAny(node(frame));
  if (type === "ref") return (frame) => Number(node(frame));
  const address: NumberNode = (frame) => Number(node(frame)) + boxValueOffset;
  return loadNumberAt(compiler.context.memory, address, type);
}

export function compileUnboxBool(compiler: ExprCompiler, { operand }: Unbox): BoolNode {
  const node = compiler.int(operand);
  return (frame) => boolOfAny(node(frame));
}
