// Lowering of a compilation unit: some functions and loop functions of a HIR module become one MIR module.
import { preludePath, utf8Bytes } from "../base/index.ts";
import type { FunctionId, HirFunction } from "../ir/hir/index.ts";
import type { DataItem, Declaration, MirFunction, MirModule, Signature } from "../ir/mir/index.ts";
import { countCalls, countedWrapper } from "./counter.ts";
import type { ModuleFacts } from "./facts.ts";
import { FunctionLowering } from "./function.ts";
import { lowerLoopFunction } from "./loop-function.ts";
import { bodySymbol, hostSignature, runtimeFunction, type RuntimeSymbol } from "./symbols.ts";
import type { SafepointKind } from "./safepoint.ts";
import { signatureOf } from "./types.ts";

/** One thing to compile: a whole function, or a loop of one as a loop function. */
export type LowerRequest =
  | {
      readonly kind: "function";
      readonly function: FunctionId;
      /** Count entries through the slot and report at zero. */
      readonly counted: boolean;
      /** Top-level loops call their loop functions, so that their code can be replaced while they run. */
      readonly outlined: boolean;
    }
  | { readonly kind: "loop"; readonly function: FunctionId; readonly loop: number };

/** What the code of a unit has besides the meaning of its source. */
export interface LowerOptions {
  /** What loop headers and the entries of recursive functions do when the control word is set. */
  readonly safepoints: SafepointKind;
  /**
   * Calls of other functions of the program go through their slots even if they are in the unit, so that each function can
   * be replaced while its callers run. Those of the prelude stay direct. Default false.
   */
  readonly slotCalls?: boolean;
  /** Fuel of the first call of a loop function from compiled code. Default `firstLoopFuel`. */
  readonly loopFuel?: number;
}

/** Lowers the requested functions into one MIR module; calls among them are direct. */
export function lowerUnit(
  facts: ModuleFacts,
  requests: readonly LowerRequest[],
  options: LowerOptions,
): MirModule {
  return new UnitLowering(facts, requests, options).run();
}

export class UnitLowering {
  readonly facts: ModuleFacts;
  readonly options: LowerOptions;
  readonly #requests: readonly LowerRequest[];
  readonly #direct = new Map<FunctionId, string>();
  readonly #functions: MirFunction[] = [];
  readonly #declarations = new Map<string, Declaration>();
  readonly #texts = new Map<string, DataItem>();
  readonly #externalData = new Set<string>();

  constructor(facts: ModuleFacts, requests: readonly LowerRequest[], options: LowerOptions) {
    this.facts = facts;
    this.options = options;
    this.#requests = requests;
    const split = this.#countedAndCalledHere();
    for (const request of requests) {
      if (request.kind !== "function") continue;
      const fn = facts.function(request.function);
      this.#direct.set(fn.id, split.has(fn.id) ? bodySymbol(fn) : fn.symbol);
    }
  }

  run(): MirModule {
    for (const request of this.#requests) {
      const fn = this.facts.function(request.function);
      if (request.kind === "loop") this.#functions.push(lowerLoopFunction(this, fn, request.loop));
      else this.#lowerFunction(fn, request);
    }
    return {
      functions: this.#functions,
      declarations: [...this.#declarations.values()],
      data: [...this.#texts.values()],
      externalData: [...this.#externalData],
    };
  }

  /** Where a call of a program function goes: into this unit or through the slot. */
  callee(
    id: FunctionId,
    caller: HirFunction,
  ): {
    readonly symbol: string;
    readonly signature: Signature;
    readonly direct: boolean;
  } {
    const fn = this.facts.function(id);
    const signature = signatureOf(fn);
    const direct = this.#direct.get(id);
    if (direct !== undefined && (this.options.slotCalls !== true || staysWith(fn, caller)))
      return { symbol: direct, signature, direct: true };
    this.declareSlot(fn.symbol, signature);
    return { symbol: fn.symbol, signature, direct: false };
  }

  /** The symbol of a function's slot, for its number. */
  slotOf(id: FunctionId): string {
    const fn = this.facts.function(id);
    this.declareSlot(fn.symbol, signatureOf(fn));
    return fn.symbol;
  }

  declareSlot(symbol: string, signature: Signature): void {
    if (!this.#declarations.has(symbol))
      this.#declarations.set(symbol, { symbol, signature, linkage: "slot" });
  }

  /** Declares a function of the runtime; its signature. */
  declareRuntime(symbol: RuntimeSymbol): Signature {
    const known = this.#declarations.get(symbol);
    if (known !== undefined) return known.signature;
    const signature = hostSignature(symbol);
    const declaration: Declaration = { symbol, signature, linkage: "host" };
    const collects = runtimeFunction(symbol).allocates === true;
    this.#declarations.set(symbol, collects ? { ...declaration, collects } : declaration);
    return signature;
  }

  /** Declares a function of the application; it may collect. */
  declareExtern(symbol: string, signature: Signature): void {
    if (!this.#declarations.has(symbol))
      this.#declarations.set(symbol, { symbol, signature, linkage: "host", collects: true });
  }

  /** Declares the signature of functions that are called by the number of their slot; its symbol. */
  declareTable(signature: Signature): string {
    const symbol = `.type.${signature.params.join(".")}>${signature.results.join(".")}`;
    if (!this.#declarations.has(symbol))
      this.#declarations.set(symbol, { symbol, signature, linkage: "table" });
    return symbol;
  }

  declareData(symbol: string): void {
    this.#externalData.add(symbol);
  }

  /** The data symbol of a text literal's UTF-8 bytes, and their count. */
  text(text: string): { readonly symbol: string; readonly length: number } {
    let item = this.#texts.get(text);
    if (item === undefined) {
      item = { symbol: `.bytes.${this.#texts.size}`, bytes: utf8Bytes(text), align: 1 };
      this.#texts.set(text, item);
    }
    return { symbol: item.symbol, length: item.bytes.length };
  }

  #lowerFunction(fn: HirFunction, request: Extract<LowerRequest, { kind: "function" }>): void {
    const symbol = this.#direct.get(fn.id) ?? fn.symbol;
    const lowered = new FunctionLowering(this, fn, { symbol, outlined: request.outlined }).run();
    this.#functions.push(lowered);
    if (!request.counted) return;
    if (symbol === fn.symbol) countCalls(this, fn, lowered);
    else this.#functions.push(countedWrapper(this, fn, symbol));
  }

  /** Counted functions that the unit itself calls: their inner calls must not pay for the counter. */
  #countedAndCalledHere(): Set<FunctionId> {
    const counted = new Set<FunctionId>();
    for (const request of this.#requests) {
      if (request.kind === "function" && request.counted) counted.add(request.function);
    }
    const called = new Set<FunctionId>();
    for (const request of this.#requests) {
      for (const callee of this.facts.graph.callees[request.function] ?? []) {
        if (counted.has(callee)) called.add(callee);
      }
    }
    return called;
  }
}

/** Whether the function cannot be replaced while the caller is under way and calls it. */
function staysWith(fn: HirFunction, caller: HirFunction): boolean {
  return fn === caller || fn.span.file.path === preludePath;
}
