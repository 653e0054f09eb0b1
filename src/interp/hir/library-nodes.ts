// Calls of the runtime library: the image's exports are called directly, with the values that cross in their wasm form.
import type { Expr } from "../../ir/hir/index.ts";
import {
  canonicalInt,
  libraryFunctions,
  type HostType,
  type LibraryCode,
  type LibrarySymbol,
} from "../../runtime/index.ts";
import { failedInLibrary, heapOf, type InterpContext } from "./context.ts";
import type { Frame, Value } from "./frame.ts";
import type { ExprCompiler, ValueNode } from "./node.ts";
import { allocates, compileOperands } from "./roots.ts";
import type { Site } from "./site.ts";

type WasmNode = (frame: Frame) => number | bigint;

/** Numbers and booleans become what wasm wants of themselves; 64-bit values must be BigInt. */
function toWasm(type: HostType, node: ValueNode): WasmNode {
  if (type === "i64" || type === "u64" || type === "any") return (frame) => BigInt(node(frame));
  if (type === "bool") return (frame) => (node(frame) === true ? 1 : 0);
  return (frame) => Number(node(frame));
}

const fromWasm: Readonly<Record<HostType, (value: unknown) => Value>> = {
  i32: Number,
  f32: Number,
  f64: Number,
  u32: (value) => Number(value) >>> 0,
  ref: (value) => Number(value) >>> 0,
  bool: (value) => value !== 0,
  i64: (value) => (typeof value === "bigint" ? canonicalInt(value) : 0),
  any: (value) => (typeof value === "bigint" ? canonicalInt(value) : 0),
  u64: (value) => (typeof value === "bigint" ? canonicalInt(BigInt.asUintN(64, value)) : 0),
  unit: () => 0,
};

export function compileLibraryCall(
  compiler: ExprCompiler,
  expr: Expr & { kind: "host" },
  symbol: LibrarySymbol,
): ValueNode {
  const { params, result } = libraryFunctions[symbol];
  const { context } = compiler;
  const code = heapOf(context).objects.library(symbol);
  const nodes = compileOperands(compiler, expr.args, allocates(symbol));
  const args = nodes.map((node, index) => toWasm(params[index] ?? "i32", node));
  return convertResult(
    libraryCall({ code, context, site: compiler.site(expr.span) }, args),
    result,
  );
}

function convertResult(call: (frame: Frame) => unknown, result: HostType): ValueNode {
  if (result === "ref" || result === "u32") return (frame) => Number(call(frame)) >>> 0;
  if (result === "bool") return (frame) => call(frame) !== 0;
  const convert = fromWasm[result];
  return (frame) => convert(call(frame));
}

interface LibraryCall {
  readonly code: LibraryCode;
  readonly context: InterpContext;
  readonly site: Site;
}

function libraryCall(
  { code, context, site }: LibraryCall,
  args: readonly WasmNode[],
): (frame: Frame) => unknown {
  const [first, second] = args;
  if (first !== undefined && args.length === 1) {
    return (frame) => {
      const a = first(frame);
      try {
        return code(a);
      } catch (error) {
        throw failedInLibrary(context, error, site);
      }
    };
  }
  if (first !== undefined && second !== undefined && args.length === 2) {
    return (frame) => {
      const a = first(frame);
      const b = second(frame);
      try {
        return code(a, b);
      } catch (error) {
        throw failedInLibrary(context, error, site);
      }
    };
  }
  return (frame) => {
    const values = args.map((node) => node(frame));
    try {
      return code(...values);
    } catch (error) {
      throw failedInLibrary(context, error, site);
    }
  };
}
