// Inlining of small functions, callees first, and of a function into itself a few levels deep.
//
// A function with a loop stays a function: the call costs little beside the loop, and wasm engines replace their first,
// slow code of a function at its next call. In a caller that is entered once, the loop would stay in that code.
import { computeCfg } from "../analysis/index.ts";
import type { Block, Inst, MirFunction } from "../ir/mir/index.ts";
import { snapshot, spliceCall } from "./inlining/splice.ts";
import type { PassContext } from "./pass.ts";
import { removeUnreachable } from "./simplify/merge.ts";

// Sizes count instructions other than constants, jumps and conversions that cost nothing.

/** A callee up to this size is inlined. A call costs about as much as five simple instructions. */
const mostCalleeSize = 40;
/** A caller stops taking in callees at this size. */
const mostCallerSize = 800;
/** A recursive function may grow to this size by inlining into itself. */
const mostRecursiveSize = 300;
/** Each level divides the number of calls by what the function branches to at run time. */
const mostRecursionLevels = 3;

const free: ReadonlySet<string> = new Set([
  "iconst",
  "fconst",
  "symbol_addr",
  "slot_index",
  "nil",
  "ref_addr",
  "addr_ref",
  "any_bits",
  "bits_any",
  "jump",
]);

function sizeOf(fn: MirFunction): number {
  let size = 0;
  for (const block of fn.blocks) for (const inst of block.insts) if (!free.has(inst.op)) size += 1;
  return size;
}

interface CallSite {
  readonly block: Block;
  readonly index: number;
  readonly call: Inst;
}

/** The last call of each block comes first, so that indices hold while calls are replaced. */
function callSites(fn: MirFunction): CallSite[] {
  const sites: CallSite[] = [];
  for (const block of fn.blocks) {
    for (let index = block.insts.length - 1; index >= 0; index -= 1) {
      const call = block.insts[index];
      if (call?.op === "call") sites.push({ block, index, call });
    }
  }
  return sites;
}

class Inliner {
  readonly #bySymbol: ReadonlyMap<string, MirFunction>;
  readonly #state = new Map<MirFunction, "open" | "done">();
  changed = false;

  constructor(functions: readonly MirFunction[]) {
    this.#bySymbol = new Map(functions.map((fn) => [fn.symbol, fn]));
  }

  /** Inlines into a function, after its callees. Functions that call each other in a ring are left apart. */
  visit(fn: MirFunction): void {
    if (this.#state.has(fn)) return;
    this.#state.set(fn, "open");
    for (const { call } of callSites(fn)) {
      const callee = this.#calleeOf(call);
      if (callee !== undefined) this.visit(callee);
    }
    this.#inlineCallees(fn);
    this.#inlineSelf(fn);
    // A callee that never returns leaves the rest of the caller unreachable.
    if (this.changed) removeUnreachable(fn, computeCfg(fn));
    this.#state.set(fn, "done");
  }

  #calleeOf(call: Inst): MirFunction | undefined {
    return typeof call.imm === "string" ? this.#bySymbol.get(call.imm) : undefined;
  }

  #inlineCallees(fn: MirFunction): void {
    let size = sizeOf(fn);
    for (const { block, index, call } of callSites(fn)) {
      const callee = this.#calleeOf(call);
      if (callee === undefined || this.#state.get(callee) !== "done") continue;
      const calleeSize = sizeOf(callee);
      if (calleeSize > mostCalleeSize || size + calleeSize > mostCallerSize) continue;
      if (callsItself(callee) || hasLoop(callee)) continue;
      spliceCall(fn, callee, { block, index });
      size += calleeSize;
      this.changed = true;
    }
  }

  /** Replaces recursive calls by the body, level by level while all calls of a level fit. */
  #inlineSelf(fn: MirFunction): void {
    let sites = callSites(fn).filter(({ call }) => call.imm === fn.symbol);
    if (sites.length === 0) return;
    const body = snapshot(fn);
    const bodySize = sizeOf(body);
    let size = bodySize;
    for (let level = 0; level < mostRecursionLevels; level += 1) {
      if (sites.length === 0 || size + sites.length * bodySize > mostRecursiveSize) return;
      const next = new Set<Inst>();
      for (const { block, index } of sites) {
        const { calls } = spliceCall(fn, body, { block, index });
        for (const call of calls) if (call.imm === fn.symbol) next.add(call);
      }
      size += sites.length * bodySize;
      sites = callSites(fn).filter(({ call }) => next.has(call));
      this.changed = true;
    }
  }
}

function hasLoop(fn: MirFunction): boolean {
  const { successors } = computeCfg(fn);
  return successors.some((targets, block) => targets.some((target) => target <= block));
}

function callsItself(fn: MirFunction): boolean {
  return callSites(fn).some(({ call }) => call.imm === fn.symbol);
}

/** Inlines calls between the functions of a module. */
export function inline({ module }: PassContext): boolean {
  const inliner = new Inliner(module.functions);
  for (const fn of module.functions) inliner.visit(fn);
  return inliner.changed;
}
