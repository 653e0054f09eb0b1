// Slots: the place in the function table of each function and each loop function, and what is in it now.
import type { FunctionId, HirFunction, HirModule } from "../ir/hir/index.ts";
import type { FunctionCell } from "../interp/index.ts";
import type { SlotNumbers } from "./world.ts";
import type { DataBlock } from "./data-area.ts";
import { functionType, loopSignature, loopSymbol, signatureOf } from "../compiler/index.ts";
import type { SymbolTable, WasmFunction, WasmTable } from "../loader/index.ts";

interface Figures {
  readonly compileTime: number;
  readonly codeBytes: number;
}

/** A unit that is loaded. */
export interface UnitState {
  readonly name: string;
  readonly tier: number;
  /** Its text literals, if it has any. */
  readonly data: DataBlock;
  /** Slots that hold code of it. */
  slots: number;
}

/** What is common to functions and loops: a slot, the code in it, its tier (0 is the interpreter). */
abstract class SlotState {
  readonly slot: number;
  readonly fn: HirFunction;
  tier = 0;
  version = 0;
  compiled: WasmFunction | null = null;
  /** The unit that the code is of. */
  unit: UnitState | null = null;

  constructor(slot: number, fn: HirFunction) {
    this.slot = slot;
    this.fn = fn;
  }

  /** Takes note of new code in the slot. */
  install(code: WasmFunction, unit: UnitState): void {
    if (this.unit !== null) this.unit.slots -= 1;
    unit.slots += 1;
    this.unit = unit;
    this.compiled = code;
    this.tier = unit.tier;
    this.version += 1;
  }
}

export class FunctionState extends SlotState {
  readonly kind = "function";
  readonly cell: FunctionCell;
  readonly loops: readonly LoopState[];
  /** Whether the table entry holds anything. */
  filled = false;
  /** The tier that has been asked for; a function is not asked for twice. */
  requested = 0;
  /** How often it was part of a unit. */
  compilations = 0;
  compileTime = 0;
  codeBytes = 0;

  constructor(slot: number, cell: FunctionCell, loops: readonly LoopState[]) {
    super(slot, cell.fn);
    this.cell = cell;
    this.loops = loops;
  }

  override install(code: WasmFunction, unit: UnitState): void {
    super.install(code, unit);
    this.filled = true;
  }

  /** Adds to the figures of the function. */
  charge(figures: Figures): void {
    this.compileTime += figures.compileTime;
    this.codeBytes += figures.codeBytes;
  }
}

export class LoopState extends SlotState {
  readonly kind = "loop";
  readonly loop: number;
  suspensions = 0;

  constructor(slot: number, fn: HirFunction, loop: number) {
    super(slot, fn);
    this.loop = loop;
  }
}

/** All slots of a program. */
export class Slots {
  readonly functions: readonly FunctionState[];
  readonly #bySymbol = new Map<string, FunctionState | LoopState>();
  readonly #table: WasmTable;
  readonly #numbers: SlotNumbers;

  /** `numbers` go on from those of the program that this one continues. */
  constructor(
    module: HirModule,
    cells: readonly FunctionCell[],
    { table, slots }: { readonly table: WasmTable; readonly slots: SlotNumbers },
  ) {
    this.#table = table;
    this.#numbers = slots;
    this.functions = module.functions.map((fn) => this.#create(fn, cells[fn.id]));
    this.#growTable();
  }

  #growTable(): void {
    const missing = this.#numbers.count - this.#table.length;
    if (missing > 0) this.#table.grow(missing);
  }

  #create(fn: HirFunction, cell: FunctionCell | undefined): FunctionState {
    if (cell === undefined) throw new RangeError(`${fn.symbol} has no cell`);
    const loops: LoopState[] = [];
    for (let loop = 0; loop < fn.loopCount; loop += 1) {
      const state = new LoopState(this.#numbers.take(loopSymbol(fn, loop)), fn, loop);
      this.#bySymbol.set(loopSymbol(fn, loop), state);
      loops.push(state);
    }
    const { params, results } = signatureOf(fn);
    const key = `${fn.symbol} (${params.join()}) -> ${results.join()}`;
    const state = new FunctionState(this.#numbers.take(key), cell, loops);
    this.#bySymbol.set(fn.symbol, state);
    return state;
  }

  function(id: FunctionId): FunctionState {
    const state = this.functions[id];
    if (state === undefined) throw new RangeError(`there is no function ${id}`);
    return state;
  }

  loop(id: FunctionId, loop: number): LoopState {
    const state = this.function(id).loops[loop];
    if (state === undefined) throw new RangeError(`function ${id} has no loop ${loop}`);
    return state;
  }

  bySymbol(symbol: string): FunctionState | LoopState | undefined {
    return this.#bySymbol.get(symbol);
  }

  /** Makes all slots known to the linker. */
  define(symbols: SymbolTable): void {
    for (const [symbol, state] of this.#bySymbol) {
      const signature = state.kind === "loop" ? loopSignature : signatureOf(state.fn);
      symbols.define({
        kind: "function",
        name: symbol,
        origin: "the program",
        slot: state.slot,
        signature: functionType(signature),
      });
    }
  }

  /** Room for `count` table entries of an object; the first index. */
  reserve(count: number): number {
    const start = this.#numbers.reserve(count);
    this.#growTable();
    return start;
  }
}
