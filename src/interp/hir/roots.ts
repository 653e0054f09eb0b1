// What tier 0 keeps alive: the frames of running functions that hold references, and operands that wait in such a frame
// while a later operand or the operation itself may collect.
import type { Expr, ExprKind } from "../../ir/hir/index.ts";
import {
  hostFunctions,
  isHostSymbol,
  isLibrarySymbol,
  libraryFunctions,
} from "../../runtime/index.ts";
import { slotOf, type AnySlot, type Frame, type IntSlot, type NumberSlot } from "./frame.ts";
import type { ExprCompiler, IntNode, NumberNode, ValueNode } from "./node.ts";

/** The frames of the functions under way that have locals or temporaries of type `ref` or `any`. */
export interface Roots {
  readonly frames: Frame[];
  /** The slots to look at in the frame of the same index. */
  readonly slots: (readonly AnySlot[])[];
  /** Frames in use. An error leaves it as it was: the functions further out and who catches the error set it back. */
  depth: number;
  /** Calls of interpreted functions under way. An error leaves it as it was: whoever catches one sets it back. */
  calls: number;
}

export function newRoots(): Roots {
  return { frames: [], slots: [], depth: 0, calls: 0 };
}

const refLimit = 2 ** 32;

/** Gives every reference in the frames to `mark`. References in both types are the numbers from 1 to below 2^32. */
export function markRoots({ frames, slots, depth }: Roots, mark: (address: number) => void): void {
  for (let index = 0; index < depth; index += 1) {
    const frame = frames[index];
    if (frame === undefined) continue;
    for (const slot of slots[index] ?? []) {
      const value = frame[slot];
      if (typeof value === "number" && value > 0 && value < refLimit) mark(value);
    }
  }
}

/** Slots behind a function's locals, for operands that must be kept. Statements use the same ones again. */
export class Temporaries {
  readonly #first: number;
  #next: number;
  #end: number;

  constructor(localCount: number) {
    this.#first = localCount;
    this.#next = localCount;
    this.#end = localCount;
  }

  /** Called between statements: nothing of the last one is needed any more. */
  reset(): void {
    this.#next = this.#first;
  }

  take(): number {
    const local = this.#next;
    this.#next += 1;
    this.#end = Math.max(this.#end, this.#next);
    return local;
  }

  /** Locals and temporaries. */
  get end(): number {
    return this.#end;
  }
}

const collectingKinds: ReadonlySet<ExprKind> = new Set([
  "call",
  "call_closure",
  "new",
  "new_array",
  "format",
]);

/** Whether evaluating the expression may collect, given whether one of its operands may. */
export function mayCollect(expr: Expr, operands: () => boolean): boolean {
  if (collectingKinds.has(expr.kind)) return true;
  if (expr.kind === "host" && allocates(expr.symbol)) return true;
  if (expr.kind === "box") {
    const { type } = expr.operand;
    if (type !== "f64" && type !== "bool" && type !== "ref") return true;
  }
  return operands();
}

/** Whether the host or library function of a symbol may collect. */
export function allocates(symbol: string): boolean {
  const known = isLibrarySymbol(symbol)
    ? libraryFunctions[symbol]
    : isHostSymbol(symbol)
      ? hostFunctions[symbol]
      : undefined;
  return known !== undefined && "allocates" in known;
}

/** Whether nothing else keeps the operand's object alive: constants and locals are safe as they are. */
function isLoose(expr: Expr): boolean {
  if (expr.type !== "ref" && expr.type !== "any") return false;
  return (
    expr.kind !== "local" &&
    expr.kind !== "nil" &&
    expr.kind !== "text" &&
    expr.kind !== "singleton"
  );
}

/** For each operand whether it must be kept; `collects` is whether the operation itself may collect. */
export function keptOperands(
  compiler: ExprCompiler,
  operands: readonly Expr[],
  collects: boolean,
): boolean[] {
  let later = collects;
  const kept: boolean[] = [];
  for (let index = operands.length - 1; index >= 0; index -= 1) {
    const operand = operands[index];
    if (operand === undefined) continue;
    kept[index] = later && isLoose(operand);
    later ||= compiler.mayCollect(operand);
  }
  return kept;
}

/** The operands of an operation, kept where that is needed. */
export function compileOperands(
  compiler: ExprCompiler,
  operands: readonly Expr[],
  collects: boolean,
): ValueNode[] {
  const kept = keptOperands(compiler, operands, collects);
  return operands.map((operand, index) => {
    const node = compiler.value(operand);
    return kept[index] === true ? keep(compiler, node) : node;
  });
}

function keep(compiler: ExprCompiler, node: ValueNode): ValueNode {
  const slot = slotOf<AnySlot>(compiler.temporaries.take());
  return (frame) => (frame[slot] = node(frame));
}

/** A `ref` operand, kept if `kept`. */
export function keepNumber(compiler: ExprCompiler, node: NumberNode, kept: boolean): NumberNode {
  if (!kept) return node;
  const slot = slotOf<NumberSlot>(compiler.temporaries.take());
  return (frame) => (frame[slot] = node(frame));
}

/** An `any` operand, kept if `kept`. */
export function keepInt(compiler: ExprCompiler, node: IntNode, kept: boolean): IntNode {
  if (!kept) return node;
  const slot = slotOf<IntSlot>(compiler.temporaries.take());
  return (frame) => (frame[slot] = node(frame));
}
