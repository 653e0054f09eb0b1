// Calls of functions and host functions. A call clones the callee's frame template, puts the arguments into it and goes
// through the callee's cell. Errors pick up their trace here, on the way out.
import type { Expr } from "../../ir/hir/index.ts";
import { closureSlotOffset, isLibrarySymbol, type HostCode } from "../../runtime/index.ts";
import type { FunctionCell } from "./context.ts";
import { slotOf, type AnySlot } from "./frame.ts";
import { compileLibraryCall } from "./library-nodes.ts";
import type { ExprCompiler, ValueNode } from "./node.ts";
import { allocates, compileOperands } from "./roots.ts";
import { unwound, type Site } from "./site.ts";

export function compileCall(compiler: ExprCompiler, expr: Expr & { kind: "call" }): ValueNode {
  const cell = compiler.context.cells[expr.callee];
  if (cell === undefined) throw new Error(`there is no function ${expr.callee}`);
  // The arguments are in the callee's frame before the call begins, and the callee keeps them alive.
  const args = compileOperands(compiler, expr.args, false);
  const site = compiler.site(expr.span);
  const [first, second, third] = args;
  if (first === undefined) return call0(cell, site);
  if (second === undefined) return call1(cell, site, first);
  if (third === undefined) return call2(cell, site, [first, second]);
  if (args.length === 3) return call3(cell, site, [first, second, third]);
  return callMany(cell, site, args);
}

const slot0 = slotOf<AnySlot>(0);
const slot1 = slotOf<AnySlot>(1);
const slot2 = slotOf<AnySlot>(2);

function call0(cell: FunctionCell, site: Site): ValueNode {
  const { template } = cell;
  return () => {
    try {
      return cell.code(template.slice());
    } catch (error) {
      throw unwound(error, site);
    }
  };
}

function call1(cell: FunctionCell, site: Site, first: ValueNode): ValueNode {
  const { template } = cell;
  return (frame) => {
    const a = first(frame);
    const callee = template.slice();
    callee[slot0] = a;
    try {
      return cell.code(callee);
    } catch (error) {
      throw unwound(error, site);
    }
  };
}

function call2(
  cell: FunctionCell,
  site: Site,
  [first, second]: readonly [ValueNode, ValueNode],
): ValueNode {
  const { template } = cell;
  return (frame) => {
    const a = first(frame);
    const b = second(frame);
    const callee = template.slice();
    callee[slot0] = a;
    callee[slot1] = b;
    try {
      return cell.code(callee);
    } catch (error) {
      throw unwound(error, site);
    }
  };
}

function call3(
  cell: FunctionCell,
  site: Site,
  [first, second, third]: readonly [ValueNode, ValueNode, ValueNode],
): ValueNode {
  const { template } = cell;
  return (frame) => {
    const a = first(frame);
    const b = second(frame);
    const c = third(frame);
    const callee = template.slice();
    callee[slot0] = a;
    callee[slot1] = b;
    callee[slot2] = c;
    try {
      return cell.code(callee);
    } catch (error) {
      throw unwound(error, site);
    }
  };
}

/** The callee's frame is its own from the start, so arguments that call may be evaluated straight into it. */
function callMany(cell: FunctionCell, site: Site, args: readonly ValueNode[]): ValueNode {
  const { template } = cell;
  const moves = args.map((node, index) => ({ node, slot: slotOf<AnySlot>(index) }));
  return (frame) => {
    const callee = template.slice();
    for (const { node, slot } of moves) callee[slot] = node(frame);
    try {
      return cell.code(callee);
    } catch (error) {
      throw unwound(error, site);
    }
  };
}

/** A call of whatever function is in the slot that the closure names; the closure itself is its first argument. */
export function compileClosureCall(
  compiler: ExprCompiler,
  expr: Expr & { kind: "call_closure" },
): ValueNode {
  const { memory, slotCells } = compiler.context;
  const nodes = compileOperands(compiler, [expr.closure, ...expr.args], false);
  const [closure, ...args] = nodes;
  if (closure === undefined) throw new Error("a call without a closure");
  const moves = args.map((node, index) => ({ node, slot: slotOf<AnySlot>(index + 1) }));
  const site = compiler.site(expr.span);
  return (frame) => {
    const object = Number(closure(frame));
    const slot = memory.i32[(object + closureSlotOffset) >>> 2] ?? 0;
    const cell = slotCells[slot];
    if (cell === undefined) throw new Error(`no function has slot ${slot}`);
    const callee = cell.template.slice();
    callee[slot0] = object;
    for (const move of moves) callee[move.slot] = move.node(frame);
    try {
      return cell.code(callee);
    } catch (error) {
      throw unwound(error, site);
    }
  };
}

export function compileHostCall(compiler: ExprCompiler, expr: Expr & { kind: "host" }): ValueNode {
  if (isLibrarySymbol(expr.symbol)) return compileLibraryCall(compiler, expr, expr.symbol);
  const code = compiler.context.hooks.host(expr.symbol);
  if (code === undefined) throw new Error(`there is no host function ${expr.symbol}`);
  const args = compileOperands(compiler, expr.args, allocates(expr.symbol));
  const site = compiler.site(expr.span);
  return hostCall(code, args, site);
}

function hostCall(code: HostCode, args: readonly ValueNode[], site: Site): ValueNode {
  const [first, second] = args;
  if (first !== undefined && args.length === 1) {
    return (frame) => {
      const a = first(frame);
      try {
        return code(a) ?? 0;
      } catch (error) {
        throw unwound(error, site);
      }
    };
  }
  if (first !== undefined && second !== undefined && args.length === 2) {
    return (frame) => {
      const a = first(frame);
      const b = second(frame);
      try {
        return code(a, b) ?? 0;
      } catch (error) {
        throw unwound(error, site);
      }
    };
  }
  return (frame) => {
    const values = args.map((node) => node(frame));
    try {
      return code(...values) ?? 0;
    } catch (error) {
      throw unwound(error, site);
    }
  };
}
