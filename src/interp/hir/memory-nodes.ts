// Reads and writes of linear memory: one closure per type and shape of address, so that each access site stays
// monomorphic. Addresses are unsigned; the views are read at each access because growing the memory replaces them.
import type { Expr, Stmt, ValueType } from "../../ir/hir/index.ts";
import { loadI64, loadU64, storeWide, type MemoryViews } from "../../runtime/index.ts";
import { normal } from "./context.ts";
import {
  numberLocal,
  type BoolNode,
  type ExprCompiler,
  type IntNode,
  type NumberNode,
  type StmtNode,
} from "./node.ts";
import { keepNumber, keptOperands } from "./roots.ts";

/** The address `base` + `offset` of a load or store. */
function compileAddress(
  compiler: ExprCompiler,
  base: Expr,
  offset: number,
  kept = false,
): NumberNode {
  const slot = numberLocal(base);
  if (slot !== null) {
    return offset === 0 ? (frame) => frame[slot] : (frame) => frame[slot] + offset;
  }
  const node = keepNumber(compiler, compiler.number(base), kept);
  return offset === 0 ? node : (frame) => node(frame) + offset;
}

type Load = Expr & { kind: "load" };

/** A load of an i64, u64 or `any`. */
export function compileLoadInt(compiler: ExprCompiler, { base, offset, type }: Load): IntNode {
  return loadIntAt(compiler.context.memory, compileAddress(compiler, base, offset), type);
}

/** A load of a number. */
export function compileLoadNumber(
  compiler: ExprCompiler,
  { base, offset, type }: Load,
): NumberNode {
  const { memory } = compiler.context;
  const slot = numberLocal(base);
  if (slot !== null) {
    if (type === "ref" || type === "u32")
      return (frame) => (memory.i32[(frame[slot] + offset) >>> 2] ?? 0) >>> 0;
    if (type === "f64") return (frame) => memory.f64[(frame[slot] + offset) >>> 3] ?? 0;
  }
  return loadNumberAt(memory, compileAddress(compiler, base, offset), type);
}

export function compileLoadBool(compiler: ExprCompiler, { base, offset }: Load): BoolNode {
  return loadBoolAt(compiler.context.memory, compileAddress(compiler, base, offset));
}

/** Reads an i64, u64 or `any` at an address. */
export function loadIntAt(memory: MemoryViews, address: NumberNode, type: ValueType): IntNode {
  return type === "u64"
    ? (frame) => loadU64(memory, address(frame))
    : (frame) => loadI64(memory, address(frame));
}

export function loadBoolAt(memory: MemoryViews, address: NumberNode): BoolNode {
  return (frame) => memory.u8[address(frame)] !== 0;
}

/** Reads a number at an address. */
export function loadNumberAt(
  memory: MemoryViews,
  address: NumberNode,
  type: ValueType,
): NumberNode {
  switch (type) {
    case "f64":
      return (frame) => memory.f64[address(frame) >>> 3] ?? 0;
    case "f32":
      return (frame) => memory.f32[address(frame) >>> 2] ?? 0;
    case "i32":
      return (frame) => memory.i32[address(frame) >>> 2] ?? 0;
    case "u32":
    case "ref":
      return (frame) => (memory.i32[address(frame) >>> 2] ?? 0) >>> 0;
    case "i16":
      return (frame) => memory.i16[address(frame) >>> 1] ?? 0;
    case "u16":
      return (frame) => (memory.i16[address(frame) >>> 1] ?? 0) & 0xffff;
    case "i8":
      return (frame) => ((memory.u8[address(frame)] ?? 0) << 24) >> 24;
    case "u8":
      return (frame) => memory.u8[address(frame)] ?? 0;
    case "i64":
    case "u64":
    case "any":
    case "bool":
      throw new Error(`${type} is not a number in tier 0`);
  }
}

export function compileStore(
  compiler: ExprCompiler,
  { type, base, offset, value }: Stmt & { kind: "store" },
): StmtNode {
  const [kept = false] = keptOperands(compiler, [base, value], false);
  return storeAt(compiler, compileAddress(compiler, base, offset, kept), type, value);
}

/** Evaluates the address, then the value, then writes. */
function storeAt(
  compiler: ExprCompiler,
  address: NumberNode,
  type: ValueType,
  value: Expr,
): StmtNode {
  const { memory } = compiler.context;
  if (type === "i64" || type === "u64" || type === "any") {
    const node = compiler.int(value);
    return (frame) => {
      const at = address(frame);
      storeWide(memory, at, node(frame));
      return normal;
    };
  }
  if (type === "bool") {
    const node = compiler.bool(value);
    return (frame) => {
      const at = address(frame);
      const bit = node(frame) ? 1 : 0;
      memory.u8[at] = bit;
      return normal;
    };
  }
  return storeNumber(memory, address, type, compiler.number(value));
}

/** Writes a number to an address; a function of its own for each use. */
export function numberWriter(
  memory: MemoryViews,
  type: ValueType,
): (address: number, value: number) => void {
  switch (type) {
    case "f64":
      return (address, value) => {
        memory.f64[address >>> 3] = value;
      };
    case "f32":
      return (address, value) => {
        memory.f32[address >>> 2] = value;
      };
    case "i8":
    case "u8":
      return (address, value) => {
        memory.u8[address] = value;
      };
    case "i16":
    case "u16":
      return (address, value) => {
        memory.i16[address >>> 1] = value;
      };
    case "i32":
    case "u32":
    case "ref":
      return (address, value) => {
        memory.i32[address >>> 2] = value;
      };
    case "i64":
    case "u64":
    case "any":
    case "bool":
      throw new Error(`${type} is not a number in tier 0`);
  }
}

function storeNumber(
  memory: MemoryViews,
  address: NumberNode,
  type: ValueType,
  node: NumberNode,
): StmtNode {
  if (type === "f64") {
    return (frame) => {
      const at = address(frame);
      const value = node(frame);
      memory.f64[at >>> 3] = value;
      return normal;
    };
  }
  if (type === "f32") {
    return (frame) => {
      const at = address(frame);
      const value = node(frame);
      memory.f32[at >>> 2] = value;
      return normal;
    };
  }
  if (type === "i8" || type === "u8") {
    return (frame) => {
      const at = address(frame);
      const value = node(frame);
      memory.u8[at] = value;
      return normal;
    };
  }
  if (type === "i16" || type === "u16") {
    return (frame) => {
      const at = address(frame);
      const value = node(frame);
      memory.i16[at >>> 1] = value;
      return normal;
    };
  }
  return (frame) => {
    const at = address(frame);
    const value = node(frame);
    memory.i32[at >>> 2] = value;
    return normal;
  };
}

export function compileMemoryCopy(
  compiler: ExprCompiler,
  { to, from, size }: Stmt & { kind: "memory_copy" },
): StmtNode {
  const { memory } = compiler.context;
  const target = compiler.number(to);
  const source = compiler.number(from);
  const bytes = compiler.number(size);
  return (frame) => {
    const at = target(frame);
    const start = source(frame);
    memory.u8.copyWithin(at, start, start + bytes(frame));
    return normal;
  };
}

export function compileMemoryFill(
  compiler: ExprCompiler,
  { to, value, size }: Stmt & { kind: "memory_fill" },
): StmtNode {
  const { memory } = compiler.context;
  const target = compiler.number(to);
  const byte = compiler.number(value);
  const bytes = compiler.number(size);
  return (frame) => {
    const at = target(frame);
    const filler = byte(frame);
    memory.u8.fill(filler, at, at + bytes(frame));
    return normal;
  };
}
